"""What happened with each account month by month: revenue, deliveries, late ones, claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

FACTS = ("revenue_eur", "n_deliveries", "n_promised", "n_late", "n_claims")


@dataclass(frozen=True)
class History:
    """One row per account, one column per calendar month: accounts, shape (n,); first_month, datetime64[M]; each of
    FACTS, float32, shape (n, months). n_promised: deliveries whose promised day is known."""

    accounts: np.ndarray
    first_month: np.datetime64
    facts: dict[str, np.ndarray]

    @property
    def n_months(self) -> int:
        """How many months there are."""
        return self.facts["revenue_eur"].shape[1]

    @property
    def months(self) -> np.ndarray:
        """The months, datetime64[M], in order."""
        return self.first_month + np.arange(self.n_months)

    def before(self, month: np.datetime64) -> "History":
        """What was known at the beginning of a month."""
        n = int(np.clip((month.astype("datetime64[M]") - self.first_month).astype(int), 0, self.n_months))
        return History(self.accounts, self.first_month, {name: table[:, :n] for name, table in self.facts.items()})

    def of(self, accounts: np.ndarray) -> "History":
        """The history of some accounts, in their order; nothing happened with one that is not known."""
        place = pd.Index(self.accounts).get_indexer(accounts)
        rows = {name: np.where(place[:, None] >= 0, table[place], 0) for name, table in self.facts.items()}
        return History(np.asarray(accounts, dtype=object), self.first_month, rows)


def monthly_history(
    deliveries: ibis.Table,
    interactions: ibis.Table,
    accounts: np.ndarray,
    *,
    as_of: date,
    claim_drivers: Sequence[str] = ("claim",),
) -> History:
    """The history of accounts up to the month of as_of.

    Parameters: deliveries, interactions, checked; accounts, customer_id, shape (n,); claim_drivers, the drivers of
    interactions that are claims. Notes: a delivery counts in its month, a credit note takes back revenue only.
    """
    carried = deliveries.credited_document_id.isnull() & (deliveries.revenue_eur >= 0)
    promised = carried & deliveries.promised_on.notnull()
    month = deliveries.delivered_on.cast("date").truncate("M")
    sums = deliveries.filter(deliveries.customer_id.notnull()).group_by(["customer_id", month.name("month")])
    sums = sums.agg(
        revenue_eur=deliveries.revenue_eur.cast("float64").sum(),
        n_deliveries=carried.cast("int64").sum(),
        n_promised=promised.cast("int64").sum(),
        n_late=(promised & (deliveries.delivered_on > deliveries.promised_on)).cast("int64").sum(),
    ).to_pandas()
    claims = interactions.filter(interactions.driver.isin(list(claim_drivers)))
    claims = claims.group_by(["customer_id", claims.month.cast("date").name("month")])
    claims = claims.agg(n_claims=interactions.quantity.cast("float64").sum()).to_pandas()
    last = np.datetime64(as_of, "M")
    first = sums["month"].to_numpy("datetime64[M]").min() if len(sums) else last
    place = pd.Index(accounts)
    n_months = int((last - first).astype(int)) + 1
    facts = {name: _table(sums, name, place, first, n_months) for name in FACTS[:4]}
    facts["n_claims"] = _table(claims, "n_claims", place, first, n_months)
    return History(np.asarray(accounts, dtype=object), first, facts)


def _table(rows: pd.DataFrame, name: str, accounts: pd.Index, first: np.datetime64, n_months: int) -> np.ndarray:
    account = accounts.get_indexer(rows["customer_id"])
    month = (rows["month"].to_numpy("datetime64[M]") - first).astype("int64")
    known = (account >= 0) & (month >= 0) & (month < n_months)
    table = np.zeros((len(accounts), n_months), dtype="float32")
    table[account[known], month[known]] = rows[name].to_numpy("float32")[known]
    return table
