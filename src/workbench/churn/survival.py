"""How long clients stay: Kaplan-Meier with late entry, by segment, by reason of leaving, by rule of loss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from workbench.churn.rhythm import Rhythm, with_threshold
from workbench.churn.risk_sets import hazards, risk_sets, score_residuals
from workbench.churn.spells import account_spells, spells_at_risk
from workbench.errors import DataError
from workbench.language import said
from workbench.units import DAYS_A_MONTH, Z90

LEAST_AT_RISK = 30


@dataclass(frozen=True)
class Retention:
    """The share of clients that stay at least so long, among those that reached `from_months`.

    curve: months (whole, 0 to the last age with enough clients in sight), p_alive, p_alive_low, p_alive_high (90 %),
    n_at_risk; from_months: the first age with LEAST_AT_RISK clients in sight; n_spells, n_lost: what it rests on;
    why_not: a sentence where nothing can be estimated (then the curve has no rows).
    """

    curve: pd.DataFrame
    from_months: float
    n_spells: int
    n_lost: int
    why_not: str | None = None

    def at(self, months: float) -> float:
        """The share alive at an age in whole months; NaN beyond the curve."""
        found = self.curve.loc[self.curve["months"].eq(months), "p_alive"]
        return float(found.iloc[0]) if len(found) else float("nan")


def retention_curve(spells: pd.DataFrame, *, horizon_months: int = 60) -> Retention:
    """Kaplan-Meier of spells with late entry, in whole months of age.

    Parameters: spells, as `spells_at_risk` leaves them: entry_days, duration_days, lost, unit; not modified.
    Raises: DataError where a spell does not end after its entry, or enters before its origin.
    Notes: a spell is at risk after its entry, up to its end. The curve begins at the first age from which
    LEAST_AT_RISK spells are in sight and ends with the last: before and after it jumps by chance. Its interval is that
    of log(-log S) with the infinitesimal jackknife summed by unit, since the accounts of a group leave together; with
    units of one account it is Greenwood's.
    References: Kaplan & Meier (1958); Tsai, Jewell & Wang (1987) for late entry; R's survfit(cluster=), in
    tests/reference.
    """
    entry, stop = spells["entry_days"].to_numpy(float), spells["duration_days"].to_numpy(float)
    lost = spells["lost"].to_numpy(bool)
    wrong = (stop <= entry) | (entry < 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"spells: {wrong.sum()} of {len(spells)} must end after an entry at 0 days or later, first row {row} with "
            f"entry {entry[row]:g} and end {stop[row]:g} days; leave out what spells_at_risk leaves out"
        )
    empty = pd.DataFrame(columns=["months", "p_alive", "p_alive_low", "p_alive_high", "n_at_risk"], dtype=float)
    ages = np.arange(horizon_months + 1)
    at_risk = _at_risk(entry, stop, ages * DAYS_A_MONTH)
    enough = np.flatnonzero(at_risk >= LEAST_AT_RISK)
    if not len(enough):
        sentence = said("Never are {n} clients of one age in sight: no survival is estimated.", n=LEAST_AT_RISK)
        return Retention(empty, float("nan"), len(spells), int(lost.sum()), sentence)
    start = int(ages[enough[0]])
    after = at_risk[enough[0] :] < LEAST_AT_RISK
    last = start + (int(np.argmax(after)) - 1 if after.any() else len(after) - 1)
    times, jumps, n = _hazard_steps(entry, stop, lost, after=start * DAYS_A_MONTH)
    grid = np.arange(start, last + 1)
    reached = np.searchsorted(times, grid * DAYS_A_MONTH, side="right")
    alive = np.concatenate([[1.0], np.cumprod(1 - jumps)])[reached]
    spread = _clustered_error(spells, times, jumps / n, n, grid=grid * DAYS_A_MONTH, after=start * DAYS_A_MONTH)
    low, high = _bounds(alive, spread)
    curve = pd.DataFrame(
        {"months": grid, "p_alive": alive, "p_alive_low": low, "p_alive_high": high, "n_at_risk": at_risk[grid]}
    )
    return Retention(curve, float(start), len(spells), int(lost.sum()))


def retention_by(spells: pd.DataFrame, by: str, *, horizon_months: int = 60) -> dict[str, Retention]:
    """The curve of each value of a column, the values with most spells first; spells without a value are left out."""
    counts = spells[by].value_counts()
    return {
        value: retention_curve(spells[spells[by].eq(value)], horizon_months=horizon_months) for value in counts.index
    }


def segment_tests(spells: pd.DataFrame, segments: Sequence[str]) -> pd.DataFrame:
    """Whether the values of a segment differ in their losses: segment, n_values, n_spells, n_lost, chi2, p_value.

    Values with fewer than LEAST_AT_RISK spells are left out; a segment with fewer than two others is not in the table.
    Notes: log-rank with late entry, its variance that of scores summed by unit, since the accounts of a group leave
    together (assumption A51). Reference: Lin & Wei (1989); the robust score test of R's coxph(cluster=).
    """
    rows = []
    for segment in segments:
        counts = spells[segment].value_counts()
        told = spells[spells[segment].isin(counts.index[counts >= LEAST_AT_RISK])]
        if told[segment].nunique() < 2 or not told["lost"].any():
            continue
        n_values, statistic = told[segment].nunique(), _log_rank(told, segment)
        p_value = chi2.sf(statistic, n_values - 1)
        rows.append((segment, n_values, len(told), int(told["lost"].sum()), statistic, p_value))
    return pd.DataFrame(rows, columns=["segment", "n_values", "n_spells", "n_lost", "chi2", "p_value"])


def reasons_for_leaving(spells: pd.DataFrame, *, horizon_months: int = 60) -> pd.DataFrame:
    """The share lost by each age for each reason, the reasons competing (Aalen & Johansen, 1978).

    Returns: event_kind, months, p_lost; of the ages of `retention_curve`, empty where it is. The shares of all reasons
    and the share alive add up to 1.
    """
    whole = retention_curve(spells, horizon_months=horizon_months)
    if whole.why_not is not None:
        return pd.DataFrame(columns=["event_kind", "months", "p_lost"])
    entry, stop = spells["entry_days"].to_numpy(float), spells["duration_days"].to_numpy(float)
    lost, after = spells["lost"].to_numpy(bool), whole.from_months * DAYS_A_MONTH
    times, jumps, n = _hazard_steps(entry, stop, lost, after=after)
    before = np.concatenate([[1.0], np.cumprod(1 - jumps)])[:-1]
    months = whole.curve["months"].to_numpy()
    reached = np.searchsorted(times, months * DAYS_A_MONTH, side="right")
    parts = []
    for kind, own in spells[lost].groupby("event_kind"):
        place = np.searchsorted(times, own.loc[own["duration_days"] > after, "duration_days"])
        share = np.cumsum(before * np.bincount(place, minlength=len(times)) / n)
        cumulative = np.concatenate([[0.0], share])[reached]
        parts.append(pd.DataFrame({"event_kind": kind, "months": months, "p_lost": cumulative}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["event_kind", "months", "p_lost"])


def rule_sensitivity(found: Rhythm, facts: pd.DataFrame, quantiles: Sequence[float]) -> pd.DataFrame:
    """What hangs on the rule of loss: the losses and the survival under each quantile.

    Returns: quantile, threshold_days (median), n_lost (accounts), reactivated_share (of units: how many had a silence
    beyond their threshold that an order ended), p_alive_12, p_alive_24 (NaN where not reached).
    """
    rows = []
    for quantile in quantiles:
        judged = with_threshold(found, quantile=quantile)
        spells = account_spells(judged, facts)
        curve = retention_curve(spells_at_risk(spells), horizon_months=24)
        back = judged.table["reactivations"].gt(0).mean()
        rows.append(
            (
                quantile,
                judged.table["threshold_days"].median(),
                int(spells["lost"].sum()),
                back,
                curve.at(12),
                curve.at(24),
            )
        )
    columns = ["quantile", "threshold_days", "n_lost", "reactivated_share", "p_alive_12", "p_alive_24"]
    return pd.DataFrame(rows, columns=columns)


def loss_rates(
    spells: pd.DataFrame, *, begins_on: np.datetime64, ends_on: np.datetime64, months: int = 6
) -> pd.DataFrame:
    """The plain measure: losses over the time clients were in sight, by half-years back from the last day judged.

    Parameters: spells, all of them (the origin does not matter here); begins_on, ends_on, as `Known.judged` has them:
    no period begins earlier; months, of a period.
    Returns: begins_on, ends_on, n_lost, client_years, rate (losses a client and year), low, high (90 %), latest last;
    periods with fewer than LEAST_AT_RISK clients in sight in the mean are left out.
    Notes: units are lost as a Poisson process, each with all its accounts at once; with units of one account the
    interval is the exact one of a Poisson count (assumption A51).
    """
    stop = spells["origin_on"].to_numpy("datetime64[D]") + np.ceil(spells["duration_days"].to_numpy(float)).astype(
        "timedelta64[D]"
    )
    start = spells["origin_on"].to_numpy("datetime64[D]") + np.floor(spells["entry_days"].to_numpy(float)).astype(
        "timedelta64[D]"
    )
    lost, rows = spells["lost"].to_numpy(bool), []
    unit = pd.factorize(spells["unit"])[0]
    end = np.datetime64(ends_on, "D")
    while True:
        begin = (end.astype("datetime64[M]") - months).astype("datetime64[D]") + (end - end.astype("datetime64[M]"))
        if begin < begins_on:
            break
        days_seen = (np.minimum(stop, end) - np.maximum(start, begin)).astype(float).clip(0)
        gone = lost & (stop > begin) & (stop <= end)
        if days_seen.sum() / (end - begin).astype(float) >= LEAST_AT_RISK:
            years, n_lost = days_seen.sum() / 365.25, int(gone.sum())
            largest = np.bincount(unit[(days_seen > 0) | gone]).max()
            low, high = _lost_together(np.bincount(unit[gone]), int(largest))
            rows.append((begin, end, n_lost, years, n_lost / years, low / years, high / years))
        end = begin
    table = pd.DataFrame(rows[::-1], columns=["begins_on", "ends_on", "n_lost", "client_years", "rate", "low", "high"])
    return table.astype({"begins_on": "datetime64[s]", "ends_on": "datetime64[s]"})


def _lost_together(accounts: np.ndarray, largest: int) -> tuple[float, float]:
    """The 90 % interval of how many accounts are lost, given those of each unit lost and of the largest unit in sight.

    Reference: Fay & Feuer (1997), "Confidence intervals for directly standardized rates": a sum of Poisson counts with
    weights, here the accounts of a unit.
    """
    n, squared = float(accounts.sum()), float((accounts**2).sum())
    low = squared / n * chi2.ppf(0.05, 2 * n**2 / squared) / 2 if n else 0.0
    n, squared = n + largest, squared + largest**2
    return low, squared / n * chi2.ppf(0.95, 2 * n**2 / squared) / 2


def _log_rank(spells: pd.DataFrame, segment: str) -> float:
    """The log-rank statistic of the values of a segment, with the variance of scores summed by unit."""
    sets = risk_sets(
        pd.get_dummies(spells[segment], drop_first=True, dtype=float).to_numpy(),
        start=spells["entry_days"].to_numpy(float),
        stop=spells["duration_days"].to_numpy(float),
        event=spells["lost"].to_numpy(bool),
        efron=False,
    )
    scores = score_residuals(sets, hazards(sets, np.zeros(sets.x.shape[1])))
    by_unit = pd.DataFrame(scores).groupby(spells["unit"].to_numpy()[sets.kept]).sum().to_numpy()
    score = by_unit.sum(axis=0)
    return float(score @ np.linalg.pinv(by_unit.T @ by_unit) @ score)


def _at_risk(entry: np.ndarray, stop: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """How many spells are in sight just after each age."""
    entered = np.searchsorted(np.sort(entry), ages, side="right")
    return entered - np.searchsorted(np.sort(stop), ages, side="right")


def _hazard_steps(
    entry: np.ndarray, stop: np.ndarray, lost: np.ndarray, *, after: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The times of loss after an age, the share of those at risk that is lost at each, and how many are at risk."""
    times, counts = np.unique(stop[lost & (stop > after)], return_counts=True)
    n = np.searchsorted(np.sort(entry), times, side="left") - np.searchsorted(np.sort(stop), times, side="left")
    return times, counts / n, n


def _clustered_error(
    spells: pd.DataFrame, times: np.ndarray, steps: np.ndarray, n: np.ndarray, *, grid: np.ndarray, after: float
) -> np.ndarray:
    """The standard error of log S at each time of the grid: each spell's influence, summed by unit, squared, summed.

    The step of a tie that takes nearly everybody is bounded, as log S has no influence function at S = 0.
    """
    unit = pd.factorize(spells["unit"])[0]
    entry = np.maximum(spells["entry_days"].to_numpy(float), after)
    stop, lost = spells["duration_days"].to_numpy(float), spells["lost"].to_numpy(bool)
    survived = np.maximum(1 - steps * n, 0.5 / n)
    weight = 1 / (n * survived)
    gathered = np.concatenate([[0.0], np.cumsum(steps / survived)])
    place = np.searchsorted(times, stop)
    own = np.where(lost & (stop > after), weight[np.minimum(place, len(times) - 1)] if len(times) else 0.0, 0.0)
    variance = []
    for age in grid:
        until, since = np.minimum(stop, age), np.minimum(entry, age)
        expected = (
            gathered[np.searchsorted(times, until, side="right")]
            - gathered[np.searchsorted(times, since, side="right")]
        )
        influence = np.where(stop <= age, own, 0.0) - np.where(stop > after, expected, 0.0)
        variance.append((np.bincount(unit, weights=influence) ** 2).sum())
    return np.sqrt(np.array(variance))


def _bounds(alive: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inside = (alive > 0) & (alive < 1)
    log_alive = np.log(np.where(inside, alive, 0.5))
    width = Z90 * spread / -log_alive
    low, high = np.exp(log_alive * np.exp(width)), np.exp(log_alive * np.exp(-width))
    return np.where(inside, low, alive), np.where(inside, high, alive)
