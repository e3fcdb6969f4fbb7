"""What is said of drivers and of where we stand: only what is established is said as a fact."""

import numpy as np
import pandas as pd
import pytest

from workbench import wording
from workbench.competitive.by_target import Found
from workbench.competitive.importance import Importance
from workbench.competitive.market_position import Position
from workbench.competitive.plane import relation_counts
from workbench.competitive.positioning import Raters, supplier_scores, value_map
from workbench.competitive.quadrants import Map

NO_SCORES = pd.DataFrame(columns=["supplier", "rated_by", "column", "score", "low", "high", "n"])


def plain(found: wording.Finding) -> str:
    """What is said, its narrow spaces as plain ones."""
    return found.text.replace("\u202f", " ")


def stood(**parts) -> Position:
    empty = {"scores": NO_SCORES, "gaps": pd.DataFrame(), "values": pd.DataFrame(), "needs": pd.DataFrame()}
    return Position(**{**empty, **parts})


def weighed(derived: list[float], stated: list[float]) -> Importance:
    names = [f"a{n}" for n in range(len(derived))]
    table = pd.DataFrame(
        {
            "target": "satisfaction", "attribute": names, "importance_share": derived, "importance_low": 0.0,
            "importance_high": 1.0, "stated_importance": stated, "n": 50,
        }
    )  # fmt: skip
    order = pd.DataFrame(0.5, index=names, columns=names)
    fields = dict.fromkeys(Importance.__dataclass_fields__)
    return Importance(**{**fields, "table": table, "r2": 0.83, "p_order": order, "notes": (), "why_not": None})


def test_we_are_behind_only_where_the_interval_says_so():
    table = pd.DataFrame(
        {
            "attribute": ["price", "tracking", "care"], "relative_performance": [0.9, 0.97, 1.2],
            "relative_performance_low": [0.85, 0.9, 1.1], "relative_performance_high": [0.95, 1.04, 1.3],
            "relative_to_best": np.nan,
        }
    )  # fmt: skip
    told = plain(wording.say_competitors(table, stood()))
    assert "behind the mean of competitors on: price (−10 %; −15 % to −5 %)." in told
    assert "Below it, but not surely: tracking." in told and "care" not in told
    told = plain(wording.say_competitors(table.iloc[1:], stood()))
    assert "surely behind the mean of competitors on nothing. Below it, but not surely: tracking." in told


@pytest.mark.parametrize(
    ("p", "said"),
    [(0.93, "north (in 93 % of the bootstrap samples)"), (0.6, "not told apart (north 60 % of the bootstrap samples)")],
)
def test_the_best_competitor_has_its_interval_and_its_chance(p, said):
    table = pd.DataFrame(
        {"attribute": ["care"], "relative_performance": 0.97, "relative_performance_low": 0.9,
         "relative_performance_high": 1.04, "relative_to_best": 0.9, "relative_to_best_low": 0.8,
         "relative_to_best_high": 1.01, "best_competitor": "north", "p_best_competitor": p}
    )  # fmt: skip
    told = plain(wording.say_competitors(table, stood()))
    assert f"largest gap is care (−10 %; −20 % to +1 %); the best there: {said}." in told


def placed_suppliers(**changes) -> pd.DataFrame:
    columns = {
        "supplier": ["us", "north", "south"], "quality": [0.93, 1.02, 1.02], "quality_low": [0.72, 0.99, 0.98],
        "quality_high": [1.17, 1.04, 1.06], "price": [1.2, 0.9, 0.8], "price_low": [1.1, 0.8, 0.7],
        "price_high": [1.3, 0.95, 0.9], "n": 20, "placed": True, "p_best_quality": [0.05, 0.5, 0.45],
        "p_best_price": [0.97, 0.03, 0.0],
    }  # fmt: skip
    return pd.DataFrame({**columns, **changes})


def test_a_wide_interval_about_one_is_no_likeness_and_the_best_is_named_only_where_it_is_told_apart():
    told = plain(wording.say_value_map(stood(values=placed_suppliers()), us="We"))
    assert "our quality is not surely different (−28 % to +17 %) and our price better" in told
    assert (
        "Best quality: not told apart (north 50 %, south 45 % of the bootstrap samples); "
        "best price: We (in 97 % of the bootstrap samples)." in told
    )
    near = placed_suppliers(quality_low=[0.97, 0.99, 0.98], quality_high=[1.04, 1.04, 1.06])
    assert "our quality is like theirs" in plain(wording.say_value_map(stood(values=near), us="We"))


def test_without_importance_no_supplier_has_a_place():
    rows = pd.DataFrame(
        [(f"R{n}", f"C{n}", of, 60.0 + n, 50.0 + n % 5) for n in range(12) for of in ("us", "north")],
        columns=["respondent_id", "customer_id", "supplier", "speed", "price"],
    )
    rated = Raters(rows.assign(cluster=rows["respondent_id"]), np.ones(len(rows)), np.ones((30, len(rows))))
    found = value_map(rated, pd.Series(dtype=float), "price")
    assert not found["placed"].any()
    told = wording.say_value_map(stood(values=found), us="We")
    assert told.tone == "warning" and "nan" not in told.text


def test_clients_and_others_are_not_averaged_into_one_score():
    rows = pd.DataFrame(
        [(f"R{n}", f"C{n}" if n < 20 else None, "us", 80.0 if n < 20 else 40.0) for n in range(40)],
        columns=["respondent_id", "customer_id", "supplier", "speed"],
    )
    rated = Raters(rows.assign(cluster=rows["respondent_id"]), np.ones(40), np.ones((30, 40)))
    found = supplier_scores(rated, ["speed"]).set_index("rated_by")
    assert found["score"].to_dict() == {"clients": 80.0, "non_clients": 40.0} and (found["n"] == 20).all()


def test_a_supplier_that_our_clients_hardly_rate_is_thin_however_many_others_do():
    scores = pd.DataFrame(
        [("north", "clients", "satisfaction", np.nan, 4), ("north", "non_clients", "satisfaction", 60.0, 80)],
        columns=["supplier", "rated_by", "column", "score", "n"],
    )
    table = pd.DataFrame(
        {"attribute": ["care"], "relative_performance": 1.1, "relative_performance_low": 1.05,
         "relative_performance_high": 1.2, "relative_to_best": 1.0}
    )  # fmt: skip
    assert "Rated by too few to be shown: north (4)." in plain(wording.say_competitors(table, stood(scores=scores)))


def test_the_share_of_the_first_attribute_is_of_what_the_attributes_add():
    told = plain(wording.say_importance(weighed([0.28, 0.2], [np.nan, np.nan])))
    assert "explain 83 %" in told and "Of what the attributes add, the largest part is a0: 28 %" in told


def test_what_is_said_to_matter_is_held_against_what_does_only_where_they_differ():
    told = plain(wording.say_stated(weighed([0.5, 0.3, 0.2], [90.0, 80.0, 70.0])))
    assert "same order" in told and "a0" not in told
    told = plain(wording.say_stated(weighed([0.5, 0.3, 0.2], [70.0, 80.0, 90.0])))
    assert "more than it does: a2 (rank 1 as stated, 3 as derived)" in told and "round: a0" in told


@pytest.mark.parametrize("line", [47.0, 63.0])
def test_the_repair_is_below_the_line_that_is_drawn(line):
    importance = weighed([0.6, 0.4], [np.nan, np.nan])
    table = pd.DataFrame(
        {
            "attribute": ["a0", "a1"], "performance": [40.0, 70.0], "importance_share": [0.6, 0.4],
            "quadrant": ["to_improve", "secondary"], "likely_quadrant": ["to_improve", "secondary"],
            "p_quadrant": [0.95, 0.9],
        }
    )  # fmt: skip
    placed = Map(table, np.empty((2, 3)), line, 0.5, ())
    found = Found(importance.table, {"satisfaction": importance}, {"satisfaction": placed}, {})
    segments = pd.DataFrame(columns=["segment_by", "attribute", "quadrant", "likely_quadrant", "p_quadrant", "segment"])
    none = type("Relations", (), {"table": pd.DataFrame()})()
    weights = type("Weighting", (), {"n_effective": 40.0})()
    told = wording.drivers_headline(found, segments, none, [], weights=weights).answer
    assert f"below the line of {line:.1f}" in told and "average" not in told


def test_the_share_of_clients_at_risk_is_of_those_who_are_placed():
    table = pd.DataFrame({"customer_id": ["A", "B"], "relation_type": ["disloyal", "over_loyal"], "measured": True,
                          "p_relation_type": 0.9})  # fmt: skip
    money = pd.DataFrame(
        {"customer_id": ["A", "B", "C"], "revenue_eur": [10.0, 30.0, 60.0], "practical_margin_eur": 1.0}
    )
    told = plain(wording.say_relation_margins(relation_counts(table, money), unit="€"))
    assert "25 % of that of all who are placed" in told
