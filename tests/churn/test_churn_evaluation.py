"""Evaluation by landmark: measures by hand, weights for who left view, no leak from the future, verdicts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from relationships import Clientele

from workbench.churn import evaluation
from workbench.churn import landmarks as module
from workbench.churn.accuracy import brier, outcome, reference_brier, uno_c
from workbench.churn.landmarks import CONSTANT, MODEL, RECENCY, landmark_dates, predictions
from workbench.errors import DataError

LANDMARKS = (30.0, 36.0, 42.0)


@pytest.fixture(scope="module")
def landmarks():
    world = Clientele(1200, 1)
    return [world.landmark(on) for on in LANDMARKS]


@pytest.fixture(scope="module")
def judged(landmarks):
    return evaluation(landmarks, covariates=["x"], seed=1)


def test_measures_without_censoring_are_their_textbook_forms():
    rng = np.random.default_rng(1)
    n = 120
    lost = rng.random(n) < 0.4
    followed = np.where(lost, np.round(rng.uniform(0, 12, n), 1), 12.0)
    p = np.clip(np.linspace(0.05, 0.9, n)[:, None] * np.arange(1, 13) / 12, 0, 1)
    found, once = outcome(followed, lost, horizon=12), np.ones((1, n))
    for month in (1, 6, 12):
        gone = lost & (followed <= month)
        assert brier(found, p, once)[0, month - 1] == pytest.approx(np.mean((gone - p[:, month - 1]) ** 2))
        assert reference_brier(found, once)[0, month - 1] == pytest.approx(gone.mean() * (1 - gone.mean()))
    risk, right, pairs = np.round(p[:, -1], 1), 0.0, 0
    for one in np.flatnonzero(lost):
        after = (followed > followed[one]) | ((followed == followed[one]) & ~lost)
        pairs += after.sum()
        right += (risk[after] < risk[one]).sum() + 0.5 * (risk[after] == risk[one]).sum()
    assert uno_c(found, risk, once)[0] == pytest.approx(right / pairs)


def test_censoring_weights_bring_back_what_was_not_seen():
    """Half the people leave view at random times: weighted measures are near those of everybody followed."""
    rng = np.random.default_rng(2)
    n = 40_000
    risk = rng.uniform(0.01, 0.2, n)
    loss, view = rng.exponential(1 / risk), rng.uniform(0, 24, n)
    p = -np.expm1(-risk[:, None] * np.arange(1, 13))
    whole = outcome(np.minimum(loss, 12), loss <= 12, horizon=12)
    cut = outcome(np.minimum(np.minimum(loss, view), 12), (loss <= view) & (loss <= 12), horizon=12)
    once = np.ones((1, n))
    np.testing.assert_allclose(brier(cut, p, once), brier(whole, p, once), atol=0.004)
    np.testing.assert_allclose(reference_brier(cut, once), reference_brier(whole, once), atol=0.004)
    few = slice(0, 4000)
    whole, cut = (outcome(each.followed[few], each.lost[few], horizon=12) for each in (whole, cut))
    assert uno_c(cut, p[few, -1], once[:, few]) == pytest.approx(uno_c(whole, p[few, -1], once[:, few]), abs=0.02)
    naive = np.mean(((cut.lost & (cut.followed <= 12)) - p[few, -1]) ** 2)
    assert abs(naive - brier(whole, p[few], once[:, few])[0, -1]) > 0.01


def test_a_draw_that_doubles_a_client_is_that_client_twice():
    rng = np.random.default_rng(3)
    lost = rng.random(50) < 0.5
    followed, p = np.where(lost, rng.uniform(0, 12, 50), 12.0), rng.random((50, 12))
    times = rng.integers(0, 3, 50)
    rows = np.repeat(np.arange(50), times)
    once, drawn = outcome(followed, lost, horizon=12), outcome(followed[rows], lost[rows], horizon=12)
    assert brier(once, p, times[None, :]) == pytest.approx(brier(drawn, p[rows], np.ones((1, len(rows)))))
    assert uno_c(once, p[:, -1], times[None, :]) == pytest.approx(uno_c(drawn, p[rows, -1], np.ones((1, len(rows)))))


def test_the_future_changes_no_prediction(landmarks):
    """A leak test: outcomes shuffled, years of later rows gone, predictions the same to the last bit."""
    landmark = landmarks[0]
    found, _ = predictions(landmark, covariates=["x"])
    rng = np.random.default_rng(4)
    order = rng.permutation(len(landmark.people))
    outcomes = landmark.people[["followed_months", "lost"]].iloc[order].set_axis(landmark.people.index)
    people = landmark.people.assign(**outcomes)
    shuffled, _ = predictions(replace(landmark, people=people), covariates=["x"])
    without = landmark.people.drop(columns=["followed_months", "lost"])
    bare, _ = predictions(replace(landmark, people=without), covariates=["x"])
    assert set(found) == set(shuffled) == set(bare) == {"survival", "recency", "constant_hazard", "BG/NBD"}
    for name, values in found.items():
        np.testing.assert_array_equal(values, shuffled[name])
        np.testing.assert_array_equal(values, bare[name])


def test_probabilities_grow_with_the_months(landmarks):
    for name, values in predictions(landmarks[1], covariates=["x"])[0].items():
        assert ((values >= 0) & (values <= 1)).all(), name
        assert (np.diff(values, axis=1) >= -1e-12).all(), name


def test_the_model_beats_baselines_that_do_not_know_what_it_knows(judged):
    assert list(judged.verdicts["baseline"]) == [RECENCY, CONSTANT, "BG/NBD"]
    assert (judged.verdicts["n_landmarks"] == 3).all()
    assert (judged.verdicts["verdict"] == "better").all()
    table = judged.metrics.pivot_table(index=["landmark", "model"], columns="metric", values="value")
    assert (table.xs(MODEL, level="model")["uno_c"] > 0.68).all()
    np.testing.assert_allclose(table.xs(CONSTANT, level="model")["uno_c"], 0.5)
    assert table.xs(MODEL, level="model")["observed_to_predicted"].mean() == pytest.approx(1.0, abs=0.15)


def test_a_covariate_that_tells_nothing_earns_no_verdict_against_recency():
    """No effect on the hazard: silence is all there is to know, and recency knows it too."""
    world = Clientele(900, 5, effect=0.0)
    landmarks = [world.landmark(on) for on in LANDMARKS]
    noise = np.random.default_rng(6)

    def with_noise(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(x=noise.normal(size=len(table)))

    made = [replace(each, history=with_noise(each.history), people=with_noise(each.people)) for each in landmarks]
    found = evaluation(made, covariates=["x"], seed=1).verdicts
    assert abs(found.set_index("baseline").loc[RECENCY, "gain"]) < 0.1
    again = evaluation(made, covariates=["x"], seed=1).verdicts
    pd.testing.assert_frame_equal(found, again)  # the same seed, the same table


def test_calibration_covers_every_client_once_by_each_reading(judged, landmarks):
    sizes = judged.calibration.groupby(["landmark", "by"])["n"].sum().unstack()
    for landmark in landmarks:
        assert (sizes.loc[landmark.on] == len(landmark.people)).all()
    deciles = judged.calibration[judged.calibration["by"] == "decile"]
    covered = deciles["predicted"].between(deciles["low"], deciles["high"]).mean()
    assert covered > 0.6
    assert np.corrcoef(deciles["predicted"], deciles["observed"])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("ends_on", "threshold", "expected"),
    [
        (date(2025, 12, 31), 2.3, [date(2023, 10, 1), date(2024, 4, 1), date(2024, 10, 1)]),
        (date(2025, 12, 31), 12.0, [date(2022, 12, 1), date(2023, 6, 1), date(2023, 12, 1)]),
        (date(2024, 2, 29), 1.0, [date(2022, 7, 1), date(2023, 1, 1)]),
        (date(2023, 3, 1), 3.0, []),
    ],
)
def test_landmarks_leave_a_year_and_the_silence_that_proves_a_loss(ends_on, threshold, expected):
    found = landmark_dates(first_on=date(2022, 1, 1), ends_on=ends_on, threshold_months=threshold)
    assert found == expected
    for on in found:
        assert pd.Timestamp(on) + pd.DateOffset(months=12) + pd.Timedelta(days=30.4 * threshold) <= pd.Timestamp(
            ends_on
        )


def test_what_cannot_be_judged_is_said(landmarks):
    kept = replace(landmarks[0], people=landmarks[0].people.assign(lost=False, followed_months=12.0))
    found = evaluation([kept], covariates=["x"], seed=1)
    assert found.metrics.empty and found.verdicts.empty and "all kept or all lost" in found.notes[0]
    assert "nothing to judge" in evaluation([], covariates=["x"], seed=1).notes[0]
    short = evaluation([replace(landmarks[0], past=None)], covariates=["x"], seed=1)
    assert RECENCY not in set(short.metrics["model"]) and any("too short" in note for note in short.notes)
    calm = replace(landmarks[0], history=landmarks[0].history.assign(event=False))
    none = evaluation([calm], covariates=["x"], seed=1)
    assert MODEL not in set(none.metrics["model"]) and none.verdicts.empty


def test_a_large_clientele_is_judged_by_a_sample_and_said(landmarks, monkeypatch):
    monkeypatch.setattr(module, "MOST_JUDGED", 200)
    found = evaluation(landmarks[:1], covariates=["x"], seed=1)
    assert found.calibration.loc[found.calibration["by"] == "decile", "n"].sum() == 200
    assert found.notes[0].startswith("At 1 July 2022 a random 200 of the")


def test_people_without_what_is_needed_are_refused(landmarks):
    landmark = landmarks[0]
    with pytest.raises(DataError, match="lack the columns .*p_gap_longer"):
        evaluation([replace(landmark, people=landmark.people.drop(columns="p_gap_longer"))], covariates=["x"], seed=1)
    twice = pd.concat([landmark.people, landmark.people.iloc[:1]])
    with pytest.raises(DataError, match="one row a client"):
        evaluation([replace(landmark, people=twice)], covariates=["x"], seed=1)
    with pytest.raises(DataError, match="followed_months is unknown or negative for"):
        evaluation([replace(landmark, people=landmark.people.assign(followed_months=-1.0))], covariates=["x"], seed=1)
