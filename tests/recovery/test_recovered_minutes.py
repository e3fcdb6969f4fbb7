"""Minutes estimated from timesheets against the true time equations of the simulated carrier.

Bias and coverage are pooled over many sets of timesheets of the same work; only the sample and its noise change.
"""

import numpy as np
import pandas as pd
import pytest
from test_recovered_margins import as_params, checked, recovered

from workbench import economic
from workbench.carrier import simulated_world, world
from workbench.carrier.work import ACTIVITIES, timesheet_rows
from workbench.economic import timesheets

TRUTH = [term.minutes for activity in ACTIVITIES for term in activity.equation]


@pytest.fixture(scope="module")
def objects():
    """What the carrier's people did in half a year, by level: what timesheets are sampled from."""
    seen = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world, "timesheet_rows", lambda found, seed: seen.update(found) or timesheet_rows(found, seed))
        simulated_world(customers=60, months=6, seed=7)
    return seen


def estimates(objects: dict[str, pd.DataFrame], seeds: range) -> pd.DataFrame:
    """One row per term and set of timesheets: the estimate, whether its interval holds the truth, and the spread."""
    parts = []
    for seed in seeds:
        sheets = timesheet_rows(objects, seed).assign(observation_id=lambda rows: rows.index.astype(str))
        found = economic.time_equations(
            as_params(ACTIVITIES), checked(sheets, "timesheets"), equations_from="timesheets", seed=seed
        )
        spread = [each.coefficient_of_variation for each in found.activities for _ in each.equation]
        parts.append(found.table.assign(truth=TRUTH, spread=spread, seed=seed))
    table = pd.concat(parts, ignore_index=True)
    truth = table["truth"]
    table["covered"] = truth.between(table["low_minutes_per_unit"], table["high_minutes_per_unit"])
    table["off"] = table["estimated_minutes_per_unit"] / truth - 1
    return table


def check_estimates(table: pd.DataFrame) -> None:
    """No bias beyond chance and the noise's own mean, and 90 % intervals that hold the truth in about 90 %.

    The sheets' noise is log-normal with median 1, so minutes are 0.5 % higher in the mean than the true equation.
    """
    by_term = table.groupby(["activity", "term"])["off"].agg(["mean", "std", "count"])
    error = by_term["std"] / np.sqrt(by_term["count"])
    assert ((by_term["mean"] - 0.005).abs() < 3.5 * error).all(), by_term
    covered = table.groupby("seed")["covered"].mean()
    assert abs(covered.mean() - 0.90) < 0.02 + 2 * covered.std() / np.sqrt(len(covered)), covered.mean()
    # One term alone: its spread over the sets is the spread that each set's bootstrap says.
    claims = table[table["activity"].eq("claims")]
    assert claims["off"].std() == pytest.approx(claims["spread"].mean(), rel=0.6)


def test_true_minutes_are_recovered_from_timesheets(objects):
    check_estimates(estimates(objects, range(100, 116)))


@pytest.mark.slow
def test_true_minutes_are_recovered_from_many_timesheets(objects):
    table = estimates(objects, range(1000, 1200))
    print(table.groupby(["activity", "term"], sort=False)[["off", "covered"]].mean().to_string())  # noqa: T201
    check_estimates(table)


def off_by(seed: int) -> dict[str, float]:
    """How far practical margins lie from the truth, in euros over all clients, by the source of the minutes."""
    made = simulated_world(customers=60, months=6, seed=seed)
    sheets = made.timesheets.assign(observation_id=lambda rows: rows.index.astype(str))
    found = economic.time_equations(
        as_params(made.stated_activities), checked(sheets, "timesheets"), equations_from="timesheets", seed=seed
    )
    origins = {"stated": as_params(made.stated_activities), "estimated": found.activities}
    margins = {origin: recovered(made, activities, draws=10) for origin, activities in origins.items()}
    return {
        origin: (table["practical_margin_eur"] - table["practical_margin_eur_true"]).abs().sum()
        for origin, table in margins.items()
    }


def test_observed_minutes_bring_the_margins_nearer_to_the_truth_than_stated_ones(monkeypatch):
    """In the mean over worlds: one world in ten tells otherwise, where the errors of what was stated cancel by chance.

    Over 24 worlds the logarithm of one error over the other has a mean of -1.16 (a third) and a spread of 0.78, so the
    mean of six worlds has a standard error of 0.32. Minutes that are no better give 0, three standard errors off.
    """
    # The bootstrap says how sure the minutes are, not what they are; the mean of the margins is not of its draws.
    monkeypatch.setattr(timesheets, "REPLICATES", 20)
    off = pd.DataFrame([off_by(seed) for seed in range(21, 27)])
    log_ratio = np.log(off["estimated"] / off["stated"])
    standard_error = 0.78 / np.sqrt(len(off))
    assert log_ratio.mean() + 1.5 * standard_error < 0, off
