"""The losses of the simulated carrier: their rate is the written hazard, and what drives it shows in the files."""

import numpy as np
import pandas as pd
import pytest

from workbench.carrier import losses, simulated_world
from workbench.carrier.lives import simulated_lives
from workbench.carrier.losses import group_hazard, loss_days, loss_times, monthly_hazard
from workbench.carrier.opinions import true_opinions
from workbench.carrier.service import Service, true_service
from workbench.carrier.window import AS_OF, BURN_IN_MONTHS, HORIZON_MONTHS, Calendar

MONTHS = 24
ALL_MONTHS = BURN_IN_MONTHS + MONTHS + HORIZON_MONTHS


@pytest.fixture(scope="module")
def lives():
    return simulated_lives(customers=2500, months=48, seed=4)


def test_losses_come_at_the_rate_of_the_hazard_and_price_rises_add_to_it():
    calendar, groups = Calendar(MONTHS), 15_000
    opinions = true_opinions(groups, seed=3, calendar=calendar)
    flat = Service(*(np.zeros((groups, ALL_MONTHS)) for _ in range(2)))
    even = type(opinions)(opinions.years, *(np.zeros((groups, len(opinions.years))) for _ in range(3)), {})
    ordinary, rises = np.full(groups, 0.019), np.zeros(ALL_MONTHS)

    def lost_by(month: int) -> float:
        hazard = monthly_hazard(ordinary, opinions=even, service=flat, rises=rises, calendar=calendar)
        return (loss_times(np.random.default_rng(7), hazard, np.zeros(groups)) < month).mean()

    assert lost_by(12) == pytest.approx(1 - np.exp(-12 * 0.019), abs=0.012)
    assert lost_by(60) == pytest.approx(1 - np.exp(-60 * 0.019), abs=0.012)
    rises[BURN_IN_MONTHS] = 0.25
    assert lost_by(12) == pytest.approx(1 - np.exp(-15 * 0.019), abs=0.012)


def test_losses_begin_after_the_start_and_those_beyond_the_horizon_have_no_day():
    calendar = Calendar(MONTHS)
    starts = np.random.default_rng(1).uniform(-BURN_IN_MONTHS, MONTHS, 5000)
    times = loss_times(np.random.default_rng(2), np.full((5000, ALL_MONTHS), 0.02), starts)
    assert (times > starts).all() and np.isinf(times).any()
    days = loss_days(times, calendar)
    assert (np.isnat(days) == np.isinf(times)).all()
    inside = np.floor(times[~np.isinf(times)])
    assert (calendar.month_of(days[~np.isnat(days)]) == inside).all()
    # Memoryless: the time since the start is exponential wherever the start lies.
    early = starts < -60
    assert (times - starts)[early & (times < 0)].size and np.isclose(
        ((times - starts)[early] < 24).mean(), 1 - np.exp(-0.48), atol=0.03
    )


@pytest.mark.parametrize(
    ("effect", "size"),
    [("SATISFACTION_EFFECT", -0.45), ("LATE_EFFECT", 0.30), ("CLAIMS_EFFECT", 0.25)],
)
def test_a_driver_moves_the_log_hazard_by_its_effect_and_leaves_the_mean(effect, size):
    calendar = Calendar(MONTHS)
    opinions, service = true_opinions(3000, seed=1, calendar=calendar), true_service(3000, seed=1, calendar=calendar)
    told = {"opinions": opinions, "service": service, "rises": np.zeros(ALL_MONTHS), "calendar": calendar}
    log_hazard = np.log(monthly_hazard(np.full(3000, 0.01), **told))
    year = np.searchsorted(opinions.years, (calendar.first_month + MONTHS).astype("datetime64[Y]"))
    month = BURN_IN_MONTHS + MONTHS
    drivers = np.column_stack(
        [
            opinions.satisfaction[:, year],
            service.late[:, month - 3 : month].mean(axis=1),
            service.claims[:, month - 3 : month].mean(axis=1),
        ]
    )
    found = np.linalg.lstsq(np.column_stack([np.ones(3000), drivers]), log_hazard[:, month], rcond=None)[0]
    named = dict(zip(("SATISFACTION_EFFECT", "LATE_EFFECT", "CLAIMS_EFFECT"), found[1:], strict=True))
    assert named[effect] == pytest.approx(size, abs=1e-9) == getattr(losses, effect)
    assert np.exp(log_hazard).mean() == pytest.approx(0.01, rel=0.05)


def test_smaller_rarer_and_less_regular_clients_leave_sooner():
    assert (np.diff(group_hazard(np.arange(4), np.full(4, 1.7), np.full(4, 0.3))) < 0).all()
    assert group_hazard(np.array([0]), np.array([1.2]), np.array([0.3])) > group_hazard(
        np.array([0]), np.array([2.6]), np.array([0.3])
    )
    assert group_hazard(np.array([0]), np.array([1.7]), np.array([2.0])) > 0.019


def test_the_quick_lives_are_those_of_the_world():
    lives, world = simulated_lives(customers=60, months=12, seed=5), simulated_world(customers=60, months=12, seed=5)
    truth = world.truth_customers
    assert (lives.accounts["customer_id"] == truth["customer_id"]).all()
    pd.testing.assert_series_equal(lives.accounts["lost_on"], truth["lost_on"], check_dtype=False)
    last = lives.orders.groupby("account")["ordered_on"].max()
    assert (last.to_numpy() == truth["last_order_on"].to_numpy()).all()


def test_losses_in_the_window_are_as_many_as_the_hazard_says(lives):
    """Martingale: losses less the hazard gathered while alive have mean 0."""
    accounts = lives.accounts.drop_duplicates("group")
    hazard = lives.hazard[accounts["group"], BURN_IN_MONTHS:]
    ends = np.minimum(accounts["lost_on"].fillna(pd.Timestamp("2100-01-01")).to_numpy("datetime64[D]"), AS_OF)
    first = np.maximum(np.floor(accounts["starts"].to_numpy()), 0).astype(int)
    last = lives.calendar.month_of(ends)
    months = np.arange(hazard.shape[1])
    whole = (months > first[:, None]) & (months < last[:, None])
    expected = (hazard * whole).sum()
    lost = (accounts["lost_on"] <= pd.Timestamp(AS_OF)).to_numpy() & (last > first)
    # The months of start and loss count half in the mean.
    expected += 0.5 * hazard[np.arange(len(first)), first].sum() + 0.5 * hazard[np.arange(len(last)), last].sum()
    assert lost.sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_the_truth_has_the_hazard_of_every_month_and_late_service_shows_in_the_files():
    world = simulated_world(customers=300, months=24, seed=6)
    hazard = world.truth_hazard
    assert set(hazard["customer_id"]) == set(world.truth_customers["customer_id"])
    assert hazard["month"].max() == pd.Timestamp("2028-12-01") and hazard["month"].min() == pd.Timestamp("2024-01-01")
    assert hazard["hazard"].gt(0).all() and not hazard.duplicated(["customer_id", "month"]).any()
    lines = world.deliveries[world.deliveries["credited_document_id"].isna()]
    late = (lines["delivered_on"] > lines["promised_on"]).groupby(lines["customer_id"]).agg(["mean", "size"])
    busy = late[late["size"] > 200]["mean"]
    assert busy.mean() == pytest.approx(0.06, abs=0.02)
    by_chance = np.sqrt(0.06 * 0.94 / late.loc[busy.index, "size"]).mean()
    assert busy.std() > 2 * by_chance, "clients are served differently well"
    ends = world.customers.dropna(subset="contract_end_on").set_index("customer_id")
    lost_on = world.truth_customers.set_index("customer_id")["lost_on"].reindex(ends.index)
    gone = lost_on <= pd.Timestamp(AS_OF)
    assert len(ends) and (ends.loc[gone, "contract_end_on"] >= lost_on[gone]).all()
    assert (ends.loc[~gone, "contract_end_on"] > pd.Timestamp(AS_OF)).all()
