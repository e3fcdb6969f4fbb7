"""Margins of single deliveries and orders, on request: a customer's cents of a month shared over its rows."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from workbench.economic.allocation import Allocation
from workbench.economic.cents import MICRO, in_millionths
from workbench.economic.equations import Measure, measures
from workbench.economic.pools import PoolCosts
from workbench.economic.workload import order_sums
from workbench.params import Activity

CELL = ["customer_id", "month"]
EXACT = ("revenue", "direct_purchases", "margin")
BY_MINUTES = ("used", "idle", "overdriven")
SHARED = (*BY_MINUTES, "sustaining")
CENT = 10_000  # in millionths


@dataclass(frozen=True)
class Sharing:
    """What the sharing over rows needs to know: the costs, the equations and the keys of the full margin."""

    costs: PoolCosts
    activities: list[Activity]
    idle_key: str
    sustaining_key: str


def delivery_margins(deliveries: ibis.Table, by_cell: Allocation, sharing: Sharing) -> ibis.Table:
    """The table `delivery_margin`, as an expression: one row per accepted delivery or credit note of the period.

    Parameters: deliveries, from `period_deliveries`; by_cell, the allocation at customer × month of the activities of
    level delivery; sharing, as in that allocation. Returns: delivery_id, customer_id, order_id, revenue_eur, cost_eur,
    practical_margin_eur, full_margin_eur (float64, whole cents).
    Notes: the costs of orders and customers are not forced onto deliveries. Each row lies within one cent of its
    share of the cell, part by part, and a cell's rows sum to the cell exactly.
    """
    shared = _shared(_delivery_rows(deliveries, sharing), by_cell)
    return shared.select("delivery_id", "customer_id", "order_id", **_euros(shared)).order_by("delivery_id")


def order_margins(deliveries: ibis.Table, by_cell: Allocation, sharing: Sharing) -> ibis.Table:
    """The table `order_margin`, as an expression: one row per order and customer.

    Parameters: as `delivery_margins`, by_cell with the activities of the levels delivery and order.
    Returns: order_id (null for what belongs to no order), customer_id, n_deliveries, revenue_eur, cost_eur,
    practical_margin_eur, full_margin_eur.
    """
    rows = _delivery_rows(deliveries, sharing)
    if any(activity.level == "order" for activity in sharing.activities):
        rows = rows.union(_order_rows(deliveries, sharing).select(*rows.columns).cast(rows.schema()))
    shared = _shared(rows, by_cell)
    sums = {name: shared[name].sum().cast("int64") for name in shared.columns if name.endswith("_cents")}
    orders = shared.group_by(["order_id", "customer_id"]).aggregate(
        n_deliveries=shared.n_deliveries.sum().cast("int64"), **sums
    )
    return orders.select("order_id", "customer_id", "n_deliveries", **_euros(orders)).order_by("order_id")


def _delivery_rows(deliveries: ibis.Table, sharing: Sharing) -> ibis.Table:
    """Each delivery with its exact amounts and its weights within its customer's month."""
    revenue = in_millionths(deliveries.revenue_eur).cast("float64").clip(lower=0.0)
    worked = deliveries.worked.cast("float64")
    of_level = [activity for activity in sharing.activities if activity.level == "delivery"]
    taken = {measure: measure.amount(deliveries) for measure in measures(of_level)}
    keys = {"revenue": revenue, "deliveries": worked, "unallocated": ibis.literal(0.0)}
    rows = deliveries.select(
        *CELL,
        "order_id",
        "delivery_id",
        n_deliveries=deliveries.worked.ifelse(1, 0).cast("int64"),
        revenue_key=revenue,
        sustaining_weight=keys[sharing.sustaining_key],
        **{f"{part}_micro": in_millionths(deliveries[f"{part}_eur"].fill_null(0)) for part in EXACT},
        **{measure.name: amount / MICRO for measure, amount in taken.items()},
    )
    return _weighted(rows, sharing, "delivery")


def _order_rows(deliveries: ibis.Table, sharing: Sharing) -> ibis.Table:
    """Each order as a row without amounts, in the month of its first delivery."""
    orders = order_sums(deliveries, sharing.activities, by=["customer_id", "order_id", "month"])
    sums = [name for name, dtype in orders.schema().items() if dtype.is_floating()]
    rows = orders.mutate(
        **{name: orders[name] / MICRO for name in sums},
        delivery_id=ibis.null("string"),
        n_deliveries=ibis.literal(0, "int64"),
        revenue_key=ibis.literal(0.0),
        sustaining_weight=ibis.literal(0.0),
        **{f"{part}_micro": ibis.literal(0, "int64") for part in EXACT},
    )
    return _weighted(rows, sharing, "order")


def _weighted(rows: ibis.Table, sharing: Sharing, level: str) -> ibis.Table:
    """The rows with a weight for each shared part, their measures dropped.

    Notes: weights are whole numbers, whose sums do not depend on the order in which threads finish.
    """
    of_level = [activity for activity in sharing.activities if activity.level == level]
    if not of_level:
        priced, prices = rows, {}
    else:
        table = _unit_prices(of_level, sharing.costs)
        schema = {name: "date" if name == "month" else "float64" for name in table.columns}
        priced = rows.left_join(ibis.memtable(table, schema=schema), "month")
        prices = {
            part: sum(priced[measure.name] * priced[f"{part}: {measure.name}"] for measure in measures(of_level))
            for part in BY_MINUTES
        }
        prices = {part: (price * MICRO).floor() for part, price in prices.items()}
    if sharing.idle_key == "revenue":
        prices |= {"idle": priced.revenue_key, "overdriven": priced.revenue_key}
    return priced.select(
        *CELL, "order_id", "delivery_id", "n_deliveries", "sustaining_weight",
        *(f"{part}_micro" for part in EXACT),
        **{f"{part}_weight": prices.get(part, ibis.literal(0.0)) for part in BY_MINUTES},
    )  # fmt: skip


def _unit_prices(activities: list[Activity], costs: PoolCosts) -> pd.DataFrame:
    """Per month, what one unit of each measure costs: used, idle and overdriven euros, one column each."""
    pools = costs.pools.set_index(["month", "pool"])
    caused = costs.activities[~costs.activities["activity"].isin(costs.company_activities)]
    caused = caused.groupby(["month", "pool"])["used_minutes"].sum().reindex(pools.index, fill_value=0.0)
    per_minute = pd.DataFrame(
        {part: (pools[f"{part}_cents"] / caused).where(caused > 0) for part in BY_MINUTES}
    ).unstack("pool")
    prices = pd.DataFrame(index=per_minute.index)
    for activity in activities:
        for term in activity.equation:
            for part in BY_MINUTES:
                column = f"{part}: {Measure.of(term).name}"
                before = prices.get(column, 0.0)
                prices[column] = before + term.minutes * per_minute[(part, activity.pool)].fillna(0.0)
    return prices.reset_index()


def _shared(rows: ibis.Table, by_cell: Allocation) -> ibis.Table:
    """The rows with their cents of every part: exact amounts rounded, shared parts by weight, by largest remainder."""
    placed = _placed(rows, by_cell.cells)
    if by_cell.used_by_activity.empty:
        placed = placed.mutate(cell_margin_cents=placed.cell_practical_cents)
        exact, weighed = EXACT, ()
    else:
        exact, weighed = EXACT[:2], SHARED
    whole = rows.aggregate(**{part: (rows[f"{part}_micro"] % CENT == 0).all() for part in exact}).to_pandas().iloc[0]
    for part in exact:
        if whole[part]:
            placed = placed.mutate(**{f"{part}_cents": placed[f"{part}_micro"] // CENT})
        else:
            placed = _largest_remainder(placed, part, placed[f"{part}_micro"].cast("float64") / CENT)
    for part in weighed:
        if by_cell.cells[f"{part}_cents"].eq(0).all():
            placed = placed.mutate(**{f"{part}_cents": ibis.literal(0, "int64")})
            continue
        weight = placed[f"{part}_weight"]
        share = weight / weight.sum().over(ibis.window(group_by="cell")).nullif(0.0)
        amount = (placed[f"cell_{part}_cents"].cast("float64") * share).fill_null(0.0)
        placed = _largest_remainder(placed, part, amount)
    if weighed:
        return placed
    used = placed.revenue_cents - placed.direct_purchases_cents - placed.margin_cents
    zero = ibis.literal(0, "int64")
    return placed.mutate(used_cents=used, idle_cents=zero, overdriven_cents=zero, sustaining_cents=zero)


def _placed(rows: ibis.Table, cells: pd.DataFrame) -> ibis.Table:
    """The rows with the number and the cents of their cell, and their turn within it where remainders are equal.

    Notes: numbers, because a sort or a partition by texts takes several times as long, and there is one for each part.
    """
    parts = [f"{part}_cents" for part in ("revenue", "direct_purchases", "practical", *SHARED)]
    named = cells[[*CELL, *parts]].rename(columns=lambda name: f"cell_{name}" if name in parts else name)
    schema = {"customer_id": "string", "month": "date", "cell": "int64"} | {f"cell_{name}": "int64" for name in parts}
    known = ibis.memtable(named.assign(cell=np.arange(len(named)))[list(schema)], schema=schema)
    same = [rows.month == known.month, rows.customer_id.identical_to(known.customer_id)]
    placed = rows.left_join(known, same).drop("customer_id_right", "month_right", "month")
    in_turn = [placed.delivery_id.asc(), placed.order_id.asc(), placed.revenue_micro.asc()]
    return placed.mutate(turn=ibis.row_number().over(ibis.window(group_by="cell", order_by=in_turn)))


def _largest_remainder(rows: ibis.Table, part: str, exact: ibis.Expr) -> ibis.Table:
    """Round exact amounts (cents) so that a cell's rows sum to its total; a cell without weight shares nothing."""
    rows = rows.mutate(_exact=exact, _floor=exact.floor().cast("int64"))
    cell = ibis.window(group_by="cell")
    left = rows[f"cell_{part}_cents"] - rows._floor.sum().over(cell)
    any_share = (rows._exact != 0).sum().over(cell) > 0
    by_remainder = ibis.window(group_by="cell", order_by=[(rows._exact - rows._floor).desc(), rows.turn.asc()])
    rank = ibis.row_number().over(by_remainder)
    count = rows.count().over(cell)
    step = ibis.cases((~any_share, 0), (rank < left, 1), (rank >= count + left, -1), else_=0)
    rows = rows.mutate(**{f"{part}_cents": rows._floor + step.cast("int64")})
    used = [name for name in (f"{part}_micro", f"{part}_weight", f"cell_{part}_cents") if name in rows.columns]
    return rows.drop("_exact", "_floor", *used)


def _euros(rows: ibis.Table) -> dict[str, ibis.Expr]:
    cost = rows.direct_purchases_cents + rows.used_cents
    practical = rows.revenue_cents - cost
    full = practical - rows.idle_cents + rows.overdriven_cents - rows.sustaining_cents
    cents = {"revenue": rows.revenue_cents, "cost": cost, "practical_margin": practical, "full_margin": full}
    return {f"{name}_eur": amount.cast("float64") / 100 for name, amount in cents.items()}
