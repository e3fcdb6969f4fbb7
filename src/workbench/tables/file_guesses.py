"""How a client's file seems to be written: encoding, separator, decimal mark, dates; for a person to confirm."""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from workbench.tables.raw_rows import sql_text

SAMPLE_ROWS = 2000
SAMPLE_BYTES = 4 << 20
MOST_SLIPS = 0.02
SEPARATORS = (";", ",", "\t", "|")
DATE_FORMATS = (
    *(f"{day}{time}" for time in ("", " %H:%M", " %H:%M:%S") for day in ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y")),
    *("%Y-%m-%dT%H:%M:%S", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%m/%Y", "%Y-%m", "%Y%m%d"),
)
# Decimal mark and thousands separator, the usual ones first.
MARKS = ((".", ""), (",", ""), (",", " "), (".", ","), (",", "."), (".", " "), (".", "'"))
SPACES = re.compile("[\u00a0\u202f\u2009]")


@dataclass(frozen=True)
class GuessedColumn:
    """A column of a client's file: its values in the sample, without blanks, and what they can be.

    dates: formats that read all values but a few slips; marks: (decimal, thousands) that read them so as numbers.
    """

    name: str
    values: tuple[str, ...]
    dates: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    is_typed: bool = False

    @property
    def is_unique(self) -> bool:
        """Whether no value of the sample comes twice."""
        return len(set(self.values)) == len(self.values)


@dataclass(frozen=True)
class GuessedFile:
    """A client's file as it seems to be written."""

    path: Path
    format: str
    columns: tuple[GuessedColumn, ...]
    encoding: str = "utf-8"
    separator: str = ","


def guessed_file(path: Path) -> GuessedFile | None:
    """How a CSV or Parquet file seems to be written; None for a file that is neither, or has no header and row."""
    with path.open("rb") as file:
        start = file.read(SAMPLE_BYTES)
    if start.startswith(b"PAR1"):
        return _parquet(path)
    if b"\0" in start and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    encoding = _encoding(path, start)
    text = start.decode(encoding, errors="ignore").removeprefix("\ufeff")
    if len(start) == SAMPLE_BYTES:
        text = text[: text.rfind("\n")]
    separator = max(SEPARATORS, key=lambda mark: _fields(text, mark))
    if not _fields(text, separator):
        return None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header, *rows = itertools.islice((row for row in reader if row), SAMPLE_ROWS + 1)
    columns = tuple(
        _column(name.strip(), [row[place].strip() for row in rows if place < len(row)])
        for place, name in enumerate(header)
    )
    return GuessedFile(path, "csv", columns, encoding, separator)


def common_marks(columns: Sequence[GuessedColumn]) -> list[tuple[str, str]]:
    """The (decimal, thousands) that read all numbers of these columns, the usual first; all where there are none.

    Several are left only where they make no difference, or where the file does not tell: see `marks_differ`.
    """
    numbers = [column for column in columns if column.marks and not column.is_typed]
    return [marks for marks in MARKS if all(marks in column.marks for column in numbers)]


def marks_differ(columns: Sequence[GuessedColumn], marks: Sequence[tuple[str, str]]) -> bool:
    """Whether two of these marks read some number of these columns as two different numbers."""
    numbers = [column for column in columns if column.marks and not column.is_typed]
    read = {tuple(number_of(value, one) for column in numbers for value in column.values) for one in marks}
    return len(read) > 1


def number_of(value: str, marks: tuple[str, str]) -> float | None:
    """The number a text is with these marks; None where it is none."""
    decimal, thousands = marks
    grouped = rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+" if thousands else r"\d+"
    text = SPACES.sub(" ", value)
    if not re.fullmatch(rf"[+-]?(?:{grouped})(?:{re.escape(decimal)}\d+)?", text):
        return None
    return float(text.replace(thousands, "").replace(decimal, ".") if thousands else text.replace(decimal, "."))


def day_of(value: str, date_format: str) -> datetime | None:
    """The moment a text is in this format; None where it is none."""
    try:
        return datetime.strptime(value, date_format)
    except ValueError:
        return None


def _encoding(path: Path, start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                for _ in iter(lambda: file.read(1 << 20), ""):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _fields(text: str, separator: str) -> int:
    """How many fields most lines have with this separator; 0 where the header or most lines have another number."""
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        counts = [len(line) for line in itertools.islice((line for line in lines if line), 200)]
    except csv.Error:
        return 0
    if len(counts) < 2 or counts[0] < 2:
        return 0
    return counts[0] if counts.count(counts[0]) >= 0.8 * len(counts) else 0


def _parquet(path: Path) -> GuessedFile | None:
    with duckdb.connect() as connection:
        sample = connection.execute(f"SELECT * FROM read_parquet({sql_text(str(path))}) LIMIT {SAMPLE_ROWS}")
        names = [(name, str(kind)) for name, kind, *_ in sample.description]
        rows = sample.fetchall()
    columns = []
    for place, (name, kind) in enumerate(names):
        values = tuple(str(row[place]) for row in rows if row[place] is not None)
        dates = ("%Y-%m-%d",) if kind.startswith(("DATE", "TIMESTAMP")) else ()
        marks = (MARKS[0],) if re.match(r"U?(TINY|SMALL|BIG|HUGE)?INT|DOUBLE|FLOAT|DECIMAL|NUMBER", kind) else ()
        plain = _column(name, list(values)) if kind in ("STRING", "VARCHAR") else None
        columns.append(plain or GuessedColumn(name, values, dates, marks, is_typed=True))
    return GuessedFile(path, "parquet", tuple(columns)) if rows else None


def _column(name: str, written: list[str]) -> GuessedColumn:
    values = tuple(value for value in written if value)
    marks = _best(values, MARKS, number_of)
    return GuessedColumn(name, values, () if marks else _best(values, DATE_FORMATS, day_of), marks)


def _best(values: Sequence[str], ways: Sequence, read: Callable) -> tuple:
    """The ways to read values of which none reads more, and that leave a few slips at most."""
    counts = Counter(values)
    slips = {way: sum(n for value, n in counts.items() if read(value, way) is None) for way in ways}
    fewest = min(slips.values())
    return tuple(way for way in ways if counts and slips[way] == fewest <= MOST_SLIPS * len(values))
