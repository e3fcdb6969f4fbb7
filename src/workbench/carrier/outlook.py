"""What a month with an account is expected to bring, at the prices and costs of the last twelve months."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaincc

from workbench.carrier.books import CREDITED_SHARE, FULL_CREDIT_SHARE
from workbench.carrier.elasticities import volume_levels
from workbench.carrier.nomenclature import SIZES
from workbench.carrier.orders import (
    CUSTOMS_LINES_BEYOND_THE_FIRST,
    DELIVERIES_PER_ORDER,
    DISTANCE_SPREAD,
    PARCEL_FACTORS,
    WEIGHT_SPREAD,
    ZONE_LIMITS,
    order_clock,
    orders_a_month,
    product_chances,
)
from workbench.carrier.tariff import CUSTOMS_ZONES, PRODUCTS, ZONES, price_index
from workbench.carrier.window import SEASON, Calendar
from workbench.carrier.work import ACTIVITIES, CLAIMS_PER_DELIVERY

CREDITED_MEAN_SHARE = CREDITED_SHARE * (FULL_CREDIT_SHARE + (1 - FULL_CREDIT_SHARE) * 0.4)


@dataclass(frozen=True)
class Outlook:
    """Euros a month of each account while it is a client, expected: shape (accounts,) each.

    orders: a month; revenue_eur, net of credit notes; purchases_eur; order_work_eur, the cost of what deliveries,
    orders and claims take; account_work_eur, of what being a client takes (visits, quotes, invoices, administration).
    """

    orders: np.ndarray
    revenue_eur: np.ndarray
    purchases_eur: np.ndarray
    order_work_eur: np.ndarray
    account_work_eur: np.ndarray

    @property
    def margin_eur(self) -> np.ndarray:
        """The practical margin of a month."""
        return self.contribution_eur - self.account_work_eur

    @property
    def contribution_eur(self) -> np.ndarray:
        """What moves with volume: revenue less purchases and the work of orders."""
        return self.revenue_eur - self.purchases_eur - self.order_work_eur


def outlook(accounts: pd.DataFrame, rates: dict[str, float], rises: pd.DataFrame, calendar: Calendar) -> Outlook:
    """The expected month of each account.

    Parameters: accounts, as `simulated_lives` gives them; rates, euros a minute by pool; rises, of the list.
    Notes: expectations are exact but for rounding to cents and whole kilometres; the world's own seasons and rises
    count as they were in the last twelve months.
    """
    orders = _pace(accounts, calendar) * orders_a_month(
        accounts, price_index(rises, calendar, level="product").mean(axis=1)
    )
    deliveries = orders * (np.arange(1, len(DELIVERIES_PER_ORDER) + 1) @ np.array(DELIVERIES_PER_ORDER))
    chances = product_chances(accounts)[:, :, None] * np.diff(ZONE_LIMITS, axis=1, prepend=0.0, append=1.0)
    drivers = _drivers(accounts)
    listed = _list_prices(drivers["weight_kg"], rises, calendar)
    each = {name: (chances * value).sum(axis=(1, 2)) for name, value in _work(drivers, "delivery", rates).items()}
    paid = np.array([product.subcontracted_share for product in PRODUCTS])[:, None]
    # What was negotiated was negotiated before the last year.
    discount = (1 - accounts["discount_share"].to_numpy()) * (1 + accounts["negotiated_rise"].to_numpy())
    parcels = (chances * drivers["parcels"]).sum(axis=(1, 2))
    per_order = sum(_level_cost("order", {None: 1.0, "parcels": parcels * deliveries / orders}, rates))
    claims = CLAIMS_PER_DELIVERY * deliveries * accounts["demands"].to_numpy()
    account_work, claim_work = _account_work(accounts, orders, claims, rates)
    return Outlook(
        orders=orders,
        revenue_eur=deliveries * (chances * listed).sum(axis=(1, 2)) * discount * (1 - CREDITED_MEAN_SHARE),
        purchases_eur=deliveries * (chances * paid * listed).sum(axis=(1, 2)),
        order_work_eur=deliveries * sum(each.values()) + orders * per_order + claim_work,
        account_work_eur=account_work,
    )


def _pace(accounts: pd.DataFrame, calendar: Calendar) -> np.ndarray:
    """How fast each account's clock ran in the last year, beside that of its habit."""
    days, clock = order_clock(calendar)
    opens = np.searchsorted(days, calendar.month_names[-12:].astype("datetime64[D]"))
    levels = volume_levels(accounts, calendar, first_day=days[0])[:, -len(opens) :]
    return levels @ np.diff(np.append(clock[opens], clock[-1])) / (len(days) - opens[0])


def last_year_rates(capacity: pd.DataFrame, ledger: pd.DataFrame) -> dict[str, float]:
    """Euros a minute of each pool in the last twelve months, the months weighing as their season.

    Parameters: capacity (pool, month, paid_minutes, absence_minutes) and ledger (month, pool, amount_eur), as the world
    has them.
    """
    cost = ledger[ledger["pool"].notna()].groupby(["pool", "month"])["amount_eur"].sum()
    able = capacity.set_index(["pool", "month"])
    rate = (cost / (able["paid_minutes"] - able["absence_minutes"])).rename("rate").reset_index()
    rate = rate[rate["month"] > rate["month"].max() - pd.DateOffset(months=12)]
    weight = SEASON[rate["month"].dt.month.to_numpy() - 1]
    weighed = rate.assign(weight=weight, cost=rate["rate"] * weight).groupby("pool")[["cost", "weight"]].sum()
    return (weighed["cost"] / weighed["weight"]).to_dict()


def _drivers(accounts: pd.DataFrame) -> dict[str | None, np.ndarray]:
    """The mean of each driver of a delivery, by account, product and zone (shapes that broadcast to it)."""
    parcels = (1 + accounts["parcels"].to_numpy()[:, None] * PARCEL_FACTORS)[:, :, None]
    kilos = np.array([each.kg_per_parcel for each in PRODUCTS])[:, None] * np.exp(WEIGHT_SPREAD**2 / 2)
    distance = np.array([each.distance_km for each in ZONES]) * np.exp(DISTANCE_SPREAD**2 / 2) + 0.5
    abroad = np.isin([each.name for each in ZONES], CUSTOMS_ZONES)
    lines = np.where(abroad, 1 + CUSTOMS_LINES_BEYOND_THE_FIRST, 0.0)
    return {None: np.ones(1), "parcels": parcels, "weight_kg": parcels * kilos, "distance_km": distance,
            "customs_lines": lines}  # fmt: skip


def _list_prices(weight: np.ndarray, rises: pd.DataFrame, calendar: Calendar) -> np.ndarray:
    """The mean list price of a delivery, by account, product and zone."""
    months = calendar.month_names[-12:].astype("int64") % 12
    share = SEASON[months] / SEASON[months].sum()
    by_product, by_zone = (price_index(rises, calendar, level=level)[:, -12:] for level in ("product", "zone"))
    level = np.einsum("m,pm,zm->pz", share, by_product, by_zone)
    base = np.array([each.price_eur for each in PRODUCTS])[:, None]
    base = base + np.array([each.price_per_kg_eur for each in PRODUCTS])[:, None] * weight
    return base * np.array([each.factor for each in ZONES]) * level


def _work(drivers: dict[str | None, np.ndarray], level: str, rates: dict[str, float]) -> dict[str, np.ndarray]:
    """The cost of each activity of a level on one delivery, by account, product and zone."""
    names = {"product": [each.name for each in PRODUCTS], "delivery_zone": [each.name for each in ZONES]}
    shape = {"product": (-1, 1), "delivery_zone": (1, -1)}
    found = {}
    for activity in ACTIVITIES:
        if activity.level != level:
            continue
        minutes = 0.0
        for term in activity.equation:
            where = 1.0
            for column, values in term.when.items():
                where = where * np.isin(names[column], values).reshape(shape[column])
            minutes = minutes + term.minutes * drivers[term.per] * where
        found[activity.activity] = minutes * rates[activity.pool]
    return found


def _level_cost(level: str, counts: dict[str | None, np.ndarray | float], rates: dict[str, float]) -> list[np.ndarray]:
    """The cost of each activity of a level, from its counts."""
    return [
        rates[activity.pool] * sum(term.minutes * counts[term.per] for term in activity.equation)
        for activity in ACTIVITIES
        if activity.level == level
    ]


def _account_work(
    accounts: pd.DataFrame, orders: np.ndarray, claims: np.ndarray, rates: dict[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """The cost of being a client for a month, and of the claims that go with its deliveries."""
    size, demands = accounts["size"].to_numpy(), accounts["demands"].to_numpy()
    visits = np.array([each.monthly_visits for each in SIZES])[size] * demands
    quotes = np.array([each.monthly_quotes for each in SIZES])[size] * demands
    silent = _silent_share(orders, accounts["regularity"].to_numpy())
    counts = {
        "sales_visit": visits,
        "quote": quotes,
        "claim": 0.0,
        "invoice": accounts["invoices"].to_numpy() * (1 - silent),
        None: 1 - silent * np.exp(-visits - quotes),
    }
    nothing = dict.fromkeys(counts, 0.0) | {"claim": claims}
    return sum(_level_cost("customer", counts, rates)), sum(_level_cost("customer", nothing, rates))


def _silent_share(orders: np.ndarray, regularity: np.ndarray) -> np.ndarray:
    """The share of months without an order, of a stationary process with gamma gaps, over the seasons of a year."""
    gap = 1 / orders[:, None]
    shape, month = regularity[:, None], SEASON[None, :] / SEASON.mean()
    beyond = gap * gammaincc(shape + 1, shape * month / gap) - month * gammaincc(shape, shape * month / gap)
    return (beyond / gap).mean(axis=1)
