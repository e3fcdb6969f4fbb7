"""A client's file, opened: found, hashed, decoded, its header read. What is wrong with it as a whole is said here."""

import codecs
import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import duckdb

from workbench.errors import DataError
from workbench.params import Source

Nature = Literal["text", "bytes", "number", "float", "date", "nested"]

CHUNK_BYTES = 1 << 20
SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
NOT_CSV = {b"PK\x03\x04": "an Excel or zip file", b"\x1f\x8b": "a gzip file", b"PAR1": "a Parquet file"}


@dataclass(frozen=True)
class ClientColumn:
    """A column of a client's file: its name there, its name in our queries, and what its values are."""

    name: str
    sql: str
    nature: Nature


@dataclass(frozen=True)
class ClientFile:
    """A client's file that can be read: a Parquet file as it is, a CSV file as a UTF-8 copy without blank lines.

    name, as the params write it; path, what to read; sha256, of the client's own bytes; lines, physical lines of the
    copy and header_lines those of its header (0 for Parquet); blank_rows, the row numbers of the lines left out.
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


def open_client_file(
    name: str, source: Source, folder: Path, *, copy: Path, connection: duckdb.DuckDBPyConnection
) -> ClientFile:
    """Open one file of a source.

    Parameters: name, as the params write it, relative to folder; copy, where the UTF-8 copy of a CSV file may go.
    Raises: DataError where the file is missing, empty, of another kind, in another encoding, or cannot be read.
    """
    path = folder / name
    if not path.is_file():
        raise DataError(f"{name}: no such file in {path.parent}; {_files_near(path)}")
    if path.stat().st_size == 0:
        raise DataError(f"{name}: the file is empty; ask for a new export, or take it out of the params")
    kind = source.format or {".parquet": "parquet", ".pq": "parquet"}.get(path.suffix.lower(), "csv")
    if kind == "parquet":
        return _open_parquet(name, path, connection)
    return _open_csv(name, path, source, copy)


def _files_near(path: Path) -> str:
    if not path.parent.is_dir():
        return "there is no such folder; paths are relative to the params file"
    here = sorted(other.name for other in path.parent.iterdir() if other.is_file())
    near = get_close_matches(path.name, here, n=1, cutoff=0.4)
    return f"did you mean {near[0]!r}?" if near else "correct the name in the params or put the file there"


def _open_parquet(name: str, path: Path, connection: duckdb.DuckDBPyConnection) -> ClientFile:
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{name}: must be a Parquet file ({reason}); set `format: csv` if it is a text file") from error
    columns = tuple(
        ClientColumn(same_name(title), f"c{place}", _nature(sql_type))
        for place, (title, sql_type, *_) in enumerate(described)
    )
    with path.open("rb") as file:
        return ClientFile(name, path, hashlib.file_digest(file, "sha256").hexdigest(), columns, "parquet")


def _nature(sql_type: str) -> Nature:
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


def _open_csv(name: str, path: Path, source: Source, copy: Path) -> ClientFile:
    with path.open("rb") as file:
        start = file.read(4)
    found = next((what for mark, what in NOT_CSV.items() if start.startswith(mark)), None)
    if found:
        raise DataError(f"{name}: must be a CSV file (got {found}); save it as CSV, or correct `format` and the name")
    sha256, lines, holds_blank_lines = _copy_as_utf8(name, path, source.encoding, copy)
    blank_rows = _leave_out_blank_lines(copy, source.separator) if holds_blank_lines else ()
    header, header_lines = _header(name, copy, source.separator)
    columns = tuple(ClientColumn(same_name(title), f"c{place}", "text") for place, title in enumerate(header))
    return ClientFile(
        name=name,
        path=copy,
        sha256=sha256,
        columns=columns,
        format="csv",
        lines=lines - len(blank_rows),
        header_lines=header_lines,
        blank_rows=blank_rows,
        separator=source.separator,
    )


def _copy_as_utf8(name: str, path: Path, encoding: str, copy: Path) -> tuple[str, int, bool]:
    """Copy a text file as UTF-8 with \\n line ends and no byte-order mark.

    Returns: sha256 of the bytes read, lines written, whether there are blank lines among them.
    """
    digest, newlines = hashlib.sha256(), io.IncrementalNewlineDecoder(None, translate=True)
    lines, holds_blank_lines, last = 0, False, "\n"
    if _is_foreign_utf8(path, encoding):
        raise DataError(f"{name}: declared as {encoding}, but its accents are written in utf-8; set `encoding: utf-8`")
    with copy.open("w", encoding="utf-8", newline="") as target:
        for text in _decoded(name, path, encoding, digest.update):
            text = newlines.decode(text, final=False)
            if not text:
                continue
            holds_blank_lines = holds_blank_lines or "\n\n" in last + text
            lines += text.count("\n")
            last = text[-1]
            target.write(text)
        rest = newlines.decode("", final=True)
        lines += rest.count("\n")
        last = (last + rest)[-1]
        target.write(rest)
        if last != "\n":
            target.write("\n")
            lines += 1
    return digest.hexdigest(), lines, holds_blank_lines


def _decoded(name: str, path: Path, encoding: str, seen: Callable[[bytes], None]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    first, place, line = True, 0, 1
    for data in _chunks(path):
        seen(data)
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data, final=False)
        except UnicodeDecodeError as error:
            at = place - waiting + error.start + 1
            line += error.object[: error.start].count(b"\n")
            raise DataError(_not_in(name, path, encoding, f"line {line}, byte {at} of the file")) from error
        place, line = place + len(data), line + data.count(b"\n")
        if "\0" in text:
            raise DataError(f"{name}: holds NUL characters when read as {encoding}; if it is a text, try utf-16")
        yield text.removeprefix("\ufeff") if first else text
        first = first and not text
    try:
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise DataError(_not_in(name, path, encoding, "its last bytes")) from error


def _not_in(name: str, path: Path, encoding: str, where: str) -> str:
    candidates = [other for other in ("utf-8", "cp1252", "latin-1") if _reads(path, other)]
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and _reads(path, "utf-16"):
            candidates = ["utf-16"]
    return f"{name}: is not {encoding} at {where}; it could be read as {' or '.join(candidates)}: set `encoding`"


def _is_foreign_utf8(path: Path, encoding: str) -> bool:
    if codecs.lookup(encoding).name not in ("cp1252", "iso8859-1", "iso8859-15"):
        return False
    return not all(data.isascii() for data in _chunks(path)) and _reads(path, "utf-8")


def _reads(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for data in _chunks(path):
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def _leave_out_blank_lines(copy: Path, separator: str) -> tuple[int, ...]:
    """Rewrite a copy without its blank lines; returns the row numbers they had (a row may span lines in quotes)."""
    aside = copy.with_suffix(".blank")
    copy.rename(aside)
    blank_rows, row, open_quote = [], 0, False
    opened = re.compile(rf'(?:^|{re.escape(separator)}) *"(?:[^"]|"")*("?)')
    with aside.open(encoding="utf-8", newline="\n") as lines, copy.open("w", encoding="utf-8", newline="") as target:
        for line in lines:
            row += not open_quote
            if line == "\n" and not open_quote:
                blank_rows.append(row)
                continue
            target.write(line)
            if open_quote or '"' in line:
                text = f'"{line}' if open_quote else line
                open_quote = any(not closed for closed in opened.findall(text))
    aside.unlink()
    return tuple(blank_rows)


def _header(name: str, copy: Path, separator: str) -> tuple[list[str], int]:
    with copy.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        try:
            header = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"{name}: its first line cannot be read as a header ({error}); check `separator`"
            ) from error
    if not header:
        raise DataError(f"{name}: holds only blank lines; ask for a new export, or take it out of the params")
    return header, reader.line_num


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
    return problems
