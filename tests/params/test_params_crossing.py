import pytest
from pydantic import ValidationError

from workbench.params import Value

LINE = {"service_level": "basic", "effort": "none", "terms": "list price"}


def refused(**block) -> str:
    with pytest.raises(ValidationError) as caught:
        Value.model_validate(block)
    return str(caught.value)


def test_the_usual_strategy_has_a_line_for_every_client():
    assert len(Value().strategy) == 14


def test_a_strategy_that_leaves_clients_out_is_refused_with_an_example():
    lines = [LINE | {"segment": "good", "economic": ["high"]}]
    assert "no line for clients with economic low, competitive low, future low" in refused(strategy=lines)
    Value.model_validate({"strategy": [*lines, LINE | {"segment": "rest"}]})


def test_three_levels_need_a_strategy_of_their_own():
    assert "no line for clients with economic middle" in refused(levels=3)


def test_cut_points_fit_the_levels_and_are_not_given_beside_a_reference():
    assert "1 rising values for 2 levels" in refused(cut_points={"economic": [1.0, 2.0]})
    assert "cut points are those of reference" in refused(cut_points={"future": [1.0]}, reference="old.json")


def test_a_plan_needs_actions_and_a_budget_and_actions_do_something():
    review = {"action": "review", "cost_eur": 10.0, "hazard_ratio": 0.5}
    assert "both actions and budget_eur" in refused(actions=[review])
    assert "both actions and budget_eur" in refused(budget_eur=100.0)
    assert "named twice: review" in refused(actions=[review, review], budget_eur=100.0)
    assert "must change something" in refused(actions=[{"action": "x", "cost_eur": 1.0}], budget_eur=100.0)
    assert "names the segment nobody" in refused(actions=[review | {"segments": ["nobody"]}], budget_eur=100.0)
