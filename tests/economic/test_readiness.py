"""Everything that stands in the way of costing is told at once, before anything runs."""

from datetime import date

from company import ACTIVITIES, as_checked, random_company

from workbench import economic
from workbench.params import Activity, Economic


def problems(company, activities, **dates) -> list[str]:
    dates = {"start_on": None, "as_of": date(2024, 3, 31)} | dates
    return economic.costing_problems(company, Economic(activities=activities), **dates)


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
