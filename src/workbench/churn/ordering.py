"""How often the one with the higher risk is lost first: pairs counted exactly, in n log n."""

import numpy as np


def weight_below(rank: np.ndarray, weight: np.ndarray, *, among: np.ndarray, below: np.ndarray) -> np.ndarray:
    """For each question (m,): the weight of the first `among` items whose rank is less than `below`.

    Parameters: rank, whole numbers from 0, and weight of the items (n,) in their order. Notes: a wavelet matrix, a
    stable partition of the items by each bit of their rank, from the highest.
    """
    found = np.zeros(len(among))
    left, right = np.zeros(len(among), dtype=np.int64), among.astype(np.int64)
    for bit in range(int(max(rank.max(initial=0), below.max(initial=0))).bit_length() - 1, -1, -1):
        zero = (rank >> bit) & 1 == 0
        zeros = np.r_[0, np.cumsum(zero)]
        heavy = np.r_[0.0, np.cumsum(np.where(zero, weight, 0.0))]
        up = (below >> bit) & 1 == 1
        found += np.where(up, heavy[right] - heavy[left], 0.0)
        left = np.where(up, zeros[-1] + left - zeros[left], zeros[left])
        right = np.where(up, zeros[-1] + right - zeros[right], zeros[right])
        order = np.r_[np.flatnonzero(zero), np.flatnonzero(~zero)]
        rank, weight = rank[order], weight[order]
    return found


def concordance(
    line: np.ndarray,
    *,
    start: np.ndarray,
    stop: np.ndarray,
    event: np.ndarray,
    stratum: np.ndarray | None = None,
    weight: np.ndarray | None = None,
) -> float:
    """Among pairs at risk together when one is lost, the share in which the lost one has the higher `line`; ties half.

    Parameters: all (n,). A pair is a lost row and another with start < its time < stop, or censored at its time, of
    its stratum. weight: of the pairs of a lost row (1 where None). Returns: NaN without any pair.
    Notes: with late entry who had not entered is no comparison; lifelines' concordance ignores that.
    """
    if stratum is not None and stratum.max(initial=0) > 0:
        parts = [_pairs(*(each[stratum == one] for each in (line, start, stop, event)), None)
                 for one in range(stratum.max() + 1)]  # fmt: skip
        right, pairs = np.sum(parts, axis=0)
    else:
        right, pairs = _pairs(line, start, stop, event, weight)
    return float(right / pairs) if pairs > 0 else float("nan")


def _pairs(line, start, stop, event, weight) -> tuple[float, float]:
    """The weight of pairs in the right order, ties counting half, and of all pairs."""
    rank = np.unique(line, return_inverse=True)[1]
    lost = np.flatnonzero(event)
    if not len(lost):
        return 0.0, 0.0
    ours = np.ones(len(line)) if weight is None else weight
    # Who is censored at a time is still there when somebody is lost at it: sort by (stop, censored), latest first.
    order = np.lexsort((event, -stop))
    latest = stop[order]
    there = np.searchsorted(-latest, -stop[lost], side="left")
    tied = np.r_[0, np.cumsum(~event[order])]
    there = there + tied[np.searchsorted(-latest, -stop[lost], side="right")] - tied[there]
    late = np.argsort(-start, kind="stable")
    absent = np.searchsorted(-start[late], -stop[lost], side="right")
    limits = np.r_[rank[lost], rank[lost] + 1]
    one = np.ones(len(line))
    behind = weight_below(rank[order], one, among=np.tile(there, 2), below=limits)
    if absent.any():
        behind -= weight_below(rank[late], one, among=np.tile(absent, 2), below=limits)
    lower, level = behind.reshape(2, -1)
    return float(ours[lost] @ (lower + (level - lower) / 2)), float(ours[lost] @ (there - absent))
