"""From the pools' cents to the cells of an axis: the whole cost is shared, what an axis cannot bear is kept apart."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.economic.cents import rounded_cents, shared_cents
from workbench.economic.pools import Books, PoolCosts
from workbench.economic.workload import Workload


@dataclass(frozen=True)
class Allocation:
    """What each cell of an axis earned and cost, in int64 cents.

    cells: one row per cell: the grain's columns, month, n_deliveries, revenue_cents, direct_purchases_cents,
    used_cents, idle_cents, overdriven_cents, sustaining_cents, practical_cents, full_cents. In a study of booked
    margins practical = full = the margin as booked, and used_cents is what that leaves of the revenue.
    used_by_activity: the same index, int64 cents, one column per activity.
    elsewhere: int64 cents of used, idle, overdriven and sustaining that no cell of this axis bears.
    """

    cells: pd.DataFrame
    used_by_activity: pd.DataFrame
    elsewhere: pd.Series


def allocation(workload: Workload, costs: PoolCosts, books: Books, *, idle_key: str, sustaining_key: str) -> Allocation:
    """Share the pools' cents and the sustaining costs over the cells of a workload.

    Parameters: workload, of any grain; costs and books of the same period; idle_key (used_cost, revenue,
    unallocated) and sustaining_key (revenue, deliveries, unallocated), the keys of the full margin.
    Returns: an Allocation; its cells and `elsewhere` together are the pools and the sustaining costs, to the cent.
    Notes: cents go top-down, pool and month → activity → cell, by largest remainder. Minutes of activities that the
    grain cannot bear (a visit on the product axis) stay elsewhere, with their part of the idle cost. The key revenue
    counts a cell's net revenue of the month, and 0 where credit notes exceed it (assumption A10).
    """
    named = [table["month"] for table in (books.months, costs.pools, workload.cells) if len(table)]
    months = pd.Index(pd.concat(named).unique() if named else [])
    at_month = months.get_indexer(workload.cells["month"])
    cells = workload.cells.drop(columns=["revenue_micro", "direct_purchases_micro", "margin_micro"])
    cells["revenue_cents"] = rounded_cents(workload.cells["revenue_micro"].to_numpy())
    cells["direct_purchases_cents"] = rounded_cents(workload.cells["direct_purchases_micro"].to_numpy())
    if costs.activities.empty:
        return _as_booked(workload, cells)

    used, used_elsewhere = _used_cents(workload.minutes, at_month, costs, months)
    by_revenue = cells["revenue_cents"].clip(lower=0).to_numpy(dtype=float)
    shares = {"elsewhere": {"used": used_elsewhere}}
    for part in ("idle", "overdriven"):
        weights = _idle_weights(idle_key, used, by_revenue, at_month, costs, months)
        shares[part], shares["elsewhere"][part] = _pooled_cents(f"{part}_cents", weights, at_month, costs, months)

    keys = {"revenue": by_revenue, "deliveries": cells["n_deliveries"].to_numpy(dtype=float)}
    booked = sustaining_cents(costs, books).reindex(months, fill_value=0).to_numpy()
    weights = keys.get(sustaining_key, np.zeros(len(cells)))
    shares["sustaining"], apart = _shared_with_others(booked, weights, np.zeros(len(months)), at_month)
    shares["elsewhere"]["sustaining"] = apart

    cells["used_cents"] = used.sum(axis=1).astype(np.int64)
    cells = cells.assign(**{f"{part}_cents": shares[part] for part in ("idle", "overdriven", "sustaining")})
    cells["practical_cents"] = cells["revenue_cents"] - cells["direct_purchases_cents"] - cells["used_cents"]
    cells["full_cents"] = (
        cells["practical_cents"] - cells["idle_cents"] + cells["overdriven_cents"] - cells["sustaining_cents"]
    )
    return Allocation(cells, used, pd.Series(shares["elsewhere"], dtype=np.int64))


def sustaining_cents(costs: PoolCosts, books: Books) -> pd.Series:
    """What each month cost that no client causes: as booked, and what activities of level company used; int64 cents."""
    booked = books.months.set_index("month")["sustaining_cents"]
    if costs.activities.empty:
        return booked
    return booked.add(costs.pools.groupby("month")["sustaining_cents"].sum(), fill_value=0).astype(np.int64)


def _as_booked(workload: Workload, cells: pd.DataFrame) -> Allocation:
    """No time equations: the margin is the corrected booked one, and nothing else is shared."""
    margin = rounded_cents(workload.cells["margin_micro"].to_numpy())
    cells["used_cents"] = cells["revenue_cents"] - cells["direct_purchases_cents"] - margin
    cells = cells.assign(idle_cents=0, overdriven_cents=0, sustaining_cents=0)
    cells = cells.assign(practical_cents=margin, full_cents=margin)
    nothing = pd.Series(0, index=["used", "idle", "overdriven", "sustaining"], dtype=np.int64)
    return Allocation(cells, pd.DataFrame(index=cells.index), nothing)


def _used_cents(
    minutes: pd.DataFrame, at_month: np.ndarray, costs: PoolCosts, months: pd.Index
) -> tuple[pd.DataFrame, int]:
    """Each activity's used cents of a month over the cells by minutes, and the cents of minutes spent elsewhere."""
    shared, elsewhere = {}, 0
    companys = costs.activities["activity"].isin(costs.company_activities)
    for activity, rows in costs.activities[~companys].groupby("activity", sort=False):
        whole = rows.set_index("month").reindex(months)
        taken = minutes[activity].to_numpy() if activity in minutes else np.zeros(len(at_month))
        others = whole["used_minutes"].fillna(0.0).to_numpy() - np.bincount(at_month, taken, len(months))
        # Summed in another order the same minutes differ in their last digits; that is not work done elsewhere.
        others = np.where(others > 1e-6, others, 0.0)
        totals = whole["used_cents"].fillna(0).to_numpy(dtype=np.int64)
        shared[activity], apart = _shared_with_others(totals, taken, others, at_month)
        elsewhere += apart
    return pd.DataFrame(shared, index=minutes.index), elsewhere


def _idle_weights(
    key: str, used: pd.DataFrame, by_revenue: np.ndarray, at_month: np.ndarray, costs: PoolCosts, months: pd.Index
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each pool, the weights of the cells and, by month, of what is not on this axis."""
    weights = {}
    for pool, rows in costs.pools.groupby("pool"):
        names = costs.activities.loc[costs.activities["pool"].eq(pool), "activity"].unique()
        cents = used[used.columns.intersection(names)].sum(axis=1).to_numpy(dtype=float)
        whole = rows.set_index("month")["used_cents"].reindex(months, fill_value=0).to_numpy()
        if key == "used_cost":
            weights[pool] = np.abs(cents), np.abs(whole - np.bincount(at_month, cents, len(months)))
        elif key == "revenue":
            weights[pool] = by_revenue, np.zeros(len(months))
        else:
            weights[pool] = np.zeros(len(cents)), np.ones(len(months))
    return weights


def _pooled_cents(
    part: str,
    weights: dict[str, tuple[np.ndarray, np.ndarray]],
    at_month: np.ndarray,
    costs: PoolCosts,
    months: pd.Index,
) -> tuple[np.ndarray, int]:
    """The pools' idle (or overdriven) cents over the cells, pool by pool, and what is left elsewhere."""
    shared, elsewhere = np.zeros(len(at_month), dtype=np.int64), 0
    for pool, rows in costs.pools.groupby("pool"):
        totals = rows.set_index("month")[part].reindex(months, fill_value=0).to_numpy(dtype=np.int64)
        cents, apart = _shared_with_others(totals, *weights[pool], at_month)
        shared += cents
        elsewhere += apart
    return shared, elsewhere


def _shared_with_others(
    totals: np.ndarray, weights: np.ndarray, others: np.ndarray, at_month: np.ndarray
) -> tuple[np.ndarray, int]:
    """Monthly totals over the cells and one more cell a month for the others; a total nobody bears is elsewhere too.

    What is elsewhere is counted from those cells and totals, never as a difference: a lost cent must show.
    """
    group = np.concatenate([at_month, np.arange(len(totals))])
    all_weights = np.concatenate([weights, others])
    cents = shared_cents(totals, all_weights, group)
    unborne = totals[np.bincount(group, all_weights, len(totals)) <= 0]
    return cents[: len(at_month)], int(cents[len(at_month) :].sum() + unborne.sum())
