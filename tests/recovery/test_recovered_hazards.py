"""Survival models against a simulated truth that is truncated and clustered, and BG/NBD against its own world.

The small versions run always; the studies of bias and coverage over many worlds are slow.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "churn"))
from relationships import EFFECTS, SHAPE, Clientele, true_survival, truncated_spells

from workbench.churn import aft_fits, cox_fit, scores, survival_model
from workbench.churn.buy_till_die import buy_till_die_fit
from workbench.churn.cox import Z90
from workbench.churn.landmarks import MODEL, predictions

SPELL = {"start": "entry_months", "stop": "duration_months", "event": "lost"}
TRUE = np.array(list(EFFECTS.values()))


def as_rows(spells: pd.DataFrame) -> pd.DataFrame:
    return spells.rename(columns={"entry_months": "start", "duration_months": "stop", "lost": "event"})


def worlds(count: int, n: int, **more: float):
    """By world: errors of the coefficients, whether 90 % intervals hold them, and the survival at the centre."""
    errors, held, held_model, curves = [], [], [], []
    for seed in range(100, 100 + count):
        spells = truncated_spells(n, seed, **more)
        fit = cox_fit(spells, covariates=list(EFFECTS), **SPELL)
        error = fit.coefficients["coefficient"].to_numpy() - TRUE
        errors.append(error)
        held.append(np.abs(error) <= Z90 * fit.coefficients["se"])
        held_model.append(np.abs(error) <= Z90 * fit.coefficients["se_model"])
        at = np.exp(-fit.centre.to_numpy() @ fit.coefficients["coefficient"].to_numpy())
        steps = fit.baseline
        before = steps["months"].searchsorted([6.0, 12.0, 24.0, 36.0], side="right") - 1
        curves.append(np.exp(-at * steps["cumulative_hazard"].to_numpy()[before]))
    return (np.array(each) for each in (errors, held, held_model, curves))


def test_truncated_coefficients_and_survival_are_recovered():
    errors, held, _, curves = worlds(30, 1500)
    assert np.abs(errors.mean(axis=0)).max() < 3 * 0.06 / np.sqrt(30) + 0.01
    assert 0.80 <= held.mean() <= 0.98
    np.testing.assert_allclose(curves.mean(axis=0), true_survival([6, 12, 24, 36]), atol=0.025)


@pytest.mark.slow
def test_bias_and_coverage_over_many_truncated_worlds():
    errors, held, _, curves = worlds(400, 1500)
    print(f"bias {errors.mean(axis=0).round(4)}, coverage {held.mean(axis=0).round(3)}, "  # noqa: T201
          f"survival {(curves.mean(axis=0) - true_survival([6, 12, 24, 36])).round(4)}")  # fmt: skip
    assert np.abs(errors.mean(axis=0)).max() < 0.015
    assert 0.87 <= held.mean() <= 0.93
    assert np.abs(curves.mean(axis=0) - true_survival([6, 12, 24, 36])).max() < 0.01


@pytest.mark.slow
def test_groups_need_clustered_errors():
    """Covariates and frailty common to a group: errors of independent rows are too small, clustered ones are not.

    Frailty also pulls the coefficients to zero (they are those of a client of unknown group), so what is judged is
    whether the stated errors are as large as estimates really spread.
    """
    spread, stated, naive = [], [], []
    for seed in range(200):
        fit = cox_fit(truncated_spells(1500, seed, group_spread=1.0), covariates=list(EFFECTS), **SPELL)
        spread.append(fit.coefficients["coefficient"].to_numpy())
        stated.append(fit.coefficients["se"].to_numpy())
        naive.append(fit.coefficients["se_model"].to_numpy())
    real = np.std(spread, axis=0)
    print(f"clustered {(np.mean(stated, axis=0) / real).round(3)}, of rows {(np.mean(naive, axis=0) / real).round(3)}")  # noqa: T201
    assert np.all(np.abs(np.mean(stated, axis=0) / real - 1) < 0.12)
    assert np.all(np.mean(naive, axis=0) / real < 0.85)


def durations(count: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """By world of groups that leave together: errors over their clustered errors, and over those of accounts singly."""
    clustered, singly = [], []
    for seed in range(300, 300 + count):
        spells = truncated_spells(n, seed, alike=0.95)
        found = aft_fits(spells, covariates=list(EFFECTS), families=["Weibull"])
        told = found.effects.set_index("covariate").loc[list(EFFECTS)]
        error = told["coefficient"].to_numpy() / found.spread[list(EFFECTS)] + TRUE / SHAPE
        of_rows = found.best.standard_errors_["lambda_"][list(EFFECTS)] / found.spread[list(EFFECTS)]
        clustered.append(error / (told["se"].to_numpy() / found.spread[list(EFFECTS)]))
        singly.append(error / of_rows)
    return np.array(clustered), np.array(singly)


def test_intervals_of_durations_hold_the_truth_where_groups_leave_together():
    """The law of each account is Weibull still, so the true effect on log time is known: -b / shape."""
    clustered, singly = durations(20, 600)
    assert (np.abs(clustered) <= Z90).mean() >= 0.75
    # What the errors should be for one: 1, of errors that are right; accounts counted singly are a third too sure.
    assert 0.75 < np.sqrt((clustered**2).mean()) < 1.25 < np.sqrt((singly**2).mean())


@pytest.mark.slow
def test_coverage_of_durations_over_many_worlds_of_groups():
    clustered, singly = durations(150, 1500)
    held, before = ((np.abs(each) <= Z90).mean() for each in (clustered, singly))
    print(f"coverage clustered {held:.3f}, of accounts singly {before:.3f}")  # noqa: T201
    assert abs(held - 0.90) < 0.05 and before < 0.80


def test_probabilities_of_loss_are_those_of_a_known_hazard():
    """Clients alive today with known age and covariates: their true probability is that of the Weibull hazard."""
    model = survival_model(as_rows(truncated_spells(12_000, 7)), covariates=list(EFFECTS))
    rng = np.random.default_rng(8)
    people = pd.DataFrame({name: rng.normal(size=4000) for name in EFFECTS})
    people = people.assign(customer_id=np.arange(4000).astype(str), age_months=rng.uniform(0, 80, 4000))
    line = people[list(EFFECTS)].to_numpy() @ TRUE
    found = scores(model, people, seed=1).customers
    age = people["age_months"].to_numpy()
    true = {months: 1 - true_survival(age + months, line) / true_survival(age, line) for months in (3, 6, 12)}
    for months, probability in true.items():
        by_decile = pd.qcut(found[f"p_loss_{months}m"], 10, labels=False)
        off = (found[f"p_loss_{months}m"] - probability).groupby(by_decile).mean()
        assert off.abs().max() < 0.04, months
        assert abs(found[f"p_loss_{months}m"].mean() - probability.mean()) < 0.01
    ahead = np.arange(37)
    kept = true_survival(age[:, None] + ahead, line[:, None]) / true_survival(age, line)[:, None]
    remaining = np.trapezoid(kept, axis=1)
    assert np.abs(found["remaining_months"] - remaining).mean() < 0.8


@pytest.mark.slow
def test_intervals_of_a_probability_hold_the_truth():
    """Over worlds, the 90 % interval of p_loss_12m of clients of middle age holds the true probability."""
    at = pd.DataFrame({"claims": [0.0, 1.0, -1.0], "volume": [0.0, 0.5, 1.0]})
    at = at.assign(customer_id=list("abc"), age_months=[10.0, 25.0, 40.0])
    line = at[list(EFFECTS)].to_numpy() @ TRUE
    age = at["age_months"].to_numpy()
    true = 1 - true_survival(age + 12, line) / true_survival(age, line)
    held = []
    for seed in range(200):
        model = survival_model(as_rows(truncated_spells(1500, 500 + seed)), covariates=list(EFFECTS))
        found = scores(model, at, horizon_months=12, seed=1).customers
        held.append((found["p_loss_12m_low"] <= true) & (true <= found["p_loss_12m_high"]))
    print(f"coverage of p_loss_12m {np.mean(held, axis=0)}")  # noqa: T201
    assert np.abs(np.mean(held) - 0.90) < 0.05


def test_foretold_losses_of_clients_that_order_until_they_leave_come_true():
    """The whole chain: dated losses, silence, a year after the landmark; deciles of 4,000 clients."""
    world = Clientele(4000, 3)
    landmark = world.landmark(42.0)
    p_loss = predictions(landmark, covariates=["x"])[0][MODEL][:, -1]
    decile = pd.qcut(p_loss, 10, labels=False)
    seen = landmark.people["lost"].groupby(decile).mean().to_numpy()
    told = pd.Series(p_loss).groupby(decile).mean().to_numpy()
    n = len(p_loss) / 10
    assert np.abs(seen - told).max() < 0.03 + 3 * np.sqrt(0.2 / n)
    assert abs(p_loss.mean() - landmark.people["lost"].mean()) < 0.03


def test_buy_till_die_recovers_its_own_world():
    """Gamma(0.8, 1.5) rates, Beta(1.2, 4) chances to leave at an order; and who is kept for a year longer."""
    rng = np.random.default_rng(5)
    n, end = 8000, 36.0
    rate, chance = rng.gamma(0.8, 1 / 1.5, n), rng.beta(1.2, 4.0, n)
    age = rng.uniform(12, end, n)
    n_orders = rng.geometric(chance)  # repeat orders after which it leaves; the first order does not kill
    repeats, last, left = np.zeros(n), np.zeros(n), np.zeros(n)
    for client in range(n):
        times = np.cumsum(rng.exponential(1 / rate[client], min(n_orders[client], 400)))
        inside = times[times <= age[client]]
        repeats[client], last[client] = len(inside), inside[-1] if len(inside) else 0.0
        left[client] = times[-1] if n_orders[client] <= 400 else np.inf
    model = buy_till_die_fit(repeats=repeats, last=last, age=age)
    assert model.r == pytest.approx(0.8, rel=0.1) and model.alpha == pytest.approx(1.5, rel=0.15)
    assert model.a / (model.a + model.b) == pytest.approx(1.2 / 5.2, rel=0.1)
    here = model.p_alive(repeats=repeats, last=last, age=age)
    later = model.p_kept(12.0, repeats=repeats, last=last, age=age)
    for told, still in ((here, left > age), (later, left > age + 12)):
        by = pd.qcut(told, 8, labels=False, duplicates="drop")
        off = pd.Series(told - still).groupby(by).mean().abs()
        assert off.max() < 0.06
        assert abs(told.mean() - still.mean()) < 0.015
