"""Figures of two runs compared."""

from functools import partial

import numpy as np
from matplotlib.patches import Rectangle

from workbench.figures.margins import waterfall
from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY, INK, PALE, WARM, drawing, money, shortened, signed_money
from workbench.language import decimal_text, marked, said, word
from workbench.value.migration import ABSENT, LEVELS, Comparison

STEPS = {
    "margin_before": marked("Practical margin, the earlier year"),
    "volume": marked("Volume"),
    "mix": marked("Mix of products and zones"),
    "price": marked("Price"),
    "purchase_costs": marked("Direct purchases"),
    "activity_costs": marked("Work on deliveries and orders"),
    "account_costs": marked("Work on accounts"),
    "arrival": marked("Clients won"),
    "departure": marked("Clients gone"),
    "margin_after": marked("Practical margin, the later year"),
}
MOST_LEVEL = 4
# Of one client.
REASONS = {
    "volume": marked("volume"),
    "mix": marked("mix"),
    "price": marked("price"),
    "purchase_costs": marked("direct purchases"),
    "activity_costs": marked("work on deliveries and orders"),
    "account_costs": marked("work on the account"),
    "arrival": marked("won as a client"),
    "departure": marked("gone"),
}


def plot_migrations(made: Comparison | None) -> Picture | None:
    """How many clients went from which segment to which; None without an earlier run."""
    if made is None:
        return None
    counts = made.counts
    columns, rows = ([said(word(name)) for name in axis] for axis in (counts.columns, counts.index))
    with drawing(width=8.0, height=0.62 * len(counts) + 1.5) as (figure, axes):
        for (at, to), n in np.ndenumerate(counts.to_numpy()):
            stayed = counts.index[at] == counts.columns[to]
            colour = PALE if stayed else _direction(counts.index[at], counts.columns[to], made.by)
            shade = 0.0 if n == 0 else 1.0 if stayed else 0.25 + 0.75 * n / max(counts.to_numpy().max(), 1)
            axes.add_patch(_cell(to, at, colour, shade))
            if n:
                axes.text(to + 0.5, at + 0.5, decimal_text(n), ha="center", va="center", color=INK,
                          weight="normal" if stayed else "bold")  # fmt: skip
        axes.set_xlim(0, len(counts.columns))
        axes.set_ylim(len(counts), 0)
        slope = {"rotation": 35, "ha": "left", "rotation_mode": "anchor"} if len(columns) > MOST_LEVEL else {}
        axes.set_xticks(np.arange(len(columns)) + 0.5, [shortened(name) for name in columns], **slope)
        axes.set_yticks(np.arange(len(rows)) + 0.5, [shortened(name) for name in rows])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_ylabel(said("in the earlier run"))
        axes.set_title(said("in the later run"), fontsize=10, fontweight="normal", loc="center")
    return Picture(
        figure,
        alt=said(
            "Clients by segment in the earlier and the later run: {n} moved of {all}.",
            n=decimal_text(len(made.moved)),
            all=decimal_text(len(made.here)),
        ),
        caption=said(
            "A row is where clients were, a column where they are, n = {n} clients; pale cells stayed. Blue went up or "
            "were won, red went down or are gone, grey went elsewhere.",
            n=decimal_text(len(made.here)),
        ),
    )


def plot_moves(made: Comparison, *, unit: str) -> Picture:
    """What moved the margin of all clients between the two years."""
    bridge = made.bridge
    return Picture(
        waterfall(bridge, STEPS, unit=unit, label=said("practical margin of a year ({unit})", unit=unit)),
        alt=said(
            "From the earlier year's margin to the later one's: {steps}.",
            steps="; ".join(f"{said(STEPS[row.step])} {money(row.amount_eur, unit)}" for row in bridge.itertuples()),
        ),
        caption=said(
            "The practical margin of the year up to each run, n = {n} clients: each client's own steps, added up. Blue "
            "raises the margin, red lowers it.",
            n=decimal_text(len(made.clients)),
        ),
    )


def plot_movers(made: Comparison, *, unit: str, most: int = 12) -> Picture | None:
    """The clients whose margin moved most, with what moved it; None where none did."""
    clients = made.clients
    change = (clients["margin_after_eur"] - clients["margin_before_eur"]).round(2)
    order = change.abs().sort_values(ascending=False, kind="stable").index[:most]
    shown = clients.loc[order].assign(change=change[order])
    shown = shown[shown["change"].ne(0) & shown["main_reason"].notna()]
    if shown.empty:
        return None
    label = said("change of the practical margin of a year ({unit})", unit=unit)
    names = shown["name"].fillna(shown["customer_id"])
    with drawn_rows(names, label=label, scale=partial(money, unit=unit)) as rows:
        rows.bars(shown["change"])
        rows.values(
            said(
                "{amount}, mostly {reason}",
                amount=signed_money(row.change, unit),
                reason=said(REASONS[row.main_reason]),
            )
            for row in shown.itertuples()
        )
    return Picture(
        rows.figure,
        alt=said(
            "The clients whose margin moved most: {clients}.",
            clients=rows.in_words,
        ),
        caption=said("The {n} clients whose margin moved most, each with the step that moved it most.", n=len(shown)),
    )


def _direction(before: str, after: str, by: str) -> str:
    if ABSENT in (before, after):
        return BLUE if before == ABSENT else WARM
    if by != "economic_level":
        return GREY
    height = {level: -place for place, level in enumerate(LEVELS)}
    return BLUE if height.get(after, -9) > height.get(before, -9) else WARM


def _cell(to: int, at: int, colour: str, shade: float) -> Rectangle:
    return Rectangle((to + 0.03, at + 0.03), 0.94, 0.94, facecolor=colour, alpha=shade, edgecolor="none")
