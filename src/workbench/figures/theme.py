"""The look of every figure: colours, type, axes in plain units."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from workbench.language import decimal_text, said

BLUE, WARM, GREY, PALE, INK = "#1f4e79", "#c8553d", "#8a94a0", "#c9d6e3", "#22303c"

PLAIN_STEPS = (1, 2, 5, 10)

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": False,
    "xtick.color": INK,
    "ytick.color": INK,
    # A client named "$\frac{$" must stay a name, not become a formula.
    "text.parse_math": False,
    "figure.dpi": 100,
}


@contextmanager
def drawing(*, width: float = 9.0, height: float = 4.2) -> Iterator[tuple[Figure, Axes]]:
    """A figure of that many inches with one pair of axes, in the house style, never known to pyplot."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots()


def money(value: float, unit: str) -> str:
    """An amount short enough for a figure: 1.23M (1.2M where that is the same), 340k, 85."""
    size = abs(value)
    if size >= 999_500:
        digits = 1 if round(value / 1e6, 1) == round(value / 1e6, 2) else 2
        return said("{number}M {unit}", number=decimal_text(value / 1e6, digits), unit=unit)
    if size >= 10_000:
        return said("{number}k {unit}", number=decimal_text(value / 1e3), unit=unit)
    return f"{decimal_text(value)} {unit}"


def signed_money(value: float, unit: str) -> str:
    """A change: what is gained has a plus."""
    return f"+{money(value, unit)}" if value > 0 else money(value, unit)


def percent(share: float, digits: int = 0) -> str:
    """0.125 → 13 %."""
    return f"{decimal_text(100 * share, digits)}\u202f%"


def signed_percent(share: float, digits: int = 0) -> str:
    """0.125 → +13 %; what rounds to nothing has no sign."""
    text = percent(share, digits)
    return f"+{text}" if share > 0 and text != percent(0, digits) else text


def money_axis(axis: mpl.axis.Axis, unit: str) -> None:
    """Write an axis in short amounts of money; a linear one without steps of 2.5, which short amounts would round."""
    if axis.get_scale() == "linear":
        axis.set_major_locator(MaxNLocator(9, steps=PLAIN_STEPS))
    axis.set_major_formatter(FuncFormatter(lambda value, _: money(value, unit)))


def shortened(name: str, length: int = 28) -> str:
    """A name that fits beside a bar."""
    return name if len(name) <= length else f"{name[: length - 1]}…"
