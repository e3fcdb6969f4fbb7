"""The plane: the rule of the four types, frozen centre, error of accounts, probability of a type, and the model."""

import numpy as np
import pandas as pd
import pytest

from workbench.competitive.accounts import account_opinions
from workbench.competitive.placement import placement
from workbench.competitive.plane import (
    estimated_relations,
    jones_sasser,
    measured_relations,
    plane_of,
    relation_counts,
    relation_types,
)
from workbench.competitive.relations import earlier_opinions
from workbench.competitive.scales import scored_survey
from workbench.params import Competitive, Plane, Source

PLANE = Plane(satisfaction_centre=60, satisfaction_unit=20, loyalty_centre=50, loyalty_unit=10)


def respondents(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_the_larger_distance_decides_and_its_sign_names_the_type():
    z = np.array([[2, 1], [-2, 1], [1, 2], [1, -2], [-1.0, -0.9]])
    names = ["over_satisfied", "dissatisfied", "over_loyal", "disloyal", "dissatisfied"]
    assert relation_types(z).tolist() == names
    assert jones_sasser(z).tolist() == ["loyalist", "hostage", "loyalist", "mercenary", "defector"]


def test_roles_weigh_and_one_that_is_not_listed_counts_as_the_mean():
    table = respondents(
        customer_id=["A", "A", "B", "B"],
        role=["decides", "uses", "decides", None],
        satisfaction=[100.0, 0.0, 100.0, 0.0],
        loyalty=[50.0, np.nan, np.nan, np.nan],
    )
    found = account_opinions(table, {"decides": 0.6, "uses": 0.2}).set_index("customer_id")
    assert found["satisfaction"].to_dict() == pytest.approx({"A": 75.0, "B": 60.0})
    assert found.loc["A", "loyalty"] == 50 and np.isnan(found.loc["B", "loyalty"])
    assert found["n_respondents"].tolist() == [2, 2]


def test_the_error_of_an_account_is_the_spread_within_accounts_over_its_voices():
    rng = np.random.default_rng(3)
    ids = np.repeat(np.arange(400), 4)
    scores = 50 + 10 * rng.normal(size=400)[ids] + 6 * rng.normal(size=1600)
    table = respondents(customer_id=ids, role=None, satisfaction=scores, loyalty=scores)
    found = account_opinions(table, {})
    assert found["satisfaction_se"].to_numpy() == pytest.approx(np.full(400, 3.0), rel=0.05)
    assert found["error_correlation"].iloc[0] == pytest.approx(1)


def test_weights_of_roles_do_not_make_single_answers_seem_further_off():
    rng = np.random.default_rng(4)
    scores = 50 + 10 * rng.normal(size=(8000, 2))
    table = respondents(
        customer_id=np.repeat(np.arange(4000), 2), role=np.tile(["decides", "uses"], 4000),
        satisfaction=scores[:, 0], loyalty=scores[:, 1],
    )  # fmt: skip
    found = account_opinions(table, {"decides": 0.5, "uses": 0.2})
    assert found["satisfaction_se"].iloc[0] == pytest.approx(10 * np.hypot(0.5, 0.2) / 0.7, rel=0.03)


def test_a_frozen_centre_stays_and_a_better_clientele_shows_as_better():
    opinions = respondents(customer_id=list("ABCD"), satisfaction=[60.0, 70, 80, 90], loyalty=[50.0, 60, 55, 65])
    weight = pd.Series(1.0, index=list("ABCD"))
    own = plane_of(opinions, weight, None)
    assert own.satisfaction_centre == 75 and own.loyalty_centre == 57.5
    assert plane_of(opinions, weight, PLANE) is PLANE
    errors = {"satisfaction_se": 2.0, "loyalty_se": 2.0, "error_correlation": 0.0, "n_respondents": 1}
    found = measured_relations(opinions.assign(**errors), PLANE, seed=1)
    assert found["z_satisfaction"].tolist() == [0, 0.5, 1.0, 1.5]
    assert found["measured"].all()


def test_the_probability_of_a_type_is_how_often_it_is_the_true_one():
    rng = np.random.default_rng(5)
    true = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 8000)
    se = 0.6
    seen = true + se * rng.normal(size=true.shape)
    unit = Plane(satisfaction_centre=50, satisfaction_unit=10, loyalty_centre=50, loyalty_unit=10)
    opinions = pd.DataFrame(
        {
            "customer_id": np.arange(8000), "n_respondents": 1, "error_correlation": 0.0,
            "satisfaction": 50 + 10 * seen[:, 0], "loyalty": 50 + 10 * seen[:, 1],
            "satisfaction_se": 10 * se, "loyalty_se": 10 * se,
        }
    )  # fmt: skip
    found = measured_relations(opinions, unit, seed=1)
    right = found["relation_type"].to_numpy() == relation_types(true)
    bands = pd.cut(found["p_relation_type"], [0, 0.4, 0.55, 0.7, 0.85, 1.0])
    for _, group in pd.Series(right).groupby(bands, observed=True):
        p = found.loc[group.index, "p_relation_type"].mean()
        assert group.mean() == pytest.approx(p, abs=0.05)


def clientele(count: int, told: float, *, rng) -> pd.DataFrame:
    """Accounts whose satisfaction follows their late deliveries as far as `told`."""
    late = rng.normal(size=count)
    satisfaction = np.sqrt(told) * -late + np.sqrt(1 - told) * rng.normal(size=count)
    names = ("log_revenue", "log_deliveries", "revenue_trend", "claims_per_delivery", "credit_note_share",
             "discount_share", "silent_days", "tenure_months")  # fmt: skip
    other = {name: rng.normal(size=count) for name in names}
    return pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(count)], "group_id": None, "late_share": late,
            "size_class": rng.choice(["SME", "large"], count), "sector": None, **other, "true": satisfaction,
        }
    )  # fmt: skip


def related(clients: pd.DataFrame) -> pd.DataFrame:
    return clients[["customer_id"]].assign(
        z_satisfaction=clients["true"], z_loyalty=0.5 * clients["true"] + 0.5, z_satisfaction_se=0.1, z_loyalty_se=0.1
    )


NOBODY = pd.DataFrame({"customer_id": pd.Series(dtype=object), "satisfaction": [], "loyalty": []})


@pytest.mark.parametrize("told", [0.0, 0.6])
def test_the_model_is_judged_on_accounts_it_has_not_seen(told):
    clients = clientele(600, told, rng=np.random.default_rng(2))
    found = placement(related(clients.head(400)), clients, NOBODY, seed=1)
    judged = found.judged.set_index("dimension")
    assert judged.loc["satisfaction", "r2"] == pytest.approx(told, abs=0.07)
    assert len(found.customer_id) == 200 and found.customer_id.tolist() == clients["customer_id"].tolist()[400:]
    error = (found.z[:, 0] - clients["true"].to_numpy()[400:]).std()
    assert found.se[0] == pytest.approx(error, rel=0.12)


def test_an_earlier_answer_helps_where_there_is_one():
    rng = np.random.default_rng(4)
    clients = clientele(500, 0.0, rng=rng)
    earlier = clients[["customer_id"]].assign(
        satisfaction=50 + 10 * clients["true"] + 5 * rng.normal(size=500), loyalty=50 + 10 * rng.normal(size=500)
    )
    judged = placement(related(clients.head(400)), clients, earlier.sample(300, random_state=1), seed=1).judged
    assert judged["r2"].min() > 0.3 and judged["n_earlier"].iloc[0] > 200


def test_too_few_accounts_place_nobody_and_say_so():
    clients = clientele(60, 0.5, rng=np.random.default_rng(2))
    found = placement(related(clients.head(20)), clients, NOBODY, seed=1)
    assert len(found.z) == 0 and "Only 20 accounts answered; 40 are needed" in found.why_not


def test_an_estimated_client_is_never_measured_and_its_probability_has_the_models_error():
    z = np.array([[2.0, 0.0], [0.1, 0.0]])
    found = estimated_relations(pd.Series(["A", "B"]), z, np.array([0.7, 0.7]), 0.3, PLANE, seed=1)
    assert not found["measured"].any() and (found["n_respondents"] == 0).all()
    assert found["p_relation_type"].iloc[0] > 0.9 > 0.5 > found["p_relation_type"].iloc[1]
    assert found["satisfaction"].tolist() == [100.0, 62.0]


def test_margins_by_type_are_ratios_of_sums():
    table = pd.DataFrame(
        {"customer_id": list("ABC"), "relation_type": ["disloyal", "disloyal", "over_loyal"], "measured": True,
         "p_relation_type": 0.5}
    )  # fmt: skip
    money = pd.DataFrame(
        {"customer_id": list("ABC"), "revenue_eur": [100.0, 300.0, 50.0], "practical_margin_eur": [50.0, 30.0, -5.0]}
    )
    found = relation_counts(table, money).set_index("relation_type")
    assert found.loc["disloyal", "margin_rate_share"] == pytest.approx(0.2)
    assert found.loc["over_loyal", "margin_rate_share"] == pytest.approx(-0.1)


def test_only_waves_that_came_before_are_an_earlier_answer():
    waves = {"autumn 2024": 2.0, "spring 2025": 4.0, "autumn 2025": 8.0}
    days = [pd.Timestamp(day) for day in ("2024-10-01", "2025-04-01", "2025-10-01")]
    rows = pd.DataFrame(
        {
            "respondent_id": ["R1", "R2", "R3"], "customer_id": "C1", "wave": list(waves), "answered_on": days,
            "supplier": "us", "role": None, "satisfaction": list(waves.values()), "purchases_share": np.nan,
            "speed": 5.0,
        }
    )  # fmt: skip
    source = Source(
        files=["survey.csv"],
        columns={"respondent_id": "r", "supplier": "s", "satisfaction": "q"},
        attributes={"speed": "a"},
    )
    for studied, before in (("autumn 2024", []), ("spring 2025", [100 / 9]), ("autumn 2025", [300 / 9])):
        told = Competitive(wave=studied)
        earlier = earlier_opinions(scored_survey(rows, source, told), told)
        assert earlier["satisfaction"].tolist() == pytest.approx(before)
