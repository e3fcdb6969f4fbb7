"""Random small companies, as intake would leave their tables."""

from datetime import date
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.params import Activity
from workbench.tables.empty import empty_table

MONTHS = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]

ACTIVITIES = [
    Activity.model_validate(activity)
    for activity in (
        {"activity": "delivery", "pool": "rounds", "level": "delivery",
         "equation": [{"minutes": 6}, {"minutes": 0.7, "per": "parcels"}]},
        {"activity": "customs", "pool": "brokers", "level": "delivery",
         "equation": [{"minutes": 9, "when": {"delivery_zone": ["world"]}}]},
        {"activity": "order_taking", "pool": "office", "level": "order", "equation": [{"minutes": 4}]},
        {"activity": "claims", "pool": "office", "level": "customer", "equation": [{"minutes": 30, "per": "claim"}]},
        {"activity": "account", "pool": "office", "level": "customer", "equation": [{"minutes": 10}]},
    )
]  # fmt: skip


def random_company(seed: int = 0, *, n: int = 300, n_customers: int = 12) -> dict[str, pd.DataFrame]:
    """Client tables as intake would leave them: deliveries, customers, interactions, ledger, capacity."""
    rng = np.random.default_rng(seed)
    month = rng.integers(0, 3, n)
    customer = rng.integers(0, n_customers, n)
    revenue = rng.gamma(2, 20, n).round(2)
    direct = (revenue * rng.uniform(0, 0.4, n)).round(2)
    deliveries = pd.DataFrame(
        {
            "delivery_id": [f"D{i:05d}" for i in range(n)],
            "order_id": [f"O{customer[i]}-{i // 3}" if rng.random() > 0.1 else None for i in range(n)],
            "document_id": [f"F{i:05d}" for i in range(n)],
            "customer_id": [f"C{c:03d}" for c in customer],
            "delivered_on": [
                date(2024, int(m) + 1, int(d)) for m, d in zip(month, rng.integers(1, 28, n), strict=True)
            ],
            "product": rng.choice(["express", "economy", None], n, p=[0.5, 0.45, 0.05]),
            "delivery_zone": rng.choice(["local", "world"], n),
            "revenue_eur": revenue,
            "direct_purchases_eur": direct,
            "booked_margin_eur": (revenue * 0.35).round(2),
            "parcels": rng.integers(1, 6, n).astype(float),
        }
    )
    notes = deliveries.sample(8, random_state=seed).assign(
        delivery_id=lambda t: "N" + t["delivery_id"], credited_document_id=lambda t: t["document_id"],
        document_id=lambda t: "A" + t["document_id"], revenue_eur=lambda t: -t["revenue_eur"],
        direct_purchases_eur=0.0, booked_margin_eur=lambda t: -t["booked_margin_eur"], parcels=np.nan, order_id=None,
    )  # fmt: skip
    deliveries = pd.concat([deliveries, notes], ignore_index=True)
    ids = [f"C{c:03d}" for c in range(n_customers)]
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "name": ids,
            "group_id": [f"G{c // 3}" if c % 4 else None for c in range(n_customers)],
            "salesperson": rng.choice(["Ana", "Bo", None], n_customers),
        }
    )
    interactions = pd.DataFrame(
        {
            "customer_id": rng.choice(ids, 20),
            "month": rng.choice(MONTHS, 20),
            "driver": "claim",
            "quantity": rng.integers(1, 4, 20).astype(float),
        }
    )
    ledger = [(m, "revenue", None, float(revenue[month == i].sum()) + 123.45) for i, m in enumerate(MONTHS)]
    ledger += [(m, "direct_purchases", None, float(direct[month == i].sum()) + 7.77) for i, m in enumerate(MONTHS)]
    ledger += [(m, "sustaining", None, 333.33) for m in MONTHS]
    ledger += [
        (m, "pool", pool, cost)
        for m in MONTHS
        for pool, cost in (("rounds", 801.01), ("brokers", 300.0), ("office", 410.37), ("garage", 55.55))
    ]
    capacity = [
        (pool, m, minutes)
        for m in MONTHS
        for pool, minutes in (("rounds", 1000.0), ("brokers", 300.0), ("office", 1500.0))
    ]
    return {
        "deliveries": deliveries,
        "customers": customers,
        "interactions": interactions,
        "ledger": pd.DataFrame(ledger, columns=["month", "kind", "pool", "amount_eur"]),
        "capacity": pd.DataFrame(capacity, columns=["pool", "month", "paid_minutes"]).assign(absence_minutes=0.0),
    }


def as_checked(frame: pd.DataFrame, table: str) -> ibis.Table:
    """A DataFrame with the contract's columns and types, as an Ibis table."""
    schema = dict(empty_table(table).schema().items())
    schema |= {column: ibis.dtype("float64") for column in frame.columns if column not in schema}
    columns = {}
    for name, dtype in schema.items():
        values = [None if pd.isna(v) else v for v in frame[name]] if name in frame else [None] * len(frame)
        if dtype.is_decimal():
            values = [None if v is None else Decimal(f"{v:.6f}") for v in values]
        columns[name] = pa.array(values, type=dtype.to_pyarrow())
    return ibis.memtable(pa.table(columns))
