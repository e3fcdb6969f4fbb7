"""Annual spend: exposure annualised, credit notes netted, and who is comparable."""

from datetime import date

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from workbench.params import Potential
from workbench.potential import client_spend, spend_by_size
from workbench.tables.empty import empty_table
from workbench.wording import say_comparable

AS_OF = date(2025, 12, 31)


def deliveries(rows: list[tuple]) -> ibis.Table:
    """Checked deliveries: (customer_id, delivered_on, revenue_eur, credited_document_id or None)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "delivered_on", "revenue_eur", "credited_document_id"])
    schema = empty_table("deliveries").schema()
    columns = {
        name: pa.array(frame[name], from_pandas=True).cast(dtype.to_pyarrow(), safe=False)
        if name in frame
        else pa.nulls(len(frame), dtype.to_pyarrow())
        for name, dtype in schema.items()
    }
    return ibis.memtable(pa.table(columns))


def monthly(customer: str, first: str, last: str, revenue: float) -> list[tuple]:
    days = pd.date_range(first, last, freq="15D")
    return [(customer, day.date(), revenue, None) for day in days]


def spent(rows: list[tuple], opened: dict[str, str] | None = None, closed: dict[str, str] | None = None):
    known = [*sorted({row[0] for row in rows}), "never"]
    customers = pd.DataFrame({"customer_id": known})
    customers["opened_on"] = pd.to_datetime(customers["customer_id"].map(opened or {}))
    customers["closed_on"] = pd.to_datetime(customers["customer_id"].map(closed or {}))
    return client_spend(deliveries(rows), customers, Potential(), as_of=AS_OF).set_index("customer_id")


def test_a_client_of_half_a_year_is_brought_to_a_year():
    rows = monthly("old", "2023-01-03", "2025-12-30", 100.0) + monthly("young", "2025-07-01", "2025-12-30", 100.0)
    found = spent(rows, opened={"young": "2025-07-01"})
    n_old, n_young = (sum(r[0] == c and r[1].year == 2025 for r in rows) for c in ("old", "young"))
    assert found.loc["old", "current_eur"] == pytest.approx(100 * n_old)
    assert found.loc["young", "exposure_months"] == pytest.approx(6.05, abs=0.02)
    assert found.loc["young", "current_eur"] == pytest.approx(100 * n_young * 12 / 6.05, rel=0.005)
    assert found["in_reference"].to_dict() == {"old": True, "young": True, "never": False}


def test_a_client_of_a_month_is_not_blown_up_and_not_comparable():
    found = spent(monthly("new", "2025-12-01", "2025-12-30", 100.0) * 6)
    assert found.loc["new", "current_eur"] == pytest.approx(found.loc["new", "revenue_eur"] * 4)
    assert found.loc["new", "why_not"] == "new"


def test_credit_notes_take_back_revenue_and_are_no_deliveries():
    rows = monthly("a", "2024-12-20", "2025-12-30", 100.0)
    before = spent(rows).loc["a"]
    after = spent([*rows, ("a", date(2025, 6, 1), -250.0, "F1")]).loc["a"]
    assert after["current_eur"] == pytest.approx(before["current_eur"] - 250)
    assert after["n_deliveries"] == before["n_deliveries"]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (monthly("a", "2025-01-02", "2025-09-20", 10.0), "lapsed"),
        (monthly("a", "2024-01-02", "2025-12-30", 10.0)[::4], "few deliveries"),
        ([*monthly("a", "2024-01-02", "2025-12-30", 10.0), ("a", date(2025, 12, 1), -9e3, "F1")], "no net revenue"),
    ],
)
def test_who_is_not_comparable_and_why(rows, why):
    found = spent(rows)
    assert found.loc["a", "why_not"] == why and not found.loc["a", "in_reference"]
    assert found.loc["never", ["current_eur", "why_not"]].tolist() == [0, "lapsed"]


def test_a_closed_account_is_not_active():
    rows = monthly("a", "2024-01-02", "2025-12-30", 10.0)
    assert not spent(rows, closed={"a": "2025-12-31"}).loc["a", "active"]


def test_a_client_that_left_keeps_what_it_bought():
    rows = monthly("gone", "2024-01-05", "2025-03-31", 100.0)
    in_window = sum(row[1] >= date(2025, 1, 1) for row in rows)
    assert spent(rows).loc["gone", "current_eur"] == pytest.approx(100 * in_window)


def test_the_plain_measure_is_median_and_quantile_by_size():
    table = pd.DataFrame(
        {"size_class": ["large"] * 2 + ["SME"] * 5 + [None], "current_eur": [50.0, 60, 1, 2, 3, 4, 5, 7],
         "in_reference": [True] * 8}
    )  # fmt: skip
    found = spend_by_size(table, tau=0.8)
    assert found["size_class"].tolist() == ["SME", "large", None]
    assert found.iloc[0].tolist() == ["SME", 5, 3.0, 4.0, 15.0]


def test_the_page_says_how_many_have_no_net_revenue_and_why_others_are_not_comparable():
    spend = pd.DataFrame({"current_eur": [100.0, -50.0, 20.0], "in_reference": [True, False, False],
                          "why_not": [None, "no net revenue", "lapsed"]})  # fmt: skip
    text = say_comparable(spend, unit="€").text
    assert "1 of 3 accounts are comparable" in text and "they buy 100 € of 120 € a year" in text.replace("\u202f", " ")
    assert "1 lapsed; 1 without net revenue" in text
