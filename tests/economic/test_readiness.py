"""Everything that stands in the way of costing is told at once, before anything runs."""

from datetime import date

from company import ACTIVITIES, as_checked, random_company

from workbench import economic
from workbench.params import Activity, Economic
from workbench.tables.contracts import DELIVERIES
from workbench.tables.empty import empty_table


def problems(company, activities, *, told=None, **dates) -> list[str]:
    dates = {"start_on": None, "as_of": date(2024, 3, 31)} | dates
    tables = {"timesheets": empty_table("timesheets")} | company
    return economic.costing_problems(tables, Economic(activities=activities, **(told or {})), **dates)


def test_a_company_that_can_be_costed_has_none(company):
    assert problems(company, ACTIVITIES) == []


def test_every_reason_is_told_at_once(company):
    wrong = [
        Activity.model_validate(ACTIVITIES[0].model_dump() | {"equation": [{"minutes": 1.0, "per": "parcel"}]}),
        Activity.model_validate(ACTIVITIES[1].model_dump() | {"pool": "broker"}),
        Activity.model_validate(ACTIVITIES[3].model_dump() | {"equation": [{"minutes": 1.0, "per": "claims"}]}),
    ]
    told = problems(company, wrong)
    assert len(told) == 3
    assert "needs the driver 'parcel', which deliveries does not have" in told[0]
    assert "needs the driver 'claims', which interactions does not have" in told[1]
    assert "belongs to pool 'broker'" in told[2]


def test_an_empty_period_and_odd_books_are_told(company):
    late = problems(company, ACTIVITIES, start_on=date(2030, 1, 1), as_of=date(2030, 1, 31))
    assert "none of the accepted rows was delivered from 2030-01" in late[0]
    capacity = random_company()["capacity"].assign(absence_minutes=lambda t: t["paid_minutes"] * 2)
    odd = problems(company | {"capacity": as_checked(capacity, "capacity")}, ACTIVITIES)
    assert "absence_minutes exceed" in odd[0]


def test_stops_that_no_delivery_names_and_minutes_nobody_observed_are_told(company):
    told = {"activity": "delivery", "pool": "rounds", "level": "delivery"}
    by_stop = [Activity.model_validate(told | {"equation": [{"minutes": 6, "shared_over": "stop"}]})]
    assert "a term is shared_over a stop, but no delivery has a stop_id" in problems(company, by_stop)[0]
    named = random_company()["deliveries"].assign(stop_id="S", round_id="R")
    named = company | {"deliveries": as_checked(named, "deliveries")}
    assert problems(named, by_stop, told={"stop_key": "parcels"}) == []
    assert "stop_key must be equal or a driver" in problems(named, by_stop, told={"stop_key": "parcel"})[0]
    silent = [Activity.model_validate(told | {"equation": [{"per": "parcels"}]})]
    assert (
        "a term without minutes and only 0 observations"
        in problems(company, silent, told={"equations_from": "timesheets"})[0]
    )


def test_books_with_a_hole_or_a_minus_sign_before_the_revenue_are_told(company):
    ledger = random_company()["ledger"]
    hole = company | {"ledger": as_checked(ledger[ledger["month"].ne(date(2024, 2, 1))], "ledger")}
    assert "ledger: has no row for 1 of the 3 months of the study period (2024-02)" in problems(hole, ACTIVITIES)[0]
    short = company | {"ledger": as_checked(ledger[ledger["month"].lt(date(2024, 3, 1))], "ledger")}
    assert "(2024-03); add them, or correct start_on or as_of" in problems(short, ACTIVITIES)[0]
    sign = ledger["amount_eur"].where(ledger["kind"].ne("revenue"), -ledger["amount_eur"])
    turned = company | {"ledger": as_checked(ledger.assign(amount_eur=sign), "ledger")}
    assert "ledger: the amounts of kind revenue sum to -" in problems(turned, ACTIVITIES)[0]


def test_the_names_that_costing_adds_to_the_deliveries_are_reserved(company):
    """A driver of such a name would be overwritten without a word: the mapping refuses it."""
    deliveries = random_company()["deliveries"].assign(stop_id="S", round_id="R")
    table = as_checked(deliveries, "deliveries")
    period = economic.study_period(table, company["ledger"], start_on=None, as_of=date(2024, 3, 31))
    studied = economic.period_deliveries(table, period, cost_share_low=0.0, cost_share_high=3.0)
    shared = Activity.model_validate(
        {"activity": "a", "pool": "rounds", "level": "delivery", "equation": [{"minutes": 1, "shared_over": "round"}]}
    )
    shared = economic.stops_and_rounds(studied, [shared], stop_key="equal", round_key="stops")
    assert set(shared.columns) - set(table.columns) == set(DELIVERIES.added)
