"""Why a client costs more than it brings: the parts add up, and the numbers are those counted by hand."""

import numpy as np
import pandas as pd
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import costed

from workbench import economic
from workbench.economic.allocation import Allocation

SELLERS = pd.DataFrame({"customer_id": ["A", "B", "C", "D"], "salesperson": ["Ana", "Ana", "Bo", None]})


def small_allocation() -> Allocation:
    """Four clients in one month: revenue, purchases, two activities; amounts in cents."""
    cells = pd.DataFrame(
        {
            "customer_id": list("ABCD"),
            "month": pd.Timestamp("2024-01-01"),
            "n_deliveries": 1,
            "revenue_cents": [10_000, 20_000, 5_000, -100],
            "direct_purchases_cents": [1_000, 2_000, 500, 0],
            "idle_cents": [300, 0, 0, 0],
            "overdriven_cents": [0, 100, 0, 0],
            "sustaining_cents": [200, 400, 100, 0],
        }
    )
    used = pd.DataFrame({"visits": [3_000, 1_000, 0, 50], "delivery": [2_000, 5_000, 5_000, 0]})
    cells["used_cents"] = used.sum(axis=1)
    cells["practical_cents"] = cells["revenue_cents"] - cells["direct_purchases_cents"] - cells["used_cents"]
    cells["full_cents"] = (
        cells["practical_cents"] - cells["idle_cents"] + cells["overdriven_cents"] - cells["sustaining_cents"]
    )
    return Allocation(cells, used, pd.Series(dtype="int64"))


@pytest.mark.parametrize("activities", [ACTIVITIES, []], ids=["time equations", "booked"])
def test_what_a_client_costs_above_its_peers_is_its_whole_gap_in_margin(activities):
    tables = {name: as_checked(frame, name) for name, frame in random_company(n_customers=25).items()}
    result = costed(tables, activities)
    gaps = economic.cost_gaps(result.by_customer)
    margins = result.margins.set_index("customer_id")
    margins = margins[margins["revenue_eur"] > 0]
    band = gaps.groupby("customer_id")["revenue_band"].first()
    assert band.value_counts().max() - band.value_counts().min() <= 1
    assert margins.groupby(band)["revenue_eur"].max().iloc[0] <= margins.groupby(band)["revenue_eur"].min().iloc[1]
    rate = margins.groupby(band)["full_margin_eur"].sum() / margins.groupby(band)["revenue_eur"].sum()
    expected = margins["revenue_eur"] * band.map(rate) - margins["full_margin_eur"]
    assert np.allclose(gaps.groupby("customer_id")["excess_eur"].sum(), expected.sort_index(), atol=1e-6)
    assert np.allclose(gaps.groupby(["revenue_band", "item"])["excess_eur"].sum(), 0, atol=1e-6)


def test_reasons_by_hand():
    whole = small_allocation()
    gaps = economic.cost_gaps(whole)
    assert set(gaps["customer_id"]) == {"A", "B", "C"}
    # Three clients in up to five bands: each is its own peer, and nothing is above it.
    assert np.allclose(gaps["excess_eur"], 0)
    gaps.loc[gaps["customer_id"].eq("C") & gaps["item"].eq("delivery"), "excess_eur"] = 20.0
    gaps.loc[gaps["customer_id"].eq("C") & gaps["item"].eq("visits"), "excess_eur"] = 30.0
    gaps.loc[gaps["customer_id"].eq("A") & gaps["item"].eq("visits"), "excess_eur"] = 90.0
    margins = pd.DataFrame(
        {"customer_id": list("ABC"), "name": list("abc"), "revenue_eur": 1.0, "full_margin_eur": [35.0, 9.0, -6.0]}
    )
    reasons = economic.loss_reasons(gaps, margins).set_index("item")
    assert reasons["excess_eur"].to_dict() == pytest.approx(
        {"visits": 30, "delivery": 20, "direct_purchases": 0, "sustaining": 0, "unused_capacity": 0}
    )
    assert reasons["n_clients"].to_dict()["visits"] == 1
    client = economic.client_reasons(gaps, margins).iloc[0]
    assert client[["customer_id", "reason_1", "reason_2", "reason_1_eur"]].tolist() == ["C", "visits", "delivery", 30]
    assert pd.isna(client["reason_3"])


def test_the_return_on_commercial_cost_is_a_ratio_of_sums():
    table = economic.commercial_return(small_allocation(), SELLERS, ["visits"]).set_index("salesperson")
    # Ana: 300 of revenue, 30 of purchases, 70 of delivery: 200 before 40 of visits.
    assert table.loc["Ana", ["revenue_eur", "margin_before_sales_eur", "commercial_cost_eur"]].tolist() == [
        300,
        200,
        40,
    ]
    assert table.loc["Ana", "return_ratio"] == 5
    assert table.loc["Ana", ["n_clients", "n_clients_below"]].tolist() == [2, 0]
    assert pd.isna(table.loc["Bo", "return_ratio"])
    assert table.loc["Bo", "n_clients_below"] == 1
    assert list(table.index) == ["Ana", "Bo"]
    assert economic.commercial_return(small_allocation(), SELLERS, []).empty


def test_cost_to_serve_is_activity_cost_over_revenue(company):
    margins = costed(company, ACTIVITIES).margins
    assert np.allclose(margins["cost_to_serve_share"], margins["activity_cost_eur"] / margins["revenue_eur"])


def test_ranges_are_an_axis_that_closes(company):
    result = costed(company, ACTIVITIES)
    products = pd.DataFrame({"product": ["express", "economy"], "range": ["fast", None]})
    axes = economic.margins_by_axis(
        result.studied, result.by_customer, company["customers"].to_pandas(), result.books, result.sharing,
        with_orders=False, products=products,
    )  # fmt: skip
    by_range, by_product = axes.margins["range"], axes.margins["product"].set_index("product")
    assert by_range["range"].tolist() == ["fast"]
    assert by_range["full_margin_eur"].iloc[0] == by_product.loc["express", "full_margin_eur"]
    closed = economic.reconciliation(axes, result.costs, result.books, result.files)
    assert closed.query("axis == 'range'")["difference_eur"].eq(0).all()
    assert "range" in set(axes.long["axis"])
