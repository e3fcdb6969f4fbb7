"""The engine under the tables: an embedded DuckDB reached through Ibis."""

import ibis


def connect(*, threads: int | None = None) -> ibis.BaseBackend:
    """A fresh in-memory DuckDB connection; it spills to disk when a query outgrows memory.

    Parameters: threads, how many the engine may use (default: all cores).
    """
    connection = ibis.duckdb.connect()
    if threads is not None:
        connection.raw_sql(f"SET threads = {int(threads)}")
    return connection
