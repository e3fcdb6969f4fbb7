"""Figures of the data audit."""

import numpy as np
import pandas as pd

from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY, PALE, WARM, percent
from workbench.language import decimal_text, said, word
from workbench.params import AFTER_AS_OF

# A column filled so far is not worth a line of the figure.
FULL = 0.95


def plot_quarantine(summary: pd.DataFrame) -> Picture:
    """Rows quarantined by table and rule; those of days after as_of are no faults, and would dwarf the others."""
    summary = summary[summary["rule"].ne(AFTER_AS_OF)]
    shown = summary.sort_values("n_rows", ascending=False).head(15)
    names = [f"{word(row.table)}: {word(row.rule)}" for row in shown.itertuples()]
    with drawn_rows(names, label=said("rows set aside (share of the table's rows)")) as rows:
        rows.bars(shown["n_rows"], colour=WARM)
        rows.values(f"{decimal_text(row.n_rows)} ({percent(row.share, 2)})" for row in shown.itertuples())
    return Picture(
        rows.figure,
        alt=said(
            "Rows set aside by table and rule: {rows}.",
            rows="; ".join(f"{name} {n}" for name, n in zip(names, shown["n_rows"], strict=True)) or said("none"),
        ),
        caption=said(
            "Rows set aside by the rule they break, n = {n}; each is in quarantine/ with its reason.",
            n=decimal_text(summary["n_rows"].sum()),
        ),
    )


def plot_coverage(coverage: pd.DataFrame) -> Picture | None:
    """The columns that the client's files do not fill, and how far they do; None where all are full."""
    given = coverage[coverage["n_filled"].gt(0)]
    shown = given[given["filled_share"] < FULL]
    if shown.empty:
        return None
    names = [f"{row.table}.{row.column}" for row in shown.itertuples()]
    label = said("share of accepted rows with a value")
    with drawn_rows(names, label=label, scale=percent, each=0.23) as rows:
        rows.axes.set_xlim(0, 1)
        rows.bars(shown["filled_share"], colour=np.where(shown["filled_share"] < 0.5, PALE, BLUE))
        rows.values(percent(share) for share in shown["filled_share"])
        for at in np.flatnonzero(shown["table"].to_numpy()[1:] != shown["table"].to_numpy()[:-1]):
            rows.axes.axhline(at + 0.5, color=GREY, linewidth=0.6)
    return Picture(
        rows.figure,
        alt=said("Columns filled to less than {full}: {thin}.", full=percent(FULL), thin=rows.in_words),
        caption=said(
            "The {n} of {all} columns that are filled to less than {full} of the accepted rows; pale where more than "
            "half is empty.",
            n=len(shown),
            all=len(given),
            full=percent(FULL),
        ),
    )
