from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.confidentiality import is_shareable
from workbench.economic.shareable import shareable_whale
from workbench.economic.whale import whale_curve
from workbench.errors import ParamsError


def whale(*margins):
    clients = pd.DataFrame({"customer_id": [f"C{n}" for n in range(len(margins))], "full_margin_eur": margins})
    return whale_curve(clients.assign(n_deliveries=1, revenue_eur=1.0))


def steps(curve, shown):
    """The margins between the points that are shown."""
    ranks = [0, *shown.ranked["rank"]]
    return [curve.ranked["margin_eur"].iloc[low:high] for low, high in pairwise(ranks)]


def test_the_internal_curve_stays_as_it_is():
    curve = whale(5.0, 4.0, -1.0)
    assert shareable_whale(curve, edition="internal") is curve


def test_the_shared_curve_keeps_peak_and_end_and_no_single_client():
    curve = whale(*np.linspace(100, 1, 20), 0.0, 0.0, *np.linspace(-1, -50, 9))
    shown = shareable_whale(curve, edition="shared")
    assert (shown.n_customers, shown.peak_rank, shown.total_eur) == (31, 20, curve.total_eur)
    assert {20, 22, 31} <= set(shown.ranked["rank"])
    assert shown.ranked["customer_id"].isna().all() and shown.ranked["margin_eur"].isna().all()
    merged = [step for step in steps(curve, shown) if step.ne(0).any()]
    assert len(merged) >= 8 and all(is_shareable(step) for step in merged)


def test_a_giant_at_the_end_joins_the_groups_before_it():
    curve = whale(9.0, 8.0, 7.0, -1.0, -1.0, -1.0, -2.0, -2.0, -2.0, -40.0)
    shown = shareable_whale(curve, edition="shared")
    assert list(shown.ranked["rank"]) == [3, 10]


@pytest.mark.parametrize("losing", [(-1.0,), (-1.0, -2.0), (-1.0, -1.0, -100.0)])
def test_losers_that_could_be_recognised_refuse_the_edition(losing):
    with pytest.raises(ParamsError, match="clients that lose money are fewer than 3, or one of them"):
        shareable_whale(whale(9.0, 8.0, 7.0, *losing), edition="shared")


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=60))
def test_every_step_of_a_shared_curve_hides_its_clients(margins):
    curve = whale(*map(float, margins))
    try:
        shown = shareable_whale(curve, edition="shared")
    except ParamsError:
        return
    assert shown.ranked["cumulative_eur"].iloc[-1] == curve.total_eur
    assert all(is_shareable(step) for step in steps(curve, shown) if step.ne(0).any())
