"""How well each column of a checked table is filled, and between which values it lies."""

from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd

from workbench.params import Source
from workbench.tables.contracts import Contract
from workbench.tables.raw_rows import quoted

COVERAGE_COLUMNS = (
    dict.fromkeys(("table", "column", "kind"), "object")
    | {"mapped": "bool", "n_rows": "int64", "n_filled": "int64", "filled_share": "float64"}
    | dict.fromkeys(("lowest", "highest"), "object")
)


def column_coverage(
    contract: Contract, source: Source, checked: str, connection: duckdb.DuckDBPyConnection
) -> pd.DataFrame:
    """How well each column of the accepted rows is filled: a row per column, those the params name last."""
    named = dict.fromkeys(source.drivers, "driver") | dict.fromkeys(source.item_columns, "score")
    kinds = {column.name: column.kind for column in contract.columns} | named
    measures = ", ".join(f"count({quoted(n)}), min({quoted(n)}), max({quoted(n)})" for n in kinds)
    n_rows, *found = connection.execute(f"SELECT count(*), {measures} FROM {checked}").fetchone()
    return pd.DataFrame(
        [
            (
                contract.table,
                name,
                kind,
                name in source.columns or name in named,
                n_rows,
                found[3 * place],
                found[3 * place] / max(n_rows, 1),
                _shown(found[3 * place + 1]),
                _shown(found[3 * place + 2]),
            )
            for place, (name, kind) in enumerate(kinds.items())
        ],
        columns=list(COVERAGE_COLUMNS),
    )


def _shown(value: str | date | Decimal | float | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
