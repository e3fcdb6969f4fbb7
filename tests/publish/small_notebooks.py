"""Small notebooks made for tests, and folders read back."""

from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = 'params_file = ""\nrun_dir = ""\noverrides = {}'
FIGURE = """
import io, matplotlib
from matplotlib.figure import Figure
from IPython.display import display
matplotlib.rcParams["svg.hashsalt"] = "workbench"
figure = Figure(figsize=(3, 2))
figure.subplots().plot([1, 3, 2])
file = io.StringIO()
figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
about = {"image/svg+xml": {"alt": "a line", "caption": "It rises."}}
display({"image/svg+xml": file.getvalue()}, metadata=about, raw=True)
"""


def code(source: str, *tags: str):
    return new_code_cell(source, metadata={"tags": list(tags)})


def notebook(*cells, title: str = "Does it run?"):
    """A notebook with its title and parameters cell before the cells given (texts are code)."""
    whole = new_notebook(cells=[new_markdown_cell(f"# {title}\n\nWho decides."), code(PARAMETERS, "parameters")])
    whole.cells += [code(cell) if isinstance(cell, str) else cell for cell in cells]
    whole.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for place, cell in enumerate(whole.cells):
        cell["id"] = f"cell-{place}"
    return whole


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder with their bytes."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
