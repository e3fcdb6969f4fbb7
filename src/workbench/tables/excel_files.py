"""An Excel file: which sheets, where the header stands, and the rows below it, each cell with its own type."""

import hashlib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

import python_calamine

from workbench.errors import DataError
from workbench.params import Source
from workbench.tables.cells import write_cells
from workbench.tables.client_files import ClientColumn, ClientFile, nearest, same_name
from workbench.tables.workbook_guard import SheetCells, checked_workbook

HEADER_WITHIN = 100


def open_excel(name: str, *, path: Path, source: Source, wanted: list[str], staged: Path) -> list[ClientFile]:
    """Open an .xlsx file: its sheets as the source names them, each staged with its rows numbered as Excel shows them.

    Parameters: wanted, the names of the mapped columns, by which the header is found; staged, the beginning of the
    paths of what is staged. Blank rows are left out, titles above the header too.
    Raises: DataError where the file must not be read (see `checked_workbook`) or the sheets are not there.
    """
    known = checked_workbook(name, path=path)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    files = []
    try:
        with python_calamine.load_workbook(path) as book:
            sheets = [
                sheet.name for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
            for place, title in enumerate(_asked_sheets(name, sheets, source.sheet)):
                cells = _Sheet(book.get_sheet_by_name(title), known.sheets.get(title, SheetCells()))
                first, titles = _header(cells, source, wanted)
                shown = name if len(sheets) == 1 else f"{name} [{title}]"
                if not any(titles):
                    raise DataError(f"{shown}: the sheet is empty; ask for a new export, or name another under `sheet`")
                target = staged.with_name(f"{staged.name}-{place}.parquet")
                write_cells(target, rows=cells.filled_rows(first + source.header_lines), width=len(titles))
                columns = tuple(
                    ClientColumn(title, f"c{number}", "cell", known.first_day) for number, title in enumerate(titles)
                )
                files.append(ClientFile(shown, target, sha256, columns, "parquet", numbered=True))
    except python_calamine.CalamineError as error:
        raise DataError(f"{name}: cannot be read as an Excel file ({error}); save it as .xlsx again") from error
    return files


def _asked_sheets(name: str, sheets: list[str], asked: str | None) -> list[str]:
    if asked is None:
        if len(sheets) > 1:
            raise DataError(f"{name}: has {len(sheets)} sheets; name one under `sheet`: {', '.join(sheets)}")
        return sheets
    found = [asked] if asked in sheets else [sheet for sheet in sheets if fnmatchcase(sheet, asked)]
    if not found:
        raise DataError(f"{name}: has no sheet {asked!r}; {nearest(asked, sheets)}")
    return found


class _Sheet:
    """A sheet's rows from the first one and from column A, with the cells put back that the reader leaves empty."""

    def __init__(self, sheet: python_calamine.CalamineSheet, cells: SheetCells):
        self.sheet = sheet
        self.left = sheet.start[1] if sheet.start else 0
        self.odd: dict[int, list[tuple[int, str]]] = {}
        for (row, column), text in cells.odd.items():
            self.odd.setdefault(row, []).append((column, text))

    def rows(self) -> Iterator[list[object]]:
        """Every row from the first, blank ones too, down to the last that holds something."""
        margin = [""] * self.left
        given = ([*margin, *row] for row in self.sheet.iter_rows()) if self.sheet.start else iter(())
        number = -1
        for number, values in enumerate(given):
            yield self._mended(number, values)
        for beyond in range(number + 1, max(self.odd, default=-1) + 1):
            yield self._mended(beyond, [])

    def _mended(self, number: int, values: list[object]) -> list[object]:
        for column, text in self.odd.get(number, ()):
            values += [""] * (column + 1 - len(values))
            values[column] = text
        return values

    def filled_rows(self, first: int) -> Iterator[tuple[int, Sequence[object]]]:
        """The rows from an index on that hold something, numbered from 1 as Excel shows them."""
        for number, values in enumerate(self.rows(), start=1):
            if number > first and any(value != "" for value in values):
                yield number, values

    def titles(self, lines: list[list[object]], first: int) -> list[str]:
        """The titles of a header: its lines joined column by column; above the last, a merged cell covers its width."""
        width = max(map(len, lines), default=0)
        texts = [[_title(value) for value in line] + [""] * (width - len(line)) for line in lines]
        for top, left, bottom, right in self._merged():
            line = texts[top - first] if first <= top < first + len(lines) - 1 else None
            if line is not None and bottom < first + len(lines) and left < width:
                line[left : right + 1] = [line[left]] * (min(right + 1, width) - left)
        return [same_name(" ".join(part for part in column if part)) for column in zip(*texts, strict=True)]

    def _merged(self) -> Iterator[tuple[int, int, int, int]]:
        for (top, left), (bottom, right) in self.sheet.merged_cell_ranges or ():
            yield top, left, bottom, right


def _title(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def _header(cells: _Sheet, source: Source, wanted: list[str]) -> tuple[int, list[str]]:
    """The index of the header's first row and its titles: as the source says, or the first row with all wanted ones.

    Where no row has them all, the one with most of them, so that what it lacks can be told.
    """
    n_lines = source.header_lines
    if source.header_row is not None:
        first = source.header_row - 1
        return first, cells.titles(list(islice(cells.rows(), first, first + n_lines)), first)
    top = list(islice(cells.rows(), HEADER_WITHIN + n_lines - 1))
    names = {same_name(name) for name in wanted}
    best, most = (0, []), -1
    for first in range(max(len(top) - n_lines + 1, 0)):
        titles = cells.titles(top[first : first + n_lines], first)
        found = len(names.intersection(titles)) if any(titles) else -1
        if found > most:
            best, most = (first, titles), found
    return best
