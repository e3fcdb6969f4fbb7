"""A Parquet file: what its columns hold."""

import hashlib
from pathlib import Path

import duckdb

from workbench.errors import DataError
from workbench.tables.client_files import ClientColumn, ClientFile, Nature, same_name


def open_parquet(name: str, *, path: Path, connection: duckdb.DuckDBPyConnection) -> ClientFile:
    """Open a Parquet file; its rows are numbered from 1. Raises: DataError where it is none."""
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{name}: must be a Parquet file ({reason}); correct `format`, or ask for it again") from error
    columns = tuple(
        ClientColumn(same_name(title), f"c{place}", nature_of(sql_type))
        for place, (title, sql_type, *_) in enumerate(described)
    )
    with path.open("rb") as file:
        return ClientFile(name, path, hashlib.file_digest(file, "sha256").hexdigest(), columns, "parquet")


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
    if sql_type.startswith(("DATE", "TIMESTAMP")):
        return "date"
    return "bytes" if sql_type == "BLOB" else "text"
