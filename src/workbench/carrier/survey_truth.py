"""What a survey of everybody, without a blank, would show: the shares of the drivers, and the response of purchases."""

from math import factorial

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.clients import SHARE_CONCENTRATION, mean_purchases_share
from workbench.carrier.nomenclature import SIZES
from workbench.carrier.opinions import ATTRIBUTES, LOYALTY_FROM_SATISFACTION, Opinions
from workbench.carrier.survey import (
    HIGHEST,
    LOWEST,
    NAMES,
    NOT_APPLICABLE,
    POINTS,
    RATED,
    SUPPLIERS,
    SurveyDesign,
    observed_population,
)

PERSONS = 150_000
TARGETS = ("satisfaction", "loyalty", "differentiation", "volume")


def true_drivers(
    accounts: pd.DataFrame, opinions: Opinions, year: np.datetime64, *, seed: int, design: SurveyDesign
) -> pd.DataFrame:
    """The drivers as they truly are, for the clients served in the autumn of `year`.

    Returns: target (TARGETS), attribute, weight (structural, in what clients truly think; loyalty through satisfaction
    included), lmg_share (of the explained variance of the observed scores beyond size, everybody asked and every item
    answered), performance (mean observed score of everybody, 0 to 100; not applicable left out).
    """
    rng = stream(seed, "population")
    persons, scores = observed_population(accounts, opinions, year, size=PERSONS, rng=rng)
    mean = mean_purchases_share(persons["satisfaction_view"].to_numpy(), diminishing=design.diminishing)
    share = rng.beta(SHARE_CONCENTRATION * mean, SHARE_CONCENTRATION * (1 - mean))
    targets = np.column_stack([
        scores["satisfaction"],
        scores[["loyalty_repurchase", "loyalty_recommendation"]].mean(axis=1),
        scores["differentiation"],
        np.clip(share + rng.normal(0, 0.06, PERSONS), 0, 1),
    ])  # fmt: skip
    controls = persons["size"].to_numpy()[:, None] == np.arange(1, len(SIZES))
    controls = controls[:, controls.any(axis=0)].astype(float)
    shares = _lmg_shares(controls, scores[list(NAMES)], targets)
    performance = 100 * (scores[list(NAMES)].replace(NOT_APPLICABLE, np.nan).mean() - LOWEST) / (HIGHEST - LOWEST)
    weights = _weights()
    return pd.DataFrame(
        [
            (target, name, weights[target][at], shares[place, at], performance[name])
            for place, target in enumerate(TARGETS)
            for at, name in enumerate(NAMES)
        ],
        columns=["target", "attribute", "weight", "lmg_share", "performance"],
    )


def true_response(design: SurveyDesign) -> pd.DataFrame:
    """The mean share of purchases that a client of a true satisfaction gives us: satisfaction (standard normal), score
    (what it is on 0 to 100), purchases_share, diminishing."""
    satisfaction = np.arange(-25, 26) / 10
    middle = SUPPLIERS["us"][RATED.index("satisfaction")]
    return pd.DataFrame(
        {
            "satisfaction": satisfaction,
            "score": 100 * (middle + POINTS * satisfaction - LOWEST) / (HIGHEST - LOWEST),
            "purchases_share": mean_purchases_share(satisfaction, diminishing=design.diminishing),
            "diminishing": design.diminishing,
        }
    )


def _weights() -> dict[str, np.ndarray]:
    satisfaction, loyalty, differentiation = (
        np.array([getattr(each, name) for each in ATTRIBUTES])
        for name in ("satisfaction", "loyalty", "differentiation")
    )
    loyalty = LOYALTY_FROM_SATISFACTION * satisfaction + loyalty
    return dict(zip(TARGETS, (satisfaction, loyalty, differentiation, satisfaction), strict=True))


def _lmg_shares(controls: np.ndarray, scores: pd.DataFrame, targets: np.ndarray) -> np.ndarray:
    """The LMG shares of the attributes for each target (shape (targets, attributes)), controls first.

    An attribute that is not applicable to some is one player with its indicator: the mean where it is not applicable.
    """
    columns, players = [controls], []
    width = controls.shape[1]
    for name in scores:
        given = scores[name].to_numpy(float)
        absent = given == NOT_APPLICABLE
        block = [np.where(absent, given[~absent].mean(), given)] + ([absent.astype(float)] if absent.any() else [])
        players.append(list(range(width, width + len(block))))
        columns.append(np.column_stack(block))
        width += len(block)
    together = np.cov(np.column_stack([*columns, targets]).T)
    count = len(players)
    explained = np.empty((2**count, targets.shape[1]))
    for code in range(2**count):
        inside = [*range(controls.shape[1])]
        inside += [column for one in range(count) if code >> one & 1 for column in players[one]]
        inner, outer = together[np.ix_(inside, inside)], together[np.ix_(inside, range(width, together.shape[0]))]
        explained[code] = (outer * np.linalg.solve(inner, outer)).sum(axis=0) if inside else 0.0
    codes = np.arange(2**count)
    members = np.array([bin(code).count("1") for code in codes])
    values = []
    for one in range(count):
        without = codes[codes >> one & 1 == 0]
        before = members[without]
        weight = np.array([factorial(k) * factorial(count - k - 1) for k in range(count)])[before] / factorial(count)
        values.append(weight @ (explained[without | 1 << one] - explained[without]))
    return (np.array(values) / np.sum(values, axis=0)).T
