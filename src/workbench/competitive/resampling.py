"""Bootstrap samples of respondents, and the weighted covariances of all of them as matrix products."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.competitive.answers import Answers

ROWS_AT_ONCE = 2_000
LOW, HIGH = 0.05, 0.95

# How often each row was drawn -> the weight of each row in that sample (0 where it was not drawn).
Reweighted = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Resamples:
    """Bootstrap samples: times, how often each row was drawn, and weights, of each row in the sample, both of shape
    (draws, rows)."""

    times: np.ndarray
    weights: np.ndarray


def resamples(answers: Answers, *, draws: int, seed: int, reweighted: Reweighted | None = None) -> Resamples:
    """Bootstrap samples of the clusters of some answers.

    Parameters: reweighted, what makes the weights of a sample (raking, trimming) from how often each row was drawn;
    default: the study's weights, times how often. It should raise where it fails: nothing is caught here.
    Notes: clusters are drawn with replacement, all rows of one together.
    """
    rng = np.random.default_rng([seed, 11])
    number = np.unique(answers.cluster, return_inverse=True)[1]
    clusters = int(number.max()) + 1
    times = np.empty((draws, answers.n), dtype=np.int16)
    for draw in range(draws):
        times[draw] = np.bincount(rng.integers(0, clusters, clusters), minlength=clusters)[number]
    if reweighted is None:
        return Resamples(times, times * answers.weight)
    return Resamples(times, np.stack([reweighted(drawn) for drawn in times]))


def covariances(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted covariances of columns (rows, k), one (k, k) matrix for each row of weights (samples, rows).

    Notes: sums of weights times products of pairs of columns are one matrix product for all samples. Columns are
    centred first, so that little is lost to rounding.
    """
    centred = np.column_stack([np.ones(len(columns)), columns - columns.mean(axis=0)])
    first, second = np.triu_indices(centred.shape[1])
    sums = np.zeros((len(weights), len(first)))
    for at in range(0, len(centred), ROWS_AT_ONCE):
        part = centred[at : at + ROWS_AT_ONCE]
        sums += weights[:, at : at + ROWS_AT_ONCE] @ (part[:, first] * part[:, second])
    size = centred.shape[1]
    gram = np.empty((len(weights), size, size))
    gram[:, first, second] = gram[:, second, first] = sums
    gram /= gram[:, :1, :1].copy()
    return gram[:, 1:, 1:] - gram[:, 1:, :1] * gram[:, :1, 1:]


def interval(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 5 % and 95 % quantiles over the first axis; NaN draws are left out, all-NaN gives NaN."""
    usable = ~np.isnan(draws).all(axis=0)
    low, high = np.full((2, *draws.shape[1:]), np.nan)
    if usable.any():
        low[usable], high[usable] = np.nanquantile(draws[:, usable], [LOW, HIGH], axis=0)
    return low, high
