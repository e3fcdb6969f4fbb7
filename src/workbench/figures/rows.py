"""Figures made of rows: a name at the left, a bar or a point, and at its end its value in words."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator

from workbench.figures.theme import BLUE, GREY, INK, PLAIN_STEPS, WARM, drawing, shortened
from workbench.language import decimal_text

LONGEST_NAME = 44
# Between the end of a bar and its value, and what a browser's font may be wider than the one measured with.
GAP_POINTS, SPARE = 6, 1.08
# Of the axis, however long the texts.
LEAST_DRAWN = 0.3
# Inches: axis and its title, a line of legend. A line of legend holds so many letters.
FRAME, LEGEND, LEGEND_LETTERS = 0.75, 0.32, 110


class Rows:
    """The rows of one figure, the first at the top. `level` moves within a row (down, in heights of a row).

    `in_words` is what the figure shows, for those who cannot see it: the names, uncut, each with its value.
    """

    def __init__(self, figure: Figure, axes: Axes, names: list[str]):
        self.figure, self.axes, self.names, self.place = figure, axes, names, np.arange(len(names))
        self.in_words = ""
        self._ends: list[tuple[float, np.ndarray]] = []
        self._written: list[tuple[float, Annotation]] = []

    def bars(
        self, amounts, *, colour=None, left=0.0, level: float = 0.0, thick: float = 0.62, label: str | None = None
    ) -> None:
        """A bar for each row; without a colour blue from 0 on and red below it."""
        amounts = np.nan_to_num(np.asarray(amounts, dtype=float))
        if colour is None:
            # The legend shows the colour of the first bar, which may be a loss.
            self.axes.barh([0], [0], color=BLUE, label=label)
            colour, label = np.where(amounts < 0, WARM, BLUE), None
        self.axes.barh(self.place + level, amounts, thick, left=left, color=colour, label=label)
        self._ends.append((level, np.maximum(left, left + amounts)))

    def points(self, values, *, low=None, high=None, colour=BLUE, level: float = 0.0, label: str | None = None) -> None:
        """A point for each row, with its interval where it has one."""
        if low is not None:
            self.intervals(low, high, colour=colour, level=level, width=2.0)
        self.axes.scatter(values, self.place + level, color=colour, s=42, zorder=3, label=label)
        self._ends.append((level, np.asarray(values, dtype=float)))

    def intervals(
        self, low, high, *, colour=INK, level: float = 0.0, width: float = 1.4, label: str | None = None
    ) -> None:
        """A line from `low` to `high` in each row, edged in white so that it is seen on a bar."""
        edge = [Stroke(linewidth=width + 1.6, foreground="white"), Normal()]
        self.axes.hlines(self.place + level, low, high, color=colour, linewidth=width, label=label, path_effects=edge)
        self._ends.append((level, np.asarray(high, dtype=float)))

    def values(self, texts: Iterable[str], *, level: float | None = None, colours: Iterable[str] | None = None) -> None:
        """A text at the right end of what is drawn in each row so far (at that level only, where one is given)."""
        ends = np.fmax.reduce([ends for drawn, ends in self._ends if level is None or drawn == level])
        colours, texts = [INK] * len(ends) if colours is None else colours, list(texts)
        self.in_words = "; ".join(f"{name} {text}" for name, text in zip(self.names, texts, strict=True))
        for place, end, text, colour in zip(self.place, ends, texts, colours, strict=True):
            written = self.axes.annotate(
                text, (end, place + (level or 0.0)), (GAP_POINTS, 0), textcoords="offset points", va="center",
                fontsize=9, color=colour, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            )  # fmt: skip
            written.set_in_layout(False)
            self._written.append((end, written))

    def lay_out(self, *, each: float) -> None:
        """Make the figure as high as its rows and its legend need, and the axis as long as the values need."""
        _, labels = self.axes.get_legend_handles_labels()
        lines = -(-sum(len(label) + 6 for label in labels) // LEGEND_LETTERS)
        if labels:
            self.figure.legend(loc="outside lower center", frameon=False, ncols=-(-len(labels) // lines))
        self.figure.set_size_inches(self.figure.get_figwidth(), each * len(self.place) + FRAME + LEGEND * lines)
        self._make_room()
        if self.axes.get_xscale() == "linear":
            self._place_ticks()

    def _place_ticks(self) -> None:
        """As many ticks as there are different numbers to write beside them."""
        low, high = self.axes.get_xlim()
        for most in range(9, 2, -1):
            ticks = MaxNLocator(most, steps=PLAIN_STEPS).tick_values(low, high)
            ticks = ticks[(ticks >= low) & (ticks <= high)]
            if len({self.axes.xaxis.get_major_formatter()(tick) for tick in ticks}) == len(ticks):
                break
        else:
            ticks = ticks[:1]
        self.axes.set_xticks(ticks)

    def _make_room(self) -> None:
        """Lengthen the axis until the texts end within it; texts and axis are measured as they will be drawn."""
        scale = self.axes.xaxis.get_transform()
        low, high = scale.transform(self.axes.get_xlim())
        self.figure.draw_without_rendering()
        axis, gap = self.axes.get_window_extent().width, GAP_POINTS * self.figure.dpi / 72
        for end, text in self._written:
            free = max(1 - (text.get_window_extent().width * SPARE + gap) / axis, LEAST_DRAWN)
            high = max(high, low + (scale.transform(end) - low) / free)
        self.axes.set_xlim(*scale.inverted().transform([low, high]))


@contextmanager
def drawn_rows(
    names: Iterable[str],
    *,
    label: str,
    scale: Callable[[float], str] = decimal_text,
    line: float | None = 0.0,
    each: float = 0.36,
) -> Iterator[Rows]:
    """Rows under these names (cut where too long), drawn on within the block, laid out at its end.

    Parameters: label, what the axis shows, with its unit; scale, a value of the axis in words; line, where an upright
    line stands; each, the height of a row in inches. Limits of the axis that are set within the block are kept, but
    for the room that values need.
    """
    names = [str(name) for name in names]
    with drawing() as (figure, axes):
        rows = Rows(figure, axes, names)
        if line is not None:
            axes.axvline(line, color=GREY, linewidth=0.8)
        axes.margins(x=0.03)
        axes.set_yticks(rows.place, [shortened(name, LONGEST_NAME) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlabel(label)
        axes.xaxis.set_major_formatter(lambda value, _: scale(value))
        yield rows
        rows.lay_out(each=each)
