"""One notebook, run with papermill in a kernel of its own, and judged cell by cell."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO

import nbformat
import papermill
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from workbench.errors import RunFailed

ADDED = {"injected-parameters", "papermill-error-cell-tag"}


class NotebookFailed(RunFailed):
    """A notebook stopped: which one, and the name of the exception its cell raised."""

    def __init__(self, notebook: str, cell: int | None, error_class: str, reason: str):
        self.notebook = notebook
        self.error_class = error_class
        where = notebook if cell is None else f"{notebook}, cell {cell}"
        super().__init__(f"{where}: {error_class}: {reason}".rstrip(": "))


def run_notebook(notebook: Path, output: Path, *, parameters: dict[str, object], log: Path) -> NotebookNode:
    """Run a notebook from top to bottom and write it, executed, to `output`; returns it.

    What the kernel's process itself prints (native libraries, its own troubles) goes to the end of `log`.

    Raises NotebookFailed where a cell raised, ended the kernel early (also by sys.exit(0), which papermill lets pass)
    or did not end; the message names the notebook, the cell and the error.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder, log.open("ab") as printed:
        try:
            executed = papermill.execute_notebook(
                _literal(notebook),
                _literal(output),
                parameters=parameters,
                kernel_name="python3",
                language="python",
                kernel_manager_class=_kernel_in(Path(folder), printed),
                progress_bar=False,
                cwd=str(notebook.parent),
            )
        except PapermillExecutionError as error:
            check_completed(nbformat.read(output, as_version=4), notebook.stem)
            raise NotebookFailed(notebook.stem, None, error.ename, error.evalue) from error
        except (DeadKernelError, CellTimeoutError) as error:
            reason = f"{' '.join(str(error).split())}; out of memory is the usual cause of a kernel that dies"
            raise NotebookFailed(notebook.stem, None, type(error).__name__, reason) from error
        except RuntimeError as error:  # what jupyter_client raises where a kernel does not answer at its start
            raise NotebookFailed(notebook.stem, None, type(error).__name__, str(error)) from error
    check_completed(executed, notebook.stem)
    return executed


def check_completed(executed: NotebookNode, name: str) -> None:
    """Raise NotebookFailed at the first code cell that did not run to its end.

    Cells are counted from 1 as in the notebook that was run, without those that papermill adds.
    """
    own = [cell for cell in executed.cells if not ADDED & set(cell.metadata.get("tags", []))]
    for place, cell in enumerate(own, start=1):
        if cell.cell_type != "code":
            continue
        error = next((output for output in cell.outputs if output.output_type == "error"), None)
        status = cell.metadata.get("papermill", {}).get("status", "not run")
        if error is not None:
            raise NotebookFailed(name, place, error.ename, error.evalue)
        if status != "completed":
            raise NotebookFailed(
                name, place, "NotCompleted", f"the cell's status is {status!r}, it must be 'completed'"
            )


def _literal(path: Path) -> str:
    """The path as papermill must be given it: it formats paths with the parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _kernel_in(folder: Path, printed: BinaryIO) -> type[AsyncKernelManager]:
    """A kernel manager whose kernel is this very Python and talks through sockets in `folder` (private, mode 0700).

    TCP ports collide when kernels start together; a kernelspec of the user's may name another Python, and start-up
    files in the user's IPython folder would change results.
    """

    class BatchKernel(AsyncKernelManager):
        def __init__(self, **options):
            super().__init__(**options)
            self.transport = "ipc"
            self.connection_file = str(folder / "kernel.json")
            self.ip = str(folder / "channel")

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(**get_kernel_dict())

        def start_kernel(self, **options):
            env = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}
            return super().start_kernel(env=env, stdout=printed, stderr=printed, **options)

    return BatchKernel
