"""The rows of a client's file, numbered as the client sees them, every one of them readable or set aside as malformed.

CSV is parsed by DuckDB in one thread: with several, it has been seen to drop rows without a word after a quotation
mark that is never closed (1.5.6). The lines of the file are counted against the rows all the same.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.tables.client_files import ClientFile

LONGEST_RECORD_LINES = 100
ROW_BITS = 40
STAGED_GROUP_ROWS = 20_480  # a group of rows is held in memory whole, and a client's rows may be wide


@dataclass(frozen=True)
class RawRows:
    """The rows of one file as DuckDB sees them: a relation with `_n` and the file's own columns.

    relation, SQL of the readable rows; malformed, name of the table (`_n`, line) of the others; `_n` is unique in the
    source: the file's place shifted by 40 bits, plus the row number. n_read counts both.
    """

    file: ClientFile
    relation: str
    malformed: str
    n_read: int


def read_raw_rows(
    file: ClientFile, *, table: str, place: int, scratch: Path, connection: duckdb.DuckDBPyConnection
) -> RawRows:
    """Read the rows of an opened file.

    Parameters: table, the source the file belongs to; place, position of the file in it, from 0; scratch, folder for
    the rows while they are judged.
    Raises: DataError where rows cannot be told apart (a quotation mark that is never closed) or the file is damaged.
    """
    malformed = f"malformed_{table}_{place}"
    connection.execute(f"CREATE TABLE {malformed} (_n BIGINT, line VARCHAR)")
    if file.format == "parquet":
        return _parquet_rows(file, place << ROW_BITS, malformed, connection)
    staged = scratch / f"{table}-{place}.parquet"
    n_readable, rejected = _parsed(file, staged, connection)
    rows, after, shift = _row_numbers(file, rejected["line"].to_numpy())
    connection.register("gaps", pd.DataFrame({"after": after, "shift": shift}))
    if len(after) > 1:
        numbered = staged.with_suffix(".numbered.parquet")
        connection.execute(
            f"COPY (SELECT staged.n, gaps.shift + staged.n AS _row, staged.* EXCLUDE (n) "
            f"FROM read_parquet({sql_text(str(staged))}) staged ASOF JOIN gaps ON staged.n > gaps.after "
            f"ORDER BY staged.n) TO {sql_text(str(numbered))} (COMPRESSION zstd, ROW_GROUP_SIZE {STAGED_GROUP_ROWS})"
        )
        staged.unlink()
        staged, row = numbered, "_row"
    else:
        row = f"n + {shift[0]}"
    connection.unregister("gaps")
    connection.register("rejected", pd.DataFrame({"_n": rows + (place << ROW_BITS), "line": rejected["csv_line"]}))
    connection.execute(f"INSERT INTO {malformed} SELECT * FROM rejected")
    connection.unregister("rejected")
    relation = (
        f"(SELECT {place << ROW_BITS} + {row} AS _n, {row} AS _row, COLUMNS('^c[0-9]+$') "
        f"FROM read_parquet({sql_text(str(staged))}))"
    )
    return RawRows(file, relation, malformed, n_readable + len(rejected))


def _parquet_rows(file: ClientFile, first: int, malformed: str, connection: duckdb.DuckDBPyConnection) -> RawRows:
    names = ", ".join(column.sql for column in file.columns)
    row, given = ("n", f"{names}, n") if file.numbered else ("file_row_number + 1", names)
    relation = (
        f"(SELECT {first} + {row} AS _n, {row} AS _row, {names} FROM "
        f"read_parquet({sql_text(str(file.path))}, file_row_number = true) AS raw({given}))"
    )
    try:
        n_read = connection.execute(f"SELECT count(*), max(hash({names})) FROM {relation}").fetchone()[0]
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{file.name}: a part of the Parquet file cannot be read ({reason}); ask for the file again"
        ) from error
    return RawRows(file, relation, malformed, n_read)


def sql_text(value: str) -> str:
    """A text as an SQL literal, whatever it holds."""
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _parsed(file: ClientFile, staged: Path, connection: duckdb.DuckDBPyConnection) -> tuple[int, pd.DataFrame]:
    """Parse a CSV copy into Parquet (n, c0, c1, ...).

    Returns: the number of rows, and the rejected ones (line, csv_line): `line` is the number of the record in the
    copy, the header being 1, also where quoted texts hold line ends.
    """
    columns = ", ".join(f"'{column.sql}': 'VARCHAR'" for column in file.columns)
    connection.execute(
        f"COPY (SELECT row_number() OVER () AS n, * FROM read_csv({sql_text(str(file.path))}, auto_detect = false, "
        f"header = true, columns = {{{columns}}}, delim = {sql_text(file.separator)}, quote = '\"', escape = '\"', "
        f"new_line = '\\n', parallel = false, store_rejects = true, rejects_table = 'rejected_rows', "
        f"rejects_scan = 'rejected_scans')) TO {sql_text(str(staged))} "
        f"(COMPRESSION zstd, ROW_GROUP_SIZE {STAGED_GROUP_ROWS})"
    )
    rejected = connection.execute(
        "SELECT line, first(csv_line) AS csv_line FROM rejected_rows GROUP BY line ORDER BY line"
    ).df()
    connection.execute("DROP TABLE rejected_rows")
    connection.execute("DROP TABLE rejected_scans")
    rejected["csv_line"] = rejected["csv_line"].fillna("").astype(str)
    n_readable = _check_lines(file, staged, rejected, connection)
    return n_readable, rejected


def _check_lines(file: ClientFile, staged: Path, rejected: pd.DataFrame, connection: duckdb.DuckDBPyConnection) -> int:
    """Check that every line of the file belongs to one row. Returns the number of readable rows."""
    readable = f"read_parquet({sql_text(str(staged))})"
    n_readable = connection.execute(f"SELECT count(*) FROM {readable}").fetchone()[0]
    spans = 1 + rejected["csv_line"].str.count("\n")
    unclosed = rejected["csv_line"].str.endswith("\n") | (spans > LONGEST_RECORD_LINES)
    lost = file.lines - file.header_lines - n_readable - int(spans.sum())
    if lost:
        inside = " + ".join(
            f"coalesce(sum(length({column.sql}) - length(replace({column.sql}, chr(10), ''))), 0)"
            for column in file.columns
        )
        lost -= int(connection.execute(f"SELECT {inside} FROM {readable}").fetchone()[0])
    if lost == 0 and not unclosed.any():
        return n_readable
    truncated = unclosed | (rejected["csv_line"].str.len() >= 10_000)
    row = int(rejected["line"][truncated].iloc[0]) if truncated.any() else n_readable + len(rejected) + 2
    raise DataError(
        f"{file.name}: near row {row} a quotation mark is opened and not closed, and the lines after it cannot be told "
        f"apart; close it, or write quotation marks inside a text twice"
    )


def _row_numbers(file: ClientFile, rejected: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row numbers of the rejected rows; and the gaps that turn the n-th readable row into its row number.

    A row's number counts every record of the file from 1, the header and blank lines too. The n-th readable row has
    the number n + shift of the last gap with after < n.
    """
    blank = np.asarray(file.blank_rows, dtype=np.int64)
    before = blank - np.arange(1, len(blank) + 1)
    records = np.concatenate([[1], rejected.astype(np.int64)])
    rows = records + np.searchsorted(before, records, side="left")
    gaps = np.union1d(rows, blank)
    after = gaps - np.arange(1, len(gaps) + 1)
    last = np.append(after[1:] != after[:-1], True)
    return rows[1:], after[last], np.arange(1, len(gaps) + 1)[last]
