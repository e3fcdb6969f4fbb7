"""Margins by client and by every other axis, and the proof that they are the company's margin."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from workbench.economic.allocation import Allocation
from workbench.economic.cents import half_up_cents, in_millionths

CENTS = (
    "revenue", "direct_purchases", "used", "idle", "overdriven", "sustaining", "practical", "full",
)  # fmt: skip


@dataclass(frozen=True)
class FileTotals:
    """What the accepted rows of the study period sum to, in int64 cents, summed without any grouping."""

    n_deliveries: int
    revenue_cents: int
    direct_purchases_cents: int
    margin_cents: int


def file_totals(deliveries: ibis.Table) -> FileTotals:
    """Control totals of the deliveries of `period_deliveries`, in one sum apart from every cube."""
    sums = {
        name: in_millionths(deliveries[f"{name}_eur"].sum()).fill_null(0)
        for name in ("revenue", "direct_purchases", "margin")
    }
    row = deliveries.aggregate(n=deliveries.worked.sum().fill_null(0), **sums).to_pyarrow().to_pylist()[0]
    cents = {f"{name}_cents": half_up_cents(int(row[name])) for name in sums}
    return FileTotals(n_deliveries=int(row["n"]), **cents)


def margin_by(
    by_axis: Allocation, axis: str, *, names: pd.Series | None = None, of: str = "customer_id"
) -> pd.DataFrame:
    """Margins of each value of an axis, in euros.

    Parameters: by_axis, an allocation whose cells can tell the axis; axis, a column of its cells, or, with names, a
    property of what the column `of` names; names, index value of `of`, value of the axis (null: not known).
    Returns: one row per known value: <axis>, n_deliveries, revenue_eur, direct_purchases_eur, activity_cost_eur,
    cost_eur (direct purchases and activities), practical_margin_eur, idle_eur (less overdriven), sustaining_eur,
    full_margin_eur, revenue_cost_ratio (sum / sum; null where cost is not above 0), cost_to_serve_share (activity
    cost / revenue; null where revenue is not above 0).
    """
    cells = by_axis.cells
    value = cells[axis] if names is None else cells[of].map(names)
    columns = ["n_deliveries", *(f"{part}_cents" for part in CENTS)]
    sums = cells[columns].groupby(value.rename(axis)).sum()
    return in_euros(sums).reset_index()


def in_euros(cents: pd.DataFrame) -> pd.DataFrame:
    """Sums of an allocation's cents as the columns that tables show, in euros; same index."""
    euros = pd.DataFrame(index=cents.index)
    euros["n_deliveries"] = cents["n_deliveries"].astype(np.int64)
    euros["revenue_eur"] = cents["revenue_cents"] / 100
    euros["direct_purchases_eur"] = cents["direct_purchases_cents"] / 100
    euros["activity_cost_eur"] = cents["used_cents"] / 100
    euros["cost_eur"] = (cents["direct_purchases_cents"] + cents["used_cents"]) / 100
    euros["practical_margin_eur"] = cents["practical_cents"] / 100
    euros["idle_eur"] = (cents["idle_cents"] - cents["overdriven_cents"]) / 100
    euros["sustaining_eur"] = cents["sustaining_cents"] / 100
    euros["full_margin_eur"] = cents["full_cents"] / 100
    euros["revenue_cost_ratio"] = (euros["revenue_eur"] / euros["cost_eur"]).where(euros["cost_eur"] > 0)
    euros["cost_to_serve_share"] = (euros["activity_cost_eur"] / euros["revenue_eur"]).where(euros["revenue_eur"] > 0)
    return euros


def margin_by_customer(by_customer: Allocation, customers: pd.DataFrame, uncertainty: pd.DataFrame) -> pd.DataFrame:
    """The table `customer_margin`: every account, with its interval, also those without a delivery in the period.

    Parameters: by_customer, allocation at customer × month; customers, customer_id, name, group_id, salesperson;
    uncertainty, index customer_id, from `margin_uncertainty` (empty for booked margins: then the columns are null).
    Returns: one row per customer_id, sorted by it; money in euros, rounded to cents after exact summing.
    """
    margins = margin_by(by_customer, "customer_id").set_index("customer_id")
    known = customers.set_index("customer_id").sort_index()
    table = known[["name", "group_id", "salesperson"]].join(margins)
    counted = [column for column in margins.columns if column not in ("revenue_cost_ratio", "cost_to_serve_share")]
    table[counted] = table[counted].fillna(0)
    table["n_deliveries"] = table["n_deliveries"].astype(np.int64)
    table["margin_origin"] = "booked" if by_customer.used_by_activity.empty else "time-driven ABC"
    return table.join(uncertainty.reindex(table.index)).reset_index()


def monthly_margins(by_customer: Allocation) -> pd.DataFrame:
    """The table `customer_month`: what each client bought, earned and used, month by month, in euros.

    Parameters: by_customer, allocation at customer × month. Returns: a row per client and month with anything in it:
    customer_id, month, n_deliveries, revenue_eur, direct_purchases_eur, practical_margin_eur, and
    used_<activity>_eur for each activity (none for booked margins). Deliveries of no client are left out.
    """
    cells = by_customer.cells
    table = cells[["customer_id", "month", "n_deliveries"]].copy()
    for part, name in (
        ("revenue", "revenue"),
        ("direct_purchases", "direct_purchases"),
        ("practical", "practical_margin"),
    ):
        table[f"{name}_eur"] = cells[f"{part}_cents"] / 100
    for activity in by_customer.used_by_activity:
        table[f"used_{activity}_eur"] = by_customer.used_by_activity[activity] / 100
    return table[table["customer_id"].notna()].sort_values(["customer_id", "month"], ignore_index=True)
