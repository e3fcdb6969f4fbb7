"""Figure of the calibration of the potential."""

from functools import partial

import numpy as np

from workbench.figures.picture import Picture
from workbench.figures.potential import brief
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY
from workbench.language import decimal_text, said, word
from workbench.potential.calibration import ALL, SECTOR, Calibration

LEAST_SHOWN = 0.005


def plot_level(calibrated: Calibration, names: dict[str, str]) -> Picture | None:
    """By how much answers correct the potential, by size and sector, with 90 % intervals; None where they do not."""
    levels = calibrated.levels
    if levels.empty:
        return None
    # A sector whose own difference was drawn to nothing has nothing to show.
    shown = levels[levels["by"].ne(SECTOR) | levels["factor"].sub(1).abs().gt(LEAST_SHOWN)]
    labels = [
        f"{_named(row.by, row.value, names)} (n = {decimal_text(row.n_accounts)})" for row in shown.itertuples()
    ]  # fmt: skip
    label = said("what clients buy from everybody, over the potential estimated from spend (ratio)")
    with drawn_rows(labels, label=label, scale=partial(decimal_text, digits=2), line=1.0) as rows:
        rows.intervals(shown["factor_low"], shown["factor_high"], colour=GREY, width=2.0)
        rows.points(shown["factor"], colour=np.where(shown["by"] == SECTOR, GREY, BLUE))
        rows.values(f"× {decimal_text(factor, 2)}" for factor in shown["factor"])
    return Picture(
        rows.figure,
        alt=said(
            "Correction of the potential by the answers: {values}.",
            values="; ".join(
                f"{_named(row.by, row.value, names)} {decimal_text(row.factor, 2)}" for row in shown.itertuples()
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
