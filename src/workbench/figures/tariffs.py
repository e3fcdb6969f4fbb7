"""Figures of tariff scenarios."""

import numpy as np
import pandas as pd

from workbench.figures.picture import Picture
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
    shortened,
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
    with drawing(height=0.62 * len(names) + 1.5) as (figure, axes):
        place = np.arange(len(names))
        width = 0.7 / len(horizons)
        for number, months in enumerate(horizons):
            rows = table[table["horizon_months"].eq(months)].set_index("scenario").loc[names]
            at = place + (number - (len(horizons) - 1) / 2) * width
            even = rows["break_even_volume_loss"].to_numpy()
            axes.barh(at, np.nan_to_num(even), width * 0.9, color=SHADES[number % 3], label=_within(months))
            for up, value in zip(at, even, strict=True):
                text = said("no volume would do") if np.isnan(value) else percent(value, 1)
                axes.annotate(text, (max(np.nan_to_num(value), 0), up), (5, 0), textcoords="offset points",
                              va="center", fontsize=9)  # fmt: skip
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(place, [shortened(name, 34) for name in names])
        axes.invert_yaxis()
        axes.margins(x=0.16)
        axes.xaxis.set_major_formatter(lambda value, _: signed_percent(value))
        axes.set_xlabel(said("share of the volume concerned that may be lost (below 0: that must be won)"))
        figure.legend(loc="outside lower center", frameon=False, ncols=len(horizons))
    return Picture(
        figure,
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
    with drawing(height=0.85 * len(sizes) + 1.5) as (figure, axes):
        for number, (estimate, colour) in enumerate(ESTIMATES.items()):
            own = rows[rows["estimate"].eq(estimate)]
            at = np.array([sizes.index(size) for size in own["size_class"]]) + 0.24 * (number - 1)
            axes.hlines(at, own["low"], own["high"], color=colour, linewidth=2)
            axes.scatter(own["value"], at, color=colour, s=42, zorder=3, label=word(f"{estimate}_estimate"))
            for up, row in zip(at, own.itertuples(), strict=True):
                axes.annotate(decimal_text(row.value, 2), (row.high, up), (6, 0), textcoords="offset points",
                              va="center", fontsize=9)  # fmt: skip
        affected = rows[rows["estimate"].eq("adjusted")].set_index("size_class")["n_affected"]
        axes.set_yticks(
            np.arange(len(sizes)),
            [said("{size} (n = {n})", size=_size(size), n=decimal_text(affected.get(size, 0))) for size in sizes],
        )
        axes.set_ylim(len(sizes) - 0.5, -0.5)
        axes.axvline(0, color=INK, linewidth=1)
        axes.margins(x=0.12)
        axes.xaxis.set_major_formatter(lambda value, _: decimal_text(value, 1))
        axes.set_xlabel(said("elasticity of volume: % of volume for 1 % of price"))
        figure.legend(loc="outside lower center", frameon=False, ncols=3)
    return Picture(
        figure,
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
    with drawing(height=0.75 * len(names) + 1.4) as (figure, axes):
        for number, months in enumerate(horizons):
            rows = table[table["horizon_months"].eq(months)].set_index("scenario").loc[names]
            at = np.arange(len(names)) + 0.3 * (number - (len(horizons) - 1) / 2)
            colour = (GREY, BLUE, INK)[number % 3]
            axes.hlines(at, rows["difference_low_eur"], rows["difference_high_eur"], color=colour, linewidth=2.5)
            axes.scatter(rows["difference_eur"], at, color=colour, s=48, zorder=3, label=_within(months))
            for up, row in zip(at, rows.itertuples(), strict=True):
                axes.annotate(_signed(row.difference_eur, unit), (row.difference_high_eur, up), (7, 0),
                              textcoords="offset points", va="center", fontsize=9)  # fmt: skip
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(np.arange(len(names)), [shortened(name, 34) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.margins(x=0.14)
        axes.set_xlabel(said("change of the practical margin over the horizon ({unit})", unit=unit))
        money_axis(axes.xaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=len(horizons))
    return Picture(
        figure,
        alt=said(
            "Change of margin: {values}.",
            values="; ".join(
                f"{row.scenario}, {_within(row.horizon_months)}: {_signed(row.difference_eur, unit)}"
                for row in table.itertuples()
            ),
        ),
        caption=said(
            "What each change adds to the margin, counted over the whole horizon; lines are 90 % intervals. Where a "
            "line crosses 0, the sign is not sure."
        ),
    )


def plot_tornado(table: pd.DataFrame, *, scenario: str, months: int, unit: str) -> Picture | None:
    """What moves a scenario's result most, each quantity at the ends of its 90 %; None where all is sure."""
    if table.empty:
        return None
    shown = table.iloc[::-1].reset_index(drop=True)
    middle = shown["central_eur"].iloc[0]
    with drawing(height=0.55 * len(shown) + 1.3) as (figure, axes):
        for at, row in shown.iterrows():
            for end, colour in ((row["low_eur"], PALE), (row["high_eur"], BLUE)):
                axes.barh(at, end - middle, left=middle, height=0.56, color=colour)
            first, last = sorted((row["low_eur"], row["high_eur"]))
            for end, side in ((first, -1), (last, 1)):
                axes.annotate(_signed(end, unit), (end, at), (5 * side, 0), textcoords="offset points", va="center",
                              ha="right" if side < 0 else "left", fontsize=9)  # fmt: skip
        axes.axvline(middle, color=INK, linewidth=1)
        axes.set_yticks(np.arange(len(shown)), [word(factor) for factor in shown["factor"]])
        axes.margins(x=0.2)
        axes.set_xlabel(said("change of margin over {months} months ({unit})", months=months, unit=unit))
        money_axis(axes.xaxis, unit)
    return Picture(
        figure,
        alt=said(
            "What moves the result of {scenario}: {values}.",
            scenario=scenario,
            values="; ".join(
                said("{factor} from {low} to {high}", factor=word(row.factor), low=_signed(row.low_eur, unit),
                     high=_signed(row.high_eur, unit))
                for row in table.itertuples()
            ),
        ),
        caption=said(
            "{scenario}: each quantity at the lower (pale) and the upper end (blue) of its 90 %, the others as they "
            "are; the line in the middle is the central result.",
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
    rows = table[table["scenario"].eq(scenario) & table["margin_at_risk_eur"].gt(0)].head(most)
    if rows.empty:
        return None
    shown = rows.iloc[::-1].reset_index(drop=True)
    with drawing(height=0.36 * len(shown) + 1.2) as (figure, axes):
        axes.barh(np.arange(len(shown)), shown["margin_at_risk_eur"], color=WARM, height=0.6)
        for at, row in enumerate(shown.itertuples()):
            text = said("{money} ({risk} more likely lost)", money=money(row.margin_at_risk_eur, unit),
                        risk=percent(row.p_lost_more, 1))  # fmt: skip
            axes.annotate(text, (row.margin_at_risk_eur, at), (6, 0), textcoords="offset points", va="center",
                          fontsize=9)  # fmt: skip
        names = shown["name"].fillna(shown["customer_id"]).map(shortened)
        axes.set_yticks(np.arange(len(shown)), names.tolist())
        axes.margins(x=0.3)
        axes.set_xlim(left=0)
        axes.set_xlabel(said("margin at risk ({unit})", unit=unit))
        money_axis(axes.xaxis, unit)
    return Picture(
        figure,
        alt=said("Clients most exposed to {scenario}.", scenario=scenario),
        caption=said(
            "{scenario}: expected margin of the next {months} months that the added probability of losing the client "
            "puts at risk; the {n} highest.",
            scenario=scenario,
            months=int(shown["horizon_months"].iloc[0]),
            n=len(shown),
        ),
    )


def _names(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table["scenario"]))


def _within(months: int) -> str:
    return said("{n} months", n=decimal_text(months))


def _size(size: str) -> str:
    return said("all sizes") if size == ALL else word(size)


def _signed(value: float, unit: str) -> str:
    return f"+{money(value, unit)}" if value > 0 else money(value, unit)
