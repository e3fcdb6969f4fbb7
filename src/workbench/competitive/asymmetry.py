"""Whether an attribute satisfies when it is good, dissatisfies when it is bad, or both: penalty and reward.

Beside it the tétraclasse of the French tradition (Llosa, 1997), from a correspondence analysis.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.competitive.imputing import Drawn
from workbench.competitive.quadrants import SURE, UNDECIDED
from workbench.competitive.resampling import covariances, interval

BASIC, PERFORMANCE, EXCITEMENT = "basic", "performance", "excitement"
FACTORS = (BASIC, PERFORMANCE, EXCITEMENT)
KEY, PLUS, SECONDARY = "key", "plus", "secondary"
CLASSES = (KEY, PLUS, BASIC, SECONDARY)
# Beyond these asymmetries an attribute is basic, or excites.
BASIC_BELOW, EXCITEMENT_ABOVE = -0.2, 0.2
# Fewer answers than this at an end of the scale say nothing about that end.
LEAST_AT_AN_END = 10
# Two at each end and one between.
LEAST_POINTS, USUAL_POINTS = 5, 10
# Draws in which an effect must have its sign: for penalty and reward together a false alarm in at most one of twenty.
HAS_EFFECT = 0.975
COLUMNS = (
    "attribute", "penalty", "penalty_low", "penalty_high", "reward", "reward_low", "reward_high", "asymmetry",
    "asymmetry_low", "asymmetry_high", "factor_type", "p_factor_type", "n_low", "n_high",
)  # fmt: skip


def factor_types(drawn: Drawn, *, scale_points: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Penalty and reward of each attribute, in points of the target, and the type they make: columns COLUMNS.

    Parameters: scale_points, of the answer scale of each attribute (default 10): low are its two lowest points, high
    its two highest.
    Notes: all attributes, and the controls, in one regression, coefficients as they are. penalty, what low answers
    cost (at most 0 counts), reward, what high answers bring (at least 0 counts); asymmetry = (reward - |penalty|) /
    (reward + |penalty|), basic below -0.2, excitement above 0.2. The type is undecided where its share of draws is
    below 0.8, where fewer than 10 respondents are at one end of the scale, where the scale has fewer than five points
    (low and high answers are then all there are, and their two effects one), and where neither penalty nor reward
    differs from 0: the asymmetry of an attribute without effect is chance (assumption A34).
    References: Brandt (1987), penalty-reward contrast; Matzler et al. (2004).
    """
    answers = drawn.answers
    if answers.why_not is not None:
        return pd.DataFrame(columns=list(COLUMNS))
    p = len(answers.attributes)
    points = [
        _effects(_ends(drawn, scores, scale_points), answers.target, answers.weight[None]) for scores in drawn.completed
    ]
    penalty, reward = np.mean(points, axis=0)[0, : 2 * p].reshape(2, p)
    effects = np.empty((len(drawn.samples.weights), 2 * p))
    for scores, draws in drawn.each():
        ends = _ends(drawn, scores, scale_points)
        effects[draws] = _effects(ends, answers.target, drawn.samples.weights[draws])[:, : 2 * p]
    penalties, rewards = effects[:, :p], effects[:, p:]
    asymmetries = asymmetry(penalties, rewards)
    sides = np.stack(
        [asymmetries < BASIC_BELOW, np.abs(asymmetries) <= EXCITEMENT_ABOVE, asymmetries > EXCITEMENT_ABOVE]
    )
    p_type = sides.sum(axis=1) / np.maximum(len(asymmetries), 1)
    n_low, n_high = (
        (_ends(drawn, answers.scores, scale_points)[:, part] > 0).sum(axis=0) for part in (slice(0, p), slice(p, 2 * p))
    )
    bounds = [interval(each) for each in (penalties, rewards, asymmetries)]
    matters = np.maximum((penalties < 0).mean(axis=0), (rewards > 0).mean(axis=0)) >= HAS_EFFECT
    sure = (p_type.max(axis=0) >= SURE) & matters & (np.minimum(n_low, n_high) >= LEAST_AT_AN_END)
    sure &= _points(drawn, scale_points) >= LEAST_POINTS
    return pd.DataFrame(
        {
            "attribute": list(answers.attributes),
            "penalty": penalty, "penalty_low": bounds[0][0], "penalty_high": bounds[0][1],
            "reward": reward, "reward_low": bounds[1][0], "reward_high": bounds[1][1],
            "asymmetry": asymmetry(penalty, reward), "asymmetry_low": bounds[2][0], "asymmetry_high": bounds[2][1],
            "factor_type": np.where(sure, np.array(FACTORS)[p_type.argmax(axis=0)], UNDECIDED),
            "p_factor_type": p_type.max(axis=0),
            "n_low": n_low,
            "n_high": n_high,
        },
        columns=list(COLUMNS),
    )  # fmt: skip


def asymmetry(penalty: np.ndarray, reward: np.ndarray) -> np.ndarray:
    """(reward - |penalty|) / (reward + |penalty|), from -1 to 1; a wrong sign counts as 0, NaN where both are 0."""
    lost, won = np.maximum(-penalty, 0), np.maximum(reward, 0)
    return np.divide(won - lost, won + lost, out=np.full_like(won, np.nan), where=won + lost > 0)


def tetraclasse(drawn: Drawn, *, scale_points: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Llosa's four classes: attribute, contribution_bad, contribution_good, tetraclasse, p_tetraclasse.

    Notes: the table of bad (two lowest points), middling and good answers (two highest) of each attribute by satisfied
    and dissatisfied (cut at the mean) has a correspondence analysis with one axis, on which a row lies at (its share of
    satisfied - that of all) / sqrt(share x (1 - share)). A contribution is how far an attribute's good answers lie on
    the satisfied side, or its bad ones on the other; above the mean of the attributes on both sides: key, on one of
    them: plus or basic, on neither: secondary; undecided below 0.8, and on scales of fewer than five points: without
    middling answers the two contributions of an attribute would be in the inverse ratio of their numbers, whatever the
    effects. References: Llosa (1997).
    """
    answers = drawn.answers
    if answers.why_not is not None:
        columns = ["attribute", "contribution_bad", "contribution_good", "tetraclasse", "p_tetraclasse"]
        return pd.DataFrame(columns=columns)

    def contributions(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
        ends = _ends(drawn, scores, scale_points)[:, : 2 * len(answers.attributes)]
        return _contributions(drawn, ends, weights)

    points = np.mean([contributions(scores, answers.weight[None]) for scores in drawn.completed], axis=0)[:, 0]
    draws = np.empty((2, len(drawn.samples.weights), len(answers.attributes)))
    for scores, of_it in drawn.each():
        draws[:, of_it] = contributions(scores, drawn.samples.weights[of_it])
    known = ~np.isnan(draws)
    middle = np.where(known, draws, 0).sum(axis=2, keepdims=True) / np.maximum(known.sum(axis=2, keepdims=True), 1)
    bad, good = draws > middle
    p_class = np.stack([good & bad, good & ~bad, bad & ~good, ~good & ~bad]).mean(axis=1)
    sure = (p_class.max(axis=0) >= SURE) & (_points(drawn, scale_points) >= LEAST_POINTS)
    return pd.DataFrame(
        {
            "attribute": list(answers.attributes),
            "contribution_bad": points[0],
            "contribution_good": points[1],
            "tetraclasse": np.where(sure, np.array(CLASSES)[p_class.argmax(axis=0)], UNDECIDED),
            "p_tetraclasse": p_class.max(axis=0),
        }
    )


def _points(drawn: Drawn, scale_points: Mapping[str, int] | None) -> np.ndarray:
    """The points of the scale of each attribute, in their order."""
    return np.array([(scale_points or {}).get(name, USUAL_POINTS) for name in drawn.answers.attributes])


def _ends(drawn: Drawn, scores: np.ndarray, scale_points: Mapping[str, int] | None) -> np.ndarray:
    """Marks of low answers, then of high ones, then of services not used that vary, then the controls."""
    answers = drawn.answers
    # Half a point of the scale, since imputed scores are not on it.
    edge = 100 * 1.5 / (_points(drawn, scale_points) - 1)
    used = ~answers.not_applicable
    marks = answers.not_applicable[:, answers.not_applicable.any(axis=0)]
    return np.column_stack([used & (scores <= edge), used & (scores >= 100 - edge), marks, answers.controls]).astype(
        float
    )


def _effects(columns: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted least squares of the target on the columns, one row of coefficients per row of weights."""
    found = covariances(np.column_stack([columns, target]), weights)
    inverse = np.linalg.pinv(found[:, :-1, :-1], hermitian=True, rcond=1e-10)
    return np.einsum("bij,bj->bi", inverse, found[:, :-1, -1])


def _contributions(drawn: Drawn, ends: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How far bad, and good, answers lie from the middle of the axis: (bad and good, samples, attributes), the bad side
    turned so that more is stronger."""
    answers = drawn.answers
    used = (~answers.not_applicable).astype(float)
    satisfied = (answers.target > np.average(answers.target, weights=answers.weight)).astype(float)[:, None]
    share = (weights @ (used * satisfied)).sum(axis=1, keepdims=True) / (weights @ used).sum(axis=1, keepdims=True)
    scale = np.sqrt(share * (1 - share))
    total = weights @ ends
    of_end = np.divide(weights @ (ends * satisfied), total, out=np.full_like(total, np.nan), where=total > 0)
    place = np.divide(of_end - share, scale, out=np.full_like(total, np.nan), where=scale > 0)
    bad, good = np.split(place, 2, axis=1)
    return np.stack([-bad, good])
