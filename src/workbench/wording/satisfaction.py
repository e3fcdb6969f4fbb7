"""The drivers in words: who answered, what matters, what to fix first, for whom, and how sure that is."""

from collections.abc import Iterable

import pandas as pd

from workbench.competitive.by_target import Found
from workbench.competitive.importance import Importance
from workbench.competitive.quadrants import STRENGTH, TO_IMPROVE, UNDECIDED, Map
from workbench.competitive.raking import Weighting
from workbench.competitive.relations import Relations
from workbench.competitive.response import Response
from workbench.competitive.scales import US, Survey
from workbench.language import marked, said, word
from workbench.wording.numbers import DASH, counted, number, share
from workbench.wording.relations import at_risk, pays
from workbench.wording.shown import Card, Finding, Headline, Sheet

NOTHING = marked("No driver could be estimated from this survey.")
ALPHA_LEAST = 0.7
SURE_ORDER = 0.95


def drivers_headline(
    found: Found, segments: pd.DataFrame, relations: Relations, responses: list[Response], *, weights: Weighting
) -> Headline:
    """The answer of the chapter: what to fix first, for whom, how sure, and whether it would pay."""
    placed = found.maps.get(found.main)
    if placed is None or placed.table.empty:
        return Headline(said(NOTHING), ())
    target = word(found.main)
    likely = placed.table[placed.table["likely_quadrant"] == TO_IMPROVE]
    likely = likely.sort_values(["p_quadrant", "importance_share"], ascending=False)
    cards = []
    if likely.empty:
        answer = said(
            "Nothing that matters for {target} is rated below the line of {line}: there is no clear first repair.",
            target=target,
            line=number(placed.crossing_performance, 1),
        )
    else:
        first = likely.iloc[0]
        sure = first["quadrant"] == TO_IMPROVE
        text = (
            marked("Fix {attribute} first: it makes {share} of what explains {target}, and is rated {score} of 100, "
                   "below the line of {line}; this is {p} sure.")
            if sure
            else marked("What to fix first is undecided: most likely {attribute}, which makes {share} of what explains "
                        "{target} and is rated {score} of 100, but that is only {p} sure.")
        )  # fmt: skip
        answer = said(
            text,
            attribute=word(first["attribute"]),
            share=share(first["importance_share"], 0),
            target=target,
            score=number(first["performance"], 1),
            line=number(placed.crossing_performance, 1),
            p=share(first["p_quadrant"], 0),
        )
        answer += " " + _for_whom(segments, first["attribute"])
        cards.append(
            Card(
                said("Fix first") if sure else said("Most likely to fix first"),
                word(first["attribute"]),
                said("{p} sure", p=share(first["p_quadrant"], 0)),
            )
        )
    n = int(found.importances[found.main].table["n"].max())
    cards.append(
        Card(
            said("Answers behind it"),
            counted(n, "respondent"),
            said("as good as {n} accounts of equal weight", n=number(weights.n_effective)),
        )
    )
    return Headline(answer, (*cards, *at_risk(relations), *pays(responses)))


def say_respondents(survey: Survey, respondents: pd.DataFrame, clients: pd.DataFrame) -> Finding:
    """Who answered: accounts, respondents, non-clients, competitors, and what the survey lacks."""
    accounts = respondents["customer_id"].nunique()
    sentences = [
        said(
            "In wave {wave}, {respondents} of {answered} rated us: {share} of the {clients} served in the twelve "
            "months before.",
            wave=survey.wave,
            respondents=counted(len(respondents), "respondent"),
            answered=counted(accounts, "account"),
            share=share(accounts / len(clients), 0),
            clients=counted(len(clients), "account"),
        )
    ]
    not_served = survey.of(supplier=US, clients=True)
    lost = len(not_served) - len(respondents)
    if lost:
        sentences.append(said("{lost} of accounts not served then are left out.", lost=counted(lost, "answer")))
    others = survey.of(clients=False)["respondent_id"].nunique()
    sentences.append(
        said("{others} of companies that are not clients answered too.", others=counted(others, "respondent"))
        if others
        else said("No company that is not a client answered: how others see us stays unknown.")
    )
    rivals = survey.of().loc[lambda rows: rows["supplier"] != US, "supplier"].value_counts()
    sentences.append(
        said("Competitors rated: {names}.", names=", ".join(f"{name} ({number(n)})" for name, n in rivals.items()))
        if len(rivals)
        else said("No competitor was rated: performance cannot be held against anybody's.")
    )
    sentences += _lacking(survey)
    return Finding(" ".join(sentences), tone="finding" if others and len(rivals) else "warning")


def say_unanswered(survey: Survey) -> Finding:
    """How much is not applicable, refused or blank."""
    table = survey.unanswered.set_index("column").reindex(list(survey.attributes))
    total = table.sum(axis=1)
    absent = (table["n_not_applicable"] / total).sort_values(ascending=False)
    missing = (table["n_refused"] + table["n_blank"]).sum() / total.sum()
    named = ", ".join(f"{word(name)} {share(value, 0)}" for name, value in absent.items() if value >= 0.02)
    text = said("{missing} of the scores are refused or blank; they are imputed.", missing=share(missing))
    if named:
        text += " " + said("Not applicable, and never taken for a score: {named}.", named=named)
    return Finding(text)


def say_weighting(weights: Weighting, effect: pd.DataFrame) -> Finding:
    """What weighting did: how many answers are left in effect, and what it moved most."""
    companies = len(set(weights.company))
    sentences = [
        said(
            "After weighting by size, sector and revenue, {n} accounts say as much as {effective} of equal weight.",
            n=number(companies),
            effective=number(weights.n_effective),
        )
    ]
    if weights.n_trimmed:
        limit = said("{n} at the largest weight allowed.", n=counted(weights.n_trimmed, "account"))
        sentences.append(limit)
    if weights.apart_share > 0.01:
        sentences.append(said("Margins stay up to {apart} off.", apart=share(weights.apart_share)))
    if len(effect):
        moved = (effect["weighted_score"] - effect["plain_score"]).abs()
        most = effect.loc[moved.idxmax()]
        sentences.append(
            said(
                "It moved {column} most, from {plain} to {weighted} of 100.",
                column=word(most["column"]),
                plain=number(most["plain_score"], 1),
                weighted=number(most["weighted_score"], 1),
            )
        )
    return Finding(" ".join(sentences))


def weighting_sheet(weights: Weighting) -> Sheet:
    """The margins of the accounts that answered, before and after weighting."""
    shown = weights.margins.assign(value=weights.margins["value"].map(word))
    return Sheet(
        shown.rename(columns={"n_companies": "n_accounts"}),
        "Accounts that answered, before and after weighting, and the file they stand for.",
        "",
    )


def say_reliability(alpha: float, survey: Survey) -> Finding | None:
    """Whether the loyalty items measure one thing; None where there is none."""
    if not survey.loyalty_items:
        return None
    if alpha != alpha:
        return Finding(
            said("Loyalty rests on one item, or on too few answers: its reliability is not known."), "warning"
        )
    text = said(
        "The {n} loyalty items have a Cronbach's alpha of {alpha}; {least} is usually asked for.",
        n=number(len(survey.loyalty_items)),
        alpha=number(alpha, 2),
        least=number(ALPHA_LEAST, 1),
    )
    return Finding(text, tone="finding" if alpha >= ALPHA_LEAST else "warning")


def say_importance(found: Importance) -> Finding:
    """What matters most, whether its lead is sure, and what to mind."""
    if not found.is_estimated:
        return Finding(found.why_not, tone="warning")
    table = found.table.sort_values("importance_share", ascending=False)
    first, second = table["attribute"].iloc[0], table["attribute"].iloc[min(1, len(table) - 1)]
    target = word(str(table["target"].iloc[0]))
    sentences = [
        said(
            "Attributes and controls explain {r2} of {target}. Of what the attributes add, the largest part is "
            "{attribute}: {share} ({low} to {high}).",
            r2=share(found.r2, 0),
            target=target,
            attribute=word(first),
            share=share(table["importance_share"].iloc[0], 0),
            low=share(table["importance_low"].iloc[0], 0),
            high=share(table["importance_high"].iloc[0], 0),
        )
    ]
    if second != first:
        p = float(found.p_order.loc[first, second])
        text = (
            marked("That it is ahead of {second} is sure ({p}).")
            if p >= SURE_ORDER
            else marked("Whether it is ahead of {second} is not established ({p}).")
        )
        sentences.append(said(text, second=word(second), p=share(p, 0)))
    return Finding(" ".join([*sentences, *found.notes]))


def say_stated(found: Importance) -> Finding | None:
    """Where what respondents say matters differs most from what does; None where they were not asked."""
    if not found.is_estimated or found.table["stated_importance"].isna().all():
        return None
    table = found.table.dropna(subset=["stated_importance"])
    ranks = pd.DataFrame(
        {
            "attribute": table["attribute"],
            "derived": table["importance_share"].rank(ascending=False),
            "stated": table["stated_importance"].rank(ascending=False),
        }
    )
    gap = ranks["stated"] - ranks["derived"]
    if not gap.any():
        return Finding(said("What respondents say matters is what does: the attributes have the same order."))
    over, under = ranks.loc[gap.idxmin()], ranks.loc[gap.idxmax()]
    return Finding(
        said(
            "Said to matter more than it does: {over} (rank {said_over} as stated, {real_over} as derived). The other "
            "way round: {under} (rank {said_under} as stated, {real_under} as derived).",
            over=word(over["attribute"]),
            said_over=number(over["stated"]),
            real_over=number(over["derived"]),
            under=word(under["attribute"]),
            said_under=number(under["stated"]),
            real_under=number(under["derived"]),
        )
    )


def say_map(placed: Map | None) -> Finding:
    """What to improve, what to keep, what is undecided."""
    if placed is None or placed.table.empty:
        return Finding(said(NOTHING), tone="warning")
    parts = []
    for quadrant, text in (
        (TO_IMPROVE, marked("To improve: {names}.")),
        (STRENGTH, marked("Strengths: {names}.")),
        (UNDECIDED, marked("Undecided: {names}.")),
    ):
        part = placed.table[placed.table["quadrant"] == quadrant].sort_values("p_quadrant", ascending=False)
        if len(part):
            named = (
                said("{attribute} (most likely: {quadrant}, {p})", attribute=word(row.attribute),
                     quadrant=word(row.likely_quadrant), p=share(row.p_quadrant, 0))
                if quadrant == UNDECIDED
                else f"{word(row.attribute)} ({share(row.p_quadrant, 0)})"
                for row in part.itertuples()
            )  # fmt: skip
            parts.append(said(text, names=", ".join(named)))
    if not (placed.table["quadrant"] == TO_IMPROVE).any():
        parts.insert(0, said("No attribute is surely to be improved."))
    return Finding(" ".join([*parts, *placed.notes]))


def say_segments(segments: pd.DataFrame, found: Found) -> Finding:
    """For whom something is to be improved, and which segments are too small to tell."""
    ours = segments[segments["segment_by"] == "size_class"]
    if ours.empty:
        return Finding(said("No size of client has enough respondents to be looked at by itself."), tone="warning")
    urgent = ours[ours["quadrant"] == TO_IMPROVE]
    named = "; ".join(
        _list(size, ((row.attribute, row.p_quadrant) for row in part.itertuples()))
        for size, part in urgent.groupby("segment")
    )
    text = said("Surely to improve, by size of client: {named}.", named=named) if named else said(
        "In no size of client by itself is anything surely to be improved."
    )  # fmt: skip
    undecided = int((ours["quadrant"] == UNDECIDED).sum())
    text += " " + said(
        "Of {all} verdicts by size, {undecided} are undecided: fewer answers, less certainty.",
        all=number(len(ours)),
        undecided=number(undecided),
    )
    return Finding(text)


def say_factors(table: pd.DataFrame) -> Finding:
    """Which attributes punish when bad, which reward when good, and how many cannot be told."""
    known = table.dropna(subset=["factor_type"])
    if known.empty:
        return Finding(said(NOTHING), tone="warning")
    decided = known[known["factor_type"] != UNDECIDED]
    if decided.empty:
        return Finding(said("Whether attributes punish or reward is undecided for all of them."), tone="warning")
    named = "; ".join(
        _list(
            said("{type} for {target}", type=word(kind), target=word(target)),
            ((row.attribute, row.p_factor_type) for row in part.itertuples()),
        )
        for (target, kind), part in decided.groupby(["target", "factor_type"], sort=False)
    )
    text = said(
        "Of {n} attributes and targets held against each other, {decided} are decided: {named}.",
        n=number(len(known)),
        decided=number(len(decided)),
        named=named,
    )
    return Finding(text)


def drivers_sheet(table: pd.DataFrame) -> Sheet:
    """The drivers of every target as printed."""
    columns = [
        "target", "attribute", "importance_share", "importance_low_share", "importance_high_share",
        "stated_importance", "performance", "relative_performance", "quadrant", "p_quadrant", "factor_type",
        "tetraclasse", "sign_conflict", "n",
    ]  # fmt: skip
    table = table.rename(columns={f"importance_{end}": f"importance_{end}_share" for end in ("low", "high")})
    shown = table[columns].assign(attribute=table["attribute"].map(word))
    return Sheet(shown, "Drivers of each target; scores and stated importance from 0 to 100.", "", most=60)


def _for_whom(segments: pd.DataFrame, attribute: str) -> str:
    """In which sizes of client the attribute is surely to be improved."""
    part = segments[(segments["segment_by"] == "size_class") & (segments["attribute"] == attribute)]
    sure = part[part["quadrant"] == TO_IMPROVE]
    if len(sure):
        return said("By size it is sure for: {names}.", names=", ".join(word(one) for one in sure["segment"]))
    if part.empty:
        return said("For whom it matters most cannot be told: no size of client has enough answers.")
    likely = part[part["likely_quadrant"] == TO_IMPROVE].sort_values("p_quadrant", ascending=False)
    names = ", ".join(f"{word(row.segment)} ({share(row.p_quadrant, 0)})" for row in likely.itertuples()) or DASH
    return said("For whom is not established; most likely for: {names}.", names=names)


def _list(name: str, found: Iterable[tuple[str, float]]) -> str:
    """A name, and what belongs to it, each with its probability."""
    value = ", ".join(f"{word(one)} ({share(p, 0)})" for one, p in found)
    return said("{name}: {value}", name=word(name), value=value)


def _lacking(survey: Survey) -> list[str]:
    rows = survey.of(supplier=US, clients=True)
    lacking = [
        (not survey.loyalty_items, marked("There are no loyalty items: loyalty and types of relation are missing.")),
        (rows["role"].isna().all(), marked("Roles were not asked: respondents of an account count alike.")),
        (rows["volume"].isna().all(), marked("The share of purchases given to us was not asked.")),
        (rows["differentiation"].isna().all(), marked("Perceived differentiation was not asked.")),
    ]  # fmt: skip
    return [said(text) for missing, text in lacking if missing]
