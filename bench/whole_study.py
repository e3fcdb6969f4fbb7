"""A whole study of many deliveries, from files to report: time, memory of all its processes together, size of pages.

python -m bench.whole_study [--millions 10] [--customers 200000] [--files KIND] makes client files (Parquet or CSV by
month, or one CSV) and runs `workbench run` on them, without the chapters that need a survey. Memory is the sum of the
proportional set sizes, sampled every half second: pages that processes share count once.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

MONTHS = 12
FILES = ["monthly Parquet", "monthly CSV", "one CSV"]
PARAMS = """\
study: large
company: Ten Million
edition: internal
as_of: 2025-12-31
sources:
  customers:
    files: [customers.parquet]
    columns: {{customer_id: id, name: name, naf_code: naf, headcount: headcount, salesperson: seller}}
  deliveries:
    files: [{files}]
    columns:
      delivery_id: id
      order_id: order_no
      customer_id: client
      ordered_on: ordered
      delivered_on: delivered
      product: product
      delivery_zone: zone
      revenue_eur: net
      direct_purchases_eur: purchases
      booked_margin_eur: margin
    drivers: {{parcels: parcels, weight_kg: kilos}}
  ledger:
    files: [ledger.parquet]
    columns: {{month: month, kind: kind, pool: pool, amount_eur: amount}}
  capacity:
    files: [capacity.parquet]
    columns: {{pool: pool, month: month, paid_minutes: minutes}}
economic:
  activities:
    - {{activity: pick_up, pool: vans, level: order, equation: [{{minutes: 3}}]}}
    - {{activity: sorting, pool: depot, level: delivery, equation: [{{minutes: 1}}, {{minutes: 0.5, per: parcels}}]}}
    - activity: delivery
      pool: vans
      level: delivery
      equation: [{{minutes: 4}}, {{minutes: 0.1, per: weight_kg}}, {{minutes: 6, when: {{delivery_zone: [world]}}}}]
    - {{activity: account, pool: office, level: customer, equation: [{{minutes: 5}}]}}
"""


def write_client_files(folder: Path, *, millions: float, customers: int, files: str) -> Path:
    """The files of a client with so many deliveries and accounts, and the params file of its study."""
    rows = f"""
        SELECT 'D' || i AS id, 'O' || (i // 2) AS order_no, 'C' || (hash(i // 2) % {customers}) AS client,
            DATE '2025-01-01' + CAST(hash(i // 2 + 7) % 360 AS INTEGER) AS ordered,
            ordered + CAST(hash(i * 7) % 4 AS INTEGER) AS delivered, 'product ' || (hash(i * 3) % 6) AS product,
            ['local', 'national', 'europe', 'world'][CAST(hash(i * 5) % 4 AS INTEGER) + 1] AS zone,
            CAST(5 + hash(i * 11) % 9000 / 100 AS DECIMAL(9, 2)) AS net,
            CAST(hash(i * 13) % 200 / 100 AS DECIMAL(9, 2)) AS purchases,
            CAST(hash(i * 17) % 2000 / 100 AS DECIMAL(9, 2)) AS margin,
            1 + hash(i * 19) % 5 AS parcels, (1 + hash(i * 23) % 300) / 10.0 AS kilos
        FROM range({int(millions * 1e6)}) t(i)"""
    months = "(SELECT DATE '2025-01-01' + to_months(CAST(m AS INTEGER)) AS month FROM range(12) t(m))"
    pools = "(VALUES ('vans', 5.0), ('depot', 2.2), ('office', 1.0)) pools(pool, part)"
    written = {
        "customers": f"""SELECT 'C' || i AS id, 'Company ' || i AS name,
            ['49.41A', '46.90Z', '62.01Z', '10.71C', '86.21Z'][CAST(hash(i) % 5 AS INTEGER) + 1] AS naf,
            1 + hash(i * 3) % 400 AS headcount, 'seller ' || (hash(i * 5) % 20) AS seller
            FROM range({customers}) t(i)""",
        "ledger": f"""SELECT CAST(month AS DATE) AS month, 'pool' AS kind, pool, part * {millions * 200_000} AS amount
            FROM {months}, {pools} UNION ALL SELECT CAST(month AS DATE), 'sustaining', NULL, 50000.0 FROM {months}""",
        "capacity": f"""SELECT pool, CAST(month AS DATE) AS month, part * {millions * 500_000} AS minutes
            FROM {months}, {pools}""",
    }
    for name, query in written.items():
        duckdb.sql(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    months = [""] if files == "one CSV" else [f"WHERE month(ordered) = {month}" for month in range(1, MONTHS + 1)]
    ending, kind = ("parquet", "FORMAT parquet") if files == "monthly Parquet" else ("csv", "FORMAT csv, HEADER")
    for number, month in enumerate(months, start=1):
        target = folder / f"deliveries_{number:02d}.{ending}"
        duckdb.sql(f"COPY (SELECT * FROM ({rows}) {month}) TO '{target}' ({kind})")
    params = folder / "params.yaml"
    params.write_text(PARAMS.format(files=f"deliveries_*.{ending}"), encoding="utf-8")
    return params


def memory_of(root: int) -> int:
    """Bytes held by a process and all that it started, shared pages counted once."""
    parents, held = {}, {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            lines = (place / "smaps_rollup").read_text().splitlines()
            held[int(place.name)] = next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
        except (OSError, StopIteration):
            continue  # the process ended meanwhile, or is the kernel's
    family = {root}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(held.get(each, 0) for each in family)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=10.0)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--files", choices=FILES, default=FILES[0])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        params = write_client_files(folder, millions=asked.millions, customers=asked.customers, files=asked.files)
        begun, peak = time.perf_counter(), 0
        command = [
            str(Path(sys.executable).with_name("workbench")),
            "run",
            str(params),
            "--output",
            str(folder / "out"),
        ]
        with subprocess.Popen(command, env=os.environ | {"TMPDIR": name}) as run:
            while run.poll() is None:
                peak = max(peak, memory_of(run.pid))
                time.sleep(0.5)
        seconds = time.perf_counter() - begun
        if run.returncode:
            return run.returncode
        print(f"{asked.millions:g} M deliveries, {asked.customers:,} clients, {asked.files}")
        print(f"Python {platform.python_version()}, duckdb {duckdb.__version__}; {platform.machine()}, "
              f"{platform.system()}, {os.cpu_count()} cores")  # fmt: skip
        print(f"from files to report {seconds:8.1f} s   peak memory {peak / 2**30:.2f} GiB")
        for page in sorted((folder / "out").rglob("*.html")):
            print(f"{page.name:32s} {page.stat().st_size / 2**20:8.2f} MiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
