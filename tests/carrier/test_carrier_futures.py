"""The truth of what is ahead: the expected month of an account, how long it stays, what an action changes."""

import numpy as np
import pandas as pd
import pytest

from workbench.carrier import simulated_world
from workbench.carrier.effects import ACTIONS
from workbench.carrier.futures import CONTINUATIONS, DISCOUNT_RATE, discounted_months, month_worths, realised_months
from workbench.carrier.lives import simulated_lives
from workbench.carrier.outlook import last_year_rates, outlook
from workbench.carrier.window import AS_OF, BURN_IN_MONTHS, HORIZON_MONTHS


@pytest.fixture(scope="module")
def worlds():
    return [simulated_world(customers=400, months=12, seed=seed) for seed in (1, 4)]


def present_all_year(accounts: pd.DataFrame) -> np.ndarray:
    return ((accounts["starts_on"] <= "2024-12-31") & ~(accounts["lost_on"] <= "2025-12-31")).to_numpy()


def test_the_expected_month_is_what_the_year_brought(worlds):
    """The margin of 2025 of all that were there throughout, by minutes that are true: within what chance leaves."""
    ratios, revenue = [], []
    for world in worlds:
        accounts = world.lives.accounts
        expected = outlook(accounts, last_year_rates(world.capacity, world.ledger), world.lives.rises, world.calendar)
        there = present_all_year(accounts)
        got = world.truth_customers["practical_margin_eur"].to_numpy()[there].sum()
        ratios.append(got / (12 * expected.margin_eur[there].sum()))
        bought = world.deliveries.groupby("customer_id")["revenue_eur"].sum().reindex(accounts["customer_id"])
        revenue.append(bought.fillna(0).to_numpy()[there].sum() / (12 * expected.revenue_eur[there].sum()))
    assert np.mean(revenue) == pytest.approx(1, abs=0.012)
    assert np.mean(ratios) == pytest.approx(1, abs=0.03)


def test_without_anything_drawn_the_months_are_those_of_the_hazard():
    """Where continuations are as the world itself, only the sum over months is left: compared with plain addition."""
    lives = simulated_lives(customers=60, months=14, seed=2)
    ratio = np.full(len(lives.accounts), 1e-9)
    never = discounted_months(lives, 2, {"never": ratio})["never"]
    alive = ~(lives.accounts["lost_on"].to_numpy("datetime64[D]") <= AS_OF)
    assert never[alive] == pytest.approx(month_worths().sum(), rel=1e-6)
    assert (never[~alive] == 0).all()
    assert month_worths()[11] == pytest.approx((1 + DISCOUNT_RATE) ** (-11.5 / 12))


def test_continuations_lie_around_what_the_world_does_and_harder_hazards_shorten_them():
    """Over many accounts the mean of the continuations is the mean of the futures that came true."""
    found, came = [], []
    for seed in range(1, 6):
        lives = simulated_lives(customers=200, months=14, seed=seed)
        count = len(lives.accounts)
        months = discounted_months(lives, seed, {"as is": np.ones(count), "twice": np.full(count, 2.0)})
        alive = ~(lives.accounts["lost_on"].to_numpy("datetime64[D]") <= AS_OF)
        assert (months["twice"][alive] < months["as is"][alive]).all()
        first = lives.accounts[alive].drop_duplicates("group").index
        found.append(months["as is"][first].mean())
        came.append((realised_months(lives) @ month_worths())[first].mean())
    off = np.array(came) - np.array(found)
    assert abs(off.mean()) < 2.5 * off.std(ddof=1) / np.sqrt(len(off)) + 0.05
    assert CONTINUATIONS >= 200


def test_a_group_that_is_unhappy_today_is_expected_to_leave_sooner():
    lives = simulated_lives(customers=400, months=14, seed=5)
    months = discounted_months(lives, 5, {"": np.ones(len(lives.accounts))})[""]
    group = lives.accounts["group"].to_numpy()
    now = lives.hazard[group, BURN_IN_MONTHS + 13]
    there = months > 0
    assert np.corrcoef(np.log(now[there]), months[there])[0, 1] < -0.6


def test_truth_of_values_and_effects(worlds):
    world = worlds[0]
    values, effects = world.futures
    assert values["customer_id"].tolist() == world.customers["customer_id"].tolist()
    lost = (world.truth_customers["lost_on"] <= "2025-12-31").to_numpy()
    assert (values.loc[lost, ["expected_future_margin_eur", "realised_future_margin_eur"]] == 0).all(axis=None)
    total = values.loc[~lost].sum(numeric_only=True)
    ratio = total["realised_future_margin_eur"] / total["expected_future_margin_eur"]
    assert ratio == pytest.approx(1, abs=0.15)
    assert len(effects) == len(values) * len(ACTIONS) and effects["action"].nunique() == len(ACTIONS)
    wide = effects.pivot(index="customer_id", columns="action", values="effect_eur").loc[values["customer_id"]]
    assert (wide[lost] == 0).all(axis=None)
    # Who loses money and is kept longer loses more.
    kept = np.sign(wide["account review"].to_numpy()) == np.sign(values["expected_future_margin_eur"].to_numpy())
    assert kept[~lost].all()
    assert (wide["growth offer"] != 0).sum() > 0.9 * (~lost).sum()


def test_the_future_does_not_move_what_is_in_the_files():
    first = simulated_world(customers=60, months=14, seed=6)
    again = simulated_world(customers=60, months=14, seed=6)
    assert first.futures[1].equals(again.futures[1])
    pd.testing.assert_frame_equal(first.deliveries, again.deliveries)
    assert HORIZON_MONTHS == 36
