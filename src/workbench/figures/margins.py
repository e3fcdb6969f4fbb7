"""Figures of the economic component: bridge, whale curve, capacity, margins by axis and by client."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from workbench.economic.whale import WhaleCurve
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
)
from workbench.language import decimal_text, said, word


def plot_bridge(bridge: pd.DataFrame, *, unit: str) -> Picture:
    """The bridge as a waterfall: totals in dark, steps up in blue, steps down in red; steps of 0 are left out."""
    figure = waterfall(bridge, {}, unit=unit, label=said("margin ({unit}), study period", unit=unit))
    first, last = bridge.iloc[0], bridge.iloc[-1]
    return Picture(
        figure,
        alt=said(
            "Waterfall from the booked margin, {booked}, to the retreated margin, {left}, in {n} steps.",
            booked=money(first["amount_eur"], unit),
            left=money(last["amount_eur"], unit),
            n=len(bridge) - 2,
        ),
        caption=said(
            "Margin bridge, n = {n} rows read. Each bar starts where the one above ends; blue raises the margin, red "
            "lowers it. Steps that moved nothing are left out here and kept in the table.",
            n=decimal_text(first["n_rows"]),
        ),
    )


def waterfall(bridge: pd.DataFrame, names: dict[str, str], *, unit: str, label: str) -> Figure:
    """A bridge (step, amount_eur, running_eur; a total first and last) as a drawing; steps of 0 are left out."""
    ends = bridge.index.isin([0, len(bridge) - 1])
    shown = bridge[ends | bridge["amount_eur"].ne(0)].reset_index(drop=True)
    amount, running = shown["amount_eur"].to_numpy(), shown["running_eur"].to_numpy()
    total = shown.index.isin([0, len(shown) - 1])
    labels = [said(names[step]) if step in names else word(step).capitalize() for step in shown["step"]]
    with drawn_rows(labels, label=label, scale=partial(money, unit=unit), each=0.42) as rows:
        colours = np.where(total, INK, np.where(amount > 0, BLUE, WARM))
        rows.bars(amount, left=np.where(total, 0.0, running - amount), colour=colours)
        rows.axes.vlines(running[:-1], rows.place[:-1] - 0.31, rows.place[:-1] + 1.31, color=GREY, linewidth=0.8)
        rows.values(
            money(value, unit) if whole else signed_money(value, unit)
            for value, whole in zip(amount, total, strict=True)
        )
    return rows.figure


def plot_whale(whale: WhaleCurve, *, unit: str) -> Picture:
    """Cumulative margin by ranked customer, with its peak and its end."""
    with drawing(height=4.4) as (figure, axes):
        rank = np.concatenate([[0], whale.ranked["rank"]])
        cumulative = np.concatenate([[0.0], whale.ranked["cumulative_eur"]])
        gaining = rank <= whale.peak_rank
        losing = rank >= whale.n_customers - whale.n_negative
        axes.plot(rank, cumulative, color=GREY, linewidth=1.4)
        axes.plot(rank[gaining], cumulative[gaining], color=BLUE, linewidth=2.4)
        axes.plot(rank[losing], cumulative[losing], color=WARM, linewidth=2.4)
        axes.axhline(whale.total_eur, color=GREY, linestyle=":", linewidth=1)
        axes.scatter([whale.peak_rank, whale.n_customers], [whale.peak_eur, whale.total_eur], color=INK, zorder=3)
        axes.annotate(
            said("peak {peak}\nafter {n} clients", peak=money(whale.peak_eur, unit), n=decimal_text(whale.peak_rank)),
            (whale.peak_rank, whale.peak_eur), (0, -34), textcoords="offset points", ha="center", va="top",
        )  # fmt: skip
        axes.annotate(
            said("end {total}", total=money(whale.total_eur, unit)), (whale.n_customers, whale.total_eur), (-6, -10),
            textcoords="offset points", ha="right", va="top",
        )  # fmt: skip
        axes.set_xlabel(said("clients, ranked from the highest margin to the lowest"))
        axes.set_ylabel(said("cumulative full margin"))
        axes.set_ylim(min(0, cumulative.min() * 1.1), max(cumulative.max() * 1.08, 1))
        axes.set_xlim(0, whale.n_customers * 1.02)
        money_axis(axes.yaxis, unit)
    return Picture(
        figure,
        alt=said(
            "Whale curve of {n} clients: cumulative margin rises to {peak} at client {rank} and ends at {total}.",
            n=whale.n_customers,
            peak=money(whale.peak_eur, unit),
            rank=whale.peak_rank,
            total=money(whale.total_eur, unit),
        ),
        caption=said(
            "Whale curve, n = {n} clients with activity in the period. Blue: clients that add margin; red: clients "
            "that take it away; the dotted line is what is left.",
            n=decimal_text(whale.n_customers),
        ),
    )


def plot_pools(pools: pd.DataFrame, *, unit: str) -> Picture | None:
    """Each pool's cost over the period: used, idle, and overdriven beyond the ledger's amount; None without pools."""
    if pools.empty:
        return None
    sums = pools.groupby("pool")[["used_eur", "idle_eur", "overdriven_eur", "unassigned_eur"]].sum()
    sums = sums.assign(within=sums["used_eur"] - sums["overdriven_eur"]).sort_values("within", ascending=False)
    label = said("pool cost ({unit}), study period", unit=unit)
    with drawn_rows(sums.index, label=label, scale=partial(money, unit=unit), each=0.44) as rows:
        left = np.zeros(len(sums))
        for part, colour, name in (
            ("within", BLUE, said("used within capacity")),
            ("idle_eur", PALE, said("idle")),
            ("unassigned_eur", GREY, said("without known capacity")),
            ("overdriven_eur", WARM, said("overdriven, beyond the cost booked")),
        ):
            if part == "within" or sums[part].any():
                rows.bars(sums[part], left=left, colour=colour, label=name)
            left = left + sums[part].to_numpy()
        booked = sums[["within", "idle_eur", "unassigned_eur"]].sum(axis=1)
        rows.values(
            said("{share} idle", share=percent(idle / of)) if of else ""
            for idle, of in zip(sums["idle_eur"], booked, strict=True)
        )
    return Picture(
        rows.figure,
        alt=said(
            "Cost of each pool, used and idle: {pools}.",
            pools="; ".join(
                said(
                    "{pool} {used} used, {idle} idle",
                    pool=row.Index,
                    used=money(row.used_eur, unit),
                    idle=money(row.idle_eur, unit),
                )
                for row in sums.itertuples()
            ),
        ),
        caption=said(
            "What the pools' cost was used for, n = {n} pool-months. Idle is what capacity cost and no activity used; "
            "overdriven is use beyond practical capacity, priced at the same rate.",
            n=decimal_text(len(pools)),
        ),
    )


def plot_axis(table: pd.DataFrame, axis: str, *, unit: str, label: str, most: int = 12) -> Picture | None:
    """Practical and full margin of the values with most revenue, by full margin; None where no value is known."""
    if table.empty:
        return None
    largest = table.sort_values("revenue_eur", ascending=False).head(most)
    shown = largest.sort_values("full_margin_eur", ascending=False, kind="stable")
    ratios = [
        f", {said('revenue/cost {ratio}', ratio=decimal_text(ratio, 2))}" if pd.notna(ratio) else ""
        for ratio in shown["revenue_cost_ratio"]
    ]
    text = said("margin ({unit}), study period", unit=unit)
    with drawn_rows(shown[axis], label=text, scale=partial(money, unit=unit), each=0.5) as rows:
        rows.bars(shown["practical_margin_eur"], colour=PALE, level=-0.2, thick=0.36, label=said("practical margin"))
        rows.bars(shown["full_margin_eur"], level=0.2, thick=0.36, label=said("full margin"))
        practical = (money(margin, unit) for margin in shown["practical_margin_eur"])
        rows.values((amount + ratio for amount, ratio in zip(practical, ratios, strict=True)), level=-0.2)
        rows.values((money(margin, unit) for margin in shown["full_margin_eur"]), level=0.2)
    return Picture(
        rows.figure,
        alt=said(
            "Margin by {axis}: {values}.",
            axis=word(label),
            values="; ".join(f"{row[axis]} {money(row['full_margin_eur'], unit)}" for _, row in shown.iterrows()),
        ),
        caption=said(
            "Margin by {axis}, {shown} of {all} values, n = {n} deliveries. Pale: practical margin; dark: full margin, "
            "red where negative; the ratio is revenue over practical cost, a ratio of sums.",
            axis=word(label),
            shown=len(shown),
            all=len(table),
            n=decimal_text(table["n_deliveries"].sum()),
        ),
    )


def plot_months(months: pd.DataFrame, *, unit: str) -> Picture:
    """Revenue and both margins, month by month."""
    with drawing(height=3.8) as (figure, axes):
        axes.bar(months["month"], months["revenue_eur"], width=24, color="#e6edf4", label=said("revenue"))
        axes.plot(months["month"], months["practical_margin_eur"], color=GREY, label=said("practical margin"))
        axes.plot(months["month"], months["full_margin_eur"], color=BLUE, linewidth=2.2, label=said("full margin"))
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_ylabel(said("{unit} a month", unit=unit))
        money_axis(axes.yaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=3)
    return Picture(
        figure,
        alt=said(
            "Revenue and margins of {n} months; the full margin lies between {low} and {high}.",
            n=len(months),
            low=money(months["full_margin_eur"].min(), unit),
            high=money(months["full_margin_eur"].max(), unit),
        ),
        caption=said("Revenue, practical and full margin of the clients by month, n = {n} months.", n=len(months)),
    )


def plot_clients(margins: pd.DataFrame, *, unit: str, each_side: int = 8) -> Picture:
    """The clients that make most and those that lose most, each with its 90 % interval."""
    ranked = margins[margins["n_deliveries"].gt(0)].sort_values("full_margin_eur", ascending=False)
    shown = pd.concat([ranked.head(each_side), ranked.tail(each_side)]).drop_duplicates("customer_id")
    names = shown["name"].fillna(shown["customer_id"])
    label = said("full margin ({unit}), study period", unit=unit)
    with drawn_rows(names, label=label, scale=partial(money, unit=unit), each=0.32) as rows:
        rows.bars(shown["full_margin_eur"])
        if shown["full_margin_low_eur"].notna().any():
            rows.intervals(shown["full_margin_low_eur"], shown["full_margin_high_eur"])
        rows.values(money(margin, unit) for margin in shown["full_margin_eur"])
    return Picture(
        rows.figure,
        alt=said(
            "Full margin of the most and least profitable clients: {clients}.",
            clients=rows.in_words,
        ),
        caption=said(
            "The {each} clients with the highest and the {each} with the lowest full margin, of n = {n}. The line is "
            "the 90 % interval left by the minutes (assumption A11).",
            each=each_side,
            n=decimal_text(len(ranked)),
        ),
    )
