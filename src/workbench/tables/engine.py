"""The engine under the tables: an embedded DuckDB reached through Ibis."""

import ibis


def connect(*, threads: int | None = None) -> ibis.BaseBackend:
    """A fresh in-memory DuckDB connection; it spills to disk when a query outgrows memory.

    Parameters: threads, how many the engine may use (default: all cores).
    """
    connection = ibis.duckdb.connect()
    if connection.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
        connection.raw_sql("SET enable_progress_bar = false")  # in a notebook it is off, and setting it is an error
    if threads is not None:
        connection.raw_sql(f"SET threads = {int(threads)}")
    return connection
