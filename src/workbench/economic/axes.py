"""The study's axes: which grain each needs, and the margins on all of them."""

from dataclasses import dataclass

import ibis
import pandas as pd
import pyarrow as pa

from workbench.economic.allocation import Allocation, allocation
from workbench.economic.margins import margin_by
from workbench.economic.pools import Books
from workbench.economic.single_margins import Sharing, order_margins
from workbench.economic.workload import delivery_workload, order_workload


@dataclass(frozen=True)
class Axes:
    """Margins by axis, each with the allocation that its not-attributable line comes from.

    margins: axis → table of `margin_by` (order: of `order_margins`, without the rows of no order).
    allocations: axis → Allocation. unnamed: axis → practical and full cents of what has no value on the axis (a client
    without salesperson), summed from those rows themselves.
    """

    margins: dict[str, pd.DataFrame]
    allocations: dict[str, Allocation]
    unnamed: dict[str, tuple[int, int]]

    @property
    def long(self) -> pd.DataFrame:
        """The table `axis_margin`: axis, value, the columns of `margin_by`; customers and orders have their own."""
        parts = [
            table.rename(columns={axis: "value"}).assign(axis=axis, value=lambda t: _as_text(t["value"]))
            for axis, table in self.margins.items()
            if axis not in ("customer", "order")
        ]
        table = pd.concat(parts, ignore_index=True)
        return table[["axis", "value", *(column for column in table.columns if column not in ("axis", "value"))]]


def margins_by_axis(
    studied: ibis.Table,
    by_customer: Allocation,
    customers: pd.DataFrame,
    books: Books,
    sharing: Sharing,
    *,
    with_orders: bool,
    products: pd.DataFrame | None = None,
) -> Axes:
    """Margins by customer, group, product, range, delivery zone, month and salesperson, and by order on request.

    Parameters: studied, from `period_deliveries`; by_customer, the allocation at customer × month; customers,
    customer_id, group_id, salesperson; books; sharing, the costs, equations and keys of by_customer; with_orders,
    whether to compute the order axis (its table has a row per order); products, product and range (without rows, or
    None, there is no axis range). Returns: Axes.
    Notes: a customer without a group is its own group (assumption A12).
    """
    known = customers.set_index("customer_id")
    group = known["group_id"].fillna(known.index.to_series())
    keys = {"idle_key": sharing.idle_key, "sustaining_key": sharing.sustaining_key}
    sold = delivery_workload(studied, sharing.activities, by=["product", "delivery_zone"])
    by_sold = allocation(sold, sharing.costs, books, **keys)
    margins = {
        "customer": margin_by(by_customer, "customer_id"),
        "group": margin_by(by_customer, "group", names=group),
        "product": margin_by(by_sold, "product"),
        "delivery_zone": margin_by(by_sold, "delivery_zone"),
        "month": margin_by(by_customer, "month"),
        "salesperson": margin_by(by_customer, "salesperson", names=known["salesperson"]),
    }
    allocations = dict.fromkeys(margins, by_customer) | {"product": by_sold, "delivery_zone": by_sold}
    unnamed = {
        "customer": _cents_without(by_customer, by_customer.cells["customer_id"]),
        "group": _cents_without(by_customer, by_customer.cells["customer_id"].map(group)),
        "product": _cents_without(by_sold, by_sold.cells["product"]),
        "delivery_zone": _cents_without(by_sold, by_sold.cells["delivery_zone"]),
        "month": _cents_without(by_customer, by_customer.cells["month"]),
        "salesperson": _cents_without(by_customer, by_customer.cells["customer_id"].map(known["salesperson"])),
    }
    if products is not None and len(products):
        ranges = products.set_index("product")["range"]
        margins["range"], allocations["range"] = margin_by(by_sold, "range", names=ranges, of="product"), by_sold
        unnamed["range"] = _cents_without(by_sold, by_sold.cells["product"].map(ranges))
    if with_orders:
        by_order = allocation(order_workload(studied, sharing.activities), sharing.costs, books, **keys)
        # Texts stay Arrow's: as Python's they would take a gigabyte more for ten million deliveries.
        texts = {pa.string(): pd.StringDtype("pyarrow")}
        orders = order_margins(studied, by_order, sharing).to_pyarrow().to_pandas(types_mapper=texts.get)
        margins["order"] = orders[orders["order_id"].notna()].reset_index(drop=True)
        allocations["order"] = by_order
        loose = orders.loc[orders["order_id"].isna(), ["practical_margin_eur", "full_margin_eur"]]
        unnamed["order"] = tuple((loose * 100).round().sum().astype(int))
    return Axes(margins, allocations, unnamed)


def _cents_without(by_axis: Allocation, value: pd.Series) -> tuple[int, int]:
    """Practical and full cents of the cells whose value on an axis is not known."""
    nameless = by_axis.cells.loc[value.isna().to_numpy(), ["practical_cents", "full_cents"]].sum()
    return int(nameless["practical_cents"]), int(nameless["full_cents"])


def _as_text(value: pd.Series) -> pd.Series:
    return value.dt.strftime("%Y-%m") if pd.api.types.is_datetime64_any_dtype(value) else value.astype("string")
