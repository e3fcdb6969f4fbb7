"""Figures of the data audit."""

import numpy as np
import pandas as pd

from workbench.figures.picture import Picture
from workbench.figures.theme import BLUE, GREY, PALE, WARM, drawing, percent
from workbench.language import decimal_text, said, word


def plot_quarantine(summary: pd.DataFrame) -> Picture:
    """Rows quarantined by table and rule."""
    shown = summary.sort_values("n_rows").tail(15)
    with drawing(height=max(1.8, 0.4 * len(shown) + 1.0)) as (figure, axes):
        place = np.arange(len(shown))
        axes.barh(place, shown["n_rows"], color=WARM, height=0.6)
        for at, row in zip(place, shown.itertuples(), strict=True):
            axes.annotate(
                f"{decimal_text(row.n_rows)} ({percent(row.share, 2)})",
                (row.n_rows, at),
                (5, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_yticks(place, [f"{word(row.table)}: {word(row.rule)}" for row in shown.itertuples()])
        axes.set_xlabel(said("rows set aside (share of the table's rows)"))
        axes.set_xlim(0, max(shown["n_rows"].max() if len(shown) else 1, 1) * 1.2)
    return Picture(
        figure,
        alt=said(
            "Rows set aside by table and rule: {rows}.",
            rows="; ".join(f"{word(r.table)} {word(r.rule)} {r.n_rows}" for r in shown.iloc[::-1].itertuples())
            or said("none"),
        ),
        caption=said(
            "Rows set aside by rule, n = {n}; each is in quarantine/ with its reason.",
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
