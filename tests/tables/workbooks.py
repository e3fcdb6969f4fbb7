"""Excel files for tests, written as spreadsheet programs write them."""

import io
import zipfile
from collections.abc import Callable
from datetime import date

import xlsxwriter


def workbook(sheets: dict[str, list[list[object]]], *, merged: dict[str, list[str]] | None = None, **options) -> bytes:
    """The bytes of an .xlsx file: sheets by name, each a list of rows from row 1; None leaves a cell empty.

    A text is written as a text whatever it looks like, a date with a date format. merged: per sheet the ranges that
    are merged, e.g. A1:B1, with the value their first cell has.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **options}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place in (merged or {}).get(name, []):
                sheet.merge_range(place, "")
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("="):
                        sheet.write_formula(number, column, value, None, "#DIV/0!" if "/0" in value else 0)
                    elif isinstance(value, str):
                        sheet.write_string(number, column, value)
                    elif isinstance(value, date):
                        sheet.write_datetime(number, column, value, day)
                    elif value is not None:
                        sheet.write(number, column, value)
    return file.getvalue()


def rewritten(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """An .xlsx file with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == part else data)
    return out.getvalue()


def zip_bomb() -> bytes:
    """An .xlsx file of some 100 kB whose sheet unpacks to 100 MiB."""
    small = workbook({"S": [["id", "customer", "day", "amount"]]})
    return rewritten(small, "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * (100 << 20))
