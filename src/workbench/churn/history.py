"""What happened with each account month by month: revenue, deliveries, late ones, claims, answers to the survey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd

from workbench.params import Competitive

YEAR_MONTHS = 12
# What the scope of a price change may name, and the column of deliveries that has it. Others reach everybody.
KINDS = {
    "product": "product", "zone": "delivery_zone", "delivery_zone": "delivery_zone", "customer": "customer_id",
    "customer_id": "customer_id",
}  # fmt: skip
FACTS = ("revenue_eur", "n_deliveries", "n_promised", "n_late", "n_claims", "n_answers", "satisfaction_sum")


@dataclass(frozen=True)
class History:
    """One row per account, one column per calendar month.

    accounts: shape (n,); first_month: datetime64[M]; facts: each of FACTS, float32, shape (n, months) (n_promised:
    deliveries whose promised day is known; n_answers, satisfaction_sum: of the account's whole group, each answer from
    0 to 100); rises: the mean rise of our prices in each month (share), shape (months,); n_dated, n_undated: answers
    with a day, and without one, which are in none of the facts.
    """

    accounts: np.ndarray
    first_month: np.datetime64
    facts: dict[str, np.ndarray]
    rises: np.ndarray
    n_dated: int = 0
    n_undated: int = 0

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
        facts = {name: table[:, :n] for name, table in self.facts.items()}
        return replace(self, facts=facts, rises=self.rises[:n])

    def of(self, accounts: np.ndarray) -> "History":
        """The history of some accounts, in their order; nothing happened with one that is not known."""
        place = pd.Index(self.accounts).get_indexer(accounts)
        rows = {name: np.where(place[:, None] >= 0, table[place], 0) for name, table in self.facts.items()}
        return replace(self, accounts=np.asarray(accounts, dtype=object), facts=rows)


def monthly_history(
    tables: Mapping[str, ibis.Table], accounts: np.ndarray, *, as_of: date, claim_drivers: Sequence[str]
) -> History:
    """The history of accounts up to the month of as_of.

    Parameters: tables, checked: deliveries, interactions, price_changes (the last two may have no rows); accounts,
    customer_id, shape (n,); claim_drivers, the drivers of interactions that are claims.
    Notes: a delivery counts in its month, a credit note takes back revenue only. A price change is felt by all clients
    as the mean of their prices: its share times the share of the product, zone or client it names in the revenue of the
    twelve months before; that of a client (`customer: number`) who never had a delivery by nobody; any other that names
    nothing sold is felt in full (assumption A46).
    """
    deliveries = tables["deliveries"]
    sums = _delivery_sums(deliveries)
    interactions = tables["interactions"]
    claims = interactions.filter(interactions.driver.isin(list(claim_drivers)))
    claims = claims.group_by(["customer_id", claims.month.cast("date").name("month")])
    claims = claims.agg(n_claims=interactions.quantity.cast("float64").sum()).to_pandas()
    last = np.datetime64(as_of, "M")
    first = sums["month"].to_numpy("datetime64[M]").min() if len(sums) else last
    place = pd.Index(accounts)
    n_months = int((last - first).astype(int)) + 1
    facts = {name: _table(sums, name, place, first, n_months) for name in FACTS[:4]}
    facts |= dict.fromkeys(FACTS[5:], np.zeros((len(accounts), n_months), dtype="float32"))
    facts["n_claims"] = _table(claims, "n_claims", place, first, n_months)
    rises = _mean_rises(tables["price_changes"].to_pandas(), deliveries, first + np.arange(n_months))
    return History(np.asarray(accounts, dtype=object), first, facts, rises)


def with_answers(history: History, survey: ibis.Table, unit: pd.Series, asked: Competitive) -> History:
    """The history with what clients answered about us.

    Parameters: survey, checked, scores as written (it may have no rows); unit, what each customer_id (index) belongs
    to: its group, or itself; asked, our name in the survey and the scale of satisfaction.
    Notes: an answer counts in its month for every account of its group; one without a day is counted and left out,
    since nobody can say when it was known (assumption A46).
    """
    rows = survey.filter(survey.supplier == asked.our_name, survey.customer_id.notnull(), survey.satisfaction.notnull())
    rows = rows.select("customer_id", "answered_on", "satisfaction").to_pandas()
    scale = asked.scale_of("satisfaction")
    rows = rows[~rows["satisfaction"].isin([*scale.not_applicable, *scale.refused])]
    dated = rows[rows["answered_on"].notna()]
    answers = pd.DataFrame(
        {
            "customer_id": dated["customer_id"].map(unit),
            "month": dated["answered_on"].to_numpy("datetime64[M]"),
            "n_answers": 1.0,
            "satisfaction_sum": scale.on_hundred(dated["satisfaction"].astype(float)),
        }
    )
    answers = answers.groupby(["customer_id", "month"], as_index=False).sum()
    number, units = pd.factorize(pd.Series(history.accounts).map(unit))
    told = {
        name: _table(answers, name, pd.Index(units), history.first_month, history.n_months)[number]
        for name in ("n_answers", "satisfaction_sum")
    }
    return replace(history, facts=history.facts | told, n_dated=len(dated), n_undated=len(rows) - len(dated))


def _delivery_sums(deliveries: ibis.Table) -> pd.DataFrame:
    carried = deliveries.credited_document_id.isnull() & (deliveries.revenue_eur >= 0)
    promised = carried & deliveries.promised_on.notnull()
    month = deliveries.delivered_on.cast("date").truncate("M")
    sums = deliveries.filter(deliveries.customer_id.notnull()).group_by(["customer_id", month.name("month")])
    return sums.agg(
        revenue_eur=deliveries.revenue_eur.cast("float64").sum(),
        n_deliveries=carried.cast("int64").sum(),
        n_promised=promised.cast("int64").sum(),
        n_late=(promised & (deliveries.delivered_on > deliveries.promised_on)).cast("int64").sum(),
    ).to_pandas()


def _mean_rises(changes: pd.DataFrame, deliveries: ibis.Table, months: np.ndarray) -> np.ndarray:
    """The mean rise of the prices in each month, as far as the files tell what it weighs.

    Notes: `product: X` is looked for among products only; without a kind, X is looked for among all, and a scope that
    names nothing that is sold ("all prices", "size: large") reaches everybody.
    """
    rises = np.zeros(len(months))
    if changes.empty:
        return rises
    month = deliveries.delivered_on.cast("date").truncate("M").name("month")
    parts = {}
    for column in dict.fromkeys(KINDS.values()):
        sold = deliveries.group_by([month, deliveries[column].name("item")])
        parts[column] = sold.agg(revenue_eur=deliveries.revenue_eur.cast("float64").sum()).to_pandas()
    sold = parts["product"].groupby("month")["revenue_eur"].sum()
    for change in changes.itertuples():
        from_month = np.datetime64(change.effective_on, "M")
        if not months[0] <= from_month <= months[-1]:
            continue
        year = (from_month - YEAR_MONTHS, from_month)
        column = KINDS.get(kind_of(change.scope))
        searched = [parts[column]] if column else parts.values()
        named = [part[part["item"].eq(item_of(change.scope))] for part in searched]
        if column and not len(named[0]):
            continue  # a product that nobody buys, or misspelt: `check` tells it
        own = next((part.set_index("month")["revenue_eur"] for part in named if len(part)), sold)
        total = _within(sold, year)
        weight = _within(own, year) / total if total > 0 else 1.0
        rises[(from_month - months[0]).astype(int)] += float(change.change_share) * weight
    return rises


def kind_of(scope: str) -> str:
    """What kind of thing the scope of a price change names: what stands before its first colon; '' without one.

    >>> kind_of("Product: Express 9h")
    'product'
    """
    return scope.partition(":")[0].strip().lower() if ":" in scope else ""


def item_of(scope: str) -> str:
    """The product, zone or client that the scope of a price change names: what stands behind its first colon.

    >>> item_of("product: Express 9h")
    'Express 9h'
    """
    return (scope.partition(":")[2] if ":" in scope else scope).strip()


def _within(revenue: pd.Series, months: tuple[np.datetime64, np.datetime64]) -> float:
    at = revenue.index.to_numpy("datetime64[M]")
    return float(revenue.to_numpy()[(at >= months[0]) & (at < months[1])].sum())


def _table(rows: pd.DataFrame, name: str, accounts: pd.Index, first: np.datetime64, n_months: int) -> np.ndarray:
    account = accounts.get_indexer(rows["customer_id"])
    month = (rows["month"].to_numpy("datetime64[M]") - first).astype("int64")
    known = (account >= 0) & (month >= 0) & (month < n_months)
    table = np.zeros((len(accounts), n_months), dtype="float32")
    table[account[known], month[known]] = rows[name].to_numpy("float32")[known]
    return table
