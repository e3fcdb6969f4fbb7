"""How sure a client's margin and its rank are, when the minutes of the activities are not sure."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from workbench.economic.allocation import Allocation
from workbench.economic.single_margins import Sharing
from workbench.economic.workload import Workload
from workbench.params import Activity

COLUMNS = [
    "practical_margin_low_eur",
    "practical_margin_high_eur",
    "full_margin_low_eur",
    "full_margin_high_eur",
    "p_negative_margin",
    "rank_low",
    "rank_high",
]
CLIENTS_AT_ONCE = 2_000
RANKED_AT_MOST = 100_000_000


def minute_factors(
    activities: list[Activity], *, draws: int, seed: int, known_minutes: pd.Series | None = None
) -> np.ndarray:
    """Factors by which all minutes of an activity are off: draws × activities, log-normal, median 1.

    Parameters: known_minutes, index activity, the minutes of the period where the minutes of each pool were rescaled
    to those worked: then a pool's sum is known and only the split over its activities is drawn.
    Notes: one common factor per activity (assumption A11); errors independent between deliveries would average out.
    """
    spread = np.array([activity.coefficient_of_variation for activity in activities])
    sigma = np.sqrt(np.log1p(spread**2))
    factors = np.exp(np.random.default_rng(seed).standard_normal((draws, len(activities))) * sigma)
    if known_minutes is None:
        return factors
    minutes = known_minutes.reindex([activity.activity for activity in activities]).to_numpy(dtype=float)
    pools = np.array([activity.pool for activity in activities])
    for pool in dict.fromkeys(pools):
        own = pools == pool
        drawn = factors[:, own] @ minutes[own]
        if minutes[own].sum() > 0:
            factors[:, own] *= (minutes[own].sum() / drawn)[:, None]
    return factors


def drawn_minutes(sharing: Sharing, *, draws: int, seed: int, rescaled: bool = False) -> pd.DataFrame:
    """The table `minute_draw`: `minute_factors` of a costing, index draw (from 0), one column per activity.

    Parameters: as `margin_uncertainty`. The factors of a draw are common to all clients, so that other values of a
    client can be drawn together with its margin.
    """
    known = sharing.costs.activities.groupby("activity")["used_minutes"].sum() if rescaled else None
    factors = minute_factors(sharing.activities, draws=draws, seed=seed, known_minutes=known)
    names = [activity.activity for activity in sharing.activities]
    return pd.DataFrame(factors, columns=names, index=pd.RangeIndex(draws, name="draw"))


def margin_uncertainty(
    by_customer: Allocation, workload: Workload, sharing: Sharing, *, draws: int, seed: int, rescaled: bool = False
) -> pd.DataFrame:
    """90 % intervals of each customer's margins and rank, and the probability that its full margin is negative.

    Parameters: by_customer and workload at customer × month; sharing, the costs, activities and keys of by_customer;
    draws and seed of the Monte Carlo; rescaled, whether each pool's minutes were rescaled to those worked.
    Returns: index customer_id, columns COLUMNS; euros, rounded to cents; ranks (1 = highest full margin) as whole
    numbers; an empty table for booked margins.
    Notes: practical cost is linear in the factors. With idle spread by used cost a pool's cost of a month, less what
    activities of level company used of it, is shared by minutes, so only the factors' ratios within the pool matter
    for the full margin; where idle is spread otherwise, its amount of the central estimate is kept. Ranks come from
    the same draws; above 100 million client-draws fewer draws are ranked.
    """
    activities, costs = sharing.activities, sharing.costs
    if not activities or costs.activities.empty:
        return pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="customer_id"), dtype=float)
    factors = drawn_minutes(sharing, draws=draws, seed=seed, rescaled=rescaled).to_numpy()
    cells = by_customer.cells
    customer, ids = pd.factorize(cells["customer_id"], sort=True, use_na_sentinel=False)
    caused = [place for place, activity in enumerate(activities) if activity.level != "company"]
    used = by_customer.used_by_activity[[activities[place].activity for place in caused]].to_numpy() / 100
    by_activity = np.stack([np.bincount(customer, used[:, a], len(ids)) for a in range(len(caused))], axis=1)
    practical = cells.groupby("customer_id", dropna=False)["practical_cents"].sum().to_numpy() / 100
    full = cells.groupby("customer_id", dropna=False)["full_cents"].sum().to_numpy() / 100

    off = (factors[:, caused] - 1).T
    shift = _full_shift(by_customer, workload, sharing, factors, customer) if sharing.idle_key == "used_cost" else None
    bounds = np.empty((len(ids), len(COLUMNS)))
    ranked = np.empty((min(draws, max(100, RANKED_AT_MOST // max(len(ids), 1))), len(ids)), dtype=np.float32)
    for start in range(0, len(ids), CLIENTS_AT_ONCE):
        some = slice(start, min(start + CLIENTS_AT_ONCE, len(ids)))
        linear = by_activity[some] @ off
        bounds[some, :2] = _middle(practical[some, None] - linear)
        drawn = full[some, None] - (shift(some) if shift else linear)
        bounds[some, 4] = (drawn < 0).mean(axis=1)
        ranked[:, some] = drawn[:, : len(ranked)].T
        bounds[some, 2:4] = _middle(drawn)
    bounds[:, :4] = bounds[:, :4].round(2)
    ranked[:, pd.isna(ids)] = -np.inf  # deliveries of no client take no client's rank (assumption A81)
    bounds[:, 5:] = _rank_bounds(ranked)
    table = pd.DataFrame(bounds, columns=COLUMNS, index=pd.Index(ids, name="customer_id"))
    return table[table.index.notna()].astype({"rank_low": "Int64", "rank_high": "Int64"})


def _middle(drawn: np.ndarray) -> np.ndarray:
    """The 5 % and 95 % quantiles of each row, as np.quantile has them; sorting rows is several times faster."""
    ordered = np.sort(drawn, axis=1)
    place = np.array([0.05, 0.95]) * (ordered.shape[1] - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, ordered.shape[1] - 1)
    return ordered[:, below] + (ordered[:, above] - ordered[:, below]) * (place - below)


def _rank_bounds(margins: np.ndarray) -> np.ndarray:
    """From draws × customers of margins: the ranks that hold 90 % of each customer's draws, best first."""
    ranks = np.empty(margins.shape, dtype=np.int32)
    places = np.arange(1, margins.shape[1] + 1, dtype=np.int32)
    for draw, row in enumerate(margins):
        ranks[draw, np.argsort(-row)] = places
    last = len(ranks) - 1
    low, high = int(np.floor(0.05 * last)), int(np.ceil(0.95 * last))
    bounds = np.empty((margins.shape[1], 2))
    for start in range(0, len(bounds), CLIENTS_AT_ONCE):
        some = slice(start, start + CLIENTS_AT_ONCE)
        own = np.sort(np.ascontiguousarray(ranks[:, some].T), axis=1)
        bounds[some] = own[:, [low, high]]
    return bounds


def _full_shift(
    by_customer: Allocation, workload: Workload, sharing: Sharing, factors: np.ndarray, customer: np.ndarray
) -> Callable[[slice], np.ndarray]:
    """A function from a slice of customers to draws of (full cost - its central value), in euros."""
    activities, costs, cells = sharing.activities, sharing.costs, by_customer.cells
    names = [activity.activity for activity in activities]
    month_at, months = pd.factorize(cells["month"], sort=True)
    place = pd.MultiIndex.from_product([months, names])
    wide = costs.activities.set_index(["month", "activity"])["used_minutes"].reindex(place, fill_value=0.0)
    minutes = wide.to_numpy().reshape(len(months), len(names))
    pool_names = sorted({activity.pool for activity in activities})
    member = np.array([[activity.pool == pool for pool in pool_names] for activity in activities], dtype=float)
    of_company = np.array([activity.level == "company" for activity in activities])
    able = costs.pools[costs.pools["capacity_minutes"].gt(0)].set_index(["month", "pool"])
    able = able[["pool_cents", "capacity_minutes"]].reindex(pd.MultiIndex.from_product([months, pool_names]))
    cost, capacity = (
        able[column].to_numpy().reshape(len(months), len(pool_names)) for column in ("pool_cents", "capacity_minutes")
    )
    cost, per_minute = np.nan_to_num(cost / 100), np.nan_to_num(cost / 100 / capacity)

    def price(factor: np.ndarray) -> np.ndarray:
        """Euros per estimated minute of each activity and month: draws × months × activities."""
        taken = minutes * factor[:, None, :]
        total = (taken * ~of_company) @ member
        left = cost - per_minute * ((taken * of_company) @ member)
        rate = np.divide(left, total, out=np.zeros_like(total), where=total > 0)
        return factor[:, None, :] * np.where(of_company, (per_minute @ member.T)[None], rate @ member.T)

    drawn = (price(factors) - price(np.ones((1, len(activities))))).reshape(len(factors), -1)
    taken = np.zeros((len(cells), len(activities)))
    taken[:, ~of_company] = workload.minutes[[name for name, apart in zip(names, of_company, strict=True) if not apart]]
    if of_company.any():
        # A client bears the company's minutes of a month as it bears the other sustaining costs of that month.
        sustained = cells["sustaining_cents"].to_numpy(dtype=float)
        whole = np.bincount(month_at, sustained, len(months))[month_at]
        borne = np.divide(sustained, whole, out=np.zeros_like(sustained), where=whole > 0)
        taken[:, of_company] = borne[:, None] * minutes[month_at][:, of_company]

    def shift(some: slice) -> np.ndarray:
        here = (customer >= some.start) & (customer < some.stop)
        grid = np.zeros((some.stop - some.start, len(months), len(activities)))
        np.add.at(grid, (customer[here] - some.start, month_at[here]), taken[here])
        return grid.reshape(len(grid), -1) @ drawn.T

    return shift
