"""An Excel file of many deliveries: our reading and checking beside pandas: `python -m bench.excel [--rows 200000]`.

Writes the deliveries of `bench.whole_study` into one workbook of twelve columns and measures, each in a process of its
own: pandas with calamine (values as they come, nothing checked), pandas with openpyxl where it is installed, and the
workbench, which also guards against zip bombs, numbers the rows, checks every value and writes Parquet and quarantine.
"""

import argparse
import platform
import tempfile
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pandas as pd
import xlsxwriter

from bench.apart import measure, measured
from bench.intake import read
from bench.whole_study import FILES, write_client_files

NAME = "deliveries.xlsx"


def write_workbook(folder: Path, *, rows: int) -> Path:
    """The client's files, the deliveries as one workbook; returns the params file."""
    params = write_client_files(folder, millions=rows / 1e6, customers=max(rows // 50, 1), files=FILES[0])
    found = duckdb.sql(f"SELECT * FROM read_parquet('{folder}/deliveries_*.parquet')")
    with xlsxwriter.Workbook(folder / NAME, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, found.columns)
        for number, row in enumerate(found.fetchall(), start=1):
            sheet.write_row(number, 0, row)
    params.write_text(params.read_text(encoding="utf-8").replace("deliveries_*.parquet", NAME), encoding="utf-8")
    return params


def by_pandas(params: Path, engine: str) -> None:
    pd.read_excel(params.parent / NAME, engine=engine)


WAYS = {
    "pandas, calamine": lambda params: by_pandas(params, "calamine"),
    "pandas, openpyxl": lambda params: by_pandas(params, "openpyxl"),
    "workbench, checked": read,
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "PARAMS"), help="one way, for itself")
    asked = parser.parse_args()
    if asked.measure:
        way, params = asked.measure
        measure(lambda: WAYS[way](Path(params)))
        return 0
    print(f"{asked.rows:,} rows; Python {platform.python_version()}, pandas {pd.__version__}; {platform.machine()}, "
          f"{platform.system()}")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        params = write_workbook(Path(name), rows=asked.rows)
        print(f"{(params.parent / NAME).stat().st_size / 2**20:,.0f} MiB")
        for way in WAYS:
            if way.endswith("openpyxl") and find_spec("openpyxl") is None:
                print(f"{way:20s} not installed")
                continue
            found = measured("bench.excel", way, str(params))
            print(f"{way:20s} {found['seconds']:8.2f} s {found['mib']:8.0f} MiB", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
