"""What the files tell of each client when the survey was made: what it bought, how it was served, since when."""

from collections.abc import Sequence
from datetime import date

import ibis
import numpy as np
import pandas as pd

from workbench.competitive.raking import UNKNOWN

MONTHS = 12
BANDS = ("low", "middle", "high")
# Known of every client, whether it answered or not: what the model for the others may look at.
BEHAVIOURS = (
    "log_revenue", "log_deliveries", "revenue_trend", "late_share", "claims_per_delivery", "credit_note_share",
    "discount_share", "silent_days", "tenure_months",
)  # fmt: skip


def surveyed_on(answered: pd.Series, as_of: date) -> pd.Timestamp:
    """The last day of a wave, as_of where no day is known."""
    last = pd.to_datetime(answered).max()
    return pd.Timestamp(as_of) if pd.isna(last) else last


def client_behaviour(
    deliveries: ibis.Table,
    interactions: ibis.Table,
    customers: pd.DataFrame,
    *,
    until: pd.Timestamp,
    claims: Sequence[str],
) -> pd.DataFrame:
    """One row per account that was served in the twelve months up to `until`: what a survey of clients stands for.

    Parameters: deliveries, interactions, checked; customers, checked, with size_class and sector; not modified;
    claims, the drivers of interactions that are claims (`churn.claim_drivers`).
    Returns: customers' columns, revenue_eur (of the twelve months, net), revenue_band (thirds of the accounts),
    seniority (up to a year, up to three, longer; unknown) and BEHAVIOURS; NaN where a column of the files is not there.
    Notes: nothing after `until` is looked at.
    """
    begins = until - pd.DateOffset(months=MONTHS)
    found = _sums(deliveries, begins, until).merge(_claims(interactions, until, claims), on="customer_id", how="left")
    table = customers.merge(found[found["n_deliveries"] > 0], on="customer_id", how="inner")
    n = table["n_deliveries"]
    table["log_revenue"] = np.log(table["revenue_eur"].clip(lower=1.0))
    table["log_deliveries"] = np.log(n)
    halves = table["revenue_eur"].abs().clip(lower=1.0)
    table["revenue_trend"] = (2 * table["recent_eur"] - table["revenue_eur"]) / halves
    table["late_share"] = table["n_late"] / table["n_promised"].where(table["n_promised"] > 0)
    table["claims_per_delivery"] = table["n_claims"].fillna(0.0) / n
    table["credit_note_share"] = table["n_credit_notes"] / n
    table["discount_share"] = 1 - table["net_eur"] / table["list_eur"].where(table["list_eur"] > 0)
    table["silent_days"] = (until - table["last_on"]).dt.days
    begun = pd.to_datetime(table["opened_on"]).fillna(table["first_on"])
    table["tenure_months"] = (until - begun).dt.days / (365.25 / 12)
    table["seniority"] = pd.cut(
        table["tenure_months"], [-np.inf, 12, 36, np.inf], labels=["first year", "second and third year", "longer"]
    ).astype(object)
    table["seniority"] = table["seniority"].where(table["tenure_months"].notna(), UNKNOWN)
    rank = table["revenue_eur"].rank(method="first", pct=True)
    table["revenue_band"] = np.array(BANDS, dtype=object)[np.minimum((rank * 3 - 1e-9).astype(int), 2)]
    helpers = ["recent_eur", "n_late", "n_promised", "n_claims", "n_credit_notes", "net_eur", "list_eur", "first_on"]
    return table.drop(columns=[*helpers, "last_on"])


def _sums(deliveries: ibis.Table, begins: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    known = deliveries.filter(deliveries.delivered_on <= until.date())
    inside = known.delivered_on > begins.date()
    recent = known.delivered_on > (begins + (until - begins) / 2).date()
    served = known.credited_document_id.isnull() & (known.revenue_eur >= 0)
    revenue, listed = known.revenue_eur.cast("float64"), known.list_price_eur.cast("float64")
    promised = served & inside & known.promised_on.notnull()
    priced = served & inside & known.list_price_eur.notnull()
    sums = known.group_by("customer_id").agg(
        n_deliveries=(served & inside).cast("int64").sum(),
        n_credit_notes=(~served & inside).cast("int64").sum(),
        n_promised=promised.cast("int64").sum(),
        n_late=(promised & (known.delivered_on > known.promised_on)).fill_null(False).cast("int64").sum(),
        revenue_eur=inside.ifelse(revenue, 0.0).sum(),
        recent_eur=recent.ifelse(revenue, 0.0).sum(),
        net_eur=priced.ifelse(revenue, 0.0).sum(),
        list_eur=priced.ifelse(listed, 0.0).sum(),
        first_on=known.delivered_on.min(),
        last_on=known.delivered_on.max(),
    )
    found = sums.to_pandas()
    return found.assign(first_on=pd.to_datetime(found["first_on"]), last_on=pd.to_datetime(found["last_on"]))


def _claims(interactions: ibis.Table, until: pd.Timestamp, drivers: Sequence[str]) -> pd.DataFrame:
    """Claims of the last twelve whole months: what is booked by month is not known by the day."""
    ends = (until + pd.DateOffset(days=1)).to_period("M").to_timestamp()
    begins = ends - pd.DateOffset(months=MONTHS)
    claims = interactions.filter(
        interactions.driver.isin(list(drivers)), interactions.month >= begins.date(), interactions.month < ends.date()
    )
    return claims.group_by("customer_id").agg(n_claims=claims.quantity.sum()).to_pandas()
