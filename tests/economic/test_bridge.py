"""The bridge closes, and each step is what it says."""

import pandas as pd
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import costed

from workbench import economic
from workbench.economic.bridge import margin_bridge
from workbench.errors import BooksDoNotClose

QUARANTINED = pd.DataFrame(
    {
        "table": ["deliveries", "deliveries", "deliveries", "customers"],
        "rule": ["duplicate_key", "unknown_customer", "unreadable_value", "duplicate_key"],
        "n_rows": [3, 2, 4, 9],
        "revenue_eur": [30.0, 20.0, 0.0, None],
        "direct_purchases_eur": [3.0, 2.0, 0.0, None],
        "booked_margin_eur": [12.34, -5.5, 1.0, None],
    }
)


def damaged(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Two missing and one implausible booked margin, and a credit note for an invoice nobody has."""
    deliveries = frames["deliveries"].copy()
    deliveries.loc[[0, 1], "booked_margin_eur"] = None
    deliveries.loc[2, "booked_margin_eur"] = deliveries.loc[2, "revenue_eur"] * 10
    deliveries.loc[deliveries.index[-1], "credited_document_id"] = "F-nobody"
    return frames | {"deliveries": deliveries}


@pytest.fixture
def bridged():
    frames = damaged(random_company())
    company = {name: as_checked(frame, name) for name, frame in frames.items()}
    result = costed(company, ACTIVITIES)
    rows = economic.booked_rows(company["deliveries"], result.studied, QUARANTINED)
    return frames, result, margin_bridge(rows, result.costs, result.books, result.files).set_index("step")


def test_the_bridge_runs_from_all_rows_read_to_the_books(bridged):
    frames, result, bridge = bridged
    deliveries = frames["deliveries"]
    assert bridge.loc["booked_margin", "amount_eur"] == round(
        deliveries["booked_margin_eur"].sum() + 12.34 - 5.5 + 1, 2
    )
    assert bridge.loc["booked_margin", "n_rows"] == len(deliveries) + 9
    company = result.reconciliation.query("margin == 'full'")["ledger_eur"].iloc[0]
    assert bridge.loc["retreated_margin", "amount_eur"] == company
    assert round(bridge["amount_eur"].iloc[:-1].sum(), 2) == company


def test_each_correction_moves_what_it_touches(bridged):
    frames, _, bridge = bridged
    deliveries = frames["deliveries"]
    contribution = deliveries["revenue_eur"] - deliveries["direct_purchases_eur"]
    moved = contribution - deliveries["booked_margin_eur"].fillna(0)
    notes = deliveries["credited_document_id"].notna()
    expected = {
        "unreadable_rows": (4, -1.0),
        "duplicates": (3, -12.34),
        "orphan_deliveries": (2, 5.5),
        "missing_booked_margins": (2, moved[:2].sum()),
        "implausible_booked_margins": (1, moved[2]),
        "credit_notes_matched": (7, moved[notes].iloc[:-1].sum()),
        "credit_notes_unmatched": (1, moved[notes].iloc[-1]),
    }
    for step, (n_rows, amount) in expected.items():
        assert bridge.loc[step, "n_rows"] == n_rows, step
        assert bridge.loc[step, "amount_eur"] == pytest.approx(amount, abs=0.011), step


def test_the_order_of_steps_is_fixed(bridged):
    _, _, bridge = bridged
    assert list(bridge.index) == [
        "booked_margin",
        "unreadable_rows",
        "duplicates",
        "orphan_deliveries",
        "outside_period",
        "credit_notes_matched",
        "credit_notes_unmatched",
        "missing_booked_margins",
        "implausible_booked_margins",
        "standard_costs_replaced",
        "unused_capacity",
        "overdriven_capacity",
        "sustaining_costs",
        "books_beyond_files",
        "retreated_margin",
    ]


def test_the_practical_margin_is_reached_on_the_way(bridged):
    _, result, bridge = bridged
    assert bridge.loc["standard_costs_replaced", "running_eur"] == pytest.approx(
        result.margins["practical_margin_eur"].sum(), abs=0.005
    )


def test_a_bridge_that_misses_the_books_stops(bridged, monkeypatch):
    _, result, _ = bridged
    frames = damaged(random_company())
    company = {name: as_checked(frame, name) for name, frame in frames.items()}
    rows = economic.booked_rows(company["deliveries"], result.studied, QUARANTINED)
    pools = result.costs.pools.assign(idle_cents=result.costs.pools["idle_cents"] + 1)
    wrong = type(result.costs)(pools, result.costs.activities)
    with pytest.raises(BooksDoNotClose, match="misses the company's margin by -0.12"):
        margin_bridge(rows, wrong, result.books, result.files)
