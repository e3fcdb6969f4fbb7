"""A CSV file as the client wrote it: decoded, its line ends and blank lines evened out, its header read."""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from workbench.errors import DataError
from workbench.params import Source
from workbench.tables.client_files import ClientColumn, ClientFile, same_name

CHUNK_BYTES = 1 << 20
NOT_CSV = {b"PK\x03\x04": "an Excel or zip file", b"\x1f\x8b": "a gzip file", b"PAR1": "a Parquet file"}


def open_csv(name: str, *, path: Path, source: Source, copy: Path) -> ClientFile:
    """Open a CSV file: copy it as UTF-8 without blank lines, and read its header.

    Raises: DataError where it is of another kind, in another encoding, or without a header.
    """
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
