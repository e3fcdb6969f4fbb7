"""Figures of the economic component: bridge, whale curve, capacity, margins by axis and by client."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from workbench.economic.whale import WhaleCurve
from workbench.figures.picture import Picture
from workbench.figures.theme import BLUE, GREY, INK, PALE, WARM, drawing, money, money_axis, percent, shortened
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
    with drawing(height=0.42 * len(shown) + 0.9) as (figure, axes):
        low, high = 0.0, 0.0
        for place, row in shown.iterrows():
            total = place in (0, len(shown) - 1)
            start = 0.0 if total else row["running_eur"] - row["amount_eur"]
            colour = INK if total else BLUE if row["amount_eur"] > 0 else WARM
            axes.barh(place, row["amount_eur"], left=start, color=colour, height=0.62)
            end = max(start, start + row["amount_eur"])
            sign = "" if total or row["amount_eur"] < 0 else "+"
            axes.annotate(
                sign + money(row["amount_eur"], unit), (end, place), (6, 0), textcoords="offset points", va="center"
            )
            low, high = min(low, start, start + row["amount_eur"]), max(high, end)
            if place < len(shown) - 1:
                axes.plot([row["running_eur"]] * 2, [place - 0.31, place + 1.31], color=GREY, linewidth=0.8)
        labels = [said(names[step]) if step in names else word(step).capitalize() for step in shown["step"]]
        axes.set_yticks(range(len(shown)), labels)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xlim(low * 1.08, high + 0.16 * (high - low))
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_xlabel(label)
        money_axis(axes.xaxis, unit)
    return figure


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
    sums = sums.assign(within=sums["used_eur"] - sums["overdriven_eur"]).sort_values("within")
    with drawing(height=0.48 * len(sums) + 1.5) as (figure, axes):
        left = np.zeros(len(sums))
        for part, colour, label in (
            ("within", BLUE, said("used within capacity")),
            ("idle_eur", PALE, said("idle")),
            ("unassigned_eur", GREY, said("without known capacity")),
            ("overdriven_eur", WARM, said("overdriven, beyond the cost booked")),
        ):
            if part == "within" or sums[part].any():
                axes.barh(range(len(sums)), sums[part], left=left, color=colour, label=label, height=0.62)
            left = left + sums[part].to_numpy()
        for place, row in enumerate(sums.itertuples()):
            booked = row.within + row.idle_eur + row.unassigned_eur
            text = said("{share} idle", share=percent(row.idle_eur / booked)) if booked else ""
            axes.annotate(text, (left[place], place), (6, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(sums)), [shortened(pool) for pool in sums.index])
        axes.set_xlim(0, max(left.max(), 1) * 1.12)
        axes.set_xlabel(said("pool cost ({unit}), study period", unit=unit))
        money_axis(axes.xaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=4)
    return Picture(
        figure,
        alt=said(
            "Cost of each pool, used and idle: {pools}.",
            pools="; ".join(
                said(
                    "{pool} {used} used, {idle} idle",
                    pool=row.Index,
                    used=money(row.used_eur, unit),
                    idle=money(row.idle_eur, unit),
                )
                for row in sums.iloc[::-1].itertuples()
            ),
        ),
        caption=said(
            "What the pools' cost was used for, n = {n} pool-months. Idle is what capacity cost and no activity used; "
            "overdriven is use beyond practical capacity, priced at the same rate.",
            n=decimal_text(len(pools)),
        ),
    )


def plot_axis(table: pd.DataFrame, axis: str, *, unit: str, label: str, most: int = 12) -> Picture | None:
    """Practical and full margin for the values of an axis, the largest revenues first; None where no value is known."""
    if table.empty:
        return None
    shown = table.sort_values("revenue_eur", ascending=False).head(most).iloc[::-1]
    with drawing(height=0.5 * len(shown) + 1.3) as (figure, axes):
        place = np.arange(len(shown))
        axes.barh(place + 0.2, shown["practical_margin_eur"], height=0.36, color=PALE, label=said("practical margin"))
        colours = np.where(shown["full_margin_eur"] < 0, WARM, BLUE)
        axes.barh(place - 0.2, shown["full_margin_eur"], height=0.36, color=colours, label=said("full margin"))
        axes.axvline(0, color=GREY, linewidth=0.8)
        for at, row in zip(place, shown.itertuples(), strict=True):
            widest = max(row.practical_margin_eur, row.full_margin_eur, 0)
            ratio = ""
            if pd.notna(row.revenue_cost_ratio):
                ratio = "  " + said("revenue/cost {ratio}", ratio=decimal_text(row.revenue_cost_ratio, 2))
            axes.annotate(
                money(row.full_margin_eur, unit) + ratio, (widest, at), (6, 0), textcoords="offset points",
                va="center", fontsize=9,
            )  # fmt: skip
        axes.set_yticks(place, [shortened(str(value)) for value in shown[axis]])
        axes.margins(x=0.22)
        axes.set_xlabel(said("margin ({unit}), study period", unit=unit))
        money_axis(axes.xaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=2)
    return Picture(
        figure,
        alt=said(
            "Margin by {axis}: {values}.",
            axis=word(label),
            values="; ".join(
                f"{row[axis]} {money(row['full_margin_eur'], unit)}" for _, row in shown.iloc[::-1].iterrows()
            ),
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
    shown = pd.concat([ranked.head(each_side), ranked.tail(each_side)]).drop_duplicates("customer_id").iloc[::-1]
    with drawing(height=0.32 * len(shown) + 1.1) as (figure, axes):
        place = np.arange(len(shown))
        colours = np.where(shown["full_margin_eur"] < 0, WARM, BLUE)
        axes.barh(place, shown["full_margin_eur"], color=colours, height=0.6)
        if shown["full_margin_low_eur"].notna().any():
            bounds = shown[["full_margin_low_eur", "full_margin_high_eur"]]
            axes.hlines(place, bounds["full_margin_low_eur"], bounds["full_margin_high_eur"], color=INK, linewidth=1.6)
        names = shown["name"].fillna(shown["customer_id"])
        axes.set_yticks(place, [shortened(name) for name in names])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_xlabel(said("full margin ({unit}), study period", unit=unit))
        money_axis(axes.xaxis, unit)
    return Picture(
        figure,
        alt=said(
            "Full margin of the most and least profitable clients: {clients}.",
            clients="; ".join(
                f"{name} {money(margin, unit)}"
                for name, margin in zip(names.iloc[::-1], shown["full_margin_eur"].iloc[::-1], strict=True)
            ),
        ),
        caption=said(
            "The {each} clients with the highest and the {each} with the lowest full margin, of n = {n}. The line is "
            "the 90 % interval left by the minutes (assumption A11).",
            each=each_side,
            n=decimal_text(len(ranked)),
        ),
    )
