"""From the client's columns to ours: French files, Parquet types, constants, expressions, and mappings refused."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FRENCH = (
    "N° client;Raison sociale;Créé le;CA\r\n"
    "00042;Café « Œuf » d'Été;01/02/2020;1 234 567,89\r\n"
    '00043;"Dupont; Fils\r\net Cie";29/02/2024;-\r\n'
)
DELIVERIES = {"deliveries.csv": "id,customer,day,amount\nD1,C1,2024-03-01,1\n"}
MAPPED = {"delivery_id": "id", "customer_id": "customer", "delivered_on": "day", "revenue_eur": "amount"}


def test_a_french_file(small_study):
    small = small_study(
        {"clients.csv": FRENCH.encode("cp1252"), "deliveries.csv": "id,customer,day,amount\nD1,00042,2024-03-01,1\n"},
        customers={
            "files": ["clients.csv"],
            "encoding": "cp1252",
            "separator": ";",
            "decimal": ",",
            "thousands": " ",
            "date_format": "%d/%m/%Y",
            "missing": ["", "-"],
            "columns": {
                "customer_id": "N° client",
                "name": "Raison sociale",
                "opened_on": "Créé le",
                "turnover_eur": "CA",
            },
        },
    )
    assert small.read().quarantined == {}
    accepted = small.checked("customers")
    assert accepted["customer_id"].tolist() == ["00042", "00043"]
    assert accepted["name"].tolist() == ["Café « Œuf » d'Été", "Dupont; Fils\net Cie"]
    assert accepted["opened_on"].tolist() == [date(2020, 2, 1), date(2024, 2, 29)]
    assert accepted["turnover_eur"].tolist() == [Decimal("1234567.890000"), None]


@pytest.mark.parametrize(
    ("thousands", "decimal", "text", "read"),
    [
        (" ", ",", "12\u202f345,6", "12345.6"),
        (" ", ",", "12\u00a0345,6", "12345.6"),
        (".", ",", "12.345,6", "12345.6"),
        (".", ",", "12.34", None),
        (",", ".", "1,234,567.8", "1234567.8"),
        (",", ".", "1,23,4", None),
        ("'", ".", "1'234.5", "1234.5"),
        ("", ",", "12.5", None),
    ],
)
def test_marks_of_numbers_are_strict(small_study, thousands, decimal, text, read):
    small = small_study(
        {"deliveries.csv": f"id;customer;day;amount\nD1;C1;2024-03-01;{text}\n"},
        deliveries={"separator": ";", "thousands": thousands, "decimal": decimal},
    )
    small.read()
    amounts = small.checked("deliveries")["revenue_eur"].tolist()
    assert amounts == ([] if read is None else [Decimal(read)])


@pytest.mark.parametrize(("form", "text"), [("%m/%Y", "03/2024"), ("%Y-%m", "2024-03"), ("%d/%m/%y", "31/03/24")])
def test_a_month_is_its_first_day_however_written(small_study, form, text):
    small = small_study(
        DELIVERIES | {"ledger.csv": f"month,amount\n{text},5\n"},
        ledger={
            "files": ["ledger.csv"],
            "date_format": form,
            "columns": {"month": "month", "kind": {"constant": "revenue"}, "amount_eur": "amount"},
        },
    )
    small.read()
    assert small.checked("ledger")["month"].tolist() == [date(2024, 3, 1)]


def test_typed_parquet(small_study):
    frame = pd.DataFrame(
        {
            "id": pd.array([7, 8, 9], dtype="Int64"),
            "customer": [1.0, 2.0, 1.0],
            "day": [datetime(2024, 3, 1, 23, 59), datetime(2024, 3, 2), None],
            "entry": [20240301, 20240302, 20240301],
            "amount": [0.1 + 0.2, -5.0, 1.0],
            "cost": pd.Series([Decimal("1.2300"), None, Decimal("2.0000")], dtype=pd.ArrowDtype(pa.decimal128(12, 4))),
            "kg": [1.5, float("inf"), 2.0],
        }
    )
    small = small_study(
        {"deliveries.parquet": frame, "customers.csv": "customer\n1\n2\n"},
        deliveries={
            "files": ["deliveries.parquet"],
            "date_format": "%Y%m%d",
            "columns": MAPPED | {"recorded_on": "entry", "direct_purchases_eur": "cost"},
            "drivers": {"weight_kg": "kg"},
        },
    )
    rows = small.read().quarantined["deliveries"]
    assert rows[["row", "rule", "column", "value"]].values.tolist() == [
        [2, "unreadable_value", "weight_kg", "inf"],
        [3, "missing_value", "delivered_on", None],
    ]
    (accepted,) = small.checked("deliveries").to_dict("records")
    assert (accepted["delivery_id"], accepted["customer_id"]) == ("7", "1")
    assert (accepted["delivered_on"], accepted["recorded_on"]) == (date(2024, 3, 1), date(2024, 3, 1))
    assert (accepted["revenue_eur"], accepted["direct_purchases_eur"]) == (Decimal("0.300000"), Decimal("1.230000"))


def test_more_than_six_decimals_of_an_exact_type_are_not_rounded_away(small_study):
    amounts = pa.array([Decimal("1.00000010"), Decimal("1.50000000")], pa.decimal128(20, 8))
    small = small_study({})
    table = pa.table({"id": ["D1", "D2"], "customer": ["C1", "C1"], "day": ["2024-03-01"] * 2, "amount": amounts})
    pq.write_table(table, small.study.folder / "deliveries.parquet")
    small = small_study({}, deliveries={"files": ["deliveries.parquet"]})
    rows = small.read().quarantined["deliveries"]
    assert rows[["row", "rule", "value"]].values.tolist() == [[1, "unreadable_value", "1.0000001"]]


def test_odd_parquet_types(small_study):
    moments = pa.array([datetime(2024, 1, 1, 23, 30)] * 3)
    columns = {
        "id": pa.array([b"D1", "Dé".encode(), b"\xff"]),
        "customer": pa.array(["C1", "C1", "a\rb"]).dictionary_encode(),
        "day": moments,
        "amount": pa.array([2**63 - 1, 5, 6], pa.int64()),
        "none": pa.nulls(3),
        "flag": pa.array([True, False, None]),
    }
    small = small_study({})
    pq.write_table(pa.table(columns), small.study.folder / "deliveries.parquet")
    mapped = MAPPED | {"product": "flag", "stop_id": "none"}
    small = small_study({}, deliveries={"files": ["deliveries.parquet"], "columns": mapped})
    rows = small.read().quarantined["deliveries"]
    assert rows[["row", "rule", "value"]].values.tolist() == [
        [1, "unreadable_value", str(2**63 - 1)],
        [3, "unknown_customer", "a\rb"],
    ]
    assert len(small.quarantine("deliveries")) == 2
    (accepted,) = small.checked("deliveries").to_dict("records")
    assert (accepted["delivery_id"], accepted["delivered_on"]) == ("Dé", date(2024, 1, 1))
    assert (accepted["product"], accepted["stop_id"]) == ("false", None)


def test_checked_types_are_the_same_whatever_the_source(small_study):
    small = small_study(DELIVERIES, deliveries={"drivers": {"parcels": {"constant": "1"}}})
    small.read()
    schema = pq.read_schema(small.run.path / "checked" / "deliveries.parquet")
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert list(types)[-1] == "parcels"
    assert types["parcels"] == "double"
    assert types["revenue_eur"] == types["list_price_eur"] == "decimal128(18, 6)"
    assert types["delivered_on"] == types["promised_on"] == "date32[day]"
    assert types["order_id"] == types["product"] == "string"
    customers = pq.read_schema(small.run.path / "checked" / "customers.parquet")
    assert str(customers.field("headcount").type) == "int64"


def test_constants_and_expressions(small_study):
    text = "order;line;customer;year;month;price;rate;cost\nA1;1;C1;2024;3;10,10;0,3;2,05\nA1;2;C1;2024;11;1,00;;\n"
    small = small_study(
        {"deliveries.csv": text},
        deliveries={
            "separator": ";",
            "decimal": ",",
            "date_format": "%Y-%m-%d",
            "columns": {
                "delivery_id": {"expression": "[order] & '/' & [line] & '/' & row_number()"},
                "order_id": "order",
                "customer_id": "customer",
                "delivered_on": {"expression": "[year] & '-' & [month] & '-01'"},
                "revenue_eur": {"expression": "[price] - 0.1 - -[price]"},
                "direct_purchases_eur": {"expression": "[price] * [rate] / 3"},
                "booked_margin_eur": {"expression": "[price] - [cost]"},
                "product": {"constant": "=Express"},
                "list_price_eur": {"expression": "[price] + 0.00000049 + 0.00000049"},
            },
            "drivers": {"parcels": {"expression": "[line] * 2"}, "stops": {"constant": "0,5"}},
        },
    )
    assert small.read().quarantined == {}
    first, second = small.checked("deliveries").to_dict("records")
    assert (first["delivery_id"], second["delivery_id"]) == ("A1/1/2", "A1/2/3")
    assert second["delivered_on"] == date(2024, 11, 1)
    assert first["revenue_eur"] == Decimal("20.1")
    assert first["direct_purchases_eur"] == Decimal("1.01")
    assert first["booked_margin_eur"] == Decimal("8.05")
    assert second["booked_margin_eur"] is None
    assert first["list_price_eur"] == Decimal("10.100001")
    assert (first["parcels"], second["parcels"], first["stops"]) == (2.0, 4.0, 0.5)
    assert first["product"] == "=Express"


def test_an_expression_over_unreadable_or_missing_parts(small_study):
    text = "id,line,customer,day,amount,n\nA,1,C1,2024-03-01,1,2\nA,,C1,2024-03-01,1,2\n"
    text += "B,1,C1,2024-03-01,x,2\nC,1,C1,2024-03-01,1,0\n"
    small = small_study(
        {"deliveries.csv": text},
        deliveries={
            "columns": MAPPED
            | {
                "delivery_id": {"expression": "[id] & [line]"},
                "product": {"expression": "[id] & [line]"},
                "revenue_eur": {"expression": "[amount] / [n]"},
            }
        },
    )
    rows = small.read().quarantined["deliveries"]
    assert rows[["row", "rule", "column", "value"]].values.tolist() == [
        [3, "missing_value", "delivery_id", None],
        [4, "unreadable_value", "revenue_eur", "amount = x, n = 2"],
        [5, "unreadable_value", "revenue_eur", "amount = 1, n = 0"],
    ]


def test_hostile_names_stay_text(small_study):
    names = ["'; DROP TABLE x; --", '"quoted"', "=1+1", "<script>", "$\\frac{$", "@SUM(A1)", "Zoë 🚚", "a\tb"]
    table = pd.DataFrame({"customer": [f"C{n}" for n in range(len(names))], "we]ird \"'; name": names})
    small = small_study(
        {"customers.csv": table.to_csv(index=False)} | DELIVERIES,
        customers={"columns": {"customer_id": "customer", "name": "we]ird \"'; name"}},
    )
    small.read()
    assert small.checked("customers")["name"].tolist() == names


def test_a_cell_of_the_quarantine_that_a_spreadsheet_would_run_is_defused(small_study):
    lines = ["D1,C1,=cmd(),1", "D2,C1,+33 1 22,1", "D3,C1,-x,1", "D4,C1,@a,1", "D5,C1,2024-01-01,-5.x", "D6,C1,-12.5,1"]
    small = small_study({"deliveries.csv": "id,customer,day,amount\n" + "\n".join(lines) + "\n"})
    assert small.read().quarantined["deliveries"]["value"].tolist()[0] == "=cmd()"
    assert small.quarantine("deliveries")["value"].tolist() == [
        "'=cmd()",
        "+33 1 22",
        "'-x",
        "'@a",
        "'-5.x",
        "-12.5",
    ]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ({"columns": MAPPED | {"revenu_eur": "x"}}, "unknown column 'revenu_eur'; did you mean 'revenue_eur'?"),
        (
            {"columns": {**MAPPED, "product": "amount"}},
            "the client's column 'amount' is mapped to revenue_eur and product",
        ),
        ({"drivers": {"Product": "id"}}, "'Product' is already the name of a column"),
        ({"drivers": {"kg": {"constant": "1"}, "KG": {"constant": "1"}}}, "'KG' is already the name of a column"),
        ({"duplicates_on": ["order_id"]}, "duplicates_on: 'order_id' is not one of the mapped columns"),
        (
            {"max_quarantined_share_by_rule": {"unknown_client": 0.1}},
            "unknown rule 'unknown_client'; did you mean 'unknown_",
        ),
        ({"columns": MAPPED | {"product": "amunt"}}, "has no column 'amunt'; did you mean 'amount'?"),
        ({"columns": MAPPED | {"promised_on": {"expression": "[amount] + 1"}}}, "arithmetic cannot give a date"),
        (
            {"columns": MAPPED | {"promised_on": {"constant": "01/02/2024"}}},
            "the constant of promised_on cannot be read",
        ),
        ({"columns": {"delivery_id": "id"}}, "the column 'customer_id' is required and not mapped"),
    ],
)
def test_mappings_that_cannot_be(small_study, source, sentence):
    problems = small_study(DELIVERIES, deliveries=source).problems()
    assert any(sentence in problem for problem in problems), problems


def test_only_deliveries_and_timesheets_have_drivers(small_study):
    (problem,) = small_study(DELIVERIES, customers={"drivers": {"kg": "customer"}}).problems()[:1]
    assert "customers has no cost drivers" in problem


def test_the_same_column_twice_is_possible_by_expression(small_study):
    small = small_study(DELIVERIES, deliveries={"columns": MAPPED | {"ordered_on": {"expression": "[day]"}}})
    small.read()
    assert small.checked("deliveries")["ordered_on"].tolist() == [date(2024, 3, 1)]
