"""Economic value: from booked margins to margins by time-driven ABC, for each client and on every axis."""

from workbench.economic.allocation import allocation
from workbench.economic.axes import margins_by_axis
from workbench.economic.bridge import booked_rows, margin_bridge
from workbench.economic.bridge_rows import booked_cost_outliers, bridge_rows, credit_notes
from workbench.economic.closing import reconciliation
from workbench.economic.equations import unmet_conditions
from workbench.economic.last_year import LastYear, last_year
from workbench.economic.margins import file_totals, margin_by_customer, monthly_margins
from workbench.economic.periods import item_steps, last_two_years, period_bridge, product_performance, territory_trend
from workbench.economic.pools import books_of, pool_costs
from workbench.economic.readiness import costing_problems
from workbench.economic.rounds import stops_and_rounds
from workbench.economic.serving import client_reasons, commercial_return, cost_gaps, loss_reasons
from workbench.economic.shareable import shareable_axes, shareable_reasons, shareable_whale
from workbench.economic.single_margins import Sharing, delivery_margins
from workbench.economic.timesheets import minutes_check, rescaled, time_equations
from workbench.economic.uncertainty import drawn_minutes, margin_uncertainty
from workbench.economic.whale import whale_curve
from workbench.economic.workload import (
    customer_workload,
    delivery_workload,
    minutes_by_month,
    period_deliveries,
    study_period,
)

__all__ = [
    "LastYear",
    "Sharing",
    "allocation",
    "booked_cost_outliers",
    "booked_rows",
    "books_of",
    "bridge_rows",
    "client_reasons",
    "commercial_return",
    "cost_gaps",
    "costing_problems",
    "credit_notes",
    "customer_workload",
    "delivery_margins",
    "delivery_workload",
    "drawn_minutes",
    "file_totals",
    "item_steps",
    "last_two_years",
    "last_year",
    "loss_reasons",
    "margin_bridge",
    "margin_by_customer",
    "margin_uncertainty",
    "margins_by_axis",
    "minutes_by_month",
    "minutes_check",
    "monthly_margins",
    "period_bridge",
    "period_deliveries",
    "pool_costs",
    "product_performance",
    "reconciliation",
    "rescaled",
    "shareable_axes",
    "shareable_reasons",
    "shareable_whale",
    "stops_and_rounds",
    "study_period",
    "territory_trend",
    "time_equations",
    "unmet_conditions",
    "whale_curve",
]
