"""True opinions: standard, persistent, the same for the same group however many groups there are."""

import numpy as np
import pytest

from workbench.carrier.opinions import ATTRIBUTES, PERSISTENCE, correlations, true_opinions
from workbench.carrier.window import Calendar


@pytest.fixture(scope="module")
def opinions():
    return true_opinions(20_000, seed=1, calendar=Calendar(48))


@pytest.mark.parametrize("name", ["satisfaction", "loyalty", "differentiation"])
def test_opinions_are_standard_normal_and_persist(opinions, name):
    values = getattr(opinions, name)
    assert values.mean() == pytest.approx(0, abs=0.02)
    assert values.std(axis=0) == pytest.approx(np.ones(len(opinions.years)), abs=0.02)
    following = np.corrcoef(values[:, 5], values[:, 6])[0, 1]
    assert following == pytest.approx(PERSISTENCE, abs=0.02)


def test_attributes_correlate_as_stated_in_every_year_of_the_window(opinions):
    assert [str(year) for year in opinions.attributes] == ["2022", "2023", "2024", "2025"]
    for scores in opinions.attributes.values():
        assert np.corrcoef(scores.T) == pytest.approx(correlations(), abs=0.03)


def test_attributes_of_more_weight_go_more_with_satisfaction(opinions):
    year, scores = next(iter(opinions.attributes.items()))
    satisfaction = opinions.satisfaction[:, list(opinions.years).index(year)]
    coefficient = np.linalg.lstsq(scores, satisfaction, rcond=None)[0]
    weights = np.array([each.satisfaction for each in ATTRIBUTES])
    assert coefficient / coefficient.sum() == pytest.approx(weights / weights.sum(), abs=0.015)


def test_more_groups_leave_the_first_ones_alone(opinions):
    fewer = true_opinions(50, seed=1, calendar=Calendar(48))
    assert fewer.loyalty == pytest.approx(opinions.loyalty[:50])
