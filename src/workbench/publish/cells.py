"""An executed notebook, judged cell by cell."""

from typing import TYPE_CHECKING

from workbench.errors import RunFailed

if TYPE_CHECKING:
    from nbformat import NotebookNode

ADDED = {"injected-parameters", "papermill-error-cell-tag"}


class NotebookFailed(RunFailed):
    """A notebook stopped: which one, and the name of the exception its cell raised."""

    def __init__(self, notebook: str, cell: int | None, error_class: str, reason: str):
        self.notebook = notebook
        self.error_class = error_class
        where = notebook if cell is None else f"{notebook}, cell {cell}"
        super().__init__(f"{where}: {error_class}: {reason}".rstrip(": "))
        self._told = (notebook, cell, error_class, reason)

    def __reduce__(self):
        return type(self), self._told


def check_completed(executed: "NotebookNode", name: str) -> None:
    """Raise NotebookFailed at the first code cell that did not run to its end."""
    for place, cell in _own_code(executed):
        error = next((output for output in cell.outputs if output.output_type == "error"), None)
        if error is not None:
            raise NotebookFailed(name, place, error.ename, error.evalue)
        if not _is_completed(cell):
            status = cell.metadata.get("papermill", {}).get("status", "not run")
            raise NotebookFailed(
                name, place, "NotCompleted", f"the cell's status is {status!r}, it must be 'completed'"
            )


def cell_reached(executed: "NotebookNode") -> int | None:
    """The number of the cell at which a notebook that was ended stood; None where all its cells are done."""
    return next((place for place, cell in _own_code(executed) if not _is_completed(cell)), None)


def _own_code(executed: "NotebookNode") -> list[tuple[int, "NotebookNode"]]:
    """The code cells, numbered from 1 as in the notebook that was run, without those that papermill adds."""
    own = [cell for cell in executed.cells if not ADDED & set(cell.metadata.get("tags", []))]
    return [(place, cell) for place, cell in enumerate(own, start=1) if cell.cell_type == "code"]


def _is_completed(cell: "NotebookNode") -> bool:
    return cell.metadata.get("papermill", {}).get("status") == "completed"
