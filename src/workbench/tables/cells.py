"""Cells that have a type of their own each (spreadsheets, SQLite), staged so that one column can hold them all."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

CELL = pa.struct([("text", pa.string()), ("number", pa.float64()), ("day", pa.timestamp("us"))])
BATCH_ROWS = 20_000


def write_cells(target: Path, *, rows: Iterable[tuple[int, Sequence[object]]], width: int) -> None:
    """Write numbered rows as Parquet: `width` columns c0, c1, ... of CELL, then n, the row's number.

    Parameters: rows, (number, values); a row may be shorter than width. A value is a text, number, bool, date or time,
    bytes; None and the empty text are no value. Whole numbers are kept as texts, so that none loses digits.
    """
    schema = pa.schema([*((f"c{place}", CELL) for place in range(width)), ("n", pa.int64())])
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            numbers, values = zip(*batch, strict=True)
            columns = [_cells([row[place] if place < len(row) else None for row in values]) for place in range(width)]
            writer.write_table(pa.table([*columns, pa.array(numbers, pa.int64())], schema=schema))


def _batches(rows: Iterable[tuple[int, Sequence[object]]]) -> Iterator[list[tuple[int, Sequence[object]]]]:
    several = iter(rows)
    while batch := list(islice(several, BATCH_ROWS)):
        yield batch


def _cells(values: list[object]) -> pa.StructArray:
    parts = zip(*map(_parts, values), strict=True)
    arrays = [pa.array(part, field.type) for part, field in zip(parts, CELL, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=list(CELL))


def _parts(value: object) -> tuple[str | None, float | None, datetime | None]:
    if isinstance(value, str):
        return value or None, None, None
    if value is None:
        return None, None, None
    if isinstance(value, float):
        return None, value, None
    if isinstance(value, datetime):
        return None, None, value
    if isinstance(value, date):
        return None, None, datetime(value.year, value.month, value.day)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace"), None, None
    return str(value).lower() if isinstance(value, bool) else str(value), None, None
