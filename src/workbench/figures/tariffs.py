"""Figures of tariff scenarios."""

from functools import partial

import numpy as np
import pandas as pd

from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import (
    BLUE,
    GREY,
    INK,
    PALE,
    WARM,
    drawing,
    money,
    money_axis,
    percent,
    signed_money,
    signed_percent,
)
from workbench.language import decimal_text, said, word
from workbench.value.elasticity import ALL

SHADES = (PALE, BLUE, INK)
ESTIMATES = {"adjusted": BLUE, "naive": WARM, "placebo": GREY}


def plot_break_even(table: pd.DataFrame) -> Picture | None:
    """The share of volume each change may lose before it no longer pays, by horizon; None without scenarios."""
    if table.empty:
        return None
    names, horizons = _names(table), sorted(table["horizon_months"].unique())
    label = said("share of the volume concerned that may be lost (below 0: that must be won)")
    with drawn_rows(names, label=label, scale=signed_percent, each=0.31 * len(horizons)) as rows:
        width = 0.7 / len(horizons)
        for number, months in enumerate(horizons):
            even = _of_horizon(table, months, names)["break_even_volume_loss"]
            level = (number - (len(horizons) - 1) / 2) * width
            rows.bars(even, colour=SHADES[number % 3], level=level, thick=width * 0.9, label=_within(months))
            texts = (said("no volume would do") if np.isnan(value) else percent(value, 1) for value in even)
            rows.values(texts, level=level)
    return Picture(
        rows.figure,
        alt=said(
            "Break-even volume loss: {values}.",
            values="; ".join(
                f"{row.scenario}, {_within(row.horizon_months)}: {percent(row.break_even_volume_loss, 1)}"
                for row in table.dropna(subset="break_even_volume_loss").itertuples()
            ),
        ),
        caption=said(
            "What each change may cost in volume before it no longer pays, however clients answer. Where the minutes "
            "of lost deliveries are saved too, more may be lost."
        ),
    )


def plot_elasticities(found: pd.DataFrame) -> Picture | None:
    """Estimated elasticities of volume with their 90 % intervals, adjusted, naive and placebo; None where none is."""
    rows = found[found["elasticity"].eq("volume")] if len(found) else found
    if rows.empty:
        return None
    sizes = list(dict.fromkeys(rows["size_class"]))
    sizes.sort(key=lambda size: size != ALL)
    by_estimate = {
        estimate: rows[rows["estimate"].eq(estimate)].set_index("size_class").reindex(sizes) for estimate in ESTIMATES
    }
    affected = by_estimate["adjusted"]["n_affected"].fillna(0)
    names = [said("{size} (n = {n})", size=_size(size), n=decimal_text(affected[size])) for size in sizes]
    label = said("elasticity of volume: % of volume for 1 % of price")
    with drawn_rows(names, label=label, scale=partial(decimal_text, digits=1), each=0.85) as drawn:
        for number, (estimate, own) in enumerate(by_estimate.items()):
            level, named = 0.24 * (number - 1), word(f"{estimate}_estimate")
            drawn.points(
                own["value"], low=own["low"], high=own["high"], colour=ESTIMATES[estimate], level=level, label=named
            )
            texts = ("" if np.isnan(value) else decimal_text(value, 2) for value in own["value"])
            drawn.values(texts, level=level)
    return Picture(
        drawn.figure,
        alt=said(
            "Elasticity of volume, adjusted: {values}.",
            values="; ".join(
                f"{_size(row.size_class)} {decimal_text(row.value, 2)}"
                for row in rows[rows["estimate"].eq("adjusted")].itertuples()
            ),
        ),
        caption=said(
            "Blue: how clients whose price rose answered, compared with others who were like them before. Red: "
            "compared with the others as they are. Grey: the same comparison a year before the rise, when there was "
            "nothing to answer to; it should hold 0. Lines are 90 % intervals, n is the clients whose price rose."
        ),
    )


def plot_scenarios(table: pd.DataFrame, *, unit: str) -> Picture | None:
    """What each change brings over each horizon, with its 90 % interval; None without scenarios."""
    if table.empty:
        return None
    names, horizons = _names(table), sorted(table["horizon_months"].unique())
    label = said("change of the practical margin over the horizon ({unit})", unit=unit)
    with drawn_rows(names, label=label, scale=partial(money, unit=unit), each=0.37 * len(horizons)) as rows:
        for number, months in enumerate(horizons):
            of = _of_horizon(table, months, names)
            level, colour = 0.3 * (number - (len(horizons) - 1) / 2), (GREY, BLUE, INK)[number % 3]
            rows.points(
                of["difference_eur"], low=of["difference_low_eur"], high=of["difference_high_eur"], colour=colour,
                level=level, label=_within(months),
            )  # fmt: skip
            rows.values((signed_money(value, unit) for value in of["difference_eur"]), level=level)
    return Picture(
        rows.figure,
        alt=said(
            "Change of margin: {values}.",
            values="; ".join(
                f"{row.scenario}, {_within(row.horizon_months)}: {signed_money(row.difference_eur, unit)}"
                for row in table.itertuples()
            ),
        ),
        caption=said(
            "What each change adds to the margin, counted over the whole horizon; lines are 90 % intervals. Where a "
            "line crosses 0, the sign is not sure."
        ),
    )


def plot_tornado(table: pd.DataFrame, *, scenario: str, months: int, unit: str) -> Picture | None:
    """What moves a scenario's result most, each quantity at the ends of its 90 % interval; None where all is sure."""
    if table.empty:
        return None
    middle = table["central_eur"].iloc[0]
    label = said("change of margin over {months} months ({unit})", months=months, unit=unit)
    scale = partial(money, unit=unit)
    with drawn_rows(map(word, table["factor"]), label=label, scale=scale, line=middle, each=0.44) as rows:
        rows.bars(table["low_eur"] - middle, left=middle, colour=PALE, label=said("at its lower end"))
        rows.bars(table["high_eur"] - middle, left=middle, colour=BLUE, label=said("at its upper end"))
        rows.values(
            said("{low} to {high}", low=signed_money(low, unit), high=signed_money(high, unit))
            for low, high in np.sort(table[["low_eur", "high_eur"]].to_numpy())
        )
    return Picture(
        rows.figure,
        alt=said(
            "What moves the result of {scenario}: {values}.",
            scenario=scenario,
            values="; ".join(
                said("{factor} from {low} to {high}", factor=word(row.factor), low=signed_money(row.low_eur, unit),
                     high=signed_money(row.high_eur, unit))
                for row in table.itertuples()
            ),
        ),
        caption=said(
            "The result of {scenario}, each quantity at the lower (pale) and the upper end (blue) of its 90 % "
            "interval, the others as they are; the line in the middle is the central result.",
            scenario=scenario,
        ),
    )  # fmt: skip


def plot_frontier(table: pd.DataFrame, *, scenario: str, months: int, unit: str) -> Picture:
    """Margin against clients kept as the price of one scope moves."""
    with drawing(height=4.6) as (figure, axes):
        lost = table["lost_clients"].to_numpy()
        axes.fill_between(lost, table["low_eur"], table["high_eur"], color=PALE, alpha=0.6, linewidth=0)
        axes.plot(lost, table["difference_eur"], color=BLUE, marker="o", markersize=4)
        for place, row in enumerate(table.itertuples()):
            if place % 3 == 0:
                axes.annotate(signed_percent(row.change_share), (row.lost_clients, row.difference_eur), (0, 8),
                              textcoords="offset points", ha="center", fontsize=9)  # fmt: skip
        axes.axhline(0, color=INK, linewidth=1)
        axes.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
        axes.set_xlabel(said("clients lost more than if prices stay (below 0: kept more)"))
        axes.set_ylabel(said("change of margin over {months} months ({unit})", months=months, unit=unit))
        money_axis(axes.yaxis, unit)
    best = table.loc[table["difference_eur"].idxmax()]
    return Picture(
        figure,
        alt=said(
            "Margin against clients kept as the price moves; the margin is highest at a change of {change}, with "
            "{lost} clients lost.",
            change=signed_percent(best["change_share"]),
            lost=decimal_text(best["lost_clients"], 1),
        ),
        caption=said(
            "Prices of the scope of {scenario} moved from {first} to {last}; a point is a price. Shaded: 90 % interval "
            "of the margin.",
            scenario=scenario,
            first=signed_percent(table["change_share"].iloc[0]),
            last=signed_percent(table["change_share"].iloc[-1]),
        ),
    )


def plot_exposed(table: pd.DataFrame, *, scenario: str, unit: str, most: int = 12) -> Picture | None:
    """The clients with the most margin at risk in one scenario; None where it puts none at risk."""
    shown = table[table["scenario"].eq(scenario) & table["margin_at_risk_eur"].gt(0)].head(most)
    if shown.empty:
        return None
    names, label = shown["name"].fillna(shown["customer_id"]), said("margin at risk ({unit})", unit=unit)
    with drawn_rows(names, label=label, scale=partial(money, unit=unit)) as rows:
        rows.bars(shown["margin_at_risk_eur"], colour=WARM)
        rows.values(
            said(
                "{money} (risk of loss +{points} points)",
                money=money(row.margin_at_risk_eur, unit),
                points=decimal_text(100 * row.p_lost_more, 1),
            )
            for row in shown.itertuples()
        )
    return Picture(
        rows.figure,
        alt=said(
            "Clients most exposed to {scenario}: {clients}.",
            scenario=scenario,
            clients=rows.in_words,
        ),
        caption=said(
            "Under {scenario}: expected margin of the next {months} months that the added probability of losing the "
            "client puts at risk; the {n} highest.",
            scenario=scenario,
            months=int(shown["horizon_months"].iloc[0]),
            n=len(shown),
        ),
    )


def _names(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table["scenario"]))


def _of_horizon(table: pd.DataFrame, months: int, names: list[str]) -> pd.DataFrame:
    return table[table["horizon_months"].eq(months)].set_index("scenario").loc[names]


def _within(months: int) -> str:
    return said("{n} months", n=decimal_text(months))


def _size(size: str) -> str:
    return said("all sizes") if size == ALL else word(size)
