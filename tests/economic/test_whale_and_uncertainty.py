"""The whale curve by hand, and the interval of a margin against its closed form."""

import numpy as np
import pandas as pd
import pytest
from company import ACTIVITIES
from costed import costed
from scipy import stats

from workbench import economic


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
    drawn = economic.margin_uncertainty(
        result.by_customer, result.workload, result.costs, only, draws=20_000, seed=3, spread_idle=True
    )
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
    result = whole
    args = (result.by_customer, result.workload, result.costs, ACTIVITIES)
    one, same, other = (
        economic.margin_uncertainty(*args, draws=200, seed=seed, spread_idle=True) for seed in (5, 5, 6)
    )
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


@pytest.mark.parametrize("spread_idle", [True, False])
def test_zero_spread_leaves_the_margin_itself(company, spread_idle):
    sure = [a.model_copy(update={"coefficient_of_variation": 0.0}) for a in ACTIVITIES]
    result = costed(company, sure)
    drawn = economic.margin_uncertainty(
        result.by_customer, result.workload, result.costs, sure, draws=100, seed=1, spread_idle=spread_idle
    )
    margins = result.margins.set_index("customer_id")
    assert np.allclose(drawn["full_margin_low_eur"], margins["full_margin_eur"], atol=0.011)
