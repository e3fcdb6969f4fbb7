"""How often each client orders, how regularly, and from which silence on it counts as lost."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import gamma

from workbench.churn.clock import Clock, business_clock
from workbench.churn.order_days import OrderDays, dates_of, day_numbers
from workbench.params import Churn

DAYS_A_MONTH = 365.25 / 12
# A shape outside is a slip of the data (all gaps alike, or nearly all orders on two days), not a rhythm.
SHAPE_LIMITS = (0.25, 50.0)


@dataclass(frozen=True)
class Rhythm:
    """The rhythm of each unit, and the silence that it explains.

    table: one row per unit in the order of `days`: unit, segment, n_orders, first_on, last_on, own_gap_days (mean,
    NaN with one order), gap_days (drawn towards the segment), threshold_days, silence_days (since the last order up to
    the end of ends_on), censored_on (the first day from which a silence is too short to be judged: ends_on less the
    threshold), reactivations (silences beyond the threshold that an order ended). Days are business days of the clock,
    but for the dates. shape: of the gamma of gaps over their mean; n_pairs: successive gaps it was estimated from (0:
    taken as 1).
    """

    days: OrderDays
    clock: Clock
    ends_on: np.datetime64
    table: pd.DataFrame
    shape: float
    n_pairs: int
    told: Churn


def rhythm(known: OrderDays, segment: np.ndarray, told: Churn, *, ends_on) -> Rhythm:
    """The rhythm of every unit, from its own gaps and those of its segment (assumptions A40 and A41).

    Parameters: known, order days, nothing after ends_on; segment, of each unit (None: unknown, a segment of its own),
    shape (n,); ends_on, the last day of the files.
    Notes: the shape is pooled over all units, each counting the same (Wheat & Morrison, 1990): for successive gaps
    M = g1 / (g1 + g2) follows Beta(k, k), hence k = (1 - 4 Var M) / (8 Var M), whatever each unit's mean. The
    threshold is the quantile of a gamma of that shape, between floor_days and cap_months.
    """
    clock = business_clock(known, ends_on=ends_on, seasons=told.seasons, closures=told.closures)
    gaps, owner = _gaps(known, clock)
    counts = known.counts
    total = np.bincount(owner, weights=gaps, minlength=len(counts))
    n_gaps = counts - 1
    own = np.where(n_gaps > 0, total / np.maximum(n_gaps, 1), np.nan)
    shape, n_pairs = regularity_shape(gaps, owner)
    usual = pd.Series(own).groupby(pd.Series(segment).fillna("").to_numpy()).transform("mean")
    usual = usual.fillna(np.nanmean(own) if n_gaps.any() else _longest(told)).to_numpy()
    gap = (total + told.prior_gaps * usual) / (n_gaps + told.prior_gaps)
    table = pd.DataFrame(
        {
            "unit": known.units,
            "segment": segment,
            "n_orders": counts,
            "first_on": dates_of(known.first_days),
            "last_on": dates_of(known.last_days),
            "own_gap_days": own,
            "gap_days": gap,
            "silence_days": clock.at(day_numbers(ends_on) + 1) - clock.at(known.last_days),
        }
    )
    found = Rhythm(known, clock, np.datetime64(ends_on, "D"), table, shape, n_pairs, told)
    return with_threshold(found, quantile=told.quantile)


def with_threshold(found: Rhythm, *, quantile: float) -> Rhythm:
    """The same rhythm judged by another quantile."""
    told = found.told
    days = found.table["gap_days"].to_numpy() * gamma.ppf(quantile, found.shape) / found.shape
    return _judged(found, days.clip(told.floor_days, _longest(told)), replace_quantile=quantile)


def with_silence(found: Rhythm, *, days: float) -> Rhythm:
    """The same rhythm judged by one and the same silence for everybody."""
    return _judged(found, np.full(len(found.table), float(days)), replace_quantile=found.told.quantile)


def regularity_shape(gaps: np.ndarray, owner: np.ndarray) -> tuple[float, int]:
    """The gamma shape of gaps over their mean, and the successive pairs it rests on; 1 where there is no pair.

    Parameters: gaps, in time order within their owner; owner, rising numbers.
    """
    pair = owner[1:] == owner[:-1]
    first, second = gaps[:-1][pair], gaps[1:][pair]
    told = first + second > 0
    if not told.any():
        return 1.0, 0
    off = (first[told] / (first + second)[told] - 0.5) ** 2
    who = owner[1:][pair][told]
    sums, counts = np.bincount(who, weights=off), np.bincount(who)
    variance = (sums[counts > 0] / counts[counts > 0]).mean()
    shape = (1 - 4 * variance) / (8 * variance) if variance > 0 else np.inf
    return float(np.clip(shape, *SHAPE_LIMITS)), int(told.sum())


def _gaps(known: OrderDays, clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Every gap between successive order days in business days, and the number of its unit."""
    owner = known.owner
    same = owner[1:] == owner[:-1]
    times = clock.at(known.days)
    return np.diff(times)[same], owner[1:][same]


def _judged(found: Rhythm, threshold: np.ndarray, *, replace_quantile: float) -> Rhythm:
    gaps, owner = _gaps(found.days, found.clock)
    beyond = gaps > threshold[owner]
    ends = found.clock.at(day_numbers(found.ends_on) + 1)
    table = found.table.assign(
        threshold_days=threshold,
        reactivations=np.bincount(owner[beyond], minlength=len(threshold)),
        censored_on=dates_of(found.clock.day_at(ends - threshold)),
    )
    return replace(found, table=table, told=found.told.model_copy(update={"quantile": replace_quantile}))


def _longest(told: Churn) -> float:
    return told.cap_months * DAYS_A_MONTH
