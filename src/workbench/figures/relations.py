"""Figures of where clients and suppliers stand: the plane, clients against non-clients, the value map, the response."""

from functools import partial

import numpy as np
import pandas as pd

from workbench.competitive.market_position import Position
from workbench.competitive.plane import TYPES
from workbench.competitive.relations import Relations
from workbench.competitive.response import Response
from workbench.competitive.scales import US
from workbench.figures.labels import place_labels
from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import BLUE, GREY, INK, PALE, WARM, drawing, money, money_axis, percent
from workbench.language import decimal_text, said, word

TYPE_COLOURS = dict(zip(TYPES, (BLUE, WARM, "#6b8f71", "#b08a3e"), strict=True))
MANY = 1000


def plot_plane(relations: Relations) -> Picture | None:
    """Each client by satisfaction and loyalty, measured filled and estimated hollow; None without a plane."""
    table = relations.table
    if table.empty:
        return None
    with drawing(height=5.8) as (figure, axes):
        reach = float(np.abs(table[["z_satisfaction", "z_loyalty"]].to_numpy()).max()) * 1.05
        for sign in (-1, 1):
            axes.plot([-reach, reach], [-sign * reach, sign * reach], color=PALE, linewidth=1, zorder=0)
        for name, colour in TYPE_COLOURS.items():
            for measured in (False, True):
                part = table[(table["relation_type"] == name) & (table["measured"] == measured)]
                axes.scatter(
                    part["z_satisfaction"], part["z_loyalty"], s=26 if measured else 20, linewidths=0.9,
                    facecolors=colour if measured else "none", edgecolors=colour, alpha=0.75,
                    rasterized=len(table) > MANY, label=word(name) if measured else None,
                )  # fmt: skip
        for x, y, ha, va, name in (
            (0.99, 0.5, "right", "center", TYPES[0]), (0.01, 0.5, "left", "center", TYPES[1]),
            (0.5, 0.985, "center", "top", TYPES[2]), (0.5, 0.015, "center", "bottom", TYPES[3]),
        ):  # fmt: skip
            axes.text(x, y, word(name).upper(), transform=axes.transAxes, ha=ha, va=va, fontsize=9, weight="bold",
                      color=TYPE_COLOURS[name], bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0})  # fmt: skip
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-reach, reach)
        axes.set_xlabel(said("satisfaction, in standard deviations from the centre"))
        axes.set_ylabel(said("loyalty, in standard deviations from the centre"))
    counts = table["relation_type"].value_counts()
    measured = int(table["measured"].sum())
    return Picture(
        figure,
        alt=said(
            "Clients by satisfaction and loyalty: {types}.",
            types="; ".join(f"{word(name)} {counts.get(name, 0)}" for name in TYPES),
        ),
        caption=said(
            "Each client of the file. Filled: measured, n = {measured}; hollow: estimated from behaviour, "
            "n = {estimated}. The diagonals part the four types; nearer to the middle a type is less sure.",
            measured=decimal_text(measured),
            estimated=decimal_text(len(table) - measured),
        ),
    )


def plot_relation_types(counts: pd.DataFrame, *, unit: str) -> Picture | None:
    """Revenue of each type of relation, measured and estimated clients apart, with its margin rate; None without."""
    if counts.empty or "revenue_eur" not in counts:
        return None
    pivot = counts.pivot(index="relation_type", columns="measured", values="revenue_eur").fillna(0.0)
    shown = pivot.reindex([name for name in TYPES if name in pivot.index])
    sums = counts.groupby("relation_type")[["n_customers", "revenue_eur", "practical_margin_eur"]].sum()
    rates = (sums["practical_margin_eur"] / sums["revenue_eur"]).where(sums["revenue_eur"] > 0)
    label = said("revenue of the period studied ({unit})", unit=unit)
    with drawn_rows(map(word, shown.index), label=label, scale=partial(money, unit=unit), each=0.44) as rows:
        measured = shown.get(True, pd.Series(0.0, shown.index))
        rows.bars(measured, colour=BLUE, label=said("measured"))
        rows.bars(shown.get(False, pd.Series(0.0, shown.index)), left=measured, colour=PALE, label=said("estimated"))
        rows.values(
            said(
                "n = {n}, margin {rate}",
                n=decimal_text(sums.at[name, "n_customers"]),
                rate="–" if np.isnan(rates[name]) else percent(rates[name], 1),
            )
            for name in shown.index
        )
    return Picture(
        rows.figure,
        alt=said(
            "Revenue by type of relation: {types}.",
            types="; ".join(f"{word(name)} {money(sums.loc[name, 'revenue_eur'], unit)}" for name in shown.index),
        ),
        caption=said("Revenue of each type of relation, with its number of clients and its practical margin rate."),
    )


def plot_client_gaps(position: Position, attributes: list[str]) -> Picture | None:
    """How clients, and companies that are not clients, rate us; None without non-clients."""
    shown = position.gaps[position.gaps["column"].isin(attributes)].dropna(subset=["gap"])
    if shown.empty:
        return None
    shown = shown.sort_values("gap", ascending=False, ignore_index=True)
    with drawn_rows(map(word, shown["column"]), label=said("mean score they give us, 0 to 100"), line=None) as rows:
        rows.intervals(shown["non_clients"], shown["clients"], colour=PALE, width=3.0)
        rows.points(shown["clients"], label=said("clients"))
        rows.points(shown["non_clients"], colour=WARM, label=said("companies that are not clients"))
        rows.values(
            (
                said("{gap} ({low} to {high})", gap=_signed(row.gap), low=_signed(row.low), high=_signed(row.high))
                for row in shown.itertuples()
            ),
            colours=np.where(shown["established"], INK, GREY),
        )
    return Picture(
        rows.figure,
        alt=said(
            "Scores of clients less those of companies that are not: {gaps}.",
            gaps="; ".join(f"{word(row.column)} {_signed(row.gap)}" for row in shown.itertuples()),
        ),
        caption=said(
            "How we are seen: n = {clients} client respondents, n = {others} others who know us. The difference stands "
            "beside with its 90 % interval, grey where it may be none.",
            clients=decimal_text(int(shown["n_clients"].max())),
            others=decimal_text(int(shown["n_non_clients"].max())),
        ),
    )


def plot_value_map(position: Position, *, us: str) -> Picture | None:
    """Each supplier by relative quality and relative price; None where the survey cannot tell."""
    shown = position.values[position.values["placed"].astype(bool)].reset_index(drop=True)
    if len(shown) < 2:
        return None
    with drawing(height=4.8) as (figure, axes):
        axes.axvline(1, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.axhline(1, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        ours = (shown["supplier"] == US).to_numpy()
        axes.hlines(shown["quality"], shown["price_low"], shown["price_high"], color=PALE, linewidth=1.6)
        axes.vlines(shown["price"], shown["quality_low"], shown["quality_high"], color=PALE, linewidth=1.6)
        axes.scatter(shown["price"], shown["quality"], color=np.where(ours, WARM, BLUE), s=80, zorder=3)
        axes.margins(0.12)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: decimal_text(value, 2))
        axes.set_xlabel(said("price: its score over that of the other suppliers of the same respondents"))
        axes.set_ylabel(said("quality: likewise, weighted by importance"))
        names = [f"{us if row.supplier == US else row.supplier} (n = {row.n})" for row in shown.itertuples()]
        place_labels(figure, axes, shown[["price", "quality"]].to_numpy(), names, bold=ours.tolist())
    return Picture(
        figure,
        alt=said(
            "Relative quality and price: {suppliers}.",
            suppliers="; ".join(
                f"{name} {decimal_text(quality, 2)}, {decimal_text(price, 2)}"
                for name, quality, price in zip(names, shown["quality"], shown["price"], strict=True)
            ),
        ),
        caption=said(
            "To the right a supplier's price is judged better than its rivals', higher up its quality. Lines are 90 % "
            "intervals; n = respondents among our clients who rate it and another: those who chose us."
        ),
    )


def plot_responses(found: list[Response], *, unit: str) -> list[Picture]:
    """What the average client buys at each score, a figure for each response that was estimated."""
    return [_plot_response(each, unit) for each in found if each.why_not is None]


def _plot_response(found: Response, unit: str) -> Picture:
    curve, row = found.curve, found.row
    in_money = row["outcome"] == "revenue_eur"
    with drawing(width=6.4, height=3.6) as (figure, axes):
        axes.fill_between(curve["score"], curve["low"], curve["high"], color=PALE, linewidth=0)
        axes.plot(curve["score"], curve["outcome"], color=BLUE, linewidth=2)
        axes.set_xlabel(said("{predictor}, 0 to 100", predictor=word(str(row["predictor"]))))
        if in_money:
            axes.set_ylabel(said("revenue of the average client ({unit} a year)", unit=unit))
            money_axis(axes.yaxis, unit)
        else:
            axes.set_ylabel(said("share of its purchases given to us"))
            axes.yaxis.set_major_formatter(lambda value, _: percent(value))
        axes.set_ylim(bottom=min(0, float(curve["low"].min())))
    values = {
        "outcome": _capital(word(str(row["outcome"]).removesuffix("_eur"))),
        "predictor": word(str(row["predictor"])),
        "n": decimal_text(int(row["n"])),
    }
    return Picture(
        figure,
        alt=said("{outcome} against {predictor}, with its 90 % interval.", **values),
        caption=said(
            "{outcome} by {predictor}, size and sector held equal, with the 90 % interval, n = {n} accounts.", **values
        ),
    )


def _signed(value: float) -> str:
    text = decimal_text(value, 1)
    return f"+{text}" if value > 0 else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
