"""Tables of two axes in the shared edition, attacked with the totals of rows and columns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from workbench.confidentiality import is_shareable, shown_cells


def clients_of(counts: np.ndarray, seed: int = 1, spread: float = 0.6) -> pd.DataFrame:
    """As many clients as `counts` says in each cell, with log-normal amounts."""
    row, column = (np.repeat(place, counts.ravel()) for place in (each.ravel() for each in np.indices(counts.shape)))
    amount = np.exp(np.random.default_rng(seed).normal(7, spread, len(row)))
    client = [f"C{place}" for place in range(len(row))]
    return pd.DataFrame({"row": row, "column": column, "client": client, "amount_eur": amount})


def shown(clients: pd.DataFrame) -> pd.DataFrame:
    return shown_cells(clients, "row", "column")


def recovered(table: pd.DataFrame) -> list[tuple]:
    """The hidden cells that totals of rows and columns less shown cells fix to one value, as an attacker finds them.

    The attacker knows which cells are empty, and the total of each row and column with a shown cell. The least and the
    greatest number that each hidden cell could hold are found by linear programming.
    """
    hidden = table[~table["shown"]].reset_index(drop=True)
    sums, totals = [], []
    for axis in ("row", "column"):
        for value in table.loc[table["shown"], axis].unique():
            within = (hidden[axis] == value).to_numpy()
            if within.any():
                sums.append(within.astype(float))
                totals.append(hidden.loc[within, "n_clients"].sum())
    found = []
    for place in range(len(hidden)) if sums else []:
        goal = np.eye(len(hidden))[place]
        low, high = (
            linprog(sign * goal, A_eq=np.array(sums), b_eq=np.array(totals, float), bounds=(None, None)).fun
            for sign in (1, -1)
        )
        if low is not None and high is not None and abs(low + high) < 1e-6:
            found.append(tuple(hidden.loc[place, ["row", "column"]]))
    return found


def test_a_table_that_hides_its_clients_is_shown_as_it_is():
    assert shown(clients_of(np.full((3, 4), 5)))["shown"].all()


def test_one_cell_that_betrays_takes_three_others_with_it():
    counts = np.array([[1, 4, 9], [5, 6, 9], [9, 9, 9]])
    table = shown(clients_of(counts))
    hidden = {tuple(each) for each in table.loc[~table["shown"], ["row", "column"]].to_numpy()}
    assert hidden == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert recovered(table) == []


def test_the_attack_finds_what_is_hidden_alone_and_what_is_a_bridge():
    table = shown(clients_of(np.array([[1, 4, 9], [5, 6, 9], [9, 9, 9]])))
    alone = table.assign(shown=[place != 0 for place in range(9)])
    assert recovered(alone) == [(0, 0)]
    path = table.assign(shown=[place not in (0, 1, 4) for place in range(9)])
    assert set(recovered(path)) == {(0, 0), (0, 1), (1, 1)}


def test_a_giant_is_hidden_however_many_are_beside_it():
    clients = clients_of(np.full((3, 3), 6))
    clients.loc[0, "amount_eur"] = 1e7
    table = shown(clients).set_index(["row", "column"])
    assert not table.loc[(0, 0), "shown"] and (~table["shown"]).sum() >= 2


def test_accounts_of_one_group_are_one_client_in_a_cell_and_in_what_is_hidden():
    clients = clients_of(np.full((3, 3), 5))
    clients.loc[clients["row"].eq(0) & clients["column"].eq(0), "client"] = "group"
    table = shown(clients).set_index(["row", "column"])
    assert not table.loc[(0, 0), "shown"] and table.loc[(0, 0), "n_clients"] == 1
    clients.loc[clients["row"].eq(0), "client"] = "group"
    assert not shown(clients).query("row == 0")["shown"].any()


def test_missing_values_are_a_line_of_their_own():
    clients = clients_of(np.full((2, 3), 4)).astype({"row": object})
    clients.loc[clients["row"] == 1, "row"] = None
    table = shown(clients)
    assert len(table) == 6 and table["row"].isna().sum() == 3 and table["shown"].all()


def test_nothing_is_shown_of_few_clients_and_nothing_breaks_without_any():
    assert not shown(clients_of(np.ones((2, 2), int)))["shown"].any()
    assert shown(clients_of(np.zeros((2, 2), int))).empty


tables = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.sampled_from([0, 0, 1, 1, 2, 3, 4, 6, 12]), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    ).map(lambda counts: np.array(counts).reshape(shape))
)


@given(tables, st.integers(0, 10_000))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_hidden_cell_follows_from_totals_and_shown_cells(counts, seed):
    clients = clients_of(counts, seed)
    if clients.empty:
        return
    table = shown(clients)
    assert recovered(table) == []
    cells = dict(list(clients.groupby(["row", "column"])["amount_eur"]))
    for row in table[table["shown"]].itertuples():
        assert is_shareable(cells[row.row, row.column])
    # The total of a line less its shown cells hides its clients too.
    for axis in ("row", "column"):
        for value, line in table.groupby(axis):
            rest = [cells[each.row, each.column] for each in line[~line["shown"]].itertuples()]
            assert not rest or not line["shown"].any() or is_shareable(pd.concat(rest)), (axis, value)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_map_of_the_size_of_a_study_is_done_in_a_second(seed):
    counts = np.random.default_rng(seed).poisson(2.5, (36, 5))
    table = shown(clients_of(counts, seed))
    assert 0.05 < table["shown"].mean() < 0.8
