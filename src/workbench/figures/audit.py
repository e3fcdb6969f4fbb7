"""Figures of the data audit."""

import numpy as np
import pandas as pd

from workbench.figures.picture import Picture
from workbench.figures.theme import BLUE, GREY, PALE, WARM, drawing


def plot_quarantine(summary: pd.DataFrame) -> Picture:
    """Rows quarantined by table and rule."""
    shown = summary.sort_values("n_rows").tail(15)
    with drawing(height=max(1.8, 0.4 * len(shown) + 1.0)) as (figure, axes):
        place = np.arange(len(shown))
        axes.barh(place, shown["n_rows"], color=WARM, height=0.6)
        for at, row in zip(place, shown.itertuples(), strict=True):
            axes.annotate(
                f"{row.n_rows:,} ({row.share:.2%})", (row.n_rows, at), (5, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(place, [f"{row.table}: {row.rule.replace('_', ' ')}" for row in shown.itertuples()])
        axes.set_xlabel("rows quarantined (share of the table's rows)")
        axes.set_xlim(0, max(shown["n_rows"].max() if len(shown) else 1, 1) * 1.2)
    return Picture(
        figure,
        alt="Rows quarantined by table and rule: "
        + ("; ".join(f"{r.table} {r.rule} {r.n_rows}" for r in shown.iloc[::-1].itertuples()) or "none")
        + ".",
        caption=f"Rows set aside by rule, n = {summary['n_rows'].sum():,}; each is in quarantine/ with its reason.",
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
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_xlabel("share of accepted rows with a value")
    thin = shown[shown["filled_share"] < 0.95]
    return Picture(
        figure,
        alt=f"{len(shown)} columns have values; filled to less than 95 %: "
        + (", ".join(f"{r.table}.{r.column} {r.filled_share:.0%}" for r in thin.itertuples()) or "none")
        + ".",
        caption="How full each column is among the accepted rows; pale where more than half is empty.",
    )
