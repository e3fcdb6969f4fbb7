"""What may speed or slow a loss, as known at the beginning of each month and never later."""

import numpy as np
import pandas as pd

from workbench.churn.history import History
from workbench.churn.order_days import EPOCH, OrderDays
from workbench.units import DAYS_A_MONTH

VOLUME, TREND, LATE, CLAIMS = "usual_volume", "volume_trend", "late_deliveries", "claims"
GAP, SIZE, RISES, SATISFACTION = "order_gap", "company_size", "price_rises", "satisfaction"
# In the order in which they are given up where losses are too few for all of them, the last one first.
COVARIATES = (GAP, SIZE, SATISFACTION, LATE, CLAIMS, TREND, VOLUME, RISES)
LOSSES_A_COVARIATE, LEAST_LOSSES = 20, 10
USUAL_MONTHS = 12
TREND_MONTHS = 3
SERVICE_MONTHS = 6
RISE_MONTHS = 3
ANSWER_MONTHS = 24
# A client's own rate counts half at so many deliveries; its own volume at a month, its own gaps at three.
PRIOR_DELIVERIES, PRIOR_MONTHS, PRIOR_GAPS, PRIOR_ANSWERS = 20, 1, 3, 1
STRONGEST_TREND = 2.0
# Clients that the model is fitted to; a random part of more would not change it.
MOST_FITTED = 50_000


def covariates_at(history: History, known: OrderDays, headcount: np.ndarray, month: int) -> pd.DataFrame:
    """The covariates of every account at the beginning of a month, from the months before it alone.

    Parameters: history and known (order days), of the same accounts in the same order; headcount, float, NaN where not
    known, shape (n,); month, number from the first month of the history; the number of its months for the time after.
    Returns: a column per covariate that the files can tell (COVARIATES): logarithms of usual monthly revenue, of the
    last three months over the usual, of the late share and the claims per delivery over the company's, of the mean gap
    between orders, of the headcount; the mean rise of prices in the last three months (share).
    Notes: rates of few deliveries are drawn towards those of all clients (assumption A47).
    """
    facts = {name: table[:, :month].astype("float64") for name, table in history.facts.items()}
    begun = EPOCH + known.first_days.astype("int64")
    first = np.clip((begun.astype("datetime64[M]") - history.first_month).astype(int), 0, month)
    gap_days = _gap_days(known, history.first_month + month)
    until = _bought_until(facts["revenue_eur"], gap_days, first=first, month=month)
    usual, prior = _usual_revenue(facts["revenue_eur"], first, until, month=month)
    table = {VOLUME: np.log(usual.clip(min=0.01 * prior) + 0.01)}
    n_recent = np.clip(until - np.maximum(first, month - TREND_MONTHS), 0, TREND_MONTHS)
    recent = facts["revenue_eur"][:, max(month - TREND_MONTHS, 0) :].sum(axis=1)
    table[TREND] = _trend(recent, usual, n_recent, PRIOR_GAPS * gap_days / DAYS_A_MONTH)
    lately = {name: values[:, max(month - SERVICE_MONTHS, 0) :].sum(axis=1) for name, values in facts.items()}
    for name, events, of in ((LATE, "n_late", "n_promised"), (CLAIMS, "n_claims", "n_deliveries")):
        total = history.facts[of][:, :month].sum()
        rate = history.facts[events][:, :month].sum() / total if total else 0.0
        if history.facts[events].any():
            own = (lately[events] + rate * PRIOR_DELIVERIES) / (lately[of] + PRIOR_DELIVERIES)
            table[name] = np.log(own / rate) if rate > 0 else np.zeros(len(own))
    if history.facts["n_answers"].any():
        table[SATISFACTION] = _satisfaction(facts["n_answers"], facts["satisfaction_sum"])
    table[GAP] = np.log(gap_days)
    if np.isfinite(headcount).any():
        log_size = np.log1p(headcount)
        table[SIZE] = np.where(np.isfinite(log_size), log_size, np.nanmean(log_size))
    if history.rises.any():
        table[RISES] = np.full(len(usual), history.rises[max(month - RISE_MONTHS, 0) : month].sum())
    return pd.DataFrame(table, index=pd.Index(history.accounts, name="customer_id"))


def counting_process(spells: pd.DataFrame, history: History, known: OrderDays, *, seed: int) -> pd.DataFrame:
    """The spells cut at the beginning of each calendar month, each piece with the covariates known at its beginning.

    Parameters: spells, as `spells_at_risk` leaves them, with headcount_n (float, NaN where not known); history and
    known, of accounts that hold those of the spells; seed, of the sample where there are more than MOST_FITTED.
    Returns: customer_id, group_id, start, stop (months since the origin), event, and the covariates.
    """
    if len(spells) > MOST_FITTED:
        spells = spells.sample(MOST_FITTED, random_state=seed).sort_index()
    own, days = history.of(spells["customer_id"].to_numpy()), known.of(spells["customer_id"].to_numpy())
    origin = spells["origin_on"].to_numpy("datetime64[D]")
    entry, duration = spells["entry_days"].to_numpy(float), spells["duration_days"].to_numpy(float)
    parts = []
    for month in range(own.n_months):
        begins = (own.first_month + month).astype("datetime64[D]")
        ends = (own.first_month + month + 1).astype("datetime64[D]")
        start = np.maximum(entry, (begins - origin).astype(float))
        stop = np.minimum(duration, (ends - origin).astype(float))
        here = np.flatnonzero(stop > start)
        if not len(here):
            continue
        rows = covariates_at(own, days, spells["headcount_n"].to_numpy(float), month).iloc[here].reset_index()
        rows.insert(1, "group_id", spells["unit"].to_numpy()[here])
        rows["start"], rows["stop"] = start[here] / DAYS_A_MONTH, stop[here] / DAYS_A_MONTH
        rows["event"] = (spells["lost"].to_numpy(bool) & (duration <= stop))[here]
        parts.append(rows)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def told_covariates(table: pd.DataFrame) -> list[str]:
    """The covariates that a table can bear: those that vary, one for every twenty losses (Ogundimu et al., 2016).

    One from ten losses on: without any, nothing would tell one client from another.
    """
    varying = [name for name in COVARIATES if name in table and table[name].nunique() > 1]
    losses = int(table["event"].sum()) if varying else 0
    return varying[: max(losses // LOSSES_A_COVARIATE, int(losses >= LEAST_LOSSES))]


def _satisfaction(n_answers: np.ndarray, total: np.ndarray) -> np.ndarray:
    """How far the answers of the group of an account lie from the mean answer, in tens of points; 0 without an answer.

    Those of the last two years, drawn towards the mean by PRIOR_ANSWERS.
    """
    mean = total.sum() / max(n_answers.sum(), 1)
    n = n_answers[:, -ANSWER_MONTHS:].sum(axis=1)
    return (total[:, -ANSWER_MONTHS:].sum(axis=1) - n * mean) / (n + PRIOR_ANSWERS) / 10


def _bought_until(revenue: np.ndarray, gap_days: np.ndarray, *, first: np.ndarray, month: int) -> np.ndarray:
    """The time, in months of the history, up to which an account has bought: a gap after its last order.

    Otherwise the volume of a client would fall with its silence, and a loss, which is dated from silence, would seem
    foretold by it.
    """
    bought = revenue > 0
    last = np.where(bought.any(axis=1), month - 1 - bought[:, ::-1].argmax(axis=1), first) if month else first
    return np.minimum(last + 1 + gap_days / DAYS_A_MONTH, month)


def _usual_revenue(
    revenue: np.ndarray, first: np.ndarray, until: np.ndarray, *, month: int
) -> tuple[np.ndarray, float]:
    """The mean monthly revenue of the last year, or since the first order, drawn to the median of those with any."""
    lately = revenue[:, max(month - USUAL_MONTHS, 0) :].sum(axis=1)
    n_months = np.clip(until - np.maximum(first, month - USUAL_MONTHS), 0, USUAL_MONTHS)
    told = (n_months > 0) & (lately > 0)
    prior = float(np.median(lately[told] / n_months[told])) if told.any() else 1.0
    return (lately + prior * PRIOR_MONTHS) / (n_months + PRIOR_MONTHS), prior


def _trend(recent: np.ndarray, usual: np.ndarray, n_recent: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """The log of the last three months over the usual, less that of all clients together, which is the season's.

    Drawn to 0 by `prior` months, as many as three gaps take: with few orders a trend is their chance dates.
    """
    own, recent = usual.clip(min=1e-9), recent.clip(min=0)
    season = recent.sum() / max((own * n_recent).sum(), 1e-9) if recent.any() else 1.0
    ratio = (recent / (own * season) + prior) / (n_recent + prior)
    return np.clip(np.log(ratio), -STRONGEST_TREND, STRONGEST_TREND)


def _gap_days(known: OrderDays, month: np.datetime64) -> np.ndarray:
    """The mean gap between the orders of each account before a month, drawn towards the median of all accounts."""
    before = int((month.astype("datetime64[D]") - EPOCH).astype(int))
    span = int(known.days.max()) + 2
    place = np.arange(len(known.units), dtype="int64") * span
    count = np.searchsorted(known.owner * span + known.days, place + min(before, span - 1)) - known.first[:-1]
    last = known.days[np.maximum(known.first[:-1] + count - 1, known.first[:-1])]
    total, n_gaps = (last - known.first_days).astype(float), np.maximum(count - 1, 0)
    told = n_gaps > 0
    usual = float(np.median(total[told] / n_gaps[told])) if told.any() else DAYS_A_MONTH
    return (total + PRIOR_GAPS * usual) / (n_gaps + PRIOR_GAPS)
