"""Figures of churn: how many are lost, how long clients stay, what speeds the loss, how well it is foreseen."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, NullLocator

from workbench.churn.effects import effect_name
from workbench.churn.landmarks import BG_NBD, CONSTANT, MODEL, RECENCY, Evaluation
from workbench.churn.survival import Retention
from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY, INK, PALE, WARM, drawing, money, percent, shortened
from workbench.language import date_text, decimal_text, said, word

SHADES = (BLUE, WARM, GREY, INK, "#7a9e7e", "#b08fb5")
MOST_CURVES = 4
RATIOS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


def plot_loss_rates(rates: pd.DataFrame) -> Picture | None:
    """Losses a client and year by half-year, with intervals, before any model; None without a period."""
    if rates.empty:
        return None
    with drawing(height=3.4) as (figure, axes):
        place = np.arange(len(rates))
        axes.bar(place, rates["rate"], color=PALE, width=0.66)
        axes.vlines(place, rates["low"], rates["high"], color=INK, linewidth=1.4)
        for at, row in zip(place, rates.itertuples(), strict=True):
            axes.annotate(
                f"{percent(row.rate)}\n(n = {row.n_lost})", (at, row.high), (0, 4), textcoords="offset points",
                ha="center", fontsize=9,
            )  # fmt: skip
        axes.set_xticks(place, [f"{day:%m/%Y}" for day in rates["ends_on"]])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
        axes.margins(y=0.22)
        axes.set_xlabel(said("half-year that ends in"))
        axes.set_ylabel(said("lost a year, of clients in sight"))
        figure.align_labels()
    last = rates.iloc[-1]
    return Picture(
        figure,
        alt=said(
            "Losses a year by half-year: {rates}.",
            rates="; ".join(f"{row.ends_on:%m/%Y} {percent(row.rate)}" for row in rates.itertuples()),
        ),
        caption=said(
            "Losses over client-years in sight, n = {n} losses; the line is the 90 % interval of chance. Silences "
            "after {day} are too short to be judged.",
            n=decimal_text(rates["n_lost"].sum()),
            day=date_text(last["ends_on"].date()),
        ),
    )


def plot_retention(found: Retention, *, title: str = "") -> Picture | None:
    """The share of clients that stay, by age, with its interval and the clients in sight; None where unknown."""
    if found.why_not is not None:
        return None
    curve = found.curve
    with drawing(height=3.8) as (figure, axes):
        axes.fill_between(curve["months"], curve["p_alive_low"], curve["p_alive_high"], step="post", color=PALE)
        axes.step(curve["months"], curve["p_alive"], where="post", color=BLUE, linewidth=2)
        _survival_axes(axes, curve["months"].max())
        for months in (12, 24, 36, 48):
            if found.at(months) == found.at(months):
                axes.annotate(percent(found.at(months)), (months, found.at(months)), (4, 6), textcoords="offset points")
        ticks = [tick for tick in axes.get_xticks() if curve["months"].min() <= tick <= curve["months"].max()]
        at_risk = curve.set_index("months")["n_at_risk"]
        axes.set_xticks(ticks, [f"{tick:.0f}\n({decimal_text(at_risk[round(tick)])})" for tick in ticks])
    return Picture(
        figure,
        alt=said(
            "Share of clients that stay: {points}.",
            points="; ".join(
                said("{share} after {months} months", share=percent(found.at(m)), months=m)
                for m in (12, 24, 36, 48) if found.at(m) == found.at(m)
            ),
        ),
        caption=said(
            "Kaplan-Meier with late entry, n = {n} relationships, {lost} losses; the band is the 90 % interval. In "
            "brackets: clients in sight at that age.",
            n=decimal_text(found.n_spells),
            lost=decimal_text(found.n_lost),
        ),
    )  # fmt: skip


def plot_retention_by(curves: Mapping[str, Retention], by: str) -> Picture | None:
    """The curves of the values of a segment, each with its interval; None with fewer than two."""
    known = {value: found for value, found in curves.items() if found.why_not is None}
    shown = dict(list(known.items())[:MOST_CURVES])
    if len(shown) < 2:
        return None
    with drawing(height=3.8) as (figure, axes):
        for shade, (value, found) in zip(SHADES, shown.items(), strict=False):
            curve = found.curve
            axes.fill_between(
                curve["months"], curve["p_alive_low"], curve["p_alive_high"], step="post", color=shade, alpha=0.12
            )
            axes.step(
                curve["months"], curve["p_alive"], where="post", color=shade, linewidth=2,
                label=f"{shortened(word(str(value)), 30)} (n = {decimal_text(found.n_spells)})",
            )  # fmt: skip
        _survival_axes(axes, max(found.curve["months"].max() for found in shown.values()))
        figure.legend(loc="outside lower center", frameon=False, ncols=2)
    return Picture(
        figure,
        alt=said(
            "Share of clients that stay two years by {axis}: {values}.",
            axis=word(by),
            values="; ".join(f"{word(str(value))} {_share(found.at(24))}" for value, found in shown.items()),
        ),
        caption=said(
            "Share that stays by {axis}, the {shown} largest of {all} values; bands are 90 % intervals.",
            axis=word(by),
            shown=len(shown),
            all=len(known),
        ),
    )


def plot_reasons_for_leaving(reasons: pd.DataFrame) -> Picture | None:
    """The share lost for each reason, stacked by age; None with fewer than two reasons."""
    if reasons["event_kind"].nunique() < 2:
        return None
    wide = reasons.pivot(index="months", columns="event_kind", values="p_lost")
    order = wide.iloc[-1].sort_values(ascending=False, kind="stable").index.tolist()
    shades = [PALE, *SHADES]
    with drawing(height=3.6) as (figure, axes):
        names = [said("no reason given") if kind == "loss" else kind for kind in order]
        axes.stackplot(wide.index, wide[order].T, labels=[shortened(name, 30) for name in names], step="post",
                       colors=[shades[place % len(shades)] for place in range(len(order))])  # fmt: skip
        axes.set_xlabel(said("months since the first order"))
        axes.set_ylabel(said("lost by then"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
        axes.set_xlim(wide.index.min(), wide.index.max())
        axes.set_ylim(bottom=0)
        figure.legend(loc="outside lower center", frameon=False, ncols=3)
    ends = wide.iloc[-1]
    return Picture(
        figure,
        alt=said(
            "Lost by reason: {reasons}.",
            reasons="; ".join(f"{name} {percent(ends[kind])}" for name, kind in zip(names, order, strict=True)),
        ),
        caption=said("Share lost by age and reason, the reasons competing (Aalen & Johansen); together with those who "
                     "stay they make up all clients."),
    )  # fmt: skip


def plot_effects(effects: pd.DataFrame) -> Picture | None:
    """The hazard of a client in the upper quarter of a covariate over that of one in the lower; None without a model.

    Parameters: effects, of `covariate_effects`.
    """
    if effects.empty:
        return None
    sure = (effects["low"] > 1) | (effects["high"] < 1)
    names = [effect_name(row) for row in effects.itertuples()]
    label = said("risk of loss of a client high on this, over one low on it")
    with drawn_rows(names, label=label, line=1.0) as rows:
        rows.axes.set_xscale("log")
        rows.intervals(effects["low"], effects["high"], colour=GREY, width=2.0)
        rows.points(effects["ratio"], colour=np.where(sure, np.where(effects["ratio"] > 1, WARM, BLUE), GREY))
        ticks = [tick for tick in RATIOS if effects["low"].min() * 0.9 <= tick <= effects["high"].max() * 1.1]
        rows.axes.set_xticks(ticks, [decimal_text(tick, 1) for tick in ticks])
        rows.axes.xaxis.set_minor_locator(NullLocator())
        rows.values(f"× {decimal_text(ratio, 2)}" for ratio in effects["ratio"])
    return Picture(
        rows.figure,
        alt=said(
            "What moves the risk of loss: {effects}.",
            effects="; ".join(f"{effect_name(row)} × {decimal_text(row.ratio, 2)}" for row in effects.itertuples()),
        ),
        caption=said(
            "The upper against the lower quarter of clients, all else alike; the line is the 90 % interval, grey where "
            "it reaches 1."
        ),
    )


def plot_foresight(judged: Evaluation) -> Picture | None:
    """How much of the chance in who leaves each model explains, by landmark; None where nothing was judged."""
    known = np.isfinite(judged.metrics["value"].astype(float))
    rows = judged.metrics[judged.metrics["metric"].eq("scaled_brier") & known]
    models = [name for name in (MODEL, RECENCY, BG_NBD, CONSTANT) if name in set(rows["model"])]
    if not models:
        return None
    days = sorted(rows["landmark"].unique())
    label = said("share of the chance in who leaves within a year that is explained (scaled Brier score)")
    with drawn_rows(map(date_text, days), label=label, scale=percent, each=0.75) as drawn:
        for number, (name, shade) in enumerate(zip(models, (BLUE, WARM, GREY, PALE), strict=False)):
            own = rows[rows["model"].eq(name)].set_index("landmark").reindex(days)
            own = own[["value", "low", "high"]].astype(float).clip(lower=-0.5)
            level = 0.8 * ((number + 0.5) / len(models) - 0.5)
            drawn.points(own["value"], low=own["low"], high=own["high"], colour=shade, level=level, label=word(name))
        drawn.axes.set_xlim(left=max(drawn.axes.get_xlim()[0], -0.5))
    latest = rows[rows["landmark"].eq(days[-1])].set_index("model")["value"]
    return Picture(
        drawn.figure,
        alt=said(
            "Explained at {day}: {models}.",
            day=date_text(days[-1]),
            models="; ".join(f"{word(name)} {percent(latest[name], 1)}" for name in models if name in latest),
        ),
        caption=said(
            "Each row: fitted with what was known at that date, judged on the twelve months after it. Further right is "
            "better; 0 is telling everybody the mean; lines are 90 % intervals, cut at −50 %."
        ),
    )


def plot_calibration(judged: Evaluation) -> Picture | None:
    """Foreseen against observed losses by tenth of the foresight, all landmarks together; None where not judged."""
    cells = judged.calibration[judged.calibration["by"].eq("decile")]
    if cells.empty:
        return None
    with drawing(width=6.0, height=4.2) as (figure, axes):
        top = float(max(cells["predicted"].max(), cells["high"].max())) * 1.05
        axes.plot([0, top], [0, top], color=GREY, linewidth=1)
        axes.vlines(cells["predicted"], cells["low"], cells["high"], color=PALE, linewidth=2)
        axes.scatter(cells["predicted"], cells["observed"], color=BLUE, s=30, zorder=3)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        axes.set_xlabel(said("foreseen share lost within twelve months"))
        axes.set_ylabel(said("share really lost"))
    return Picture(
        figure,
        alt=said(
            "Foreseen against observed losses in {n} tenths of clients, foreseen from {low} to {high}.",
            n=len(cells),
            low=percent(cells["predicted"].min()),
            high=percent(cells["predicted"].max()),
        ),
        caption=said(
            "Each point is a tenth of the clients of a landmark (n = {n} clients in all); on the line foresight and "
            "outcome agree. Lines are 90 % intervals.",
            n=decimal_text(cells["n"].sum()),
        ),
    )


def plot_at_risk(churn: pd.DataFrame, *, unit: str, most: int = 15) -> Picture | None:
    """The living clients with the largest margin at risk, with their probability of loss; None without any."""
    rows = churn[churn["alive"] & churn["margin_at_risk_eur"].gt(0)]
    if rows.empty:
        return None
    shown = rows.head(most)
    names = shown["name"].fillna(shown["customer_id"])
    with drawn_rows(names, label=said("{unit} a year", unit=unit), scale=partial(money, unit=unit)) as drawn:
        drawn.bars(shown["yearly_margin_eur"], colour=PALE, label=said("margin of a year"))
        drawn.bars(shown["margin_at_risk_eur"], colour=WARM, label=said("at risk within a year"))
        drawn.values(
            said(
                "{p} ({low} to {high})",
                p=percent(row.p_loss_12m),
                low=percent(row.p_loss_12m_low),
                high=percent(row.p_loss_12m_high),
            )
            for row in shown.itertuples()
        )
    return Picture(
        drawn.figure,
        alt=said(
            "Clients with the largest margin at risk: {clients}.",
            clients="; ".join(
                f"{name} {money(amount, unit)}" for name, amount in zip(names, shown["margin_at_risk_eur"], strict=True)
            ),
        ),
        caption=said(
            "The {shown} living clients with the largest margin at risk, of n = {n}; beside each its probability of "
            "loss within twelve months with the 90 % interval.",
            shown=len(shown),
            n=decimal_text(len(rows)),
        ),
    )


def _survival_axes(axes, longest: float) -> None:
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, longest)
    axes.set_xticks(np.arange(0, longest + 1, 12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    axes.set_xlabel(said("months since the first order"))
    axes.set_ylabel(said("clients still with us"))


def _share(value: float) -> str:
    return percent(value) if value == value else "–"
