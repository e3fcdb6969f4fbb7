import numpy as np
import pandas as pd
import pytest
from handmade import HORIZON, RATE, crossed, handmade

from workbench.params import Value
from workbench.value.credibility import Expected
from workbench.value.lifetime import Draws, discounted_months, drawn_margins, drawn_months, lifetime_values, survival

IDS = pd.Index(["a", "b", "c"], name="customer_id")


def expected(margins: list[float], se: float = 0.0) -> Expected:
    table = pd.DataFrame({"margin_eur": margins, "margin_se_eur": se, "shared_se_eur": 0.0, "group": 0}, index=IDS)
    return Expected(table, pd.DataFrame(index=IDS))


def constant(hazard: float, months: int = HORIZON) -> pd.DataFrame:
    ahead = np.arange(1, months + 1)
    rows = {"customer_id": np.repeat(IDS, months), "months_ahead": np.tile(ahead, 3)}
    return pd.DataFrame({**rows, "p_alive": np.tile(np.exp(-hazard * ahead), 3)})


def test_a_constant_hazard_gives_the_closed_form_and_losses_stay_losses():
    alive = survival(constant(0.02), IDS, horizon_months=HORIZON, profile=None, draws=None)
    found = lifetime_values(expected([100.0, -40.0, 0.0]), alive, Draws(pd.DataFrame(), 100, 1), rate=RATE)
    step = np.exp(-0.02) * (1 + RATE) ** (-1 / 12)
    months = np.sqrt(step) * (1 - step**HORIZON) / (1 - step)  # a geometric series from the middle of the first month
    assert found.table["lifetime_value_eur"].to_numpy() == pytest.approx([100 * months, -40 * months, 0], abs=0.006)
    assert (found.table["lifetime_value_low_eur"] == found.table["lifetime_value_eur"]).all()
    assert found.horizon_months == HORIZON


def test_the_horizon_is_as_far_as_survival_goes():
    alive = survival(constant(0.02, 24), IDS, horizon_months=60, profile=None, draws=None)
    assert lifetime_values(expected([1.0, 1.0, 1.0]), alive, Draws(pd.DataFrame(), 100, 1), rate=0).horizon_months == 24


def test_without_survival_there_is_no_lifetime_value():
    found = lifetime_values(expected([1.0, 2.0, 3.0]), None, Draws(pd.DataFrame(), 100, 1), rate=RATE)
    assert found.table.isna().all(axis=None) and found.horizon_months == 0


def test_a_draw_moves_the_hazard_of_all_clients_together_and_each_by_its_profile():
    profile = pd.DataFrame({"customer_id": IDS, "late": [0.0, 1.0, -1.0]})
    told = pd.DataFrame({"draw": [0, 1], "late": [0.0, 0.5], "baseline": [0.0, np.log(2)]})
    alive = survival(constant(0.02), IDS, horizon_months=HORIZON, profile=profile, draws=told)
    found = drawn_months(alive, Draws(pd.DataFrame(), 2, 1), 0.0)
    assert found[:, 0] == pytest.approx(discounted_months(alive, 0.0))
    hazard = 0.02 * 2 * np.exp(0.5 * np.array([0, 1, -1]))
    assert found[:, 1] == pytest.approx([np.exp(-h * (np.arange(1, HORIZON + 1) - 0.5)).sum() for h in hazard])


def test_the_error_of_a_groups_mean_is_one_for_all_its_clients():
    table = pd.DataFrame({"margin_eur": 0.0, "margin_se_eur": 5.0, "shared_se_eur": 4.0, "group": [0, 0, 1]}, index=IDS)
    drawn = drawn_margins(Expected(table, pd.DataFrame(index=IDS)), Draws(pd.DataFrame(), 20_000, 1))
    told = np.cov(drawn)
    assert np.diag(told) == pytest.approx([25.0, 25.0, 25.0], rel=0.05)
    assert told[0, 1] == pytest.approx(16.0, rel=0.05) and abs(told[0, 2]) < 1


def test_the_minutes_of_a_draw_move_the_clients_that_take_that_work():
    used = pd.DataFrame({"sorting": [10.0, 0.0, 5.0], "visits": [0.0, 0.0, 20.0]}, index=IDS)
    minutes = pd.DataFrame({"visits": [1.0, 1.1], "sorting": [1.2, 1.0]})
    shift = Draws(minutes, 2, 1).margin_shift(used)
    assert shift == pytest.approx(np.array([[-2.0, 0.0], [0.0, 0.0], [-1.0, -2.0]]))


def test_former_clients_are_worth_nothing_and_past_value_stands_apart():
    found = crossed(handmade(80, 5, former=20), Value()).placed
    gone = found[~found["alive"]]
    assert len(gone) == 20
    assert (gone[["lifetime_value_eur", "lifetime_value_low_eur", "status_quo_eur"]] == 0).all(axis=None)
    assert gone["segment"].isna().all() and gone["economic_level"].isna().all()
    here = found[found["alive"]]
    assert (here["past_value_eur"] != here["lifetime_value_eur"]).all()


def one_world(seed: int) -> pd.DataFrame:
    """Estimates and truth of the living clients of one hand-made clientele."""
    made = handmade(250, seed)
    found = crossed(made, Value(draws=200), seed=seed)
    hazard, margin = (made.truth[name].to_numpy()[:, None] for name in ("hazard", "margin_eur"))
    ahead = np.arange(1, HORIZON + 1) - 0.5
    true = (margin * np.exp(-hazard * ahead) * (1 + RATE) ** (-ahead / 12)).sum(axis=1)
    low, high = found.values.total_interval()
    table = found.values.table.assign(true_eur=true, status_quo_eur=found.placed["status_quo_eur"].to_numpy())
    return table.assign(total_covered=low <= true.sum() <= high)


def test_interval_coverage_and_bias_over_worlds():
    """Draws of minutes and survival are shared by a world's clients: the band is two standard errors over worlds."""
    worlds = [one_world(seed) for seed in range(100, 124)]
    covered = [
        table["true_eur"].between(table["lifetime_value_low_eur"], table["lifetime_value_high_eur"]).mean()
        for table in worlds
    ]
    off = np.array([t["lifetime_value_eur"].sum() - t["true_eur"].sum() for t in worlds])
    error = off.std() / np.sqrt(len(off))
    size = np.mean([t["true_eur"].abs().sum() for t in worlds])
    print(f"coverage {np.mean(covered):.3f}, bias {off.mean() / size:.3f} ± {error / size:.3f}")  # noqa: T201
    assert np.mean(covered) == pytest.approx(0.90, abs=0.05)
    assert abs(off.mean()) < 2.5 * error
    assert np.mean([table["total_covered"].iloc[0] for table in worlds]) >= 0.75


def test_lifetime_value_is_nearer_to_the_truth_than_the_status_quo():
    table = pd.concat([one_world(seed) for seed in range(200, 206)])
    error = (table["lifetime_value_eur"] - table["true_eur"]).abs().mean()
    assert error < 0.9 * (table["status_quo_eur"] - table["true_eur"]).abs().mean()
