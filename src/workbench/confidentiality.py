"""When a figure can be shown to people who must not recognise a client, and what becomes of one that cannot."""

import pandas as pd

from workbench.language import said

SHARED = "shared"
FEWEST_CLIENTS = 3
LARGEST_SHARE = 0.85


def is_shareable(amounts: pd.Series) -> bool:
    """Whether a cell hides its clients: at least 3 of them, the largest with at most 85 % of the cell.

    Parameters: amounts, one per client of the cell, in any unit; their size counts, not their sign; zeros do not count.
    """
    sizes = amounts.abs()
    sizes = sizes[sizes > 0]
    return len(sizes) >= FEWEST_CLIENTS and bool(sizes.max() <= LARGEST_SHARE * sizes.sum())


def shareable_cells(table: pd.DataFrame, axis: str, contributions: pd.DataFrame) -> pd.DataFrame:
    """The table with the values that could betray a client put together in one row, its sums unchanged.

    Parameters: table, one row per value of `axis`, with amounts (`_eur`) and counts (`n_`), not modified;
    contributions, one row per value and client: axis, customer_id, revenue_eur. Returns: the same columns; the values
    whose clients are too few, or one of them too large, are one row "others" at the end. As the total of the table is
    known, that row must hide its clients too: the smallest of the other values join it until it does. No row is left
    where nothing can be shown. A ratio of sums is computed again from the sums.
    Notes: a client's weight in a cell is its share of the cell's revenue.
    """
    weights = contributions.dropna(subset=[axis]).groupby([axis, "customer_id"])["revenue_eur"].sum()
    amounts = {value: cell.droplevel(axis) for value, cell in weights.groupby(level=axis)}
    nothing = pd.Series(dtype=float)
    betraying = [value for value in table[axis] if not is_shareable(amounts.get(value, nothing))]
    if not betraying:
        return table
    smallest_first = table.sort_values("revenue_eur")[axis]
    together = set(betraying)
    for value in [*(value for value in smallest_first if value not in together), None]:
        joined = pd.concat([amounts.get(one, nothing) for one in together])
        if is_shareable(joined.groupby(level=0).sum()):
            break
        if value is None:
            return table.iloc[:0]
        together.add(value)
    merged = table[axis].isin(together)
    return pd.concat([table[~merged], _one_row(table[merged], axis)], ignore_index=True)


def _one_row(rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    summed = [column for column in rows if column.endswith("_eur") or column.startswith("n_")]
    row = rows[summed].sum().to_frame().T.astype(rows[summed].dtypes)
    row[summed] = row[summed].round(2)
    row[axis] = said("others ({n} together)", n=len(rows))
    if "revenue_cost_ratio" in rows:
        row["revenue_cost_ratio"] = (row["revenue_eur"] / row["cost_eur"]).where(row["cost_eur"] > 0)
    return row.reindex(columns=rows.columns)
