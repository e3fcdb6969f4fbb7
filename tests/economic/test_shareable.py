from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from company import as_checked, random_company
from costed import costed
from hypothesis import given
from hypothesis import strategies as st

from workbench import economic
from workbench.confidentiality import is_shareable
from workbench.economic.shareable import shareable_axes, shareable_reasons, shareable_whale
from workbench.economic.whale import whale_curve
from workbench.errors import ParamsError


def whale(*margins):
    clients = pd.DataFrame({"customer_id": [f"C{n}" for n in range(len(margins))], "full_margin_eur": margins})
    return whale_curve(clients.assign(n_deliveries=1, revenue_eur=1.0))


def accounts(curve, **groups):
    ids = curve.ranked["customer_id"]
    return pd.DataFrame({"customer_id": ids, "group_id": ids.map(groups)})


def shared(curve, **groups):
    return shareable_whale(curve, accounts(curve, **groups), edition="shared")


def steps(curve, shown):
    """The margins between the points that are shown."""
    ranks = [0, *shown.ranked["rank"]]
    return [curve.ranked["margin_eur"].iloc[low:high] for low, high in pairwise(ranks)]


def test_the_internal_curve_stays_as_it_is():
    curve = whale(5.0, 4.0, -1.0)
    assert shareable_whale(curve, accounts(curve), edition="internal") is curve


def test_the_shared_curve_keeps_peak_and_end_and_no_single_client():
    curve = whale(*np.linspace(100, 1, 20), 0.0, 0.0, *np.linspace(-1, -50, 9))
    shown = shared(curve)
    assert (shown.n_customers, shown.peak_rank, shown.total_eur) == (31, 20, curve.total_eur)
    assert {20, 22, 31} <= set(shown.ranked["rank"])
    assert shown.ranked["customer_id"].isna().all() and shown.ranked["margin_eur"].isna().all()
    merged = [step for step in steps(curve, shown) if step.ne(0).any()]
    assert len(merged) >= 8 and all(is_shareable(step) for step in merged)


def test_a_giant_at_the_end_joins_the_groups_before_it():
    curve = whale(9.0, 8.0, 7.0, -1.0, -1.0, -1.0, -2.0, -2.0, -2.0, -40.0)
    shown = shared(curve)
    assert list(shown.ranked["rank"]) == [3, 10]


@pytest.mark.parametrize("losing", [(-1.0,), (-1.0, -2.0), (-1.0, -1.0, -100.0)])
def test_losers_that_could_be_recognised_refuse_the_edition(losing):
    with pytest.raises(ParamsError, match="clients that lose money are fewer than 3, or one of them"):
        shared(whale(9.0, 8.0, 7.0, *losing))


def test_accounts_of_one_group_are_one_client_of_the_curve():
    curve = whale(9.0, 8.0, 7.0, 6.0, 5.0, 4.0)
    assert list(shared(curve).ranked["rank"]) == [3, 6]
    assert list(shared(curve, C0="G", C1="G", C2="G").ranked["rank"]) == [6]
    with pytest.raises(ParamsError, match="clients that earn money are fewer than 3"):
        shared(curve, C0="G", C1="G", C2="G", C3="G", C4="G")


def sold(change):
    """A costed company whose deliveries and customers `change` changes."""
    frames = random_company()
    change(frames["deliveries"], frames["customers"])
    result = costed({name: as_checked(frame, name) for name, frame in frames.items()}, [])
    return result, frames["customers"]


def test_a_zone_of_one_group_is_put_together_with_others():
    def harbour_of_a_group(deliveries, customers):
        own = ["C000", "C001", "C002"]
        customers["group_id"] = customers["group_id"].where(~customers["customer_id"].isin(own), "G0")
        deliveries.loc[deliveries["customer_id"].isin(own), "delivery_zone"] = "harbour"

    result, customers = sold(harbour_of_a_group)
    assert "harbour" in set(result.axes.margins["delivery_zone"]["delivery_zone"])
    shown = shareable_axes(result.axes, result.studied, customers, edition="shared").margins["delivery_zone"]
    assert "harbour" not in set(shown["delivery_zone"]) and len(shown) == 2


def test_an_axis_of_which_nothing_can_be_shown_refuses_the_edition_and_the_books_still_close():
    def one_giant(deliveries, customers):
        giant = deliveries["customer_id"].eq("C000")
        deliveries.loc[giant, ["revenue_eur", "direct_purchases_eur"]] *= 1000

    result, customers = sold(one_giant)
    with pytest.raises(ParamsError, match=r"clients whose product is known .* more than 85% of their revenue"):
        shareable_axes(result.axes, result.studied, customers, edition="shared")
    assert economic.reconciliation(result.axes, result.costs, result.books, result.files)["difference_eur"].eq(0).all()


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=60))
def test_every_step_of_a_shared_curve_hides_its_clients(margins):
    curve = whale(*map(float, margins))
    try:
        shown = shared(curve)
    except ParamsError:
        return
    assert shown.ranked["cumulative_eur"].iloc[-1] == curve.total_eur
    assert all(is_shareable(step) for step in steps(curve, shown) if step.ne(0).any())


def test_a_reason_that_is_one_clients_is_not_told():
    margins = pd.DataFrame({"customer_id": list("abcd"), "full_margin_eur": [-1.0, -2.0, -3.0, 5.0]})
    gaps = pd.DataFrame(
        {
            "customer_id": list("abcd") * 2, "item": ["visits"] * 4 + ["claims"] * 4,
            "excess_eur": [10.0, 20.0, 15.0, 99.0, 0.0, 50.0, 1.0, 40.0],
        }
    )  # fmt: skip
    reasons = pd.DataFrame({"item": ["claims", "visits"], "excess_eur": [51.0, 45.0]})
    asked = {"gaps": gaps, "margins": margins, "edition": "shared"}
    assert shareable_reasons(reasons, **asked)["item"].tolist() == ["visits"]
    grouped = margins.assign(group_id=["G", "G", None, None])
    assert shareable_reasons(reasons, **{**asked, "margins": grouped}).empty
    assert shareable_reasons(reasons, gaps, margins, edition="internal") is reasons
