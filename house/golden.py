"""Run the notebooks on the demonstration study and compare, or with --write renew, the output of their golden cells."""

import argparse
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def main() -> int:
    """Exit 1 where a golden output differs, unless it is to be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    differing = [path.name for path in in_reading_order() if golden_changed(path, write=write)]
    for name in differing:
        print(f"{name}: golden output {'renewed' if write else 'differs'}")
    return 1 if differing and not write else 0


def in_reading_order() -> list[Path]:
    """The notebooks in the order in which they need each other: the summary last."""
    found = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    return [path for path in found if not path.name.startswith("00")] + [
        path for path in found if path.name.startswith("00")
    ]


def golden_changed(path: Path, *, write: bool) -> bool:
    """Run one notebook where JupyterLab would; whether a golden cell prints something else than is committed."""
    committed = nbformat.read(path, as_version=4)
    executed = nbformat.from_dict(committed)
    NotebookClient(executed, resources={"metadata": {"path": str(path.parent)}}).execute()
    before = nbformat.read(path, as_version=4)
    changed = False
    for old, new in zip(before.cells, executed.cells, strict=True):
        if "nbval-check-output" not in old.metadata.get("tags", []):
            continue
        # nbval takes a cell with outputs and no count for one that was never run.
        changed |= old.outputs != new.outputs or old.execution_count != 1
        old.outputs, old.execution_count = new.outputs, 1
    if changed and write:
        nbformat.write(before, path)
    return changed


if __name__ == "__main__":
    sys.exit(main())
