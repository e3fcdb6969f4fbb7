"""The rules a row must keep, generated from the contracts, and the rows that break them."""

from datetime import date

import duckdb

from workbench.params import AFTER_AS_OF, Source, Study
from workbench.tables.contracts import Column, Contract
from workbench.tables.groups import write_top_accounts
from workbench.tables.raw_rows import RawRows, sql_text

RULES = (
    "malformed_row",
    # Before the others: what is of a later study is not judged by this one.
    AFTER_AS_OF,
    "unreadable_value",
    "missing_value",
    "out_of_range",
    "off_the_scale",
    "not_allowed_value",
    "duplicate_key",
)
EARLIEST = date(1900, 1, 1)


def rules_of(contract: Contract) -> list[str]:
    """The rules a table's rows must keep, the first being the one a row is quarantined for where it breaks several."""
    own = ["group_cycle"] if "group_id" in contract.names else []
    return [*RULES, *own, *(_reference_rule(column) for column in contract.columns if column.refers_to)]


def _reference_rule(column: Column) -> str:
    return f"unknown_{column.name.removesuffix('_id')}"


def broken_rows(
    contract: Contract,
    source: Source,
    columns: list[Column],
    rows: list[RawRows],
    accepted: dict[str, str],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Make the table `broken_<table>`: one row per row that breaks a rule.

    Its columns: `_n`, rule, column, value, other_rules (the further rules the row breaks, with their columns). A
    duplicate is judged among the rows that break no earlier rule, a reference against the accepted rows of its table;
    a row that should refer to something and does not is an orphan like one that refers to what is not there.
    Parameters: columns, the mapped columns in the order of `read_<table>`; accepted, SQL relation of the accepted rows
    of each table read before; connection, that has `read_<table>`.
    """
    table = contract.table
    order = {rule: rank for rank, rule in enumerate(rules_of(contract))}
    found = f"found_{table}"
    malformed = " UNION ALL ".join(f"SELECT _n, 'malformed_row', NULL, line FROM {raw.malformed}" for raw in rows)
    connection.execute(f'CREATE TABLE {found} (_n BIGINT, rule VARCHAR, "column" VARCHAR, value VARCHAR)')
    connection.execute(f"INSERT INTO {found} {malformed}")
    connection.execute(
        f"INSERT INTO {found} SELECT _n, one.rule, one.column, one.value FROM "
        f"(SELECT _n, unnest(broken) AS one FROM read_{table} WHERE broken IS NOT NULL) WHERE one IS NOT NULL"
    )
    sound = f"(SELECT * FROM read_{table} WHERE broken IS NULL)"
    late = [_duplicates(contract, source, columns, sound), _circles(source, columns, sound, connection)]
    for place, column in enumerate(columns):
        if column.refers_to is not None and column.refers_to[0] in accepted and source.orphans == "quarantine":
            key = f'"{column.refers_to[1]}"'
            missing = f"v{place} IS NULL OR " if column.required else ""
            known = f"(SELECT {key} FROM {accepted[column.refers_to[0]]} WHERE {key} IS NOT NULL)"
            late.append(
                f"SELECT _n, '{_reference_rule(column)}', {sql_text(column.name)}, v{place} FROM {sound} "
                f"WHERE {missing}v{place} NOT IN {known}"
            )
    for one in filter(None, late):
        connection.execute(f"INSERT INTO {found} {one}")
    rank = " ".join(f"WHEN '{rule}' THEN {place}" for rule, place in order.items())
    place = " ".join(f"WHEN {sql_text(column.name)} THEN {number}" for number, column in enumerate(columns))
    connection.execute(
        f'CREATE TABLE broken_{table} AS SELECT _n, rules[1].rule AS rule, rules[1]."column" AS "column", '
        f"rules[1].value AS value, array_to_string([concat_ws(' ', other.rule, other.\"column\") "
        f"for other in rules[2:]], '; ') AS other_rules "
        f"FROM (SELECT _n, list({{'rule': rule, 'column': \"column\", 'value': value}} ORDER BY rank, place) AS rules "
        f'FROM (SELECT *, CASE rule {rank} END AS rank, CASE "column" {place} END AS place FROM {found}) GROUP BY _n)'
    )


def conditions(study: Study, columns: list[Column]) -> list[tuple[str, str, int]]:
    """The rules that a row breaks by itself: SQL condition on w<i> and v<i>, rule, place of the column."""
    found, names = [], [column.name for column in columns]
    for place, column in enumerate(columns):
        written, value = f"w{place}", f"v{place}"
        found.append((f"({written} IS NOT NULL AND {value} IS NULL)", "unreadable_value", place))
        if column.required and not column.refers_to:
            found.append((f"{written} IS NULL", "missing_value", place))
        if column.kind in ("date", "month"):
            found.append((f"{value} < DATE '{EARLIEST}'", "out_of_range", place))
        if column.at_least is not None:
            found.append((f"{value} < {column.at_least}", "out_of_range", place))
        if column.above is not None:
            found.append((f"{value} <= {column.above}", "out_of_range", place))
        if column.at_most is not None:
            found.append((f"{value} > {column.at_most}", "out_of_range", place))
        if column.scored:
            scale = study.competitive.scale_of(column.name)
            codes = [*scale.not_applicable, *scale.refused]
            off = f"{value} NOT BETWEEN {scale.lowest} AND {scale.highest}"
            no_code = f" AND {value} NOT IN ({', '.join(map(str, codes))})" if codes else ""
            found.append((off + no_code, "off_the_scale", place))
        allowed = [getattr(study, column.as_in_study)] if column.as_in_study else column.one_of
        if allowed:
            listed = ", ".join(sql_text(word) for word in allowed)
            found.append((f"{value} NOT IN ({listed})", "not_allowed_value", place))
        if column.happened:
            found.append((f"{value} > DATE '{study.as_of}'", AFTER_AS_OF, place))
        if column.known_on in names:
            later = f"v{names.index(column.known_on)} > DATE '{study.as_of}'"
            found.append((f"({later} AND {value} IS NOT NULL)", AFTER_AS_OF, place))
    return found


def _duplicates(contract: Contract, source: Source, columns: list[Column], sound: str) -> str:
    """SQL of the rows whose key an earlier sound row has. Missing parts of a key are equal; a key of none is no key."""
    names = [column.name for column in columns]
    key = contract.key if source.duplicates_on is None else source.duplicates_on
    places = [names.index(name) for name in key if name in names]
    if not places:
        return ""
    key = ", ".join(f"v{place}" for place in places)
    same = " AND ".join(f"own.v{place} IS NOT DISTINCT FROM twice.v{place}" for place in places)
    given = " OR ".join(f"v{place} IS NOT NULL" for place in places)
    shown = ", ".join(f"coalesce(own.v{place}::VARCHAR, '')" for place in places)
    # Most keys are unique: their hashes tell so in a fraction of the memory that the keys themselves would take.
    again = f"(SELECT hash({key}) AS h FROM {sound} GROUP BY h HAVING count(*) > 1)"
    sound = f"(SELECT * FROM {sound} WHERE hash({key}) IN (SELECT h FROM {again}))"
    return (
        f"SELECT own._n, 'duplicate_key', {sql_text(', '.join(names[place] for place in places))}, "
        f"concat_ws(' | ', {shown}) FROM {sound} own JOIN (SELECT {key}, min(_n) AS first FROM {sound} "
        f"WHERE {given} GROUP BY {key} HAVING count(*) > 1) twice ON {same} WHERE own._n > twice.first"
    )


def _circles(source: Source, columns: list[Column], sound: str, connection: duckdb.DuckDBPyConnection) -> str:
    """SQL of the accounts whose chain of parents has no top; makes the table `top_accounts`."""
    names = [column.name for column in columns]
    if source.group_id_is != "parent" or "group_id" not in names:
        return ""
    account, parent = (f"v{names.index(name)}" for name in ("customer_id", "group_id"))
    write_top_accounts(account, parent, sound=sound, connection=connection)
    return (
        f"SELECT _n, 'group_cycle', 'group_id', {parent} FROM {sound} "
        f"WHERE {account} IN (SELECT account FROM top_accounts WHERE top IS NULL)"
    )
