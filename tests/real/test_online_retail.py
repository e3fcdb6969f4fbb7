"""Online Retail as a study with params only, against the control totals handed over with the data.

Control totals: 541,909 lines, 4,372 customers, 135,080 lines without one, 9,288 cancellations; in all
9,747,747.934.
"""

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from workbench.cli import main

PARAMS = Path(__file__).with_name("online_retail.yaml")
TOTAL = Decimal("9747747.934")

pytestmark = pytest.mark.real


def whole_run(real_data, output, *settings) -> Path:
    """The folder of a whole run."""
    file = f"--set=sources.deliveries.files=[{real_data / 'online_retail' / 'online_retail.parquet'}]"
    assert main(["run", str(PARAMS), "--output", str(output), file, *settings]) == 0
    return output / "online_retail" / "2011-12-09"


@pytest.fixture(scope="module")
def run(real_data, tmp_path_factory) -> Path:
    """A run as the params file says: orphans are quarantined."""
    return whole_run(real_data, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def unallocated(real_data, tmp_path_factory) -> Path:
    """A run that accepts orphans without a customer."""
    return whole_run(real_data, tmp_path_factory.mktemp("unallocated"), "--set=sources.deliveries.orphans=unallocated")


def books(run: Path) -> dict:
    entries = json.loads((run / "manifest.json").read_text())["inputs"]
    return {entry["table"]: entry for entry in entries}


def test_every_line_and_every_pound_is_accounted_for(run):
    deliveries = books(run)["deliveries"]
    assert (deliveries["rows_read"], deliveries["rows_quarantined"]) == (541_909, 135_080)
    accepted = pd.read_parquet(run / "checked" / "deliveries.parquet", columns=["revenue_eur"])["revenue_eur"]
    quarantined = pd.read_csv(run / "quarantine" / "deliveries.csv", usecols=["rule", "amount_eur"], dtype=str)
    assert quarantined["rule"].unique().tolist() == ["unknown_customer"]
    assert sum(accepted, Decimal(0)) + sum(map(Decimal, quarantined["amount_eur"]), Decimal(0)) == TOTAL


def test_customers_come_from_the_lines(run):
    assert books(run)["customers"]["rows_accepted"] == 4_372
    customers = pd.read_parquet(run / "checked" / "customers.parquet")
    assert customers["customer_id"].is_unique
    assert customers["customer_zone"].notna().all()
    assert set(customers["customer_id"]) == set(
        pd.read_parquet(run / "checked" / "deliveries.parquet", columns=["customer_id"])["customer_id"]
    )


def test_cancellations_are_credit_notes_and_orphans_can_be_accepted(unallocated):
    assert books(unallocated)["deliveries"]["rows_quarantined"] == 0
    lines = pd.read_parquet(
        unallocated / "checked" / "deliveries.parquet", columns=["document_id", "revenue_eur", "customer_id"]
    )
    cancelled = lines[lines["document_id"].str.startswith("C")]
    assert len(cancelled) == 9_288
    assert (cancelled["revenue_eur"] < 0).all()
    assert lines["customer_id"].isna().sum() == 135_080
    assert sum(lines["revenue_eur"], Decimal(0)) == TOTAL


def test_unallocated_lines_are_on_the_not_attributable_line(unallocated):
    closed = pd.read_parquet(unallocated / "tables" / "reconciliation.parquet").set_index(["margin", "axis"])
    assert (closed["difference_eur"] == 0).all()
    by_customer = closed.loc[("practical", "customer")]
    assert round(by_customer["total_eur"] + by_customer["not_attributable_eur"], 2) == 9_747_747.93
    margins = pd.read_parquet(unallocated / "tables" / "customer_margin.parquet")
    assert len(margins) == 4_372
    assert round(margins["revenue_eur"].sum(), 2) == round(by_customer["total_eur"], 2)
    assert by_customer["not_attributable_eur"] > 1_400_000


def test_the_bridge_begins_with_all_lines(run):
    bridge = pd.read_parquet(run / "tables" / "margin_bridge.parquet")
    assert round(bridge["amount_eur"].iloc[0], 2) == 9_747_747.93
    assert bridge["n_rows"].iloc[0] == 541_909
    orphans = bridge[bridge["n_rows"] == 135_080]
    assert len(orphans) == 1
    assert "orphan" in orphans["step"].iloc[0].lower()


def test_a_year_of_orders_cannot_bear_a_survival_and_the_page_says_so(run):
    text = (run / "04_churn_survival.html").read_text(encoding="utf-8")
    assert "too few for the silence of such clients to be judged" in text
    assert "How many clients are lost cannot be told" in text and "Who will leave is not foreseen" in text
    churn = pd.read_parquet(run / "tables" / "churn.parquet")
    assert churn["p_loss_12m"].isna().all() and churn["alive"].sum() > 3_000
    assert not (run / "tables" / "customer_survival.parquet").exists()
