"""What each client spends a year with us, and which clients can serve as the measure of others."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

from workbench.params import Potential

MONTHS_A_YEAR = 12
LEAST_EXPOSURE_MONTHS = 3


def client_spend(deliveries: ibis.Table, customers: pd.DataFrame, told: Potential, *, as_of: date) -> pd.DataFrame:
    """The annual spend of each account, annualised where it began within the window.

    Parameters: deliveries, checked; customers, checked, one row per account, opened_on where known; not modified.
    Returns: customers' columns, and n_deliveries (of the window, without credit notes), revenue_eur (of the window,
    net of credit notes), exposure_months, deliveries_a_year, current_eur (€ a year), last_delivery_on, active,
    in_reference (assumption A64), why_not (None for a client in the reference population).
    Notes: a client of less than three months is not extrapolated beyond a factor of four (assumption A63). Spend is
    divided by the time since the client's entry only: a client that left keeps what it really bought in the window.
    """
    ends = pd.Timestamp(as_of)
    begins = ends - pd.DateOffset(months=told.window_months) + pd.Timedelta(days=1)
    spend = customers.merge(_sums(deliveries, begins), on="customer_id", how="left")
    counts = ["n_deliveries", "revenue_eur"]
    spend[counts] = spend[counts].fillna(0.0)
    entered = spend["first_delivery_on"]
    if "opened_on" in spend:
        entered = np.fmin(pd.to_datetime(spend["opened_on"]), entered)
    in_window = (ends - entered.clip(lower=begins)).dt.days.add(1) / ((ends - begins).days + 1)
    spend["exposure_months"] = in_window * told.window_months
    per_year = MONTHS_A_YEAR / spend["exposure_months"].clip(lower=LEAST_EXPOSURE_MONTHS)
    spend["deliveries_a_year"] = (spend["n_deliveries"] * per_year).fillna(0.0)
    spend["current_eur"] = (spend["revenue_eur"] * per_year).fillna(0.0)
    silent_since = ends - pd.DateOffset(months=told.active_within_months)
    spend["active"] = spend["last_delivery_on"].gt(silent_since)
    if "closed_on" in spend:
        spend["active"] &= spend["closed_on"].isna()
    spend["why_not"] = _why_not(spend, told)
    spend["in_reference"] = spend["why_not"].isna()
    return spend


def _sums(deliveries: ibis.Table, begins: pd.Timestamp) -> pd.DataFrame:
    """Per account: first and last delivery ever, deliveries and net revenue since `begins`; credit notes are none."""
    revenue = deliveries.revenue_eur.cast("float64")
    delivered = deliveries.credited_document_id.isnull() & (revenue >= 0)
    recent = deliveries.delivered_on >= begins.date()
    sums = deliveries.group_by("customer_id").agg(
        n_deliveries=(delivered & recent).ifelse(1, 0).sum(),
        revenue_eur=recent.ifelse(deliveries.revenue_eur, 0).sum().cast("float64"),
        first_delivery_on=deliveries.delivered_on.min(where=delivered),
        last_delivery_on=deliveries.delivered_on.max(where=delivered),
    )
    found = sums.to_pandas()
    days = ["first_delivery_on", "last_delivery_on"]
    return found.assign(**{day: pd.to_datetime(found[day]) for day in days})


def _why_not(spend: pd.DataFrame, told: Potential) -> pd.Series:
    """The first reason for which an account is not comparable; None where it is."""
    reasons = (
        (~spend["active"], "lapsed"),
        (spend["exposure_months"].lt(LEAST_EXPOSURE_MONTHS), "new"),
        (spend["deliveries_a_year"].lt(told.least_deliveries_a_year), "few deliveries"),
        (spend["current_eur"].le(0), "no net revenue"),
    )
    return pd.Series(
        np.select([test for test, _ in reasons], [name for _, name in reasons], default=""), index=spend.index
    ).replace("", None)
