"""A table the study does not have: the contract's columns and no rows, so that no analysis asks twice."""

import ibis

from workbench.tables.contracts import CONTRACTS

IBIS_TYPES = {
    "id": "string",
    "text": "string",
    "date": "date",
    "month": "date",
    "money": "decimal(18, 6)",
    "number": "float64",
    "count": "int64",
}


def empty_table(table: str) -> ibis.Table:
    """No rows, every column of the table's contract with its checked type. Raises KeyError for an unknown table."""
    schema = ibis.schema({column.name: IBIS_TYPES[column.kind] for column in CONTRACTS[table].columns})
    return ibis.memtable(schema.to_pyarrow().empty_table())
