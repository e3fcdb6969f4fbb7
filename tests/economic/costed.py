"""A company costed from end to end, as the notebook does it."""

from dataclasses import dataclass
from datetime import date

import ibis
import pandas as pd

from workbench import economic
from workbench.economic.allocation import Allocation
from workbench.economic.axes import Axes
from workbench.economic.margins import FileTotals
from workbench.economic.pools import Books, PoolCosts
from workbench.economic.workload import Workload
from workbench.params import Activity


@dataclass(frozen=True)
class Costed:
    """Every intermediate result of a costed company."""

    studied: ibis.Table
    workload: Workload
    books: Books
    costs: PoolCosts
    by_customer: Allocation
    axes: Axes
    files: FileTotals
    sharing: economic.Sharing
    reconciliation: pd.DataFrame
    margins: pd.DataFrame


def costed(
    company: dict[str, ibis.Table],
    activities: list[Activity],
    *,
    idle_key: str = "used_cost",
    sustaining_key: str = "revenue",
    start_on: date | None = None,
    as_of: date = date(2024, 3, 31),
) -> Costed:
    """Cost a company of the economic tests' conftest."""
    period = economic.study_period(company["deliveries"], company["ledger"], start_on=start_on, as_of=as_of)
    studied = economic.period_deliveries(company["deliveries"], period, cost_share_low=0.0, cost_share_high=3.0)
    workload = economic.customer_workload(studied, company["interactions"], activities, period=period)
    books = economic.books_of(company["ledger"], company["capacity"], period, capacity_share=0.8)
    minutes = economic.minutes_by_month(workload, activities, period)
    costs = economic.pool_costs(minutes, books, activities)
    keys = {"idle_key": idle_key, "sustaining_key": sustaining_key}
    by_customer = economic.allocation(workload, costs, books, **keys)
    customers = company["customers"].to_pandas()
    sharing = economic.Sharing(costs, activities, **keys)
    axes = economic.margins_by_axis(studied, by_customer, customers, books, sharing, with_orders=True)
    files = economic.file_totals(studied)
    reconciled = economic.reconciliation(axes, costs, books, files)
    sure = economic.margin_uncertainty(by_customer, workload, sharing, draws=400, seed=1)
    margins = economic.margin_by_customer(by_customer, customers, sure)
    return Costed(studied, workload, books, costs, by_customer, axes, files, sharing, reconciled, margins)
