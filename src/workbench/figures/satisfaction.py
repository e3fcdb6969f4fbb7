"""Figures of the drivers: who answered, what matters, where we stand on it, for whom."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from workbench.competitive.behaviour import BANDS
from workbench.competitive.importance import Importance
from workbench.competitive.quadrants import SECONDARY, STRENGTH, TO_IMPROVE, Map
from workbench.figures.labels import place_labels
from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY, INK, PALE, PLAIN_STEPS, WARM, drawing, percent
from workbench.language import decimal_text, said, word
from workbench.potential.sizes import SIZES

COLOURS = {TO_IMPROVE: WARM, STRENGTH: BLUE, SECONDARY: GREY}
MARGINS = ("size_class", "revenue_band")


def plot_response_rates(rates: pd.DataFrame) -> Picture | None:
    """The share of accounts that answered, by size and revenue; None where nobody was asked."""
    shown = rates[rates["margin"].isin(MARGINS)]
    shown = shown.sort_values("value", key=_in_order, kind="stable")
    shown = shown.sort_values("margin", ascending=False, kind="stable", ignore_index=True)
    if shown.empty:
        return None
    labels = [said("{name}: {value}", name=word(row.margin), value=word(row.value)) for row in shown.itertuples()]
    with drawn_rows(labels, label=said("share of the accounts served that answered"), scale=percent) as rows:
        rows.bars(shown["response_share"])
        rows.values(
            said("{share} (n = {n})", share=percent(row.response_share), n=decimal_text(row.n_accounts))
            for row in shown.itertuples()
        )
    return Picture(
        rows.figure,
        alt=said(
            "Share of accounts that answered: {groups}.",
            groups=rows.in_words,
        ),
        caption=said("Who answered and who did not, n = accounts served in the twelve months before the survey."),
    )


def plot_importance(found: Importance) -> Picture | None:
    """The share of each attribute in what explains the target, with intervals, and as stated; None without."""
    if not found.is_estimated:
        return None
    shown = found.table.sort_values("importance_share", ascending=False, ignore_index=True)
    stated = shown["stated_importance"].notna().any()
    shown["stated_share"] = shown["stated_importance"] / shown["stated_importance"].sum() if stated else np.nan
    target = str(shown["target"].iloc[0])
    label = said("share of what the attributes explain of {target}", target=word(target))
    with drawn_rows(map(word, shown["attribute"]), label=label, scale=percent) as rows:
        rows.bars(shown["importance_share"], label=said("derived importance"))
        rows.intervals(shown["importance_low"], shown["importance_high"])
        if stated:
            rows.points(shown["stated_share"], colour=WARM, label=said("stated importance"))
        rows.values(percent(share) for share in shown["importance_share"])
    return Picture(
        rows.figure,
        alt=said(
            "Importance for {target}: {attributes}.",
            target=word(target),
            attributes="; ".join(
                f"{word(row.attribute)} {percent(row.importance_share)}" for row in shown.itertuples()
            ),
        ),
        caption=said(
            "Importance of each attribute for {target}, with its 90 % interval; n = {n} respondents. Stated importance "
            "is what they say matters, as a share of all they say.",
            target=word(target),
            n=decimal_text(int(shown["n"].max())),
        ),
    )


def plot_importance_map(placed: Map | None, *, relative: bool = False) -> Picture | None:
    """Importance against performance with the crossing lines, each attribute named; None without an estimate."""
    if placed is None or placed.table.empty:
        return None
    table = placed.table
    with drawing(height=5.6) as (figure, axes):
        _draw_lines(axes, placed)
        for row in table.itertuples():
            colour = COLOURS.get(row.quadrant, "white")
            edge = COLOURS[row.likely_quadrant]
            axes.hlines(row.importance_share, row.performance_low, row.performance_high, color=PALE, linewidth=1.2)
            axes.vlines(row.performance, row.importance_low, row.importance_high, color=PALE, linewidth=1.2)
            axes.scatter(row.performance, row.importance_share, s=58, color=colour, edgecolors=edge, zorder=3)
        axes.margins(x=0.06, y=0.08)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda value, _: percent(value))
        axes.xaxis.set_major_locator(MaxNLocator(9, steps=PLAIN_STEPS))
        axes.xaxis.set_major_formatter(lambda value, _: decimal_text(value, 2 if relative else 0))
        ours = said("our score over that of the competitors the same respondents use")
        axes.set_xlabel(ours if relative else said("performance: mean score, 0 to 100"))
        axes.set_ylabel(said("importance: share of what the attributes explain"))
        _name_quadrants(axes, placed)
        points = table[["performance", "importance_share"]].to_numpy()
        texts = [f"{word(row.attribute)} ({percent(row.p_quadrant)})" for row in table.itertuples()]
        place_labels(figure, axes, points, texts, bold=(table["quadrant"] == TO_IMPROVE).tolist())
    return Picture(
        figure,
        alt=said(
            "Importance and performance: {places}.",
            places="; ".join(f"{word(row.attribute)} {word(row.quadrant)}" for row in table.itertuples()),
        ),
        caption=said(
            "Above the line an attribute matters more than the average one; to the left it is rated worse. In "
            "brackets: the probability that it truly lies in its part of the map; filled where that is at least 80 %, "
            "hollow where it is undecided. Pale lines are 90 % intervals, n = {n} respondents.",
            n=decimal_text(int(table["n_raters"].max())),
        ),
    )


def plot_segments(segments: pd.DataFrame) -> Picture | None:
    """Where each attribute lies on the map of each segment: size classes of our clients, then each competitor."""
    if segments.empty:
        return None
    order = segments.groupby("attribute")["importance_share"].mean().sort_values(ascending=False).index
    columns = segments[["segment_by", "segment"]].drop_duplicates()
    columns = columns.sort_values(["segment_by", "segment"], key=_in_order)
    with drawing(height=0.36 * len(order) + 1.5) as (figure, axes):
        for to, group in enumerate(columns.itertuples()):
            part = segments[(segments["segment_by"] == group.segment_by) & (segments["segment"] == group.segment)]
            for row in part.itertuples():
                at = order.get_loc(row.attribute)
                sure = row.quadrant in COLOURS
                shade = COLOURS[row.quadrant] if sure and row.quadrant != SECONDARY else "#f3f6f9"
                axes.add_patch(_tile(to, at, shade))
                dark = sure and row.quadrant != SECONDARY
                axes.text(
                    to + 0.5, at + 0.5, decimal_text(row.performance), ha="center", va="center", fontsize=9,
                    color="white" if dark else INK if sure else GREY,
                )  # fmt: skip
        counts = segments.groupby(["segment_by", "segment"])["n"].max()
        names = [
            f"{word(group.segment) if group.segment_by == 'size_class' else group.segment}\n"
            f"n = {counts[(group.segment_by, group.segment)]}"
            for group in columns.itertuples()
        ]
        axes.set_xticks(np.arange(len(columns)) + 0.5, names)
        axes.set_yticks(np.arange(len(order)) + 0.5, [word(name) for name in order])
        axes.set_xlim(0, len(columns))
        axes.set_ylim(len(order), 0)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    urgent = segments[segments["quadrant"] == TO_IMPROVE]
    return Picture(
        figure,
        alt=said(
            "To improve by segment: {places}.",
            places="; ".join(f"{word(row.segment)}: {word(row.attribute)}" for row in urgent.itertuples())
            or said("none is sure"),
        ),
        caption=said(
            "Mean score (0 to 100) of each attribute: us by size of client, then each competitor by those who rate it. "
            "Red: to improve there; blue: a strength; pale: secondary, or, in grey, undecided. Attributes are ordered "
            "by importance."
        ),
    )


def _in_order(values: pd.Series) -> pd.Series:
    """Sizes and bands from small to large, everything else as it came."""
    order = {name: place for place, name in enumerate((*SIZES, *BANDS))}
    return values.map(order).fillna(len(order))


def _draw_lines(axes: Axes, placed: Map) -> None:
    axes.axvline(placed.crossing_performance, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.axhline(placed.crossing_importance, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))


def _name_quadrants(axes: Axes, placed: Map) -> None:
    corners = ((0.01, 0.985, "left", TO_IMPROVE), (0.99, 0.985, "right", STRENGTH), (0.01, 0.015, "left", SECONDARY))
    for x, y, side, name in corners:
        axes.text(
            x, y, word(name).upper(), transform=axes.transAxes, ha=side, va="top" if y > 0.5 else "bottom",
            fontsize=8.5, color=COLOURS[name],
        )  # fmt: skip


def _tile(to: int, at: int, colour: str) -> Rectangle:
    return Rectangle((to + 0.03, at + 0.06), 0.94, 0.88, color=colour, linewidth=0)
