"""Minutes from observed work: exact where nothing is noisy, refused where they cannot be known, and held to reality."""

import ibis
import numpy as np
import pandas as pd
import pytest
from company import ACTIVITIES, MONTHS, as_checked
from costed import costed

from workbench import economic
from workbench.carrier.work import ACTIVITIES as TRUE_ACTIVITIES
from workbench.economic.timesheets import count_name
from workbench.economic.uncertainty import minute_factors
from workbench.errors import ParamsError
from workbench.params import Activity, Economic


def sheets(n: int = 40, *, activity: str = "delivery", noise: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Observed deliveries: 5 minutes each and 0.9 a parcel, nothing for a pallet."""
    rng = np.random.default_rng(seed)
    deliveries = rng.integers(3, 30, n).astype(float)
    parcels = deliveries + rng.poisson(2 * deliveries)
    minutes = (
        (5 * deliveries + 0.9 * parcels) * np.exp(rng.normal(0, noise, n)) if noise else 5 * deliveries + 0.9 * parcels
    )
    return pd.DataFrame(
        {
            "observation_id": [f"{activity}{i}" for i in range(n)],
            "activity": activity,
            "minutes": minutes,
            "deliveries": deliveries,
            "parcels": parcels,
            "pallets": rng.integers(0, 3, n).astype(float),
        }
    )


def observed(frame: pd.DataFrame) -> ibis.Table:
    return as_checked(frame, "timesheets")


def delivery(*terms: dict) -> Activity:
    return Activity.model_validate(
        {"activity": "delivery", "pool": "rounds", "level": "delivery", "equation": list(terms)}
    )


STATED = delivery({"minutes": 6}, {"minutes": 0.7, "per": "parcels"}, {"minutes": 3, "per": "pallets"})


def test_counts_are_named_as_the_carrier_names_them():
    for truth in TRUE_ACTIVITIES:
        for term in truth.equation:
            own = Activity.model_validate(
                {
                    "activity": truth.activity, "pool": truth.pool, "level": truth.level,
                    "equation": [{"minutes": 1.0, "per": term.per, "when": {k: list(v) for k, v in term.when.items()}}],
                }
            ).equation[0]  # fmt: skip
            assert count_name(own, truth.level) == term.counted(truth.level)


def test_exact_observations_give_back_their_minutes_and_no_negative_ones():
    result = economic.time_equations([STATED], observed(sheets()), equations_from="timesheets", seed=1)
    table = result.table.set_index("term")
    assert table["estimated_minutes_per_unit"].to_dict() == pytest.approx(
        {"deliveries": 5, "parcels": 0.9, "pallets": 0}, abs=1e-9
    )
    assert (table["low_minutes_per_unit"] >= 0).all()
    assert [term.minutes for term in result.activities[0].equation] == pytest.approx([5, 0.9, 0], abs=1e-9)
    assert result.activities[0].coefficient_of_variation == pytest.approx(0, abs=1e-9)
    assert set(table["origin"]) == {"timesheets"}


def test_a_term_that_costs_less_than_nothing_is_estimated_as_nothing():
    """Pallets that seem to save time: least squares without the bound would say -2 minutes each."""
    frame = sheets()
    frame["minutes"] -= 2 * frame["pallets"]
    result = economic.time_equations([STATED], observed(frame), equations_from="timesheets", seed=1)
    assert result.table.set_index("term").loc["pallets", "estimated_minutes_per_unit"] == 0


def test_long_periods_do_not_rule_the_estimate():
    """One day-long sheet that is 40 % off moves the relative fit less than it moves plain least squares."""
    frame = sheets(noise=0.05)
    wrong = pd.DataFrame(
        {"observation_id": ["x"], "activity": ["delivery"], "deliveries": [300.0], "parcels": [900.0],
         "minutes": [(5 * 300 + 0.9 * 900) * 1.4], "pallets": [0.0]}
    )  # fmt: skip
    both = pd.concat([frame, wrong], ignore_index=True)
    result = economic.time_equations([STATED], observed(both), equations_from="timesheets", seed=1)
    terms = result.table.set_index("term")["estimated_minutes_per_unit"]
    predicted = terms["deliveries"] * 10 + terms["parcels"] * 30
    plain, *_ = np.linalg.lstsq(both[["deliveries", "parcels"]], both["minutes"], rcond=None)
    assert abs(predicted - 77) < 0.5 * abs(plain @ [10, 30] - 77)


def test_stated_minutes_are_used_unless_the_study_says_otherwise():
    result = economic.time_equations([STATED], observed(sheets()), equations_from="params", seed=1)
    assert result.activities == [STATED]
    assert result.table["estimated_minutes_per_unit"].notna().all()
    assert set(result.table["origin"]) == {"params"}


def test_what_was_hardly_observed_keeps_its_stated_minutes():
    frame = pd.concat([sheets(9), sheets(3, activity="lunch")], ignore_index=True)
    result = economic.time_equations([STATED], observed(frame), equations_from="timesheets", seed=1)
    assert result.activities == [STATED]
    assert result.table["estimated_minutes_per_unit"].isna().all()
    assert result.table["n_observations"].eq(9).all()
    assert result.unknown == ("lunch",)


def test_minutes_neither_stated_nor_observed_are_refused():
    silent = delivery({"per": "parcels"})
    with pytest.raises(ParamsError, match="delivery has a term without minutes and only 9 observations"):
        economic.time_equations([silent], observed(sheets(9)), equations_from="timesheets", seed=1)
    found = economic.time_equations([silent], observed(sheets()), equations_from="timesheets", seed=1)
    assert found.table["stated_minutes_per_unit"].isna().all()
    with pytest.raises(ValueError, match="delivery: a term has no minutes; give them, or set equations_from"):
        Economic(activities=[silent])


def test_a_count_that_the_sheets_lack_is_refused():
    with pytest.raises(ParamsError, match="needs the count 'deliveries_world'.*have deliveries, parcels, pallets"):
        economic.time_equations(
            [delivery({"minutes": 1, "when": {"delivery_zone": ["world"]}})],
            observed(sheets()),
            equations_from="timesheets",
            seed=1,
        )


def capacity_with_worked(**minutes: float | None) -> ibis.Table:
    rows = [
        {"pool": pool, "month": month, "paid_minutes": 2000.0, "worked_minutes": worked}
        for pool, worked in minutes.items()
        for month in MONTHS
    ]
    return as_checked(pd.DataFrame(rows), "capacity")


def test_worked_over_estimated_minutes_are_checked_by_pool(company):
    result = costed(company, ACTIVITIES)
    minutes = result.workload.minutes_by_month
    rounds, brokers = (minutes[name].sum() / 3 for name in ("delivery", "customs"))
    capacity = capacity_with_worked(rounds=rounds * 1.1, brokers=brokers * 1.5, office=None, garage=40.0)
    check = economic.minutes_check(minutes, capacity, ACTIVITIES).set_index("pool")
    assert list(check.index) == ["brokers", "rounds"]
    assert check["minutes_ratio"].to_dict() == pytest.approx({"brokers": 1.5, "rounds": 1.1})
    assert check["alert"].to_dict() == {"brokers": True, "rounds": False}
    assert check["n_months"].eq(3).all()


def test_rescaled_minutes_are_the_minutes_worked(company):
    result = costed(company, ACTIVITIES)
    minutes = result.workload.minutes_by_month
    capacity = capacity_with_worked(rounds=minutes["delivery"].sum() * 0.7 / 3)
    check = economic.minutes_check(minutes, capacity, ACTIVITIES)
    workload, activities = economic.rescaled(result.workload, ACTIVITIES, check, wanted=True)
    again = economic.minutes_check(workload.minutes_by_month, capacity, ACTIVITIES)
    assert again["minutes_ratio"].tolist() == pytest.approx([1.0])
    assert workload.minutes["claims"].equals(result.workload.minutes["claims"])
    recomputed = costed(company, activities).workload.minutes
    pd.testing.assert_frame_equal(recomputed, workload.minutes)
    assert economic.rescaled(result.workload, ACTIVITIES, check, wanted=False) == (result.workload, ACTIVITIES)


def test_with_known_minutes_only_the_split_within_a_pool_is_uncertain():
    minutes = pd.Series({activity.activity: 100.0 + place for place, activity in enumerate(ACTIVITIES)})
    factors = minute_factors(ACTIVITIES, draws=50, seed=1, known_minutes=minutes)
    pools = pd.Series({activity.activity: activity.pool for activity in ACTIVITIES})
    for pool in pools.unique():
        own = pools.eq(pool).to_numpy()
        assert np.allclose(factors[:, own] @ minutes[own], minutes[own].sum())
    assert np.allclose(factors[:, pools.eq("rounds")], 1)
    assert factors[:, pools.eq("office")].std() > 0.05
