"""Behind every step of the bridge lie the rows that make it; credit notes and doubtful costs are shown one by one."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import costed
from test_bridge import damaged

from workbench import economic
from workbench.economic.bridge import booked_rows, margin_bridge
from workbench.tables.empty import empty_table
from workbench.tables.quarantine import SUMMED

SET_ASIDE = pd.DataFrame(
    {
        "file": ["d.csv"] * 4,
        "row": [3, 9, 12, 40],
        "rule": ["duplicate_key", "unknown_customer", "unreadable_value", "after_as_of"],
        "revenue_eur": [30.0, 20.0, 0.0, 5.0],
        "direct_purchases_eur": [3.0, 2.0, 0.0, 1.0],
        "booked_margin_eur": [12.34, -5.5, None, 1.0],
    }
)


def quarantine():
    """The rows set aside, and the summary that the intake makes of them."""
    table = ibis.memtable(SET_ASIDE).cast(dict.fromkeys(SUMMED, "decimal(18, 6)"))
    by_rule = SET_ASIDE.fillna(0.0).groupby("rule")
    summary = by_rule[list(SUMMED)].sum().assign(n_rows=by_rule.size(), table="deliveries").reset_index()
    return table, summary


@pytest.mark.parametrize("activities", [ACTIVITIES, []], ids=["time equations", "booked"])
@pytest.mark.parametrize("mapped", [True, False], ids=["margin booked", "no booked margin"])
def test_the_rows_of_a_step_sum_to_the_step(activities, mapped):
    frames = damaged(random_company())
    if not mapped:
        frames["deliveries"]["booked_margin_eur"] = None
    # Exports often give a credit note its delivery's own number, and it may come when the delivery is long past.
    notes = frames["deliveries"]["credited_document_id"].notna()
    numbers = frames["deliveries"].loc[notes, "delivery_id"].str.removeprefix("N")
    frames["deliveries"].loc[notes, "delivery_id"] = numbers
    frames["deliveries"].loc[notes, "delivered_on"] = date(2024, 3, 20)
    tables = {name: as_checked(frame, name) for name, frame in frames.items()}
    result = costed(tables, activities, start_on=date(2024, 2, 1))
    quarantined, summary = quarantine()
    booked = booked_rows(tables["deliveries"], result.studied, summary)
    bridge = margin_bridge(booked, result.costs, result.books, result.files).set_index("step")
    rows = economic.bridge_rows(
        tables["deliveries"],
        result.studied,
        quarantined,
        result.by_customer,
        result.workload,
        result.costs,
        result.books,
    ).to_pandas()
    moved = rows.groupby("step")["moved_eur"].sum()
    steps = bridge.index[1:-1]
    assert set(moved.index) <= set(steps)
    assert np.allclose(moved.reindex(steps, fill_value=0.0), bridge.loc[steps, "amount_eur"], atol=0.011)
    counted = rows[rows["delivery_id"].notna() | rows["file"].notna()].groupby("step").size()
    named = [step for step in steps if step in counted.index]
    assert counted[named].to_dict() == bridge.loc[named, "n_rows"].to_dict()
    assert set(rows.loc[rows["file"].notna(), "row"]) == {3, 9, 12, 40}


def notes_of(rows: list[tuple], late_days: int = 60) -> pd.DataFrame:
    columns = ["delivery_id", "document_id", "credited_document_id", "customer_id", "delivered_on", "revenue_eur"]
    table = as_checked(pd.DataFrame(rows, columns=columns), "deliveries")
    period = economic.study_period(table, empty_table("ledger"), start_on=None, as_of=date(2024, 6, 30))
    studied = economic.period_deliveries(table, period, cost_share_low=0.0, cost_share_high=3.0)
    return economic.credit_notes(table, studied, late_days=late_days).to_pandas().set_index("delivery_id")


def test_credit_notes_are_full_partial_late_or_unmatched():
    sold = [
        ("D1", "F1", None, "C1", date(2024, 1, 10), 60.0),
        ("D2", "F1", None, "C1", date(2024, 1, 12), 40.0),
        ("D3", "F3", None, "C2", date(2024, 1, 20), 25.5),
    ]
    notes = notes_of(
        [
            *sold,
            ("N1", "A1", "F1", "C1", date(2024, 1, 22), -100.0),
            ("N2", "A2", "F1", "C1", date(2024, 4, 1), -40.0),
            ("N3", "A3", "F3", "C2", date(2024, 2, 1), -30.0),
            ("N4", "A4", "F3", "C1", date(2024, 2, 1), -25.5),  # another client's invoice
            ("N5", "A5", None, "C2", date(2024, 2, 2), -1.0),  # names no invoice
        ]
    )
    assert notes["kind"].to_dict() == {
        "N1": "full", "N2": "partial", "N3": "above the invoice", "N4": "unmatched", "N5": "unmatched",
    }  # fmt: skip
    assert notes["late"].to_dict() == {"N1": False, "N2": True, "N3": False, "N4": False, "N5": False}
    assert notes.loc[["N1", "N2", "N3"], "n_days_after"].tolist() == [10, 80, 12]
    assert notes.loc["N1", ["credited_eur", "invoiced_eur", "credited_share"]].tolist() == [100, 100, 1]
    assert notes.loc["N2", "credited_share"] == pytest.approx(0.4)
    assert notes["invoiced_eur"].isna().sum() == 2


def test_a_cost_unlike_its_products_is_listed_and_stays():
    rng = np.random.default_rng(1)
    n = 200
    frame = pd.DataFrame(
        {
            "delivery_id": [f"D{i:03d}" for i in range(n)],
            "customer_id": "C",
            "delivered_on": date(2024, 1, 10),
            "product": np.where(np.arange(n) < 100, "cheap", "dear"),
            "revenue_eur": 100.0,
        }
    )
    share = np.where(frame["product"].eq("cheap"), 0.2, 0.8) * np.exp(rng.normal(0, 0.05, n))
    share[0] = 0.8  # ordinary for the other product
    share[150] = 4.0  # and one that the rule finds
    share[151] = -0.5
    frame["booked_margin_eur"] = (100 * (1 - share)).round(2)
    table = as_checked(frame, "deliveries")
    period = economic.study_period(table, empty_table("ledger"), start_on=None, as_of=date(2024, 1, 31))
    studied = economic.period_deliveries(table, period, cost_share_low=0.0, cost_share_high=3.0)
    found = economic.booked_cost_outliers(studied, score=6.0).to_pandas().set_index("delivery_id")
    assert found[["by_rule", "by_test"]].to_dict("index") == {
        "D000": {"by_rule": False, "by_test": True},
        "D150": {"by_rule": True, "by_test": True},
        "D151": {"by_rule": True, "by_test": False},
    }
    assert found.loc["D000", "cost_share"] == pytest.approx(0.8)
    logs = np.log((1 - frame["booked_margin_eur"][:100] / 100).to_numpy())
    mad = np.median(np.abs(logs - np.median(logs)))
    assert found.loc["D000", "robust_score"] == pytest.approx((logs[0] - np.median(logs)) / (1.4826 * mad))
    assert economic.file_totals(studied).margin_cents == round(
        100 * (frame["booked_margin_eur"].drop([150, 151]).sum() + 200)
    )
