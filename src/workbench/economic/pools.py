"""Pools: what a department cost in a month, what of it was used, and what stood idle or was overdriven."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from workbench.economic.cents import half_up_cents, in_millionths, shared_cents
from workbench.economic.workload import StudyPeriod
from workbench.errors import BooksDoNotClose, DataError, ParamsError
from workbench.params import Activity

PARTS = ("used", "idle", "overdriven", "sustaining", "unassigned")


@dataclass(frozen=True)
class Books:
    """The ledger and the capacity of the study period; amounts in int64 cents, costs positive.

    months: one row per month: revenue_cents, direct_purchases_cents, sustaining_cents. pools: one row per month and
    pool: pool_cents, capacity_minutes (NaN where no capacity is known). in_use: whether there is a ledger at all.
    """

    months: pd.DataFrame
    pools: pd.DataFrame
    in_use: bool

    @property
    def margin_cents(self) -> int:
        """The company's whole margin: ledger revenue less every ledger cost."""
        months = self.months[["revenue_cents", "direct_purchases_cents", "sustaining_cents"]].sum()
        return int(months.iloc[0] - months.iloc[1] - months.iloc[2] - self.pools["pool_cents"].sum())


def books_of(ledger: ibis.Table, capacity: ibis.Table, period: StudyPeriod, *, capacity_share: float) -> Books:
    """What accounting booked and what the pools could do, in the study period.

    Parameters: ledger and capacity, checked tables (may be empty); capacity_share, practical minutes / paid minutes,
    used only where absence_minutes is unknown. Returns: Books.
    Raises: DataError where a ledger row of kind pool names no pool, where the revenue or a kind of cost is negative
    over the period (both are positive), where the ledger has no row for a month of the period, or where a pool is
    absent for longer than it was paid.
    Notes: practical capacity is paid less absent minutes (assumption A8).
    """
    amount = in_millionths(ledger.amount_eur)
    booked = ledger.mutate(micro=amount).filter(period.within(ledger.month))
    keys = ["month", "kind", "pool"]
    long = booked.group_by(keys).aggregate(micro=booked.micro.sum().cast("int64")).order_by(keys).to_pandas()
    nameless = long.loc[long["kind"].eq("pool") & long["pool"].isna(), "month"]
    if len(nameless):
        raise DataError(f"ledger: {len(nameless)} months have costs of kind pool without a pool; map ledger.pool")
    long["cents"] = [half_up_cents(int(micro)) for micro in long["micro"]]
    by_kind = long.pivot_table(index="month", columns="kind", values="cents", aggfunc="sum", fill_value=0)
    by_kind = by_kind.reindex(columns=["revenue", "direct_purchases", "sustaining", "pool"], fill_value=0)
    for kind, cents in by_kind.sum().items():
        if cents < 0:
            raise DataError(
                f"ledger: the amounts of kind {kind} sum to {cents / 100:,.2f} over the study period; revenue and "
                "costs must be positive (map amount_eur with an expression if the file gives them a minus sign)"
            )
    _check_months(by_kind.index, period)
    months = by_kind.drop(columns="pool").add_suffix("_cents").astype(np.int64).rename_axis(columns=None)

    practical = (capacity.paid_minutes - capacity.absence_minutes).fill_null(capacity.paid_minutes * capacity_share)
    able = capacity.mutate(capacity_minutes=practical).filter(period.within(capacity.month))
    able = able.group_by(["month", "pool"]).aggregate(capacity_minutes=able.capacity_minutes.sum()).to_pandas()
    for row in able[able["capacity_minutes"].lt(0)].itertuples():
        raise DataError(
            f"capacity: pool {row.pool}, month {row.month:%Y-%m}: absence_minutes exceed paid_minutes by "
            f"{-row.capacity_minutes:,.0f}; correct one of them"
        )
    cost = long[long["kind"].eq("pool")].groupby(["month", "pool"])["cents"].sum().rename("pool_cents")
    pools = pd.concat([cost, able.set_index(["month", "pool"])["capacity_minutes"]], axis=1).sort_index()
    pools["pool_cents"] = pools["pool_cents"].fillna(0).astype(np.int64)
    return Books(months.reset_index(), pools.reset_index(), in_use=len(long) > 0)


def _check_months(booked: pd.Index, period: StudyPeriod) -> None:
    """Refuse books with a hole, whose deliveries would seem to cost nothing; a study may have no books at all."""
    months = pd.date_range(period.first_month, periods=period.n_months, freq="MS")
    lacking = months.difference(pd.to_datetime(booked))
    if len(booked) and len(lacking):
        named = ", ".join(f"{month:%Y-%m}" for month in lacking[:6])
        raise DataError(
            f"ledger: has no row for {len(lacking)} of the {period.n_months} months of the study period "
            f"({named}{', ...' if len(lacking) > 6 else ''}); add them, or correct start_on or as_of"
        )


@dataclass(frozen=True)
class PoolCosts:
    """Each pool's cost split into used, idle and overdriven, and the used part into activities; int64 cents.

    pools: month, pool, pool_cents, capacity_minutes, used_minutes, rate_eur_per_minute, used_cents, sustaining_cents
    (of the company_activities), idle_cents, overdriven_cents, unassigned_cents. used_minutes are those of all
    activities. activities: month, pool, activity, used_minutes, used_cents, those of level company too.
    """

    pools: pd.DataFrame
    activities: pd.DataFrame
    company_activities: tuple[str, ...] = ()

    @property
    def pool_cost(self) -> pd.DataFrame:
        """The table `pool_cost`, in euros: one row per month and pool."""
        euros = {f"{part}_eur": self.pools[f"{part}_cents"] / 100 for part in ("pool", *PARTS)}
        table = self.pools.assign(**euros)
        return table[
            ["month", "pool", "pool_eur", "capacity_minutes", "used_minutes", "rate_eur_per_minute"]
            + [f"{part}_eur" for part in PARTS]
        ]

    @property
    def activity_cost(self) -> pd.DataFrame:
        """The table `activity_cost`, in euros: one row per month and activity."""
        table = self.activities.assign(used_eur=self.activities["used_cents"] / 100)
        return table[["month", "pool", "activity", "used_minutes", "used_eur"]]


def pool_costs(minutes: pd.DataFrame, books: Books, activities: list[Activity]) -> PoolCosts:
    """Capacity cost rates and what they make of each pool's month.

    Parameters: minutes, used minutes, index month, one column per activity; books; activities, naming the pools.
    Returns: PoolCosts. Raises: ParamsError for activities without a ledger, or of a pool without cost or capacity;
    BooksDoNotClose where used + sustaining + idle + unassigned - overdriven is not the ledger's amount.
    Notes: rate = cost / practical capacity. Idle and overdriven are kept apart, never clamped, never netted between
    pools. The cost of a pool's month without capacity is unassigned (assumption A9). What activities of level company
    used is a sustaining cost (assumption A14).
    References: Kaplan & Anderson (2004); their worked example is in tests/reference.
    """
    check_pools(activities, books)
    pool_of = {activity.activity: activity.pool for activity in activities}
    used = minutes.rename_axis(columns="activity").stack().rename("used_minutes").reset_index()
    used["pool"] = used["activity"].map(pool_of)
    totals = used.groupby(["month", "pool"])["used_minutes"].sum()
    pools = books.pools.set_index(["month", "pool"])
    pools = pools.reindex(pools.index.union(totals.index))
    pools["pool_cents"] = pools["pool_cents"].fillna(0).astype(np.int64)
    pools["used_minutes"] = totals.reindex(pools.index).fillna(0.0)
    pools = pools.reset_index()

    cost, able, took = pools["pool_cents"], pools["capacity_minutes"], pools["used_minutes"]
    costed = able.gt(0)
    pools["rate_eur_per_minute"] = (cost / 100 / able).where(able.gt(0))
    pools["used_cents"] = (cost * (took / able)).where(costed, 0).round().astype(np.int64)
    pools["idle_cents"] = (cost - pools["used_cents"]).where(costed & took.le(able), 0)
    pools["overdriven_cents"] = (pools["used_cents"] - cost).where(costed & took.gt(able), 0)
    pools["unassigned_cents"] = cost.where(~costed, 0)

    place = pools.reset_index().set_index(["month", "pool"])["index"]
    group = place.loc[pd.MultiIndex.from_frame(used[["month", "pool"]])].to_numpy() if len(used) else np.zeros(0, int)
    used["used_cents"] = shared_cents(pools["used_cents"].to_numpy(), used["used_minutes"].to_numpy(), group)
    of_company = tuple(each.activity for each in activities if each.level == "company")
    companys = used["activity"].isin(of_company)
    sustained = np.zeros(len(pools), dtype=np.int64)
    np.add.at(sustained, group[companys.to_numpy()], used.loc[companys, "used_cents"].to_numpy())
    pools["sustaining_cents"] = sustained
    pools["used_cents"] -= sustained
    _check_closure(pools)
    return PoolCosts(pools, used[["month", "pool", "activity", "used_minutes", "used_cents"]], of_company)


def check_pools(activities: list[Activity], books: Books) -> None:
    """Refuse activities that cannot be priced.

    Raises: ParamsError where there is no ledger, or for a pool without any month that has both cost and capacity.
    """
    if activities and not books.in_use:
        raise ParamsError(
            "economic.activities need sources.ledger and sources.capacity with rows in the study period; give both or "
            "no activities"
        )
    priced = books.pools[books.pools["pool_cents"].ne(0) & books.pools["capacity_minutes"].gt(0)]
    named = sorted(priced["pool"].unique())
    for activity in activities:
        if activity.pool not in named:
            raise ParamsError(
                f"economic.activities: {activity.activity} belongs to pool {activity.pool!r}, which has no month with "
                f"both a cost in the ledger and minutes in capacity (these have: {', '.join(named) or 'none'}); "
                "correct the name, or give what is missing"
            )


def _check_closure(pools: pd.DataFrame) -> None:
    parts = pools[["used_cents", "sustaining_cents", "idle_cents", "unassigned_cents"]].sum(axis=1)
    closed = parts - pools["overdriven_cents"]
    for row in pools[closed.ne(pools["pool_cents"])].itertuples():
        raise BooksDoNotClose(
            f"pool {row.pool}, month {row.month:%Y-%m}: the parts differ from the ledger by "
            f"{(closed[row.Index] - row.pool_cents) / 100:.2f}"
        )
