"""Cox's model: pairs counted under late entry, strata, remedies of effects that change with age."""

import numpy as np
import pandas as pd
import pytest
from relationships import EFFECTS, truncated_spells

from workbench.churn import cox_fit, proportional_fit
from workbench.churn.bands import LEAST_EVENTS, baseline_bands
from workbench.churn.ordering import concordance, weight_below

SPELL = {"start": "entry_months", "stop": "duration_months", "event": "lost"}


@pytest.fixture(scope="module")
def spells():
    return truncated_spells(3000, 1)


def changing(n: int, seed: int, *, levels: int | None) -> pd.DataFrame:
    """Spells in which an effect of 1.0 turns into -0.6 after 10 months; levels: how many values the covariate has."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n) if levels is None else rng.integers(0, levels, n).astype(float)
    calm = rng.normal(size=n)
    early = rng.exponential(size=n) / (0.03 * np.exp(1.0 * x + 0.3 * calm))
    late = 10 + rng.exponential(size=n) / (0.03 * np.exp(-0.6 * x + 0.3 * calm))
    duration = np.where(early <= 10, early, late)
    seen = duration <= 60
    return pd.DataFrame(
        {"customer_id": np.arange(n).astype(str), "start": 0.0, "stop": np.minimum(duration, 60), "event": seen,
         "x": x, "calm": calm}
    )  # fmt: skip


def test_concordance_counts_only_pairs_at_risk_together():
    rng = np.random.default_rng(2)
    n = 250
    start = rng.integers(0, 10, n).astype(float)
    stop, event = start + rng.integers(1, 10, n), rng.random(n) < 0.5
    line = rng.integers(0, 8, n).astype(float)
    right = pairs = 0.0
    for one in np.flatnonzero(event):
        there = (start < stop[one]) & ((stop > stop[one]) | ((stop == stop[one]) & ~event))
        pairs += there.sum()
        right += (line[there] < line[one]).sum() + 0.5 * (line[there] == line[one]).sum()
    assert concordance(line, start=start, stop=stop, event=event) == pytest.approx(right / pairs, abs=1e-12)
    all_entered = concordance(line, start=np.zeros(n), stop=stop, event=event)
    assert all_entered != pytest.approx(right / pairs, abs=1e-6)


def test_concordance_within_strata_is_that_of_their_pairs():
    rng = np.random.default_rng(3)
    stop, line = rng.exponential(size=300), rng.normal(size=300)
    event, stratum = rng.random(300) < 0.6, rng.integers(0, 3, 300)
    right = pairs = 0.0
    for one in np.flatnonzero(event):
        there = (stop > stop[one]) & (stratum == stratum[one])
        pairs += there.sum()
        right += (line[there] < line[one]).sum()
    found = concordance(line, start=np.zeros(300), stop=stop, event=event, stratum=stratum)
    assert found == pytest.approx(right / pairs, abs=1e-12)


def test_weight_below_is_what_a_loop_finds():
    rng = np.random.default_rng(4)
    rank, weight = rng.integers(0, 37, 200), rng.random(200)
    among, below = rng.integers(0, 201, 80), rng.integers(0, 40, 80)
    expected = [weight[:m][rank[:m] < q].sum() for m, q in zip(among, below, strict=True)]
    np.testing.assert_allclose(weight_below(rank, weight, among=among, below=below), expected, atol=1e-12)


def test_a_unit_of_a_covariate_is_only_a_unit(spells):
    plain = cox_fit(spells, covariates=list(EFFECTS), **SPELL)
    scaled = cox_fit(spells.assign(claims=1e4 * spells["claims"] + 3e6), covariates=list(EFFECTS), **SPELL)
    ratio = plain.coefficients["coefficient"] / scaled.coefficients["coefficient"]
    np.testing.assert_allclose(ratio, [1e4, 1.0], rtol=1e-6)
    np.testing.assert_allclose(plain.log_hazard(spells), scaled.log_hazard(spells.assign(
        claims=1e4 * spells["claims"] + 3e6)), atol=1e-6)  # fmt: skip


def test_the_order_of_rows_does_not_matter(spells):
    plain = cox_fit(spells, covariates=list(EFFECTS), **SPELL)
    shuffled = cox_fit(spells.sample(frac=1, random_state=1), covariates=list(EFFECTS), **SPELL)
    pd.testing.assert_frame_equal(plain.coefficients, shuffled.coefficients, rtol=1e-9)
    pd.testing.assert_frame_equal(plain.baseline, shuffled.baseline, rtol=1e-9)
    assert plain.concordance == shuffled.concordance


def test_bands_hold_events_enough_and_live_through_what_the_baseline_does(spells):
    fit = cox_fit(spells, covariates=list(EFFECTS), **SPELL)
    bands = baseline_bands(fit, spells, **SPELL)
    assert bands.events[0].min() >= LEAST_EVENTS - 1
    assert bands.events[0].sum() == fit.n_events
    ages = np.array([12.0, 24.0, 36.0, 60.0])
    steps = np.interp(ages, fit.baseline["months"], fit.baseline["cumulative_hazard"])
    between = np.diff(steps) / np.diff(bands.cumulative(ages, 0))
    np.testing.assert_allclose(between, 1.0, atol=0.09)


def test_an_effect_of_few_values_that_changes_becomes_a_stratum():
    found = proportional_fit(changing(2500, 1, levels=2), covariates=["x", "calm"])
    assert found.fit.strata == ("x",) and found.fit.covariates == ["calm"]
    assert found.fit.coefficients["coefficient"].iloc[0] == pytest.approx(0.3, abs=0.1)
    assert found.tested.set_index("covariate").loc["x", "p"] < 1e-6
    assert found.retested.set_index("covariate").loc["calm", "p"] > 0.01
    assert len(found.done) == 1 and "x" in found.done[0]


def test_an_effect_of_many_values_that_changes_gets_another_one_later():
    table = changing(2500, 2, levels=None)
    before = table.copy()
    found = proportional_fit(table, covariates=["x", "calm"])
    pd.testing.assert_frame_equal(table, before)
    effect = found.fit.coefficients.set_index("covariate")["coefficient"]
    assert set(found.cut_months) == {"x"}
    assert effect["x"] > 0.4 and effect["x_later"] < -0.6
    assert found.tested.set_index("covariate").loc["x", "trend"] < 0


def test_what_still_fails_is_said():
    """A covariate whose effect swings twice is not mended by one cut."""
    rng = np.random.default_rng(6)
    n = 4000
    x = rng.normal(size=n)
    clock, alive = np.full(n, np.inf), np.ones(n, dtype=bool)
    for low, effect in ((0, 1.5), (6, -1.5), (12, 1.5), (18, -1.5)):
        wait = rng.exponential(size=n) / (0.05 * np.exp(effect * x))
        hit = alive & (wait <= (6 if low < 18 else 40))
        clock[hit], alive = low + wait[hit], alive & ~hit
    table = pd.DataFrame({"customer_id": np.arange(n).astype(str), "start": 0.0, "stop": np.minimum(clock, 58.0),
                          "event": np.isfinite(clock), "x": x})  # fmt: skip
    found = proportional_fit(table, covariates=["x"])
    assert found.retested["p"].min() < 0.05
    assert not found.is_proportional and "still change with age" in found.done[-1]


def test_proportional_effects_are_left_alone(spells):
    found = proportional_fit(spells, covariates=list(EFFECTS), **SPELL)
    assert found.fit.strata == () and not found.cut_months and found.is_proportional
    assert found.table is spells
