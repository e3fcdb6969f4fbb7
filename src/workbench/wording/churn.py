"""Churn in words: what is lost, how sure that is, and whether the foresight is worth anything."""

import pandas as pd

from workbench.churn.alerts import DUE, FADING, SILENT
from workbench.churn.known import Known
from workbench.churn.landmarks import Evaluation
from workbench.churn.survival import Retention
from workbench.confidentiality import clients_of, is_shareable
from workbench.language import said, word
from workbench.units import DAYS_A_MONTH
from workbench.wording.numbers import counted, day, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline

HALF_KNOWN = 0.5
NAMED = 3
LEAST_P = 0.001


def churn_headline(
    churn: pd.DataFrame,
    rates: pd.DataFrame,
    expected: pd.DataFrame,
    judged: Evaluation,
    *,
    unit: str,
    shared: bool = False,
) -> Headline:
    """The answer of the chapter: how many clients are lost, who of those that matter is at risk, how sure that is.

    Parameters: rates, losses by year (`loss_rates` with months=12), latest last; expected, of `expected_losses`;
    shared, for readers who must not recognise a client: no name, and no margin that would betray one.
    """
    alive = int(churn["alive"].sum())
    sentences, cards = [], [Card(said("Clients today"), number(alive), _lost_note(churn))]
    if rates.empty:
        sentences.append(said("How many clients are lost cannot be told: too few are in sight for long enough."))
    else:
        year = rates.iloc[-1]
        bounds = {"low": share(year["low"], 0), "high": share(year["high"], 0)}
        sentences.append(
            said("We lose {rate} of our clients a year ({low} to {high}).", rate=share(year["rate"], 0), **bounds)
        )
        note = said("of clients, in the year to {day}", day=day(year["ends_on"]))
        cards.append(Card(said("Lost a year"), share(year["rate"]), note))
    told = expected.set_index("quantity")
    at_stake = churn["margin_at_risk_eur"].fillna(0.0).groupby(clients_of(churn).to_numpy()).sum()
    if shared and not is_shareable(at_stake):
        return Headline(" ".join([*sentences, _verdict(judged)]), tuple(cards))
    if "clients" in told.index:
        clients, margin = told.loc["clients"], told.loc["margin"]
        what = _of_margin(churn)
        sentences.append(
            said(
                "Of the {n} of today we expect to lose {lost} within twelve months ({low} to {high}), and with them "
                "{margin} of {what} a year.",
                n=number(alive), lost=number(clients["value"]), low=number(clients["low"]),
                high=number(clients["high"]), margin=short_money(margin["value"], unit), what=what,
            )
        )  # fmt: skip
        at_risk = said("{low} to {high}, {what} a year", low=short_money(margin["low"], unit),
                       high=short_money(margin["high"], unit), what=what)  # fmt: skip
        cards.append(
            Card(
                said("Expected losses in twelve months"),
                number(clients["value"]),
                said("{low} to {high} clients", low=number(clients["low"]), high=number(clients["high"])),
            )
        )
        cards.append(Card(said("Margin at risk"), short_money(margin["value"], unit), at_risk))  # fmt: skip
    else:
        sentences.append(said("Who will leave is not foreseen."))
    names = churn.loc[churn["margin_at_risk_eur"].gt(0)].head(NAMED)
    if len(names) == NAMED and not shared:
        named = ", ".join(str(name) for name in names["name"].fillna(names["customer_id"]))
        sentences.append(said("Most margin is at risk with: {names}.", names=named))
    sentences.append(_verdict(judged))
    return Headline(" ".join(sentences), tuple(cards))


def say_orders(known: Known) -> Finding:
    """What the chapter rests on: accounts, groups, order days, those older than the files and those of unknown age."""
    spells, orders = known.spells, known.orders
    once = int((spells["n_orders"] == 1).sum())
    sentences = [
        said(
            "{accounts} of {clients}, a group being one, have {days}; {once} ordered only once.",
            accounts=counted(len(spells), "account"),
            clients=counted(int(spells["unit"].nunique()), "client"),
            days=counted(len(orders.days), "order day"),
            once=number(once),
        ),
        said(
            "{late} were clients before the files begin and enter late.",
            late=number((spells["entry_days"] > 0).sum()),
        ),
    ]
    unknown = int((~spells["origin_known"]).sum())
    if unknown:
        sentences.append(
            said(
                "{n} may be older than the files, and no opening date tells: they count among the losses of a year, "
                "not in the curves by age.",
                n=counted(unknown, "account"),
            )
        )
    history = known.history
    if history.n_dated:
        dated = counted(history.n_dated, "answer")
        sentences.append(said("{dated} to the survey tell how satisfied clients were.", dated=dated))
    if history.n_undated:
        undated = counted(history.n_undated, "answer")
        sentences.append(
            said("{undated} without a day are left out: nobody can say when they were known.", undated=undated)
        )
    return Finding(" ".join(sentences), tone="warning" if unknown > HALF_KNOWN * len(spells) else "finding")


def say_rhythm(known: Known) -> Finding:
    """How often clients order, and the silence from which on they count as lost."""
    table, told = known.rhythm.table, known.rhythm.told
    gap, threshold = table["gap_days"], table["threshold_days"]
    text = said(
        "The middle client orders every {gap} days and counts as lost after {silence} days of silence; one client in "
        "ten after less than {short}, one in ten after more than {long}.",
        gap=number(gap.median()),
        silence=number(threshold.median()),
        short=number(threshold.quantile(0.1)),
        long=number(threshold.quantile(0.9)),
    )
    capped = share((threshold >= 0.999 * threshold.max()).mean(), 0)
    if threshold.max() >= 365.25 / 12 * told.cap_months * 0.999:
        text += " " + said("{share} are cut at the longest silence allowed.", share=capped)
    length = known.history.n_months
    if threshold.median() / DAYS_A_MONTH > length / 3:
        text += " " + said(
            "The files hold {months} months: too few for the silence of such clients to be judged.", months=length
        )
        return Finding(text, tone="warning")
    return Finding(text)


def say_rule(rules: pd.DataFrame, *, quantile: float) -> Finding:
    """What hangs on the rule: losses and survival under its neighbours, and how many came back."""
    least, most = int(rules["n_lost"].min()), int(rules["n_lost"].max())
    sentences = [
        said(
            "By quantiles from {low} to {high} of a client's gaps, between {least} and {most} accounts count as lost.",
            low=share(rules["quantile"].min()), high=share(rules["quantile"].max()), least=number(least),
            most=number(most),
        )
    ]  # fmt: skip
    known = rules["p_alive_12"].dropna()
    if len(known):
        sentences.append(
            said(
                "The share that stays a year moves from {low} to {high}.",
                low=share(known.min()), high=share(known.max()),
            )
        )  # fmt: skip
    own = rules.iloc[(rules["quantile"] - quantile).abs().argmin()]
    sentences.append(
        said(
            "With {quantile}, {share} of clients once ended a silence longer than their threshold: an alarm is not "
            "yet a loss.",
            quantile=share(own["quantile"]),
            share=share(own["reactivated_share"], 0),
        )
    )
    return Finding(" ".join(sentences))


def say_retention(found: Retention) -> Finding:
    """How many clients stay one, two and three years, with intervals."""
    if found.why_not is not None:
        return Finding(found.why_not, tone="warning")
    curve = found.curve.set_index("months")
    points = [
        said("{share} after {months} months ({low} to {high})", share=share(curve.at[m, "p_alive"], 0), months=m,
             low=share(curve.at[m, "p_alive_low"], 0), high=share(curve.at[m, "p_alive_high"], 0))
        for m in (12, 24, 36) if m in curve.index
    ]  # fmt: skip
    begin = ""
    if found.from_months > 0:
        begin = " " + said(
            "The curve begins with clients of {months} months: of younger ones fewer than {n} are in sight.",
            months=number(found.from_months), n=30,
        )  # fmt: skip
    if not points:
        return Finding(said("Nobody is in sight for a year.") + begin, tone="warning")
    return Finding(said("Still clients: {points}.", points="; ".join(points)) + begin)


def say_segment_tests(tests: pd.DataFrame) -> Finding:
    """Whether clients of different segments differ in how long they stay."""
    if tests.empty:
        return Finding(said("No segment has two values with enough clients to be compared."))
    parts = [
        said("{segment}: {verdict} (log-rank, p {p})", segment=word(row.segment), p=_p_value(row.p_value),
             verdict=said("differences beyond chance") if row.p_value < 0.05 else said("no difference beyond chance"))
        for row in tests.itertuples()
    ]  # fmt: skip
    text = said("By segment: {tests}.", tests="; ".join(parts))
    return Finding(text)


def say_reasons_for_leaving(reasons: pd.DataFrame, spells: pd.DataFrame) -> Finding:
    """How many of the lost have a reason, and the most frequent one."""
    kinds = spells.loc[spells["lost"], "event_kind"]
    given = kinds[kinds.ne("loss")]
    if given.empty or reasons.empty:
        return Finding(said("The files give no reason for any loss."))
    top = given.value_counts()
    return Finding(
        said(
            "Of {lost} losses {given} have a reason in the files; the most frequent is: {reason} ({n}).",
            lost=number(len(kinds)),
            given=number(len(given)),
            reason=top.index[0],
            n=number(top.iloc[0]),
        )
    )


def say_erosion(found: Retention) -> Finding:
    """How many clients keep their volume for a year once they have one."""
    if found.why_not is not None:
        return Finding(said("Too few clients order often enough for an erosion of their volume to be told."))
    first = found.from_months
    later = found.at(first + 12)
    text = said(
        "{lost} of {n} clients with a usual volume saw it fall below half, two months running, before any loss.",
        lost=number(found.n_lost), n=number(found.n_spells),
    )  # fmt: skip
    if later == later:
        text += " " + said("A year on, {share} had kept theirs.", share=share(later, 0))
    return Finding(text)


def say_foresight(judged: Evaluation) -> Finding:
    """Whether the model beats telling everybody the mean, silence alone, and buy-till-you-die; plainly."""
    if judged.verdicts.empty:
        text = said("The foresight could not be tested on the past: the files are too short, or too few clients left.")
        return Finding(" ".join([text, *judged.notes]), tone="warning")
    texts = {
        "better": said("better than {name}"), "worse": said("worse than {name}"),
        "not_established": said("not proven better than {name}"),
    }  # fmt: skip
    parts = [
        f"{texts[row.verdict].format(name=word(row.baseline))} ({_gain(row)})" for row in judged.verdicts.itertuples()
    ]
    sure = judged.verdicts["verdict"].eq("better").all()
    sentences = [said("On time it had not seen, the model is {verdicts}.", verdicts="; ".join(parts)), *judged.notes]
    return Finding(" ".join(sentences), tone="finding" if sure else "warning")


def say_at_risk(churn: pd.DataFrame, *, unit: str) -> Finding:
    """How much hangs on how few clients, and how sure one client's probability is."""
    rows = churn[churn["alive"] & churn["margin_at_risk_eur"].gt(0)]
    if rows.empty:
        return Finding(said("No margin at risk is foreseen for single clients."), tone="warning")
    total = rows["margin_at_risk_eur"].sum()
    top = rows.head(10)
    wide = (rows["p_loss_12m_high"] - rows["p_loss_12m_low"]).median()
    basis = said("The margin is the practical margin of the study.")
    if rows["margin_basis"].eq("revenue").all():
        basis = said("The study has no margins: revenue stands in their place.")
    return Finding(
        said(
            "{n} hold {share} of the {total} at risk. The probability of a single client is known to within {width} "
            "points in the middle.",
            n=counted(len(top), "client"),
            share=share(top["margin_at_risk_eur"].sum() / total, 0),
            total=short_money(total, unit),
            width=number(100 * wide),
        )
        + f" {basis}"
    )


def say_alerts(alerts: pd.DataFrame, *, unit: str) -> Finding:
    """Whom to call now."""
    counts = alerts["alert"].value_counts()
    parts = [
        f"{counted(int(counts[kind]), 'client')} {word(kind)}" for kind in (SILENT, FADING, DUE) if counts.get(kind)
    ]
    if not parts:
        return Finding(said("Nobody is silent beyond its rhythm, fading, or due for contact."))
    text = said("To call now: {clients}.", clients="; ".join(parts))
    first = alerts[alerts["alert"].ne(DUE)]
    if len(first):
        text += " " + said(
            "First those whose silence or volume is unusual: {clients} with {margin} of margin a year.",
            clients=counted(len(first), "client"),
            margin=short_money(first["yearly_margin_eur"].clip(lower=0).sum(), unit),
        )
    return Finding(text)


def say_churn(churn: pd.DataFrame | None, *, unit: str) -> Finding:
    """The chapter in a sentence, for the summary; churn is None where this run did not make it."""
    if churn is None:
        return Finding(said("Who may leave is not part of this run."))
    alive = churn[churn["alive"]]
    lost = churn["lost_on"].notna().sum()
    text = said("{alive} are clients today, {lost} were lost in the files.", alive=counted(len(alive), "account"),
                lost=number(lost))  # fmt: skip
    expected = alive["p_loss_12m"].astype(float)
    if expected.notna().any():
        text += " " + said(
            "{n} are expected to leave within twelve months, and with them {margin} of {what} a year.",
            n=number(expected.sum()),
            margin=short_money((alive["yearly_margin_eur"].clip(lower=0) * expected).sum(), unit),
            what=_of_margin(churn),
        )
    return Finding(text)


def _verdict(judged: Evaluation) -> str:
    if judged.verdicts.empty:
        return said("That foresight could not be tested on the past.")
    plain = judged.verdicts.set_index("baseline")["verdict"]
    better = [word(name) for name, verdict in plain.items() if verdict == "better"]
    others = [word(name) for name, verdict in plain.items() if verdict != "better"]
    worse = [word(name) for name, verdict in plain.items() if verdict == "worse"]
    if worse:
        return said("Tested on the past, the model is worse than simpler rules ({names}): do not rely on the list.",
                    names=", ".join(worse))  # fmt: skip
    if not others:
        return said("Tested on the past, the model is better than every simpler rule ({names}).",
                    names=", ".join(better))  # fmt: skip
    if better:
        return said(
            "Tested on the past, the model is better than {better}, but not proven better than {others}.",
            better=", ".join(better), others=", ".join(others),
        )  # fmt: skip
    return said("Tested on the past, the model is not proven better than simpler rules ({names}): take the list as a "
                "reading aid, not as a forecast.", names=", ".join(others))  # fmt: skip


def _p_value(p: float) -> str:
    return f"= {number(p, 3)}" if p >= LEAST_P else f"< {number(LEAST_P, 3)}"


def _gain(row) -> str:
    points = {name: number(100 * getattr(row, name), 1) for name in ("gain", "low", "high")}
    return said("{gain} points of chance explained, {low} to {high}", **points)


def _lost_note(churn: pd.DataFrame) -> str:
    return said("{lost} lost in the files", lost=number(churn["lost_on"].notna().sum()))


def _of_margin(churn: pd.DataFrame) -> str:
    return said("revenue") if churn["margin_basis"].eq("revenue").any() else said("practical margin")
