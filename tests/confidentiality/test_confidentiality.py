import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.confidentiality import clients_of, is_shareable, shareable_cells


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
        columns=["product", "client", "revenue_eur"],
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


def test_accounts_of_one_group_are_one_client():
    accounts = pd.DataFrame({"customer_id": ["A", "B", "C", "D"], "group_id": ["G", "G", "G", None]})
    assert clients_of(accounts).to_dict() == {"A": "G", "B": "G", "C": "G", "D": "D"}
    assert clients_of(accounts[["customer_id"]])["A"] == "A"


def test_what_has_no_value_is_not_told_by_the_total_either():
    """One client bought without a product: the company's total less all products would be that client."""
    table, contributions = cells(big=[50, 50, 50], small=[3, 3, 3])
    of_none = pd.DataFrame({"product": [None], "client": ["C9"], "revenue_eur": [5.0]})
    shown = shareable_cells(table, "product", pd.concat([contributions, of_none]))
    assert list(shown["product"]) == ["big"]
    of_many = pd.DataFrame({"product": [None] * 3, "client": ["C7", "C8", "C9"], "revenue_eur": [5.0] * 3})
    assert shareable_cells(table, "product", pd.concat([contributions, of_many])) is table


def test_nothing_is_left_where_the_clients_are_too_few_altogether():
    table, contributions = cells(one=[9], two=[8, 1])
    assert shareable_cells(table, "product", contributions).empty


@given(
    st.lists(st.lists(st.integers(0, 1000), max_size=6), min_size=1, max_size=8),
    st.lists(st.integers(0, 1000), max_size=4),
)
def test_every_row_shown_hides_its_clients_and_so_does_the_total_less_the_rows(values, of_none):
    table, contributions = cells(**{f"v{place}": clients for place, clients in enumerate(values) if clients})
    nameless = [(None, f"C{place}", revenue) for place, revenue in enumerate(of_none)]
    contributions = pd.concat([contributions, pd.DataFrame(nameless, columns=contributions.columns)])
    shown = shareable_cells(table, "product", contributions)
    if shown.empty:
        return
    kept = set(shown["product"]) & set(table["product"])
    for value in kept:
        assert is_shareable(contributions[contributions["product"].eq(value)]["revenue_eur"])
    without = contributions["product"].isna()
    others = contributions[~contributions["product"].isin(kept) & ~without]
    if len(kept) < len(shown):
        assert is_shareable(others.groupby("client")["revenue_eur"].sum())
        assert shown["revenue_eur"].sum() == table["revenue_eur"].sum()
    left = contributions["revenue_eur"].sum() - shown["revenue_eur"].sum()
    hidden = contributions[without] if len(kept) < len(shown) else contributions[~contributions["product"].isin(kept)]
    assert left == hidden["revenue_eur"].sum()
    assert left == 0 or is_shareable(hidden.groupby("client")["revenue_eur"].sum())
