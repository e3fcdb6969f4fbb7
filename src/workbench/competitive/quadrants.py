"""Importance against performance: what is a strength, what to improve, what is secondary, and how sure that is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.competitive.importance import Importance
from workbench.competitive.imputing import Drawn
from workbench.competitive.resampling import interval
from workbench.competitive.respondents import of_several
from workbench.language import said, word

STRENGTH, TO_IMPROVE, SECONDARY, UNDECIDED = "strength", "to_improve", "secondary", "undecided"
QUADRANTS = (STRENGTH, TO_IMPROVE, SECONDARY)
SURE = 0.8
LEAST_RATERS = 10


@dataclass(frozen=True)
class Crossing:
    """Where the lines of the map cross; None: at the mean over the attributes, anew in each draw."""

    performance: float | None = None
    importance_share: float | None = None


@dataclass(frozen=True)
class Map:
    """Attributes on the map of performance (x) and importance (y).

    table, a row per attribute: attribute, performance, performance_low, performance_high, importance_share, low, high,
    quadrant (undecided where its probability is below 0.8), p_quadrant (of the most probable quadrant),
    likely_quadrant, n_raters; crossing_performance, crossing_importance, the lines. p, (attributes, 3): the probability
    of each of QUADRANTS. notes, sentences: attributes that were left out. Empty where nothing was estimated.
    """

    table: pd.DataFrame
    p: np.ndarray
    crossing_performance: float
    crossing_importance: float
    notes: tuple[str, ...]


def performance(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    """Mean score of each attribute among those who use it, (attributes,), and in each draw, (draws, attributes)."""
    answers = drawn.answers
    used = ~answers.not_applicable
    point = np.mean([_means(answers.weight[None], scores, used)[0] for scores in drawn.completed], axis=0)
    draws = np.empty((len(drawn.samples.weights), len(answers.attributes)))
    for scores, of_it in drawn.each():
        draws[of_it] = _means(drawn.samples.weights[of_it], scores, used)
    return point, draws


def relative_performance(drawn: Drawn, rivals: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Our mean score over that of the competitors whom the same respondents use: point (attributes,), draws, raters.

    Parameters: rivals, a row per respondent and competitor, column respondent (a label of the answers' rows) and
    supplier, attributes on 0-100, NaN without answer; not modified.
    Returns: ratios, 1 where we are as good; NaN for an attribute with fewer than LEAST_RATERS respondents who rate both
    us and a competitor, or with too few clients among them (`of_several`). The third part is the number of such
    respondents.
    Notes: only respondents who answered the attribute for us and for a rival count, on both sides (assumption A33).
    """
    ratios, raters = _ratios(drawn, rivals)
    return ratios[0], ratios[1:], raters


def against_the_best(drawn: Drawn, rivals: pd.DataFrame) -> pd.DataFrame:
    """Our mean score over that of the best competitor, and how sure it is which one that is: a row per attribute.

    Parameters: rivals, as for `relative_performance`.
    Returns: attribute, relative_to_best with _low and _high (90 %), best_competitor (the one against which we look
    worst), p_best_competitor (the share of the draws in which it is). NaN and None where no competitor is rated by
    LEAST_RATERS of our respondents. Notes: the best is chosen anew in each draw, so the interval holds that choice.
    """
    names = sorted(rivals["supplier"].unique())
    each = [_ratios(drawn, rivals[rivals["supplier"] == name])[0] for name in names]
    empty = np.full((1, len(drawn.samples.weights) + 1, len(drawn.answers.attributes)), np.nan)
    ratios = np.stack(each) if each else empty
    filled = np.where(np.isnan(ratios), np.inf, ratios)
    nearest, first = filled.min(axis=0), filled.argmin(axis=0)
    known = np.isfinite(nearest)
    nearest = np.where(known, nearest, np.nan)
    low, high = interval(nearest[1:])
    same = ((first[1:] == first[0]) & known[1:]).sum(axis=0) / np.maximum(known[1:].sum(axis=0), 1)
    return pd.DataFrame(
        {
            "attribute": list(drawn.answers.attributes),
            "relative_to_best": nearest[0],
            "relative_to_best_low": np.where(known[0], low, np.nan),
            "relative_to_best_high": np.where(known[0], high, np.nan),
            "best_competitor": [names[at] if one else None for at, one in zip(first[0], known[0], strict=True)],
            "p_best_competitor": np.where(known[0], same, np.nan),
        }
    )


def quadrant_map(
    importance: Importance,
    x: np.ndarray,
    x_draws: np.ndarray,
    *,
    crossing: Crossing | None = None,
    raters: np.ndarray | None = None,
) -> Map:
    """The map of some importance against a performance, absolute or relative.

    Parameters: x, (attributes,), x_draws, (draws, attributes), from `performance` or `relative_performance` of the same
    drawn answers; crossing, default the mean of each axis; for a relative performance Crossing(performance=1) says
    better or worse than the others. raters, respondents behind x, shown.
    Notes: where the mean is the line, it moves with the draw. An attribute without performance is left out of the map
    and of the mean.
    """
    crossing = crossing or Crossing()
    if not importance.is_estimated:
        return Map(pd.DataFrame(columns=_COLUMNS), np.empty((0, 3)), np.nan, np.nan, (importance.why_not,))
    shown = ~np.isnan(x)
    names = importance.table["attribute"].to_numpy()
    notes = tuple(
        said(
            "{attribute}: fewer than {n} respondents, or too few clients, rate both, so it is not placed.",
            attribute=word(name),
            n=LEAST_RATERS,
        )
        for name in names[~shown]
    )
    y, y_draws = importance.table["importance_share"].to_numpy(), importance.share_draws
    at_x, at_y = _line(x[None], shown, crossing.performance), _line(y[None], shown, crossing.importance_share)
    lines = _line(x_draws, shown, crossing.performance), _line(y_draws, shown, crossing.importance_share)
    where = _quadrant(x_draws, y_draws, *lines)
    counted = ~(np.isnan(x_draws) | np.isnan(y_draws))
    p = (
        np.stack([((where == number) & counted).sum(axis=0) for number in range(3)], axis=1)
        / np.maximum(counted.sum(axis=0), 1)[:, None]
    )
    point = _quadrant(x[None], y[None], at_x, at_y)[0]
    likely = np.where(p.max(axis=1) > p[np.arange(len(p)), point], p.argmax(axis=1), point)
    p_likely = p[np.arange(len(p)), likely]
    low, high = interval(x_draws)
    table = pd.DataFrame(
        {
            "attribute": names,
            "performance": x,
            "performance_low": low,
            "performance_high": high,
            "importance_share": y,
            "importance_low": importance.table["importance_low"].to_numpy(),
            "importance_high": importance.table["importance_high"].to_numpy(),
            "quadrant": np.where(p_likely >= SURE, np.array(QUADRANTS)[likely], UNDECIDED),
            "p_quadrant": p_likely,
            "likely_quadrant": np.array(QUADRANTS)[likely],
            "n_raters": importance.table["n"].to_numpy() if raters is None else raters,
        }
    )[shown].reset_index(drop=True)
    return Map(table, p[shown], float(at_x[0, 0]), float(at_y[0, 0]), notes)


_COLUMNS = (
    "attribute", "performance", "performance_low", "performance_high", "importance_share", "importance_low",
    "importance_high", "quadrant", "p_quadrant", "likely_quadrant", "n_raters",
)  # fmt: skip


def _ratios(drawn: Drawn, rivals: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Our mean over the rivals' taken together: (1 + draws, attributes), the point first; raters (attributes,)."""
    answers = drawn.answers
    names = list(answers.attributes)
    ours = np.where(answers.not_applicable, np.nan, answers.scores)
    known = rivals[rivals["respondent"].isin(answers.rows)]
    theirs = known.groupby("respondent")[names].mean().reindex(answers.rows).to_numpy(float)
    weights = np.vstack([answers.weight[None], drawn.samples.weights])
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    rival = _means(weights, np.nan_to_num(theirs), both)
    ratio = np.divide(
        _means(weights, np.nan_to_num(ours), both), rival, out=np.full_like(rival, np.nan), where=rival > 0
    )
    raters = both.sum(axis=0)
    several = np.array([of_several(answers.weight[one], answers.cluster[one]) for one in both.T], dtype=bool)
    return np.where((raters >= LEAST_RATERS) & several, ratio, np.nan), raters


def _means(weights: np.ndarray, scores: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Weighted means of the counted scores, (samples, attributes); NaN where nobody counts."""
    total = weights @ counted.astype(float)
    summed = weights @ np.where(counted, scores, 0.0)
    return np.divide(summed, total, out=np.full_like(summed, np.nan), where=total > 0)


def _line(values: np.ndarray, shown: np.ndarray, given: float | None) -> np.ndarray:
    """The line of each draw, (draws, 1)."""
    if given is not None:
        return np.full((len(values), 1), given)
    # Draws in which a thin attribute has no value: the mean of the others.
    known = shown & ~np.isnan(values)
    total = known.sum(axis=1, keepdims=True)
    summed = np.where(known, values, 0).sum(axis=1, keepdims=True)
    return np.divide(summed, total, out=np.full_like(summed, np.nan), where=total > 0)


def _quadrant(x: np.ndarray, y: np.ndarray, at_x: np.ndarray, at_y: np.ndarray) -> np.ndarray:
    """Numbers of QUADRANTS: below the line of importance is secondary, above it performance decides."""
    return np.where(y < at_y, QUADRANTS.index(SECONDARY), np.where(x >= at_x, 0, 1))
