"""Work that no client causes is a sustaining cost of its pool; nothing is created and nothing lost."""

import numpy as np
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import costed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.economic.uncertainty import _full_shift, minute_factors
from workbench.params import Activity

FLEET = Activity.model_validate(
    {"activity": "fleet", "pool": "office", "level": "company", "equation": [{"minutes": 200}, {"minutes": 50}]}
)


def test_the_companys_minutes_cost_their_rate_and_are_sustaining(company):
    without, result = costed(company, ACTIVITIES), costed(company, [*ACTIVITIES, FLEET])
    office = result.costs.pool_cost.query("pool == 'office'")
    assert office["sustaining_eur"].to_numpy() == pytest.approx(
        250 * office["rate_eur_per_minute"].to_numpy(), abs=0.011
    )
    before = without.costs.pool_cost.query("pool == 'office'")
    assert np.allclose(office["used_eur"], before["used_eur"], atol=0.011)
    assert np.allclose(before["idle_eur"] - office["idle_eur"], office["sustaining_eur"], atol=0.021)
    more = result.margins["sustaining_eur"].sum() - without.margins["sustaining_eur"].sum()
    assert more == pytest.approx(office["sustaining_eur"].sum())
    assert np.allclose(result.margins["practical_margin_eur"], without.margins["practical_margin_eur"], atol=0.05)
    assert result.reconciliation["difference_eur"].eq(0).all()
    assert "fleet" not in result.workload.minutes


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 1000),
    minutes=st.sampled_from([0.0, 1.0, 400.0, 5000.0]),
    pool=st.sampled_from(["office", "brokers"]),
    keys=st.sampled_from([("used_cost", "revenue"), ("revenue", "deliveries"), ("unallocated", "unallocated")]),
)
def test_every_axis_closes_with_work_of_the_company(seed, minutes, pool, keys):
    frames = random_company(seed, n=40, n_customers=4)
    tables = {name: as_checked(frame, name) for name, frame in frames.items()}
    own = FLEET.model_copy(
        update={"pool": pool, "equation": [FLEET.equation[0].model_copy(update={"minutes": minutes})]}
    )
    result = costed(tables, [*ACTIVITIES, own], idle_key=keys[0], sustaining_key=keys[1])
    assert result.reconciliation["difference_eur"].eq(0).all()
    pools = result.costs.pools
    parts = pools[["used_cents", "sustaining_cents", "idle_cents", "unassigned_cents"]].sum(axis=1)
    assert (parts - pools["overdriven_cents"]).eq(pools["pool_cents"]).all()


@pytest.mark.parametrize("activities", [ACTIVITIES, [*ACTIVITIES, FLEET]], ids=["clients", "with company"])
def test_whatever_minutes_are_drawn_the_clients_together_cost_the_same(company, activities):
    """In the full margin every pool is spread whole, so a draw moves cost between clients and creates none."""
    result = costed(company, activities)
    factors = minute_factors(activities, draws=30, seed=2)
    cells = result.by_customer.cells
    customer = cells["customer_id"].astype("category").cat.codes.to_numpy()
    shift = _full_shift(result.by_customer, result.workload, result.sharing, factors, customer)
    moved = shift(slice(0, customer.max() + 1))
    assert np.abs(moved).max() > 1
    assert np.allclose(moved.sum(axis=0), 0, atol=1e-6)


def test_a_company_activity_has_no_driver():
    with pytest.raises(ValueError, match="level company has minutes a month and no driver"):
        Activity.model_validate(
            {"activity": "fleet", "pool": "office", "level": "company", "equation": [{"minutes": 1, "per": "parcels"}]}
        )
