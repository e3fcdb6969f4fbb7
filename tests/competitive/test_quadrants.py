"""The map: quadrants by hand, relative performance among those who rate both, verdicts only where sure."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from surveys import ATTRIBUTES, World

from workbench.competitive.answers import answers_for
from workbench.competitive.by_target import _large_enough
from workbench.competitive.importance import Importance, importance, p_order
from workbench.competitive.imputing import drawn_answers
from workbench.competitive.quadrants import Crossing, against_the_best, performance, quadrant_map, relative_performance


def known(shares, draws) -> Importance:
    """An importance that is given and not estimated."""
    names = [f"a{at}" for at in range(len(shares))]
    table = pd.DataFrame({"attribute": names, "importance_share": shares, "n": 50})
    table = table.assign(importance_low=draws.min(axis=0), importance_high=draws.max(axis=0))
    return Importance(table, 0.5, 0.0, draws, p_order(draws, tuple(names)), "lmg", ())


def test_quadrants_are_read_as_the_study_reads_them():
    shares = np.array([0.4, 0.4, 0.1, 0.1])
    x = np.array([80.0, 40.0, 80.0, 40.0])
    found = quadrant_map(known(shares, np.tile(shares, (10, 1))), x, np.tile(x, (10, 1)))
    assert found.table["quadrant"].tolist() == ["strength", "to_improve", "secondary", "secondary"]
    assert (found.crossing_performance, found.crossing_importance) == (60.0, 0.25)
    assert (found.p.max(axis=1) == 1).all()


def test_a_verdict_below_four_fifths_is_undecided():
    shares = np.array([0.6, 0.4])
    draws = np.where(np.arange(100)[:, None] < 79, shares, shares[::-1])
    x = np.array([70.0, 50.0])
    found = quadrant_map(known(shares, draws), x, np.tile(x, (100, 1))).table
    assert found["p_quadrant"].tolist() == [0.79, 0.79]
    assert found["quadrant"].tolist() == ["undecided", "undecided"]
    assert found["likely_quadrant"].tolist() == ["strength", "secondary"]
    draws[79] = shares
    assert quadrant_map(known(shares, draws), x, np.tile(x, (100, 1))).table["quadrant"].tolist() == [
        "strength",
        "secondary",
    ]


def test_lines_can_be_given():
    shares, x = np.array([0.6, 0.4]), np.array([70.0, 50.0])
    told = Crossing(performance=75.0, importance_share=0.3)
    found = quadrant_map(known(shares, np.tile(shares, (5, 1))), x, np.tile(x, (5, 1)), crossing=told)
    assert found.table["quadrant"].tolist() == ["to_improve", "to_improve"]
    assert (found.crossing_performance, found.crossing_importance) == (75.0, 0.3)


@pytest.fixture(scope="module")
def drawn():
    frame, marks = World(not_used=0.3).survey(200, 3)
    answers = answers_for(
        frame.assign(w=1.0 + frame.index % 3), "satisfaction", attributes=ATTRIBUTES, not_applicable=marks, weight="w"
    )
    return drawn_answers(answers, draws=60, seed=1)


def test_performance_is_the_weighted_mean_of_those_who_use_the_service(drawn):
    answers = drawn.answers
    for at in range(len(ATTRIBUTES)):
        used = ~answers.not_applicable[:, at]
        expected = np.average(answers.scores[used, at], weights=answers.weight[used])
        assert performance(drawn)[0][at] == pytest.approx(expected)
    low, high = np.quantile(performance(drawn)[1], [0.0, 1.0], axis=0)
    assert ((low < performance(drawn)[0]) & (performance(drawn)[0] < high)).all()


def rivals(drawn, suppliers: dict[str, tuple[float, int]]) -> pd.DataFrame:
    """Competitors whose scores are ours plus so many points, rated by the first so many respondents."""
    ours = pd.DataFrame(np.nan_to_num(drawn.answers.scores, nan=50.0), columns=list(ATTRIBUTES))
    parts = [
        (ours + plus).head(n).assign(respondent=drawn.answers.rows[:n], supplier=name)
        for name, (plus, n) in suppliers.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_relative_performance_is_ours_over_the_mean_of_theirs_by_the_same_respondents(drawn):
    table = rivals(drawn, {"north": (-5.0, 80), "south": (5.0, 120)})
    ratio, draws, raters = relative_performance(drawn, table)
    answers, at = drawn.answers, 0
    theirs = answers.scores[:120, at] + np.where(np.arange(120) < 80, 0.0, 5.0)
    expected = np.average(answers.scores[:120, at], weights=answers.weight[:120]) / np.average(
        theirs, weights=answers.weight[:120]
    )
    assert ratio[at] == pytest.approx(expected)
    assert raters[at] == 120 and draws.shape == (60, len(ATTRIBUTES))
    assert raters[1] == (~answers.not_applicable[:120, 1]).sum()


def test_the_best_competitor_is_the_one_we_look_worst_against(drawn):
    table = rivals(drawn, {"north": (-5.0, 150), "south": (5.0, 150)})
    best, mean = against_the_best(drawn, table), relative_performance(drawn, table)[0]
    assert mean == pytest.approx(np.ones(len(ATTRIBUTES)))
    assert (best["relative_to_best"] < 0.95).all()
    # South is five points better with everybody, whoever is drawn.
    assert set(best["best_competitor"]) == {"south"} and (best["p_best_competitor"] == 1).all()
    assert best["relative_to_best"].between(best["relative_to_best_low"], best["relative_to_best_high"]).all()


def test_which_competitor_is_best_is_not_sure_where_they_are_alike(drawn):
    table = rivals(drawn, {"north": (0.0, 150), "south": (0.0, 150)})
    noise = np.random.default_rng(5).normal(0, 10, (len(table), len(ATTRIBUTES)))
    table[list(ATTRIBUTES)] += noise
    found = against_the_best(drawn, table).set_index("attribute")
    assert (found["p_best_competitor"] < 0.95).any()
    for at, name in enumerate(ATTRIBUTES):
        # By hand: the share of the draws in which the one that is named has the higher mean among those who use both.
        used = ~np.isnan(drawn.answers.scores[:150, at]) & ~drawn.answers.not_applicable[:150, at]
        weights = drawn.samples.weights[:, :150] * used
        means = {rival: weights @ rows[name].to_numpy() for rival, rows in table.groupby("supplier")}
        best, other = (means[each] for each in sorted(means, key=lambda one: one != found.loc[name, "best_competitor"]))
        assert found.loc[name, "p_best_competitor"] == pytest.approx(np.mean(best > other)), name


def test_a_competitor_rated_by_three_people_is_not_compared(drawn):
    ratio, draws, raters = relative_performance(drawn, rivals(drawn, {"tiny": (30.0, 3)}))
    assert np.isnan(ratio).all() and np.isnan(draws).all() and raters.max() == 3
    both = rivals(drawn, {"north": (-5.0, 150), "tiny": (30.0, 3)})
    against = against_the_best(drawn, both)
    assert (against["relative_to_best"] > 1).all() and set(against["best_competitor"]) == {"north"}
    found = quadrant_map(importance(drawn), ratio, draws, crossing=Crossing(performance=1.0), raters=raters)
    assert found.table.empty
    assert "fewer than 10 respondents, or too few clients, rate both" in found.notes[0]


def test_a_competitor_that_only_two_clients_rate_is_not_compared_however_many_people_they_are(drawn):
    table = rivals(drawn, {"north": (-5.0, 120)})
    for clients, told in ((2, False), (3, True)):
        cluster = np.where(np.arange(drawn.answers.n) < 120, np.arange(drawn.answers.n) % clients, 500)
        ratio = relative_performance(replace(drawn, answers=replace(drawn.answers, cluster=cluster)), table)[0]
        assert np.isfinite(ratio).all() == told and np.isfinite(ratio).any() == told


def test_a_segment_of_two_clients_has_no_drivers():
    rows = pd.DataFrame({"satisfaction": np.arange(50.0), "weight": 1.0, "supplier": "north"})
    for clients, told in ((2, False), (3, True)):
        assert _large_enough(rows.assign(cluster=np.arange(50) % clients), "supplier").notna().all() == told


def test_without_rivals_there_is_no_relative_performance(drawn):
    none = rivals(drawn, {"north": (0.0, 20)}).head(0)
    assert np.isnan(relative_performance(drawn, none)[0]).all()
    found = against_the_best(drawn, none).drop(columns="attribute")
    assert len(found) == len(ATTRIBUTES) and found.isna().all(axis=None)


def test_without_importance_there_is_no_map_and_the_reason_stays():
    answers = answers_for(World().survey(5, 1)[0], "satisfaction", attributes=ATTRIBUTES)
    drawn = drawn_answers(answers, draws=10, seed=1)
    found = quadrant_map(importance(drawn), np.empty(0), np.empty((0, 0)))
    assert found.table.empty and "Only 5 respondents" in found.notes[0]
