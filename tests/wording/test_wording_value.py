import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "value"))
from handmade import crossed, handmade

from workbench import value, wording
from workbench.language import speaking
from workbench.params import Value
from workbench.wording import directory as directory_module
from workbench.wording.directory import MOST_CLIENTS
from workbench.wording.value import OF_SEGMENT

REVIEW = {"action": "review", "cost_eur": 100.0, "hazard_ratio": 0.6}
CORRECT = {"action": "correct", "cost_eur": 40.0, "price_change_share": 0.06, "volume_change_share": -0.05}
ACTIONS = [REVIEW, CORRECT]


@pytest.fixture(scope="module")
def study():
    made = handmade(150, 60, former=10)
    made.margins.loc[0, "name"] = "<script>alert(1)</script>"
    told = Value.model_validate({"actions": ACTIONS, "budget_eur": 3000.0, "plan_draws": 20})
    found = crossed(made, told)
    plan = value.plan_of(found.placed, found.clients, found.expected, found.alive, found.draws, told, activities=[])
    table = value.with_plan(found.placed, plan)
    segment = table[table["alive"]].set_index("customer_id")["segment"]
    segments = value.segment_table(found.clients, segment, found.values, None)
    return made, found, plan, table, segments


def test_the_headline_says_worth_interval_and_plan(study):
    _, found, plan, table, segments = study
    told = str(wording.value_headline(table, segments, found.values, plan, unit="€"))
    assert "Over the next 36 months 150 clients are worth" in told and "Gain of the plan" in told


def test_a_clientele_that_loses_money_has_no_half(study):
    _, found, plan, table, segments = study
    losing = table.assign(lifetime_value_eur=-table["lifetime_value_eur"].abs())
    answer = wording.value_headline(losing, segments, found.values, plan, unit="€").answer
    assert "lose money" in answer and "half of it" not in answer


def test_without_a_living_client_or_with_one_segment_there_is_still_a_sentence(study):
    _, found, plan, table, segments = study
    nobody = table.assign(alive=False)
    none = segments[segments["segment"].isin(OF_SEGMENT)]
    assert "0 clients" in wording.value_headline(nobody, none, found.values, plan, unit="€").answer
    one = pd.concat([segments[~segments["segment"].isin(OF_SEGMENT)].head(1), none])
    assert wording.say_segment_values(one, unit="€").text.startswith("1 segment to compare")


def test_a_client_has_a_line_and_a_sheet_that_is_found_by_its_number(study):
    made, _, plan, table, _ = study
    directory = wording.client_directory(table, upstream=made.upstream, unit="€", horizon_months=36)
    page = directory._repr_html_()
    assert page.count("<details class=client>") == 150
    assert "<script>" not in page and "&lt;script&gt;" in page
    row = next(line for line in page.splitlines() if plan.chosen["customer_id"].iloc[0] in line)
    for part in ("Value of 36 months", "status quo", "Potential", "Stays", "risk from", "Place:", "redrawn plans"):
        assert part in row, part
    assert len(page.encode()) < 750 * 150


def test_a_directory_that_is_cut_says_so_and_where_the_rest_is(study, monkeypatch):
    made, _, _, table, _ = study
    whole = wording.client_directory(table, upstream=made.upstream, unit="€", horizon_months=36)
    assert "Clients not taken for lost, by lifetime value" in whole._repr_html_()
    assert "tables/customer_value.parquet" not in whole._repr_html_()
    monkeypatch.setattr(directory_module, "MOST_CLIENTS", 40)
    cut = whole._repr_html_()
    assert "The first 40 of 150 have one here; all are in tables/customer_value.parquet." in cut
    assert cut.count("<details class=client>") == 40


def test_the_largest_directory_stays_below_two_megabytes(study):
    made, _, _, table, _ = study
    one = wording.client_directory(table, upstream=made.upstream, unit="€", horizon_months=36)._repr_html_()
    assert len(one.encode()) / 150 * MOST_CLIENTS < 1_700_000


def test_ten_decisions_come_from_the_plan_or_from_the_strategy(study):
    _, found, plan, table, _ = study
    options = value.option_table(plan)
    sheet = wording.decisions_sheet(options, table, unit="€")
    assert len(sheet.table) == min(10, len(plan.chosen))
    assert sheet.table["gain_eur"].is_monotonic_decreasing
    without = wording.decisions_sheet(None, value.with_plan(found.placed, None), unit="€")
    assert len(without.table) == 10 and {"effort", "terms"} <= set(without.table)
    assert wording.decisions_sheet(None, None, unit="€") is None


def test_a_run_without_crossing_says_so():
    assert "not crossed" in wording.say_crossing(None).text
    assert "not crossed" in wording.say_segment_values(None, unit="€").text
    assert wording.client_directory(None, upstream={}, unit="€", horizon_months=36) is None
    bare = wording.Headline("earned", ())
    assert wording.study_headline(bare, None, None, None, horizon_months=36, unit="€") is bare


def test_the_usual_strategy_is_said_in_french(study):
    _, _, _, table, segments = study
    with speaking("fr"):
        assert "piliers" in wording.strategy_sheet(Value().strategy, table, unit="€")._repr_html_()
        assert "au centime" in wording.say_segment_values(segments, unit="€").text


def test_the_plan_is_said_with_its_rivals(study):
    _, _, plan, _, _ = study
    told = wording.say_plan(plan, budget_eur=3000.0, unit="€").text
    assert "ranked by: revenue" in told and "lifetime value" in told
    assert wording.say_plan(None, budget_eur=None, unit="€").tone == "warning"
    assert isinstance(wording.actions_sheet(Value.model_validate({"actions": ACTIONS, "budget_eur": 1.0}).actions,
                                            unit="€").table, pd.DataFrame)  # fmt: skip


def test_a_shared_summary_leaves_out_sums_that_are_one_clients(study):
    _, _, plan, table, segments = study
    options = value.option_table(plan)
    margin = wording.Headline("earned", ())
    one = options.assign(chosen=options.index == options["gain_eur"].idxmax())
    whole = wording.study_headline(margin, table, segments, options, horizon_months=36, unit="€", shared=True)
    single = wording.study_headline(margin, table, segments, one, horizon_months=36, unit="€", shared=True)
    assert len(whole.cards) == 2 and len(single.cards) == 1
    assert len(wording.study_headline(margin, table, segments, one, horizon_months=36, unit="€").cards) == 2
    chosen = table["customer_id"].isin(options.loc[options["chosen"], "customer_id"])
    of_one_group = table.assign(group_id=table["group_id"].where(~chosen, "G"))
    grouped = wording.study_headline(margin, of_one_group, segments, options, horizon_months=36, unit="€", shared=True)
    assert chosen.sum() >= 3 and len(grouped.cards) == 1
    giant = table.assign(lifetime_value_eur=[1e9, *table["lifetime_value_eur"].iloc[1:]])
    assert wording.study_headline(margin, giant, segments, options, horizon_months=36, unit="€", shared=True) is margin


def test_a_shared_headline_of_the_chapter_names_no_segment_and_no_sum_of_one_client(study):
    _, found, plan, table, segments = study
    asked = (segments, found.values, plan)
    told = wording.value_headline(table, *asked, unit="€", shared=True)
    labels = [card.label for card in told.cards]
    assert "Lifetime value" in labels and "Gain of the plan, after its cost" in labels
    assert "Segment that earns most" not in labels
    one = table.assign(gain_eur=table["gain_eur"].where(table["gain_eur"].eq(table["gain_eur"].max())))
    labels = [card.label for card in wording.value_headline(one, *asked, unit="€", shared=True).cards]
    assert "Gain of the plan, after its cost" not in labels
    giant = table.assign(lifetime_value_eur=[1e9, *table["lifetime_value_eur"].iloc[1:]])
    assert wording.value_headline(giant, *asked, unit="€", shared=True) is None
