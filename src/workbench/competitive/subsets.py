"""Shapley (LMG) shares of explained variance over all subsets of attributes, for many covariance matrices at once.

The subsets are a binary tree: each block of columns is left out or swept out, in turn. A node keeps the covariances of
what is not decided yet, given what was swept, so a subset costs a few operations and not a regression; blocks that come
later have smaller matrices, and most subsets meet only those. All replicates go through the tree side by side: the
first blocks one branch after the other, the last ones together, so that what is worked on stays in the cache.
"""

import math
from collections.abc import Sequence

import numpy as np

# A column of which less than this share of its variance is left, given others, adds nothing to them.
LEAST_LEFT = 1e-10
# Blocks whose subsets are worked on together, and replicates beside each other; measured in bench/importance.py.
TOGETHER, AT_ONCE = 10, 32

Rows = list[np.ndarray]


def lmg_values(covariances: np.ndarray, blocks: Sequence[Sequence[int]]) -> np.ndarray:
    """The LMG value of each block: what it adds to R², averaged over all orders in which the blocks could enter.

    Parameters: covariances, shape (replicates, columns, columns), not modified: controls first, then the blocks, then
    the target. blocks, the column numbers of each block in order, consecutive: an attribute, or an attribute with its
    indicator.
    Returns: shape (replicates, blocks); the sum over blocks is R²(all) - R²(controls).
    Notes: 2^blocks subsets. A column that the others determine, or that does not vary, adds nothing where it comes
    last; NaN where the target does not vary. References: Lindeman, Merenda & Gold (1980); Grömping (2006), relaimpo.
    """
    n_controls = covariances.shape[1] - 1 - sum(len(block) for block in blocks)
    widths = [len(block) for block in blocks]
    parts = []
    for at in range(0, len(covariances), AT_ONCE):
        rows = _scaled(covariances[at : at + AT_ONCE])
        for _ in range(n_controls):
            rows = _swept(rows)
        parts.append(_branch(rows, widths, len(widths), 0, rows[-1][0])[:-2])
    return np.concatenate(parts, axis=1).T


def r2(covariances: np.ndarray) -> np.ndarray:
    """R² of the last column on all others, one number per replicate; NaN where it does not vary."""
    rows = _scaled(covariances)
    while len(rows) > 1:
        rows = _swept(rows)
    return 1 - rows[0][0, 0]


def johnson_weights(covariances: np.ndarray) -> np.ndarray:
    """Johnson's relative weights of all columns but the last (the target): shape (replicates, columns - 1), sum R².

    Notes: the target's regression on the closest orthogonal variables, brought back to the columns; an approximation of
    LMG that costs no subsets. Columns without variance weigh 0. References: Johnson (2000), relative weights.
    """
    correlations = _correlations(covariances)
    value, vector = np.linalg.eigh(correlations[:, :-1, :-1])
    value = np.maximum(value, 0)
    with_target = np.einsum("bki,bk->bi", vector, correlations[:, :-1, -1])
    inverse = np.divide(1, np.sqrt(value), out=np.zeros_like(value), where=value > LEAST_LEFT)
    orthogonal = np.einsum("bki,bi->bk", vector, inverse * with_target)
    root = np.einsum("bki,bi,bji->bkj", vector, np.sqrt(value), vector)
    return np.einsum("bkj,bj->bk", root**2, orthogonal**2)


def without_controls(covariances: np.ndarray, n_controls: int) -> np.ndarray:
    """Covariances of what the first n_controls columns leave of the others, the target scaled as it was."""
    own = covariances[:, :n_controls, :n_controls]
    cross = covariances[:, :n_controls, n_controls:]
    return covariances[:, n_controls:, n_controls:] - cross.transpose(0, 2, 1) @ (
        np.linalg.pinv(own, rcond=LEAST_LEFT, hermitian=True) @ cross
    )


def _correlations(covariances: np.ndarray) -> np.ndarray:
    """Covariances over standard deviations; 0 for a column that does not vary, NaN where that is the target."""
    variance = np.einsum("bii->bi", covariances)
    scale = np.divide(1, np.sqrt(np.maximum(variance, 0)), out=np.zeros_like(variance), where=variance > LEAST_LEFT)
    scale[scale[:, -1] == 0, -1] = np.nan
    return covariances * scale[:, :, None] * scale[:, None, :]


def _scaled(covariances: np.ndarray) -> Rows:
    """The upper triangle of the correlations, row i of shape (columns - i, nodes = 1, replicates)."""
    correlations = np.ascontiguousarray(_correlations(covariances).transpose(1, 2, 0))
    return [correlations[i, i:, None, :] for i in range(len(correlations))]


def _swept(rows: Rows) -> Rows:
    """What the first column leaves of the others."""
    first = rows[0]
    pivot = first[0]
    factor = first[1:] * np.divide(1, pivot, out=np.zeros_like(pivot), where=pivot > LEAST_LEFT)
    return [row - factor[i] * first[i + 1 :] for i, row in enumerate(rows[1:])]


def _branch(rows: Rows, widths: list[int], n_blocks: int, n_in: int, before: np.ndarray) -> np.ndarray:
    """Sums over the subsets of a branch, shape (undecided blocks + 2, replicates).

    The last two rows serve each block that the branch has decided: the first where it is in, the second where it is
    out.
    """
    if len(widths) <= TOGETHER:
        return _coefficients(len(widths), n_in, n_blocks) @ (before - _left(rows, widths))
    taken = rows
    for _ in range(widths[0]):
        taken = _swept(taken)
    out = _branch(rows[widths[0] :], widths[1:], n_blocks, n_in, before)
    into = _branch(taken, widths[1:], n_blocks, n_in + 1, before)
    own = into[-2:-1] + out[-1:]
    return np.concatenate([own, into + out])


def _left(rows: Rows, widths: list[int]) -> np.ndarray:
    """The target's variance left by each subset, shape (subsets, replicates); block i is in where bit i is set."""
    for width in widths:
        taken = rows
        for _ in range(width):
            taken = _swept(taken)
        rows = [np.concatenate(pair, axis=1) for pair in zip(rows[width:], taken, strict=True)]
    return rows[0][0]


def _coefficients(undecided: int, n_in: int, n_blocks: int) -> np.ndarray:
    """The Shapley coefficient of each subset of the undecided blocks, for each of them, and for a block in, or out.

    A subset with the block counts (s - 1)! (n - s)! / n!, one without it minus s! (n - s - 1)! / n!.
    """
    subset = np.arange(2**undecided)
    member = subset >> np.arange(undecided)[:, None] & 1
    size = n_in + member.sum(axis=0) if undecided else np.array([n_in])
    gain = np.array([1 / (n_blocks * math.comb(n_blocks - 1, s)) for s in range(n_blocks)])
    when_in = np.append(0, gain)[size]
    when_out = -np.append(gain, 0)[size]
    return np.concatenate([np.where(member, when_in, when_out), [when_in, when_out]])
