"""A table or query of a database, read once into a staged Parquet file. Nothing is ever written to the database.

DuckDB and every other database is read through Ibis; SQLite directly, because there each value has a type of its own,
whatever its column declares.
"""

import hashlib
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import duckdb
import ibis
import ibis.expr.datatypes as dt
import pyarrow.parquet as pq
from ibis import BaseBackend

from workbench.errors import DataError
from workbench.params import Source
from workbench.tables.cells import write_cells
from workbench.tables.client_files import ClientColumn, ClientFile, same_name
from workbench.tables.parquet_files import open_parquet
from workbench.tables.raw_rows import quoted
from workbench.tables.source_places import database_file

BATCH_ROWS = 100_000
WIDEST = 38


def open_database(source: Source, *, folder: Path, staged: Path, connection: duckdb.DuckDBPyConnection) -> ClientFile:
    """Read a source's table or query; its rows are numbered from 1 as they come.

    Parameters: folder, that the paths of file databases are relative to; staged, where its rows are put. User and
    password come from the environment variables that the source names, and are in no message.
    Raises: DataError where the database cannot be reached or the table or query not read.
    """
    name = f"{source.url} [{source.table or 'query'}]"
    secrets = _secrets(name, source)
    scheme = urlsplit(source.url).scheme
    try:
        if scheme == "sqlite":
            columns = _read_sqlite(_file(name, source.url, folder), source, staged)
            return ClientFile(name, staged, _sha256(staged), columns, "parquet", numbered=True)
        if scheme == "duckdb":
            path = _file(name, source.url, folder)
            backend = ibis.duckdb.connect(path, read_only=True, enable_external_access=False)
        else:
            backend = _connected(source, secrets)
        titles = _read_with_ibis(backend, source, staged)
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own, and all mean the same here
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        for secret in filter(None, secrets):
            reason = reason.replace(secret, "***").replace(quote(secret, safe=""), "***")
        raise DataError(
            f"{name}: cannot be read ({reason}); check the address, the table or query, and the rights of the user"
        ) from None
    file = open_parquet(name, path=staged, connection=connection)
    columns = tuple(
        replace(column, name=same_name(title), nature="digits" if wide else column.nature)
        for column, (title, wide) in zip(file.columns, titles, strict=True)
    )
    return replace(file, columns=columns)


def _sha256(staged: Path) -> str:
    with staged.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _secrets(name: str, source: Source) -> tuple[str, str]:
    found = []
    for variable in (source.user_variable, source.password_variable):
        if variable is not None and variable not in os.environ:
            raise DataError(f"{name}: the environment variable {variable} is not set; set it before the run")
        found.append(os.environ[variable] if variable else "")
    return found[0], found[1]


def _file(name: str, url: str, folder: Path) -> Path:
    path = database_file(url, folder=folder)
    if urlsplit(url).netloc or not path.is_file():
        raise DataError(
            f"{name}: no such file ({path}); after {urlsplit(url).scheme}:/// comes a path relative to the params file"
        )
    return path


def _connected(source: Source, secrets: tuple[str, str]) -> BaseBackend:
    given = {key: secret for key, secret in zip(("user", "password"), secrets, strict=True) if secret}
    return ibis.connect(source.url, **given)


def _read_with_ibis(backend: BaseBackend, source: Source, staged: Path) -> list[tuple[str, bool]]:
    """Stage the rows as c0, c1, ...; returns, per column, its title and whether its numbers were made texts."""
    try:
        if source.query is not None:
            table = backend.sql(source.query)
        else:
            schema, _, name = source.table.rpartition(".")
            table = backend.table(name, database=schema or None)
        shown, titles = {}, []
        for place, (title, kind) in enumerate(table.schema().items()):
            wide = kind.is_decimal() and (kind.precision is None or kind.scale is None or kind.precision >= WIDEST)
            shown[f"c{place}"] = table[title].cast("string") if wide or not _passes(kind) else table[title]
            titles.append((title, wide))
        with (
            backend.to_pyarrow_batches(table.select(**shown), chunk_size=BATCH_ROWS) as batches,
            pq.ParquetWriter(staged, batches.schema, compression="zstd") as writer,
        ):
            for batch in batches:
                writer.write_batch(batch)
    finally:
        backend.disconnect()
    return titles


def _passes(kind: dt.DataType) -> bool:
    """Whether values of a type come over as they are; the others (UUID, JSON, times, addresses) come as texts."""
    return (
        kind.is_string()
        or kind.is_boolean()
        or kind.is_numeric()
        or kind.is_date()
        or kind.is_timestamp()
        or (kind.is_nested() or kind.is_binary())
    )


def _read_sqlite(path: Path, source: Source, staged: Path) -> tuple[ClientColumn, ...]:
    query = source.query or "SELECT * FROM " + ".".join(quoted(part) for part in source.table.split("."))
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(query)
        if cursor.description is None:
            raise DataError(f"{source.url} [query]: gives no rows; it must be one SELECT")
        titles = [column[0] for column in cursor.description]
        write_cells(staged, rows=enumerate(cursor, start=1), width=len(titles))
    return tuple(ClientColumn(same_name(title), f"c{place}", "cell") for place, title in enumerate(titles))
