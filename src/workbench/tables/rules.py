"""The rules a row must keep, generated from the contracts, and the rows that break them."""

from datetime import date

import duckdb

from workbench.params import Source, Study
from workbench.tables.contracts import Column, Contract
from workbench.tables.raw_rows import RawRows, sql_text

RULES = (
    "malformed_row",
    "unreadable_value",
    "missing_value",
    "out_of_range",
    "not_allowed_value",
    "after_as_of",
    "duplicate_key",
)
EARLIEST = date(1900, 1, 1)


def rules_of(contract: Contract) -> list[str]:
    """The rules a table's rows must keep, the first being the one a row is quarantined for where it breaks several."""
    return [*RULES, *(_reference_rule(column) for column in contract.columns if column.refers_to)]


def _reference_rule(column: Column) -> str:
    return f"unknown_{column.name.removesuffix('_id')}"


def broken_rows(
    study: Study,
    contract: Contract,
    columns: list[Column],
    rows: list[RawRows],
    accepted: dict[str, str],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Make the table `broken_<table>`: one row per row that breaks a rule.

    Its columns: `_n`, rule, column, value, other_rules (the further rules the row breaks, with their columns). A
    duplicate is judged among the rows that break no earlier rule, a reference against the accepted rows of its table.
    Parameters: columns, the mapped columns in the order of `read_<table>`; accepted, SQL relation of the accepted rows
    of each table read before; connection, that has `read_<table>`.
    """
    table = contract.table
    source = getattr(study.sources, table)
    order = {rule: rank for rank, rule in enumerate(rules_of(contract))}
    found = f"found_{table}"
    malformed = " UNION ALL ".join(f"SELECT _n, 'malformed_row', NULL, line FROM {raw.malformed}" for raw in rows)
    connection.execute(f'CREATE TABLE {found} (_n BIGINT, rule VARCHAR, "column" VARCHAR, value VARCHAR)')
    connection.execute(f"INSERT INTO {found} {malformed}")
    conditions = _conditions(study, columns)
    if conditions:
        some = " OR ".join(condition for condition, _, _ in conditions)
        each = ", ".join(
            f"CASE WHEN {condition} THEN "
            f"{{'rule': '{rule}', 'column': {sql_text(columns[place].name)}, 'value': w{place}}} END"
            for condition, rule, place in conditions
        )
        connection.execute(
            f"INSERT INTO {found} SELECT _n, found.rule, found.column, found.value FROM "
            f"(SELECT _n, unnest([{each}]) AS found FROM read_{table} WHERE _n IN "
            f"(SELECT _n FROM (SELECT _n, {some} AS breaks FROM read_{table}) WHERE breaks)) WHERE found IS NOT NULL"
        )
    sound = f"(SELECT * FROM read_{table} WHERE _n NOT IN (SELECT _n FROM {found}))"
    late = [_duplicates(contract, source, columns, sound)]
    for place, column in enumerate(columns):
        if column.refers_to is not None and column.refers_to[0] in accepted:
            key = f'"{column.refers_to[1]}"'
            known = f"(SELECT {key} FROM {accepted[column.refers_to[0]]} WHERE {key} IS NOT NULL)"
            late.append(
                f"SELECT _n, '{_reference_rule(column)}', {sql_text(column.name)}, w{place} FROM {sound} "
                f"WHERE v{place} IS NOT NULL AND v{place} NOT IN {known}"
            )
    connection.execute(f"CREATE TABLE late_{table} AS {' UNION ALL '.join(late)}")
    connection.execute(f"INSERT INTO {found} SELECT * FROM late_{table}")
    rank = " ".join(f"WHEN '{rule}' THEN {place}" for rule, place in order.items())
    place = " ".join(f"WHEN {sql_text(column.name)} THEN {number}" for number, column in enumerate(columns))
    connection.execute(
        f'CREATE TABLE broken_{table} AS SELECT _n, rules[1].rule AS rule, rules[1]."column" AS "column", '
        f"rules[1].value AS value, array_to_string([concat_ws(' ', other.rule, other.\"column\") "
        f"for other in rules[2:]], '; ') AS other_rules "
        f"FROM (SELECT _n, list({{'rule': rule, 'column': \"column\", 'value': value}} ORDER BY rank, place) AS rules "
        f'FROM (SELECT *, CASE rule {rank} END AS rank, CASE "column" {place} END AS place FROM {found}) GROUP BY _n)'
    )


def _conditions(study: Study, columns: list[Column]) -> list[tuple[str, str, int]]:
    """The rules that a row breaks by itself: SQL condition, rule, place of the column."""
    conditions = []
    for place, column in enumerate(columns):
        written, value = f"w{place}", f"v{place}"
        conditions.append((f"({written} IS NOT NULL AND {value} IS NULL)", "unreadable_value", place))
        if column.required:
            conditions.append((f"{written} IS NULL", "missing_value", place))
        if column.kind in ("date", "month"):
            conditions.append((f"{value} < DATE '{EARLIEST}'", "out_of_range", place))
        if column.at_least is not None:
            conditions.append((f"{value} < {column.at_least}", "out_of_range", place))
        if column.at_most is not None:
            conditions.append((f"{value} > {column.at_most}", "out_of_range", place))
        allowed = [getattr(study, column.as_in_study)] if column.as_in_study else column.one_of
        if allowed:
            listed = ", ".join(sql_text(word) for word in allowed)
            conditions.append((f"{value} NOT IN ({listed})", "not_allowed_value", place))
        if column.happened:
            conditions.append((f"{value} > DATE '{study.as_of}'", "after_as_of", place))
    return conditions


def _duplicates(contract: Contract, source: Source, columns: list[Column], sound: str) -> str:
    """SQL of the rows whose key an earlier sound row has. Missing parts of a key are equal; a key of none is no key."""
    names = [column.name for column in columns]
    places = [names.index(name) for name in source.duplicates_on or contract.key if name in names]
    key = ", ".join(f"v{place}" for place in places)
    same = " AND ".join(f"own.v{place} IS NOT DISTINCT FROM twice.v{place}" for place in places)
    given = " OR ".join(f"v{place} IS NOT NULL" for place in places)
    written = ", ".join(f"coalesce(own.w{place}, '')" for place in places)
    return (
        f"SELECT own._n, 'duplicate_key', {sql_text(', '.join(names[place] for place in places))}, "
        f"concat_ws(' | ', {written}) FROM {sound} own JOIN (SELECT {key}, min(_n) AS first FROM {sound} "
        f"WHERE {given} GROUP BY {key} HAVING count(*) > 1) twice ON {same} WHERE own._n > twice.first"
    )
