"""Rounds and stops of the simulated carrier: of one day and zone, shared by some, and no change to anything else."""

import pytest

from workbench.carrier import simulated_world
from workbench.carrier.rounds import DELIVERIES_PER_ROUND, SAME_STOP_SHARE
from workbench.carrier.tariff import CUSTOMS_ZONES


@pytest.fixture(scope="module")
def deliveries():
    rows = simulated_world(customers=60, months=12, seed=5).deliveries
    return rows[rows["credited_document_id"].isna()]


def test_a_round_is_of_one_day_and_zone_and_not_too_long(deliveries):
    rounds = deliveries.groupby("round_id")
    assert rounds["delivered_on"].nunique().eq(1).all()
    assert rounds["delivery_zone"].nunique().eq(1).all()
    assert rounds.size().max() <= DELIVERIES_PER_ROUND


def test_stops_lie_on_one_round_and_some_are_shared(deliveries):
    stops = deliveries.groupby("stop_id")
    assert stops["round_id"].nunique().eq(1).all()
    follow = deliveries["round_id"].notna().sum() - deliveries["round_id"].nunique()
    shared = deliveries["stop_id"].notna().sum() - deliveries["stop_id"].nunique()
    assert shared / follow == pytest.approx(SAME_STOP_SHARE, abs=0.03)


def test_partners_deliver_abroad_without_a_round(deliveries):
    abroad = deliveries["delivery_zone"].isin(CUSTOMS_ZONES)
    assert deliveries.loc[abroad, ["stop_id", "round_id"]].isna().all().all()
    assert deliveries.loc[~abroad, ["stop_id", "round_id"]].notna().all().all()
