"""When a figure can be shown to people who must not recognise a client, and what becomes of one that cannot."""

from itertools import product

import numpy as np
import pandas as pd
from scipy.linalg import null_space

from workbench.language import said

SHARED = "shared"
FEWEST_CLIENTS = 3
LARGEST_SHARE = 0.85
DIGITS = 2
# Every sum and difference of so many totals can be tried: 3 ** 8 of them.
MOST_TOTALS = 9


def is_shareable(amounts: pd.Series | np.ndarray) -> bool:
    """Whether a cell hides its clients: at least 3 of them, the largest with at most 85 % of the cell.

    Parameters: amounts, one per client of the cell (see `clients_of`), in any unit; their size counts, not their sign;
    zeros do not count.
    """
    sizes = np.abs(amounts)
    sizes = sizes[sizes > 0]
    return len(sizes) >= FEWEST_CLIENTS and bool(sizes.max() <= LARGEST_SHARE * sizes.sum())


def coarse(amounts: pd.Series) -> pd.Series:
    """Amounts to two significant digits, too coarse for a difference of two of them to be a client's."""
    size = np.log10(amounts.abs().where(amounts.ne(0), 1.0))
    step = 10.0 ** (np.floor(size) - DIGITS + 1)
    return (amounts / step).round() * step


def clients_of(accounts: pd.DataFrame) -> pd.Series:
    """Whom each account counts with: its group, or itself. Accounts of one group are one client, not to be recognised.

    Parameters: accounts, customer_id and, where the study tells groups, group_id. Returns: client by customer_id.
    """
    account = accounts["customer_id"]
    client = accounts["group_id"].fillna(account) if "group_id" in accounts else account
    return client.set_axis(account)


def shareable_cells(table: pd.DataFrame, axis: str, contributions: pd.DataFrame) -> pd.DataFrame:
    """The table with the values that could betray a client put together in one row, its sums unchanged.

    Parameters: table, one row per value of `axis`, with amounts (`_eur`) and counts (`n_`), not modified;
    contributions, one row per value and account: axis (null: what has no value on it), client, revenue_eur, and further
    amounts (`_eur`) that must hide their clients as well. Returns: the same columns; the values whose clients are too
    few, or one of them too large, are one row "others" at the end.
    As the total of the table is known, that row must hide its clients too: the smallest of the other values join it
    until it does. What has no value on the axis follows from the company's total; where it would betray, the values put
    together hide it and are left out. No row is left where nothing can be shown. A ratio of sums is computed again.
    Notes: a client's weight in a cell is its share of the cell's revenue, and of each further amount; an amount that is
    zero for all clients of a cell is nobody's.
    """
    weighed = [column for column in contributions if column.endswith("_eur")]
    weights = contributions.groupby([axis, "client"], dropna=False)[weighed].sum().astype(float)
    weights = weights[weights.index.get_level_values("client").notna()]
    known = weights[weights.index.get_level_values(axis).notna()]
    amounts = {value: cell.droplevel(axis) for value, cell in known.groupby(level=axis)}
    nameless = weights[weights.index.get_level_values(axis).isna()].droplevel(axis)
    nothing = pd.DataFrame(columns=weighed, dtype=float)
    together = {value for value in table[axis] if not _hides(amounts.get(value, nothing))}
    beside = nothing if _hides(nameless) else nameless[nameless.ne(0).any(axis=1)]
    if not together and beside.empty:
        return table
    smallest_first = table.sort_values("revenue_eur")[axis]
    for value in [*(value for value in smallest_first if value not in together), None]:
        parts = [each for each in (beside, *(amounts.get(one, nothing) for one in together)) if len(each)]
        if parts and _hides(pd.concat(parts).groupby(level=0).sum()):
            break
        if value is None:
            return table.iloc[:0]
        together.add(value)
    merged = table[axis].isin(together)
    if len(beside):
        return table[~merged].reset_index(drop=True)
    return pd.concat([table[~merged], _one_row(table[merged], axis)], ignore_index=True)


def shareable_totals(amounts: pd.DataFrame) -> pd.Series:
    """Which of several totals over clients can be published together, so that no subtraction leaves few clients.

    Parameters: amounts, one row per client (see `clients_of`), one column per total; not modified. Returns: bool by
    column. A total is shown where it hides its clients, and so does every sum and difference of it and those already
    shown; the largest are tried first, so that of two that differ by few clients the smaller one is withheld. Totals
    that are the same tell nothing beside each other. Notes: of MOST_TOTALS different ones all sums and differences are
    tried; what is beyond that is withheld.
    """
    cents = (amounts * 100).round()
    largest_first = cents.abs().sum().sort_values(ascending=False, kind="stable").index
    kept: list[np.ndarray] = []
    shown = pd.Series(False, index=amounts.columns)
    for name in largest_first:
        total = cents[name].to_numpy(float)
        if any(np.array_equal(total, other) for other in kept):
            shown[name] = True
        elif len(kept) < MOST_TOTALS and is_shareable(total) and _hidden_beside(total, kept):
            shown[name] = True
            kept.append(total)
    return shown


def _hidden_beside(total: np.ndarray, others: list[np.ndarray]) -> bool:
    """Whether what is left of a total hides its clients, whichever others are added or taken away."""
    for signs in product((-1.0, 0.0, 1.0), repeat=len(others)):
        left = total + sum((sign * other for sign, other in zip(signs, others, strict=True) if sign), np.zeros(1))
        if left.any() and not is_shareable(left):
            return False
    return True


def shown_cells(contributions: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Which cells of a table of two axes can be shown to readers who know the totals of its rows and columns.

    Parameters: contributions, one row per account and cell: `rows`, `columns` (None is a value like others), client,
    amount_eur; not modified. Returns: one row per cell with clients: rows, columns, n_clients, shown.
    Notes: a cell that is not shareable is hidden, and others with it, the smallest first, until in each row and column
    the hidden ones together are shareable and no hidden cell follows from the totals and the shown ones. A row or
    column of which nothing is shown is left so: then its total must not be published either. Hidden and empty cells
    must look alike. Reference: Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.
    """
    by_client = contributions.groupby([rows, columns, "client"], dropna=False)["amount_eur"].sum().reset_index("client")
    grouped = by_client.groupby([rows, columns], dropna=False, sort=True)
    cells = grouped["amount_eur"].agg(n_clients="size", amount=lambda each: each.abs().sum()).reset_index()
    amounts = [each.set_index("client")["amount_eur"] for _, each in grouped]
    lines = [pd.factorize(cells[axis], use_na_sentinel=False)[0] for axis in (rows, columns)]
    hidden = ~np.array([is_shareable(each) for each in amounts], bool)
    smallest_first = np.lexsort((cells["amount"], cells["n_clients"]))
    while (place := _next_hidden(amounts, lines, hidden, smallest_first)) is not None:
        hidden[place] = True
    return cells.drop(columns="amount").assign(shown=~hidden)


def _next_hidden(
    amounts: list[pd.Series], lines: list[np.ndarray], hidden: np.ndarray, smallest_first: np.ndarray
) -> int | None:
    """The cell that must be hidden next; None where the others can stay."""
    for line in lines:
        for value in np.unique(line[hidden]):
            together = [amounts[place] for place in np.flatnonzero(hidden & (line == value))]
            left = smallest_first[((line == value) & ~hidden)[smallest_first]]
            if len(left) and not is_shareable(pd.concat(together).groupby(level=0).sum()):
                return int(left[0])
    if not hidden.any():
        return None
    followed = np.flatnonzero(hidden)[_followed(lines, hidden)]
    beside = np.logical_or(*(np.isin(line, line[followed]) for line in lines)) & ~hidden
    closing = np.logical_and(*(np.isin(line, line[hidden]) for line in lines)) & beside
    for preferred in (closing, beside):
        left = smallest_first[preferred[smallest_first]]
        if len(left):
            return int(left[0])
    return None


def _followed(lines: list[np.ndarray], hidden: np.ndarray) -> np.ndarray:
    """Which hidden cells follow from the totals of rows and columns and from the cells that are shown."""
    sums = np.vstack([line[hidden] == value for line in lines for value in np.unique(line)]).astype(float)
    return np.abs(null_space(sums)).max(axis=1, initial=0.0) < 1e-9


def _hides(amounts: pd.DataFrame) -> bool:
    """Whether a cell hides its clients in its revenue, and in every further amount that anybody has."""
    further = amounts.loc[:, amounts.ne(0).any()].drop(columns="revenue_eur", errors="ignore")
    return is_shareable(amounts["revenue_eur"]) and all(is_shareable(further[column]) for column in further)


def _one_row(rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    summed = [column for column in rows if column.endswith("_eur") or column.startswith("n_")]
    row = rows[summed].sum().to_frame().T.astype(rows[summed].dtypes)
    row[summed] = row[summed].round(2)
    row[axis] = said("others ({n} together)", n=len(rows))
    if "revenue_cost_ratio" in rows:
        row["revenue_cost_ratio"] = (row["revenue_eur"] / row["cost_eur"]).where(row["cost_eur"] > 0)
    return row.reindex(columns=rows.columns)
