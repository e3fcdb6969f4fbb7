"""Figures of the crossing of the three values."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullLocator

from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY, INK, PALE, WARM, drawing, money, money_axis
from workbench.language import decimal_text, said, word
from workbench.params import COMPONENTS, UNKNOWN
from workbench.value.clientele import POSITION, Clientele
from workbench.value.cube import Reference, levels
from workbench.value.lifetime import Lifetime
from workbench.value.plan import Plan
from workbench.value.segments import FORMER, TOTAL, UNALLOCATED

RASTERISED_ABOVE = 1_000
SHADES = {"low": WARM, "middle": GREY, "high": BLUE, UNKNOWN: GREY}


def plot_three_values(clients: Clientele, frozen: Reference, *, unit: str) -> Picture | None:
    """Each client by margin and potential, coloured by its competitive level; None where no potential is known."""
    here = clients.alive
    here = here[here[POSITION["future"]].notna()]
    if here.empty:
        return None
    level = levels(here, frozen)["competitive_level"]
    with drawing(height=4.8) as (figure, axes):
        for name in [one for one in (*frozen.names, UNKNOWN) if (level == one).any()]:
            of = level == name
            label = (
                said("competitive value {level} (n = {n})", level=word(name), n=decimal_text(of.sum()))
                if name != UNKNOWN
                else said("competitive value unknown (n = {n})", n=decimal_text(of.sum()))
            )
            axes.scatter(
                here.loc[of, "economic_eur"], here.loc[of, "potential_eur"], s=16, alpha=0.6, color=SHADES[name],
                linewidths=0, label=label, rasterized=len(here) > RASTERISED_ABOVE,
            )  # fmt: skip
        axes.set_xscale("symlog", linthresh=100)
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
        for cut in frozen.cut_points["economic"]:
            axes.axvline(cut, color=INK, linewidth=0.8)
        for cut in frozen.cut_points["future"]:
            axes.axhline(cut, color=INK, linewidth=0.8)
        axes.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
        axes.set_xlabel(said("economic value: practical margin ({unit} a year)", unit=unit))
        axes.set_ylabel(said("future value: potential ({unit} a year)", unit=unit))
        money_axis(axes.xaxis, unit)
        money_axis(axes.yaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=3)
    return Picture(
        figure,
        alt=said(
            "Clients by margin and potential: {n} clients, margin from {low} to {high} a year.",
            n=decimal_text(len(here)),
            low=money(here["economic_eur"].min(), unit),
            high=money(here["economic_eur"].max(), unit),
        ),
        caption=said(
            "One point is one client, n = {n}; lines are the cut points between levels, the dotted one is zero. Both "
            "scales are compressed: equal distances are equal ratios (near zero margin, equal amounts).",
            n=decimal_text(len(here)),
        ),
    )


def plot_lifetime(table: pd.DataFrame, values: Lifetime, *, unit: str, most: int = 10) -> Picture | None:
    """The clients worth most and least over their life, beside the status quo; None without lifetime values."""
    here = table[table["alive"] & table["lifetime_value_eur"].notna()]
    if here.empty:
        return None
    ranked = here.sort_values("lifetime_value_eur", ascending=False, kind="stable")
    shown = pd.concat([ranked.head(most), ranked.tail(most).loc[lambda rows: rows["lifetime_value_eur"] < 0]])
    shown = shown[~shown.index.duplicated()]
    names = shown["name"].fillna(shown["customer_id"])
    label = said("{unit} over the next {months} months", unit=unit, months=values.horizon_months)
    with drawn_rows(names, label=label, scale=partial(money, unit=unit), each=0.3) as rows:
        rows.bars(shown["lifetime_value_eur"], label=said("lifetime value"))
        rows.intervals(
            shown["lifetime_value_low_eur"],
            shown["lifetime_value_high_eur"],
            label=said("90 % interval of the expectation"),
        )
        rows.points(shown["status_quo_eur"], colour=GREY, label=said("status quo: margin × remaining months"))
        rows.values(money(value, unit) for value in shown["lifetime_value_eur"])
    return Picture(
        rows.figure,
        alt=said(
            "Clients worth most and least: {clients}.",
            clients=rows.in_words,
        ),
        caption=said(
            "The clients worth most, and those that cost most where there are any, of n = {n}; what is earned later "
            "counts for less (discounted).",
            n=decimal_text(len(here)),
        ),
    )


def plot_cube(table: pd.DataFrame, frozen: Reference) -> Picture:
    """How many clients each cell of the cube has: economic and competitive level across, future level down."""
    here = table[table["alive"]].fillna({f"{name}_level": UNKNOWN for name in COMPONENTS})
    counts = here.groupby([f"{name}_level" for name in COMPONENTS]).size()
    present = {name: [one for one in (*frozen.names[::-1], UNKNOWN) if one in set(here[f"{name}_level"])]
               for name in COMPONENTS}  # fmt: skip
    across = [(one, other) for one in present["economic"] for other in present["competitive"]]
    with drawing(height=0.7 * len(present["future"]) + 1.6) as (figure, axes):
        grid = np.array([[counts.get((*pair, down), 0) for pair in across] for down in present["future"]])
        axes.pcolormesh(grid, cmap="Blues", vmin=0, vmax=max(grid.max(), 1) * 1.6, edgecolors="white", linewidth=3)
        for (at, to), n in np.ndenumerate(grid):
            cell = "-".join((*across[to], present["future"][at]))
            mark = "*" if cell in frozen.merged else ""
            axes.text(to + 0.5, at + 0.5, f"{decimal_text(n)}{mark}", ha="center", va="center", fontsize=13)
        heads = [
            said("margin {economic}\npreference {competitive}", economic=word(one), competitive=word(other))
            for one, other in across
        ]
        axes.set_xticks(np.arange(len(across)) + 0.5, heads, fontsize=10 if len(across) <= 4 else 8)
        axes.set_yticks(
            np.arange(len(present["future"])) + 0.5,
            [said("potential {level}", level=word(one)) for one in present["future"]],
        )
        axes.invert_yaxis()
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return Picture(
        figure,
        alt=said(
            "Clients by cell: {cells}.",
            cells="; ".join(f"{', '.join(map(word, cell))} {n}" for cell, n in counts.items()),
        ),
        caption=said(
            "Clients in each cell of the cube, n = {n}. Cells marked * have few clients, who are treated like their "
            "neighbours of another potential.",
            n=decimal_text(len(here)),
        ),
    )


def plot_segment_values(segments: pd.DataFrame | None, *, unit: str) -> Picture | None:
    """Full margin of each segment, and of former clients; None where this run has no segments."""
    if segments is None:
        return None
    shown = segments[~segments["segment"].isin([TOTAL, UNALLOCATED])]
    amount = shown["full_margin_eur"]
    label = said("full margin of the study period ({unit})", unit=unit)
    with drawn_rows(map(said, shown["segment"]), label=label, scale=partial(money, unit=unit), each=0.42) as rows:
        rows.bars(amount, colour=np.where(shown["segment"].eq(FORMER), PALE, np.where(amount >= 0, BLUE, WARM)))
        rows.values(
            f"{money(row.full_margin_eur, unit)}  (n = {decimal_text(row.n_clients)})" for row in shown.itertuples()
        )
    return Picture(
        rows.figure,
        alt=said(
            "Full margin by segment: {segments}.",
            segments=rows.in_words,
        ),
        caption=said(
            "Full margin of the study period by segment, n = {n} accounts; with what no client bears it is the "
            "margin of the company.",
            n=decimal_text(shown["n_clients"].sum()),
        ),
    )


def plot_plan(plan: Plan | None, *, unit: str) -> Picture | None:
    """What the plan is expected to bring after its cost, against going down a list; None where there is no plan."""
    if plan is None or plan.chosen.empty:
        return None
    shown = plan.rankings
    names = [said("plan") if name == "plan" else said("down the list by {name}", name=word(name))
             for name in shown["choice"]]  # fmt: skip
    label = said("expected gain in lifetime value, after the cost of the actions ({unit})", unit=unit)
    with drawn_rows(names, label=label, scale=partial(money, unit=unit), each=0.44) as rows:
        rows.bars(shown["gain_eur"], colour=np.where(shown["choice"] == "plan", BLUE, PALE))
        rows.intervals(shown["gain_low_eur"], shown["gain_high_eur"])
        rows.values(f"{money(row.gain_eur, unit)}  (n = {decimal_text(row.n_clients)})" for row in shown.itertuples())
    return Picture(
        rows.figure,
        alt=said(
            "Expected gain by way of choosing: {choices}.",
            choices=rows.in_words,
        ),
        caption=said(
            "Same actions, same budget and capacities; only the choice of clients differs. Lines are 90 % intervals, "
            "n is the number of clients that get an action; all choices share most of what is uncertain.",
        ),
    )
