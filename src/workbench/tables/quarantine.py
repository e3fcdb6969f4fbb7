"""Quarantine: the rows that break a rule, written beside the checked table, summed by rule, held against the limits."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from workbench.params import AFTER_AS_OF, Source
from workbench.tables.client_files import nearest
from workbench.tables.contracts import Contract
from workbench.tables.mapping import shown_text
from workbench.tables.raw_rows import ROW_BITS, RawRows, sql_text
from workbench.tables.rules import rules_of

SUMMED = ("revenue_eur", "direct_purchases_eur", "booked_margin_eur")
SUMMARY_COLUMNS = {"table": "object", "rule": "object", "n_rows": "int64"} | dict.fromkeys(
    (*SUMMED, "max_share", "share"), "float64"
)
BYTE_ORDER_MARK = "\ufeff"
EXAMPLES = 1000
LONGEST_LINE = 16 << 20
TOP_RULES = 5


def limit_problems(contract: Contract, source: Source) -> list[str]:
    """The limits by rule that name no rule of the table, one sentence each."""
    known = rules_of(contract)
    return [
        f"sources.{contract.table}.max_quarantined_share_by_rule: unknown rule {name!r}; {nearest(name, known)}"
        for name in source.max_quarantined_share_by_rule
        if name not in known
    ]


def quarantined_rows(
    table: str, rows: list[RawRows], columns: list[str], amount: str | None, connection: duckdb.DuckDBPyConnection
) -> None:
    """Make the table `quarantined_<table>` from `broken_<table>`: what the quarantine file holds, `_n` and the sums.

    Parameters: rows, of each file; columns, names of the mapped columns in the order of `read_<table>`; amount, the
    column that the table's euros are counted in.
    """
    files = " ".join(f"WHEN {place} THEN {sql_text(raw.file.name)}" for place, raw in enumerate(rows))
    records = " UNION ALL ".join(
        f"SELECT _n, {_record(raw)} AS record FROM {raw.relation} WHERE _n IN (SELECT _n FROM broken_{table}) "
        f"UNION ALL SELECT _n, json_object('line', line) FROM {raw.malformed}"
        for raw in rows
    )
    sums = [name for name in SUMMED if name in columns]
    read = "".join(f", v{columns.index(name)} AS {name}" for name in sums)
    total = "NULL::DECIMAL(18,6)"
    if amount in columns:
        read += f", v{columns.index(amount)} AS amount"
        total = "coalesce(amounts.amount, 0)"
    kept = "".join(f", amounts.{name}" for name in sums)
    connection.execute(
        f"CREATE TABLE quarantined_{table} AS SELECT broken._n, CASE broken._n >> {ROW_BITS} {files} END AS file, "
        f'broken._n & {(1 << ROW_BITS) - 1} AS "row", rule, "column", value, other_rules, {total} AS amount_eur, '
        f"record{kept} FROM broken_{table} broken JOIN ({records}) records USING (_n) "
        f"LEFT JOIN (SELECT _n{read} FROM read_{table}) amounts USING (_n)"
    )


def write_quarantine(table: str, target: Path, connection: duckdb.DuckDBPyConnection) -> tuple[int, pd.DataFrame]:
    """Write `quarantined_<table>` as CSV, in the order of the rows; nothing where it is empty.

    The file begins with a byte-order mark, by which Excel knows UTF-8. A cell that a spreadsheet would run as a
    formula gets an apostrophe in front; `record` holds the row as it came.
    Returns: the number of rows written, read back from the file, and the first 1000 as they came.
    """
    columns = 'file, "row", rule, "column", value, other_rules, amount_eur, record'
    first = connection.execute(f"SELECT {columns} FROM quarantined_{table} ORDER BY _n LIMIT {EXAMPLES}").df()
    if first.empty:
        return 0, first
    safe = ", ".join(
        [
            f'{harmless("file")} AS "{BYTE_ORDER_MARK}file"',
            '"row", rule',
            *(f"{harmless(name)} AS {name}" for name in ('"column"', "value", "other_rules")),
            "amount_eur, record",
        ]
    )
    aside = target.with_name(f".{target.name}")
    connection.execute(f"COPY (SELECT {safe} FROM quarantined_{table} ORDER BY _n) TO {sql_text(str(aside))} (HEADER)")
    aside.replace(target)
    written = connection.execute(
        f"SELECT count(*) FROM read_csv({sql_text(str(target))}, header = true, all_varchar = true, quote = '\"', "
        f"escape = '\"', delim = ',', new_line = '\\n', parallel = false, "
        f"max_line_size = {LONGEST_LINE}, buffer_size = {2 * LONGEST_LINE})"
    ).fetchone()[0]
    return written, first


def write_quarantined_amounts(
    table: str, columns: list[str], target: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    """Write file, row, rule and the amounts (null where not mapped) of `quarantined_<table>` as Parquet."""
    sums = ", ".join(
        f'"{name}"::DECIMAL(18,6) AS {name}' if name in columns else f"NULL::DECIMAL(18,6) AS {name}" for name in SUMMED
    )
    connection.execute(
        f'COPY (SELECT file, "row", rule, {sums} FROM quarantined_{table} ORDER BY _n) '
        f"TO {sql_text(str(target))} (FORMAT parquet)"
    )


def quarantine_summary(
    table: str, source: Source, columns: list[str], n_read: int, connection: duckdb.DuckDBPyConnection
) -> pd.DataFrame:
    """Rows and euros quarantined, a row per rule, with the limit that applies to it.

    Returns: table, rule, n_rows, revenue_eur, direct_purchases_eur, booked_margin_eur (null where not mapped),
    max_share, share (of all rows read; what broke another rule than after_as_of: of those that are not after it); most
    rows first.
    """
    sums = ", ".join(
        f'coalesce(sum("{name}"), 0)::DOUBLE AS {name}' if name in columns else f"NULL::DOUBLE AS {name}"
        for name in SUMMED
    )
    summary = connection.execute(
        f"SELECT '{table}' AS \"table\", rule, count(*) AS n_rows, {sums} FROM quarantined_{table} "
        f"GROUP BY rule ORDER BY n_rows DESC, rule"
    ).df()
    summary["max_share"] = [source.quarantine_limit(rule) for rule in summary["rule"]]
    later = summary["rule"].eq(AFTER_AS_OF)
    n_judged = n_read - summary.loc[later, "n_rows"].sum()
    summary["share"] = summary["n_rows"] / np.where(later, n_read, n_judged).clip(1)
    return summary.astype(SUMMARY_COLUMNS)


def exceeded_limits(
    table: str, source: Source, summary: pd.DataFrame, examples: pd.DataFrame, n_read: int
) -> list[str]:
    """The limits that the quarantined rows of a table exceed, one sentence each, with the rules and an example of each.

    Parameters: summary, of `quarantine_summary`; examples, quarantined rows as `write_quarantine` returns them.
    Notes: rows after as_of belong to a later study: they are no faults, nor are faults a share of them.
    """
    own = source.max_quarantined_share_by_rule
    later = summary["rule"].eq(AFTER_AS_OF)
    n_later = int(summary.loc[later, "n_rows"].sum())
    if n_later and summary["n_rows"].sum() == n_read:
        return [
            f"{table}: no row is left, {n_later:,} of {n_read:,} are dated after as_of"
            f"{_example(examples, AFTER_AS_OF)}; correct as_of, or take sources.{table} out"
        ]
    problems = []
    rest = summary[~summary["rule"].isin(own) & ~later]
    groups = [(rest, "max_quarantined_share", source.max_quarantined_share)] + [
        (summary[summary["rule"] == rule], f"max_quarantined_share_by_rule.{rule}", limit)
        for rule, limit in own.items()
    ]
    for group, key, limit in groups:
        n_rows = int(group["n_rows"].sum())
        n_judged = n_read if key.endswith(AFTER_AS_OF) else n_read - n_later
        if n_rows > limit * n_judged:
            rules = "; ".join(quarantine_reasons(group[:TOP_RULES], examples))
            problems.append(
                f"{table}: {n_rows:,} of {n_judged:,} rows ({n_rows / n_judged:.2%}) are quarantined, above {key} "
                f"{limit:.2%}: {rules}; correct the file or its mapping, or raise the limit"
            )
    return problems


def quarantine_reasons(summary: pd.DataFrame, examples: pd.DataFrame) -> list[str]:
    """Per rule by which rows were quarantined: how many, and one of them (file, row, column, value as written).

    Parameters: summary, of `quarantine_summary`; examples, quarantined rows as `write_quarantine` returns them.
    """
    return [
        f"{row.rule} {row.n_rows:,} {'row' if row.n_rows == 1 else 'rows'}{_example(examples, row.rule)}"
        for row in summary.itertuples()
    ]


def _example(examples: pd.DataFrame, rule: str) -> str:
    of_rule = examples[examples["rule"] == rule]
    if of_rule.empty:
        return ""
    one = of_rule.iloc[0]
    value = "" if pd.isna(one["value"]) else f" {str(one['value'])[:60]!r}"
    column = "" if pd.isna(one["column"]) else f", {one['column']}"
    return f" (e.g. {one['file']} row {one['row']}{column}{value})"


def _record(raw: RawRows) -> str:
    titles: list[str] = []
    for column in raw.file.columns:
        title = column.name or "(no title)"
        titles.append(title if title not in titles else f"{title} #{len(titles) + 1}")
    pairs = zip(titles, raw.file.columns, strict=True)
    return f"json_object({', '.join(f'{sql_text(title)}, {shown_text(column)}' for title, column in pairs)})"


def harmless(name: str) -> str:
    """SQL of a column with an apostrophe before what a spreadsheet would run as a formula."""
    plain_number = r"'[+-]?[0-9][0-9 .,'']*'"
    return (
        rf"CASE WHEN regexp_matches({name}, '^[=+\-@\t\r\n]') AND NOT regexp_full_match({name}, {plain_number}) "
        rf"THEN '''' || {name} ELSE {name} END"
    )
