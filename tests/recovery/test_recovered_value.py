"""Lifetime value and the plan against the simulated truth: bias, coverage, and what plans really bring.

The estimand is expected_future_margin_eur of accounts that are alive: the discounted practical margin of the next 36
months at the prices and costs of the last year, as the mean of many continuations of the world.
"""

import numpy as np
import pandas as pd
import pytest
from crossed_world import CrossedWorld, carrier, crossed_world, mean_and_error, realised_gain, usual

RANKINGS = ("revenue", "margin", "lifetime value")


def measured(found: CrossedWorld) -> dict[str, float]:
    """One world in a row: totals, coverage, errors of single clients, and the true gain of each way of choosing."""
    here = found.table[found.table["alive"] & found.table["truly_alive"]]
    true = here["expected_future_margin_eur"]
    covered = true.between(here["lifetime_value_low_eur"], here["lifetime_value_high_eur"])
    return {
        "worth": here["lifetime_value_eur"].sum(),
        "true": true.sum(),
        "covered": covered.mean(),
        "total_covered": float(found.total[0] <= true.sum() <= found.total[1]),
        "error": (here["lifetime_value_eur"] - true).abs().mean(),
        "status_quo_error": (here["status_quo_eur"] - true).abs().mean(),
        "left_already": 1 - found.table.loc[found.table["alive"], "truly_alive"].mean(),
        "promised": found.plan.rankings.set_index("choice").loc["plan", "gain_eur"],
        **{choice: realised_gain(found, choice) for choice in ("plan", *RANKINGS)},
    }


def worlds(seeds: range, *, customers: int) -> pd.DataFrame:
    return pd.DataFrame([measured(crossed_world(carrier(seed, customers=customers), usual())) for seed in seeds])


def test_lifetime_values_and_plans_of_a_few_worlds():
    """Small enough to run always; what it allows is what so few worlds leave to chance."""
    table = worlds(range(1, 5), customers=200)
    assert table["worth"].sum() == pytest.approx(table["true"].sum(), rel=0.25)
    assert table["covered"].mean() > 0.75
    assert table["error"].mean() < table["status_quo_error"].mean()
    assert table["left_already"].mean() < 0.08
    assert table["plan"].mean() > table[["margin", "lifetime value"]].mean().max()


@pytest.mark.slow
def test_bias_coverage_and_the_plan_over_worlds():
    """Fifty worlds: no bias beyond chance, intervals that hold what they say, plans better than every ranking."""
    table = worlds(range(1, 51), customers=250)
    print(table.describe().T[["mean", "std"]].round(2).to_string())  # noqa: T201
    bias, error = mean_and_error(((table["worth"] - table["true"]) / table["true"].mean()).to_numpy())
    print(f"bias {bias:.3f} ± {error:.3f}")  # noqa: T201
    assert abs(bias) < 2 * error + 0.01
    # A draw of minutes and survival is shared by a world's clients, so coverage varies between worlds.
    assert table["covered"].mean() == pytest.approx(0.90, abs=0.04)
    assert table["total_covered"].mean() == pytest.approx(0.90, abs=0.12)
    assert table["error"].mean() < 0.9 * table["status_quo_error"].mean()
    for ranking in RANKINGS:
        better, error = mean_and_error((table["plan"] - table[ranking]).to_numpy())
        print(f"plan above ranking by {ranking}: {better:.0f} ± {error:.0f}")  # noqa: T201
        assert better - 1.645 * error > 0, ranking
    assert np.mean(table["plan"] > 0) > 0.95
