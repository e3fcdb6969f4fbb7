"""What happened with each account month by month: revenue, deliveries, late ones, claims, answers to the survey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd

from workbench.params import Competitive

YEAR_MONTHS = 12
# What a change of prices can name besides a client, and how it names one.
BASKET, CUSTOMER = ("product", "delivery_zone"), "customer"
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
        return replace(self, facts=facts, rises=self.rises[:, :n])

    def of(self, accounts: np.ndarray) -> "History":
        """The history of some accounts, in their order; nothing happened with one that is not known."""
        place = pd.Index(self.accounts).get_indexer(accounts)
        rows = {name: np.where(place[:, None] >= 0, table[place], 0) for name, table in self.facts.items()}
        rises = np.where(place[:, None] >= 0, self.rises[place], 0)
        return replace(self, accounts=np.asarray(accounts, dtype=object), facts=rows, rises=rises)


def monthly_history(
    tables: Mapping[str, ibis.Table], accounts: np.ndarray, *, as_of: date, claim_drivers: Sequence[str]
) -> History:
    """The history of accounts up to the month of as_of.

    Parameters: tables, checked: deliveries, interactions, price_changes (the last two may have no rows); accounts,
    customer_id, shape (n,); claim_drivers, the drivers of interactions that are claims.
    Notes: a delivery counts in its month, a credit note takes back revenue only. A price change is felt by an account
    as far as it buys what the change names: `own_rises` (assumption A46).
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
    rises = own_rises(tables["price_changes"].to_pandas(), deliveries, accounts, months=first + np.arange(n_months))
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


def own_rises(
    changes: pd.DataFrame, deliveries: ibis.Table, accounts: np.ndarray, *, months: np.ndarray
) -> np.ndarray:
    """The rise (n, months) of the prices of what each account buys, like for like: float32, 0 where nothing rose.

    Parameters: changes, effective_on, scope, change_share; months, datetime64[M], one after another.
    Notes: the change of a product or zone counts with its share of what the account bought in the twelve months before
    it, so that buying other things is no change of prices; for one that bought nothing then, with its share of what all
    bought. The change of an account's own prices counts in full for it and not for others; one that names nothing sold
    before it counts in full for all.
    """
    rises = np.zeros((len(accounts), len(months)), dtype="float32")
    at = (changes["effective_on"].to_numpy("datetime64[M]") - months[0]).astype(int)
    changes = changes.assign(at=at, item=changes["scope"].map(item_of))[(at >= 0) & (at < len(months))]
    if changes.empty:
        return rises
    place = pd.Index(accounts)
    is_own = changes["scope"].map(_is_of_a_client)
    own = changes[is_own & changes["item"].isin(place)]
    np.add.at(rises, (place.get_indexer(own["item"]), own["at"].to_numpy()), own["change_share"].to_numpy(float))
    worked = deliveries.filter(deliveries.revenue_eur > 0, deliveries.customer_id.notnull())
    first_sold = {column: _first_sold(worked, column) for column in BASKET}
    for month, listed in changes[~is_own].groupby("at"):
        shares, rest = {}, listed
        for column, days in first_sold.items():
            named = rest["item"].isin(days.index[days < months[month]])
            shares[column] = rest[named].groupby("item")["change_share"].sum()
            rest = rest[~named]
        rises[:, month] += float(rest["change_share"].sum())
        rises[:, month] += _felt(worked, shares, before=months[month]).reindex(place, fill_value=0.0)
    return rises


def _felt(worked: ibis.Table, shares: Mapping[str, pd.Series], *, before: np.datetime64) -> pd.Series:
    """The rise of what each account bought in the year before a month."""
    first, last = (ibis.literal(each.astype("datetime64[D]").astype(date)) for each in (before - YEAR_MONTHS, before))
    year = worked.filter(worked.delivered_on >= first, worked.delivered_on < last)
    growth = ibis.literal(0.0)
    for column, share in shares.items():
        if len(share):
            growth += year[column].cases(*((item, float(value)) for item, value in share.items()), else_=0.0)
    revenue = year.revenue_eur.cast("float64")
    sums = year.group_by("customer_id").agg(bought=revenue.sum(), felt=(revenue * growth).sum())
    table = sums.to_pandas().set_index("customer_id")
    return table["felt"] / table["bought"]


def _first_sold(worked: ibis.Table, column: str) -> pd.Series:
    """The first day (datetime64[D]) that each product or zone was delivered."""
    sold = worked.filter(worked[column].notnull()).group_by(column).agg(day=worked.delivered_on.min())
    return pd.to_datetime(sold.to_pandas().set_index(column)["day"])


def _is_of_a_client(scope: str) -> bool:
    return scope.rpartition(":")[0].strip().lower() == CUSTOMER


def item_of(scope: str) -> str:
    """The product, zone or client that the scope of a price change names: what stands behind its last colon.

    >>> item_of("product: Express 9h")
    'Express 9h'
    """
    return scope.rpartition(":")[2].strip()


def _table(rows: pd.DataFrame, name: str, accounts: pd.Index, first: np.datetime64, n_months: int) -> np.ndarray:
    account = accounts.get_indexer(rows["customer_id"])
    month = (rows["month"].to_numpy("datetime64[M]") - first).astype("int64")
    known = (account >= 0) & (month >= 0) & (month < n_months)
    table = np.zeros((len(accounts), n_months), dtype="float32")
    table[account[known], month[known]] = rows[name].to_numpy("float32")[known]
    return table
