"""Scores of clients: probabilities given alive today, remaining months, drivers, draws."""

import numpy as np
import pandas as pd
import pytest
from relationships import EFFECTS, truncated_spells

from workbench.churn import p_alive, scores, survival_model
from workbench.churn.bands import Bands
from workbench.churn.outlook import loss_by_month, months_ahead
from workbench.errors import DataError

COVARIATES = list(EFFECTS)


def as_rows(spells: pd.DataFrame) -> pd.DataFrame:
    return spells.rename(columns={"entry_months": "start", "duration_months": "stop", "lost": "event"})


@pytest.fixture(scope="module")
def model():
    return survival_model(as_rows(truncated_spells(4000, 1)), covariates=COVARIATES)


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(8)
    table = pd.DataFrame({name: rng.normal(size=300) for name in COVARIATES})
    return table.assign(customer_id=[f"C{number}" for number in range(300)], age_months=rng.uniform(0, 80, 300))


@pytest.fixture(scope="module")
def scored(model, people):
    return scores(model, people, seed=1)


def test_longer_is_riskier_and_intervals_hold_their_estimate(scored):
    table = scored.customers
    assert (table["p_loss_3m"] < table["p_loss_6m"]).all() and (table["p_loss_6m"] < table["p_loss_12m"]).all()
    for column in ("p_loss_3m", "p_loss_6m", "p_loss_12m", "remaining_months"):
        assert (table[f"{column}_low"] < table[column]).all() and (table[column] < table[f"{column}_high"]).all()
    assert table["remaining_months"].between(0, 36).all()


def test_survival_is_that_of_the_probabilities_and_the_integral_is_the_remaining_months(scored):
    curve = scored.survival.pivot(index="customer_id", columns="months_ahead", values="p_alive")
    table = scored.customers.set_index("customer_id").loc[curve.index]
    np.testing.assert_allclose(1 - curve[12], table["p_loss_12m"], rtol=1e-12)
    whole = np.column_stack([np.ones(len(curve)), curve])
    np.testing.assert_allclose(table["remaining_months"], np.trapezoid(whole, axis=1), rtol=1e-12)
    assert set(scored.survival["months_ahead"]) == set(range(1, 37))


def test_a_constant_hazard_gives_its_closed_form():
    """Exponential lives of hazard 0.03: 1 - exp(-0.36) within a year, (1 - exp(-1.08)) / 0.03 months of 36."""
    rng = np.random.default_rng(2)
    duration = rng.exponential(1 / 0.03, 20_000)
    rows = pd.DataFrame({"start": 0.0, "stop": np.minimum(duration, 100), "event": duration < 100, "one": 1.0})
    people = pd.DataFrame({"customer_id": ["a", "b"], "age_months": [0.0, 55.0], "one": 1.0})
    found = scores(survival_model(rows, covariates=["one"]), people, seed=1)
    np.testing.assert_allclose(found.customers["p_loss_12m"], -np.expm1(-0.36), rtol=0.04)
    np.testing.assert_allclose(found.customers["remaining_months"], -np.expm1(-1.08) / 0.03, rtol=0.02)


def test_the_gradient_is_that_of_the_fit_itself(model, people):
    """Refitting by hand: a small change of a coefficient, the baseline hazard of the bands following it."""
    fit, bands = model.mended.fit, model.bands
    table = model.mended.table
    lived = months_ahead(model, people, 12)

    def hazard_at(coefficients: np.ndarray) -> np.ndarray:
        away = table[COVARIATES].to_numpy() - fit.centre.to_numpy()
        risk, rates = np.exp(away @ coefficients), []
        for low, high in zip(bands.edges[0][:-1], bands.edges[0][1:], strict=True):
            exposure = np.clip(np.minimum(table["stop"], high) - np.maximum(table["start"], low), 0, None)
            inside = table["event"] & (table["stop"] > low) & (table["stop"] <= high)
            rates.append(inside.sum() / (risk * exposure).sum())
        moved = Bands(bands.edges, (np.array(rates),), bands.events, bands.means, bands.known_until, 1.0)
        age = people["age_months"].to_numpy()
        ratio = np.exp((people[COVARIATES].to_numpy() - fit.centre.to_numpy()) @ coefficients)
        return ratio * (moved.cumulative(age + 12, 0) - moved.cumulative(age, 0))

    at = fit.coefficients["coefficient"].to_numpy()
    np.testing.assert_allclose(lived.hazard, hazard_at(at), rtol=1e-9)
    for column in range(len(at)):
        step = np.zeros(len(at))
        step[column] = 1e-5
        slope = (hazard_at(at + step) - hazard_at(at - step)) / 2e-5
        np.testing.assert_allclose(lived.gradient[:, column], slope, rtol=1e-5, atol=1e-9)


def test_draws_spread_as_the_intervals_say(scored, model, people):
    """profile . draw + baseline is the error of the log cumulative hazard of 12 months."""
    names = list(scored.draw.columns.drop(["draw", "baseline"]))
    assert list(scored.profile.columns) == ["customer_id", *names] and len(scored.draw) == 200
    errors = scored.profile[names].to_numpy() @ scored.draw[names].to_numpy().T + scored.draw["baseline"].to_numpy()
    hazard = -np.log1p(-scored.customers["p_loss_12m"].to_numpy())
    low, high = np.quantile(hazard[:, None] * np.exp(errors), [0.05, 0.95], axis=1)
    spread = np.log(high / low)
    told = np.log(np.log1p(-scored.customers["p_loss_12m_high"]) / np.log1p(-scored.customers["p_loss_12m_low"]))
    assert np.median(spread / told) == pytest.approx(1.0, abs=0.12)


def test_drivers_are_the_largest_contributions_with_their_direction(model, scored, people):
    effect = model.mended.fit.coefficients.set_index("covariate")["coefficient"]
    moved = (people[COVARIATES] - model.mended.fit.centre) * effect
    first = moved.abs().idxmax(axis=1)
    named = scored.customers["driver_1"]
    assert (named.dropna() == first[named.notna()]).all() and named.notna().mean() > 0.9
    ratio = np.exp(moved.to_numpy()[np.arange(len(people)), [COVARIATES.index(name) for name in first]])
    known = named.notna().to_numpy()
    np.testing.assert_allclose(scored.customers.loc[known, "driver_1_ratio"], ratio[known], rtol=1e-9)
    assert scored.customers["driver_3"].isna().all()  # there are only two covariates


def test_beyond_the_ages_known_it_says_so(model, people):
    """Nobody is older than 120 months in the window: 36 months from 110 go beyond."""
    old = people.assign(age_months=110.0)
    found = scores(model, old, seed=1)
    assert found.customers["extrapolated"].all() and "the hazard of the oldest ages known" in found.notes[0]
    young = scores(model, people.assign(age_months=5.0), seed=1)
    assert not young.customers["extrapolated"].any() and young.notes == ()


def test_a_piecewise_effect_turns_at_its_age():
    from test_churn_cox import changing

    model = survival_model(changing(4000, 2, levels=None), covariates=["x", "calm"])
    cut = model.cut_months
    at = pd.DataFrame({"customer_id": ["young", "across", "old"], "age_months": [0.0, cut - 3, cut + 1],
                       "x": 1.5, "calm": 0.0})  # fmt: skip
    effect = model.mended.fit.coefficients.set_index("covariate")["coefficient"]
    near, far = (months_ahead(model, at, months).hazard for months in (3.0, 12.0))
    before, after = np.exp(1.5 * effect["x"]), np.exp(1.5 * (effect["x"] + effect["x_later"]))
    calm = months_ahead(model, at.assign(x=0.0), 3.0).hazard, months_ahead(model, at.assign(x=0.0), 12.0).hazard
    np.testing.assert_allclose(near / calm[0], [before, before, after], rtol=1e-9)
    expected = calm[0][1] * before + (calm[1][1] - calm[0][1]) * after
    assert far[1] == pytest.approx(expected, rel=1e-9)
    found = scores(model, at, seed=1).customers.set_index("customer_id")
    assert found.loc["young", "driver_1"] == "x" and found.loc["young", "driver_1_ratio"] > 1
    assert found.loc["old", "driver_1"] == "x" and found.loc["old", "driver_1_ratio"] < 1


def test_strata_keep_their_own_baseline_and_an_unseen_one_is_unknown():
    from test_churn_cox import changing

    model = survival_model(changing(2500, 1, levels=2), covariates=["x", "calm"])
    at = pd.DataFrame({"customer_id": list("abc"), "age_months": 1.0, "x": [0.0, 1.0, 7.0], "calm": 0.0})
    found = scores(model, at, seed=1).customers
    assert found.loc[1, "p_loss_3m"] > 1.5 * found.loc[0, "p_loss_3m"]
    assert np.isnan(found.loc[2, "p_loss_3m"]) and np.isnan(found.loc[2, "remaining_months"])


def test_an_unknown_covariate_is_refused_by_name(model, people):
    with pytest.raises(DataError, match="claims is missing or unknown"):
        scores(model, people.assign(claims=np.nan), seed=1)


def test_silence_is_bayes_rule():
    """Two orders a month, hazard 0.1: an order is the last with 1 - exp(-0.05); so long a gap has probability 0.2."""
    people = pd.DataFrame({"gap_months": [0.5, 0.5], "p_gap_longer": [1.0, 0.2]})
    leaves = 1 - np.exp(-0.05)
    expected = [1 - leaves, (1 - leaves) * 0.2 / ((1 - leaves) * 0.2 + leaves)]
    np.testing.assert_allclose(p_alive(people, np.array([0.1, 0.1])), expected, rtol=1e-12)


def test_a_loss_dated_late_does_not_count_the_present_gap_twice(model, people):
    """Dated a delay after the last order: who is not gone lives through the horizon less that delay."""
    silent = people.assign(gap_months=1.5, p_gap_longer=0.3)
    here = p_alive(silent, months_ahead(model, silent, 1).hazard)
    at_once, later = (loss_by_month(model, each, 12) for each in (silent, silent.assign(delay_months=1.5)))
    np.testing.assert_allclose(at_once[:, 11], 1 - here * np.exp(-months_ahead(model, silent, 12).hazard), rtol=1e-12)
    np.testing.assert_allclose(later[:, 11], 1 - here * np.exp(-months_ahead(model, silent, 10.5).hazard), rtol=1e-12)
    np.testing.assert_allclose(later[:, 0], 1 - here, rtol=1e-12)


def test_people_are_not_modified(model, people):
    before = people.copy()
    scores(model, people, seed=1)
    pd.testing.assert_frame_equal(people, before)
