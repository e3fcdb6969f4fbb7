"""How sure a client's margin is, when the minutes of the activities are not sure."""

import numpy as np
import pandas as pd

from workbench.economic.allocation import Allocation
from workbench.economic.pools import PoolCosts
from workbench.economic.workload import Workload
from workbench.params import Activity

COLUMNS = [
    "practical_margin_low_eur",
    "practical_margin_high_eur",
    "full_margin_low_eur",
    "full_margin_high_eur",
    "p_negative_margin",
]
CLIENTS_AT_ONCE = 2_000


def minute_factors(activities: list[Activity], *, draws: int, seed: int) -> np.ndarray:
    """Factors by which all minutes of an activity are off: draws × activities, log-normal, median 1.

    Notes: one common factor per activity (assumption A11); errors independent between deliveries would average out.
    """
    spread = np.array([activity.coefficient_of_variation for activity in activities])
    sigma = np.sqrt(np.log1p(spread**2))
    return np.exp(np.random.default_rng(seed).standard_normal((draws, len(activities))) * sigma)


def margin_uncertainty(
    by_customer: Allocation,
    workload: Workload,
    costs: PoolCosts,
    activities: list[Activity],
    *,
    draws: int,
    seed: int,
    spread_idle: bool,
) -> pd.DataFrame:
    """90 % intervals of each customer's margins, and the probability that its full margin is negative.

    Parameters: by_customer and workload at customer × month; costs; activities in the order of the workload's
    minutes; draws and seed of the Monte Carlo; spread_idle, whether idle cost follows used cost (the idle_key).
    Returns: index customer_id, columns COLUMNS; euros, rounded to cents; an empty table for booked margins.
    Notes: practical cost is linear in the factors. With idle spread by used cost a pool's whole cost of a month is
    shared by minutes, so only the factors' ratios within the pool matter for the full margin; where idle is spread
    otherwise, its amount of the central estimate is kept.
    """
    if not activities or costs.activities.empty:
        return pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="customer_id"), dtype=float)
    factors = minute_factors(activities, draws=draws, seed=seed)
    names = [activity.activity for activity in activities]
    cells = by_customer.cells
    customer, ids = pd.factorize(cells["customer_id"], sort=True, use_na_sentinel=False)
    used = by_customer.used_by_activity[names].to_numpy() / 100
    by_activity = np.stack([np.bincount(customer, used[:, a], len(ids)) for a in range(len(names))], axis=1)
    practical = cells.groupby("customer_id", dropna=False)["practical_cents"].sum().to_numpy() / 100
    full = cells.groupby("customer_id", dropna=False)["full_cents"].sum().to_numpy() / 100

    shift = _full_shift(workload, cells["month"], customer, costs, activities, factors) if spread_idle else None
    bounds = np.empty((len(ids), len(COLUMNS)))
    for start in range(0, len(ids), CLIENTS_AT_ONCE):
        some = slice(start, start + CLIENTS_AT_ONCE)
        drawn = practical[some, None] - by_activity[some] @ (factors - 1).T
        bounds[some, :2] = np.quantile(drawn, [0.05, 0.95], axis=1).T
        drawn = full[some, None] - (shift(some) if shift else by_activity[some] @ (factors - 1).T)
        bounds[some, 2:4] = np.quantile(drawn, [0.05, 0.95], axis=1).T
        bounds[some, 4] = (drawn < 0).mean(axis=1)
    bounds[:, :4] = bounds[:, :4].round(2)
    table = pd.DataFrame(bounds, columns=COLUMNS, index=pd.Index(ids, name="customer_id"))
    return table[table.index.notna()]


def _full_shift(
    workload: Workload,
    month: pd.Series,
    customer: np.ndarray,
    costs: PoolCosts,
    activities: list[Activity],
    factors: np.ndarray,
):
    """A function from a slice of customers to draws of (full cost - its central value), in euros."""
    month_at, months = pd.factorize(month, sort=True)
    place = pd.MultiIndex.from_product([months, [activity.activity for activity in activities]])
    wide = costs.activities.set_index(["month", "activity"])["used_minutes"].reindex(place, fill_value=0.0)
    minutes = wide.to_numpy().reshape(len(months), len(activities))
    pool_names = sorted({activity.pool for activity in activities})
    member = np.array([[activity.pool == pool for pool in pool_names] for activity in activities], dtype=float)
    cost = costs.pools[costs.pools["capacity_minutes"].gt(0)].set_index(["month", "pool"])["pool_cents"] / 100
    cost = cost.reindex(pd.MultiIndex.from_product([months, pool_names]), fill_value=0.0)
    cost = cost.to_numpy().reshape(len(months), len(pool_names))

    def price(factor: np.ndarray) -> np.ndarray:
        """Euros per estimated minute of each activity and month: draws × months × activities."""
        total = (minutes * factor[:, None, :]) @ member
        rate = np.divide(cost, total, out=np.zeros_like(total), where=total > 0)
        return factor[:, None, :] * (rate @ member.T)

    drawn = (price(factors) - price(np.ones((1, len(activities))))).reshape(len(factors), -1)
    taken = workload.minutes[[activity.activity for activity in activities]].to_numpy()

    def shift(some: slice) -> np.ndarray:
        first, last = some.start, min(some.stop, customer.max() + 1)
        here = (customer >= first) & (customer < last)
        grid = np.zeros((last - first, len(months), len(activities)))
        np.add.at(grid, (customer[here] - first, month_at[here]), taken[here])
        return grid.reshape(last - first, -1) @ drawn.T

    return shift
