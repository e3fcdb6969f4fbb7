"""Figures of the data audit."""

import numpy as np
import pandas as pd

from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY, PALE, WARM, drawing, percent
from workbench.language import decimal_text, said, word
from workbench.params import AFTER_AS_OF


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


def plot_coverage(coverage: pd.DataFrame) -> Picture:
    """Which columns the client's files fill, and how far."""
    shown = coverage[coverage["n_filled"].gt(0)].iloc[::-1].reset_index(drop=True)
    tables = shown["table"].tolist()
    with drawing(height=max(2.0, 0.235 * len(shown) + 0.9)) as (figure, axes):
        place = np.arange(len(shown))
        axes.barh(place, np.ones(len(shown)), color="#eef2f6", height=0.7)
        axes.barh(place, shown["filled_share"], color=np.where(shown["filled_share"] < 0.5, PALE, BLUE), height=0.7)
        for at in place:
            if at and tables[at] != tables[at - 1]:
                axes.axhline(at - 0.5, color=GREY, linewidth=0.6)
        axes.set_yticks(place, [f"{t}.{c}" for t, c in zip(tables, shown["column"], strict=True)], fontsize=8)
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.7, len(shown) - 0.3)
        axes.xaxis.set_major_formatter(lambda value, _: percent(value))
        axes.set_xlabel(said("share of accepted rows with a value"))
    thin = shown[shown["filled_share"] < 0.95]
    return Picture(
        figure,
        alt=said(
            "{n} columns have values; filled to less than 95 %: {thin}.",
            n=len(shown),
            thin=", ".join(f"{r.table}.{r.column} {percent(r.filled_share)}" for r in thin.itertuples())
            or said("none"),
        ),
        caption=said("How full each column is among the accepted rows; pale where more than half is empty."),
    )
