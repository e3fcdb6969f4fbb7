"""Past price rises of single clients, and what those clients and the others bought before and after."""

from dataclasses import dataclass

import ibis
import pandas as pd

YEAR = 12
LEAST_DELIVERIES = 6
CUSTOMER = "customer"


@dataclass(frozen=True)
class PriceHistory:
    """What the files know of past rises of single clients.

    rises: customer_id, effective_on (first day of its month), rise_share, as told by price_changes. clients: one row
    per rise date and client who could be compared: effective_on, customer_id, group_id, size_class, rise_share (0 where
    the client's own price did not rise then), n_before, n_after (deliveries in the year before and after), trend (log,
    second against first half of the year before), discount_share and booked_margin_share of the year before (NaN where
    the files do not say), lost (no delivery after the year after), placebo_before, placebo_after, placebo_trend (the
    same a year earlier; NaN where the files do not reach back). reasons: why rises could not be used, by date.
    """

    rises: pd.DataFrame
    clients: pd.DataFrame
    reasons: dict[pd.Timestamp, str]


def client_rises(price_changes: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The rises that price_changes tells for single clients: customer_id, effective_on, rise_share.

    Parameters: price_changes, effective_on, scope, change_share; a scope `customer: 000123` is that account's. Rises
    of one account in one month are one. Rises of products, zones and sizes reach everybody and are left out.
    """
    told = price_changes["scope"].astype("string").str.extract(r"^\s*(\w+)\s*:\s*(.+?)\s*$")
    own = told[0].str.lower().eq(CUSTOMER).fillna(False) & told[1].isin(customers["customer_id"])
    rows = pd.DataFrame(
        {
            "customer_id": told[1][own],
            "effective_on": pd.to_datetime(price_changes["effective_on"][own]).dt.to_period("M").dt.start_time,
            "growth": 1 + price_changes["change_share"][own].astype(float),
        }
    )
    grown = rows.groupby(["customer_id", "effective_on"], as_index=False)["growth"].prod()
    return grown.assign(rise_share=grown.pop("growth") - 1)


def price_history(
    deliveries: ibis.Table, rises: pd.DataFrame, known: pd.DataFrame, *, as_of: pd.Timestamp, silent_months: int
) -> PriceHistory:
    """What clients bought before and after each date on which prices of single clients rose.

    Parameters: deliveries, the checked table (credit notes do not count); rises, from `client_rises`; known,
    customer_id, group_id, size_class; as_of; silent_months, after which silence is a loss.
    Returns: PriceHistory. A date is used where the files have the whole year before it, and the year after it with
    silent_months more; a client where it delivered in both halves of the year before, at least 6 times, was a client
    before that year, and delivered once more after the date (assumption A107). Compared with it are the clients without
    a rise of their own in both years.
    """
    worked = deliveries.filter(deliveries.credited_document_id.isnull() & (deliveries.revenue_eur >= 0))
    begins = pd.Timestamp(worked.delivered_on.min().to_pyarrow().as_py())
    parts, reasons = [], {}
    for date in sorted(rises["effective_on"].unique()):
        known_until = as_of - pd.DateOffset(months=YEAR + silent_months)
        if date - pd.DateOffset(months=YEAR) < begins:
            reasons[date] = "the files do not have the year before"
        elif date > known_until + pd.Timedelta(days=1):
            reasons[date] = "too recent"
        else:
            parts.append(_around(worked, date, rises, known, begins=begins))
    clients = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["rise_share", "lost"])
    return PriceHistory(rises, clients, reasons)


def _around(
    worked: ibis.Table, date: pd.Timestamp, rises: pd.DataFrame, known: pd.DataFrame, *, begins: pd.Timestamp
) -> pd.DataFrame:
    sums = _sums(worked, date).merge(known[["customer_id", "group_id", "size_class"]], on="customer_id", how="inner")
    near = rises["effective_on"].between(date - pd.DateOffset(months=YEAR), date + pd.DateOffset(months=YEAR - 1))
    own = rises[rises["effective_on"].eq(date)].set_index("customer_id")["rise_share"]
    sums["rise_share"] = sums["customer_id"].map(own).fillna(0.0)
    touched = sums["customer_id"].isin(rises.loc[near, "customer_id"]) & sums["rise_share"].eq(0)
    regular = sums["n_before"].ge(LEAST_DELIVERIES) & sums["n_first_half"].gt(0) & sums["n_second_half"].gt(0)
    # A price rises for clients who are there; of the others too only those count who come once more.
    there = (sums["n_after"] + sums["n_later"]).gt(0)
    rows = sums[regular & there & sums["n_earlier"].gt(0) & ~touched].reset_index(drop=True)
    rows["trend"] = rows["n_second_half"] / rows["n_first_half"]
    rows["lost"] = rows["n_later"].eq(0)
    rows["effective_on"] = date
    placebo = _sums(worked, date - pd.DateOffset(months=YEAR)).set_index("customer_id").reindex(rows["customer_id"])
    seen = begins <= date - pd.DateOffset(months=2 * YEAR)
    halves = placebo["n_first_half"].gt(0) & placebo["n_second_half"].gt(0)
    comparable = (placebo["n_before"].ge(LEAST_DELIVERIES) & halves).to_numpy() & seen
    for name, column in (("before", "n_before"), ("after", "n_after")):
        rows[f"placebo_{name}"] = placebo[column].where(comparable).to_numpy()
    rows["placebo_trend"] = (placebo["n_second_half"] / placebo["n_first_half"]).where(comparable).to_numpy()
    return rows


def _sums(worked: ibis.Table, date: pd.Timestamp) -> pd.DataFrame:
    """Deliveries of each client around a date, and the discount and booked margin of the year before it."""

    def counted(first: int | None, last: int | None) -> ibis.Expr:
        inside = ibis.literal(True)
        if first is not None:
            inside &= worked.delivered_on >= ibis.literal((date + pd.DateOffset(months=first)).date())
        if last is not None:
            inside &= worked.delivered_on < ibis.literal((date + pd.DateOffset(months=last)).date())
        return inside

    def amount(column: str, of: str) -> ibis.Expr:
        given = counted(-YEAR, 0) & worked[of].notnull()
        return given.ifelse(worked[column], None).sum().cast("float64")

    windows = {
        "earlier": (None, -YEAR), "before": (-YEAR, 0), "first_half": (-YEAR, -YEAR // 2),
        "second_half": (-YEAR // 2, 0), "after": (0, YEAR), "later": (YEAR, None),
    }  # fmt: skip
    sums = worked.group_by("customer_id").aggregate(
        **{f"n_{name}": counted(*window).ifelse(1, 0).sum() for name, window in windows.items()},
        listed_revenue=amount("revenue_eur", "list_price_eur"),
        listed=amount("list_price_eur", "list_price_eur"),
        booked_revenue=amount("revenue_eur", "booked_margin_eur"),
        booked=amount("booked_margin_eur", "booked_margin_eur"),
    )
    table = sums.order_by("customer_id").to_pandas()
    table["discount_share"] = 1 - table["listed_revenue"] / table["listed"].where(table["listed"] > 0)
    table["booked_margin_share"] = table["booked"] / table["booked_revenue"].where(table["booked_revenue"] > 0)
    return table.drop(columns=["listed_revenue", "listed", "booked_revenue", "booked"])
