"""Figure of the calibration of the potential."""

import numpy as np

from workbench.figures.picture import Picture
from workbench.figures.potential import brief
from workbench.figures.theme import BLUE, GREY, INK, drawing
from workbench.language import decimal_text, said, word
from workbench.potential.calibration import ALL, SECTOR, Calibration

LEAST_SHOWN = 0.005


def plot_level(calibrated: Calibration, names: dict[str, str]) -> Picture | None:
    """By how much answers correct the potential, by size and sector, with 90 % intervals; None where they do not."""
    levels = calibrated.levels
    if levels.empty:
        return None
    # A sector whose own difference was drawn to nothing has nothing to show.
    shown = (
        levels[levels["by"].ne(SECTOR) | levels["factor"].sub(1).abs().gt(LEAST_SHOWN)]
        .iloc[::-1]
        .reset_index(drop=True)
    )
    labels = [
        f"{_named(row.by, row.value, names)} (n = {decimal_text(row.n_accounts)})" for row in shown.itertuples()
    ]  # fmt: skip
    with drawing(height=0.34 * len(shown) + 1.2) as (figure, axes):
        place = np.arange(len(shown))
        axes.hlines(place, shown["factor_low"], shown["factor_high"], color=GREY, linewidth=2)
        axes.scatter(shown["factor"], place, color=np.where(shown["by"] == SECTOR, GREY, BLUE), s=46, zorder=3)
        for at, row in zip(place, shown.itertuples(), strict=True):
            axes.annotate(
                f"× {decimal_text(row.factor, 2)}", (row.factor_high, at), (8, 0), textcoords="offset points",
                va="center",
            )  # fmt: skip
        axes.axvline(1, color=INK, linewidth=1)
        axes.set_yticks(place, labels)
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.margins(x=0.14)
        axes.xaxis.set_major_formatter(lambda value, _: decimal_text(value, 2))
        axes.set_xlabel(said("what clients buy from everybody, over the potential estimated from spend (ratio)"))
    return Picture(
        figure,
        alt=said(
            "Correction of the potential by the answers: {values}.",
            values="; ".join(
                f"{_named(row.by, row.value, names)} {decimal_text(row.factor, 2)}"
                for row in shown.iloc[::-1].itertuples()
            ),
        ),
        caption=said(
            "By how much the answers correct the potential, n = {n} accounts, with 90 % intervals. Sizes with few "
            "answers are drawn to all; a sector (grey) shows what it has beyond its size.",
            n=decimal_text(levels["n_accounts"].iloc[0]),
        ),
    )


def _named(by: str, value: str | None, names: dict[str, str]) -> str:
    if by == ALL:
        return said("all accounts that answered")
    return brief(names.get(value, value), 40) if by == SECTOR else word(value)
