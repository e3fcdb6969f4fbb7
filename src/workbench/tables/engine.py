"""The engine under the tables: an embedded DuckDB, or the Spark that the machine is set up for; both through Ibis."""

from importlib.util import find_spec

import ibis

from workbench.errors import ParamsError


def connect(engine: str = "duckdb", *, threads: int | None = None) -> ibis.BaseBackend:
    """A connection to the engine that sums deliveries.

    Parameters: engine, duckdb (a fresh in-memory database; it spills to disk when a query outgrows memory) or spark
    (the session that is there, else one of the machine's own configuration); threads, how many DuckDB may use
    (default: all cores). Raises: ParamsError where spark is asked for and not installed.
    """
    if engine == "spark":
        return _spark()
    connection = ibis.duckdb.connect()
    if connection.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
        connection.raw_sql("SET enable_progress_bar = false")  # in a notebook it is off, and setting it is an error
    if threads is not None:
        connection.raw_sql(f"SET threads = {int(threads)}")
    return connection


def _spark() -> ibis.BaseBackend:
    if find_spec("pyspark") is None:
        raise ParamsError(
            "engine: spark is asked for and pyspark is not installed; install requirements-spark.lock into .venv, or "
            "take engine: duckdb"
        )
    from pyspark.sql import SparkSession

    settings = {
        "spark.sql.session.timeZone": "UTC",  # dates must not depend on where the cluster stands
        "spark.sql.ansi.enabled": "true",  # an overflow is an error, not a null
    }
    session = SparkSession.builder.appName("customer-value-workbench").config(map=settings).getOrCreate()
    return ibis.pyspark.connect(session)
