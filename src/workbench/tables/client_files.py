"""A client's file as the rest of intake sees it, whatever it was written in: its columns, and where its rows lie."""

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from workbench.params import Source

Nature = Literal["text", "bytes", "number", "float", "digits", "date", "instant", "cell", "nested"]

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}


@dataclass(frozen=True)
class ClientColumn:
    """A column of a client's file: its name there, its name in our queries, and what its values are.

    nature: digits are numbers kept as texts with a decimal point; an instant is a moment with a time zone; a cell is a
    structure of text, number and day, as in a spreadsheet, where each cell has a type of its own. first_day: the day
    that number 0 stands for where days may be written as numbers (Excel); empty elsewhere.
    """

    name: str
    sql: str
    nature: Nature
    first_day: str = ""


@dataclass(frozen=True)
class ClientFile:
    """A client's file that can be read: Parquet (a file as it is, or what was staged as such), or a UTF-8 CSV copy.

    name, as the params write it; path, what to read; sha256, of the client's own bytes; lines, physical lines of the
    copy and header_lines those of its header (CSV only); blank_rows, the row numbers of the lines left out;
    numbered, whether the last column of the Parquet file holds the row numbers.
    """

    name: str
    path: Path
    sha256: str
    columns: tuple[ClientColumn, ...]
    format: Literal["csv", "parquet"]
    lines: int = 0
    header_lines: int = 0
    blank_rows: tuple[int, ...] = ()
    separator: str = ","
    numbered: bool = False

    def column(self, name: str) -> ClientColumn | None:
        """The column of that name; None where the file has none."""
        return next((column for column in self.columns if column.name == same_name(name)), None)


def same_name(name: str) -> str:
    """A column name as it is compared: composed accents, no spaces around it."""
    return unicodedata.normalize("NFC", name).strip()


def nearest(name: str, known: list[str]) -> str:
    """What to propose instead of a name that is not known: the nearest one, or all of them."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"possible here: {', '.join(known) or 'none'}"


def column_problems(file: ClientFile, source: Source, wanted: list[str]) -> list[str]:
    """What keeps the mapped columns of a file from being found in it, one sentence each.

    Parameters: wanted, the names of the client columns that the params map, in order.
    """
    titles = [column.name for column in file.columns]
    missing = [name for name in wanted if same_name(name) not in titles]
    if missing and file.format == "csv" and len(titles) == 1:
        counts = {mark: titles[0].count(mark) for mark in SEPARATORS if mark != source.separator}
        mark = max(counts, key=counts.__getitem__)
        if counts[mark]:
            return [
                f"{file.name}: the separator is declared as {source.separator!r}, but the header looks separated by "
                f"{SEPARATORS[mark]} ({titles[0][:60]!r}); set `separator: {mark!r}`"
            ]
    problems = [f"{file.name}: has no column {name!r}; {nearest(name, titles)}" for name in missing]
    for name in wanted:
        if titles.count(same_name(name)) > 1:
            problems.append(f"{file.name}: the header has the column {name!r} twice; rename one of them in the file")
        column = file.column(name)
        if column is not None and column.nature == "nested":
            problems.append(
                f"{file.name}: the column {name!r} holds lists or structures; only plain values can be read"
            )
        if column is not None and column.nature == "instant":
            problems.append(
                f"{file.name}: the column {name!r} holds moments with a time zone, whose day depends on the place; "
                "give the local day: a column of dates, or in a query of PostgreSQL or DuckDB "
                f"CAST({name} AT TIME ZONE 'Europe/Paris' AS DATE)"
            )
    return problems
