"""What every notebook needs, imported once: the server that kernels are forked from imports this module.

Nothing here may start a thread, because a process with threads cannot be forked safely (docs/decisions/0003-runner.md).
DuckDB starts one with its default connection, which nothing uses; it is told not to.
"""

import duckdb

import workbench.economic
import workbench.figures
import workbench.publish.execution
import workbench.publish.pages
import workbench.tables
import workbench.wording  # noqa: F401

duckdb.execute("SET threads TO 1")
