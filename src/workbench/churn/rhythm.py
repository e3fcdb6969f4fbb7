"""How often each client orders, how regularly, and from which silence on it counts as lost."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import betainc, betaincinv

from workbench.churn.clock import Clock, business_clock
from workbench.churn.order_days import OrderDays, dates_of, day_numbers
from workbench.params import Churn
from workbench.units import DAYS_A_MONTH

# A shape outside is a slip of the data (all gaps alike, or nearly all orders on two days), not a rhythm.
SHAPE_LIMITS = (0.25, 50.0)
# A client's own regularity counts half at so many successive gaps: few tell next to nothing of it.
PRIOR_PAIRS = 20


@dataclass(frozen=True)
class Rhythm:
    """The rhythm of each unit, and the silence that it explains.

    table: one row per unit in the order of `days`: unit, segment, n_orders, first_on, last_on, own_gap_days (mean,
    NaN with one order), gap_days (drawn towards the segment), shape (of the gamma of gaps over their mean, likewise),
    threshold_days, silence_days (since the last order up to the end of ends_on), p_gap_longer (the probability that a
    gap is longer than that silence), censored_on (the first day from which a silence is too short to be judged: ends_on
    less the threshold), reactivations (silences beyond the threshold that an order ended). Days are business days of
    the clock, but for the dates. n_pairs: successive gaps the shapes were estimated from (0: taken as 1).
    """

    days: OrderDays
    clock: Clock
    ends_on: np.datetime64
    table: pd.DataFrame
    n_pairs: int
    told: Churn


def rhythm(known: OrderDays, segment: np.ndarray, told: Churn, *, ends_on) -> Rhythm:
    """The rhythm of every unit, from its own gaps and those of its segment (assumptions A40 and A41).

    Parameters: known, order days, nothing after ends_on; segment, of each unit (None: unknown, a segment of its own),
    shape (n,); ends_on, the last day of the files.
    Notes: mean and shape of a unit's gaps are known from few of them, so both are drawn towards its segment. The mean
    has an inverse gamma prior worth prior_gaps gaps: the next gap is a gamma whose mean is uncertain (a beta prime),
    with a longer tail the fewer the gaps. The threshold is the quantile of that, between floor_days and cap_months. A
    silence counts the day of the last order, a gap does not, hence the day between them in p_gap_longer.
    """
    clock = business_clock(known, ends_on=ends_on, seasons=told.seasons, closures=told.closures)
    gaps, owner = _gaps(known, clock)
    counts = known.counts
    total = np.bincount(owner, weights=gaps, minlength=len(counts))
    n_gaps = counts - 1
    own = np.where(n_gaps > 0, total / np.maximum(n_gaps, 1), np.nan)
    shape, n_pairs = regularity_shapes(gaps, owner, segment)
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
            "shape": shape,
            "silence_days": clock.at(day_numbers(ends_on) + 1) - clock.at(known.last_days),
        }
    )
    scale, after = _next_gap(table, told)
    waited = (table["silence_days"].to_numpy() - 1).clip(min=0)
    table["p_gap_longer"] = 1 - betainc(shape, after, waited / (waited + scale))
    found = Rhythm(known, clock, np.datetime64(ends_on, "D"), table, n_pairs, told)
    return with_threshold(found, quantile=told.quantile)


def with_threshold(found: Rhythm, *, quantile: float) -> Rhythm:
    """The same rhythm judged by another quantile."""
    told = found.told
    scale, after = _next_gap(found.table, told)
    share = betaincinv(found.table["shape"].to_numpy(), after, quantile)
    days = scale * share / np.maximum(1 - share, 1e-9)
    return _judged(found, days.clip(told.floor_days, _longest(told)), replace_quantile=quantile)


def regularity_shapes(gaps: np.ndarray, owner: np.ndarray, segment: np.ndarray) -> tuple[np.ndarray, int]:
    """The gamma shape of each unit's gaps over their mean, and the successive pairs all rest on; 1 without any pair.

    Parameters: gaps, in time order within their owner; owner, rising numbers; segment, of each unit, shape (n,).
    Notes: for successive gaps M = g1 / (g1 + g2) follows Beta(k, k), hence k = (1 - 4 Var M) / (8 Var M), whatever the
    unit's mean (Wheat & Morrison, 1990). The variance is drawn towards that of the segment, its units counting the
    same, by PRIOR_PAIRS pairs.
    """
    pair = owner[1:] == owner[:-1]
    first, second = gaps[:-1][pair], gaps[1:][pair]
    told = first + second > 0
    if not told.any():
        return np.ones(len(segment)), 0
    off = (first[told] / (first + second)[told] - 0.5) ** 2
    who = owner[1:][pair][told]
    sums = np.bincount(who, weights=off, minlength=len(segment))
    counts = np.bincount(who, minlength=len(segment))
    own = pd.Series(np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0))
    usual = own.groupby(pd.Series(segment).fillna("").to_numpy()).transform("mean").fillna(own.mean()).to_numpy()
    variance = (sums + PRIOR_PAIRS * usual) / (counts + PRIOR_PAIRS)
    shape = np.divide(1 - 4 * variance, 8 * variance, out=np.full(len(sums), np.inf), where=variance > 0)
    return shape.clip(*SHAPE_LIMITS), int(told.sum())


def _next_gap(table: pd.DataFrame, told: Churn) -> tuple[np.ndarray, np.ndarray]:
    """The next gap g of each unit: g / (g + scale) follows Beta(shape, after). Returns scale and after, (n,) each."""
    known = table["n_orders"].to_numpy() - 1 + told.prior_gaps
    return table["gap_days"].to_numpy() * known, 1 + table["shape"].to_numpy() * known


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
