from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from handmade import crossed, handmade

from workbench import value, wording
from workbench.errors import BooksDoNotClose
from workbench.params import KeyAccounts, Value
from workbench.value.clientele import SCORES, recent_months
from workbench.value.segments import FORMER, TOTAL, UNALLOCATED
from workbench.value.strategy import key_account_reasons

PARTS = ("potential", "churn", "customer_relation")


def books(made, apart: float = 1234.56) -> pd.DataFrame:
    rows = [
        {"margin": margin, "axis": "customer", "total_eur": round(made.margins[f"{margin}_margin_eur"].sum(), 2),
         "not_attributable_eur": apart}
        for margin in ("practical", "full")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def segments_of(found, reconciliation) -> pd.DataFrame:
    here = found.placed[found.placed["alive"]].set_index("customer_id")
    return value.segment_table(found.clients, here["segment"], found.values, reconciliation)


def test_an_account_opened_anew_long_after_its_first_delivery_is_no_new_client():
    """An opened_on after the month of the first delivery is a number changed, within it the day the client came."""
    months = pd.date_range("2025-01-01", periods=12, freq="MS")
    rows = pd.DataFrame({"customer_id": "A", "month": months, "n_deliveries": 3, "practical_margin_eur": 100.0})
    for opened, first_on in (("2025-12-01", "2025-01-01"), ("2025-01-16", "2025-01-16"), ("2020-05-01", "2025-01-01")):
        customers = pd.DataFrame({"opened_on": [pd.Timestamp(opened)]}, index=pd.Index(["A"], name="customer_id"))
        assert recent_months(rows, customers, 12)["first_on"].iloc[0] == pd.Timestamp(first_on)


def test_segments_former_clients_and_the_rest_are_the_company_to_the_cent():
    made = handmade(200, 30, former=40)
    table = segments_of(crossed(made, Value()), books(made)).set_index("segment")
    parts = table.drop(index=TOTAL)
    told = books(made).set_index("margin")
    for margin in ("practical", "full"):
        cents = (parts[f"{margin}_margin_eur"] * 100).round().astype(int).sum()
        company = told.loc[margin, "total_eur"] + told.loc[margin, "not_attributable_eur"]
        assert cents == round(company * 100) == round(table.loc[TOTAL, f"{margin}_margin_eur"] * 100)
    assert table.loc[FORMER, "n_clients"] == 40 and parts["n_clients"].sum() == 240
    assert table.loc[UNALLOCATED, "full_margin_eur"] == 1234.56
    assert table.loc[TOTAL, "lifetime_value_eur"] == pytest.approx(parts["lifetime_value_eur"].sum(), abs=0.01)


def shared_segments(found, segment: pd.Series) -> pd.DataFrame:
    table = value.segment_table(found.clients, segment, found.values, None)
    return value.shareable_segments(table, found.clients, segment, found.values, edition="shared")


def test_segments_in_the_shared_edition_hide_their_clients_and_their_amounts():
    found = crossed(handmade(200, 33, former=5), Value())
    segment = found.placed[found.placed["alive"]].set_index("customer_id")["segment"].copy()
    segment.iloc[:2] = "two alone"
    table = value.segment_table(found.clients, segment, found.values, None)
    assert value.shareable_segments(table, found.clients, segment, found.values, edition="internal") is table
    told = shared_segments(found, segment)
    assert "two alone" not in told["segment"].tolist() and TOTAL not in told["segment"].tolist()
    assert told["n_clients"].sum() == 205 and (told["n_clients"] >= 3).all()
    assert told["segment"].str.startswith("others (").sum() == 1
    money = [column for column in told if column.endswith("_eur")]
    assert len(money) == 5 and "lifetime_value_low_eur" not in told
    assert all(float(f"{amount:.1e}") == pytest.approx(amount) for amount in told[money].dropna().to_numpy().ravel())
    kept = told.merge(table, on="segment", suffixes=("", "_exact"))
    assert len(kept) == len(told) - 1
    assert np.allclose(kept["full_margin_eur"], kept["full_margin_eur_exact"], rtol=0.06)
    assert "two digits" in wording.segments_sheet(told, unit="€", shared=True)._repr_html_()


def test_a_segment_that_one_client_makes_is_hidden_whatever_amount_it_makes():
    found = crossed(handmade(200, 34), Value())
    segment = found.placed.set_index("customer_id")["segment"]
    largest = segment.value_counts().index[0]
    one = segment.index[segment == largest][0]
    for column in ("revenue_eur", "full_margin_eur", "headroom_eur"):
        changed = found.clients.clients.copy()
        changed.loc[one, column] = 1e9
        told = shared_segments(replace(found, clients=replace(found.clients, clients=changed)), segment)
        assert largest not in told["segment"].tolist(), column
    assert largest in shared_segments(found, segment)["segment"].tolist()


def test_what_no_chapter_estimated_is_no_column_of_the_shared_segments():
    found = crossed(handmade(120, 35), Value(), missing=PARTS)
    segment = found.placed.set_index("customer_id")["segment"]
    assert not {"lifetime_value_eur", "headroom_eur"} & set(shared_segments(found, segment))


def test_tables_of_two_runs_do_not_pass_for_one():
    made = handmade(60, 31)
    other = books(made)
    other["total_eur"] += 0.01
    with pytest.raises(BooksDoNotClose, match="not of one run"):
        segments_of(crossed(made, Value()), other)


@pytest.mark.parametrize("missing", [part for n in range(4) for part in combinations(PARTS, n)])
def test_a_partial_study_crosses_what_there_is_and_says_what_is_missing(missing):
    made = handmade(120, 32)
    found = crossed(made, Value(), missing=missing)
    here = found.placed[found.placed["alive"]]
    assert len(here) == 120 and here["segment"].notna().all() and here["p_segment"].between(0, 1).all()
    assert here["lifetime_value_eur"].isna().all() == ("churn" in missing)
    assert here["future_level"].isna().all() == ("potential" in missing)
    assert here["competitive_level"].isna().all() == ("customer_relation" in missing)
    told = wording.say_clientele(found.clients)
    assert ("Missing" in told.text) == bool(missing) and (told.tone == "warning") == bool(missing)
    for part, words in zip(PARTS, ("could still buy", "how long clients stay", "no survey"), strict=True):
        assert (words in told.text) == (part in missing)
    segments = segments_of(found, books(made))
    headline = wording.value_headline(value.with_plan(found.placed, None), segments, found.values, None, unit="€")
    assert "120 clients" in str(headline)


def test_booked_margins_alone_are_crossed_too():
    made = handmade(60, 33)
    monthly = made.monthly.drop(columns=["used_sorting_eur", "used_visits_eur"])
    booked = replace(made, monthly=monthly, minutes=pd.DataFrame(index=made.minutes.index))
    bare = crossed(booked, Value(), missing=PARTS)
    assert set(bare.placed["segment"]) == {"earning", "little margin"}
    assert (bare.placed["p_segment"] == 1).all()  # nothing is uncertain about booked margins


def test_clients_whose_place_is_estimated_are_marked():
    found = crossed(handmade(100, 34), Value())
    assert found.placed["measured"].isin([True, False]).all() and not found.placed["measured"].all()
    assert f"{(~found.placed['measured']).sum()} clients did not answer" in wording.say_clientele(found.clients).text


def test_clients_without_a_place_in_the_survey_did_not_answer_either():
    made = handmade(100, 34)
    relation = made.upstream["customer_relation"]
    silent = relation.index[~relation["measured"]]
    made.upstream["customer_relation"] = relation.drop(index=silent[:10])
    told = wording.say_clientele(crossed(made, Value()).clients).text
    left = len(silent) - 10
    assert f"{len(silent)} clients did not answer the survey: the place of {left} in it is estimated" in told
    assert "10 have none" in told


def test_cut_points_are_said_to_come_from_where_they_do():
    made = handmade(60, 35)
    given = {"economic": [100.0]}
    for told, words in (
        (Value(), "Cut points are proposed by this run"),
        (Value(cut_points=given), "economic value are those of the params; the others are proposed"),
        (Value(cut_points=given | {"competitive": [0.0], "future": [900.0]}), "are those of the params."),
    ):
        found = crossed(made, told)
        assert words in wording.say_levels(found.placed, found.frozen, told).text
    earlier = crossed(made, Value()).frozen.note()
    told = Value(reference="first.json")
    found = crossed(made, told, earlier=earlier)
    assert "frozen since" in wording.say_levels(found.placed, found.frozen, told).text


def _alike(made, share: float, potential_eur: float = 4000.0):
    """The clientele with so many clients of one and the same, lowest, potential."""
    told = made.upstream["potential"]
    n = round(share * len(told))
    alike = told.assign(potential_eur=np.where(np.arange(len(told)) < n, potential_eur, 5000.0 + np.arange(len(told))))
    return replace(made, upstream=made.upstream | {"potential": alike})


def test_levels_that_collapse_because_clients_share_a_value_are_said():
    made = handmade(100, 36)
    found = crossed(_alike(made, 0.6), Value())
    assert set(found.placed["future_level"]) == {"high"}
    told = wording.say_levels(found.placed, found.frozen, Value())
    assert told.tone == "warning"
    assert "60 of 100 clients share the future value 4,000.00, which no cut can divide" in told.text
    assert "no client has the level low. Tell under value.cut_points.future where it should be cut." in told.text
    # A reference made so cannot be cut elsewhere, and the sentence stays.
    later = Value(reference="first.json")
    again = crossed(_alike(made, 0.6), later, earlier=found.frozen.note())
    told = wording.say_levels(again.placed, again.frozen, later).text
    assert "60 of 100 clients share" in told and "Tell under" not in told
    # With few alike both levels have clients, and there is nothing to say.
    few = crossed(_alike(made, 0.3), Value())
    assert set(few.placed["future_level"]) == {"low", "high"}
    assert "share the" not in wording.say_levels(few.placed, few.frozen, Value()).text


def test_three_levels_of_which_two_fall_together_are_said():
    line = {"segment": "all", "service_level": "x", "effort": "x", "terms": "x"}
    told = Value.model_validate({"levels": 3, "strategy": [line]})
    made = handmade(100, 37)
    found = crossed(_alike(made, 0.7), told)
    assert len(found.frozen.cut_points["future"]) == 1
    said = wording.say_levels(found.placed, found.frozen, told).text
    assert "70 of 100 clients share the future value 4,000.00" in said and "no client has the level low, high." in said


def test_key_accounts_by_revenue_and_by_standing():
    clients = pd.DataFrame(
        {
            "revenue_a_year_eur": [50_000.0, 10.0, 50_000.0, 10.0, 10.0],
            SCORES[0]: [np.nan, 9.0, 9.0, 2.0, np.nan],
            SCORES[1]: [np.nan, 8.0, 9.0, 9.0, np.nan],
            SCORES[2]: [np.nan, np.nan, 9.0, 9.0, np.nan],
        }
    )
    told = KeyAccounts(least_revenue_eur=20_000.0, least_score=8.0)
    assert key_account_reasons(clients, told).tolist() == ["revenue", "standing", "both", None, None]
    weighed = KeyAccounts(least_score=8.0, technology_weight=0.0)
    assert key_account_reasons(clients, weighed).tolist() == [None, "standing", "standing", "standing", None]
    assert key_account_reasons(clients, KeyAccounts()).isna().all()
