"""Adventure Works as a study with params only, against the control totals handed over with the data.

Control totals: sales 80,450,596.98; product cost 79,980,114.38; 335 of 635 resellers with sales lose money; the whale
curve peaks at 561.9 % of the profit after 300 resellers.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from workbench.cli import main
from workbench.economic import whale_curve

PARAMS = Path(__file__).with_name("adventureworks.yaml")

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def run(real_data, tmp_path_factory) -> Path:
    """The folder of a whole run."""
    output = tmp_path_factory.mktemp("reports")
    files = {
        "customers": real_data / "adventureworks" / "DimReseller.parquet",
        "deliveries": real_data / "adventureworks" / "FactResellerSales.parquet",
    }
    settings = [f"--set=sources.{table}.files=[{file}]" for table, file in files.items()]
    assert main(["run", str(PARAMS), "--output", str(output), *settings]) == 0
    return output / "adventureworks" / "2013-12-31"


def test_control_totals_come_out_to_the_cent(run):
    margins = pd.read_parquet(run / "tables" / "customer_margin.parquet")
    assert round(margins["revenue_eur"].sum(), 2) == 80_450_596.98
    assert round(margins["cost_eur"].sum(), 2) == 79_980_114.38
    assert margins["n_deliveries"].gt(0).sum() == 635
    assert margins["full_margin_eur"].lt(0).sum() == 335


def test_the_whale_curve_is_the_known_one(run):
    whale = whale_curve(pd.read_parquet(run / "tables" / "customer_margin.parquet"))
    assert whale.peak_rank == 300
    assert round(100 * whale.peak_share, 1) == 561.9


def test_every_row_is_accounted_for(run):
    inputs = {entry["table"]: entry for entry in json.loads((run / "manifest.json").read_text())["inputs"]}
    assert inputs["deliveries"]["rows_read"] == inputs["deliveries"]["rows_accepted"] == 60_855
    assert inputs["customers"]["rows_read"] == 701


def test_size_hardly_tells_who_could_buy_more_and_the_page_says_so(run):
    table = pd.read_parquet(run / "tables" / "potential.parquet")
    assert len(table) == 701 and table["sector"].isna().all() and table["potential_eur"].notna().all()
    losses = pd.read_parquet(run / "tables" / "potential_evaluation.parquet").set_index("estimate")
    assert losses.loc["one for all", "worse_by_share"] < 0.02
    text = (run / "05_potential.html").read_text(encoding="utf-8")
    assert "There is hardly any signal" in text and "size and sector hardly tell here who could buy more" in text
    assert "No account has an activity code" in text and "no market table" in text


def test_the_pages_say_that_margins_are_as_booked(run):
    for page in ("index.html", "02_margin_retreatment.html"):
        text = (run / page).read_text(encoding="utf-8")
        assert "margins are booked margins" in text
        assert "as booked" in text


def test_losses_are_dated_and_a_foresight_that_cannot_be_tested_says_so(run):
    churn = pd.read_parquet(run / "tables" / "churn.parquet")
    assert len(churn) == 701 and churn["last_order_on"].notna().sum() == 635
    rule = pd.read_parquet(run / "tables" / "churn_rule.parquet")
    # Orders come by the quarter, so any quantile finds nearly the same losses.
    assert rule["n_lost"].max() - rule["n_lost"].min() < 15
    text = (run / "04_churn_survival.html").read_text(encoding="utf-8")
    assert "The files give no reason for any loss" in text and "may be older than the files" in text
    # Three years of quarterly orders: silences take so long to judge that no landmark has losses before it.
    assert "could not be tested on the past" in text
