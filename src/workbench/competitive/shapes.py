"""The seven forms that a response may have, as columns of a regression, and the restricted cubic spline's slope."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

LINEAR, LOG, ROOT, QUADRATIC = "linear", "log", "square_root", "quadratic"
SATURATING, THRESHOLDS, SPLINE = "saturating", "two_thresholds", "spline"
FORMS = (LINEAR, LOG, ROOT, QUADRATIC, SATURATING, THRESHOLDS, SPLINE)
# Points of the scale after which a saturating response has done 63 % of its way.
SATURATING_AT = (5.0, 10.0, 20.0, 40.0, 80.0)
THRESHOLD_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
# Where the knots of a spline lie; with fewer distinct places than three there is no spline.
KNOT_QUANTILES = (0.05, 0.35, 0.65, 0.95)


@dataclass(frozen=True)
class Spread:
    """Sorted values with weights: the quantiles of a sample."""

    values: np.ndarray
    cumulated: np.ndarray

    def quantiles(self, shares: tuple[float, ...]) -> np.ndarray:
        """Weighted quantiles, at the values themselves."""
        return self.values[np.searchsorted(self.cumulated, np.array(shares) * self.cumulated[-1])]


def candidates(form: str, x: np.ndarray, spread: Spread) -> list[np.ndarray]:
    """The columns of a form, one table (rows, columns) for each value that its own parameters may take.

    Parameters: x, on 0-100; spread, of the sample that is fitted: thresholds and knots lie at its quantiles.
    """
    if form == QUADRATIC:
        return [np.column_stack([x, x**2 / 100])]
    if form == SATURATING:
        return [(1 - np.exp(-x / at))[:, None] for at in SATURATING_AT]
    if form == THRESHOLDS:
        places = np.unique(spread.quantiles(THRESHOLD_QUANTILES))
        return [np.clip(x, low, high)[:, None] for low, high in combinations(places, 2)]
    if form == SPLINE:
        places = knots(spread)
        return [] if places is None else [spline(x, places)]
    simple = {LINEAR: x, LOG: np.log1p(x), ROOT: np.sqrt(x)}
    return [simple[form][:, None]]


def knots(spread: Spread) -> np.ndarray | None:
    """Knots at fixed quantiles, those that coincide once; None where fewer than three differ."""
    places = np.unique(spread.quantiles(KNOT_QUANTILES))
    return places if len(places) >= 3 else None


def spline(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Restricted cubic spline: (rows, knots - 1), linear beyond the outer knots. References: Harrell (2015), 2.4.5."""
    return _terms(x, places, lambda above: above**3, x)


def spline_slopes(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The slopes of the spline's columns at x, same shape."""
    return _terms(x, places, lambda above: 3 * above**2, np.ones_like(x))


def _terms(x: np.ndarray, places: np.ndarray, power, first: np.ndarray) -> np.ndarray:
    last, before = places[-1], places[-2]
    at_last, at_before = power(np.maximum(x - last, 0)), power(np.maximum(x - before, 0))
    columns = [first]
    for place in places[:-2]:
        bent = power(np.maximum(x - place, 0)) - at_before * (last - place) / (last - before)
        columns.append((bent + at_last * (before - place) / (last - before)) / (last - places[0]) ** 2)
    return np.column_stack(columns)
