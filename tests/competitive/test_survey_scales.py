"""The survey on 0-100: declared bounds and direction, codes that are no scores, waves, and surveys that cannot do."""

import numpy as np
import pandas as pd
import pytest

from workbench.competitive.scales import scored_survey
from workbench.errors import DataError
from workbench.params import Competitive, Scale, Source

SOURCE = Source(
    files=["survey.csv"],
    columns={"respondent_id": "r", "supplier": "s", "satisfaction": "q"},
    attributes={"speed": "a", "price": "b"},
    loyalty_items={"again": "l1", "recommend": "l2"},
)
TOLD = Competitive(
    our_name="nous",
    scale=Scale(lowest=1, highest=5, not_applicable=[9], refused=[8]),
    scales={"price": Scale(lowest=1, highest=5, best="lowest", not_applicable=[9], refused=[8])},
)


def rows(**columns) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    start = {
        "respondent_id": [f"R{number}" for number in range(count)],
        "customer_id": ["C1"] * count,
        "answered_on": [pd.Timestamp("2024-10-01")] * count,
        "wave": [None] * count,
        "supplier": ["nous"] * count,
        "role": [None] * count,
        "satisfaction": [3.0] * count,
        "differentiation": [np.nan] * count,
        "purchases_share": [0.5] * count,
        "speed": [4.0] * count,
        "price": [2.0] * count,
        "loyalty_again": [5.0] * count,
        "loyalty_recommend": [np.nan] * count,
    }
    return pd.DataFrame({**start, **columns})


def test_scores_come_from_the_declared_bounds_and_direction_not_from_what_was_seen():
    survey = scored_survey(rows(speed=[4.0, 3.0], price=[2.0, 1.0]), SOURCE, TOLD)
    assert survey.table["speed"].tolist() == [75.0, 50.0]
    assert survey.table["price"].tolist() == [75.0, 100.0]
    assert survey.table["volume"].tolist() == [50.0, 50.0]
    assert set(survey.table["supplier"]) == {"us"}


def test_codes_are_no_scores_and_only_one_of_them_says_not_used():
    survey = scored_survey(rows(speed=[9.0, 8.0, np.nan, 1.0]), SOURCE, TOLD)
    assert survey.table["speed"].isna().tolist() == [True, True, True, False]
    assert survey.not_applicable["speed"].tolist() == [True, False, False, False]
    found = survey.unanswered.set_index("column").loc["speed"]
    assert found.tolist() == [1, 1, 1, 1]


def test_what_is_unanswered_is_counted_of_the_answers_that_are_studied():
    table = rows(
        speed=[np.nan, 4.0, np.nan, np.nan, np.nan],
        supplier=["nous", "nous", "nous", "other", "nous"],
        wave=["2024", "2024", "2023", "2024", "2024"],
        customer_id=["C1", "C1", "C1", "C1", None],
    )
    survey = scored_survey(table, SOURCE, TOLD)
    assert survey.wave == "2024"
    assert survey.unanswered.set_index("column").loc["speed"].tolist() == [1, 0, 0, 1]


def test_loyalty_is_the_mean_of_the_items_answered():
    survey = scored_survey(rows(loyalty_again=[5.0, 1.0], loyalty_recommend=[3.0, np.nan]), SOURCE, TOLD)
    assert survey.table["loyalty"].tolist() == [75.0, 0.0]


def test_the_wave_is_the_year_of_the_answer_where_none_is_written_and_the_last_about_us_is_studied():
    days = [pd.Timestamp("2023-10-01"), pd.Timestamp("2024-10-01"), pd.Timestamp("2025-10-01")]
    table = rows(answered_on=days, supplier=["nous", "nous", "other"], speed=[1.0, 2.0, 3.0])
    survey = scored_survey(table, SOURCE, TOLD)
    assert survey.waves == ["2023", "2024", "2025"] and survey.wave == "2024"
    earlier = TOLD.model_copy(update={"wave": "2023"})
    assert scored_survey(table, SOURCE, earlier).of(supplier="us")["speed"].tolist() == [0.0]


def test_waves_are_in_the_order_of_their_days_and_by_name_where_there_are_none():
    days = [pd.Timestamp("2025-04-01"), pd.Timestamp("2025-10-01"), pd.Timestamp("2024-10-01")]
    table = rows(answered_on=days, wave=["spring 2025", "autumn 2025", "last year"])
    survey = scored_survey(table, SOURCE, TOLD)
    assert survey.waves == ["last year", "spring 2025", "autumn 2025"] and survey.wave == "autumn 2025"
    undated = rows(answered_on=[pd.NaT] * 3, wave=["Wave 10", "Wave 9", "Wave 2"])
    assert scored_survey(undated, SOURCE, TOLD).waves == ["Wave 2", "Wave 9", "Wave 10"]


@pytest.mark.parametrize(
    "table, told, sentence",
    [
        (rows(speed=[1.0]).iloc[:0], TOLD, "no row is left"),
        (rows(supplier=["theirs"]), TOLD, "no row rates us.*our_name is 'nous', suppliers are theirs"),
        (rows(speed=[1.0]), TOLD.model_copy(update={"wave": "1999"}), "competitive.wave must be one of 2024"),
    ],
)
def test_a_survey_that_cannot_be_used_is_refused_in_a_sentence(table, told, sentence):
    with pytest.raises(DataError, match=sentence):
        scored_survey(table, SOURCE, told)


def test_a_survey_without_attributes_is_refused():
    with pytest.raises(DataError, match="no attribute is mapped"):
        scored_survey(rows(speed=[1.0]), SOURCE.model_copy(update={"attributes": {}}), TOLD)
