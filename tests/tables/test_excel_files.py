"""Excel as clients send it: titles above the header, merged titles, several sheets, numbers as texts, serial days."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from workbooks import rewritten, workbook, zip_bomb

from workbench.tables.workbook_guard import checked_workbook

HEADER = ["id", "customer", "day", "amount"]
ROWS = [["D1", "C1", date(2024, 3, 1), 10.5], ["D2", "C2", date(2024, 3, 2), -3]]


def of_excel(small_study, content, **source):
    return small_study({"d.xlsx": content}, deliveries={"files": ["d.xlsx"], **source})


def the_problem(small):
    (problem,) = small.problems()
    return problem


def rows_of(small):
    quarantined = small.read().quarantined.get("deliveries")
    return [] if quarantined is None else quarantined[["row", "rule", "column", "value"]].values.tolist()


def test_titles_above_the_header_and_blank_rows_are_passed_over(small_study):
    content = workbook(
        {
            "Sales": [
                ["Sales 2024"],
                [],
                ["made by", "Ann", "id"],
                [],
                [None, *HEADER],
                [None, *ROWS[0]],
                [],
                ["x", *ROWS[1]],
            ]
        }
    )
    small = of_excel(small_study, content)
    intake = small.read()
    accepted = small.checked("deliveries")
    assert accepted["delivery_id"].tolist() == ["D1", "D2"]
    assert accepted["delivered_on"].tolist() == [date(2024, 3, 1), date(2024, 3, 2)]
    assert accepted["revenue_eur"].tolist() == [Decimal("10.5"), Decimal(-3)]
    assert intake.intake.set_index("table").loc["deliveries", ["file", "rows_read"]].tolist() == ["d.xlsx", 2]


def test_row_numbers_are_those_of_the_spreadsheet(small_study):
    content = workbook(
        {"S": [["a title"], HEADER, ROWS[0], [], ["D2", "C9", date(2024, 3, 2), 1], ["D3", "C1", "soon", 1]]}
    )
    small = of_excel(small_study, content)
    assert rows_of(small) == [
        [5, "unknown_customer", "customer_id", "C9"],
        [6, "unreadable_value", "delivered_on", "soon"],
    ]
    assert '"day":"2024-03-02"' in small.quarantine("deliveries")["record"][0]


def test_numbers_as_texts_days_as_numbers_and_ids_of_either_kind(small_study):
    rows = [
        ["00042", 7, 45352, "1 234,50"],
        [43, "7", "01/03/2024", 0.1 + 0.2],
        ["D3", 7.0, 45352.75, "-,5"],
        ["D4", 7, date(2024, 3, 1), True],
        ["D5", 7, 20240301, 1],
        ["D6", 7, 12, 1],
    ]
    small = small_study(
        {"d.xlsx": workbook({"S": [HEADER, *rows]}), "customers.csv": "customer\n7\n"},
        deliveries={"files": ["d.xlsx"], "decimal": ",", "thousands": " ", "date_format": "%d/%m/%Y"},
    )
    assert rows_of(small) == [
        [5, "unreadable_value", "revenue_eur", "true"],
        [6, "unreadable_value", "delivered_on", "20240301"],
        [7, "unreadable_value", "delivered_on", "12"],
    ]
    accepted = small.checked("deliveries")
    assert accepted["delivery_id"].tolist() == ["00042", "43", "D3"]
    assert accepted["delivered_on"].tolist() == [date(2024, 3, 1)] * 3
    assert accepted["revenue_eur"].tolist() == [Decimal("1234.5"), Decimal("0.3"), Decimal("-0.5")]


@pytest.mark.parametrize(
    ("form", "number", "read"), [("%Y%m%d", 20240301, date(2024, 3, 1)), ("%Y%m", 202403, date(2024, 3, 1))]
)
def test_a_number_that_the_date_format_reads_is_no_serial(small_study, form, number, read):
    small = of_excel(small_study, workbook({"S": [HEADER, ["D1", "C1", number, 1]]}), date_format=form)
    small.read()
    assert small.checked("deliveries")["delivered_on"].tolist() == [read]


def test_serials_of_a_file_that_counts_from_1904(small_study):
    content = workbook(
        {"S": [HEADER, ["D1", "C1", 45352 - 1462, 1], ["D2", "C1", date(2024, 3, 1), 1]]}, date_1904=True
    )
    small = of_excel(small_study, content)
    small.read()
    assert small.checked("deliveries")["delivered_on"].tolist() == [date(2024, 3, 1)] * 2


def test_errors_and_formulas_without_a_value_are_unreadable_and_not_empty(small_study):
    content = workbook({"S": [HEADER, ["D1", "C1", date(2024, 3, 1), "=1/0"], [*ROWS[1][:3], "=1+1"]]})
    uncomputed = rewritten(content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</f><v>0</v>", b"</f>"))
    assert rows_of(of_excel(small_study, uncomputed)) == [
        [2, "unreadable_value", "revenue_eur", "#DIV/0!"],
        [3, "unreadable_value", "revenue_eur", "(formula not computed)"],
    ]


def test_a_header_of_two_lines_with_merged_titles(small_study):
    top = ["Delivery", None, None, "Amounts", None]
    below = ["no", None, "on", "net", "gross"]
    content = workbook(
        {"S": [["report"], top, below, ["D1", "C1", date(2024, 3, 1), 10, 12]]},
        merged={"S": ["A2:C2", "D2:E2"]},
    )
    columns = {
        "delivery_id": "Delivery no",
        "customer_id": "Delivery",
        "delivered_on": "Delivery on",
        "revenue_eur": "Amounts net",
    }
    small = of_excel(small_study, content, header_lines=2, columns=columns)
    assert small.problems() == []
    small.read()
    assert small.checked("deliveries")["revenue_eur"].tolist() == [Decimal(10)]


def test_a_title_merged_over_two_columns_names_the_first(small_study):
    content = workbook(
        {"S": [["id", "customer", "day", "amount", None], ["D1", "C1", date(2024, 3, 1), 7, 9]]},
        merged={"S": ["D1:E1"]},
    )
    small = of_excel(small_study, content)
    small.read()
    assert small.checked("deliveries")["revenue_eur"].tolist() == [Decimal(7)]


def test_the_header_row_can_be_told(small_study):
    content = workbook({"S": [HEADER, ["id", "customer", "day", "amount"], *ROWS]})
    assert of_excel(small_study, content).read().intake.set_index("table").loc["deliveries", "rows_read"] == 3
    assert (
        of_excel(small_study, content, header_row=2).read().intake.set_index("table").loc["deliveries", "rows_read"]
        == 2
    )


def test_several_sheets_are_one_table(small_study):
    content = workbook(
        {
            "2024-01": [HEADER, ROWS[0]],
            "2024-02": [["title"], HEADER, ROWS[1], ["D3", "C9", date(2024, 2, 1), 1]],
            "notes": [["x"]],
        }
    )
    small = of_excel(small_study, content, sheet="2024-*")
    intake = small.read()
    assert intake.intake[["file", "rows_read", "rows_accepted"]].values.tolist()[1:] == [
        ["d.xlsx [2024-01]", 1, 1],
        ["d.xlsx [2024-02]", 2, 1],
    ]
    assert intake.quarantined["deliveries"][["file", "row"]].values.tolist() == [["d.xlsx [2024-02]", 4]]
    assert "has 3 sheets; name one under `sheet`: 2024-01, 2024-02, notes" in the_problem(
        of_excel(small_study, content)
    )
    assert "has no sheet '2023-*'" in the_problem(of_excel(small_study, content, sheet="2023-*"))


def test_a_header_that_is_not_found_says_what_lacks(small_study):
    content = workbook({"S": [["a title"], ["id", "client", "day", "amount"], ROWS[0]]})
    problem = the_problem(of_excel(small_study, content))
    assert problem == "deliveries: d.xlsx: has no column 'customer'; possible here: id, client, day, amount"
    assert "the sheet is empty" in the_problem(of_excel(small_study, workbook({"S": []})))
    assert "has a header but no rows" in the_problem(of_excel(small_study, workbook({"S": [HEADER]})))


def test_keys_of_excel_files_are_refused_elsewhere(small_study):
    small = small_study({"deliveries.csv": "id,customer,day,amount\nD1,C1,2024-03-01,1\n"}, deliveries={"sheet": "S"})
    assert "sheet, header_row and header_lines are for Excel files (got csv)" in the_problem(small)


def test_a_zip_bomb_is_refused_before_it_is_read(small_study):
    assert len(zip_bomb()) < 1 << 20
    assert "unpacks to 100 MiB from" in the_problem(of_excel(small_study, zip_bomb()))


def test_a_zip_bomb_that_lies_about_its_size_is_refused(small_study):
    bomb = zip_bomb()
    size = zipfile.ZipFile(io.BytesIO(bomb)).getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    lying = bomb.replace(size, (5000).to_bytes(4, "little"))
    assert lying != bomb
    assert "unpacks to" in the_problem(of_excel(small_study, lying))


def test_a_cell_far_outside_the_table_is_refused(small_study):
    far = workbook({"S": [HEADER, ROWS[0]]})
    far = rewritten(
        far,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
    )
    assert "spread over 1,048,576 rows and 16,384 columns" in the_problem(of_excel(small_study, far))


def test_a_document_type_is_refused(small_study):
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    content = rewritten(
        workbook({"S": [HEADER, ROWS[0]]}),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb"^<\?xml[^>]*\?>", entities, xml),
    )
    assert "xl/worksheets/sheet1.xml declares a document type" in the_problem(of_excel(small_study, content))


def test_an_honest_file_of_some_size_passes(tmp_path):
    rows = [[f"D{n:07}", f"C{n % 977}", 45000 + n % 365, n * 7919 % 100_003 / 100] for n in range(20_000)]
    path = tmp_path / "large.xlsx"
    path.write_bytes(workbook({"S": [HEADER, *rows]}))
    cells = checked_workbook("large.xlsx", path=path).sheets["S"]
    assert (cells.rows, cells.columns, cells.odd) == (20_001, 4, {})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "is protected by a password, or an old .xls file"),
        (b"id,customer,day,amount\n", "must be an Excel file"),
        (b"PK\x03\x04rest", "must be an Excel file"),
    ],
)
def test_what_is_no_excel_file(small_study, content, told):
    assert told in the_problem(of_excel(small_study, content))


def test_a_damaged_part_is_told(small_study):
    content = bytearray(workbook({"S": [HEADER, *ROWS * 200]}))
    place = zipfile.ZipFile(io.BytesIO(bytes(content))).getinfo("xl/worksheets/sheet1.xml").header_offset + 80
    content[place : place + 40] = bytes(40)
    assert "Excel file" in the_problem(of_excel(small_study, bytes(content)))
