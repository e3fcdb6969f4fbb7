"""Intake: the client's files become checked tables; every row read is accepted, or quarantined with its reason.

The flow, source by source: open the files, read their rows, map and type their columns, judge the rows, write the
accepted and the quarantined ones, and check that they add up to what was read, in rows and in euros.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pandas as pd

from workbench.errors import DataError
from workbench.params import Source, Study
from workbench.tables.blanked import COLUMNS as BLANKED_COLUMNS
from workbench.tables.blanked import exceeded_blanks, write_blanked
from workbench.tables.books import INTAKE_COLUMNS, check_books, file_books
from workbench.tables.client_files import ClientFile, column_problems
from workbench.tables.contracts import CONTRACTS, Contract
from workbench.tables.coverage import COVERAGE_COLUMNS, column_coverage
from workbench.tables.engine import connect
from workbench.tables.mapping import (
    SQL_TYPES,
    client_columns,
    constants,
    free_columns,
    mapped_columns,
    mapping_problems,
)
from workbench.tables.misread import misread_columns
from workbench.tables.opening import opened_files
from workbench.tables.quarantine import (
    SUMMARY_COLUMNS,
    exceeded_limits,
    limit_problems,
    quarantine_summary,
    quarantined_rows,
    write_quarantine,
    write_quarantined_amounts,
)
from workbench.tables.raw_rows import ROW_BITS, RawRows, quoted, read_raw_rows, sql_text
from workbench.tables.rules import broken_rows
from workbench.tables.run_folder import RunFolder
from workbench.tables.typed_rows import write_typed_rows

# What to do where a file has a header and nothing else; every other table can do without rows, as if not handed over.
NEEDS_ROWS = {
    "customers": "ask for a new export",
    "deliveries": "ask for a new export",
    "survey": "take sources.survey out of the params, or ask for a new export",
}


@dataclass(frozen=True)
class Intake:
    """What was read. intake: a row per file; quarantine_summary: per table and rule; coverage: per table and column;
    blanked: per table, column and rule, values made blank.

    quarantined: table → its first 1000 quarantined rows (file, row, rule, column, value, other_rules, amount_eur,
    record), only tables that have some.
    """

    intake: pd.DataFrame
    quarantine_summary: pd.DataFrame
    coverage: pd.DataFrame
    blanked: pd.DataFrame
    quarantined: dict[str, pd.DataFrame]


@dataclass
class _Findings:
    intake: list[pd.DataFrame] = field(default_factory=list)
    summary: list[pd.DataFrame] = field(default_factory=list)
    coverage: list[pd.DataFrame] = field(default_factory=list)
    blanked: list[pd.DataFrame] = field(default_factory=list)
    quarantined: dict[str, pd.DataFrame] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    exceeded: list[str] = field(default_factory=list)

    def told(self) -> Intake:
        return Intake(
            _stacked(self.intake, INTAKE_COLUMNS),
            _stacked(self.summary, SUMMARY_COLUMNS),
            _stacked(self.coverage, COVERAGE_COLUMNS),
            _stacked(self.blanked, BLANKED_COLUMNS),
            self.quarantined,
        )


def read_client_files(study: Study, run: RunFolder) -> Intake:
    """Read, check and type every source of a study into the run folder.

    Writes `checked/<table>.parquet` (every column of the contract, null where not mapped, then those the params name),
    `checked/quarantined_deliveries.parquet` (file, row, rule and amounts of the deliveries set aside),
    `quarantine/<table>.csv` (tables that have quarantined rows), `quarantine/<table>_blanked.csv` (values made blank),
    the result tables `intake`, `quarantine_summary`, `blanked_values` and `coverage`, and the note `inputs`. What an
    earlier reading left in `checked` and `quarantine` is removed first.
    Raises: DataError, one line per problem of all sources, for files that cannot be read as the params say, and for
    quarantined shares above their limits (the files above are written all the same); BooksDoNotClose where accepted
    and quarantined rows or euros do not add up to those read.
    """
    findings = _findings(study, run.path)
    intake = findings.told()
    run.write_table("intake", intake.intake)
    run.write_table("quarantine_summary", intake.quarantine_summary)
    run.write_table("blanked_values", intake.blanked)
    run.write_table("coverage", intake.coverage)
    records = intake.intake.astype(object).where(intake.intake.notna(), None).to_dict(orient="records")
    run.write_note("inputs", {"inputs": records})
    problems = findings.problems + [
        f"{problem} (the quarantined rows are in {run.path / 'quarantine'})" for problem in findings.exceeded
    ]
    if problems:
        raise DataError("\n".join(problems))
    return intake


def check_client_files(
    study: Study, *, further: Callable[[RunFolder], list[str]] | None = None
) -> tuple[Intake, list[str]]:
    """What reading a study's files gives, and all their problems, one sentence each: with none, the study can start.

    All rows are read, and quarantined shares above their limits are among the problems; nothing is kept. `further`
    is given the checked tables of a study without such problems, and says what else stands in its way.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        findings = _findings(study, Path(folder))
        problems = findings.problems + findings.exceeded
        if further is not None and not problems:
            problems = further(RunFolder(Path(folder), study.path))
    return findings.told(), problems


def _findings(study: Study, folder: Path) -> _Findings:
    for name, ending in (("checked", "*.parquet"), ("quarantine", "*.csv")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for old in (folder / name).glob(ending):
            old.unlink()
    with tempfile.TemporaryDirectory(prefix="workbench-") as scratch:
        connection = connect().con
        try:
            connection.execute(f"SET temp_directory = {sql_text(scratch)}")
            connection.execute("SET TimeZone = 'UTC'")
            reading = _Reading(study, folder, Path(scratch), connection)
            for table, source in study.sources.given().items():
                reading.read(CONTRACTS[table], source)
        finally:
            connection.close()
    return reading.findings


class _Reading:
    """The reading of one study, source by source; derived customers share the files opened for the deliveries."""

    def __init__(self, study: Study, folder: Path, scratch: Path, connection: duckdb.DuckDBPyConnection):
        self.study, self.folder, self.scratch, self.connection = study, folder, scratch, connection
        self.findings = _Findings()
        self.opened: dict[str, tuple[list[ClientFile], list[str]]] = {}
        self.raw: dict[str, tuple[list[RawRows], list[str]]] = {}

    def read(self, contract: Contract, source: Source) -> None:
        """Read one source: its accepted rows, its quarantine, its books; or what keeps it from being read."""
        place = "deliveries" if source.from_deliveries else contract.table
        if source.from_deliveries:
            source = _as_in_deliveries(source, self.study.sources.deliveries)
        problems = mapping_problems(contract, source) + limit_problems(contract, source)
        files, unopened = self._files(place)
        wanted = _wanted(source)
        problems += unopened if place == contract.table else []
        problems += [f"{contract.table}: {said}" for file in files for said in column_problems(file, source, wanted)]
        if not problems and not unopened:
            rows, unread = self._rows(place, files)
            problems += _unreadable_constants(contract, source, self.connection)
            problems += unread if place == contract.table else []
            if not problems and not unread:
                problems += self._judge(contract, source, rows)
        self.findings.problems += problems

    def _files(self, place: str) -> tuple[list[ClientFile], list[str]]:
        if place not in self.opened:
            sources = self.study.sources.given()
            sharing = [source for name, source in sources.items() if name == place or source.from_deliveries]
            wanted = [name for source in sharing for name in _wanted(source)] if place == "deliveries" else []
            files, problems = opened_files(
                sources[place],
                self.study.folder,
                wanted=wanted or _wanted(sources[place]),
                staged=self.scratch / f"{place}-file",
                connection=self.connection,
            )
            self.opened[place] = files, [f"{place}: {problem}" for problem in problems]
        return self.opened[place]

    def _rows(self, place: str, files: list[ClientFile]) -> tuple[list[RawRows], list[str]]:
        if place not in self.raw:
            rows, problems = [], []
            for number, file in enumerate(files):
                try:
                    rows.append(
                        read_raw_rows(file, table=place, place=number, scratch=self.scratch, connection=self.connection)
                    )
                except DataError as error:
                    problems.append(f"{place}: {error}")
                if file.format == "csv":
                    file.path.unlink()
            if not problems and place in NEEDS_ROWS and not sum(raw.n_read for raw in rows):
                names = ", ".join(file.name for file in files)
                problems.append(f"{place}: {names} has a header but no rows; {NEEDS_ROWS[place]}")
            self.raw[place] = rows, problems
        return self.raw[place]

    def _judge(self, contract: Contract, source: Source, rows: list[RawRows]) -> list[str]:
        table, connection, findings = contract.table, self.connection, self.findings
        columns = [column for column, _ in mapped_columns(contract, source).values()]
        names = [column.name for column in columns]
        typed = self.scratch / f"{table}-typed.parquet"
        write_typed_rows(self.study, contract, source, rows, typed, connection)
        if source.from_deliveries:
            rows = _account_rows(table, rows, connection)
            if not sum(raw.n_read for raw in rows):
                return [f"{table}: no delivery has a customer_id to derive an account from; map another column"]
        broken_rows(contract, source, columns, rows, findings.accepted, connection)
        quarantined_rows(table, rows, names, contract.amount, connection)
        checked = self.folder / "checked" / f"{table}.parquet"
        _write_accepted(contract, source, names, checked, findings.accepted, connection)
        n_written, examples = write_quarantine(table, self.folder / "quarantine" / f"{table}.csv", connection)
        if table == "deliveries":
            write_quarantined_amounts(table, names, checked.with_name("quarantined_deliveries.parquet"), connection)
        findings.accepted[table] = f"read_parquet({sql_text(str(checked))})"
        books = file_books(contract, rows, names, connection)
        check_books(contract, books, findings.accepted[table], n_written, connection)
        findings.intake.append(books)
        n_read = sum(raw.n_read for raw in rows)
        summary = quarantine_summary(table, source, names, n_read, connection)
        findings.summary.append(summary)
        findings.coverage.append(column_coverage(contract, source, findings.accepted[table], connection))
        if not examples.empty:
            findings.quarantined[table] = examples
        exceeded = exceeded_limits(table, source, summary, examples, n_read)
        if contract.keeps_rows:
            aside = self.folder / "quarantine" / f"{table}_blanked.csv"
            blanked = write_blanked(contract, source, rows, aside, connection)
            findings.blanked.append(blanked)
            exceeded += exceeded_blanks(blanked)
        if exceeded:
            findings.exceeded += exceeded + misread_columns(contract, source, rows, connection)
        connection.execute(f"DROP TABLE quarantined_{table}")
        return []


def _wanted(source: Source) -> list[str]:
    mappings = [*source.columns.values(), *source.drivers.values(), *source.item_columns.values()]
    return list(dict.fromkeys(name for mapping in mappings for name in client_columns(mapping)))


def _as_in_deliveries(source: Source, deliveries: Source) -> Source:
    """A derived source: its own columns and limits, written as the deliveries' files are."""
    own = ("columns", "from_deliveries", "group_id_is", "max_quarantined_share", "max_quarantined_share_by_rule")
    update = {name: getattr(source, name) for name in own}
    return deliveries.model_copy(update={**update, "drivers": {}, "duplicates_on": [], "orphans": "quarantine"})


def _account_rows(table: str, rows: list[RawRows], connection: duckdb.DuckDBPyConnection) -> list[RawRows]:
    """The rows of derived accounts: those that `read_<table>` has; rows without an account stay the deliveries'."""
    connection.execute(f"CREATE TABLE malformed_{table} (_n BIGINT, line VARCHAR)")
    counted = connection.execute(f"SELECT _n >> {ROW_BITS}, count(*) FROM read_{table} GROUP BY ALL").fetchall()
    return [
        replace(raw, malformed=f"malformed_{table}", n_read=dict(counted).get(place, 0))
        for place, raw in enumerate(rows)
    ]


def _unreadable_constants(contract: Contract, source: Source, connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        f"{contract.table}: the constant of {name} cannot be read; write it as in the files of this source "
        f"(decimal {source.decimal!r}, date {source.date_format!r})"
        for name, unreadable in constants(contract, source).items()
        if connection.execute(unreadable).fetchone()[0]
    ]


def _write_accepted(
    contract: Contract,
    source: Source,
    names: list[str],
    target: Path,
    accepted: dict[str, str],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    values = {name: f"v{place}" for place, name in enumerate(names)}
    rows, order = f"read_{contract.table}", ""
    if source.orphans == "unallocated" and "customers" in accepted:
        known = f"(SELECT customer_id FROM {accepted['customers']})"
        values["customer_id"] = f"CASE WHEN {values['customer_id']} IN {known} THEN {values['customer_id']} END"
    if source.group_id_is == "parent" and "group_id" in values:
        rows += f" LEFT JOIN top_accounts ON {values['customer_id']} = account"
        values["group_id"] = f"coalesce(top, {values['group_id']})"
        order = "ORDER BY _n"
    columns = [*contract.columns, *free_columns(source)]
    selected = ", ".join(
        f"{values.get(column.name, f'NULL::{SQL_TYPES[column.kind]}')} AS {quoted(column.name)}" for column in columns
    )
    aside = target.with_name(f".{target.name}")
    connection.execute(
        f"COPY (SELECT {selected} FROM {rows} WHERE _n NOT IN (SELECT _n FROM broken_{contract.table}) {order}) "
        f"TO {sql_text(str(aside))} (FORMAT parquet)"
    )
    aside.replace(target)


def _stacked(tables: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    filled = [table for table in tables if not table.empty]
    if not filled:
        return pd.DataFrame(columns=list(columns)).astype(columns)
    return pd.concat([table.astype(columns) for table in filled], ignore_index=True)
