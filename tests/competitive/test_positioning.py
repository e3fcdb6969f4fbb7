"""Positions: ratios within respondents, gaps between frames with intervals, what non-clients would need."""

import numpy as np
import pandas as pd
import pytest

from workbench.competitive.positioning import Raters, client_gaps, non_client_needs, supplier_scores, value_map


def rated(rows: list[tuple], *, draws: int = 100) -> Raters:
    """Rows (respondent, client or None, supplier, speed, care, price), drawn again by respondent."""
    table = pd.DataFrame(rows, columns=["respondent_id", "customer_id", "supplier", "speed", "care", "price"])
    codes, names = pd.factorize(table["respondent_id"])
    rng = np.random.default_rng(1)
    times = np.stack([np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)) for _ in range(draws)])
    cluster = table["customer_id"].fillna(table["respondent_id"])
    return Raters(table.assign(cluster=cluster), np.ones(len(table)), times[:, codes].astype(float))


SHARES = pd.Series({"speed": 0.6, "care": 0.2, "price": 0.2})
CLIENTS = [
    row
    for n in range(20)
    for row in ((f"R{n}", f"C{n}", "us", 80.0, 40.0, 30.0), (f"R{n}", f"C{n}", "north", 40.0, 40.0, 60.0))
]
OTHERS = [
    row
    for n in range(30)
    for row in ((f"N{n}", None, "north", 60.0 + n % 3, 50.0, 50.0), (f"N{n}", None, "us", 40.0, 50.0 + n % 5 - 2, 50.0))
]


def test_quality_is_weighted_by_importance_and_compared_within_respondents():
    found = value_map(rated(CLIENTS + OTHERS), SHARES, "price").set_index("supplier")
    # 0.75 * 80 + 0.25 * 40 = 70 against 40; price 30 against 60. Non-clients do not count.
    assert found.loc["us", ["quality", "price"]].tolist() == pytest.approx([70 / 40, 0.5])
    assert found.loc["north", ["quality", "price"]].tolist() == pytest.approx([40 / 70, 2.0])
    assert found["placed"].all() and found["n"].tolist() == [20, 20]


@pytest.mark.parametrize(("clients", "told"), [(1, False), (2, False), (3, True)])
def test_respondents_of_fewer_than_three_clients_tell_no_score(clients: int, told: bool):
    rows = [row for n in range(12) for row in ((f"R{n}", f"C{n % clients}", "us", 80.0, 40.0, 30.0),
                                               (f"R{n}", f"C{n % clients}", "north", 60.0, 40.0, 30.0))]  # fmt: skip
    ratings = rated(rows + OTHERS)
    scores = supplier_scores(ratings, ["speed"]).set_index(["rated_by", "supplier"])["score"]
    assert scores["clients"].notna().all() == told and scores["clients"].notna().any() == told
    assert scores["non_clients"].notna().all()
    assert client_gaps(ratings, ["speed"])["clients"].notna().all() == told
    assert value_map(ratings, SHARES, "price")["placed"].any() == told


def test_a_client_with_most_of_the_weight_tells_no_score():
    ratings = rated(CLIENTS + OTHERS)
    heavy = Raters(ratings.rows, np.where(ratings.rows["customer_id"].eq("C0"), 200.0, 1.0), ratings.draws)
    assert supplier_scores(heavy, ["speed"]).set_index("rated_by")["score"]["clients"].isna().all()


def test_the_chance_of_being_best_is_a_share_of_the_draws():
    rows = [(n, name, score) for n in range(20) for name, score in (("us", 60 + (n % 7)), ("north", 63 + (n % 3)))]
    drawn = rated([(f"R{n}", f"C{n}", name, float(score), float(score), 50.0) for n, name, score in rows])
    found = value_map(drawn, SHARES, "price").set_index("supplier")
    mean = {
        name: drawn.draws @ np.array([score if of == name else 0.0 for _, of, score in rows])
        for name in ("us", "north")
    }
    share = np.mean(mean["us"] > mean["north"])
    assert 0 < share < 1 and found.loc["us", "p_best_quality"] == pytest.approx(share)
    assert found["p_best_quality"].sum() == pytest.approx(1)
    assert found["p_best_price"].tolist() == [0.5, 0.5]  # all prices alike: nobody is ahead
    sure = value_map(rated(CLIENTS), SHARES, "price").set_index("supplier")
    assert sure["p_best_quality"].tolist() == [1, 0] and sure["p_best_price"].tolist() == [0, 1]


def test_the_chance_of_being_best_is_one():
    """Of suppliers told to be the best with probability p, a share p truly are, over simulated surveys (A28)."""
    rng = np.random.default_rng(3)
    told, right, names = [], [], ["us", "north", "south"]
    for _ in range(250):
        true, kind = rng.normal(60, 4, 3), rng.normal(0, 10, 60)
        scores = true + kind[:, None] + rng.normal(0, 12, (60, 3))
        used = np.column_stack([np.ones(60, bool), rng.random((60, 2)) < 0.7])
        rows = [(f"R{n}", f"C{n}", names[at], scores[n, at], 50.0, 50.0 + n) for n, at in np.argwhere(used)]
        found = value_map(rated(rows), pd.Series({"speed": 0.8, "price": 0.2}), "price").set_index("supplier")
        told += found.loc[names, "p_best_quality"].tolist()
        right += (true == true.max()).tolist()
    told, right = np.array(told), np.array(right)
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.7), (0.7, 0.9), (0.9, 1.01)):
        there = (told >= low) & (told < high)
        assert there.sum() > 40
        assert right[there].mean() == pytest.approx(told[there].mean(), abs=0.09), (low, high)


def test_a_supplier_rated_by_three_people_is_not_placed_and_has_no_score():
    few = [row for n in range(3) for row in ((f"R{n}", f"C{n}", "west", 10.0, 10.0, 10.0),)]
    found = value_map(rated(CLIENTS + few), SHARES, "price").set_index("supplier")
    assert not found.loc["west", "placed"] and np.isnan(found.loc["west", "quality"])
    assert np.isnan(found.loc["west", "p_best_quality"]) and found["p_best_quality"].sum() == pytest.approx(1)
    scores = supplier_scores(rated(CLIENTS + few), ["speed"]).query("rated_by == 'clients'").set_index("supplier")
    assert np.isnan(scores.loc["west", "score"]) and scores.loc["west", "n"] == 3
    assert scores.loc["us", "score"] == 80


def test_without_a_price_or_a_second_supplier_there_is_no_value_map():
    assert value_map(rated(CLIENTS), SHARES, None).empty
    assert value_map(rated([row for row in CLIENTS if row[2] == "us"]), SHARES, "price").empty


def test_the_gap_between_clients_and_others_has_an_interval_and_is_established_only_outside_it():
    found = client_gaps(rated(CLIENTS + OTHERS), ["speed", "care"]).set_index("column")
    assert found.loc["speed", ["clients", "non_clients", "gap"]].tolist() == [80, 40, 40]
    assert found.loc["speed", "established"] and found.loc["care", "gap"] == pytest.approx(-10)
    same = [(*row[:4], 45.0 + 10 * (n // 2 % 2), row[5]) for n, row in enumerate(OTHERS)]
    clients = [(*row[:4], 45.0 + 10 * (n // 2 % 2), row[5]) for n, row in enumerate(CLIENTS)]
    assert not client_gaps(rated(clients + same), ["care"])["established"].item()


def test_needs_are_gaps_times_importance_the_largest_first():
    found = non_client_needs(rated(CLIENTS + OTHERS), SHARES)
    assert found["attribute"].iloc[0] == "speed" and found["established"].iloc[0]
    assert found["need"].iloc[0] == pytest.approx(21 * 0.6)
    assert found.set_index("attribute").loc["price", "need"] == 0
    assert set(found["rated_by"]) == {"non_clients"}


def test_where_too_few_others_know_us_our_clients_say_how_we_are():
    unknown = [row for row in OTHERS if row[2] == "north"]
    found = non_client_needs(rated(CLIENTS + unknown), SHARES).set_index("attribute")
    assert set(found["rated_by"]) == {"clients"} and found.loc["price", "gap"] == pytest.approx(20)
