"""Costing deliveries: the driver cube against a bare scan (the floor) and two pandas versions, side by side in one run.

python -m bench.costing [--millions 1] [--repeats 3] [--customers 200000] prints seconds and ratios with versions and
machine; each figure is the median of interleaved repeats, in process, over Parquet.
"""

import argparse
import platform
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd

from workbench import economic
from workbench.params import Activity
from workbench.tables.empty import empty_table

DRIVERS = [f"driver_{number:02d}" for number in range(1, 14)]
MONTHS = 12
ZONES = ["local", "national", "europe", "world"]
NAIVE_AT_MOST = 10


def activities() -> list[Activity]:
    """Ten activities in five pools over thirteen drivers, one of them conditional, all of level delivery."""
    return [
        Activity.model_validate(
            {
                "activity": f"activity_{number}",
                "pool": f"pool_{number % 5}",
                "level": "delivery",
                "equation": [
                    {"minutes": 1.0 + number},
                    {"minutes": 0.1, "per": DRIVERS[number]},
                    {"minutes": 0.2, "per": DRIVERS[(number + 5) % 13], "when": {"delivery_zone": ["europe", "world"]}}
                    if number % 3 == 0
                    else {"minutes": 0.2, "per": DRIVERS[(number + 5) % 13]},
                ],
            }
        )
        for number in range(10)
    ]


def write_deliveries(folder: Path, *, millions: float, customers: int, seed: int = 1) -> Path:
    """Synthetic checked deliveries as Parquet, written by DuckDB in row groups; every column that costing needs."""
    contract = dict(empty_table("deliveries").schema().items())
    made = {
        "delivery_id": "'D' || i",
        "order_id": "'O' || (i // 2)",
        "customer_id": f"'C' || (hash(i * 31 + {seed}) % {customers})",
        "delivered_on": f"DATE '2025-01-01' + CAST(hash(i * 7 + {seed}) % 365 AS INTEGER)",
        "product": "'P' || (hash(i * 3) % 6)",
        "delivery_zone": f"list_extract({ZONES!r}, CAST(hash(i * 5) % 4 AS INTEGER) + 1)",
        "revenue_eur": "CAST(10 + hash(i * 11) % 9000 / 100 AS DECIMAL(18,6))",
        "direct_purchases_eur": "CAST(hash(i * 13) % 900 / 100 AS DECIMAL(18,6))",
        "booked_margin_eur": "CAST(hash(i * 17) % 3000 / 100 AS DECIMAL(18,6))",
    }
    columns = [
        f"CAST({made.get(name, 'NULL')} AS {'VARCHAR' if dtype.is_string() else str(dtype).strip('!')}) AS {name}"
        for name, dtype in contract.items()
    ]
    columns += [f"CAST(hash(i * {n + 19}) % 50 AS DOUBLE) AS {name}" for n, name in enumerate(DRIVERS)]
    target = folder / "deliveries.parquet"
    duckdb.sql(
        f"COPY (SELECT {', '.join(columns)} FROM range({int(millions * 1e6)}) t(i)) TO '{target}' (FORMAT parquet)"
    )
    return target


def scan(file: Path) -> float:
    """The floor: read every column that costing needs and add it up."""
    sums = ", ".join([*(f"sum({name})" for name in [*DRIVERS, "revenue_eur", "direct_purchases_eur"])])
    row = duckdb.sql(
        f"SELECT {sums}, count(DISTINCT delivery_zone), max(customer_id), max(delivered_on) FROM '{file}'"
    ).fetchone()
    return float(row[0])


def cube(file: Path) -> float:
    """The workbench: one pass to the customer cube, minutes of every activity by customer and month."""
    connection = ibis.duckdb.connect()
    deliveries = connection.read_parquet(str(file))
    period = economic.study_period(
        deliveries, empty_table("ledger"), start_on=date(2025, 1, 1), as_of=date(2025, 12, 31)
    )
    studied = economic.period_deliveries(deliveries, period, cost_share_low=0.0, cost_share_high=3.0)
    workload = economic.delivery_workload(studied, activities(), by=["customer_id"])
    return float(workload.minutes.to_numpy().sum())


def repriced(workload: economic.workload.Workload) -> float:
    """A scenario: other minutes per activity on the cube that is there."""
    factors = np.linspace(0.9, 1.1, workload.minutes.shape[1])
    return float((workload.minutes.to_numpy() @ factors).sum())


def naive_pandas(file: Path) -> float:
    """What an analyst writes first: a column of minutes per activity on every row, then a group-by."""
    rows = pd.read_parquet(file)
    rows["month"] = pd.to_datetime(rows["delivered_on"]).dt.to_period("M")
    names = []
    for activity in activities():
        minutes = 0.0
        for term in activity.equation:
            part = term.minutes * (rows[term.per] if term.per else 1.0)
            for column, values in term.when.items():
                part = part * rows[column].isin(values)
            minutes = minutes + part
        rows[activity.activity] = minutes
        names.append(activity.activity)
    return float(rows.groupby(["customer_id", "month"])[names].sum().to_numpy().sum())


def tuned_pandas(file: Path) -> float:
    """pandas with care: only the columns needed, categories as keys, sums of drivers before any equation."""
    needed = ["customer_id", "delivered_on", "delivery_zone", "revenue_eur", *DRIVERS]
    rows = pd.read_parquet(file, columns=needed)
    customer = pd.factorize(rows["customer_id"])[0]
    month = pd.to_datetime(rows["delivered_on"]).dt.month.to_numpy()
    abroad = rows["delivery_zone"].isin(["europe", "world"]).to_numpy()
    key = customer.astype(np.int64) * 16 + month
    sums = rows[DRIVERS].assign(n=1.0)
    for driver in DRIVERS:
        sums[f"{driver} abroad"] = rows[driver].to_numpy() * abroad
    grouped = sums.groupby(key, sort=False).sum()
    total = 0.0
    for activity in activities():
        for term in activity.equation:
            column = term.per or "n"
            total += term.minutes * grouped[f"{column} abroad" if term.when else column].sum()
    return float(total)


def main() -> int:
    """Measure and print; the answers of all versions must agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--customers", type=int, default=200_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = write_deliveries(Path(folder), millions=asked.millions, customers=asked.customers)
        runners = {"bare scan": scan, "driver cube (Ibis on DuckDB)": cube, "tuned pandas": tuned_pandas}
        if asked.millions <= NAIVE_AT_MOST:
            runners["naive pandas"] = naive_pandas
        seconds, answers = {name: [] for name in runners}, {}
        for _ in range(asked.repeats):
            for name, run in runners.items():
                begun = time.perf_counter()
                answers[name] = run(file)
                seconds[name].append(time.perf_counter() - begun)
    totals = [answer for name, answer in answers.items() if name != "bare scan"]
    if max(totals) - min(totals) > 1e-6 * max(totals):
        raise SystemExit(f"the versions disagree: {answers}")
    floor = statistics.median(seconds["bare scan"])
    print(f"{asked.millions:g} M deliveries, {asked.customers:,} clients, {MONTHS} months, median of {asked.repeats}")
    print(f"Python {platform.python_version()}, duckdb {duckdb.__version__}, ibis {ibis.__version__}, "
          f"pandas {pd.__version__}; {platform.machine()}, {platform.system()}")  # fmt: skip
    for name, each in seconds.items():
        middle = statistics.median(each)
        print(f"{name:32s} {middle:8.3f} s   {middle / floor:6.1f} x scan")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
