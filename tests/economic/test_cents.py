"""Cents are shared so that nothing is created and nothing lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.economic.cents import half_up_cents, rounded_cents, shared_cents

CELLS = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1e6, allow_nan=False)), min_size=1, max_size=60)


@given(totals=st.lists(st.integers(-(10**12), 10**12), min_size=4, max_size=4), cells=CELLS)
def test_shares_sum_to_the_total_and_stay_within_a_cent_of_their_exact_share(totals, cells):
    totals = np.array(totals)
    group = np.array([g for g, _ in cells])
    weights = np.array([w for _, w in cells])
    shared = shared_cents(totals, weights, group)
    for g, total in enumerate(totals):
        mine, weight = shared[group == g], weights[group == g]
        if weight.sum() > 0:
            assert mine.sum() == total
            exact = total * (weight / weight.sum())
            assert np.all(np.abs(mine - exact) <= 1 + 1e-3)
        else:
            assert not mine.any()


def test_three_equal_cells_share_a_cent_in_order():
    assert shared_cents(np.array([1]), np.ones(3), np.zeros(3, int)).tolist() == [1, 0, 0]
    assert shared_cents(np.array([-100]), np.ones(3), np.zeros(3, int)).tolist() == [-34, -33, -33]


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="at least 0"):
        shared_cents(np.array([10]), np.array([1.0, -1.0]), np.zeros(2, int))


@given(st.lists(st.integers(-(10**11), 10**11), max_size=50))
def test_rounding_keeps_the_rounded_sum(micro):
    cents = rounded_cents(np.array(micro, dtype=np.int64))
    assert cents.sum() == half_up_cents(sum(micro))
    assert all(abs(c * 10_000 - m) <= 10_000 for c, m in zip(cents, micro, strict=True))


@pytest.mark.parametrize(("micro", "cents"), [(15_000, 2), (-15_000, -2), (14_999, 1), (0, 0), (25_000, 3)])
def test_halves_go_away_from_zero(micro, cents):
    assert half_up_cents(micro) == cents
