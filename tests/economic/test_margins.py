"""The company's whole margin is allocated, on every axis, whatever the company."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import costed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import economic
from workbench.economic.allocation import Allocation
from workbench.economic.margins import reconciliation
from workbench.errors import BooksDoNotClose, ParamsError
from workbench.params import Activity


def ledger_margin(frames: dict[str, pd.DataFrame]) -> float:
    ledger = frames["ledger"]
    sign = np.where(ledger["kind"].eq("revenue"), 1, -1)
    return round(float((ledger["amount_eur"].round(2) * sign).sum()), 2)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(20, 120),
    n_customers=st.integers(1, 15),
    idle_key=st.sampled_from(["used_cost", "revenue", "unallocated"]),
    sustaining_key=st.sampled_from(["revenue", "deliveries", "unallocated"]),
)
def test_nothing_is_created_and_nothing_lost(seed, n, n_customers, idle_key, sustaining_key):
    frames = random_company(seed, n=n, n_customers=n_customers)
    result = costed(
        {name: as_checked(frame, name) for name, frame in frames.items()},
        ACTIVITIES,
        idle_key=idle_key,
        sustaining_key=sustaining_key,
    )
    table = result.reconciliation
    assert set(table["axis"]) == {"customer", "group", "product", "delivery_zone", "month", "salesperson", "order"}
    assert table["difference_eur"].eq(0).all()
    full = table[table["margin"].eq("full")]
    assert np.allclose(full["total_eur"] + full["not_attributable_eur"], ledger_margin(frames), atol=1e-6)


def test_customers_sum_to_the_customer_axis(company):
    result = costed(company, ACTIVITIES)
    row = result.reconciliation.query("margin == 'full' and axis == 'customer'").iloc[0]
    assert round(result.margins["full_margin_eur"].sum(), 2) == row["total_eur"]
    parts = result.margins
    rebuilt = parts["revenue_eur"] - parts["cost_eur"] - parts["idle_eur"] - parts["sustaining_eur"]
    assert np.allclose(rebuilt, parts["full_margin_eur"], atol=1e-6)
    assert np.allclose(parts["revenue_eur"] - parts["cost_eur"], parts["practical_margin_eur"], atol=1e-6)


def test_minutes_are_those_counted_by_hand(company):
    """Against a plain pandas count of one customer's month, written without the package."""
    deliveries = company["deliveries"].to_pandas()
    worked = deliveries[deliveries["credited_document_id"].isna() & deliveries["customer_id"].eq("C002")]
    month = worked[worked["delivered_on"].dt.month.eq(2)]
    first = worked.groupby("order_id")["delivered_on"].min().dt.month
    asked = company["interactions"].to_pandas()
    claims = asked[asked["customer_id"].eq("C002") & pd.to_datetime(asked["month"]).dt.month.eq(2)]["quantity"].sum()
    expected = {
        "delivery": 6 * len(month) + 0.7 * month["parcels"].sum(),
        "customs": 9 * month["delivery_zone"].eq("world").sum(),
        "order_taking": 4 * first.eq(2).sum(),
        "claims": 30 * claims,
        "account": 10,
    }
    result = costed(company, ACTIVITIES)
    cells = result.workload.cells
    here = cells["customer_id"].eq("C002") & pd.to_datetime(cells["month"]).dt.month.eq(2)
    got = result.workload.minutes[here.to_numpy()].iloc[0].to_dict()
    assert got == pytest.approx(expected)


def test_idle_and_overdriven_stay_apart(company):
    pools = costed(company, ACTIVITIES).costs.pool_cost
    brokers, office = pools[pools["pool"].eq("brokers")], pools[pools["pool"].eq("office")]
    assert brokers["overdriven_eur"].gt(0).all()
    assert brokers["idle_eur"].eq(0).all()
    assert office["idle_eur"].gt(0).all()
    assert office["overdriven_eur"].eq(0).all()
    closed = pools["used_eur"] + pools["idle_eur"] + pools["unassigned_eur"] - pools["overdriven_eur"]
    assert np.allclose(closed, pools["pool_eur"])
    assert pools.loc[pools["pool"].eq("garage"), "unassigned_eur"].eq(55.55).all()


def test_ten_per_cent_more_work_shows_as_overdriven_and_not_as_less_idle(company):
    heavier = [
        a.model_copy(update={"equation": [t.model_copy(update={"minutes": t.minutes * 1.1}) for t in a.equation]})
        if a.pool == "brokers"
        else a
        for a in ACTIVITIES
    ]
    before, after = (
        costed(company, acts).costs.pool_cost.groupby("pool").sum(numeric_only=True) for acts in (ACTIVITIES, heavier)
    )
    assert after.loc["brokers", "overdriven_eur"] > before.loc["brokers", "overdriven_eur"]
    assert after.loc["brokers", "idle_eur"] == before.loc["brokers", "idle_eur"] == 0
    assert after.loc["office", "idle_eur"] == before.loc["office", "idle_eur"]


def test_credit_notes_take_revenue_back_and_cost_no_minutes(company):
    result = costed(company, ACTIVITIES)
    deliveries = company["deliveries"].to_pandas()
    assert result.margins["n_deliveries"].sum() == deliveries["credited_document_id"].isna().sum()
    assert round(result.margins["revenue_eur"].sum(), 2) == round(float(deliveries["revenue_eur"].sum()), 2)


def test_the_ratio_of_a_group_is_a_ratio_of_sums(company):
    groups = costed(company, ACTIVITIES).axes.margins["group"]
    margins = costed(company, ACTIVITIES).margins
    mine = margins[margins["group_id"].eq("G3")]
    ratio = groups.set_index("group").loc["G3", "revenue_cost_ratio"]
    assert ratio == pytest.approx(mine["revenue_eur"].sum() / mine["cost_eur"].sum())


def test_a_start_narrows_the_period_of_files_and_books(company):
    result = costed(company, ACTIVITIES, start_on=date(2024, 2, 1))
    assert sorted(pd.to_datetime(result.costs.pool_cost["month"]).dt.month.unique()) == [2, 3]
    assert result.reconciliation["difference_eur"].eq(0).all()


def test_without_time_equations_margins_are_the_booked_ones(company):
    frames = random_company()
    booked = frames["deliveries"]
    notes = booked["credited_document_id"].notna()
    expected = np.where(
        notes, booked["revenue_eur"] - booked["direct_purchases_eur"], booked["booked_margin_eur"]
    ).sum()
    no_books = company | {name: company[name].limit(0) for name in ("ledger", "capacity", "interactions")}
    result = costed(no_books, [])
    assert result.margins["margin_origin"].eq("booked").all()
    assert round(result.margins["full_margin_eur"].sum(), 2) == round(expected, 2)
    assert result.margins["p_negative_margin"].isna().all()
    assert result.reconciliation["ledger_eur"].isna().all()
    assert result.reconciliation["difference_eur"].eq(0).all()


def test_a_lost_row_stops_the_reconciliation(company):
    result = costed(company, ACTIVITIES)
    whole = result.by_customer
    short = Allocation(whole.cells.iloc[1:], whole.used_by_activity.iloc[1:], whole.elsewhere)
    margins = {"customer": result.axes.margins["customer"].iloc[1:]}
    with pytest.raises(BooksDoNotClose, match="by customer differs from the company's by"):
        reconciliation(margins, {"customer": short}, result.costs, result.books, result.files)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"equation": [{"minutes": 1, "per": "parcel"}]}, "needs the driver 'parcel'.*parcels"),
        ({"pool": "round"}, "belongs to pool 'round'.*rounds"),
    ],
)
def test_an_equation_that_the_data_cannot_feed_is_refused(company, change, message):
    wrong = Activity.model_validate(ACTIVITIES[0].model_dump() | change)
    with pytest.raises(ParamsError, match=message):
        costed(company, [wrong])


def test_time_equations_without_a_ledger_are_refused(company):
    with pytest.raises(ParamsError, match="need sources.ledger and sources.capacity"):
        costed(company | {"ledger": company["ledger"].limit(0)}, ACTIVITIES)


def test_delivery_margins_sum_to_their_cells_and_leave_higher_levels_out(company):
    result = costed(company, ACTIVITIES)
    workload = economic.delivery_workload(result.studied, ACTIVITIES, by=["customer_id"])
    cells = economic.allocation(workload, result.costs, result.books, idle_key="used_cost", sustaining_key="revenue")
    single = economic.delivery_margins(result.studied, cells, result.sharing).to_pandas()
    assert len(single) == result.studied.count().to_pandas()
    assert single["delivery_id"].is_unique
    for margin in ("practical", "full"):
        by_customer = single.groupby("customer_id")[f"{margin}_margin_eur"].sum().round(2)
        expected = cells.cells.groupby("customer_id")[f"{margin}_cents"].sum() / 100
        pd.testing.assert_series_equal(by_customer, expected, check_names=False)
    rate = result.costs.pool_cost.query("pool == 'rounds'").set_index("month")["rate_eur_per_minute"]
    row = result.studied.filter(result.studied.delivery_zone == "local").limit(1).to_pandas().iloc[0]
    minutes = 6 + 0.7 * row["parcels"]
    exact = float(row["direct_purchases_eur"]) + minutes * rate[row["month"]]
    got = single.set_index("delivery_id").loc[row["delivery_id"], "cost_eur"]
    assert abs(got - exact) < 0.03
