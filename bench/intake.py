"""From a client's files to checked tables, and from those to the cube: time and peak memory of each step apart.

python -m bench.intake [--millions 1] [--customers 20000] [--files KIND ...] writes the files of `bench.whole_study` as
monthly Parquet, monthly CSV and one CSV, and measures for each, every step in a process of its own: a plain copy of the
deliveries to Parquet by DuckDB (the floor), the workbench's reading and checking of all sources, and the customer cube.
"""

import argparse
import platform
import tempfile
from pathlib import Path

import duckdb

from bench.apart import measure, measured
from bench.whole_study import FILES, write_client_files
from workbench import economic
from workbench.tables import connect, open_study, read_client_files


def copy(params: Path) -> None:
    """The floor: the deliveries as they are, in one Parquet file; types guessed from the first rows."""
    found = sorted(str(file) for file in params.parent.glob("deliveries_*"))
    reader = "read_parquet" if found[0].endswith("parquet") else "read_csv"
    duckdb.sql(f"COPY (SELECT * FROM {reader}({found})) TO '{params.parent / 'copy.parquet'}' (FORMAT parquet)")


def read(params: Path) -> None:
    """The workbench: every source read, checked against its contract, and written to the run folder."""
    read_client_files(*open_study(str(params), str(params.parent / "run")))


def cube(params: Path) -> None:
    """The minutes and amounts of every client and month, from the checked tables."""
    study, run = open_study(str(params), str(params.parent / "run"))
    connection = connect()
    deliveries, ledger = (run.checked(name, connection) for name in ("deliveries", "ledger"))
    period = economic.study_period(deliveries, ledger, start_on=study.start_on, as_of=study.as_of)
    studied = economic.period_deliveries(deliveries, period, cost_share_low=0.0, cost_share_high=3.0)
    economic.delivery_workload(studied, study.economic.activities, by=["customer_id"])


STEPS = {"plain copy": copy, "read and checked": read, "customer cube": cube}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=1.0)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--files", choices=FILES, nargs="+", default=FILES)
    parser.add_argument("--measure", nargs=2, metavar=("STEP", "PARAMS"), help="one step, for itself")
    asked = parser.parse_args()
    if asked.measure:
        step, params = asked.measure
        measure(lambda: STEPS[step](Path(params)))
        return 0
    print(f"{asked.millions:g} M deliveries, {asked.customers:,} clients; Python {platform.python_version()}, "
          f"duckdb {duckdb.__version__}; {platform.machine()}, {platform.system()}")  # fmt: skip
    for files in asked.files:
        with tempfile.TemporaryDirectory() as name:
            params = write_client_files(Path(name), millions=asked.millions, customers=asked.customers, files=files)
            size = sum(file.stat().st_size for file in Path(name).glob("deliveries_*")) / 2**20
            print(f"{files} ({size:,.0f} MiB)")
            for step in STEPS:
                found = measured("bench.intake", step, str(params))
                print(f"  {step:18s} {found['seconds']:8.2f} s {found['mib']:8.0f} MiB", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
