"""What the process that makes a chapter is told, and how far its notebook came."""

from dataclasses import dataclass
from pathlib import Path

from workbench.publish.cells import cell_reached
from workbench.publish.graph import Chapter


@dataclass(frozen=True)
class Assignment:
    """One chapter to make: all its process must know."""

    chapter: Chapter
    key: str
    folder: Path
    published: Path
    parameters: dict[str, object]
    log: Path
    scratch: Path
    threads: int

    @property
    def executed(self) -> Path:
        """Where the executed notebook is written."""
        return self.folder / "notebooks" / self.chapter.notebook.name

    @property
    def stopped_at(self) -> int | None:
        """The number of the cell at which the notebook stood when it was ended; None where it is not known."""
        import nbformat  # slow to import, and needed only after a time limit

        return cell_reached(nbformat.read(self.executed, as_version=4)) if self.executed.exists() else None
