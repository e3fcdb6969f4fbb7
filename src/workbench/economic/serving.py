"""What serving a client takes: cost to serve, what makes a client unprofitable, what commercial cost brings back."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from workbench.economic.allocation import Allocation

BANDS = 5


def cost_gaps(by_customer: Allocation) -> pd.DataFrame:
    """The table `cost_gap`: what each client costs above clients of its size, item by item.

    Parameters: by_customer, an allocation at customer × month.
    Returns: one row per customer_id (with revenue above 0) and item: revenue_band (1 = smallest fifth of clients by
    revenue), item (direct_purchases, each activity or, of booked margins, booked_costs, unused_capacity, sustaining),
    cost_eur, peers_cost_eur (what its revenue would carry at the cost per euro of its whole band), excess_eur = cost -
    peers' cost.
    Notes: a client's excesses sum to (its band's full margin per euro of revenue · its revenue) - its full margin,
    so that the decomposition leaves nothing over. The band's cost per euro is a ratio of sums, the client included.
    """
    cells = by_customer.cells
    booked = by_customer.used_by_activity.empty
    costs = pd.concat(
        [
            cells["direct_purchases_cents"].rename("direct_purchases"),
            cells["used_cents"].rename("booked_costs") if booked else by_customer.used_by_activity,
            (cells["idle_cents"] - cells["overdriven_cents"]).rename("unused_capacity"),
            cells["sustaining_cents"].rename("sustaining"),
        ],
        axis=1,
    )
    costs = costs.groupby(cells["customer_id"]).sum() / 100
    revenue = cells.groupby("customer_id")["revenue_cents"].sum() / 100
    revenue = revenue[revenue > 0]
    costs = costs.loc[revenue.index]
    rank = revenue.rank(method="first")
    band = np.ceil(rank / len(rank) * min(BANDS, len(rank))).astype(int).rename("revenue_band")
    per_euro = costs.groupby(band).sum().div(revenue.groupby(band).sum(), axis=0)
    peers = per_euro.loc[band].set_axis(costs.index).mul(revenue, axis=0)
    long = costs.rename_axis(columns="item").stack().rename("cost_eur").to_frame()
    long["peers_cost_eur"] = peers.rename_axis(columns="item").stack()
    long["excess_eur"] = long["cost_eur"] - long["peers_cost_eur"]
    long = long.reset_index()
    long.insert(1, "revenue_band", long["customer_id"].map(band))
    return long


def loss_reasons(gaps: pd.DataFrame, margins: pd.DataFrame) -> pd.DataFrame:
    """What the clients with a negative full margin cost above clients of their size, all together, by item.

    Parameters: gaps, of `cost_gaps`; margins, the table customer_margin. Returns: item, n_clients (above their peers),
    cost_eur, peers_cost_eur, excess_eur, the largest excess first.
    """
    losing = margins.loc[margins["full_margin_eur"].lt(0), "customer_id"]
    own = gaps[gaps["customer_id"].isin(losing)]
    summed = own.groupby("item")[["cost_eur", "peers_cost_eur", "excess_eur"]].sum()
    summed.insert(0, "n_clients", own["excess_eur"].gt(0.005).groupby(own["item"]).sum())
    return summed.sort_values("excess_eur", ascending=False).reset_index()


def client_reasons(gaps: pd.DataFrame, margins: pd.DataFrame, *, most: int = 3) -> pd.DataFrame:
    """The clients with a negative full margin, the worst first, each with the items it costs most above its peers in.

    Parameters: gaps, of `cost_gaps`; margins, customer_margin; most, items named for a client.
    Returns: customer_id, name, revenue_eur, full_margin_eur, then reason_1, reason_1_eur, ... (null where fewer).
    """
    losing = margins[margins["full_margin_eur"].lt(0)].sort_values("full_margin_eur")
    above = gaps[gaps["excess_eur"].gt(0.005)].sort_values("excess_eur", ascending=False)
    above = above.assign(place=above.groupby("customer_id").cumcount() + 1)
    table = losing[["customer_id", "name", "revenue_eur", "full_margin_eur"]]
    for place in range(1, most + 1):
        own = above[above["place"].eq(place)].set_index("customer_id")
        table = table.assign(
            **{
                f"reason_{place}": table["customer_id"].map(own["item"]),
                f"reason_{place}_eur": table["customer_id"].map(own["excess_eur"]),
            }
        )
    return table.reset_index(drop=True)


def commercial_return(by_customer: Allocation, customers: pd.DataFrame, activities: Iterable[str]) -> pd.DataFrame:
    """The table `salesperson_return`: what each salesperson's portfolio earns for what selling to it costs.

    Parameters: by_customer, at customer × month; customers, customer_id, salesperson; activities, the commercial ones
    (none: an empty table). Returns: salesperson, n_clients, revenue_eur, margin_before_sales_eur (practical margin
    plus commercial cost), commercial_cost_eur, return_ratio (margin / cost, a ratio of sums; null where nothing was
    spent), n_clients_below (clients whose margin before sales does not pay their commercial cost).
    """
    names = [name for name in activities if name in by_customer.used_by_activity]
    columns = ["salesperson", "n_clients", "revenue_eur", "margin_before_sales_eur", "commercial_cost_eur",
               "return_ratio", "n_clients_below"]  # fmt: skip
    if not names:
        return pd.DataFrame(columns=columns)
    cells = by_customer.cells
    table = cells[["customer_id", "revenue_cents", "practical_cents"]].assign(
        sales_cents=by_customer.used_by_activity[names].sum(axis=1)
    )
    clients = table.groupby("customer_id").sum()
    clients["before_cents"] = clients["practical_cents"] + clients["sales_cents"]
    clients["below"] = clients["practical_cents"] < 0
    seller = clients.index.to_series().map(customers.set_index("customer_id")["salesperson"]).rename("salesperson")
    sums = clients.groupby(seller).agg(
        n_clients=("sales_cents", "size"),
        revenue_eur=("revenue_cents", "sum"),
        margin_before_sales_eur=("before_cents", "sum"),
        commercial_cost_eur=("sales_cents", "sum"),
        n_clients_below=("below", "sum"),
    )
    euros = ["revenue_eur", "margin_before_sales_eur", "commercial_cost_eur"]
    sums[euros] = sums[euros] / 100
    cost = sums["commercial_cost_eur"]
    sums["return_ratio"] = (sums["margin_before_sales_eur"] / cost).where(cost > 0)
    return sums.reset_index().sort_values("return_ratio", ascending=False, ignore_index=True)[columns]
