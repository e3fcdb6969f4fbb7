"""Drivers against the simulated truth: shares, their intervals, quadrants, and what the response announces.

The truth of shares is that of the observed scores: LMG of a population of 300,000 respondents, cut to ten points like
the sample. It is not the weight in the formula, which the cut and the correlations bend. Coverage is claimed for true
shares above 0.02; `pytest -s` shows the figures.
"""

import numpy as np
import pandas as pd
import pytest
from surveys import ATTRIBUTES, SHARE_A_POINT, WEIGHTS, World, population, revenues

from workbench.competitive.answers import Answers, answers_for
from workbench.competitive.importance import importance
from workbench.competitive.imputing import Drawn, drawn_answers
from workbench.competitive.quadrants import QUADRANTS, UNDECIDED, performance, quadrant_map
from workbench.competitive.resampling import Resamples
from workbench.competitive.response import DIMINISHING, response

CLAIMED_ABOVE = 0.02
WELL, THIN = World(noise=2.0), World(noise=3.0, alike=0.1)
GAPS = World(noise=2.0, unanswered=0.08, not_used=0.2)


def answers_of(frame: pd.DataFrame, marks: pd.DataFrame) -> Answers:
    return answers_for(frame, "satisfaction", attributes=ATTRIBUTES, controls=["sector"], not_applicable=marks)


def truth(world: World, n: int = 300_000) -> Drawn:
    """The population as drawn answers without draws."""
    answers = answers_of(*population(world, n))
    none = np.empty((1, answers.n)) + answers.weight
    scores = np.where(answers.not_applicable, 50.0, answers.scores)[None]
    return Drawn(answers, Resamples(np.ones((1, answers.n), np.int16), none), scores, scores)


def covered(world: World, *, runs: int, n: int, imputations: int = 1) -> pd.DataFrame:
    """By attribute with a true share that is claimed: truth, bias, its standard error; and in attrs the coverage over
    all of them with its Monte Carlo error, runs being what repeats."""
    true = importance(truth(world)).table["importance_share"].to_numpy()
    shares, inside = [], []
    for run in range(runs):
        drawn = drawn_answers(answers_of(*world.survey(n, 10_000 + run)), draws=200, seed=run, imputations=imputations)
        table = importance(drawn).table
        shares.append(table["importance_share"])
        inside.append(table["importance_low"].le(true) & table["importance_high"].ge(true))
    shares, inside, claimed = np.array(shares), np.array(inside), true > CLAIMED_ABOVE
    table = pd.DataFrame({"true": true, "bias": shares.mean(axis=0) - true, "se": shares.std(axis=0) / np.sqrt(runs)})
    of_run = inside[:, claimed].mean(axis=1)
    table.attrs = {"coverage": of_run.mean(), "error": of_run.std() / np.sqrt(runs), "claimed": claimed.sum()}
    print(f"\n{world}, n = {n}: coverage {of_run.mean():.3f} +- {table.attrs['error']:.3f}, bias", end=" ")  # noqa: T201
    print(table["bias"].round(4).tolist())  # noqa: T201
    return table[claimed]


def check_covered(table: pd.DataFrame, *, bias: float) -> None:
    assert table.attrs["claimed"] >= 6
    assert table.attrs["coverage"] == pytest.approx(0.90, abs=0.03 + 2 * table.attrs["error"])
    assert (table["bias"].abs() <= bias + 3 * table["se"]).all()


def test_population_shares_are_recovered_and_covered():
    check_covered(covered(WELL, runs=40, n=400), bias=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("world", "n", "bias"), [(WELL, 400, 0.01), (WELL, 1500, 0.005), (THIN, 1000, 0.015)])
def test_over_many_surveys_shares_are_covered(world, n, bias):
    check_covered(covered(world, runs=400, n=n), bias=bias)


@pytest.mark.slow
def test_over_many_surveys_with_gaps_shares_are_covered():
    check_covered(covered(GAPS, runs=150, n=500, imputations=5), bias=0.01)


def test_listwise_deletion_would_have_lost_most_of_a_survey_with_gaps_and_imputation_does_not():
    """Bias of the mean performance where the satisfied skip more; the imputed mean repairs most of it."""
    frame, marks = GAPS.survey(3000, 1)
    answers = answers_of(frame, marks)
    found, _ = performance(drawn_answers(answers, draws=2, seed=1, imputations=3))
    true, _ = performance(truth(GAPS))
    kept = frame.loc[(frame[list(ATTRIBUTES)].notna() | marks).all(axis=1), list(ATTRIBUTES)].mean().to_numpy()
    assert (frame[list(ATTRIBUTES)].notna() | marks).all(axis=1).mean() < 0.6
    assert np.abs(found - true).mean() < 0.4 * np.abs(kept - true).mean()


def quadrants_of_worlds(worlds: int, n: int) -> pd.DataFrame:
    """For attributes of random worlds: the probability of the likely quadrant, the verdict, and whether it is true."""
    rows = []
    for number in range(worlds):
        rng = np.random.default_rng(number)
        world = World(weights=tuple(rng.permutation(WEIGHTS)), noise=2.5, alike=0.3, apart=0.3)
        true_drawn = truth(world, 20_000)
        true = quadrant_map(importance(true_drawn), *performance(true_drawn)).table["likely_quadrant"]
        drawn = drawn_answers(answers_of(*world.survey(n, 50_000 + number)), draws=200, seed=number)
        found = quadrant_map(importance(drawn), *performance(drawn)).table
        rows.append(found[["quadrant", "p_quadrant"]].assign(right=found["likely_quadrant"] == true))
    return pd.concat(rows, ignore_index=True)


def check_calibrated(table: pd.DataFrame, slack: float) -> None:
    band = pd.cut(table["p_quadrant"], [0, 0.6, 0.8, 0.95, 1.0])
    seen = table.groupby(band, observed=True).agg(
        p=("p_quadrant", "mean"), right=("right", "mean"), n=("right", "size")
    )
    print(f"\n{seen.round(3)}")  # noqa: T201
    error = np.sqrt(seen["p"] * (1 - seen["p"]) / seen["n"])
    assert ((seen["right"] - seen["p"]).abs() <= slack + 2.5 * error).all()
    assert table.loc[table["quadrant"] != UNDECIDED, "right"].mean() >= 0.85


def test_quadrant_probabilities_are_calibrated():
    table = quadrants_of_worlds(24, 300)
    assert set(table["quadrant"]) == {*QUADRANTS, UNDECIDED}
    check_calibrated(table, slack=0.08)


@pytest.mark.slow
def test_over_many_worlds_quadrant_probabilities_are_calibrated():
    check_calibrated(quadrants_of_worlds(400, 300), slack=0.04)


def announced(runs: int, *, n: int, bend: float | None, draws: int = 200) -> float:
    """The share of simulated clienteles for which diminishing returns are announced."""
    verdicts = [
        response(
            revenues(n, 7000 + run, bend=bend), "satisfaction", "revenue_eur",
            controls=["size", "sector"], seed=run, draws=draws,
        ).row["shape_verdict"]
        for run in range(runs)
    ]  # fmt: skip
    share = float(np.mean(np.array(verdicts) == DIMINISHING))
    print(f"\nn = {n}, bend {bend}: diminishing announced in {share:.3f} of {runs}")  # noqa: T201
    return share


def at_most(share: float, runs: int) -> float:
    """The share plus two Monte Carlo errors."""
    return share + 2 * np.sqrt(share * (1 - share) / runs)


def test_no_diminishing_return_is_announced_where_there_is_none():
    assert announced(40, n=600, bend=None, draws=100) <= at_most(0.05, 40)


def test_a_strong_diminishing_return_is_announced():
    assert announced(8, n=3000, bend=15.0, draws=100) >= 0.5


@pytest.mark.slow
@pytest.mark.parametrize("n", [600, 3000])
def test_over_many_clienteles_no_diminishing_return_is_announced_where_there_is_none(n):
    assert announced(400, n=n, bend=None) <= at_most(0.05, 400)


@pytest.mark.slow
def test_the_power_to_see_a_diminishing_return_rises_with_clients():
    few, many = announced(200, n=600, bend=20.0), announced(100, n=3000, bend=20.0)
    assert 0.15 < few < many - 0.3
    assert many >= 0.75


@pytest.mark.slow
def test_slopes_are_covered():
    inside = []
    for run in range(200):
        clients = revenues(1000, 9000 + run, bend=None)
        row = response(clients, "satisfaction", "purchases_share", controls=["size"], seed=run, draws=200).row
        inside.append(row["slope_p50_low"] <= SHARE_A_POINT <= row["slope_p50_high"])
    assert np.mean(inside) == pytest.approx(0.90, abs=0.03 + 2 * np.sqrt(0.09 / 200))
