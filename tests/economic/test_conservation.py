"""Nothing is created and nothing lost, whatever the company: no work, no capacity, one delivery, negative revenue."""

from datetime import date

import numpy as np
import pandas as pd
from company import ACTIVITIES, MONTHS, as_checked
from costed import costed
from hypothesis import given, settings
from hypothesis import strategies as st

DELIVERY = st.tuples(
    st.sampled_from(["C1", "C2"]),
    st.sampled_from([date(2024, 1, 5), date(2024, 2, 5), date(2024, 3, 5)]),
    st.sampled_from(["O1", "O2", None]),
    st.sampled_from(["express", None]),
    st.sampled_from(["local", "world"]),
    st.sampled_from([-50.0, -0.01, 0.0, 0.01, 33.33, 900.0]),
    st.sampled_from([0.0, 1.11, 70.0]),
    st.sampled_from([0.0, 1.0, 1000.0]),
)
POOL = st.tuples(st.sampled_from([0.0, 0.01, 100.0, 12_345.67]), st.sampled_from([None, 0.0, 0.5, 60.0, 10_000.0]))


@settings(max_examples=15, deadline=None)
@given(
    deliveries=st.lists(DELIVERY, min_size=1, max_size=6),
    pools=st.lists(POOL, min_size=3, max_size=3),
    claims=st.sampled_from([0.0, 3.0]),
    keys=st.sampled_from([("used_cost", "revenue"), ("revenue", "deliveries"), ("unallocated", "unallocated")]),
)
def test_the_whole_ledger_is_borne_or_named(deliveries, pools, claims, keys):
    columns = ["customer_id", "delivered_on", "order_id", "product", "delivery_zone", "revenue_eur",
               "direct_purchases_eur", "parcels"]  # fmt: skip
    frame = pd.DataFrame(deliveries, columns=columns)
    frame["delivery_id"] = [f"D{i}" for i in range(len(frame))]
    frame["order_id"] = frame["customer_id"] + frame["order_id"]
    ledger = [(month, "revenue", None, 100.0) for month in MONTHS] + [(MONTHS[0], "sustaining", None, 9.99)]
    capacity = []
    for pool, (cost, minutes) in zip(("rounds", "brokers", "office"), pools, strict=True):
        ledger += [(month, "pool", pool, cost) for month in MONTHS]
        capacity += [(pool, month, minutes, 0.0) for month in MONTHS if minutes is not None]
    frames = {
        "deliveries": frame,
        "customers": pd.DataFrame(
            {"customer_id": ["C1", "C2"], "name": "x", "group_id": None, "salesperson": ["Ana", None]}
        ),
        "interactions": pd.DataFrame(
            [("C1", MONTHS[1], "claim", claims)], columns=["customer_id", "month", "driver", "quantity"]
        ),
        "ledger": pd.DataFrame(ledger, columns=["month", "kind", "pool", "amount_eur"]),
        "capacity": pd.DataFrame(capacity, columns=["pool", "month", "paid_minutes", "absence_minutes"]),
    }
    tables = {name: as_checked(table, name) for name, table in frames.items()}
    able = {
        pool for pool, (cost, minutes) in zip(("rounds", "brokers", "office"), pools, strict=True) if minutes and cost
    }
    # A pool that never has both a cost and a capacity is refused where activities name it; here it stays in the books.
    activities = [activity for activity in ACTIVITIES if activity.pool in able]
    result = costed(tables, activities, idle_key=keys[0], sustaining_key=keys[1], start_on=MONTHS[0])

    if not activities:
        return
    parts = result.costs.pools[["used_cents", "sustaining_cents", "idle_cents", "unassigned_cents"]].sum(axis=1)
    assert (parts - result.costs.pools["overdriven_cents"]).eq(result.costs.pools["pool_cents"]).all()
    assert (result.costs.pools[["used_cents", "idle_cents", "overdriven_cents", "unassigned_cents"]] >= 0).all().all()
    by_activity = result.costs.activities.groupby(["month", "pool"])["used_cents"].sum()
    by_pool = result.costs.pools.set_index(["month", "pool"])["used_cents"]
    assert by_activity.eq(by_pool.reindex(by_activity.index)).all()
    assert result.reconciliation["difference_eur"].eq(0).all()
    company = sum(amount if kind == "revenue" else -amount for _, kind, _, amount in ledger)
    full = result.reconciliation[result.reconciliation["margin"].eq("full")]
    assert np.allclose(full["total_eur"] + full["not_attributable_eur"], company, atol=1e-6)
    assert round(result.margins["revenue_eur"].sum(), 2) == round(frame["revenue_eur"].sum(), 2)
    assert result.margins.set_index("customer_id")["n_deliveries"].sum() == frame["revenue_eur"].ge(0).sum()
