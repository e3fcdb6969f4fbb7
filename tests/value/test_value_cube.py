import numpy as np
import pandas as pd
import pytest
from handmade import crossed, handmade

from workbench.errors import ParamsError
from workbench.params import Value
from workbench.value.cube import Reference, _drawn_positions, cells, levels, segment_numbers, weakest

CUTS = {"economic": [100.0], "competitive": [0.0], "future": [1000.0]}
STEPS = {"economic": np.linspace(0, 1000, 101).tolist(), "competitive": np.linspace(-2, 2, 101).tolist(),
         "future": np.linspace(0, 10_000, 101).tolist()}  # fmt: skip
FROZEN = Reference("2024-12-31", 50, ("low", "high"), CUTS, STEPS, {})


def clients(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns).astype(float)


def test_a_value_at_the_cut_point_is_above_it_and_a_missing_one_is_unknown():
    table = clients(
        economic_eur=[99.99, 100.0, -5.0], competitive=[0.1, np.nan, -0.1], potential_eur=[999, 1000, np.nan]
    )
    assert cells(levels(table, FROZEN)).tolist() == ["low-high-low", "high-unknown-high", "low-low-unknown"]


def test_the_weakest_is_the_lowest_percentile_ties_in_order_and_none_where_one_value_is_known():
    table = clients(
        economic_eur=[500.0, 500.0, 900.0, 500.0],
        competitive=[0.0, 1.0, -1.0, np.nan],
        potential_eur=[5000.0, 2000.0, 9500.0, np.nan],
    )
    assert weakest(table, FROZEN).tolist() == ["economic", "future", "competitive", None]


def test_thin_cells_count_with_their_neighbour_of_another_potential():
    found = crossed(handmade(300, 8), Value(least_cell=60))
    place = levels(found.clients.alive, found.frozen)
    counts = cells(place).value_counts()
    assert found.frozen.merged and all(counts[cell] < 60 for cell in found.frozen.merged)
    for cell, to in found.frozen.merged.items():
        assert cell.split("-")[:2] == to.split("-")[:2] and counts[to] >= counts[cell]
    rules = Value().strategy
    thin, thick = next(iter(found.frozen.merged.items()))
    assert segment_numbers(np.array([thin]), found.frozen, rules) == segment_numbers(
        np.array([thick]), found.frozen, rules
    )
    own = place[cells(place).eq(thin)]
    assert (own["future_level"] == thin.split("-")[2]).all()  # the level itself stays what it is


def test_of_three_levels_a_thin_cell_follows_its_neighbour_to_where_that_goes():
    strategy = [{"segment": f"s{n}", "future": [level], "service_level": "x", "effort": "x", "terms": "x"}
                for n, level in enumerate(("low", "middle", "high"))]  # fmt: skip
    strategy.append({"segment": "rest", "service_level": "x", "effort": "x", "terms": "x"})
    frozen = crossed(
        handmade(300, 9), Value.model_validate({"levels": 3, "least_cell": 1000, "strategy": strategy})
    ).frozen
    assert frozen.merged and not set(frozen.merged) & set(frozen.merged.values())


def test_the_next_run_uses_what_was_frozen_not_its_own_medians():
    first = crossed(handmade(200, 10), Value(least_cell=30))
    note = first.frozen.note()
    better = handmade(200, 11)
    better.monthly["practical_margin_eur"] += 500.0
    second = crossed(better, Value(reference="first.json"), earlier=note)
    assert second.frozen == first.frozen
    fresh = crossed(better, Value())
    assert fresh.frozen.cut_points["economic"] != first.frozen.cut_points["economic"]
    assert (second.placed["economic_level"] == "high").mean() > 0.9  # a better clientele shows as better
    assert (fresh.placed["economic_level"] == "high").mean() == pytest.approx(0.5, abs=0.01)


def test_the_plane_is_frozen_with_the_cut_points_that_lie_on_it():
    plane = {"satisfaction_centre": 50, "satisfaction_unit": 10, "loyalty_centre": 50, "loyalty_unit": 10}
    made = handmade(60, 13)
    assert crossed(made, Value()).frozen.note()["plane"] == pytest.approx(plane)
    assert crossed(made, Value(), missing=("customer_relation",)).frozen.note()["plane"] == {}


def test_another_file_or_other_levels_are_refused_as_a_reference():
    made = handmade(60, 12)
    note = crossed(made, Value()).frozen.note()
    with pytest.raises(ParamsError, match=r"other.json must be the value_reference.json"):
        crossed(made, Value(reference="other.json"), earlier={"rows": 3})
    with pytest.raises(ParamsError, match="must be the value_reference"):
        crossed(made, Value(reference="old.json"), earlier=note | {"cut_points": {"economic": [1.0]}})
    three = Value.model_validate({"levels": 3, "reference": "old.json", "strategy": [
        {"segment": "all", "service_level": "x", "effort": "x", "terms": "x"}]})  # fmt: skip
    with pytest.raises(ParamsError, match="made with 2 levels, the params ask for 3"):
        crossed(made, three, earlier=note)


def test_membership_probabilities_are_calibrated():
    """Of clients in their segment with probability p, a share p truly are; truth as the draws of the world made it."""
    sure, right = [], []
    for seed in range(300, 306):
        made = handmade(700, seed)
        told = Value(draws=200, least_cell=1)
        found = crossed(made, told, seed=seed)
        true = made.truth.assign(economic_eur=_true_margin_of_the_year(made, found))
        line = segment_numbers(cells(levels(true, found.frozen)), found.frozen, told.strategy)
        named = np.array([rule.segment for rule in told.strategy], dtype=object)[line]
        sure.append(found.placed["p_segment"].to_numpy())
        right.append(named == found.placed["segment"].to_numpy())
    sure, right = np.concatenate(sure), np.concatenate(right)
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01)):
        there = (sure >= low) & (sure < high)
        assert there.sum() > 100
        assert right[there].mean() == pytest.approx(sure[there].mean(), abs=0.06), (low, high)
    assert right.mean() == pytest.approx(sure.mean(), abs=0.03)


@pytest.mark.parametrize("measured", [True, False])
def test_the_drawn_place_of_a_client_covers_its_true_one_when_the_errors_of_both_scores_go_together(measured):
    rng = np.random.default_rng(1)
    n, error, together = 4000, 0.8, 0.7
    true = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n)
    # A prediction is drawn towards the middle already: its errors lie on the side of the truth.
    off = error * rng.multivariate_normal([0, 0], [[1, together], [together, 1]], n)
    told, truth = (true + off, true) if measured else (true, true + off)
    here = pd.DataFrame(
        {
            "measured": measured, "competitive": told.mean(axis=1),
            "z_satisfaction_se": error, "z_loyalty_se": error, "z_error_correlation": together,
        }
    )  # fmt: skip
    low, high = np.quantile(_drawn_positions(here, 400, 1), [0.05, 0.95], axis=1)
    assert np.mean((low <= truth.mean(axis=1)) & (truth.mean(axis=1) <= high)) == pytest.approx(0.9, abs=0.02)


def _true_margin_of_the_year(made, found) -> np.ndarray:
    """The margin of the year that the true minutes make: what one drawn factor per activity moves it by."""
    summed = made.monthly.groupby("customer_id").sum(numeric_only=True)
    used = summed[["used_sorting_eur", "used_visits_eur"]].to_numpy()
    # The truth's factors are recovered from the margins they made.
    whole = made.truth["margin_eur"].to_numpy()
    told, price = _per_delivery(made)
    factors = np.linalg.lstsq(told, price - whole, rcond=None)[0]
    return (summed["practical_margin_eur"].to_numpy() - used @ (factors - 1)).round(2)


def _per_delivery(made) -> tuple[np.ndarray, np.ndarray]:
    """Work by activity and revenue of an ordinary month (four deliveries), of each client."""
    summed = made.monthly.groupby("customer_id").sum(numeric_only=True)
    per_month = 4.0 / summed["n_deliveries"].to_numpy()
    used = summed[["used_sorting_eur", "used_visits_eur"]].to_numpy() * per_month[:, None]
    return used, summed["revenue_eur"].to_numpy() * per_month
