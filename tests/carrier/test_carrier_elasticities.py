"""How the simulated clients answer prices: aimed rises, the volume of those who stay, and earlier losses."""

import numpy as np
import pandas as pd
import pytest

from workbench.carrier import simulated_world
from workbench.carrier.elasticities import (
    LOSS_ELASTICITY,
    LOSS_MONTHS,
    NEGOTIATED_ON,
    VOLUME_ELASTICITY,
    discount_depth,
    loss_answers,
    negotiated_rises,
    volume_levels,
)
from workbench.carrier.lives import simulated_lives
from workbench.carrier.window import AS_OF, BURN_IN_MONTHS, HORIZON_MONTHS, Calendar


@pytest.fixture(scope="module")
def world():
    return simulated_world(customers=300, months=36, seed=5)


def accounts(count: int, **columns: object) -> pd.DataFrame:
    every = {
        "group_id": [f"G{number}" for number in range(count)], "size": 1, "discount_share": 0.10, "demands": 1.0,
        "starts_on": np.datetime64("2020-01-01"), "lost_on": np.datetime64("NaT"), "negotiated_rise": 0.0,
        "volume_trend": 0.0,
    }  # fmt: skip
    return pd.DataFrame({**every, **columns}, index=range(count))


def test_prices_of_the_aimed_accounts_rise_on_the_day_and_no_others_do(world):
    told = world.price_changes[world.price_changes["level"] == "customer"].set_index("item")["change_share"]
    rows = world.deliveries[world.deliveries["credited_document_id"].isna()]
    paid = np.log(rows["revenue_eur"] / rows["list_price_eur"])
    after = rows["ordered_on"] >= pd.Timestamp(NEGOTIATED_ON)
    means = paid.groupby([rows["customer_id"], after]).agg(["mean", "size"]).unstack()
    known = means[(means["size"] >= 10).all(axis=1)]["mean"]
    change = known[True] - known[False]
    aimed = change.index.isin(told.index)
    assert aimed.sum() > 10
    expected = np.log1p(told[change.index[aimed]])
    assert np.abs(change[aimed] - expected).max() < 0.03
    assert np.abs(change[~aimed]).max() < 0.03


def test_the_rise_is_aimed_at_deep_discounts_and_at_whole_groups_who_are_clients_for_a_year(world):
    many = accounts(4000, discount_share=np.random.default_rng(1).normal(0.10, 0.06, 4000), group_id="one by one")
    many["group_id"] = np.arange(4000) // 2
    many.loc[:99, "starts_on"] = np.datetime64("2023-06-01")
    rises = negotiated_rises(many, seed=1)
    assert (rises[:100] == 0).all() and 0.1 < (rises > 0).mean() < 0.5
    assert pd.Series(rises[100:]).groupby(many["group_id"].to_numpy()[100:]).nunique().eq(1).all()
    depth = discount_depth(many)
    assert depth[rises > 0].mean() > depth[rises == 0].mean() + 0.3


def test_volume_answers_the_price_by_the_true_elasticity_from_the_month_of_the_rise():
    own = accounts(4, size=[0, 1, 2, 3], negotiated_rise=[0.10, 0.10, 0.10, 0.0], volume_trend=[0.0, 0.0, 0.0, 0.05])
    levels = volume_levels(own, Calendar(24), first_day=np.datetime64("2024-01-01"))
    assert levels.shape == (4, 24)
    assert np.allclose(levels[:3, :3], 1.0)
    assert np.allclose(levels[:3, 3:], 1.1 ** VOLUME_ELASTICITY[:3, None])
    assert np.allclose(np.diff(np.log(levels[3])) * 12, 0.05, rtol=0.1)


def test_a_rise_multiplies_the_hazard_of_the_whole_group_for_a_year():
    own = accounts(3, group=[0, 0, 1], group_size=[2, 2, 1], size=[2, 1, 1], negotiated_rise=[0.0, 0.10, 0.0])
    calendar = Calendar(24)
    factors = loss_answers(own, calendar)
    first = BURN_IN_MONTHS + 3  # April 2024, of a window that opens in January
    assert factors.shape == (2, BURN_IN_MONTHS + 24 + HORIZON_MONTHS)
    assert np.allclose(factors[0, first : first + LOSS_MONTHS], np.exp(LOSS_ELASTICITY[2] * 0.10))
    factors[0, first : first + LOSS_MONTHS] = 1.0
    assert (factors == 1.0).all()


def test_the_hazard_that_losses_come_from_holds_the_answer():
    many = simulated_lives(customers=2000, months=36, seed=2)
    clients = many.accounts.drop_duplicates("group")
    clients = clients[clients["starts_on"].lt(pd.Timestamp(NEGOTIATED_ON) - pd.Timedelta(days=366))]
    month = BURN_IN_MONTHS + 15  # April 2024, of a window that opens in January 2023
    hazard = many.hazard[clients["group"]]
    growth = np.log(hazard[:, month : month + 12].mean(axis=1) / hazard[:, month - 12 : month].mean(axis=1))
    aimed = clients["negotiated_rise"].to_numpy() > 0
    answer = growth - growth[~aimed].mean()
    expected = LOSS_ELASTICITY[clients["group_size"]] * clients["negotiated_rise"]
    assert aimed.sum() > 50 and answer[aimed].mean() == pytest.approx(expected[aimed].mean(), abs=0.08)


def test_orders_follow_the_level_of_the_account():
    """Half the accounts order half as much from the rise on; counted against the others the drop is the elasticity."""
    from workbench.carrier import orders, tariff

    many = accounts(
        600, size=1, spend_eur=8000.0, regularity=2.0, parcels=1.0, international_share=0.1, hurry=0.5,
        negotiated_rise=np.where(np.arange(600) % 2, 0.5, 0.0),
    )  # fmt: skip
    calendar = Calendar(42)
    made = orders.ordered_days(many, 1, calendar, tariff.price_rises(1, calendar))
    after = made["ordered_on"] >= pd.Timestamp(NEGOTIATED_ON)
    count = made.groupby([made["account"] % 2, after]).size().unstack()
    answer = np.log(count.loc[1, True] / count.loc[1, False]) - np.log(count.loc[0, True] / count.loc[0, False])
    assert answer / np.log(1.5) == pytest.approx(VOLUME_ELASTICITY[1], abs=0.06)
    assert made["ordered_on"].max() <= pd.Timestamp(AS_OF)
