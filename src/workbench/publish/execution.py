"""One notebook, run with papermill in a kernel of its own, and judged cell by cell."""

import json
import os
import tempfile
import time
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from papermill.translators import translate_parameters

from workbench.publish.assignment import Assignment
from workbench.publish.cells import NotebookFailed, check_completed
from workbench.publish.kernel import Surroundings, kernel_manager
from workbench.publish.progress import LOG, logged_to
from workbench.publish.validity import Record, record_of


def make_chapter(assignment: Assignment) -> Record:
    """Run the notebook of a chapter in the chapter's folder; returns the record of what it made, also written there.

    The executed notebook is given its paths anew, as seen from the folder it will be published in: it then runs there
    again, and names no folder of this machine. Elsewhere in it the published folder stands for the one it was made in.
    Raises NotebookFailed as `run_notebook` does.
    """
    begun, chapter = time.monotonic(), assignment.chapter
    executed = assignment.executed
    with logged_to(assignment.log, LOG.name, "papermill"):
        run_notebook(
            chapter.notebook,
            executed,
            parameters=assignment.parameters,
            log=assignment.log,
            scratch=assignment.scratch,
            threads=assignment.threads,
        )
    _tell_relative_paths(executed, assignment)
    text = executed.read_text(encoding="utf-8")
    as_json = [json.dumps(str(folder))[1:-1] for folder in (assignment.folder, assignment.published)]
    executed.write_text(text.replace(*as_json), encoding="utf-8")
    return record_of(assignment.folder, chapter=chapter.name, key=assignment.key, seconds=time.monotonic() - begun)


def _tell_relative_paths(executed: Path, assignment: Assignment) -> None:
    """Write the paths among a notebook's parameters as they are seen from where it is published."""
    notebook = nbformat.read(executed, as_version=4)
    told = {**assignment.parameters, "run_dir": ".."}
    if "params_file" in told:
        told["params_file"] = os.path.relpath(told["params_file"], assignment.published / "notebooks")
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = translate_parameters("python3", "python", told)
    about = notebook.metadata.papermill
    about.update(input_path=executed.name, output_path=executed.name, parameters=told)
    nbformat.write(notebook, executed)


def run_notebook(
    notebook: Path, output: Path, *, parameters: dict[str, object], log: Path, scratch: Path, threads: int = 1
) -> NotebookNode:
    """Run a notebook from top to bottom and write it, executed, to `output`; returns it.

    Parameters: log, to the end of which goes what the kernel's process itself prints (native libraries, its own
    troubles); scratch, a folder for its sockets and temporary files; threads, for its linear algebra.
    Raises NotebookFailed where a cell raised, ended the kernel early (also by sys.exit(0), which papermill lets pass)
    or did not end; the message names the notebook, the cell and the error.
    """
    log.touch()
    with tempfile.TemporaryDirectory(dir=scratch, prefix=f"{notebook.name[:2]}-") as folder:
        try:
            executed = papermill.execute_notebook(
                _literal(notebook),
                _literal(output),
                parameters=parameters,
                kernel_name="python3",
                language="python",
                kernel_manager_class=kernel_manager(Surroundings(Path(folder), log, threads)),
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


def _literal(path: Path) -> str:
    """The path as papermill must be given it: it formats paths with the parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")
