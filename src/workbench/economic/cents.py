"""Sharing whole cents so that nothing is created and nothing is lost."""

import ibis
import numpy as np

MICRO = 1_000_000
MICRO_PER_CENT = MICRO // 100


def in_millionths(amount: ibis.Expr) -> ibis.Expr:
    """A decimal amount as int64 millionths; widened first, or DECIMAL(18, 6) overflows from a million on."""
    return (amount.cast("decimal(38, 6)") * MICRO).cast("int64")


def shared_cents(totals: np.ndarray, weights: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Each group's total, in whole cents, shared over its cells in proportion to their weights.

    Parameters: totals, int64 cents, one per group, may be negative; weights, float, one per cell, at least 0; group,
    int, the position in `totals` of each cell's group. None is modified.
    Returns: int64 cents, one per cell; they sum to the group's total exactly, and each lies within one cent of its
    exact share. A group whose weights are all 0 shares nothing: the caller decides who carries its total.
    Raises: ValueError for a negative or missing weight.
    Notes: largest remainder (Hare quota); ties go to the earlier cell, so the result does not depend on chance.
    """
    weights = np.asarray(weights, dtype=float)
    if len(weights) and not weights.min() >= 0:
        raise ValueError("weights must be numbers of at least 0")
    sums = np.bincount(group, weights=weights, minlength=len(totals))
    reachable = np.where(sums > 0, totals, 0)
    share = np.divide(weights, sums[group], out=np.zeros_like(weights), where=sums[group] > 0)
    exact = np.abs(reachable)[group] * share
    floor = np.floor(exact)
    left = np.abs(reachable) - np.bincount(group, weights=floor, minlength=len(totals)).astype(np.int64)
    cents = floor.astype(np.int64) + _one_more(exact - floor, left, group)
    return np.sign(reachable)[group] * cents


def rounded_cents(micro: np.ndarray) -> np.ndarray:
    """Exact amounts in millionths, rounded to whole cents whose sum is the rounded exact sum.

    Parameters: micro, int64 millionths of the currency, any sign. Returns: int64 cents, one per amount, each within
    one cent of its amount. Notes: largest remainder; rounding each amount by itself would let the sum drift.
    """
    micro = np.asarray(micro, dtype=np.int64)
    floor, remainder = np.divmod(micro, MICRO_PER_CENT)
    left = np.array([half_up_cents(int(micro.sum())) - int(floor.sum())], dtype=np.int64)
    return floor + _one_more(remainder / MICRO_PER_CENT, left, np.zeros(len(micro), dtype=np.int64))


def half_up_cents(micro: int) -> int:
    """One exact amount in millionths as whole cents, halves away from zero."""
    cents = (2 * abs(micro) + MICRO_PER_CENT) // (2 * MICRO_PER_CENT)
    return cents if micro >= 0 else -cents


def _one_more(remainder: np.ndarray, left: np.ndarray, group: np.ndarray) -> np.ndarray:
    """1 for the `left` cells of each group with the largest remainders (-1 for the smallest where left is negative)."""
    order = np.lexsort((np.arange(len(group)), -remainder, group))
    size = np.bincount(group, minlength=len(left))
    first = np.cumsum(size) - size
    rank = np.arange(len(group)) - first[group[order]]
    here = left[group[order]]
    step = np.zeros(len(group), dtype=np.int64)
    # A float share can land just above a whole cent; then a group's floors exceed its total and one is taken back.
    step[order] = np.where(rank < here, 1, np.where(rank >= size[group[order]] + here, -1, 0))
    return step
