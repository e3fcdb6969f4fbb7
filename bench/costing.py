"""Costing deliveries: the cube against a bare scan (the floor) and two pandas versions, side by side in one run.

python -m bench.costing [--millions 1 10 50] [--repeats 3] [--customers 200000] [--picture FILE.png] prints seconds,
ratios and peak memory with versions and machine; each figure is the median of interleaved repeats over Parquet. Each is
taken in a process of its own, so that its peak is its own, after an untimed call on a thousand deliveries (imports).
With several sizes the slope of log seconds in log deliveries is printed and, on request, drawn.
"""

import argparse
import platform
import tempfile
from datetime import date
from pathlib import Path

import duckdb
import ibis
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from bench.apart import measure, measured
from bench.curves import draw_growth, slopes
from workbench import economic
from workbench.params import Activity
from workbench.tables import connect
from workbench.tables.empty import empty_table

DRIVERS = [f"driver_{number:02d}" for number in range(1, 14)]
MONTHS = 12
ZONES = ["local", "national", "europe", "world"]
# Millions of deliveries beyond which a version outgrows this machine's memory, or nearly.
AT_MOST = {"naive pandas": 10.0, "tuned pandas": 10.0}


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
    deliveries = connect().read_parquet(str(file))
    period = economic.study_period(
        deliveries, empty_table("ledger"), start_on=date(2025, 1, 1), as_of=date(2025, 12, 31)
    )
    studied = economic.period_deliveries(deliveries, period, cost_share_low=0.0, cost_share_high=3.0)
    workload = economic.delivery_workload(studied, activities(), by=["customer_id"])
    return float(workload.minutes.to_numpy().sum())


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


VERSIONS = {"bare scan": scan, "customer cube": cube, "tuned pandas": tuned_pandas, "naive pandas": naive_pandas}


def compared(millions: float, *, customers: int, repeats: int) -> pd.DataFrame:
    """Median seconds and greatest peak of each version that this size allows; their answers must agree."""
    versions = [name for name in VERSIONS if millions <= AT_MOST.get(name, np.inf)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = write_deliveries(folder, millions=0.001, customers=100).rename(folder / "small.parquet")
        file = write_deliveries(folder, millions=millions, customers=customers)
        runs = [
            {"version": version} | measured("bench.costing", version, str(file), str(small))
            for _ in range(repeats)
            for version in versions
        ]
    table = pd.DataFrame(runs).groupby("version", sort=False)
    answers = table["answer"].first().drop("bare scan")
    if answers.max() - answers.min() > 1e-6 * answers.max():
        raise SystemExit(f"the versions disagree: {answers.to_dict()}")
    found = table.agg(seconds=("seconds", "median"), mib=("mib", "max")).reset_index()
    return found.assign(size=millions, scans=found["seconds"] / found["seconds"].iloc[0])


def draw(found: pd.DataFrame, target: Path) -> None:
    """Seconds and peak memory by millions of deliveries."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, column, unit in zip(axes, ("seconds", "mib"), ("seconds", "peak memory, MiB"), strict=True):
        draw_growth(axis, found, column=column, xlabel="millions of deliveries", ylabel=unit)
    axes[0].legend(frameon=False)
    figure.savefig(target, dpi=110)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1.0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--picture", type=Path, help="where to draw the growth (PNG)")
    parser.add_argument("--measure", nargs=3, metavar=("VERSION", "FILE", "SMALL"), help="one version, for itself")
    asked = parser.parse_args()
    if asked.measure:
        version, file, small = asked.measure
        VERSIONS[version](Path(small))
        measure(lambda: VERSIONS[version](Path(file)))
        return 0
    print(f"{asked.customers:,} clients, {MONTHS} months, median of {asked.repeats}")
    print(f"Python {platform.python_version()}, duckdb {duckdb.__version__}, ibis {ibis.__version__}, "
          f"pandas {pd.__version__}; {platform.machine()}, {platform.system()}")  # fmt: skip
    sizes = []
    for millions in asked.millions:
        sizes.append(compared(millions, customers=asked.customers, repeats=asked.repeats))
        for row in sizes[-1].itertuples():
            print(f"{millions:5g} M  {row.version:16s} {row.seconds:8.3f} s {row.scans:7.1f} x scan "
                  f"{row.mib:8.0f} MiB", flush=True)  # fmt: skip
    found = pd.concat(sizes, ignore_index=True)
    for version, slope in slopes(found).items():
        print(f"growth of {version:16s} log-log slope {slope:.2f}")
    if asked.picture:
        draw(found, asked.picture)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
