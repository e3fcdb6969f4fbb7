"""The change of a client's margin: exactly 0 where nothing changes, and by hand where it can be reckoned."""

import numpy as np
import pandas as pd
import pytest

from tests.value.priced import base
from workbench.errors import ParamsError
from workbench.params import Scope, Tariffs
from workbench.value.tariff_base import Stay, side_of
from workbench.value.tariffs import (
    Answer,
    Horizon,
    break_even_elasticity,
    break_even_volume_loss,
    kept,
    price_change,
)
from workbench.wording.tariffs import say_break_even

FULL = Answer(np.full(3, -0.8), np.full(3, 4.0))
SHORT, LONG = Horizon(12, False), Horizon(36, True)


def survival(months: int, clients: int = 3) -> Stay:
    """Hazards that differ by client and rise from month to month."""
    hazards = np.random.default_rng(1).uniform(0.005, 0.05, (months, clients)).cumsum(axis=0) / 10
    return Stay(-hazards.cumsum(axis=0), 0.1, "survival")


@pytest.mark.parametrize("stay", [base().stay, survival(36)])
@pytest.mark.parametrize("scope", [Scope(), Scope(products=["air"]), Scope(customers=["C1"])])
@pytest.mark.parametrize("horizon", [SHORT, LONG, Horizon(36, True, 12)])
def test_no_change_of_price_changes_nothing_to_the_last_digit(stay, scope, horizon):
    side = side_of(base(), scope)
    for off in (1.0, 1.37):
        made = price_change(side, stay, FULL, horizon, change=0.0, cost_factor=off, hazard_factor=off)
        assert (made.difference == 0.0).all() and (made.lost_more == 0.0).all()
        assert (made.volume_before == made.volume_after).all()


@pytest.mark.parametrize("horizon", [SHORT, LONG])
def test_a_client_whose_prices_all_change_follows_the_formula(horizon):
    """Σ over m of q(1+Δ)^ε · s(m)^exp(γΔ) · [p(1+Δ) - c], less the same at Δ = 0, month by month."""
    change, loss = 0.05, 0.02
    made = price_change(side_of(base(loss=loss), Scope()), base(loss=loss).stay, FULL, horizon, change=change)
    revenue, cost, account = 150.0, 50.0 + 55.0 * horizon.capacity_removed, 5.0 * horizon.capacity_removed

    def total(delta: float) -> float:
        kept_share = [(1 - loss) ** (m * np.exp(4.0 * delta)) for m in range(1, horizon.months + 1)]
        month = (1 + delta) ** -0.8 * (revenue * (1 + delta) - cost) - account
        return sum(kept_share) * month

    assert made.difference == pytest.approx(np.full(3, total(change) - total(0.0)), rel=1e-12)
    practical = (150.0 - 50.0 - 55.0 - 5.0) * sum((1 - loss) ** m for m in range(1, horizon.months + 1))
    assert made.before == pytest.approx(np.full(3, practical), rel=1e-12)
    gone = (1 - loss) ** horizon.months - (1 - loss) ** (horizon.months * np.exp(4.0 * change))
    assert made.lost_more == pytest.approx(np.full(3, gone), rel=1e-12)


def test_a_client_that_leaves_takes_with_it_what_it_buys_beside():
    """Nothing of the volume answers; only the loss does, by the mean change of the client's bill."""
    change, loss = 0.06, 0.03
    side = side_of(base(loss=loss), Scope(products=["air"]))
    made = price_change(
        side, base(loss=loss).stay, Answer(np.zeros(3), np.full(3, 5.0)), Horizon(1, False), change=change
    )
    assert side.share == pytest.approx(np.full(3, 100 / 150))
    stays = (1 - loss) ** np.exp(5.0 * change * 100 / 150)
    expected = stays * (100 * 1.06 - 40 + 40) - (1 - loss) * (100 - 40 + 40)
    assert made.difference == pytest.approx(np.full(3, expected), rel=1e-12)


def test_without_any_answer_a_rise_is_its_share_of_the_revenue():
    made = price_change(side_of(base(loss=0.0), Scope()), base(loss=0.0).stay, Answer(np.zeros(3), np.full(3, 9.0)),
                        SHORT, change=0.03)  # fmt: skip
    assert made.difference == pytest.approx(np.full(3, 0.03 * 150 * 12), rel=1e-12)


def test_a_constant_hazard_told_month_by_month_gives_the_same():
    constant, table = base(loss=0.02).stay, Stay(np.log(0.98) * np.arange(1, 37)[:, None] * np.ones(3), 0.0, "survival")
    side = side_of(base(), Scope(products=["road"]))
    for horizon in (SHORT, LONG, Horizon(36, True, 12), Horizon(12, False, 24)):
        one, other = (price_change(side, stay, FULL, horizon, change=0.07) for stay in (constant, table))
        assert one.difference == pytest.approx(other.difference, rel=1e-10)
        assert one.lost_more == pytest.approx(other.lost_more, rel=1e-10)


def test_the_hazard_is_another_for_the_months_told_and_as_before_after_them():
    log_kept = np.array([[np.log(0.95)]])
    months, end = kept(log_kept, np.array([2.0]), 5, 2)
    steps = [0.95**2, 0.95**4, 0.95**5, 0.95**6, 0.95**7]
    assert months == pytest.approx([sum(steps)]) and end == pytest.approx([steps[-1]])
    assert kept(np.zeros((1, 1)), np.ones(1), 7, None)[0] == pytest.approx([7.0])


def test_break_even_is_where_the_rise_brings_nothing():
    """Δ / (Δ + margin rate); at that loss, told as an elasticity, the formula gives 0 where nobody leaves."""
    side = side_of(base(loss=0.0), Scope())
    loss = break_even_volume_loss(float(side.revenue.sum()), float(side.direct.sum()), 0.05)
    assert loss == pytest.approx(0.05 / (0.05 + 100 / 150))
    even = Answer(np.full(3, break_even_elasticity(loss, 0.05)), np.zeros(3))
    made = price_change(side, base(loss=0.0).stay, even, SHORT, change=0.05)
    assert made.difference == pytest.approx(np.zeros(3), abs=1e-9)
    assert break_even_volume_loss(100.0, 20.0, -0.05) == pytest.approx(-0.05 / 0.75)
    assert np.isnan(break_even_volume_loss(100.0, 98.0, -0.05)) and np.isnan(break_even_volume_loss(0.0, 0.0, 0.05))
    assert np.isnan(break_even_elasticity(0.1, 0.0))


def test_a_rise_on_what_loses_money_pays_whatever_is_lost():
    """At a margin rate of -1 % or -10 %, each unit not sold saves money; a cut never pays by winning more of them."""
    for avoidable in (101.0, 110.0):
        assert break_even_volume_loss(100.0, avoidable, 0.03) == 1.0
        assert np.isnan(break_even_volume_loss(100.0, avoidable, -0.03))
    assert np.isnan(break_even_elasticity(1.0, 0.03))


@pytest.mark.parametrize(
    ("change", "revenue", "even", "text"),
    [
        (0.03, 100.0, 1.0, "pays whatever volume is lost"),
        (0.0, 100.0, 0.0, "changes no price"),
        (0.03, 0.0, np.nan, "concerns no revenue"),
        (-0.03, 100.0, np.nan, "no volume would do"),
        (0.03, 100.0, 0.25, "as long as less than 25.0"),
    ],
)
def test_breaking_even_is_said_at_its_edges(change, revenue, even, text):
    row = {"scenario": "s", "horizon_months": 12, "change_share": change, "revenue_eur": revenue}
    assert text in say_break_even(pd.DataFrame([row | {"break_even_volume_loss": even}]), Tariffs()).text


def test_months_lost_are_those_of_staying_shorter():
    """A hazard of 2 % a month multiplied by exp(0.2): the share of 12 months that is not stayed."""
    stay = Stay(np.array([[-0.02]]), 0.1, "files")
    made = price_change(side_of(base(), Scope()), stay, Answer(np.zeros(3), np.full(3, 4.0)), SHORT, change=0.05)
    before, after = (np.exp(-h * np.arange(1, 13)).sum() for h in (0.02, 0.02 * np.exp(0.2)))
    assert made.months_lost == pytest.approx(np.full(3, 1 - after / before), rel=1e-9)


def test_a_horizon_beyond_what_the_chapter_on_churn_knows_is_refused():
    with pytest.raises(ParamsError, match=r"tariffs.horizons_months: 36 months are beyond the 24 months"):
        price_change(side_of(base(), Scope()), survival(24), FULL, LONG, change=0.01)


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        (Scope(products=["boat"]), r"scope.products names boat, .*\(air, road\)"),
        (Scope(delivery_zones=["moon"]), r"scope.delivery_zones names moon, .*\(far, near\)"),
        (Scope(customers=["C0", "C9"]), r"scope.customers names C9"),
        (Scope(segments=["stars"]), r"scope.segments names stars, .*\(none\)"),
    ],
)
def test_a_scope_that_names_what_is_not_there_is_refused_by_name(scope, message):
    with pytest.raises(ParamsError, match=message):
        side_of(base(), scope)


def test_a_scope_is_what_meets_all_its_lists():
    side = side_of(base(), Scope(products=["air"], sizes=["SME", "mid-size"]))
    assert side.revenue.tolist() == [0.0, 100.0, 100.0]
    assert side.other.tolist() == [100.0, 40.0, 40.0] and side.other_activity.tolist() == [60.0, 30.0, 30.0]
    assert side.concerned.tolist() == [False, True, True]
