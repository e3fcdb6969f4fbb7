"""Before an Excel file is read: that it is one, and that it does not unpack to more than it should.

The whole file is unpacked once, a piece at a time, and counted: what its directory says of its sizes may be a lie.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from workbench.errors import DataError

MOST_BYTES = 4 << 30
MOST_RATIO = 200
RATIO_COUNTS_FROM = 64 << 20
MOST_CELLS = 64_000_000
PIECE = 1 << 20
OVERLAP = 1 << 16

_CELL = re.compile(rb"""\sr=["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_ERROR = re.compile(
    rb'<c\s(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})([0-9]+)"[^>]*>(?:<f\b[^>]*(?:/>|>[^<]*</f>))?<v>([^<]*)'
)
_UNCOMPUTED = re.compile(
    rb'<c\s(?![^>]*\bt="str")[^>]*\br="([A-Z]{1,3})([0-9]+)"[^>]*><f\b[^>]*(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)


@dataclass(frozen=True)
class SheetCells:
    """What is known of a sheet before it is read: cells by (row, column), both from 0, that its reader would lose.

    errors: the error shown there (#DIV/0!); uncomputed: formulas that were saved without their value.
    """

    rows: int = 0
    columns: int = 0
    odd: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Workbook:
    """An Excel file that may be read: its sheets by name, in order, and the day its number 0 stands for."""

    sheets: dict[str, SheetCells]
    first_day: str


def checked_workbook(name: str, *, path: Path) -> Workbook:
    """Unpack an .xlsx file once, without keeping it.

    Raises: DataError where it is no .xlsx file, is protected, unpacks to more than 4 GiB or, above 64 MiB, to more than
    200 times its size, holds a document type (the door to entities), or spreads over more than 64 million cells.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise DataError(f"{name}: is protected by a password, or an old .xls file; save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(path) as archive:
            return _checked(name, path, archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, KeyError, ElementTree.ParseError) as error:
        raise DataError(
            f"{name}: must be an Excel file ({error}); save it as .xlsx again, or correct `format`"
        ) from error


def _checked(name: str, path: Path, archive: zipfile.ZipFile) -> Workbook:
    declared = sum(part.file_size for part in archive.infolist())
    _check_size(name, declared, path)
    unpacked, sheets = 0, {}
    for part in archive.infolist():
        of_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
        xml = part.filename.endswith((".xml", ".rels"))
        found, kept = SheetCells(), b""
        for piece in _pieces(path, part):
            unpacked += len(piece)
            _check_size(name, unpacked, path)
            text = kept + piece
            if xml and any(mark in text for mark in _DOCTYPES):
                raise DataError(
                    f"{name}: {part.filename} declares a document type, which no spreadsheet program writes"
                )
            if of_sheet:
                found = _with_cells(found, text)
                _check_spread(name, part.filename, found)
            kept = text[-OVERLAP:]
        sheets[part.filename] = found
    names, first_day = _sheet_names(archive)
    return Workbook({sheet: sheets.get(target, SheetCells()) for sheet, target in names.items()}, first_day)


_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def _check_size(name: str, size: int, path: Path) -> None:
    packed = path.stat().st_size
    if size > MOST_BYTES or (size > RATIO_COUNTS_FROM and size > MOST_RATIO * packed):
        raise DataError(
            f"{name}: unpacks to {size / 2**20:,.0f} MiB from {packed / 2**20:,.1f} MiB, which no honest spreadsheet "
            f"does; ask for a new export, as CSV"
        )


def _check_spread(name: str, part: str, cells: SheetCells) -> None:
    if cells.rows * cells.columns > MOST_CELLS:
        raise DataError(
            f"{name}: the cells of {part} spread over {cells.rows:,} rows and {cells.columns:,} columns; delete what "
            f"stands far outside the table, or ask for a CSV export"
        )


def _pieces(path: Path, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes of a part, as far as they really go."""
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
        raise zipfile.BadZipFile(f"{part.filename} is packed in an unusual way")
    with path.open("rb") as file:
        file.seek(part.header_offset)
        local = file.read(30)
        if local[:4] != b"PK\x03\x04":
            raise zipfile.BadZipFile(f"{part.filename} is not where the directory says")
        file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
        left = part.compress_size
        unpacking = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
        while left > 0 and (packed := file.read(min(PIECE, left))):
            left -= len(packed)
            if unpacking is None:
                yield packed
                continue
            while packed and not unpacking.eof:
                yield unpacking.decompress(packed, PIECE)
                packed = unpacking.unconsumed_tail
        if unpacking is not None and not unpacking.eof:
            yield unpacking.flush()
    if left or (unpacking is not None and not unpacking.eof):
        raise zipfile.BadZipFile(f"{part.filename} is cut short")


def _with_cells(found: SheetCells, text: bytes) -> SheetCells:
    cells = _CELL.findall(text)
    rows = max((int(row) for _, row in cells), default=0)
    columns = max((_column(letters) for letters in {letters for letters, _ in cells}), default=0)
    odd = dict(found.odd)
    if b't="e"' in text:
        odd |= {(int(row) - 1, _column(letters) - 1): shown.decode() for letters, row, shown in _ERROR.findall(text)}
    if b"<f" in text:
        odd |= {(int(row) - 1, _column(at) - 1): "(formula not computed)" for at, row in _UNCOMPUTED.findall(text)}
    return SheetCells(max(found.rows, rows), max(found.columns, columns), odd)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _sheet_names(archive: zipfile.ZipFile) -> tuple[dict[str, str], str]:
    """The part of each sheet by name, in order; and the day of number 0 (files from old Macs count from 1904)."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(PurePosixPath("/xl", link.get("Target", ""))).lstrip("/") for link in links}
    sheets = {}
    for sheet in book.iterfind("{*}sheets/{*}sheet"):
        link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        sheets[sheet.get("name", "")] = targets.get(link, "")
    properties = book.find("{*}workbookPr")
    from_1904 = properties is not None and properties.get("date1904", "0") in ("1", "true")
    return sheets, "1904-01-01" if from_1904 else "1899-12-30"
