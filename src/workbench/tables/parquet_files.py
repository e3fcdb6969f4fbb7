"""A Parquet file: what its columns hold."""

import hashlib
from pathlib import Path

import duckdb

from workbench.errors import DataError
from workbench.tables.client_files import ClientColumn, ClientFile, Nature, same_name
from workbench.tables.raw_rows import quoted

DAY_MICROSECONDS = 86_400_000_000


def open_parquet(name: str, *, path: Path, connection: duckdb.DuckDBPyConnection) -> ClientFile:
    """Open a Parquet file; its rows are numbered from 1. Raises: DataError where it is none."""
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{name}: must be a Parquet file ({reason}); correct `format`, or ask for it again") from error
    columns = tuple(
        ClientColumn(same_name(title), f"c{place}", _nature(path, title, sql_type, connection))
        for place, (title, sql_type, *_) in enumerate(described)
    )
    with path.open("rb") as file:
        return ClientFile(name, path, hashlib.file_digest(file, "sha256").hexdigest(), columns, "parquet")


def _nature(path: Path, title: str, sql_type: str, connection: duckdb.DuckDBPyConnection) -> Nature:
    """What a column's values are to us: moments that are all midnights of UTC are days that a tool wrote that way."""
    nature = nature_of(sql_type)
    if nature == "instant":
        whole = f"SELECT bool_and(epoch_us({quoted(title)}) % {DAY_MICROSECONDS} = 0) FROM read_parquet(?)"
        return "instant" if connection.execute(whole, [str(path)]).fetchone()[0] is False else "date"
    return nature


def nature_of(sql_type: str) -> Nature:
    """What the values of a DuckDB type are to us."""
    if sql_type.endswith("]") or sql_type.startswith(("STRUCT", "MAP", "UNION")):
        return "nested"
    if sql_type in ("DOUBLE", "FLOAT"):
        return "float"
    if sql_type.startswith(("DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U")) and (
        sql_type != "UUID"
    ):
        return "number"
    if sql_type.startswith("TIMESTAMP") and sql_type.endswith("WITH TIME ZONE"):
        return "instant"
    if sql_type.startswith(("DATE", "TIMESTAMP")):
        return "date"
    return "bytes" if sql_type == "BLOB" else "text"
