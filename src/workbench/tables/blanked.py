"""Values of optional columns that cannot be used where the row is kept: made blank, listed, held against the limits.

An account whose headcount cannot be read still has its deliveries; without the account they would be orphans.
"""

from pathlib import Path

import duckdb
import pandas as pd

from workbench.params import AFTER_AS_OF, Source
from workbench.tables.contracts import Column, Contract
from workbench.tables.quarantine import BYTE_ORDER_MARK, harmless
from workbench.tables.raw_rows import ROW_BITS, RawRows, sql_text

COLUMNS = {
    "table": "object", "column": "object", "rule": "object", "n_values": "int64", "share": "float64",
    "max_share": "float64", "example": "object",
}  # fmt: skip
RULES = ("unreadable_value", "out_of_range")


def is_blanked(contract: Contract, column: Column, rule: str) -> bool:
    """Whether a value that breaks a rule by itself is made blank, instead of its row being set aside."""
    not_yet_known = rule == AFTER_AS_OF and column.known_on is not None
    return contract.keeps_rows and not column.required and (rule in RULES or not_yet_known)


def write_blanked(
    contract: Contract, source: Source, rows: list[RawRows], target: Path, connection: duckdb.DuckDBPyConnection
) -> pd.DataFrame:
    """Write the blanked values of accepted rows as CSV (file, row, rule, column, value); no file where there are none.

    Parameters: connection, that has `read_<table>` and `broken_<table>`.
    Returns: by column and rule: table, column, rule, n_values, share (of all rows read), max_share (the limit that
    applies), example; most values first.
    """
    table = contract.table
    files = " ".join(f"WHEN {place} THEN {sql_text(raw.file.name)}" for place, raw in enumerate(rows))
    found = f"blanked_{table}"
    connection.execute(
        f"CREATE TEMPORARY TABLE {found} AS SELECT _n, CASE _n >> {ROW_BITS} {files} END AS file, "
        f'_n & {(1 << ROW_BITS) - 1} AS "row", one.rule AS rule, one."column" AS "column", one.value AS value '
        f"FROM (SELECT _n, unnest(blanked) AS one FROM read_{table} WHERE blanked IS NOT NULL "
        f"AND _n NOT IN (SELECT _n FROM broken_{table})) WHERE one IS NOT NULL"
    )
    summary = connection.execute(
        f'SELECT \'{table}\' AS "table", "column", rule, count(*) AS n_values, '
        f"arg_min(file || ' row ' || \"row\" || ' ' || value, _n) AS example FROM {found} "
        f'GROUP BY ALL ORDER BY n_values DESC, "column", rule'
    ).df()
    if len(summary):
        connection.execute(
            f'COPY (SELECT {harmless("file")} AS "{BYTE_ORDER_MARK}file", "row", rule, "column", '
            f'{harmless("value")} AS value FROM {found} ORDER BY _n, "column") TO {sql_text(str(target))} (HEADER)'
        )
    connection.execute(f"DROP TABLE {found}")
    summary["share"] = summary["n_values"] / max(sum(raw.n_read for raw in rows), 1)
    summary["max_share"] = [source.quarantine_limit(rule) for rule in summary["rule"]]
    return summary[list(COLUMNS)].astype(COLUMNS)


def exceeded_blanks(summary: pd.DataFrame) -> list[str]:
    """The columns with more blanked values than their limit, one sentence each."""
    return [
        f"{row.table}: {row.n_values:,} values of {row.column} ({row.share:.2%}) cannot be used, above "
        f"max_quarantined_share {row.max_share:.2%}: {row.rule} (e.g. {row.example}); correct the file or its mapping, "
        "or raise the limit"
        for row in summary.itertuples()
        if row.share > row.max_share
    ]
