"""How near predicted losses come to those that happened: Brier scores, Uno's concordance, calibration, all weighted.

Who was followed for less than the horizon without being lost counts by inverse probability of censoring. Every measure
takes a matrix of weights, a row for each bootstrap draw (the first: ones), so that all draws are one matrix product.
"""

from dataclasses import dataclass

import numpy as np

PAIRS_AT_ONCE = 5_000_000


@dataclass(frozen=True)
class Outcome:
    """What became of n people: followed (n,) months from the landmark to loss, end of view or horizon; lost (n,).

    seen: (n, h) the inverse-probability weight with which each is seen at month 1..h; gone (n, h) whether it was lost
    by then. pair_weight: (n,) of the pairs in which it is the one lost.
    """

    followed: np.ndarray
    lost: np.ndarray
    seen: np.ndarray
    gone: np.ndarray
    pair_weight: np.ndarray


def outcome(followed: np.ndarray, lost: np.ndarray, *, horizon: int) -> Outcome:
    """The outcome of people with weights for who left view early.

    Parameters: followed, at least 0; lost, bool; horizon, months. Who is lost after the horizon is not lost here.
    Notes: the censoring curve G is Kaplan-Meier's of leaving view before the horizon; at equal times losses come first.
    References: Graf et al. (1999); Uno et al. (2011).
    """
    lost = np.asarray(lost, dtype=bool) & (followed <= horizon)
    followed = np.minimum(followed, horizon)
    dropped = ~lost & (followed < horizon)
    times, number = np.unique(followed[dropped], return_counts=True)
    later_than = len(followed) - np.searchsorted(np.sort(followed), times, side="left")
    losses = np.sort(followed[lost])
    at_risk = later_than - (np.searchsorted(losses, times, "right") - np.searchsorted(losses, times, "left"))
    curve = np.r_[1.0, np.cumprod(1 - number / np.maximum(at_risk, 1))]
    before = curve[np.searchsorted(times, followed, side="left")]
    months = np.arange(1, horizon + 1)
    gone = lost[:, None] & (followed[:, None] <= months)
    still = (followed[:, None] > months) | (~lost & (followed >= horizon))[:, None]
    at = curve[np.searchsorted(times, months, side="right")]
    seen = np.where(gone, 1 / np.maximum(before, 1e-12)[:, None], np.where(still, 1 / np.maximum(at, 1e-12), 0.0))
    return Outcome(followed, lost, seen, gone, np.where(lost, 1 / np.maximum(before, 1e-12) ** 2, 0.0))


def brier(found: Outcome, p_loss: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The Brier score (draws, h) of predicted losses (n, h) under weights (draws, n)."""
    return (weights @ (found.seen * (found.gone - p_loss) ** 2)) / (weights @ found.seen)


def reference_brier(found: Outcome, weights: np.ndarray) -> np.ndarray:
    """The Brier score (draws, h) of telling everyone the share lost by then (Kaplan-Meier of these very people)."""
    rate = (weights @ (found.seen * found.gone)) / (weights @ found.seen)
    return rate * (1 - rate)


def uno_c(found: Outcome, risk: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Uno's concordance (draws,) of risk (n,) up to the horizon; NaN without pairs, ties of risk count half."""
    lost = np.flatnonzero(found.lost)
    right, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for part in np.array_split(lost, max(1, len(lost) * len(risk) // PAIRS_AT_ONCE)):
        after = found.followed[part, None] < found.followed
        after |= (found.followed[part, None] == found.followed) & ~found.lost
        order = np.sign(risk[part, None] - risk)
        first = weights[:, part] * found.pair_weight[part]
        right += np.einsum("bi,bi->b", first, weights @ (after * (order + 1) / 2).T)
        pairs += np.einsum("bi,bi->b", first, weights @ after.T.astype(float))
    return np.divide(right, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def rates(found: Outcome, p_loss: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share lost by the horizon (draws,) as seen and as predicted (n,)."""
    seen = found.seen[:, -1]
    total = weights @ seen
    known = total > 0
    observed = np.divide(weights @ (seen * found.gone[:, -1]), total, out=np.full(len(weights), np.nan), where=known)
    return observed, np.divide(weights @ (seen * p_loss), total, out=np.full(len(weights), np.nan), where=known)
