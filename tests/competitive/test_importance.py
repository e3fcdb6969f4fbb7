"""Importance: what must hold of any survey, and clear words for bad ones."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from surveys import ATTRIBUTES, World

from workbench.competitive.answers import answers_for
from workbench.competitive.importance import importance
from workbench.competitive.imputing import drawn_answers
from workbench.competitive.resampling import covariances, resamples
from workbench.competitive.subsets import johnson_weights, lmg_values, r2, without_controls
from workbench.errors import DataError


def analysed(frame, marks=None, *, attributes=ATTRIBUTES, controls=("sector",), draws=100, **more):
    answers = answers_for(frame, "satisfaction", attributes=attributes, controls=controls, not_applicable=marks, **more)
    return importance(drawn_answers(answers, draws=draws, seed=1, imputations=3))


@pytest.fixture(scope="module")
def survey():
    return World(unanswered=0.05, not_used=0.2).survey(400, 3)


def plain_lmg(found, blocks, n_controls):
    """LMG by its definition, a regression for each subset."""

    def explained(columns):
        inner = np.linalg.pinv(found[np.ix_(columns, columns)])
        return float(found[columns, -1] @ inner @ found[columns, -1] / found[-1, -1]) if columns else 0.0

    values, p = np.zeros(len(blocks)), len(blocks)
    for block, size in itertools.product(range(p), range(p)):
        others = [other for other in range(p) if other != block]
        for subset in itertools.combinations(others, size):
            before = list(range(n_controls)) + [column for other in subset for column in blocks[other]]
            gain = explained(before + blocks[block]) - explained(before)
            values[block] += gain / (p * math.comb(p - 1, size))
    return values


@pytest.mark.parametrize("together", [0, 2, 10])
def test_lmg_is_its_definition_with_controls_and_blocks(together, monkeypatch):
    monkeypatch.setattr("workbench.competitive.subsets.TOGETHER", together)
    rng = np.random.default_rng(together)
    found = np.stack([np.cov(rng.normal(size=(60, 9)) @ rng.normal(size=(9, 9)), rowvar=False) for _ in range(3)])
    blocks = [[2], [3, 4], [5], [6], [7]]
    expected = [plain_lmg(each, blocks, 2) for each in found]
    assert lmg_values(found, blocks) == pytest.approx(np.array(expected), abs=1e-9)
    controls = r2(found[:, [0, 1, 8]][:, :, [0, 1, 8]])
    assert lmg_values(found, blocks).sum(axis=1) == pytest.approx(r2(found) - controls, abs=1e-9)


def test_johnson_is_lmg_for_two_attributes_and_sums_to_r2():
    found = np.cov(
        np.random.default_rng(2).normal(size=(80, 3)) @ [[1, 0.6, 0.5], [0, 1, 0.4], [0, 0, 1]], rowvar=False
    )
    assert johnson_weights(found[None]) == pytest.approx(lmg_values(found[None], [[0], [1]]), abs=1e-12)
    wide = np.cov(
        np.random.default_rng(3).normal(size=(80, 9)) @ np.random.default_rng(4).normal(size=(9, 9)), rowvar=False
    )
    assert johnson_weights(wide[None]).sum() == pytest.approx(r2(wide[None])[0])
    left = without_controls(wide[None], 2)
    beyond = johnson_weights(left).sum() * left[0, -1, -1] / wide[-1, -1]
    assert beyond == pytest.approx((r2(wide[None]) - r2(wide[None][:, [0, 1, -1]][:, :, [0, 1, -1]]))[0])


def test_twins_share_equally_and_a_constant_adds_nothing():
    rng = np.random.default_rng(5)
    one, other = rng.normal(size=(2, 200))
    columns = np.column_stack([one, one, other, np.ones(200), one + other + rng.normal(size=200)])
    values = lmg_values(np.cov(columns, rowvar=False)[None], [[0], [1], [2], [3]])[0]
    assert values[0] == pytest.approx(values[1])
    assert values[3] == pytest.approx(0, abs=1e-12)


def test_weighted_covariances_are_those_of_numpy_and_of_repeated_rows():
    rng = np.random.default_rng(6)
    columns, times = rng.normal(50, 20, (40, 4)), rng.integers(1, 4, 40)
    found = covariances(columns, times[None].astype(float))[0]
    assert found == pytest.approx(np.cov(columns, rowvar=False, aweights=times, ddof=0))
    assert found == pytest.approx(np.cov(np.repeat(columns, times, axis=0), rowvar=False, ddof=0))


def test_shares_sum_to_one_and_r2_parts_to_what_the_attributes_add(survey):
    found = analysed(*survey)
    assert found.table["importance_share"].sum() == pytest.approx(1)
    assert found.table["johnson_share"].sum() == pytest.approx(1)
    assert found.table["importance_r2"].sum() == pytest.approx(found.r2 - found.r2_controls)
    assert found.share_draws.sum(axis=1) == pytest.approx(1)
    assert (found.table["importance_low"] <= found.table["importance_high"]).all()
    assert (found.p_order + found.p_order.T).to_numpy() == pytest.approx(1)


def test_the_fill_of_a_service_not_used_does_not_matter(survey):
    frame, marks = survey
    whole = frame[list(ATTRIBUTES)].where(frame[list(ATTRIBUTES)].notna() | marks, 50.0)
    answers = answers_for(frame.assign(**whole), "satisfaction", attributes=ATTRIBUTES, not_applicable=marks)
    drawn = drawn_answers(answers, draws=20, seed=1)
    moved = drawn.completed + 17.0 * answers.not_applicable
    again = importance(type(drawn)(answers, drawn.samples, moved, moved))
    assert again.table["importance_share"].to_numpy() == pytest.approx(
        importance(drawn).table["importance_share"].to_numpy()
    )


def test_draws_keep_the_rows_of_an_account_together_and_weights_are_made_anew():
    frame = World().survey(60, 1)[0].assign(account=np.arange(60) // 3)
    answers = answers_for(frame, "satisfaction", attributes=ATTRIBUTES, cluster="account")
    asked = []

    def raked(times):
        asked.append(times)
        return times * 2.0

    samples = resamples(answers, draws=50, seed=1, reweighted=raked)
    assert len(asked) == 50
    assert (samples.weights == 2 * samples.times).all()
    assert (samples.times.reshape(50, 20, 3).std(axis=2) == 0).all()
    assert (samples.times.reshape(50, 20, 3)[:, :, 0].sum(axis=1) == 20).all()
    assert (resamples(answers, draws=50, seed=1).times == samples.times).all()


def test_rows_without_an_account_are_drawn_one_by_one():
    frame = World().survey(60, 1)[0].assign(account=["a"] * 20 + [None] * 40)
    answers = answers_for(frame, "satisfaction", attributes=ATTRIBUTES, cluster="account")
    times = resamples(answers, draws=30, seed=1).times
    assert (times[:, :20].std(axis=1) == 0).all()
    assert (times[:, 20:].std(axis=1) > 0).all()


def test_clusters_widen_the_intervals_of_repeated_answers():
    frame = World().survey(150, 1)[0]
    thrice = pd.concat([frame] * 3, ignore_index=True)
    naive, clustered = (analysed(thrice, cluster=cluster, draws=300) for cluster in (None, "account"))
    width = [(each.table["importance_high"] - each.table["importance_low"]).mean() for each in (naive, clustered)]
    assert width[1] / width[0] == pytest.approx(np.sqrt(3), rel=0.15)


def test_imputation_can_run_in_every_draw_and_adds_its_own_spread(survey):
    frame, marks = survey
    answers = answers_for(frame, "satisfaction", attributes=ATTRIBUTES, not_applicable=marks)
    drawn = drawn_answers(answers, draws=4, seed=1, imputations=4)
    unanswered = np.isnan(answers.scores) & ~answers.not_applicable
    assert drawn.drawn_completed.shape[0] == 4
    assert (drawn.drawn_completed[:, unanswered].std(axis=0) > 0).mean() > 0.9
    assert (drawn.drawn_completed[:, ~np.isnan(answers.scores)].std(axis=0) == 0).all()
    assert ((drawn.drawn_completed >= 0) & (drawn.drawn_completed <= 100)).all()


def test_a_single_gap_is_drawn_even_in_samples_without_its_row():
    frame = World().survey(120, 5)[0]
    frame.loc[3, "price"] = np.nan
    answers = answers_for(frame, "satisfaction", attributes=ATTRIBUTES)
    drawn = drawn_answers(answers, draws=12, seed=1, imputations=12)
    times, price = drawn.samples.times, ATTRIBUTES.index("price")
    means = times @ np.nan_to_num(answers.scores[:, price]) / (times @ ~np.isnan(answers.scores[:, price]))
    assert (times[:, 3] == 0).any()
    assert (np.abs(drawn.drawn_completed[:, 3, price] - means) > 0.01).all()


def test_beyond_sixteen_attributes_johnson_stands():
    names = [f"a{number}" for number in range(17)]
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(np.clip(50 + 15 * rng.normal(size=(300, 17)), 0, 100), columns=names)
    frame["satisfaction"] = np.clip(frame["a0"] + 5 * rng.normal(size=300), 0, 100)
    found = analysed(frame, attributes=names, controls=())
    assert found.method == "johnson"
    assert found.table["importance_share"].to_numpy() == pytest.approx(found.table["johnson_share"].to_numpy())
    assert found.table["importance_share"].idxmax() == 0


def test_stated_importance_stands_beside(survey):
    answers = answers_for(survey[0], "satisfaction", attributes=ATTRIBUTES)
    stated = pd.Series({"price": 90.0, "care": 70.0})
    found = importance(drawn_answers(answers, draws=20, seed=1, imputations=1), stated=stated).table
    assert found.set_index("attribute")["stated_importance"].dropna().to_dict() == {"care": 70.0, "price": 90.0}


def test_a_sign_that_turns_is_flagged_and_said():
    rng = np.random.default_rng(9)
    quality = rng.normal(size=500)
    frame = pd.DataFrame({"quality": quality, "echo": quality + 0.3 * rng.normal(size=500)})
    frame = np.clip(50 + 12 * frame, 0, 100)
    frame["satisfaction"] = np.clip(2 * frame["quality"] - frame["echo"] + 4 * rng.normal(size=500), 0, 100)
    found = analysed(frame, attributes=["quality", "echo"], controls=())
    assert found.table["sign_conflict"].tolist() == [False, True]
    assert any("differ in sign for echo" in note for note in found.notes)


def test_weak_thin_and_collinear_surveys_are_said():
    frame = World(noise=9.0).survey(60, 2)[0]
    frame["twin"] = frame["price"]
    found = analysed(frame, attributes=[*ATTRIBUTES, "twin"])
    text = " ".join(found.notes)
    assert "explain only" in text and "fewer than 10 each" in text and "price, twin" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame.head(1), "Only 1 respondents"),
        (lambda frame: frame.head(9), "10 are needed for 8 attributes"),
        (lambda frame: frame.assign(satisfaction=np.nan), "Only 0 respondents"),
        (lambda frame: frame.assign(satisfaction=50.0), "the same score"),
        (lambda frame: frame.assign(**dict.fromkeys(ATTRIBUTES, 50.0)), "No attribute has answers that differ"),
        (lambda frame: frame.assign(**dict.fromkeys(ATTRIBUTES, np.nan)), "Only 0 respondents"),
    ],
)
def test_a_survey_that_carries_nothing_says_why(change, sentence):
    found = analysed(change(World().survey(80, 4)[0]))
    assert not found.is_estimated
    assert sentence in found.why_not
    assert found.table.empty


def test_an_attribute_without_use_is_left_out_with_its_reason():
    frame = World().survey(200, 4)[0].assign(care=np.nan, price=50.0)
    found = analysed(frame)
    assert set(found.table["attribute"]) == set(ATTRIBUTES) - {"care", "price"}
    assert "care: nobody answered it" in found.notes[0] and "price: all 200 respondents" in found.notes[1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame.assign(w=0.0), "w must be positive"),
        (lambda frame: frame.assign(w=[-1.0] + [1.0] * 79), "got -1 at 0, 1 such rows"),
        (lambda frame: frame.assign(price=101.0), "price must be on 0-100"),
        (lambda frame: frame.drop(columns="price"), "must have the columns price"),
    ],
)
def test_input_that_cannot_be_right_is_refused(change, sentence):
    with pytest.raises(DataError, match=sentence):
        analysed(change(World().survey(80, 4)[0].assign(w=1.0)), weight="w")


def test_a_score_that_is_marked_not_applicable_is_refused():
    frame, marks = World().survey(80, 4)
    with pytest.raises(DataError, match="must be one or the other"):
        analysed(frame, marks.assign(price=True))
