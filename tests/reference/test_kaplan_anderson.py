"""The worked example of Kaplan & Anderson, "Time-Driven Activity-Based Costing", HBR, November 2004.

A customer service department supplies 700,000 practical minutes for $560,000 a quarter. It processes 49,000 orders of
8 minutes, 1,400 inquiries of 44 minutes and 2,500 credit checks of 50 minutes.
"""

import pandas as pd
import pytest

from workbench.economic.pools import Books, pool_costs
from workbench.params import Activity

QUARTER = pd.Timestamp("2024-01-01")


@pytest.fixture
def costs():
    minutes = pd.DataFrame(
        {"orders": [49_000 * 8.0], "inquiries": [1_400 * 44.0], "credit_checks": [2_500 * 50.0]},
        index=pd.Index([QUARTER], name="month"),
    )
    books = Books(
        months=pd.DataFrame(
            {"month": [QUARTER], "revenue_cents": [0], "direct_purchases_cents": [0], "sustaining_cents": [0]}
        ),
        pools=pd.DataFrame(
            {"month": [QUARTER], "pool": ["service"], "pool_cents": [56_000_000], "capacity_minutes": [700_000.0]}
        ),
        in_use=True,
    )
    activities = [
        Activity.model_validate({"activity": name, "pool": "service", "level": "order", "equation": [{"minutes": m}]})
        for name, m in (("orders", 8.0), ("inquiries", 44.0), ("credit_checks", 50.0))
    ]
    return pool_costs(minutes, books, activities)


def test_rate_used_and_idle_are_those_of_the_article(costs):
    pool = costs.pool_cost.iloc[0]
    assert pool["rate_eur_per_minute"] == 0.80
    assert pool["used_minutes"] == 578_600
    assert pool["used_eur"] == 462_880.00
    assert pool["idle_eur"] == 97_120.00
    assert pool["overdriven_eur"] == 0


def test_each_activity_costs_what_the_article_says(costs):
    by_activity = costs.activity_cost.set_index("activity")["used_eur"]
    assert by_activity.to_dict() == {"orders": 313_600.00, "inquiries": 49_280.00, "credit_checks": 100_000.00}
