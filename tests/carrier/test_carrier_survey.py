"""The simulated survey: enough respondents, the stated non-response, and truths that the answers bear out."""

import numpy as np
import pandas as pd
import pytest

from workbench.carrier import simulated_world
from workbench.carrier.clients import mean_purchases_share
from workbench.carrier.opinions import ATTRIBUTES
from workbench.carrier.survey import NAMES, NOT_APPLICABLE, RATED, REFUSED, SurveyDesign


@pytest.fixture(scope="module")
def world():
    return simulated_world()


@pytest.fixture(scope="module")
def large():
    return simulated_world(customers=3000, months=3, seed=5)


def ours(world) -> pd.DataFrame:
    rows = world.survey[(world.survey["supplier"] == "us") & world.survey["customer_id"].notna()]
    rows = rows[rows["wave"] == rows["wave"].max()]
    codes = [NOT_APPLICABLE, REFUSED]
    return rows.assign(**{name: rows[name].mask(rows[name].isin(codes)) for name in RATED})


def test_the_demonstration_has_enough_respondents_in_every_wave(world):
    rows = world.survey
    clients = rows[rows["customer_id"].notna() & (rows["supplier"] == "us")].groupby("wave")["respondent_id"].nunique()
    others = rows[rows["customer_id"].isna()].groupby("wave")["respondent_id"].nunique()
    assert list(clients.index) == ["2022", "2023", "2024", "2025"]
    assert clients.min() >= 250 and others.min() >= 100
    assert not rows.duplicated(["respondent_id", "supplier", "wave"]).any()


def test_three_thousand_customers_give_a_thousand_respondents(large):
    assert len(ours(large)) >= 1000


def test_only_clients_of_the_day_answer(world):
    left = world.truth_customers.set_index("customer_id")["lost_on"]
    rows = world.survey.dropna(subset="customer_id")
    autumn = pd.to_datetime(rows["wave"] + "-10-15")
    assert not (rows["customer_id"].map(left) <= autumn).any()


def test_scores_are_whole_points_of_the_scale_or_codes(world):
    scores = world.survey[list(RATED)].stack()
    assert set(scores) <= {*range(1, 11), NOT_APPLICABLE, REFUSED}
    assert (world.survey["customs"] == NOT_APPLICABLE).mean() > 0.1


def test_shares_of_the_drivers_add_up_and_follow_the_weights(large):
    drivers = large.truth_drivers
    assert drivers.groupby("target")["lmg_share"].sum().to_numpy() == pytest.approx(1)
    shares = drivers[drivers["target"] == "satisfaction"].set_index("attribute")["lmg_share"]
    assert shares.idxmax() == "punctuality" and shares["courtesy"] < 0.06
    weight = pd.Series({each.name: each.satisfaction for each in ATTRIBUTES})
    assert shares.corr(weight, method="spearman") > 0.8


def test_true_performance_is_the_mean_of_everybody(large):
    truth = large.truth_drivers.drop_duplicates("attribute").set_index("attribute")["performance"]
    scores = ours(large)
    means = 100 * (scores.groupby("customer_id")[list(NAMES)].mean().mean() - 1) / 9
    assert means.to_numpy() == pytest.approx(truth[list(NAMES)].to_numpy(), abs=2.5)


def test_the_satisfied_answer_more_where_non_response_is_not_at_random(large):
    design = SurveyDesign(non_response="not_at_random")
    selected = simulated_world(customers=3000, months=3, seed=5, design=design)
    assert ours(selected)["satisfaction"].mean() > ours(large)["satisfaction"].mean() + 0.3
    pd.testing.assert_frame_equal(selected.deliveries, large.deliveries)


def test_the_diminishing_return_can_be_switched_off(large):
    curve = large.truth_response.set_index("satisfaction")["purchases_share"]
    assert curve[1.0] - curve[0.0] < 0.6 * (curve[0.0] - curve[-1.0])
    straight = np.diff(mean_purchases_share(np.linspace(-2, 2, 9), diminishing=False))
    assert straight == pytest.approx(straight[0])
    truth = large.truth_customers.merge(ours(large)[["customer_id", "purchases_share"]], on="customer_id")
    low, high = truth["satisfaction"] < -0.7, truth["satisfaction"] > 0.7
    assert truth.loc[high, "purchases_share"].mean() > truth.loc[low, "purchases_share"].mean() + 10
