"""The books: the client's margin file, its credit notes, its ledger, and the margins that are true."""

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.tariff import INTERNATIONAL
from workbench.carrier.window import AS_OF, Calendar
from workbench.carrier.work import ACTIVITIES, HUNDREDTHS_OF_HOURS, POOLS

# The margin file charges every delivery the same share of its revenue and so much a parcel, whatever the work was.
STANDARD_COST_SHARE = 0.38
STANDARD_COST_PER_PARCEL_EUR = 1.60

CREDITED_SHARE = 0.012
FULL_CREDIT_SHARE = 0.45
LATE_CREDIT_SHARE = 0.15

RATES_EUR_PER_MINUTE = {
    "pick-up and delivery": 0.58,
    "hub": 0.50,
    "line-haul": 0.80,
    "customs": 0.75,
    "customer service": 0.56,
    "sales": 0.82,
    "administration": 0.54,
}
WAGE_GROWTH = 0.022
WAGE_SHARE = 0.74
SUSTAINING_ACCOUNTS = {"641900 management": 0.049, "615600 information systems": 0.024, "623000 marketing": 0.012}
SETTLEMENT_SHARE = 0.004


def booked_margins(rows: pd.DataFrame) -> np.ndarray:
    """The margin of each delivery in the client's own file: revenue - purchases - a crude standard cost."""
    standard = STANDARD_COST_SHARE * rows["revenue_eur"] + STANDARD_COST_PER_PARCEL_EUR * rows["parcels"]
    return (rows["revenue_eur"] - rows["direct_purchases_eur"] - standard).round(2).to_numpy()


def credit_notes(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Credit notes on some deliveries: same customer, product and order, negative revenue, no work, their own date.

    The booked margin reverses the margin of what is credited, as if the work had not been done. Notes dated after the
    window do not exist yet.
    """
    rng = stream(seed, "credit notes")
    credited = rng.random(len(rows)) < CREDITED_SHARE
    share = np.where(rng.random(len(rows)) < FULL_CREDIT_SHARE, 1.0, rng.uniform(0.2, 0.6, len(rows)))
    late = rng.random(len(rows)) < LATE_CREDIT_SHARE
    after = np.where(late, rng.integers(60, 150, len(rows)), rng.integers(5, 45, len(rows)))
    delivered_on = np.busday_offset(rows["delivered_on"].to_numpy("datetime64[D]") + after, 0, roll="forward")
    kept = credited & (delivered_on <= AS_OF)
    base = rows[kept]
    notes = base[["account", "order_id", "customer_id", "product", "delivery_zone"]].copy()
    notes["delivered_on"] = delivered_on[kept]
    notes["recorded_on"] = np.minimum(delivered_on[kept] + 1, AS_OF)
    notes["credited_document_id"] = base["document_id"]
    notes["revenue_eur"] = -(base["revenue_eur"] * share[kept]).round(2)
    notes["direct_purchases_eur"] = 0.0
    notes["booked_margin_eur"] = -(base["booked_margin_eur"] * share[kept]).round(2)
    notes = notes.sort_values("delivered_on", kind="stable", ignore_index=True)
    notes["delivery_id"] = [f"L9{number:07d}" for number in range(1, len(notes) + 1)]
    notes["document_id"] = [f"A{number:08d}" for number in range(1, len(notes) + 1)]
    return notes


def ledger_rows(deliveries: pd.DataFrame, capacity: pd.DataFrame, seed: int, calendar: Calendar) -> pd.DataFrame:
    """What accounting booked: month (number), kind, pool, account, amount_eur in whole cents, costs positive.

    Revenue and purchases are those of the deliveries and credit notes by month, and a small fuel settlement that no
    delivery carries. A pool has two accounts, wages and the rest.
    """
    rng = stream(seed, "ledger")
    month = calendar.month_of(deliveries["delivered_on"].to_numpy("datetime64[D]"))
    note = deliveries["credited_document_id"].notna().to_numpy()
    abroad = (deliveries["product"] == INTERNATIONAL).to_numpy()
    revenue = deliveries["revenue_eur"].to_numpy()
    purchases = deliveries["direct_purchases_eur"].to_numpy()
    months = np.arange(calendar.months)

    def by_month(amounts: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.bincount(month[of], weights=np.rint(amounts[of] * 100), minlength=calendar.months) / 100

    invoiced = by_month(revenue, ~note)
    settlement = (invoiced.mean() * rng.normal(SETTLEMENT_SHARE, SETTLEMENT_SHARE, calendar.months)).round(2)
    parts = [
        ("revenue", None, "706100 services in France", by_month(revenue, ~note & ~abroad)),
        ("revenue", None, "706200 international services", by_month(revenue, ~note & abroad)),
        ("revenue", None, "708500 fuel settlements", settlement),
        ("revenue", None, "709600 credit notes", by_month(revenue, note)),
        ("direct_purchases", None, "611000 subcontracting", by_month(purchases, ~note)),
    ]
    for pool in POOLS:
        wages, other = _pool_cost(pool, capacity, seed, calendar)
        parts += [("pool", pool, "641100 wages", wages), ("pool", pool, "606000 supplies and equipment", other)]
    for account, share in SUSTAINING_ACCOUNTS.items():
        fixed = invoiced.mean() * share * (1 + rng.normal(0, 0.03, calendar.months))
        parts.append(("sustaining", None, account, fixed.round(2)))
    table = [
        pd.DataFrame({"month": months, "kind": kind, "pool": pool, "account": account, "amount_eur": amounts})
        for kind, pool, account, amounts in parts
    ]
    columns = ["month", "kind", "pool", "account", "amount_eur"]
    rows = [row for part in table for row in part.itertuples(index=False)]
    return pd.DataFrame(rows, columns=columns).sort_values(["month"], kind="stable", ignore_index=True)


def true_margins(
    deliveries: pd.DataFrame, minutes: dict[str, np.ndarray], capacity: pd.DataFrame, ledger: pd.DataFrame
) -> pd.DataFrame:
    """The true margins of each account over the window, by account number: practical_margin_eur, full_margin_eur.

    Practical: revenue - purchases - minutes at the rate of practical capacity. Full: the whole cost of a pool and
    month is spread in proportion to minutes (used cost, with idle spread or overdriven credited in proportion to it),
    and sustaining costs in proportion to the net revenue of the month, where that is positive.
    """
    count, months = next(iter(minutes.values())).shape
    cell = deliveries["account"].to_numpy() * months + deliveries["month"].to_numpy()

    def by_cell(column: str) -> np.ndarray:
        cents = np.rint(deliveries[column].to_numpy() * 100)
        return np.bincount(cell, weights=cents, minlength=count * months).reshape(count, months) / 100

    revenue = by_cell("revenue_eur")
    contribution = (revenue - by_cell("direct_purchases_eur")).sum(axis=1)
    practical, full = contribution.copy(), contribution.copy()
    for pool in POOLS:
        used = sum(minutes[each.activity] for each in ACTIVITIES if each.pool == pool)
        total = used.sum(axis=0)
        cost = _by_month(ledger[ledger["pool"] == pool], months)
        of_pool = capacity[capacity["pool"] == pool].sort_values("month")
        practical_minutes = (of_pool["paid"] - of_pool["absence"]).to_numpy() * HUNDREDTHS_OF_HOURS
        practical -= used @ (cost / practical_minutes)
        full -= used @ np.divide(cost, total, out=np.zeros(months), where=total > 0)
    key = revenue.clip(min=0)
    sustaining = _by_month(ledger[ledger["kind"] == "sustaining"], months)
    full -= key @ np.divide(sustaining, key.sum(axis=0), out=np.zeros(months), where=key.sum(axis=0) > 0)
    return pd.DataFrame({"practical_margin_eur": practical, "full_margin_eur": full})


def _pool_cost(pool: str, capacity: pd.DataFrame, seed: int, calendar: Calendar) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, f"cost of {pool}")
    of_pool = capacity[capacity["pool"] == pool].sort_values("month")
    practical = (of_pool["paid"] - of_pool["absence"]).to_numpy() * HUNDREDTHS_OF_HOURS
    rate = RATES_EUR_PER_MINUTE[pool] * (1 + WAGE_GROWTH) ** (np.arange(calendar.months) / 12)
    cost = practical * rate * np.exp(rng.normal(0, 0.015, calendar.months))
    wages = (cost * WAGE_SHARE).round(2)
    return wages, (cost - wages).round(2)


def _by_month(rows: pd.DataFrame, months: int) -> np.ndarray:
    return np.bincount(rows["month"], weights=np.rint(rows["amount_eur"] * 100), minlength=months) / 100
