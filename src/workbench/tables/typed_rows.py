"""The rows of a source, mapped and typed in one pass over its files, each with the rules it breaks by itself."""

from pathlib import Path

import duckdb

from workbench.params import Source, Study
from workbench.tables.blanked import is_blanked
from workbench.tables.contracts import Column, Contract
from workbench.tables.mapping import mapped_columns, mapped_rows
from workbench.tables.raw_rows import RawRows, sql_text
from workbench.tables.rules import conditions

BROKEN = 'STRUCT("rule" VARCHAR, "column" VARCHAR, "value" VARCHAR)[]'


def write_typed_rows(
    study: Study,
    contract: Contract,
    source: Source,
    rows: list[RawRows],
    target: Path,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Type the rows of a source's files into a Parquet file, and make the view `read_<table>` of it.

    The view's columns: `_n`; v<i>, the i-th mapped column as read; broken, a list of the rules the row breaks by
    itself (rule, column, value as written), null for a sound row; blanked, likewise of the values made blank.
    """
    columns = [column for column, _ in mapped_columns(contract, source).values()]
    mapped = " UNION ALL ".join(mapped_rows(contract, source, raw) for raw in rows)
    if source.from_deliveries:
        mapped = _one_per_account(mapped, columns)
    found = conditions(study, columns)
    blanked = [one for one in found if is_blanked(contract, columns[one[2]], one[1])]
    broken = [one for one in found if one not in blanked]
    values = "".join(f", {_value(place, blanked)} AS v{place}" for place in range(len(columns)))
    connection.execute(
        f"COPY (SELECT _n{values}, {_listed(broken, columns)} AS broken, {_listed(blanked, columns)} AS blanked "
        f"FROM ({mapped})) "
        f"TO {sql_text(str(target))} (FORMAT parquet)"
    )
    connection.execute(f"CREATE VIEW read_{contract.table} AS SELECT * FROM read_parquet({sql_text(str(target))})")


def _one_per_account(mapped: str, columns: list[Column]) -> str:
    """SQL of one row per account: of each column the first value that is written, in the order of the files."""
    key = [column.name for column in columns].index("customer_id")
    firsts = "".join(
        f", arg_min({{'w': w{place}, 'v': v{place}}}, _n) FILTER (w{place} IS NOT NULL) AS f{place}"
        for place in range(len(columns))
    )
    values = "".join(f", f{place}.w AS w{place}, f{place}.v AS v{place}" for place in range(len(columns)))
    return (
        f"SELECT _n{values} FROM (SELECT min(_n) AS _n{firsts} FROM ({mapped}) WHERE v{key} IS NOT NULL "
        f"GROUP BY v{key}) ORDER BY _n"
    )


def _value(place: int, blanked: list[tuple[str, str, int]]) -> str:
    unusable = " OR ".join(condition for condition, _, of in blanked if of == place)
    return f"CASE WHEN {unusable} THEN NULL ELSE v{place} END" if unusable else f"v{place}"


def _listed(found: list[tuple[str, str, int]], columns: list[Column]) -> str:
    some = " OR ".join(condition for condition, _, _ in found) or "false"
    each = ", ".join(
        f"CASE WHEN {condition} THEN "
        f"{{'rule': '{rule}', 'column': {sql_text(columns[place].name)}, 'value': w{place}}} END"
        for condition, rule, place in found
    )
    return f"CASE WHEN {some} THEN [{each}]::{BROKEN} END"
