"""The table of drivers: its columns agree with the parts it is made of, and groups that carry nothing say why."""

import pytest
from surveys import ATTRIBUTES, World

from workbench.competitive.answers import answers_for
from workbench.competitive.drivers import COLUMNS, drivers, drivers_by
from workbench.competitive.imputing import drawn_answers


@pytest.fixture(scope="module")
def frame():
    return World().survey(300, 6)[0]


def drawn_of(frame):
    return drawn_answers(answers_for(frame, "satisfaction", attributes=ATTRIBUTES), draws=80, seed=1)


def test_the_table_has_a_row_per_attribute_and_the_columns_of_its_contract(frame):
    rivals = frame[list(ATTRIBUTES)].mul(0.8).assign(respondent=frame.index, supplier="north")
    table, weighed, absolute = drivers(drawn_of(frame), rivals=rivals)
    assert tuple(table) == COLUMNS and len(table) == len(ATTRIBUTES)
    assert table["importance_share"].sum() == pytest.approx(1)
    assert table["importance_r2"].sum() == pytest.approx(weighed.r2 - weighed.r2_controls)
    assert table["quadrant"].tolist() == absolute.table["quadrant"].tolist()
    assert table["relative_performance"].to_numpy() == pytest.approx(1.25)
    assert table["relative_to_best"].to_numpy() == pytest.approx(1.25)
    # One competitor, whose scores are all the same share of ours: nothing is open.
    assert set(table["best_competitor"]) == {"north"} and (table["p_best_competitor"] == 1).all()
    assert table[["relative_to_best_low", "relative_to_best_high"]].to_numpy() == pytest.approx(1.25)
    assert "to_improve" not in set(table["relative_quadrant"])


def test_without_rivals_the_relative_columns_are_empty(frame):
    table = drivers(drawn_of(frame))[0]
    assert (
        table[["relative_performance", "relative_to_best", "best_competitor", "relative_quadrant"]]
        .isna()
        .all(axis=None)
    )


def test_each_group_has_its_rows_and_a_group_without_analysis_its_reason(frame):
    groups = frame["sector"].where(frame.index > 3, "tiny")
    table = drivers_by(groups, lambda rows: drawn_of(frame.loc[rows]))
    assert table["segment"].value_counts().to_dict() == {"trade": 8, "industry": 8, "services": 8, "tiny": 1}
    assert "Only 4 respondents" in table.loc[table["segment"] == "tiny", "why_not"].item()
    assert table.loc[table["segment"] == "trade", "why_not"].isna().all()
