"""From one year to the next: the steps close to the cent and are what a calculation by hand says."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import economic
from workbench.economic.allocation import Allocation
from workbench.economic.workload import StudyPeriod

PERIOD = StudyPeriod(date(2023, 7, 1), date(2025, 12, 1))
YEARS = economic.last_two_years(PERIOD)
THEN, NOW = pd.Timestamp("2024-03-01"), pd.Timestamp("2025-03-01")


def sold(rows: list[tuple]) -> Allocation:
    """Cells of product, zone, month, deliveries, revenue, purchases, used, in whole cents."""
    columns = [
        "product",
        "delivery_zone",
        "month",
        "n_deliveries",
        "revenue_cents",
        "direct_purchases_cents",
        "used_cents",
    ]
    cells = pd.DataFrame(rows, columns=columns)
    cells["practical_cents"] = cells["revenue_cents"] - cells["direct_purchases_cents"] - cells["used_cents"]
    return Allocation(cells, pd.DataFrame(index=cells.index), pd.Series(dtype="int64"))


def clients(cells: Allocation, other_cents: dict[pd.Timestamp, int]) -> Allocation:
    """The same by one client and month, less what orders and clients cost besides."""
    by_month = cells.cells.groupby("month")[["revenue_cents", "practical_cents"]].sum()
    by_month["practical_cents"] -= pd.Series(other_cents).reindex(by_month.index, fill_value=0)
    return Allocation(by_month.reset_index().assign(customer_id="C"), pd.DataFrame(), pd.Series(dtype="int64"))


def test_the_last_two_years_are_the_last_24_months_of_the_period():
    assert (YEARS.before[0], YEARS.before[-1]) == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-01"))
    assert (YEARS.after[0], YEARS.after[-1]) == (pd.Timestamp("2025-01-01"), pd.Timestamp("2025-12-01"))
    assert economic.last_two_years(StudyPeriod(date(2024, 2, 1), date(2025, 12, 1))) is None


def test_price_volume_mix_and_cost_by_hand():
    """Year 1: 10 of A at 100 less 20 less 30, 10 of B at 40 less 0 less 20: margin 500 + 200 = 700 (35 a delivery).

    Year 2: 24 of A at 110 less 25 less 30, 6 of B at 40 less 0 less 18. Volume: 10 more at 35.
    Mix: 24·50 + 6·20 - 30·35.
    """
    cells = sold(
        [
            ("A", "z", THEN, 10, 100_000, 20_000, 30_000),
            ("B", "z", THEN, 10, 40_000, 0, 20_000),
            ("A", "z", NOW, 24, 264_000, 60_000, 72_000),
            ("B", "z", NOW, 6, 24_000, 0, 10_800),
            ("A", "z", pd.Timestamp("2023-10-01"), 99, 1, 1, 1),  # before both years
        ]
    )
    bridge = economic.period_bridge(cells, clients(cells, {THEN: 5_000, NOW: 9_000}), YEARS).set_index("step")
    assert bridge["amount_eur"].to_dict() == {
        "margin_before": 650.0,
        "volume": 350.0,
        "mix": 270.0,
        "price": 240.0,
        "purchase_costs": -120.0,
        "activity_costs": 12.0,
        "order_and_client_costs": -40.0,
        "margin_after": 1362.0,
    }
    assert bridge["running_eur"].iloc[-2] == 1362.0
    assert economic.period_bridge(cells, clients(cells, {}), None).empty


CELL = st.tuples(
    st.sampled_from(["A", "B", None]),
    st.sampled_from(["y", "z"]),
    st.sampled_from([THEN, NOW, pd.Timestamp("2024-09-01")]),
    st.integers(0, 5),
    st.integers(-(10**6), 10**7),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(CELL, min_size=1, max_size=12), other=st.integers(0, 10**6))
def test_the_steps_close_whatever_was_sold(rows, other):
    """New items, items gone, credit notes without a delivery, a year without any."""
    cells = sold(rows)
    company = clients(cells, {THEN: other, NOW: other // 3})
    bridge = economic.period_bridge(cells, company, YEARS)
    month = company.cells["month"]
    before, after = (
        company.cells.loc[month.isin(span), "practical_cents"].sum() / 100 for span in (YEARS.before, YEARS.after)
    )
    assert bridge["amount_eur"].iloc[0] == before
    assert bridge["amount_eur"].iloc[-1] == after
    assert round(bridge["amount_eur"].iloc[:-1].sum() - after, 6) == 0
    # The last cent of rounding is all that the step of orders and clients takes over from the others.
    others = bridge.set_index("step")["amount_eur"]
    kept = -(other // 3 if NOW in set(month) else 0) + (other if THEN in set(month) else 0)
    assert abs(others["order_and_client_costs"] - kept / 100) <= 0.03


def test_products_and_their_change():
    cells = sold(
        [
            ("A", "y", THEN, 10, 100_000, 20_000, 30_000),
            ("A", "z", NOW, 10, 120_000, 20_000, 30_000),
            ("B", "z", NOW, 4, 10_000, 0, 20_000),
        ]
    )
    table = economic.product_performance(cells, YEARS).set_index("product")
    assert table.loc["A"].to_dict() == pytest.approx(
        {
            "n_deliveries": 20, "revenue_eur": 2200, "practical_margin_eur": 1200, "margin_share": 1200 / 2200,
            "revenue_per_delivery_eur": 110, "cost_per_delivery_eur": 50, "revenue_change_share": 0.2,
            "margin_change_eur": 200,
        }
    )  # fmt: skip
    assert pd.isna(table.loc["B", "revenue_change_share"])
    assert table.loc["B", "margin_change_eur"] == -100
    assert economic.product_performance(cells, None)["margin_change_eur"].isna().all()


def test_a_territory_grows_only_where_the_months_agree():
    rng = np.random.default_rng(4)
    season = 1000 + 300 * np.sin(np.arange(12))
    rows = []
    for customer, growth in (("N", 1.2), ("S", 1.0), ("W", 0.7)):
        for months, factor in ((YEARS.before, 1.0), (YEARS.after, growth)):
            euros = season * factor + rng.normal(0, 40, 12)
            rows += [(customer, month, round(100 * value)) for month, value in zip(months, euros, strict=True)]
    cells = pd.DataFrame(rows, columns=["customer_id", "month", "revenue_cents"])
    zones = pd.DataFrame({"customer_id": ["N", "S", "W"], "customer_zone": ["north", "south", "west"]})
    allocated = Allocation(cells, pd.DataFrame(), pd.Series(dtype="int64"))
    table = economic.territory_trend(allocated, zones, YEARS).set_index("customer_zone")
    assert table["trend"].to_dict() == {"north": "growing", "south": "not established", "west": "shrinking"}
    assert table["change_share"].to_dict() == pytest.approx({"north": 0.2, "south": 0.0, "west": -0.3}, abs=0.04)
    assert (table["change_low_share"] < table["change_share"]).all()
    assert economic.territory_trend(allocated, zones.assign(customer_zone=None), YEARS).empty
    assert economic.territory_trend(allocated, zones, None).empty
