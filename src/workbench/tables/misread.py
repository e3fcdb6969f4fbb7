"""Columns whose dates or numbers are written in another way than the params say, and the key that says how."""

from collections.abc import Callable, Sequence

import duckdb

from workbench.params import Source
from workbench.tables.contracts import Column, Contract
from workbench.tables.file_guesses import DATE_FORMATS, MARKS, SAMPLE_ROWS, day_of, number_of
from workbench.tables.mapping import mapped_columns, mapped_rows
from workbench.tables.raw_rows import RawRows

DATES, NUMBERS = ("date", "month"), ("money", "number", "count")
# With no way known that reads a column, so much of it must be unreadable for its format to be in doubt.
NEARLY_ALL = 0.9


def misread_columns(
    contract: Contract, source: Source, rows: list[RawRows], connection: duckdb.DuckDBPyConnection
) -> list[str]:
    """What to write for date_format, decimal and thousands where values are not written as these say; a sentence each.

    A column is named where another way reads more of its values and most of those that cannot be read now, or where
    nearly none can be. Judged by up to 2000 different values of a column, whatever their rows are.
    """
    said: dict[tuple[str, str], list[str]] = {}
    mapped = " UNION ALL ".join(mapped_rows(contract, source, raw) for raw in rows)
    for place, (column, mapping) in enumerate(mapped_columns(contract, source).values()):
        if column.kind not in (*DATES, *NUMBERS) or mapping.constant is not None:
            continue
        # By their hash: a sample that is the same each time.
        values = connection.execute(
            f"SELECT w{place}, bool_and(v{place} IS NOT NULL) FROM ({mapped}) WHERE w{place} IS NOT NULL "
            f"GROUP BY w{place} ORDER BY hash(w{place}), w{place} LIMIT {SAMPLE_ROWS}"
        ).fetchall()
        told = _misread(column, source, [value for value, _ in values], [value for value, read in values if not read])
        if told is not None:
            said.setdefault(told, []).append(column.name)
    at = "deliveries" if source.from_deliveries else contract.table
    return [
        f"{contract.table}: {', '.join(names)}: {found}; {what_to_do.format(at=f'sources.{at}')}"
        for (found, what_to_do), names in said.items()
    ]


def _misread(column: Column, source: Source, values: list[str], unread: list[str]) -> tuple[str, str] | None:
    """What is found of a column and what to do about it; None where there is nothing to say of its format."""
    if not unread:
        return None
    read, ways, written = (day_of, DATE_FORMATS, _date_format) if column.kind in DATES else (number_of, MARKS, _marks)
    now = source.date_format if column.kind in DATES else (source.decimal, source.thousands)
    found = f"{len(unread):,} of {len(values):,} different values are not written as {written(now)} says"
    found += f" (e.g. {min(unread)[:60]!r})"
    best = _best_ways(values, unread, ways, read)
    if best:
        return found, f"{' or '.join(map(written, best))} in {{at}} would read them"
    if len(unread) >= NEARLY_ALL * len(values):
        keys = "date_format" if column.kind in DATES else "decimal and thousands"
        return found, f"set {keys} in {{at}} to how they are written, or map another column"
    return None


def _best_ways(values: list[str], unread: list[str], ways: Sequence, read: Callable) -> list:
    """The ways that read the most values; none unless they read more than now, and half of those not read now."""
    counts = {way: sum(read(value, way) is not None for value in values) for way in ways}
    most = max(counts.values())
    best = [
        way
        for way in ways
        if counts[way] == most > len(values) - len(unread)
        and 2 * sum(read(value, way) is not None for value in unread) >= len(unread)
    ]
    # Ways that read every value as the same are one way: the first is the usual one.
    same = {tuple(read(value, way) for value in values): way for way in reversed(best)}
    return [way for way in best if way in same.values()]


def _date_format(written: str) -> str:
    return f"date_format: {written!r}"


def _marks(written: tuple[str, str]) -> str:
    decimal, thousands = written
    return f"decimal: {decimal!r} with thousands: {thousands!r}"
