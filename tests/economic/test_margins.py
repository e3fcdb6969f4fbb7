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
from workbench.economic.axes import Axes
from workbench.economic.closing import reconciliation
from workbench.errors import BooksDoNotClose, DataError, ParamsError
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


def test_customers_sum_to_the_customer_axis(whole):
    row = whole.reconciliation.query("margin == 'full' and axis == 'customer'").iloc[0]
    assert round(whole.margins["full_margin_eur"].sum(), 2) == row["total_eur"]
    parts = whole.margins
    rebuilt = parts["revenue_eur"] - parts["cost_eur"] - parts["idle_eur"] - parts["sustaining_eur"]
    assert np.allclose(rebuilt, parts["full_margin_eur"], atol=1e-6)
    assert np.allclose(parts["revenue_eur"] - parts["cost_eur"], parts["practical_margin_eur"], atol=1e-6)


def test_minutes_are_those_counted_by_hand(company, whole):
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
    cells = whole.workload.cells
    here = cells["customer_id"].eq("C002") & pd.to_datetime(cells["month"]).dt.month.eq(2)
    got = whole.workload.minutes[here.to_numpy()].iloc[0].to_dict()
    assert got == pytest.approx(expected)


def test_idle_and_overdriven_stay_apart(whole):
    pools = whole.costs.pool_cost
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


def test_credit_notes_take_revenue_back_and_cost_no_minutes(company, whole):
    deliveries = company["deliveries"].to_pandas()
    assert whole.margins["n_deliveries"].sum() == deliveries["credited_document_id"].isna().sum()
    assert round(whole.margins["revenue_eur"].sum(), 2) == round(float(deliveries["revenue_eur"].sum()), 2)


def test_the_ratio_of_a_group_is_a_ratio_of_sums(whole):
    groups = whole.axes.margins["group"]
    margins = whole.margins
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


@pytest.mark.parametrize("axis", ["customer", "group", "product", "delivery_zone", "month", "salesperson", "order"])
def test_a_lost_row_of_any_axis_stops_the_reconciliation(whole, axis):
    short = whole.axes.margins | {axis: whole.axes.margins[axis].iloc[1:]}
    axes = Axes(short, whole.axes.allocations, whole.axes.unnamed)
    with pytest.raises(BooksDoNotClose, match=f"margin by {axis} differs from the company's by"):
        reconciliation(axes, whole.costs, whole.books, whole.files)


def test_a_cent_that_goes_astray_in_the_sharing_stops_the_reconciliation(whole):
    shared = whole.by_customer
    elsewhere = shared.elsewhere + pd.Series({"idle": 1}).reindex(shared.elsewhere.index, fill_value=0)
    astray = Allocation(shared.cells, shared.used_by_activity, elsewhere)
    axes = Axes(whole.axes.margins, dict.fromkeys(whole.axes.margins, astray), whole.axes.unnamed)
    with pytest.raises(BooksDoNotClose, match="full margin by customer differs from the company's by -0.01"):
        reconciliation(axes, whole.costs, whole.books, whole.files)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"equation": [{"minutes": 1, "per": "parcel"}]}, "needs the driver 'parcel'.*parcels"),
        ({"pool": "round"}, "belongs to pool 'round'.*rounds"),
        ({"pool": "garage"}, "belongs to pool 'garage', which has no month with both a cost"),
    ],
)
def test_an_equation_that_the_data_cannot_feed_is_refused(company, change, message):
    wrong = Activity.model_validate(ACTIVITIES[0].model_dump() | change)
    with pytest.raises(ParamsError, match=message):
        costed(company, [wrong])


def test_time_equations_without_a_ledger_are_refused(company):
    with pytest.raises(ParamsError, match="need sources.ledger and sources.capacity"):
        costed(company | {"ledger": company["ledger"].limit(0)}, ACTIVITIES)


def test_delivery_margins_sum_to_their_cells_and_leave_higher_levels_out(whole):
    workload = economic.delivery_workload(whole.studied, ACTIVITIES, by=["customer_id"])
    cells = economic.allocation(workload, whole.costs, whole.books, idle_key="used_cost", sustaining_key="revenue")
    single = economic.delivery_margins(whole.studied, cells, whole.sharing).to_pandas()
    assert len(single) == whole.studied.count().to_pandas()
    assert single["delivery_id"].is_unique
    for margin in ("practical", "full"):
        by_customer = single.groupby("customer_id")[f"{margin}_margin_eur"].sum().round(2)
        expected = cells.cells.groupby("customer_id")[f"{margin}_cents"].sum() / 100
        pd.testing.assert_series_equal(by_customer, expected, check_names=False)
    rate = whole.costs.pool_cost.query("pool == 'rounds'").set_index("month")["rate_eur_per_minute"]
    row = whole.studied.filter(whole.studied.delivery_zone == "local").limit(1).to_pandas().iloc[0]
    minutes = 6 + 0.7 * row["parcels"]
    exact = float(row["direct_purchases_eur"]) + minutes * rate[row["month"]]
    got = single.set_index("delivery_id").loc[row["delivery_id"], "cost_eur"]
    assert abs(got - exact) < 0.03


def test_costs_with_a_minus_sign_are_refused(company):
    frames = random_company()
    ledger = frames["ledger"]
    costs = ledger["kind"].ne("revenue")
    minus = ledger.assign(amount_eur=ledger["amount_eur"].where(~costs, -ledger["amount_eur"]))
    with pytest.raises(DataError, match="amounts of kind direct_purchases sum to -.*must be positive"):
        costed(company | {"ledger": as_checked(minus, "ledger")}, ACTIVITIES)


def test_more_absence_than_paid_minutes_is_refused(company):
    capacity = random_company()["capacity"].assign(absence_minutes=lambda t: t["paid_minutes"] * 1.5)
    with pytest.raises(DataError, match="pool brokers, month 2024-01: absence_minutes exceed paid_minutes by 150"):
        costed(company | {"capacity": as_checked(capacity, "capacity")}, ACTIVITIES)


def test_a_period_without_deliveries_is_refused_with_what_the_files_span(company):
    with pytest.raises(DataError, match="delivered from 2025-06 to 2025-12 .they run from 2024-01"):
        costed(company, ACTIVITIES, start_on=date(2025, 6, 1), as_of=date(2025, 12, 31))


def test_the_books_say_where_the_study_begins(company):
    """One delivery with a mistyped year does not add a century of months; it is outside the period."""
    frames = random_company()
    deliveries = frames["deliveries"].copy()
    deliveries.loc[0, "delivered_on"] = date(1925, 1, 5)
    result = costed(company | {"deliveries": as_checked(deliveries, "deliveries")}, ACTIVITIES)
    assert result.files.n_deliveries == len(deliveries) - 8 - 1
    assert sorted(pd.to_datetime(result.costs.pool_cost["month"]).dt.year.unique()) == [2024]


def test_a_driver_may_be_called_acts(company, whole):
    frames = random_company()
    deliveries = frames["deliveries"].rename(columns={"parcels": "acts"})
    renamed = [
        a.model_copy(
            update={
                "equation": [t.model_copy(update={"per": "acts" if t.per == "parcels" else t.per}) for t in a.equation]
            }
        )
        for a in ACTIVITIES
    ]
    one = whole.workload.minutes
    other = costed(company | {"deliveries": as_checked(deliveries, "deliveries")}, renamed).workload.minutes
    pd.testing.assert_frame_equal(one, other)


def test_conditions_that_no_delivery_meets_are_found(whole):
    wrong = [
        a.model_copy(
            update={
                "equation": [
                    t.model_copy(update={"when": {"delivery_zone": ["wrold"]} if t.when else {}}) for t in a.equation
                ]
            }
        )
        for a in ACTIVITIES
    ]
    studied = whole.studied
    unmet = economic.unmet_conditions(studied, wrong)
    assert unmet.to_dict("records") == [
        {"activity": "customs", "column": "delivery_zone", "values": "wrold", "known_values": "local, world"}
    ]
    assert economic.unmet_conditions(studied, ACTIVITIES).empty


def test_amounts_of_any_size_are_counted_to_the_cent():
    tables = random_company()
    tables["ledger"] = tables["ledger"].assign(amount_eur=tables["ledger"]["amount_eur"] + 98_765_432_100.25)
    tables["deliveries"] = tables["deliveries"].assign(
        **{name: tables["deliveries"][name] + 1_234_567.75 for name in ("revenue_eur", "booked_margin_eur")}
    )
    big = costed({name: as_checked(frame, name) for name, frame in tables.items()}, ACTIVITIES)
    assert (big.reconciliation["difference_eur"] == 0).all()
    booked = tables["ledger"].query("kind == 'revenue'")["amount_eur"].sum()
    assert big.books.months["revenue_cents"].sum() == round(booked * 100)
    assert big.files.revenue_cents == round(tables["deliveries"]["revenue_eur"].sum() * 100)
    single = economic.delivery_margins(big.studied, big.by_customer, big.sharing).to_pandas()
    assert single["revenue_eur"].sum() == pytest.approx(big.files.revenue_cents / 100, abs=0.005)
