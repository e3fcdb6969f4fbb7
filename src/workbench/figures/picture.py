"""A figure with the words that go with it, shown as reproducible SVG."""

import io
from dataclasses import dataclass
from functools import cached_property

import matplotlib as mpl
from IPython.display import display
from matplotlib.figure import Figure

from workbench.figures.theme import STYLE

# Dates and program versions would make two equal runs differ.
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


@dataclass(frozen=True)
class Picture:
    """What the notebook shows for a figure: the drawing, what it shows in words (alt), and how to read it (caption)."""

    figure: Figure
    alt: str
    caption: str

    @cached_property
    def svg(self) -> str:
        """The drawing as SVG text, the same bytes for the same figure."""
        buffer = io.StringIO()
        with mpl.rc_context({**STYLE, "svg.hashsalt": self.alt, "svg.fonttype": "none"}):
            self.figure.savefig(buffer, format="svg", metadata=NO_METADATA)
        text = buffer.getvalue()
        return text[text.index("<svg") :]

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        words = {"alt": self.alt, "caption": self.caption}
        return {"image/svg+xml": self.svg}, {"image/svg+xml": words}


def show(*parts: object) -> None:
    """Show a picture and the sentences that belong to it under one cell; a part that is None is left out."""
    for part in parts:
        if part is not None:
            display(part)
