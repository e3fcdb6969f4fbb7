"""Penalty and reward, and the tétraclasse: types known in advance are found, unknown ones are undecided."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from workbench.competitive.answers import answers_for
from workbench.competitive.asymmetry import asymmetry, factor_types, tetraclasse
from workbench.competitive.imputing import drawn_answers

NAMES = ("must", "more", "charm", "noise")


def survey(n: int = 1500, seed: int = 1) -> pd.DataFrame:
    """Ten-point scores where `must` only costs, `charm` only brings, `more` does both, `noise` nothing."""
    rng = np.random.default_rng(seed)
    points = pd.DataFrame(rng.integers(1, 11, (n, 4)), columns=list(NAMES))
    low, high = points <= 2, points >= 9
    target = 50 - 20 * low["must"] - 12 * low["more"] + 12 * high["more"] + 20 * high["charm"] + 8 * rng.normal(size=n)
    return ((points - 1) / 9 * 100).assign(satisfaction=np.clip(target, 0, 100))


def drawn_of(frame, **more):
    return drawn_answers(answers_for(frame, "satisfaction", attributes=NAMES, **more), draws=150, seed=1)


def test_types_known_in_advance_are_found():
    found = factor_types(drawn_of(survey())).set_index("attribute")
    types = found["factor_type"].drop("noise").to_dict()
    assert types == {"must": "basic", "more": "performance", "charm": "excitement"}
    assert found.loc["must", "penalty"] == pytest.approx(-20, abs=2)
    assert found.loc["charm", "reward"] == pytest.approx(20, abs=2)
    assert (found["asymmetry_low"] <= found["asymmetry_high"]).all()


def test_an_attribute_without_effect_seldom_has_a_type():
    types = [factor_types(drawn_of(survey(500, 100 + seed)))["factor_type"].iloc[-1] for seed in range(40)]
    assert np.mean(np.array(types) != "undecided") <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 40)


def test_effects_are_those_of_least_squares():
    frame = survey(300)
    found = factor_types(drawn_of(frame)).set_index("attribute")
    points = frame[list(NAMES)] / 100 * 9 + 1
    marks = np.column_stack([points < 2.5, points > 8.5]).astype(float)
    expected = sm.OLS(frame["satisfaction"].to_numpy(), sm.add_constant(marks)).fit().params[1:]
    assert found[["penalty", "reward"]].to_numpy().T.ravel() == pytest.approx(expected)


def test_asymmetry_by_hand_and_a_wrong_sign_counts_as_nothing():
    found = asymmetry(np.array([-3.0, -1.0, 2.0, 0.5]), np.array([1.0, 3.0, 4.0, -1.0]))
    assert found[:3].tolist() == [-0.5, 0.5, 1.0]
    assert np.isnan(found[3])


def test_an_end_of_the_scale_that_hardly_anybody_uses_leaves_the_type_undecided():
    frame = survey()
    low = frame["must"] < 15
    frame.loc[low[low].index[9:], "must"] = 50.0
    found = factor_types(drawn_of(frame)).set_index("attribute")
    assert found.loc["must", "n_low"] == 9
    assert found.loc["must", "factor_type"] == "undecided"


def test_a_scale_of_five_points_has_its_own_ends():
    frame = survey()
    frame[list(NAMES)] = np.round(frame[list(NAMES)] / 25) * 25
    frame["more"] = survey()["more"]
    points = {"must": 5, "charm": 5, "noise": 5}
    found = factor_types(drawn_of(frame), scale_points=points).set_index("attribute")
    assert found.loc["must", "n_low"] == (frame["must"] <= 25).sum()
    # Beside them one of the usual ten points.
    assert found.loc["more", "n_low"] == (frame["more"] <= 12).sum() < (frame["more"] <= 25).sum()


def test_a_scale_without_a_middle_has_no_types():
    """On four points the low and the high answers are all there are: penalty and reward would be one effect halved."""
    frame = survey()
    frame["must"] = np.round(frame["must"] / 100 * 3) / 3 * 100
    frame["satisfaction"] = np.clip(50 + 0.4 * (frame["must"] - 50), 0, 100)
    points = {"must": 4}
    types = factor_types(drawn_of(frame), scale_points=points).set_index("attribute")["factor_type"]
    classes = tetraclasse(drawn_of(frame), scale_points=points).set_index("attribute")["tetraclasse"]
    assert types["must"] == classes["must"] == "undecided"


def test_tetraclasse_has_the_coordinates_of_a_correspondence_analysis():
    frame = survey(400)
    found = tetraclasse(drawn_of(frame))
    points = np.round(frame[list(NAMES)] / 100 * 9 + 1)
    sides = (points <= 2, (points > 2) & (points < 9), points >= 9)
    satisfied = frame["satisfaction"] > frame["satisfaction"].mean()
    table = np.array(
        [[(side[name] & satisfied).sum(), (side[name] & ~satisfied).sum()] for side in sides for name in NAMES]
    ) / (4 * len(frame))
    row, column = table.sum(axis=1), table.sum(axis=0)
    left, value, right = np.linalg.svd((table - np.outer(row, column)) / np.sqrt(np.outer(row, column)))
    axis = left[:, 0] * value[0] / np.sqrt(row) * np.sign(right[0, 0])
    assert found["contribution_bad"].to_numpy() == pytest.approx(-axis[:4])
    assert found["contribution_good"].to_numpy() == pytest.approx(axis[8:])


def test_tetraclasse_tells_what_only_costs_from_what_only_brings():
    found = tetraclasse(drawn_of(survey(3000))).set_index("attribute")
    assert found["tetraclasse"].to_dict() == {"must": "basic", "more": "key", "charm": "plus", "noise": "secondary"}


def test_too_few_answers_give_empty_tables():
    few = drawn_of(survey(5))
    assert factor_types(few).empty and tetraclasse(few).empty
