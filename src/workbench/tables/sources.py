"""Intake: the client's files become checked tables; every row read is accepted, or quarantined with its reason.

The flow, source by source: open the files, read their rows, map and type their columns, judge the rows, write the
accepted and the quarantined ones, and check that they add up to what was read, in rows and in euros.
"""

import tempfile
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd

from workbench.errors import BooksDoNotClose, DataError
from workbench.params import Source, Study
from workbench.tables.client_files import ClientFile, column_problems, open_client_file
from workbench.tables.contracts import CONTRACTS, Contract
from workbench.tables.engine import connect
from workbench.tables.mapping import (
    SQL_TYPES,
    client_columns,
    constants,
    driver_column,
    mapped_columns,
    mapped_rows,
    mapping_problems,
)
from workbench.tables.quarantine import (
    SUMMARY_COLUMNS,
    exceeded_limits,
    limit_problems,
    quarantine_summary,
    quarantined_rows,
    write_quarantine,
    write_quarantined_amounts,
)
from workbench.tables.raw_rows import ROW_BITS, RawRows, read_raw_rows, sql_text
from workbench.tables.rules import broken_rows
from workbench.tables.run_folder import RunFolder

NEEDS_ROWS = ("customers", "deliveries")
EUR = ("eur_read", "eur_accepted", "eur_quarantined")
INTAKE_COLUMNS = (
    dict.fromkeys(("table", "file", "sha256"), "object")
    | dict.fromkeys(("rows_read", "rows_accepted", "rows_quarantined"), "int64")
    | dict.fromkeys(EUR, "float64")
)
COVERAGE_COLUMNS = (
    dict.fromkeys(("table", "column", "kind"), "object")
    | {"mapped": "bool", "n_rows": "int64", "n_filled": "int64", "filled_share": "float64"}
    | dict.fromkeys(("lowest", "highest"), "object")
)


@dataclass(frozen=True)
class Intake:
    """What was read. intake: a row per file; quarantine_summary: per table and rule; coverage: per table and column.

    quarantined: table → its first 1000 quarantined rows (file, row, rule, column, value, other_rules, amount_eur,
    record), only tables that have some.
    """

    intake: pd.DataFrame
    quarantine_summary: pd.DataFrame
    coverage: pd.DataFrame
    quarantined: dict[str, pd.DataFrame]


@dataclass
class _Findings:
    intake: list[pd.DataFrame] = field(default_factory=list)
    summary: list[pd.DataFrame] = field(default_factory=list)
    coverage: list[pd.DataFrame] = field(default_factory=list)
    quarantined: dict[str, pd.DataFrame] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    exceeded: list[str] = field(default_factory=list)


def read_client_files(study: Study, run: RunFolder) -> Intake:
    """Read, check and type every source of a study into the run folder.

    Writes `checked/<table>.parquet` (every column of the contract, null where not mapped, then the drivers),
    `checked/quarantined_deliveries.parquet` (file, row, rule and amounts of the deliveries set aside),
    `quarantine/<table>.csv` (tables that have quarantined rows), the result tables `intake`, `quarantine_summary` and
    `coverage`, and the note `inputs`. What an earlier reading left in `checked` and `quarantine` is removed first.
    Raises: DataError, one line per problem of all sources, for files that cannot be read as the params say, and for
    quarantined shares above their limits (the files above are written all the same); BooksDoNotClose where accepted
    and quarantined rows or euros do not add up to those read.
    """
    findings = _findings(study, run.path)
    intake = Intake(
        _stacked(findings.intake, INTAKE_COLUMNS),
        _stacked(findings.summary, SUMMARY_COLUMNS),
        _stacked(findings.coverage, COVERAGE_COLUMNS),
        findings.quarantined,
    )
    run.write_table("intake", intake.intake)
    run.write_table("quarantine_summary", intake.quarantine_summary)
    run.write_table("coverage", intake.coverage)
    records = intake.intake.astype(object).where(intake.intake.notna(), None).to_dict(orient="records")
    run.write_note("inputs", {"inputs": records})
    problems = findings.problems + [
        f"{problem} (the quarantined rows are in {run.path / 'quarantine'})" for problem in findings.exceeded
    ]
    if problems:
        raise DataError("\n".join(problems))
    return intake


def check_client_files(study: Study) -> list[str]:
    """All problems of all files of a study, one sentence each; an empty list means that the study can start.

    All rows are read, and quarantined shares above their limits are among the problems; nothing is kept.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        findings = _findings(study, Path(folder))
    return findings.problems + findings.exceeded


def _findings(study: Study, folder: Path) -> _Findings:
    for name, ending in (("checked", "*.parquet"), ("quarantine", "*.csv")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for old in (folder / name).glob(ending):
            old.unlink()
    findings = _Findings()
    with tempfile.TemporaryDirectory(prefix="workbench-") as scratch:
        connection = connect().con
        try:
            connection.execute(f"SET temp_directory = {sql_text(scratch)}")
            connection.execute("SET TimeZone = 'UTC'")
            for table, source in study.sources.given().items():
                _read_source(study, CONTRACTS[table], source, folder, Path(scratch), connection, findings)
        finally:
            connection.close()
    return findings


def _read_source(
    study: Study,
    contract: Contract,
    source: Source,
    folder: Path,
    scratch: Path,
    connection: duckdb.DuckDBPyConnection,
    findings: _Findings,
) -> None:
    table = contract.table
    files, problems = _opened(study, contract, source, scratch, connection)
    if not problems:
        rows, problems = _rows(contract, source, files, scratch, connection)
    if problems:
        findings.problems += problems
        return
    columns = [column for column, _ in mapped_columns(contract, source).values()]
    names = [column.name for column in columns]
    mapped = " UNION ALL ".join(mapped_rows(contract, source, raw) for raw in rows)
    connection.execute(f"CREATE VIEW read_{table} AS {mapped}")
    broken_rows(study, contract, columns, rows, findings.accepted, connection)
    quarantined_rows(table, rows, names, contract.amount, connection)
    checked = folder / "checked" / f"{table}.parquet"
    _write_accepted(contract, source, names, checked, connection)
    n_written, examples = write_quarantine(table, folder / "quarantine" / f"{table}.csv", connection)
    if table == "deliveries":
        write_quarantined_amounts(table, names, folder / "checked" / "quarantined_deliveries.parquet", connection)
    findings.accepted[table] = f"read_parquet({sql_text(str(checked))})"
    books = _books(contract, rows, names, connection)
    _check_books(contract, books, findings.accepted[table], n_written, connection)
    findings.intake.append(books)
    n_read = sum(raw.n_read for raw in rows)
    summary = quarantine_summary(table, source, names, n_read, connection)
    findings.summary.append(summary)
    findings.coverage.append(_coverage(contract, source, findings.accepted[table], connection))
    if not examples.empty:
        findings.quarantined[table] = examples
    findings.exceeded += exceeded_limits(table, source, summary, examples, n_read)
    connection.execute(f"DROP TABLE quarantined_{table}")


def _opened(
    study: Study, contract: Contract, source: Source, scratch: Path, connection: duckdb.DuckDBPyConnection
) -> tuple[list[ClientFile], list[str]]:
    problems = mapping_problems(contract, source) + limit_problems(contract, source)
    mappings = [*source.columns.values(), *source.drivers.values()]
    wanted = list(dict.fromkeys(name for mapping in mappings for name in client_columns(mapping)))
    files = []
    for place, name in enumerate(source.files):
        copy = scratch / f"{contract.table}-{place}.csv"
        try:
            file = open_client_file(name, source, study.folder, copy=copy, connection=connection)
        except DataError as error:
            problems.append(f"{contract.table}: {error}")
        else:
            problems += [f"{contract.table}: {problem}" for problem in column_problems(file, source, wanted)]
            files.append(file)
    return files, problems


def _rows(
    contract: Contract,
    source: Source,
    files: list[ClientFile],
    scratch: Path,
    connection: duckdb.DuckDBPyConnection,
) -> tuple[list[RawRows], list[str]]:
    table, rows, problems = contract.table, [], []
    for name, unreadable in constants(contract, source).items():
        if connection.execute(unreadable).fetchone()[0]:
            problems.append(
                f"{table}: the constant of {name} cannot be read; write it as in the files of this source "
                f"(decimal {source.decimal!r}, date {source.date_format!r})"
            )
    for place, file in enumerate(files):
        try:
            rows.append(read_raw_rows(file, table=table, place=place, scratch=scratch, connection=connection))
        except DataError as error:
            problems.append(f"{table}: {error}")
        if file.format == "csv":
            file.path.unlink()
    if not problems and table in NEEDS_ROWS and not sum(raw.n_read for raw in rows):
        problems.append(f"{table}: {', '.join(source.files)} has a header but no rows; ask for a new export")
    return rows, problems


def _write_accepted(
    contract: Contract, source: Source, names: list[str], target: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    columns = [*contract.columns, *(driver_column(name) for name in source.drivers)]
    selected = ", ".join(
        f"{f'v{names.index(column.name)}' if column.name in names else f'NULL::{SQL_TYPES[column.kind]}'} "
        f"AS {_quoted(column.name)}"
        for column in columns
    )
    aside = target.with_name(f".{target.name}")
    connection.execute(
        f"COPY (SELECT {selected} FROM read_{contract.table} "
        f"WHERE _n NOT IN (SELECT _n FROM broken_{contract.table})) TO {sql_text(str(aside))} (FORMAT parquet)"
    )
    aside.replace(target)


def _books(
    contract: Contract, rows: list[RawRows], names: list[str], connection: duckdb.DuckDBPyConnection
) -> pd.DataFrame:
    """A row per file: rows read, accepted, quarantined, and the same in euros (Decimal; None without an amount)."""
    table = contract.table
    amount = f"v{names.index(contract.amount)}" if contract.amount in names else "NULL::DECIMAL(18,6)"
    by_place = f"GROUP BY _n >> {ROW_BITS}"
    broken = f"(SELECT _n FROM broken_{table})"
    read = dict(_by_place(connection, f"sum({amount})", f"read_{table} {by_place}"))
    accepted = dict(
        _by_place(connection, f"(count(*), sum({amount}))", f"read_{table} WHERE _n NOT IN {broken} {by_place}")
    )
    quarantined = dict(_by_place(connection, "(count(*), sum(amount_eur))", f"quarantined_{table} {by_place}"))
    zero = Decimal(0) if contract.amount in names else None
    books = []
    for place, raw in enumerate(rows):
        rows_accepted, eur_accepted = accepted.get(place, (0, zero))
        rows_quarantined, eur_quarantined = quarantined.get(place, (0, zero))
        counts = (raw.n_read, rows_accepted, rows_quarantined)
        euros = (read.get(place), eur_accepted, eur_quarantined)
        euros = tuple(zero if euro is None else euro for euro in euros)
        books.append((table, raw.file.name, raw.file.sha256, *counts, *euros))
    return pd.DataFrame(books, columns=list(INTAKE_COLUMNS)).astype(dict.fromkeys(EUR, "object"))


def _by_place(connection: duckdb.DuckDBPyConnection, sums: str, rest: str) -> list[tuple]:
    return connection.execute(f"SELECT _n >> {ROW_BITS}, {sums} FROM {rest}").fetchall()


def _check_books(
    contract: Contract, books: pd.DataFrame, checked: str, n_written: int, connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise BooksDoNotClose unless accepted + quarantined = read per file, as counted in the files just written."""
    for book in books.itertuples():
        if book.rows_accepted + book.rows_quarantined != book.rows_read:
            raise BooksDoNotClose(
                f"{book.file}: {book.rows_read} rows were read, but {book.rows_accepted} accepted and "
                f"{book.rows_quarantined} quarantined; please report this file's form as a bug"
            )
        if book.eur_read is not None and book.eur_accepted + book.eur_quarantined != book.eur_read:
            raise BooksDoNotClose(
                f"{book.file}: {book.eur_read} euros were read, but {book.eur_accepted} accepted and "
                f"{book.eur_quarantined} quarantined; please report this file's form as a bug"
            )
    has_amount = books["eur_accepted"].notna().all()
    amount = f"coalesce(sum({contract.amount}), 0)" if has_amount else "NULL"
    n_checked, eur_checked = connection.execute(f"SELECT count(*), {amount} FROM {checked}").fetchone()
    wanted = (books["rows_accepted"].sum(), sum(books["eur_accepted"]) if has_amount else None)
    if (n_checked, eur_checked) != wanted or n_written != books["rows_quarantined"].sum():
        raise BooksDoNotClose(
            f"{contract.table}: {n_checked} rows and {eur_checked} euros were written as accepted and {n_written} rows "
            f"as quarantined, but {wanted[0]}, {wanted[1]} and {books['rows_quarantined'].sum()} were judged so"
        )


def _coverage(contract: Contract, source: Source, checked: str, connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """How well each column of the accepted rows is filled: a row per column of the contract and per driver."""
    kinds = {column.name: column.kind for column in contract.columns} | dict.fromkeys(source.drivers, "driver")
    measures = ", ".join(f"count({_quoted(n)}), min({_quoted(n)}), max({_quoted(n)})" for n in kinds)
    n_rows, *found = connection.execute(f"SELECT count(*), {measures} FROM {checked}").fetchone()
    return pd.DataFrame(
        [
            (
                contract.table,
                name,
                kind,
                name in source.columns or name in source.drivers,
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


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _stacked(tables: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    filled = [table for table in tables if not table.empty]
    if not filled:
        return pd.DataFrame(columns=list(columns)).astype(columns)
    return pd.concat([table.astype(columns) for table in filled], ignore_index=True)
