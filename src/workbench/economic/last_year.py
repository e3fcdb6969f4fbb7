"""What each client bought and took in the last twelve months: the small tables that tariffs and comparisons read."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from workbench.economic.allocation import Allocation
from workbench.economic.workload import MICRO, StudyPeriod, delivery_workload
from workbench.params import Activity

YEAR = 12
CELL = ["customer_id", "product", "delivery_zone"]


@dataclass(frozen=True)
class LastYear:
    """The last twelve months of the study period, or all of it where it is shorter.

    sales: customer_id, product, delivery_zone, n_deliveries, revenue_eur, direct_purchases_eur, activity_cost_eur (the
    activities of deliveries and orders). clients: customer_id, n_months (from the first of them with a delivery, or all
    of them), account_cost_eur (the activities of level customer), last_delivery_on (null without a delivery).
    """

    sales: pd.DataFrame
    clients: pd.DataFrame


def last_year(
    studied: ibis.Table, by_customer: Allocation, activities: list[Activity], period: StudyPeriod
) -> LastYear:
    """What each client bought by product and zone in the last year of the study period, and what serving it cost.

    Parameters: studied, deliveries as for `delivery_workload`; by_customer, the allocation at customer × month;
    activities, all of the study; period. Returns: LastYear, of the clients with a delivery, a credit note or work of
    their own in that year; its money is that of their margins. Deliveries of no client are in no row.
    Notes: a client's cost of an activity is shared over its products and zones by their minutes, that of orders by
    their deliveries.
    """
    months = pd.date_range(end=pd.Timestamp(period.last_month), periods=min(YEAR, period.n_months), freq="MS")
    last = ibis.literal(period.last_month)
    rows = studied.filter(studied.month >= ibis.literal(months[0].date()), studied.customer_id.notnull())
    bought = delivery_workload(rows.mutate(month=last), activities, by=CELL)
    sales = bought.cells[[*CELL, "n_deliveries"]].copy()
    sales["revenue_eur"] = bought.cells["revenue_micro"] / MICRO
    sales["direct_purchases_eur"] = bought.cells["direct_purchases_micro"] / MICRO
    within = pd.to_datetime(by_customer.cells["month"]).isin(months).to_numpy()
    if by_customer.used_by_activity.empty:
        margin = bought.cells["margin_micro"] / MICRO
        sales["activity_cost_eur"] = sales["revenue_eur"] - sales["direct_purchases_eur"] - margin
    else:
        sales["activity_cost_eur"] = _activity_cost(bought.minutes, sales, by_customer, activities, within)
    return LastYear(sales, _clients(rows, by_customer, activities, months=months))


def _activity_cost(
    minutes: pd.DataFrame, sales: pd.DataFrame, by_customer: Allocation, activities: list[Activity], within: np.ndarray
) -> np.ndarray:
    """Euros of the activities of deliveries and orders in each cell of sales."""
    ids = pd.Index(sales["customer_id"].unique())
    client = ids.get_indexer(sales["customer_id"])
    place = ids.get_indexer(by_customer.cells.loc[within, "customer_id"])
    cost = np.zeros(len(sales))
    for activity in activities:
        if activity.level not in ("delivery", "order"):
            continue
        cents = by_customer.used_by_activity.loc[within, activity.activity].to_numpy(float)
        whole = np.bincount(place[place >= 0], cents[place >= 0], len(ids))
        weight = minutes[activity.activity] if activity.level == "delivery" else sales["n_deliveries"]
        weight = weight.to_numpy(float)
        borne = np.bincount(client, weight, len(ids))[client]
        cost += np.divide(whole[client] * weight, borne, out=np.zeros(len(sales)), where=borne > 0)
    return cost / 100


def _clients(
    rows: ibis.Table, by_customer: Allocation, activities: list[Activity], *, months: pd.DatetimeIndex
) -> pd.DataFrame:
    worked = rows.filter(rows.worked)
    seen = worked.group_by("customer_id").aggregate(
        first_month=worked.month.min(), last_delivery_on=worked.delivered_on.max()
    )
    within = pd.to_datetime(by_customer.cells["month"]).isin(months)
    ids = by_customer.cells.loc[within, "customer_id"].dropna().unique()
    table = seen.to_pandas().set_index("customer_id").reindex(pd.Index(ids, name="customer_id").sort_values())
    table = table.reset_index()
    first = pd.to_datetime(table["first_month"]).fillna(months[0])
    table["n_months"] = 12 * (months[-1].year - first.dt.year) + months[-1].month - first.dt.month + 1
    of_client = [each.activity for each in activities if each.level == "customer"]
    cents = by_customer.used_by_activity.reindex(columns=of_client).loc[within].sum(axis=1)
    upkeep = cents.groupby(by_customer.cells.loc[within, "customer_id"]).sum() / 100
    table["account_cost_eur"] = table["customer_id"].map(upkeep).fillna(0.0)
    table["last_delivery_on"] = pd.to_datetime(table["last_delivery_on"])
    return table[["customer_id", "n_months", "account_cost_eur", "last_delivery_on"]]
