"""The whale curve by hand, and the interval of a margin against its closed form."""

import numpy as np
import pandas as pd
import pytest
from company import ACTIVITIES
from costed import costed
from scipy import stats

from workbench import economic
from workbench.economic import uncertainty
from workbench.economic.uncertainty import minute_factors


def clients(*margins: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(len(margins))],
            "n_deliveries": 1,
            "revenue_eur": 1.0,
            "full_margin_eur": margins,
        }
    )


def test_the_curve_peaks_where_margins_turn_negative():
    whale = economic.whale_curve(clients(-30.0, 100.0, 0.0, -20.0, 50.0))
    assert whale.ranked["cumulative_eur"].tolist() == [100, 150, 150, 130, 100]
    assert (whale.peak_eur, whale.peak_rank, whale.total_eur, whale.lost_eur) == (150, 2, 100, 50)
    assert whale.n_negative == 2
    assert whale.peak_share == 1.5


def test_a_company_that_loses_money_has_no_shares():
    whale = economic.whale_curve(clients(10.0, -40.0))
    assert whale.peak_share is None
    assert whale.ranked["cumulative_share"].isna().all()


def test_clients_without_any_activity_are_not_ranked():
    idle = clients(10.0, 0.0).assign(n_deliveries=[1, 0], revenue_eur=[5.0, 0.0])
    assert economic.whale_curve(idle).n_customers == 1


def test_the_practical_interval_of_one_activity_is_the_log_normal_one(company):
    """One activity only: the cost is cost · F with F log-normal, so the bounds are known in closed form."""
    only = [ACTIVITIES[0].model_copy(update={"coefficient_of_variation": 0.3})]
    result = costed(company, only)
    sigma = np.sqrt(np.log1p(0.3**2))
    drawn = economic.margin_uncertainty(result.by_customer, result.workload, result.sharing, draws=20_000, seed=3)
    margins = result.margins.set_index("customer_id")
    for bound, p in (("practical_margin_low_eur", 0.95), ("practical_margin_high_eur", 0.05)):
        factor = stats.lognorm.ppf(p, s=sigma)
        exact = margins["practical_margin_eur"] - margins["activity_cost_eur"] * (factor - 1)
        scale = margins["activity_cost_eur"]
        assert np.allclose((drawn[bound] - exact) / scale, 0, atol=0.015)


def test_a_pool_with_one_activity_leaves_the_full_margin_sure(company):
    """Its whole cost is shared by minutes, so a common factor cancels."""
    only = [ACTIVITIES[0].model_copy(update={"coefficient_of_variation": 0.5})]
    margins = costed(company, only).margins
    assert np.allclose(margins["full_margin_low_eur"], margins["full_margin_high_eur"], atol=0.02)


def test_equal_seeds_draw_equal_intervals_and_others_do_not(whole):
    args = (whole.by_customer, whole.workload, whole.sharing)
    one, same, other = (economic.margin_uncertainty(*args, draws=200, seed=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


def test_the_interval_holds_the_margin_and_widens_with_the_spread(company):
    narrow, wide = (
        costed(company, [a.model_copy(update={"coefficient_of_variation": cv}) for a in ACTIVITIES]).margins
        for cv in (0.05, 0.4)
    )
    for margins in (narrow, wide):
        assert (margins["full_margin_low_eur"] <= margins["full_margin_eur"] + 0.05).all()
        assert (margins["full_margin_eur"] <= margins["full_margin_high_eur"] + 0.05).all()
    width = [(m["full_margin_high_eur"] - m["full_margin_low_eur"]).sum() for m in (narrow, wide)]
    assert width[1] > 4 * width[0]


@pytest.mark.parametrize("idle_key", ["used_cost", "revenue"])
def test_zero_spread_leaves_the_margin_itself(company, idle_key):
    sure = [a.model_copy(update={"coefficient_of_variation": 0.0}) for a in ACTIVITIES]
    result = costed(company, sure, idle_key=idle_key)
    drawn = economic.margin_uncertainty(result.by_customer, result.workload, result.sharing, draws=100, seed=1)
    margins = result.margins.set_index("customer_id")
    assert np.allclose(drawn["full_margin_low_eur"], margins["full_margin_eur"], atol=0.011)


def test_ranks_are_those_of_the_draws_counted_one_by_one(company):
    """Against a plain ranking of every draw; with one factor a draw the margins are linear in it."""
    wide = [activity.model_copy(update={"coefficient_of_variation": 0.6}) for activity in ACTIVITIES]
    result = costed(company, wide, idle_key="unallocated", sustaining_key="unallocated")
    draws = 200
    found = economic.margin_uncertainty(result.by_customer, result.workload, result.sharing, draws=draws, seed=9)
    factors = minute_factors(wide, draws=draws, seed=9)
    cells = result.by_customer.cells
    used = result.by_customer.used_by_activity[[activity.activity for activity in wide]]
    cost = used.groupby(cells["customer_id"]).sum() / 100
    full = cells.groupby("customer_id")["full_cents"].sum() / 100
    drawn = pd.DataFrame(full.to_numpy()[:, None] - cost.to_numpy() @ (factors - 1).T, index=full.index)
    ranks = drawn.rank(ascending=False)
    assert found["rank_low"].tolist() == ranks.quantile(0.05, axis=1, interpolation="lower").tolist()
    assert found["rank_high"].tolist() == ranks.quantile(0.95, axis=1, interpolation="higher").tolist()
    assert (found["rank_high"] > found["rank_low"]).any()
    assert np.allclose(found["full_margin_low_eur"], drawn.quantile(0.05, axis=1), atol=0.006)


def test_fewer_draws_are_ranked_where_clients_are_very_many(company, monkeypatch):
    monkeypatch.setattr(uncertainty, "RANKED_AT_MOST", 1200)
    result = costed(company, ACTIVITIES)
    assert len(result.margins) == 12
    found = economic.margin_uncertainty(result.by_customer, result.workload, result.sharing, draws=400, seed=1)
    whole = result.margins.set_index("customer_id")
    assert found["full_margin_low_eur"].equals(whole["full_margin_low_eur"])
    assert (found["rank_low"] <= found["rank_high"]).all()
