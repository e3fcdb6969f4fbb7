"""The prose of a notebook, paragraph by paragraph: what its pages are translated from."""

import re
from collections.abc import Iterable, Iterator

from workbench.language.catalogue import said

HIDDEN = frozenset({"hide", "parameters", "injected-parameters", "papermill-error-cell-tag"})
_BLANK = re.compile(r"(\n[ \t]*\n\s*)")


def page_texts(cells: Iterable[dict], *, name: str) -> Iterator[str]:
    """Every text of a notebook that its page shows: its name in the navigation, paragraphs, titles of details."""
    yield chapter_title(name)
    for cell in cells:
        about = cell["metadata"]
        if HIDDEN & set(about.get("tags", [])):
            continue
        if "title" in about:
            yield about["title"]
        if cell["cell_type"] == "markdown":
            source = cell["source"]
            parts = _BLANK.split((source if isinstance(source, str) else "".join(source)).strip())
            yield from (part for part in parts[::2] if part)


def chapter_title(name: str) -> str:
    """The name of a chapter in words: 01_data_audit is Data audit."""
    return name.partition("_")[2].replace("_", " ").capitalize()


def said_prose(source: str) -> str:
    """A cell of prose in the language spoken, paragraph by paragraph."""
    parts = _BLANK.split(source.strip())
    return "".join(part if place % 2 else said(part) for place, part in enumerate(parts))
