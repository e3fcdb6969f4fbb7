"""Economic value: from booked margins to margins by time-driven ABC, for each client and on every axis."""

from workbench.economic.allocation import allocation
from workbench.economic.axes import margins_by_axis
from workbench.economic.bridge import booked_rows, margin_bridge
from workbench.economic.closing import reconciliation
from workbench.economic.equations import unmet_conditions
from workbench.economic.margins import file_totals, margin_by_customer
from workbench.economic.pools import books_of, pool_costs
from workbench.economic.single_margins import Sharing, delivery_margins
from workbench.economic.uncertainty import margin_uncertainty
from workbench.economic.whale import whale_curve
from workbench.economic.workload import customer_workload, delivery_workload, period_deliveries, study_period

__all__ = [
    "Sharing",
    "allocation",
    "booked_rows",
    "books_of",
    "customer_workload",
    "delivery_margins",
    "delivery_workload",
    "file_totals",
    "margin_bridge",
    "margin_by_customer",
    "margin_uncertainty",
    "margins_by_axis",
    "period_deliveries",
    "pool_costs",
    "reconciliation",
    "study_period",
    "unmet_conditions",
    "whale_curve",
]
