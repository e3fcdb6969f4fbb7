"""Tariff scenarios in words."""

import pandas as pd

from workbench.language import decimal_text, marked, said, said_count, word
from workbench.params import Scenario, Tariffs
from workbench.value.elasticity import ALL, Estimates
from workbench.value.price_history import PriceHistory
from workbench.value.scenarios import Tariffing
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline, Sheet

NOTHING = marked("No change of prices is told in the params, so none is tried.")
HIDDEN = marked(
    "No change of prices that was tried can be shown in this edition: each concerns too few clients, or differs by too "
    "few from another."
)
ORIGINS = {
    "estimate": marked("How clients answer is estimated from past rises."),
    "hypothesis": marked("How clients answer is a hypothesis: no past rise of this company shows it."),
    "both": marked("How clients answer is estimated from past rises in part, and a hypothesis in part."),
}
REFUSALS = {
    "few rises": marked("prices of too few single clients rose, or too recently"),
    "few losses": marked("too few clients were lost after a rise, or without one"),
    "placebo": marked("the clients whose prices rose already went another way before"),
}
STAYS = {
    "survival": marked("How long clients stay is that of the chapter on churn."),
    "params": marked("Clients are lost at a constant rate told in the params, {loss} a month."),
    "files": marked("No chapter says who stays: all are lost at one rate, that of the files, {loss} a month."),
}
SCENARIO_COLUMNS = {
    "scenario": "scenario", "horizon_months": "n_horizon_months", "difference_eur": "margin_change_eur",
    "difference_low_eur": "margin_change_low_eur", "difference_high_eur": "margin_change_high_eur",
    "lost_clients": "n_more_clients_lost", "volume_loss": "expected_volume_loss_share",
    "break_even_volume_loss": "break_even_volume_loss_share",
}  # fmt: skip


def tariff_headline(table: pd.DataFrame, told: Tariffs, *, unit: str) -> Headline:
    """The answer of the chapter: which change brings most, what it costs, how far it is from breaking even.

    Parameters: table, the scenarios that the reader may see; told, the params, which have them all.
    """
    if table.empty:
        return Headline(_nothing(told), ())
    longest, shortest = table["horizon_months"].max(), table["horizon_months"].min()
    best = table.loc[table[table["horizon_months"].eq(longest)]["difference_eur"].idxmax()]
    soon = table[table["scenario"].eq(best["scenario"]) & table["horizon_months"].eq(shortest)].iloc[0]
    values = {
        "scenario": best["scenario"], "months": number(longest), "brought": _signed(best["difference_eur"], unit),
        "low": _signed(best["difference_low_eur"], unit), "high": _signed(best["difference_high_eur"], unit),
        "tried": counted(table["scenario"].nunique(), "change of prices is tried", "changes of prices are tried"),
    }  # fmt: skip
    if best["difference_eur"] > 0:
        answer = said(
            "{tried}; the best, {scenario}, brings {brought} of margin in {months} months (from {low} to {high}).",
            **values,
        )
    else:
        answer = said(
            "{tried}, and none is expected to pay in {months} months; the least costly, {scenario}: {brought} (from "
            "{low} to {high}).",
            **values,
        )
    if best["difference_low_eur"] <= 0 < best["difference_high_eur"]:
        answer += " " + said("Its sign is not sure.")
    answer += " " + said(ORIGINS[best["elasticity_origin"]])
    return Headline(answer, tuple(_cards(best, soon, unit)))


def scenarios_sheet(table: pd.DataFrame, *, unit: str) -> Sheet | None:
    """All scenarios and horizons as a table; None without any."""
    if table.empty:
        return None
    shown = table[list(SCENARIO_COLUMNS)].rename(columns=SCENARIO_COLUMNS)
    caption = marked(
        "What each change brings over each horizon, with its 90 % interval, and what it costs; clients lost are those "
        "missing at its end who would still be there."
    )
    return Sheet(shown, caption, unit)


def say_withheld(shown: pd.DataFrame, told: Tariffs) -> Finding | None:
    """How many changes of the params are not shown to readers who must not recognise a client; None where all are,
    and where none is, which the answer says."""
    n = len(told.scenarios) - shown["scenario"].nunique()
    if not n or shown.empty:
        return None
    text = said_count(
        n,
        "{count} change of prices is left out of this edition: it concerns too few clients, or differs by too few from "
        "another.",
        "{count} changes of prices are left out of this edition: they concern too few clients, or differ by too few "
        "from others.",
        count=number(n),
    )
    return Finding(text, tone="warning")


def say_tariffs(table: pd.DataFrame | None, told: Tariffs, *, unit: str) -> Finding:
    """In the summary: the answer of the chapter on tariffs, or that there is none."""
    if table is None:
        return Finding(said("The chapter on tariffs is not in this run."))
    return Finding(tariff_headline(table, told, unit=unit).answer)


def say_base(tariffing: Tariffing, clients: pd.DataFrame, *, unit: str) -> Finding:
    """Whose months are priced, what they bring, who is taken for lost, and how long the others stay."""
    base = tariffing.base
    revenue = base.cells["revenue_eur"].sum()
    gone = int(clients["last_delivery_on"].notna().sum()) - len(base.clients)
    sentences = [
        said(
            "Priced are {clients} who buy {revenue} a month.",
            clients=counted(len(base.clients), "client"),
            revenue=short_money(revenue, unit),
        )
    ]
    if gone:
        sentences.append(
            said("{clients} of the last year are taken for lost and left out.", clients=counted(gone, "client"))
        )
    sentences.append(said(STAYS[base.stay.origin], loss=share(base.stay.monthly_loss)))
    return Finding(" ".join(sentences))


def say_break_even(table: pd.DataFrame, told: Tariffs) -> Finding:
    """What each rise may cost in volume at the shortest horizon; parameters as of `tariff_headline`."""
    if table.empty:
        return Finding(_nothing(told), tone="warning")
    rows = table[table["horizon_months"].eq(table["horizon_months"].min())]
    parts = []
    for row in rows.itertuples():
        if row.change_share == 0:
            text = said("{scenario} changes no price", scenario=row.scenario)
        elif row.revenue_eur <= 0:
            text = said("{scenario} concerns no revenue", scenario=row.scenario)
        elif row.break_even_volume_loss >= 1:
            text = said("{scenario} pays whatever volume is lost, which loses money today", scenario=row.scenario)
        elif row.break_even_volume_loss != row.break_even_volume_loss:
            text = said("{scenario}: no volume would do", scenario=row.scenario)
        elif row.change_share > 0:
            text = said("{scenario} pays as long as less than {share} of its volume is lost", scenario=row.scenario,
                        share=share(row.break_even_volume_loss))  # fmt: skip
        else:
            text = said("{scenario} pays when {share} more volume is won", scenario=row.scenario,
                        share=share(-row.break_even_volume_loss))  # fmt: skip
        parts.append(text)
    months = number(rows["horizon_months"].iloc[0])
    return Finding(said("Within {months} months: {cases}.", months=months, cases="; ".join(parts)))


def say_elasticities(found: Estimates, history: PriceHistory, tariffing: Tariffing) -> Finding:
    """What past rises show, what they would seem to show, and what stays a hypothesis."""
    told, sentences = tariffing.told, []
    n = history.rises["customer_id"].nunique()
    sentences.append(
        said("The files tell rises of {clients}.", clients=counted(n, "single client", "single clients"))
        if n
        else said("The files tell no rise of a single client, so nothing can be estimated from past rises.")
    )
    rows = found.table[found.table["size_class"].eq(ALL)] if len(found.table) else found.table
    volume = rows[rows["elasticity"].eq("volume")].set_index("estimate") if len(rows) else rows
    if "adjusted" in volume.index:
        sentences.append(
            said(
                "For 1 % of price those who stayed changed their volume by {value} % (90 % interval {low} to {high}); "
                "compared with the other clients as they are it would seem {naive} %.",
                **{end: _plain(volume.loc["adjusted", end]) for end in ("value", "low", "high")},
                naive=_plain(volume.loc["naive", "value"]),
            )
        )
    for elasticity, belief in (("volume", told.volume_elasticity), ("loss", told.loss_elasticity)):
        used = tariffing.volume if elasticity == "volume" else tariffing.loss
        if used.origin == "estimate":
            continue
        why = said(REFUSALS[found.refused[elasticity]]) if elasticity in found.refused else _why(used.origin, told)
        sentences.append(
            said(
                "The elasticity of {what} stays a hypothesis, {low} to {high} ({origin}): {why}.",
                what=word(elasticity),
                low=_plain(belief.low),
                high=_plain(belief.high),
                origin=said(belief.origin),
                why=why,
            )
        )
    return Finding(" ".join(sentences), tone="finding" if tariffing.origin == "estimate" else "warning")


def say_scenarios(table: pd.DataFrame, *, unit: str) -> Finding | None:
    """Which scenarios pay surely, which do not, and which cannot be told."""
    if table.empty:
        return None
    longest = table[table["horizon_months"].eq(table["horizon_months"].max())]
    groups = {
        marked("The whole interval pays over {months} months: {names}."): longest["difference_low_eur"] > 0,
        marked("The whole interval costs margin: {names}."): longest["difference_high_eur"] < 0,
        marked("Whether it pays is open: {names}."): longest["difference_low_eur"].le(0)
        & longest["difference_high_eur"].ge(0),
    }
    parts = []
    for text, chosen in groups.items():
        if chosen.any():
            names = "; ".join(
                said("{scenario} (likely to pay: {p})", scenario=row.scenario, p=share(row.p_gain, 0))
                for row in longest[chosen].itertuples()
            )
            parts.append(said(text, names=names, months=number(longest["horizon_months"].iloc[0])))
    return Finding(" ".join(parts))


def say_tornado(table: pd.DataFrame, scenario: Scenario) -> Finding | None:
    """Which unsure quantity decides a scenario."""
    if table.empty:
        return None
    first = table.iloc[0]
    turns = table[table["low_eur"].mul(table["high_eur"]).lt(0)]["factor"]
    text = said(
        "What decides the result of {scenario} most: {factor}.",
        scenario=scenario.scenario,
        factor=word(first["factor"]),
    )
    if len(turns):
        names = ", ".join(word(factor) for factor in turns)
        text += " " + said("By itself this could turn its sign: {names}.", names=names)
    return Finding(text)


def say_frontier(table: pd.DataFrame, scenario: Scenario, *, unit: str) -> Finding:
    """Where the margin is highest, and what it costs there in clients."""
    best = table.loc[table["difference_eur"].idxmax()]
    if best.name in (0, len(table) - 1):
        return Finding(
            said(
                "Within the prices drawn the margin is highest at the last of them, {change}: what lies beyond is a "
                "guess.",
                change=_percent(best["change_share"]),
            ),
            tone="warning",
        )
    return Finding(
        said(
            "The margin of {scenario}'s scope is highest at a change of {change}: {brought}, with {lost} clients lost "
            "more.",
            scenario=scenario.scenario,
            change=_percent(best["change_share"]),
            brought=_signed(best["difference_eur"], unit),
            lost=number(best["lost_clients"], 1),
        )
    )


def exposed_sheet(table: pd.DataFrame, *, unit: str) -> Sheet:
    """The clients each scenario concerns, the most at risk first."""
    shown = table.drop(columns=["segment"] if table["segment"].isna().all() else []).rename(
        columns={"horizon_months": "n_horizon_months", "difference_eur": "margin_change_eur"}
    )
    if "segment" in shown:
        shown = shown.assign(segment=shown["segment"].map(said, na_action="ignore"))
    return Sheet(shown, marked("Clients concerned, by scenario, the most margin at risk first."), unit)


def _nothing(told: Tariffs) -> str:
    return said(HIDDEN if told.scenarios else NOTHING)


def _cards(best: pd.Series, soon: pd.Series, unit: str) -> list[Card]:
    def reach(row: pd.Series) -> str:
        return said("{low} to {high}", low=_signed(row["difference_low_eur"], unit),
                    high=_signed(row["difference_high_eur"], unit))  # fmt: skip

    cards = [
        Card(said("In {months} months", months=number(row["horizon_months"])), _signed(row["difference_eur"], unit),
             reach(row))
        for row in ([soon] if soon.name != best.name else []) + [best]
    ]  # fmt: skip
    lost = said("of {clients} concerned, besides those lost anyway", clients=counted(int(best["n_clients"]), "client"))
    cards.append(Card(said("More clients lost"), number(best["lost_clients"], 1), lost))
    even = best["break_even_volume_loss"]
    label = said("Volume it may lose") if best["change_share"] >= 0 else said("Volume it must win")
    expected = said("expected: {share}", share=share(best["volume_loss"] * (1 if best["change_share"] >= 0 else -1)))
    shown = share(abs(even)) if even == even else said("no volume would do")
    cards.append(Card(label, shown, expected))
    return cards


def _why(origin: str, told) -> str:
    if told.elasticities_from == "params":
        return said("the params ask for it")
    if origin == "both":
        return said("for some sizes past rises say less than it")
    return said("past rises say less than it")


def _plain(value: float) -> str:
    return decimal_text(value, 2)


def _percent(value: float) -> str:
    return f"+{share(value, 0)}" if value > 0 else share(value, 0)


def _signed(value: float, unit: str) -> str:
    return f"+{short_money(value, unit)}" if value > 0 else short_money(value, unit)
