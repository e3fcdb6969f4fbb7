import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.confidentiality import is_shareable, shareable_cells


@pytest.mark.parametrize(
    ("amounts", "shareable"),
    [
        ([1, 1, 1], True),
        ([1, 1], False),
        ([1, 1, 0], False),  # a client without an amount hides nobody
        ([85, 10, 5], True),
        ([86, 10, 4], False),
        ([-85, 10, 5], True),
        ([], False),
    ],
)
def test_at_least_three_clients_and_the_largest_at_most_85_percent(amounts, shareable):
    assert is_shareable(pd.Series(amounts, dtype=float)) is shareable


def cells(**clients):
    """A margin table and the contributions behind it: value → revenue of each of its clients, named by place."""
    contributions = pd.DataFrame(
        [(value, f"C{place}", revenue) for value, all_ in clients.items() for place, revenue in enumerate(all_)],
        columns=["product", "customer_id", "revenue_eur"],
    )
    sums = contributions.groupby("product", sort=False)["revenue_eur"].sum().reset_index()
    table = sums.assign(n_deliveries=10, cost_eur=sums["revenue_eur"] / 2, revenue_cost_ratio=2.0)
    return table, contributions


def test_a_table_that_hides_its_clients_stays_as_it_is():
    table, contributions = cells(a=[1, 2, 3], b=[4, 5, 6])
    assert shareable_cells(table, "product", contributions) is table


def test_one_cell_that_betrays_takes_the_smallest_other_with_it_as_the_total_is_known():
    table, contributions = cells(big=[50, 50, 50], single=[9], small=[3, 3, 3], medium=[9, 9, 9])
    shown = shareable_cells(table, "product", contributions)
    assert list(shown["product"]) == ["big", "medium", "others (2 together)"]
    assert shown["revenue_eur"].sum() == table["revenue_eur"].sum()
    assert shown.iloc[-1][["revenue_eur", "n_deliveries", "cost_eur", "revenue_cost_ratio"]].tolist() == [18, 20, 9, 2]
    assert list(shown.columns) == list(table.columns)


def test_a_client_met_in_two_cells_counts_once_in_the_row_of_others():
    table, contributions = cells(big=[50, 50, 50], one=[9], two=[8, 1])  # C0 and C1 only in the two small ones
    shown = shareable_cells(table, "product", contributions)
    assert list(shown["product"]) == ["others (3 together)"]


def test_nothing_is_left_where_the_clients_are_too_few_altogether():
    table, contributions = cells(one=[9], two=[8, 1])
    assert shareable_cells(table, "product", contributions).empty


@given(
    st.lists(st.lists(st.integers(0, 1000), max_size=6), min_size=1, max_size=8),
)
def test_every_row_shown_hides_its_clients_and_nothing_is_lost(values):
    table, contributions = cells(**{f"v{place}": clients for place, clients in enumerate(values) if clients})
    shown = shareable_cells(table, "product", contributions)
    if shown.empty:
        return
    kept = set(shown["product"]) & set(table["product"])
    for value in kept:
        assert is_shareable(contributions[contributions["product"].eq(value)]["revenue_eur"])
    others = contributions[~contributions["product"].isin(kept)]
    if len(kept) < len(table):
        assert is_shareable(others.groupby("customer_id")["revenue_eur"].sum())
    assert shown["revenue_eur"].sum() == table["revenue_eur"].sum()
