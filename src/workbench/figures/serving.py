"""Figures of what serving clients takes: minutes, cost to serve, reasons of losses, two years, territories."""

from functools import partial

import numpy as np
import pandas as pd

from workbench.figures.margins import waterfall
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
    percent,
    signed_percent,
)
from workbench.language import decimal_text, marked, said, word

PERIOD_STEPS = {
    "margin_before": marked("Practical margin, the year before"),
    "volume": marked("Volume"),
    "mix": marked("Mix of products and zones"),
    "price": marked("Price"),
    "purchase_costs": marked("Direct purchases"),
    "activity_costs": marked("Work on deliveries"),
    "order_and_client_costs": marked("Work on orders and clients"),
    "margin_after": marked("Practical margin, last year"),
}
MANY_MARKS = 1000


def plot_equations(table: pd.DataFrame) -> Picture | None:
    """Minutes estimated from timesheets over minutes stated, term by term with intervals; None where there are none."""
    both = table[table["estimated_minutes_per_unit"].notna() & table["stated_minutes_per_unit"].gt(0)]
    if both.empty:
        return None
    ratio = both[["estimated_minutes_per_unit", "low_minutes_per_unit", "high_minutes_per_unit"]].div(
        both["stated_minutes_per_unit"], axis=0
    )
    ratio.columns = ["value", "low", "high"]
    apart = ratio["low"].gt(1) | ratio["high"].lt(1)
    names = both["activity"].map(word) + ", " + both["term"].map(word)
    scale = partial(decimal_text, digits=1)
    with drawn_rows(names, label=said("estimated / stated minutes"), scale=scale, line=1.0, each=0.3) as rows:
        rows.points(ratio["value"], low=ratio["low"], high=ratio["high"], colour=np.where(apart, WARM, BLUE))
        rows.axes.set_xlim(0, max(2.0, min(ratio["high"].max() * 1.05, 4.0)))
    return Picture(
        rows.figure,
        alt=said(
            "Estimated over stated minutes: {terms}.",
            terms="; ".join(
                f"{name} {decimal_text(value, 2)}" for name, value in zip(names, ratio["value"], strict=True)
            ),
        ),
        caption=said(
            "Minutes estimated from the timesheets over those stated, {terms} terms, n = {n} observations, 90 % "
            "intervals. Red: the interval does not hold the stated minutes.",
            terms=len(both),
            n=decimal_text(both.groupby("activity")["n_observations"].first().sum()),
        ),
    )


def plot_cost_to_serve(margins: pd.DataFrame, *, unit: str) -> Picture | None:
    """Each client by its revenue and the share of it that the activities take; None without revenue."""
    shown = margins[margins["revenue_eur"].gt(0)]
    if shown.empty:
        return None
    losing = shown["full_margin_eur"].lt(0).to_numpy()
    share = shown["cost_to_serve_share"].to_numpy()
    top = max(1.05, float(np.quantile(share, 0.98)) * 1.1)
    together = shown["activity_cost_eur"].sum() / shown["revenue_eur"].sum()
    with drawing(height=4.4) as (figure, axes):
        for where, colour, label in (
            (~losing, BLUE, said("full margin of 0 or more")),
            (losing, WARM, said("negative full margin")),
        ):
            axes.scatter(
                shown["revenue_eur"][where], np.minimum(share[where], top), s=18, color=colour, alpha=0.65,
                linewidths=0, label=label, rasterized=len(shown) > MANY_MARKS,
            )  # fmt: skip
        axes.axhline(together, color=INK, linestyle=":", linewidth=1)
        axes.annotate(
            said("all clients {share}", share=percent(together)), (0, together), (6, 4),
            xycoords=("axes fraction", "data"), textcoords="offset points",
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_ylim(0, top * 1.03)
        axes.set_xlabel(said("revenue ({unit}), study period, logarithmic", unit=unit))
        axes.set_ylabel(said("activity cost / revenue"))
        axes.yaxis.set_major_formatter(lambda value, _: percent(value))
        axes.xaxis.set_major_formatter(lambda value, _: money(value, unit))
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        figure.legend(loc="outside lower center", frameon=False, ncols=2)
    return Picture(
        figure,
        alt=said(
            "Cost to serve of {n} clients against their revenue: {together} of revenue for all together, {median} for "
            "the median client.",
            n=len(shown),
            together=percent(together),
            median=percent(np.median(share)),
        ),
        caption=said(
            "Cost to serve by client, n = {n}. Shares above {top} are drawn at the top ({above} clients).",
            n=decimal_text(len(shown)),
            top=percent(top),
            above=int((share > top).sum()),
        ),
    )


def plot_reasons(reasons: pd.DataFrame, *, unit: str) -> Picture | None:
    """What clients with a negative margin cost above clients of their size, by item; None where no client loses."""
    if reasons.empty:
        return None
    shown = reasons.sort_values("excess_eur", ascending=False)
    excess = shown["excess_eur"]
    label = said("cost above that of clients of the same size ({unit}), study period", unit=unit)
    with drawn_rows(map(word, shown["item"]), label=label, scale=partial(money, unit=unit)) as rows:
        rows.bars(excess, colour=np.where(excess > 0, WARM, PALE))
        rows.values(money(value, unit) for value in excess)
    return Picture(
        rows.figure,
        alt=said(
            "Cost of the unprofitable clients above their peers: {items}.",
            items="; ".join(f"{word(row.item)} {money(row.excess_eur, unit)}" for row in shown.itertuples()),
        ),
        caption=said(
            "What the clients with a negative full margin cost above what clients of their size would cost for the "
            "same revenue, n = {n} items. Red: above, pale: below.",
            n=len(shown),
        ),
    )


def plot_commercial_return(table: pd.DataFrame) -> Picture | None:
    """Margin before sales cost for each unit of commercial cost, by salesperson; None where it is not known."""
    shown = table[table["return_ratio"].notna()]
    if shown.empty:
        return None
    together = shown["margin_before_sales_eur"].sum() / shown["commercial_cost_eur"].sum()
    label = said("margin before commercial cost / commercial cost")
    with drawn_rows(shown["salesperson"], label=label) as rows:
        rows.bars(shown["return_ratio"], colour=np.where(shown["return_ratio"] < 1, WARM, BLUE))
        rows.axes.axvline(together, color=INK, linestyle=":", linewidth=1)
        rows.values(
            said("{ratio}  ({n} clients)", ratio=decimal_text(row.return_ratio, 1), n=decimal_text(row.n_clients))
            for row in shown.itertuples()
        )
    return Picture(
        rows.figure,
        alt=said(
            "Return on commercial cost: {salespersons}.",
            salespersons="; ".join(
                f"{row.salesperson} {decimal_text(row.return_ratio, 1)}" for row in shown.itertuples()
            ),
        ),
        caption=said(
            "Practical margin before commercial cost over commercial cost, n = {n} clients of {salespersons} "
            "salespersons; the dotted line is all of them together ({ratio}).",
            n=decimal_text(shown["n_clients"].sum()),
            salespersons=len(shown),
            ratio=decimal_text(together, 1),
        ),
    )


def plot_period_bridge(bridge: pd.DataFrame, *, unit: str) -> Picture | None:
    """From the practical margin of one year to that of the next; None where the period is too short."""
    if bridge.empty:
        return None
    first, last = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    return Picture(
        waterfall(bridge, PERIOD_STEPS, unit=unit, label=said("practical margin ({unit}), 12 months", unit=unit)),
        alt=said(
            "From one year's practical margin to the next: {steps}.",
            steps="; ".join(
                f"{said(PERIOD_STEPS[row.step])} {money(row.amount_eur, unit)}" for row in bridge.itertuples()
            ),
        ),
        caption=said(
            "Price, volume, mix and cost between the last 12 months and the 12 before, n = 24 months: {first} to "
            "{last}. Blue raises the margin, red lowers it.",
            first=money(first, unit),
            last=money(last, unit),
        ),
    )


def plot_territories(table: pd.DataFrame) -> Picture | None:
    """Change of revenue by territory with its interval; None where it is not known."""
    shown = table[table["change_share"].notna()]
    if shown.empty:
        return None
    colours = shown["trend"].map({"growing": BLUE, "shrinking": WARM}).fillna(GREY)
    label = said("revenue of the last 12 months against the 12 before")
    with drawn_rows(shown["customer_zone"], label=label, scale=signed_percent) as rows:
        rows.points(
            shown["change_share"], low=shown["change_low_share"], high=shown["change_high_share"], colour=colours
        )
        rows.values(signed_percent(change) for change in shown["change_share"])
    return Picture(
        rows.figure,
        alt=said(
            "Change of revenue by territory: {territories}.",
            territories="; ".join(
                f"{row.customer_zone} {signed_percent(row.change_share)}" for row in shown.itertuples()
            ),
        ),
        caption=said(
            "Change of revenue by the client's zone, n = {n} clients, largest first, 90 % intervals of twelve "
            "year-on-year differences. Grey: neither growth nor decline is established.",
            n=decimal_text(shown["n_clients"].sum()),
        ),
    )
