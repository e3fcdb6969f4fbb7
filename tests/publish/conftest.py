"""A small study and small notebooks of its own: what the runner does must not hang on what the real chapters say."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from small_notebooks import FIGURE, notebook


@pytest.fixture
def notebooks(tmp_path) -> Path:
    """A notebooks folder with a data audit that shows a figure, and a summary."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    nbformat.write(notebook(FIGURE, new_markdown_cell("## What it says\n\nText.")), folder / "01_data_audit.ipynb")
    nbformat.write(notebook("print('not on the page')", title="What is it worth?"), folder / "00_summary.ipynb")
    return folder


@pytest.fixture
def put(notebooks):
    """Write a notebook made of the cells given in place of the data audit."""

    def put(*cells) -> None:
        nbformat.write(notebook(*cells), notebooks / "01_data_audit.ipynb")

    return put


@pytest.fixture
def params(tmp_path):
    """Write a params file; returns its path."""

    def params(study: str = "acme", company: str = "Acme") -> Path:
        file = tmp_path / "params" / f"{study}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            f"study: {study}\ncompany: '{company}'\nedition: internal\nas_of: 2026-06-30\n"
            "sources:\n  customers: {files: [c.csv], columns: {customer_id: id}}\n"
            "  deliveries: {files: [d.csv], columns: {delivery_id: id}}\n",
            encoding="utf-8",
        )
        return file

    return params
