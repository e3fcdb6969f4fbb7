"""A survey is read: free columns, scales with codes, non-clients, and what sets a row aside."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from workbench.errors import DataError
from workbench.params import Competitive, Scale, Study

HEADER = "person,client,firm,round,speed,cost,happy,again,imp_speed\n"
SURVEY = {
    "files": ["survey.csv"],
    "max_quarantined_share": 1.0,
    "columns": {
        "respondent_id": "person",
        "customer_id": "client",
        "supplier": "firm",
        "wave": "round",
        "satisfaction": "happy",
    },
    "attributes": {"speed": "speed", "price": "cost"},
    "loyalty_items": {"again": "again"},
    "stated_importance": {"speed": "imp_speed"},
}
WEIGHTED = SURVEY["columns"] | {"weight": {"expression": "[happy]"}}
FIVE = Scale(lowest=1, highest=5, not_applicable=[9], refused=[8])
TOLD = Competitive(scale=FIVE, scales={"satisfaction": Scale(lowest=0, highest=100)})
DELIVERIES = "id,customer,day,amount\nD1,C1,2024-03-01,10.00\n"


def read(small_study, lines: str, told: Competitive = TOLD, **survey):
    small = small_study({"deliveries.csv": DELIVERIES, "survey.csv": HEADER + lines}, survey=SURVEY | survey)
    return replace(small, study=small.study.model_copy(update={"competitive": told}))


def reasons(small) -> list[tuple]:
    rows = small.read().quarantined.get("survey")
    return (
        [] if rows is None else [tuple(row) for row in rows[["row", "rule", "column", "value"]].itertuples(index=False)]
    )


def test_scores_and_codes_are_kept_as_written_under_the_names_of_the_params(small_study):
    small = read(small_study, "R1,C1,us,A,5,9,80,1,3\nR1,C1,north,A,,8,0,,\nN1,,us,A,1,2,100,5,4\n")
    assert reasons(small) == []
    table = small.checked("survey")
    assert table["speed"].tolist()[::2] == [5, 1] and table["price"].tolist() == [9, 8, 2]
    assert table["stated_speed"].tolist()[0] == 3 and table["loyalty_again"].tolist()[2] == 5
    assert table["customer_id"].isna().tolist() == [False, False, True]
    assert table["satisfaction"].tolist() == [80, 0, 100]


def test_a_survey_of_a_header_alone_is_refused_with_what_to_do(small_study):
    small = read(small_study, "")
    assert small.problems() == [
        "survey: survey.csv has a header but no rows; take sources.survey out of the params, or ask for a new export"
    ]
    with pytest.raises(DataError, match="take sources.survey out"):
        small.read()


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        ("R2,C1,us,A,6,1,50,1,1", "speed", "6"),
        ("R2,C1,us,A,1,0,50,1,1", "price", "0"),
        ("R2,C1,us,A,1,1,101,1,1", "satisfaction", "101"),
        ("R2,C1,us,A,1,1,50,7,1", "loyalty_again", "7"),
        ("R2,C1,us,A,1,1,50,1,99", "stated_speed", "99"),
    ],
)
def test_a_score_off_its_scale_that_is_no_code_sets_its_row_aside(small_study, line, column, value):
    small = read(small_study, f"R1,C1,us,A,1,1,50,1,1\n{line}\n")
    assert reasons(small) == [(3, "off_the_scale", column, value)]
    assert small.checked("survey")["respondent_id"].tolist() == ["R1"]


def test_a_respondent_rates_a_supplier_once_in_a_wave(small_study):
    lines = "R1,C1,us,A,1,1,50,1,1\nR1,C1,us,B,2,1,50,1,1\nR1,C1,north,A,3,1,50,1,1\nR1,C1,us,A,4,1,50,1,1\n"
    small = read(small_study, lines)
    assert reasons(small) == [(5, "duplicate_key", "respondent_id, supplier, wave", "R1 | us | A")]


def test_a_client_that_the_file_does_not_have_is_set_aside_and_a_word_is_no_score(small_study):
    small = read(small_study, "R1,X9,us,A,1,1,50,1,1\nR2,C1,us,A,dear,1,50,1,1\nN1,,us,A,1,1,50,1,1\n")
    assert reasons(small) == [(2, "unknown_customer", "customer_id", "X9"), (3, "unreadable_value", "speed", "dear")]


def test_what_is_said_of_the_survey_must_fit_together(small_study):
    with pytest.raises(ValidationError, match="stated_importance names 'care', which is none of the attributes"):
        read(small_study, "", stated_importance={"care": "imp_speed"})
    known = read(small_study, "").study.model_dump(exclude_none=True)
    with pytest.raises(ValidationError, match=r"competitive.price_attribute must be one of .*speed, price"):
        Study.model_validate(known | {"competitive": {"price_attribute": "cost"}})
    with pytest.raises(ValidationError, match="competitive.scales: 'happy' is no column of scores"):
        Study.model_validate(known | {"competitive": {"scales": {"happy": {}}}})


def test_free_columns_belong_to_a_survey_and_need_names_of_their_own(small_study):
    small = read(small_study, "R1,C1,us,A,1,1,50,1,1\n", attributes={"speed": "speed", "wave": "cost"})
    assert any("sources.survey.attributes: 'wave' is already the name of a column" in one for one in small.problems())
    with pytest.raises(ValidationError, match="attributes is a key of survey only"):
        small_study({"deliveries.csv": DELIVERIES}, customers={"attributes": {"a": "customer"}})


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        ({"lowest": 5, "highest": 5}, "lowest must be below highest"),
        ({"not_applicable": [7]}, "a code must lie outside the scale"),
        ({"not_applicable": [99], "refused": [99]}, "a code has one meaning"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(scale, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Scale(**scale)


def test_a_respondent_of_weight_zero_is_set_aside_with_its_reason(small_study):
    small = read(small_study, "R1,C1,us,A,5,9,80,1,3\nR2,C1,us,A,5,9,0,1,3\n", columns=WEIGHTED)
    assert reasons(small) == [(3, "out_of_range", "weight", "0")]
    assert small.checked("survey")["weight"].tolist() == [80]
