"""The crossing of the three values in words."""

from datetime import date

import pandas as pd

from workbench.confidentiality import clients_of, is_shareable
from workbench.language import marked, said, said_count, word
from workbench.params import COMPONENTS, StrategyRule, Value
from workbench.value.clientele import POSITION, Clientele
from workbench.value.credibility import Expected
from workbench.value.cube import Reference
from workbench.value.lifetime import Lifetime
from workbench.value.plan import Plan
from workbench.value.segments import FORMER, TOTAL, UNALLOCATED
from workbench.wording.numbers import counted, day, money, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline, Sheet

SURE = 0.8
LACKING = {
    "potential": marked("what clients could still buy is not estimated, so the future value is missing"),
    "churn": marked("how long clients stay is not estimated, so there is no lifetime value and no plan"),
    "customer_relation": marked("there is no survey, so the competitive value is missing"),
}
OF_SEGMENT = (FORMER, UNALLOCATED, TOTAL)


def value_headline(
    table: pd.DataFrame,
    segments: pd.DataFrame,
    values: Lifetime,
    plan: Plan | None,
    *,
    unit: str,
    shared: bool = False,
) -> Headline | None:
    """The answer of the chapter: what the clientele is worth, who holds it, what is sure, what to do.

    shared: for readers who must not recognise a client: sums that would betray one are left out; None where that
    would be what all are worth.
    """
    here = table[table["alive"]]
    by_client = here[["lifetime_value_eur", "economic_eur", "gain_eur"]].astype(float).fillna(0.0)
    by_client = by_client.groupby(clients_of(here).to_numpy()).sum()
    worth = ["economic_eur", *(["lifetime_value_eur"] if values.horizon_months else [])]
    if shared and not all(is_shareable(by_client[column]) for column in worth):
        return None
    of_clients = segments[~segments["segment"].isin(OF_SEGMENT)]
    cards = []
    if values.horizon_months:
        total, (low, high) = here["lifetime_value_eur"].sum(), values.total_interval()
        ranked = here["lifetime_value_eur"].sort_values(ascending=False)
        told = {
            "months": number(values.horizon_months), "clients": counted(len(here), "client"),
            "total": short_money(total, unit), "low": short_money(low, unit), "high": short_money(high, unit),
            "losing": number((here["lifetime_value_eur"] < 0).sum()),
        }  # fmt: skip
        if total > 0:
            half = int((ranked.cumsum() < total / 2).sum()) + 1
            answer = said(
                "Over the next {months} months {clients} are worth {total} of margin ({low} to {high}); half of it is "
                "with {half}, and {losing} lose money.",
                half=counted(half, "client"),
                **told,
            )
        else:
            answer = said(
                "Over the next {months} months {clients} are worth {total} of margin ({low} to {high}); {losing} lose "
                "money.",
                **told,
            )
        cards.append(Card(said("Lifetime value"), short_money(total, unit), _range(low, high, unit)))
    else:
        answer = said(
            "{clients} bring {margin} of practical margin a year; how long they stay is not known in this study, so "
            "their lifetime value is not.",
            clients=counted(len(here), "client"),
            margin=short_money(here["economic_eur"].sum(), unit),
        )
    cards.append(
        Card(said("Margin today"), short_money(here["economic_eur"].sum(), unit), said("practical margin a year"))
    )
    for largest in of_clients.head(0 if shared else 1).itertuples():
        note = said(
            "{clients}, {margin} full margin in the period",
            clients=counted(int(largest.n_clients), "client"),
            margin=short_money(largest.full_margin_eur, unit),
        )
        cards.append(Card(said("Segment that earns most"), said(largest.segment), note))
    if len(here):
        sure, note = here["p_segment"].ge(SURE).mean(), said("of clients, at 80 % probability or more")
        cards.append(Card(said("Surely in their segment"), share(sure, 0), note))
    if plan is not None and (not shared or is_shareable(by_client["gain_eur"])):
        best = plan.rankings.set_index("choice").loc["plan"]
        note = said(
            "from {cost} on {clients} ({low} to {high})",
            cost=short_money(best["cost_eur"], unit),
            clients=counted(int(best["n_clients"]), "client"),
            low=short_money(best["gain_low_eur"], unit),
            high=short_money(best["gain_high_eur"], unit),
        )
        cards.append(Card(said("Gain of the plan, after its cost"), short_money(best["gain_eur"], unit), note))
    return Headline(answer, tuple(cards))


def say_clientele(clients: Clientele) -> Finding:
    """Who is crossed, on which values, and what the study lacks for the rest."""
    here, every = clients.alive, clients.clients
    known = [word(f"{component} value") for component in COMPONENTS if clients.knows(component)]
    text = said(
        "{alive} of {all} still are clients. They are crossed on: {values}.",
        alive=number(len(here)),
        all=counted(len(every), "account"),
        values=", ".join(known),
    )
    lacking = [said(LACKING[name]) for name in clients.missing]
    if lacking:
        text += " " + said("Missing in this study: {parts}.", parts="; ".join(lacking))
    if clients.knows("competitive"):
        measured = here["measured"].astype("boolean")
        text += " " + said(
            "{n} did not answer the survey: the place of {estimated} in it is estimated and marked so, {unplaced} have "
            "none.",
            n=counted(len(here) - int(measured.eq(True).sum()), "client"),
            estimated=number(int(measured.eq(False).sum())),
            unplaced=number(int(measured.isna().sum())),
        )
    return Finding(text, tone="warning" if lacking else "finding")


def say_expected(expected: Expected, *, margin_months: int, unit: str) -> Finding:
    """How far a client's own months are believed, and what all clients bring a month."""
    table = expected.table
    short = int((table["credibility_share"] < 0.5).sum())
    return Finding(
        said(
            "From the last {months} months, {clients} are expected to bring {margin} a month together. A client's own "
            "months count for {middle} at the median; for {short} less than half, and the mean of their like for more.",
            months=number(margin_months),
            clients=counted(len(table), "client"),
            margin=short_money(table["margin_eur"].sum(), unit),
            middle=share(table["credibility_share"].median(), 0),
            short=counted(short, "client"),
        )
    )


def say_lifetime(table: pd.DataFrame, values: Lifetime, *, unit: str) -> Finding:
    """Lifetime value of all clients, beside the status quo and the past."""
    if not values.horizon_months:
        return Finding(said("Without the chapter on churn no lifetime value is estimated."), tone="warning")
    here = table[table["alive"]]
    low, high = values.total_interval()
    losing = here[here["lifetime_value_eur"] < 0]
    text = said(
        "All clients together are worth {total} ({low} to {high}, an interval for the expectation). The status quo, "
        "today's margin times the remaining months, says {quo}. {losing} are expected to lose {lost} together.",
        total=short_money(here["lifetime_value_eur"].sum(), unit),
        low=short_money(low, unit),
        high=short_money(high, unit),
        quo=short_money(here["status_quo_eur"].sum(), unit),
        losing=counted(len(losing), "client"),
        lost=short_money(-losing["lifetime_value_eur"].sum(), unit),
    )
    past = here["past_value_eur"].sum()
    return Finding(
        f"{text} {said('In the study period they brought {past} of practical margin.', past=short_money(past, unit))}"
    )


def say_levels(table: pd.DataFrame, frozen: Reference, told: Value) -> Finding:
    """Where the levels are cut and since when, what is weakest, and how sure places are."""
    here = table[table["alive"]]
    given = [name for name in COMPONENTS if getattr(told.cut_points, name)]
    proposed = [name for name in COMPONENTS if frozen.cut_points[name] and name not in given]
    if told.reference is not None:
        since = said("Cut points are frozen since {day}.", day=day(date.fromisoformat(frozen.as_of)))
    elif not given:
        since = said("Cut points are proposed by this run; freeze them for the next one.")
    elif proposed:
        since = said(
            "Cut points of {given} are those of the params; the others are proposed by this run: freeze them for the "
            "next one.",
            given=", ".join(word(f"{name} value") for name in given),
        )
    else:
        since = said("Cut points are those of the params.")
    counts = here["weakest"].value_counts()
    weak = ", ".join(f"{word(f'{name} value')} {number(n)}" for name, n in counts.items())
    sentences = [since]
    if weak:
        sentences.append(said("Weakest value of clients: {values}.", values=weak))
    sentences.append(
        said(
            "{sure} of clients are in their segment with a probability of 80 % or more; for {loose} it is below one "
            "half.",
            sure=share(here["p_segment"].ge(SURE).mean(), 0),
            loose=number(here["p_segment"].lt(0.5).sum()),
        )
    )
    collapsed = _shared_values(here, frozen, proposed=proposed if told.reference is None else [])
    sentences += collapsed
    if frozen.merged:
        sentences.append(
            said_count(
                len(frozen.merged),
                "{count} cell with few clients counts with its neighbour.",
                "{count} cells with few clients count with their neighbours.",
                count=number(len(frozen.merged)),
            )
        )
    return Finding(" ".join(sentences), tone="warning" if collapsed else "finding")


def _shared_values(here: pd.DataFrame, frozen: Reference, *, proposed: list[str]) -> list[str]:
    """Which values have fewer levels than asked for because many clients share one and the same, a sentence each.

    Parameters: proposed, the values that this run cuts itself, so that params can cut them elsewhere.
    """
    sentences = []
    for name in COMPONENTS:
        known, found = here[POSITION[name]].dropna().astype(float).round(2), here[f"{name}_level"].dropna()
        empty = [level for level in frozen.names if level not in set(found)]
        if known.empty or not empty:
            continue
        counts = known.value_counts()
        most, n = counts.index[0], int(counts.iloc[0])
        # So many hold a quantile that cuts the clients into as many parts as there are levels; fewer do not.
        if n < 2 or n * len(frozen.names) < len(known):
            continue
        sentences.append(
            said(
                "{n} of {all} share the {value} {most}, which no cut can divide, so that no client has the level "
                "{levels}.",
                n=number(n),
                all=counted(len(known), "client"),
                value=word(f"{name} value"),
                most=number(most, 2),
                levels=", ".join(map(word, empty)),
            )
        )
        if name in proposed:
            sentences.append(said("Tell under {key} where it should be cut.", key=f"value.cut_points.{name}"))
    return sentences


def say_segment_values(segments: pd.DataFrame | None, *, unit: str) -> Finding:
    """Which segments make the margin, and that all of them are the company's; None where this run has none."""
    if segments is None:
        return Finding(said("The three values are not crossed in this run."), tone="warning")
    of_clients = segments[~segments["segment"].isin(OF_SEGMENT)]
    company = segments.set_index("segment").loc[TOTAL]
    if len(of_clients) < 2:
        text = said(
            "{segments} to compare. Segments, former clients and what no client bears add up to the company's "
            "{company}, to the cent.",
            segments=counted(len(of_clients), "segment"),
            company=money(company["full_margin_eur"], unit, 2),
        )
        return Finding(text)
    best, worst = of_clients.iloc[0], of_clients.iloc[-1]
    return Finding(
        said(
            "Most full margin: {best}, {most} with {clients}; least: {worst}, {least}. Segments, former clients and "
            "what no client bears add up to the company's {company}, to the cent.",
            best=said(best["segment"]),
            most=short_money(best["full_margin_eur"], unit),
            clients=counted(int(best["n_clients"]), "client"),
            worst=said(worst["segment"]),
            least=short_money(worst["full_margin_eur"], unit),
            company=money(company["full_margin_eur"], unit, 2),
        )
    )


def say_key_accounts(table: pd.DataFrame) -> Finding:
    """How many key accounts there are, and why."""
    counts = table["key_account"].value_counts()
    if counts.empty:
        return Finding(said("No client is a key account by the rule of the params."))
    reasons = {"revenue": said("by revenue"), "standing": said("by standing"), "both": said("by both")}
    named = ", ".join(f"{number(counts[why])} {reasons[why]}" for why in reasons if counts.get(why))
    return Finding(said("{n}: {reasons}.", n=counted(int(counts.sum()), "key account"), reasons=named))


def say_crossing(table: pd.DataFrame | None) -> Finding:
    """For the summary, what is still open where this run has no crossing."""
    if table is None:
        return Finding(said("The three values are not crossed in this run."), tone="warning")
    here = table[table["alive"]]
    return Finding(
        said(
            "{n} of {all} are in their segment with a probability below one half: treat their place as a question.",
            n=number(here["p_segment"].lt(0.5).sum()),
            all=counted(len(here), "client"),
        )
    )


def strategy_sheet(rules: list[StrategyRule], table: pd.DataFrame, *, unit: str) -> Sheet:
    """The strategy as the params have it, with the clients each line is for."""
    counts = table["segment"].value_counts()
    rows = [
        {
            "segment": said(rule.segment),
            **{f"{name}_level": ", ".join(map(word, getattr(rule, name))) or said("any") for name in COMPONENTS},
            "n_clients": int(counts.get(rule.segment, 0)),
            "service_level": said(rule.service_level),
            "effort": said(rule.effort),
            "terms": said(rule.terms),
        }
        for rule in rules
    ]
    shown = pd.DataFrame(rows)
    return Sheet(shown, "The strategy of the params, line by line; the first line that holds counts.", unit)


def segments_sheet(segments: pd.DataFrame, *, unit: str, shared: bool = False) -> Sheet:
    """The segments, their margins, and what is ahead of them; shared: they are those of `shareable_segments`."""
    shown = segments.assign(segment=segments["segment"].map(said))
    if shared:
        caption = marked("Segments of at least 3 clients, amounts to two digits; smaller ones are together.")
        return Sheet(shown, caption, unit)
    return Sheet(shown, "Segments by full margin of the study period, down to the margin of the company.", unit)


def study_headline(
    margin: Headline,
    table: pd.DataFrame | None,
    segments: pd.DataFrame | None,
    options: pd.DataFrame | None,
    *,
    horizon_months: int,
    unit: str,
    shared: bool = False,
) -> Headline:
    """The answer of the whole study: what was earned, and where the run crosses the values what is ahead.

    Parameters: margin, of the margin chapter; table, segments and options: customer_value, segment_value and
    action_option, None where not made; shared, for readers who must not recognise a client: sums that would betray one
    are left out.
    """
    if table is None or segments is None:
        return margin
    client = clients_of(table)
    if shared and not is_shareable(table["lifetime_value_eur"].groupby(client.to_numpy()).sum()):
        return margin
    company = segments.set_index("segment").loc[TOTAL]
    cards = [card for card in margin.cards if card.label != said("Margin at the peak")]
    answer = margin.answer
    if company["lifetime_value_eur"] == company["lifetime_value_eur"]:
        low, high = company["lifetime_value_low_eur"], company["lifetime_value_high_eur"]
        total = short_money(company["lifetime_value_eur"], unit)
        answer += " " + said(
            "Today's {clients} are worth {total} over the next {months} months.",
            clients=counted(int(table["alive"].sum()), "client"),
            months=number(horizon_months),
            total=total,
        )
        cards.append(Card(said("Lifetime value"), total, _range(low, high, unit)))
    if options is not None and not options.empty:
        taken = options[options["chosen"]]
        if shared and not is_shareable(taken["gain_eur"].groupby(taken["customer_id"].map(client)).sum()):
            return Headline(answer, tuple(cards))
        note = said("from {cost} on {clients}", cost=short_money(taken["cost_eur"].sum(), unit),
                    clients=counted(len(taken), "client"))  # fmt: skip
        cards.append(Card(said("Gain of the plan, after its cost"), short_money(taken["gain_eur"].sum(), unit), note))
    return Headline(answer, tuple(cards))


def values_sheet(table: pd.DataFrame, *, unit: str) -> Sheet:
    """Every client by lifetime value, with its levels, its segment and its action."""
    columns = [
        "customer_id", "name", "lifetime_value_eur", "lifetime_value_low_eur", "lifetime_value_high_eur",
        "economic_eur", "competitive", "potential_eur", "economic_level", "competitive_level", "future_level",
        "weakest", "segment", "p_segment", "measured", "action",
    ]  # fmt: skip
    here = table[table["alive"]].sort_values(
        ["lifetime_value_eur", "economic_eur"], ascending=False, kind="stable", na_position="last"
    )
    shown = here[columns].assign(segment=here["segment"].map(said))
    return Sheet(shown, "Clients by lifetime value; economic is practical margin a year.", unit)


def _range(low: float, high: float, unit: str) -> str:
    return said("{low} to {high}, 90 % interval", low=short_money(low, unit), high=short_money(high, unit))
