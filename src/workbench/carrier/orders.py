"""Orders and deliveries: who orders when, what is sent where, and at what price."""

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.elasticities import own_price, volume_levels
from workbench.carrier.service import Service
from workbench.carrier.tariff import CUSTOMS_ZONES, PRODUCTS, ZONES, price_index
from workbench.carrier.window import AS_OF, Calendar, month_end, workload

DELIVERIES_PER_ORDER = (0.62, 0.23, 0.10, 0.05)
LATE_SHARE = 0.06
SHARED_DOCUMENT_SHARE = 0.08
SLOWEST_ORDERS_A_MONTH = 0.15
WEIGHT_SPREAD = 0.6
DISTANCE_SPREAD = 0.35
CUSTOMS_LINES_BEYOND_THE_FIRST = 1.2

# By product: how many parcels of the account's habit go into one, and the cumulative shares of the zones but the last.
PARCEL_FACTORS = np.array([1.0, 1.0, 1.0, 1.0, 0.5, 1.0])
ZONE_LIMITS = np.array(
    [
        (0.30, 0.62, 1.0, 1.0),
        (0.25, 0.58, 1.0, 1.0),
        (0.22, 0.55, 1.0, 1.0),
        (0.12, 0.42, 1.0, 1.0),
        (0.05, 0.40, 0.88, 1.0),
        (0.0, 0.0, 0.0, 0.68),
    ]
)
DAYS_A_MONTH = 365.25 / 12


def ordered_days(accounts: pd.DataFrame, seed: int, calendar: Calendar, rises: pd.DataFrame) -> pd.DataFrame:
    """The orders of the window: account (row number in `accounts`), ordered_on; sorted by account and day.

    Each account has gamma gaps of its own mean and regularity, on a clock that runs with the season and with what the
    account orders as time goes by, and stands still at weekends. Relationships older than the window are joined in the
    middle of their rhythm; nobody orders after the day of loss.
    """
    rng = stream(seed, "orders")
    days, clock = order_clock(calendar)
    first_day = days[0]
    index = price_index(rises, calendar, level="product").mean(axis=1)
    gap = DAYS_A_MONTH / orders_a_month(accounts, index)
    own = _OwnClocks(clock, days, volume_levels(accounts, calendar, first_day=first_day))
    begins = np.maximum((accounts["starts_on"].to_numpy("datetime64[D]") - first_day).astype("int64"), 0)
    new = accounts["starts_on"].to_numpy("datetime64[D]") >= first_day
    start = own.at(clock[np.minimum(begins, len(days))]) + np.where(new, 0.0, rng.random(len(accounts)) * gap)
    expected = (own.end - start).clip(0) / gap
    count = np.ceil(expected + 6 * np.sqrt(expected / accounts["regularity"]) + 12).astype("int64")
    owner = np.repeat(np.arange(len(accounts)), count)
    gaps = rng.standard_gamma(accounts["regularity"].to_numpy()[owner])
    gaps *= (gap / accounts["regularity"].to_numpy())[owner]
    firsts = np.concatenate([[0], np.cumsum(count)[:-1]])
    gaps[firsts] = 0.0
    passed = np.cumsum(gaps)
    times = passed - passed[firsts][owner] + start[owner]
    inside = times < own.end[owner]
    owner = owner[inside]
    day = np.searchsorted(clock, own.clock_at(owner, times[inside]), side="right") - 1
    ordered_on = days[np.minimum(day, len(days) - 1)]
    lost_on = accounts["lost_on"].to_numpy("datetime64[D]")[owner]
    kept = (ordered_on >= calendar.opens_on) & (np.isnat(lost_on) | (ordered_on <= lost_on))
    return pd.DataFrame({"account": owner[kept], "ordered_on": ordered_on[kept]})


def order_clock(calendar: Calendar) -> tuple[np.ndarray, np.ndarray]:
    """The days on which orders are drawn, some of them before the window, and the clock at the eve of each and after.

    The clock runs with the season, stands still at weekends, and gains a day a day over all of them.
    """
    days = np.arange(calendar.opens_on - 120, AS_OF + 1)
    passed = np.concatenate([[0.0], np.cumsum(workload(days))])
    return days, passed * (len(days) / passed[-1])


class _OwnClocks:
    """Each account's own clock: the common one, running as fast in a month as the account orders in it."""

    def __init__(self, clock: np.ndarray, days: np.ndarray, levels: np.ndarray):
        opens = np.flatnonzero(np.diff(days.astype("datetime64[M]").astype("int64"), prepend=-1))
        self.nodes = np.append(clock[opens], clock[-1])
        self.levels = levels
        self.passed = np.cumsum(levels * np.diff(self.nodes), axis=1)
        self.passed = np.column_stack([np.zeros(len(levels)), self.passed])

    @property
    def end(self) -> np.ndarray:
        """Where each account's clock stands at the end of the window."""
        return self.passed[:, -1]

    def at(self, times: np.ndarray) -> np.ndarray:
        """Each account's own time at a time of the common clock, one per account."""
        month = (np.searchsorted(self.nodes, times, side="right") - 1).clip(0, self.levels.shape[1] - 1)
        rows = np.arange(len(times))
        return self.passed[rows, month] + (times - self.nodes[month]) * self.levels[rows, month]

    def clock_at(self, owner: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The common clock's time at own times of accounts (row numbers)."""
        apart = (self.end.max() + 1.0) * np.arange(len(self.levels))
        place = np.searchsorted((self.passed + apart[:, None]).ravel(), times + apart[owner], side="right") - 1
        month = (place - owner * self.passed.shape[1]).clip(0, self.levels.shape[1] - 1)
        return self.nodes[month] + (times - self.passed[owner, month]) / self.levels[owner, month]


def delivery_rows(
    orders: pd.DataFrame,
    accounts: pd.DataFrame,
    seed: int,
    *,
    calendar: Calendar,
    rises: pd.DataFrame,
    service: Service,
) -> pd.DataFrame:
    """One row per delivery: the columns of the contract, besides account, product_number and zone_number.

    An order's deliveries fall in the calendar month of the order. Purchases are what subcontractors are paid. The
    share of late deliveries follows the service of the group. booked_margin_eur is left to the margin file (books.py).
    Amounts are whole cents.
    """
    shape = stream(seed, "shipments")
    count = 1 + np.searchsorted(np.cumsum(DELIVERIES_PER_ORDER)[:-1], shape.random(len(orders)), side="right")
    order = np.repeat(np.arange(len(orders)), count)
    account = orders["account"].to_numpy()[order]
    product, zone = _products_and_zones(shape, product_chances(accounts), account)
    rows = pd.DataFrame({"order": order, "account": account, "product_number": product, "zone_number": zone})
    rows["customer_id"] = accounts["customer_id"].to_numpy()[account]
    rows["product"] = np.array([each.name for each in PRODUCTS], dtype=object)[product]
    rows["delivery_zone"] = np.array([each.name for each in ZONES], dtype=object)[zone]
    ordered_on = orders["ordered_on"].to_numpy("datetime64[D]")[order]
    group, month = accounts["group"].to_numpy()[account], calendar.month_of(ordered_on)
    late_share = LATE_SHARE * service.late_factor(group, month)
    _set_dates(rows, ordered_on, late_share, stream(seed, "lead times"))
    _set_drivers(rows, accounts["parcels"].to_numpy()[account], stream(seed, "contents"))
    _set_amounts(rows, accounts, stream(seed, "prices"), calendar=calendar, rises=rises)
    rows = rows.sort_values(["ordered_on", "order"], kind="stable", ignore_index=True)
    _set_numbers(rows, stream(seed, "documents"))
    return rows


def orders_a_month(accounts: pd.DataFrame, index: np.ndarray) -> np.ndarray:
    """From spend a year, at the mean prices of the window, to orders a month: what an order of this account costs."""
    kilos = np.array([each.price_per_kg_eur * each.kg_per_parcel for each in PRODUCTS]) * np.exp(WEIGHT_SPREAD**2 / 2)
    parcels = 1 + accounts["parcels"].to_numpy()[:, None] * PARCEL_FACTORS
    factor = np.diff(ZONE_LIMITS, axis=1, prepend=0.0, append=1.0) @ [each.factor for each in ZONES]
    prices = (np.array([each.price_eur for each in PRODUCTS]) + kilos * parcels) * factor * index
    net = (product_chances(accounts) * prices).sum(axis=1) * (1 - accounts["discount_share"].to_numpy())
    per_order = net * (np.arange(1, 5) * DELIVERIES_PER_ORDER).sum()
    return np.maximum(accounts["spend_eur"].to_numpy() / 12 / per_order, SLOWEST_ORDERS_A_MONTH)


def product_chances(accounts: pd.DataFrame) -> np.ndarray:
    """The share of each product in what an account sends (shape (rows, products))."""
    abroad = accounts["international_share"].to_numpy()
    hurry = accounts["hurry"].to_numpy()
    freight = 0.03 + 0.05 * (accounts["size"].to_numpy() >= 1)
    home = np.column_stack([0.30 * hurry, 0.35 * np.ones_like(hurry), 0.30 * np.ones_like(hurry), 0.9 * (1 - hurry)])
    home = home / home.sum(axis=1, keepdims=True) * (1 - abroad - freight * (1 - abroad))[:, None]
    return np.column_stack([home, freight * (1 - abroad), abroad])


def _products_and_zones(rng, chances: np.ndarray, account: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    limits = np.cumsum(chances, axis=1)[:, :-1]
    product = (rng.random(len(account))[:, None] >= limits[account]).sum(axis=1)
    return product, (rng.random(len(account))[:, None] >= ZONE_LIMITS[product]).sum(axis=1)


def _set_dates(rows: pd.DataFrame, ordered_on: np.ndarray, late_share: np.ndarray, rng) -> None:
    lead = np.array([each.lead_days for each in PRODUCTS])[rows["product_number"]]
    promised_on = np.busday_offset(ordered_on, lead, roll="forward")
    late = np.where(rng.random(len(rows)) < late_share, rng.integers(1, 4, len(rows)), 0)
    delivered_on = np.minimum(np.busday_offset(promised_on, late), month_end(ordered_on))
    rows["ordered_on"], rows["promised_on"], rows["delivered_on"] = ordered_on, promised_on, delivered_on
    days = rng.choice(4, len(rows), p=[0.70, 0.20, 0.07, 0.03])
    rows["recorded_on"] = np.minimum(delivered_on + days, AS_OF)


def _set_drivers(rows: pd.DataFrame, habit: np.ndarray, rng) -> None:
    product = rows["product_number"].to_numpy()
    rows["parcels"] = 1 + rng.poisson(habit * PARCEL_FACTORS[product])
    kilos = np.array([each.kg_per_parcel for each in PRODUCTS])[product]
    rows["weight_kg"] = (
        (rows["parcels"] * kilos * np.exp(rng.normal(0, WEIGHT_SPREAD, len(rows)))).clip(lower=0.1).round(1)
    )
    abroad = rows["delivery_zone"].isin(CUSTOMS_ZONES).to_numpy()
    rows["customs_lines"] = np.where(abroad, 1 + rng.poisson(CUSTOMS_LINES_BEYOND_THE_FIRST, len(rows)), 0)
    distance = np.array([each.distance_km for each in ZONES])[rows["zone_number"]]
    rows["distance_km"] = np.ceil(distance * np.exp(rng.normal(0, DISTANCE_SPREAD, len(rows))))


def _set_amounts(rows: pd.DataFrame, accounts: pd.DataFrame, rng, *, calendar: Calendar, rises: pd.DataFrame) -> None:
    product, zone = rows["product_number"].to_numpy(), rows["zone_number"].to_numpy()
    month = calendar.month_of(rows["ordered_on"].to_numpy("datetime64[D]"))
    level = price_index(rises, calendar, level="product")[product, month]
    level *= price_index(rises, calendar, level="zone")[zone, month]
    base = np.array([each.price_eur for each in PRODUCTS])[product]
    base = base + np.array([each.price_per_kg_eur for each in PRODUCTS])[product] * rows["weight_kg"].to_numpy()
    list_price = (base * np.array([each.factor for each in ZONES])[zone] * level).round(2)
    discount = accounts["discount_share"].to_numpy()[rows["account"]]
    rows["list_price_eur"] = list_price
    net = list_price * (1 - discount) * own_price(accounts, rows)
    rows["revenue_eur"] = (net * np.exp(rng.normal(0, 0.02, len(rows)))).round(2)
    paid = np.array([each.subcontracted_share for each in PRODUCTS])[product] * list_price
    rows["direct_purchases_eur"] = (paid * rng.uniform(0.9, 1.1, len(rows))).round(2)


def _set_numbers(rows: pd.DataFrame, rng) -> None:
    """Numbers as the client's system gives them: an order's deliveries are together; most have a document each."""
    orders = pd.factorize(rows["order"])[0]
    rows["delivery_id"] = _numbered("L", np.arange(len(rows)) + 1)
    rows["order_id"] = _numbered("C", orders + 1)
    first_of_order = np.r_[True, orders[1:] != orders[:-1]]
    shared = (rng.random(orders[-1] + 1) < SHARED_DOCUMENT_SHARE)[orders]
    rows["document_id"] = _numbered("F", np.cumsum(first_of_order | ~shared))


def _numbered(prefix: str, numbers: np.ndarray) -> np.ndarray:
    return np.array([f"{prefix}{number:08d}" for number in numbers], dtype=object)
