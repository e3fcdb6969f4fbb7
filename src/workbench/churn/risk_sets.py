"""Who is at risk when somebody is lost: rows (start, stop] sorted once, then sums over risk sets in one pass.

A row is at risk at the event times t with start < t <= stop, so late entry and time-varying covariates are one thing.
Sums over all risk sets are differences of two cumulative sums; the second moments enter only through one weighted Gram
matrix, because the sum over t of d(t) S2(t)/S0(t) is the sum over rows of x x' times the hazard the row lived through.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class RiskSets:
    """n rows that are at risk at least once, and T event times, those of a stratum after those of the one before.

    x: (n, p) covariates. weight, event: (n,). first, last: (n,) the event times first <= k < last the row is at risk
    at; the time of an event row is last - 1. time, stratum, died: (T,) the event time, the number of its stratum and
    the events at it. kept: (n,) the positions of the rows in the table given. efron: how ties are treated.
    entering: (T, n) sparse, +1 where a row leaves and -1 before it enters.
    """

    x: np.ndarray
    weight: np.ndarray
    event: np.ndarray
    first: np.ndarray
    last: np.ndarray
    time: np.ndarray
    stratum: np.ndarray
    died: np.ndarray
    kept: np.ndarray
    efron: bool
    entering: sparse.csr_array

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The sums of values (n,) or (n, q) over each risk set: (T,) or (T, q)."""
        changes = self.entering @ values
        return np.cumsum(changes[::-1], axis=0)[::-1]

    def event_sums(self, values: np.ndarray) -> np.ndarray:
        """The sums of values (n, q) or (n,) over the events at each event time: (T, q)."""
        at = self.last[self.event] - 1
        rows = sparse.csr_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(len(self.time), len(at)))
        return rows @ values[self.event]


def risk_sets(
    x: np.ndarray,
    *,
    start: np.ndarray,
    stop: np.ndarray,
    event: np.ndarray,
    weight: np.ndarray | None = None,
    stratum: np.ndarray | None = None,
    efron: bool = True,
) -> RiskSets:
    """Sort rows into risk sets.

    Parameters: x, (n, p) float; start < stop, event (bool), weight (1 where None), stratum (whole numbers from 0, one
    stratum where None): (n,). None is modified. At least one event.
    """
    n = len(stop)
    weight = np.ones(n) if weight is None else np.asarray(weight, dtype=float)
    stratum = np.zeros(n, dtype=np.int64) if stratum is None else stratum
    first, last = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    times, strata, begun = [], [], 0
    for number in range(int(stratum.max()) + 1):
        rows = slice(None) if stratum.max() == 0 else np.flatnonzero(stratum == number)
        here = np.unique(stop[rows][event[rows]])
        first[rows] = begun + np.searchsorted(here, start[rows], side="right")
        last[rows] = begun + np.searchsorted(here, stop[rows], side="right")
        times.append(here)
        strata.append(np.full(len(here), number))
        begun += len(here)
    kept = np.flatnonzero(last > first)
    kept = kept[np.argsort(last[kept], kind="stable")]
    first, last, event = first[kept], last[kept], np.asarray(event, dtype=bool)[kept]
    late = np.flatnonzero(first > 0)
    row = np.r_[last - 1, first[late] - 1]
    column = np.r_[np.arange(len(kept)), late]
    sign = np.r_[np.ones(len(kept)), -np.ones(len(late))]
    return RiskSets(
        x=np.ascontiguousarray(x[kept], dtype=float),
        weight=weight[kept],
        event=event,
        first=first,
        last=last,
        time=np.concatenate(times),
        stratum=np.concatenate(strata),
        died=np.bincount(last[event] - 1, minlength=begun),
        kept=kept,
        efron=efron,
        entering=sparse.csr_array((sign, (row, column)), shape=(begun, len(kept))),
    )


@dataclass(frozen=True)
class Hazards:
    """What the partial likelihood is made of, at given coefficients.

    risk: (n,) weight times exp(x . coefficients); s0 (T,), s1 (T, p): its sums over risk sets, alone and times x; d1
    (T, p): over the events. a0, a1, b0, b1, b2, c0, c1: (T,) the sums over the events of a time of w/den, w f/den,
    w/den2, w f/den2, w f2/den2 and of the mean 1/den, f/den, where den is S0 less the share f of the events gone
    (Efron), w their mean weight. a0 is the jump of the baseline hazard. loglik: the log partial likelihood.
    """

    risk: np.ndarray
    s1: np.ndarray
    d1: np.ndarray
    a0: np.ndarray
    a1: np.ndarray
    b0: np.ndarray
    b1: np.ndarray
    b2: np.ndarray
    c0: np.ndarray
    c1: np.ndarray
    loglik: float


def hazards(sets: RiskSets, coefficients: np.ndarray) -> Hazards:
    """The sums over risk sets at coefficients (p,)."""
    line = sets.x @ coefficients
    risk = sets.weight * np.exp(line)
    weighted = np.empty((len(risk), sets.x.shape[1] + 1))
    weighted[:, 0] = risk
    np.multiply(risk[:, None], sets.x, out=weighted[:, 1:])
    s, d = sets.sums(weighted), sets.event_sums(weighted)
    d0, d1 = d[:, 0], d[:, 1:]
    mean_weight = sets.event_sums(sets.weight) / sets.died
    # What is left of a risk set is at least its own events; rounding must not make it less.
    s0, s1 = np.maximum(s[:, 0], d0), s[:, 1:]
    begin = np.cumsum(sets.died) - sets.died
    of = np.repeat(np.arange(len(sets.time)), sets.died)
    gone = (np.arange(len(of)) - begin[of]) / sets.died[of] if sets.efron else np.zeros(len(of))
    one = 1 / (s0[of] - gone * d0[of])
    w = mean_weight[of]

    def total(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, begin)

    a0, a1 = total(w * one), total(w * gone * one)
    loglik = float(sets.weight[sets.event] @ line[sets.event] + w @ np.log(one))
    b0, b1, b2 = total(w * one**2), total(w * gone * one**2), total(w * gone**2 * one**2)
    return Hazards(risk, s1, d1, a0, a1, b0, b1, b2, total(one) / sets.died, total(gone * one) / sets.died, loglik)


def lived(sets: RiskSets, found: Hazards, factor: np.ndarray | float = 1.0) -> np.ndarray:
    """The hazard each row lived through (n,), each event time counting `factor` times: its expected events."""
    total = np.r_[0.0, np.cumsum(found.a0 * factor)]
    at = sets.last - 1
    own = np.where(sets.event, (found.a1 * factor)[at], 0.0)
    return found.risk * (total[sets.last] - total[sets.first] - own)


def score_and_information(
    sets: RiskSets, found: Hazards, factor: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The derivative (p,) of the log partial likelihood and minus its second (p, p), each event time `factor` times."""
    factor = np.ones(len(sets.time)) if factor is None else factor
    expected = lived(sets, found, factor)
    seen = np.where(sets.event, sets.weight * factor[sets.last - 1], 0.0)
    cross = (found.s1 * (found.b1 * factor)[:, None]).T @ found.d1
    outer = (found.s1 * (found.b0 * factor)[:, None]).T @ found.s1 - cross - cross.T
    outer += (found.d1 * (found.b2 * factor)[:, None]).T @ found.d1
    return sets.x.T @ (seen - expected), (sets.x * expected[:, None]).T @ sets.x - outer


def score_residuals(sets: RiskSets, found: Hazards) -> np.ndarray:
    """What each row adds to the derivative (n, p) when it alone is taken out (Lin & Wei, 1989)."""
    at = sets.last - 1
    gathered = np.vstack([np.zeros(sets.x.shape[1]), np.cumsum(_mean_jumps(found), axis=0)])
    residuals = found.risk[:, None] * (gathered[sets.last] - gathered[sets.first])
    residuals -= sets.x * lived(sets, found)[:, None]
    events, at = np.flatnonzero(sets.event), at[sets.event]
    usual = found.c0[at, None] * found.s1[at] - found.c1[at, None] * found.d1[at]
    own = found.b1[at, None] * found.s1[at] - found.b2[at, None] * found.d1[at]
    residuals[events] += sets.weight[events, None] * (sets.x[events] - usual) - found.risk[events, None] * own
    return residuals


def mean_at_risk(found: Hazards) -> np.ndarray:
    """The mean covariates (p,) of those at risk, event times weighing as their jump of the baseline hazard.

    Notes: at these covariates the log cumulative baseline hazard and the coefficients are uncorrelated.
    """
    return _mean_jumps(found).sum(axis=0) / found.a0.sum()


def _mean_jumps(found: Hazards) -> np.ndarray:
    return found.b0[:, None] * found.s1 - found.b1[:, None] * found.d1
