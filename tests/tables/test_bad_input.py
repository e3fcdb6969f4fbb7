"""Bad input at a glance: what each case comes to. Refused: the study does not start, with one clear sentence.

Quarantined: the row is set aside with rule and value, its neighbours are read. Accepted: it only looks bad.
"""

from dataclasses import dataclass, field

import pandas as pd
import pytest
from workbooks import zip_bomb

from workbench.errors import DataError, ParamsError
from workbench.params import read_study

HEADER = "id,customer,day,amount\n"
GOOD = "D1,C1,2024-03-01,10.00\n"
COLUMNS = {"delivery_id": "id", "customer_id": "customer", "delivered_on": "day", "revenue_eur": "amount"}
CAPACITY = {"files": ["capacity.csv"], "columns": {"pool": "pool", "month": "month", "paid_minutes": "minutes"}}
PARENTS = {"columns": {"customer_id": "customer", "group_id": "parent"}, "group_id_is": "parent"}


@dataclass
class Case:
    """A study with something bad in it. files: name → content; sources: keys of single sources; then what is told."""

    files: dict[str, object]
    refused: str = ""
    quarantined: tuple = ()
    accepted: list[str] = field(default_factory=list)
    sources: dict[str, dict] = field(default_factory=dict)
    table: str = "deliveries"


def row(line, rule, column, value, **more):
    """A good row, then a bad one that is quarantined."""
    return Case({"deliveries.csv": HEADER + GOOD + line + "\n"}, quarantined=(3, rule, column, value), **more)


CASES = {
    "missing file": Case({}, refused="deliveries.csv: no such file"),
    "pattern without a file": Case(
        {}, refused="deliveries_*.csv: no file matches", sources={"deliveries": {"files": ["deliveries_*.csv"]}}
    ),
    "file named twice": Case(
        {"deliveries.csv": HEADER + GOOD},
        refused="deliveries.csv: is named twice",
        sources={"deliveries": {"files": ["deliveries.csv", "deliv*.csv"]}},
    ),
    "file named twice in two ways": Case(
        {"deliveries.csv": HEADER + GOOD},
        refused="./deliveries.csv: is named twice",
        sources={"deliveries": {"files": ["deliveries.csv", "./deliveries.csv"]}},
    ),
    "separator of a file that has none": Case(
        {"deliveries.parquet": pd.DataFrame({"id": ["D1"], "customer": "C1", "day": "2024-03-01", "amount": 1.0})},
        refused="encoding and separator: only CSV files have them, and deliveries.parquet is none",
        sources={"deliveries": {"files": ["deliveries.parquet"], "separator": ";", "encoding": "cp1252"}},
    ),
    "empty file": Case({"deliveries.csv": b""}, refused="the file is empty"),
    "header only": Case({"deliveries.csv": HEADER}, refused="has a header but no rows"),
    "wrong encoding": Case(
        {"deliveries.csv": (HEADER + "Dé,C1,2024-03-01,1\n").encode("cp1252")},
        refused="is not utf-8 at line 2, byte 25 of the file; it could be read as cp1252 or latin-1: set `encoding`",
    ),
    "wrong separator": Case(
        {"deliveries.csv": (HEADER + GOOD).replace(",", ";")}, refused="looks separated by a semicolon"
    ),
    "byte-order mark": Case({"deliveries.csv": "\ufeff" + HEADER + GOOD}, accepted=["D1"]),
    "duplicated header": Case(
        {"deliveries.csv": "id,customer,day,amount,amount\nD1,C1,2024-03-01,1,2\n"},
        refused="has the column 'amount' twice",
    ),
    "missing mapped column": Case(
        {"deliveries.csv": HEADER.replace("amount", "amounts") + GOOD}, refused="has no column 'amount'; did you mean"
    ),
    "column mapped twice": Case(
        {"deliveries.csv": HEADER + GOOD},
        refused="the client's column 'day' is mapped to delivered_on and ordered_on",
        sources={"deliveries": {"columns": COLUMNS | {"ordered_on": "day"}}},
    ),
    "text in a number": row("D2,C1,2024-03-01,ten", "unreadable_value", "revenue_eur", "ten"),
    "thousands separators": row('D2,C1,2024-03-01,"1,234.5"', "unreadable_value", "revenue_eur", "1,234.5"),
    "thousands separators, declared": Case(
        {"deliveries.csv": HEADER + 'D1,C1,2024-03-01,"1,234.5"\n'},
        accepted=["D1"],
        sources={"deliveries": {"thousands": ","}},
    ),
    "31/02": Case(
        {"deliveries.csv": HEADER + "D1,C1,29/02/2024,1\nD2,C1,31/02/2024,1\n"},
        quarantined=(3, "unreadable_value", "delivered_on", "31/02/2024"),
        sources={"deliveries": {"date_format": "%d/%m/%Y"}},
    ),
    "two-digit years": row("D2,C1,24-03-01,1", "out_of_range", "delivered_on", "24-03-01"),
    "date before 1900": row("D2,C1,1899-12-31,1", "out_of_range", "delivered_on", "1899-12-31"),
    "date in the future": row("D2,C1,2025-01-01,1", "after_as_of", "delivered_on", "2025-01-01"),
    "duplicate keys": row("D1,C2,2024-03-02,5", "duplicate_key", "delivery_id", "D1"),
    "delivery of an unknown customer": row("D2,C9,2024-03-01,1", "unknown_customer", "customer_id", "C9"),
    "delivery without a customer": row("D2,,2024-03-01,1", "unknown_customer", "customer_id", None),
    "group cycle": Case(
        {"customers.csv": "customer,parent\nC1,\nC2,C3\nC3,C2\n", "deliveries.csv": HEADER + GOOD},
        quarantined=(3, "group_cycle", "group_id", "C3"),
        sources={"customers": PARENTS | {"max_quarantined_share": 1.0}},
        table="customers",
    ),
    "negative minutes": Case(
        {"deliveries.csv": HEADER + GOOD, "capacity.csv": "pool,month,minutes\nhub,2024-01-01,-1\n"},
        quarantined=(2, "out_of_range", "paid_minutes", "-1"),
        sources={"capacity": CAPACITY | {"max_quarantined_share": 1.0}},
        table="capacity",
    ),
    "foreign currency": Case(
        {"deliveries.csv": "id,customer,day,amount,money\nD1,C1,2024-03-01,1,EUR\nD2,C1,2024-03-01,1,USD\n"},
        quarantined=(3, "not_allowed_value", "currency", "USD"),
        sources={"deliveries": {"columns": COLUMNS | {"currency": "money"}}},
    ),
    "ids with leading zeros": Case({"deliveries.csv": HEADER + "00042,C1,2024-03-01,1\n"}, accepted=["00042"]),
    "NaN": row("D2,C1,2024-03-01,NaN", "unreadable_value", "revenue_eur", "NaN"),
    "infinity": row("D2,C1,2024-03-01,-inf", "unreadable_value", "revenue_eur", "-inf"),
    "number beyond 64 bits": row(
        "D2,C1,2024-03-01,18446744073709551616", "unreadable_value", "revenue_eur", "18446744073709551616"
    ),
    "count beyond 64 bits": Case(
        {
            "deliveries.csv": HEADER + GOOD,
            "market.csv": "prospect,staff\nP1,18446744073709551616\n",
        },
        quarantined=(2, "unreadable_value", "headcount", "18446744073709551616"),
        sources={
            "market": {
                "files": ["market.csv"],
                "columns": {"prospect_id": "prospect", "headcount": "staff"},
                "max_quarantined_share": 1.0,
            }
        },
        table="market",
    ),
    "zip bomb as xlsx": Case(
        {"bomb.xlsx": zip_bomb()},
        refused="unpacks to",
        sources={"deliveries": {"files": ["bomb.xlsx"]}},
    ),
    "line that is cut short": row("D2,C1,2024-03-01", "malformed_row", None, "D2,C1,2024-03-01"),
    "quotation mark never closed": Case(
        {"deliveries.csv": HEADER + GOOD + 'D2,"C1,2024-03-01,1\n' + GOOD * 3}, refused="a quotation mark is opened"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_comes_to_one_clear_end(small_study, name):
    case = CASES[name]
    small = small_study(case.files, **case.sources)
    if case.refused:
        (problem,) = small.problems()
        assert case.refused in problem
        with pytest.raises(DataError) as stopped:
            small.read()
        assert str(stopped.value) == problem
        return
    quarantined = small.read().quarantined.get(case.table)
    if case.accepted:
        assert quarantined is None
        assert small.checked(case.table)["delivery_id"].tolist() == case.accepted
        return
    first = quarantined[["row", "rule", "column", "value"]].values.tolist()[0]
    assert first == list(case.quarantined)
    assert (
        len(small.checked(case.table)) + len(quarantined)
        == small.read().intake.set_index("table").loc[case.table, "rows_read"]
    )


PARAMS = """\
study: acme
company: Acme
edition: internal
as_of: 2024-12-31
sources:
  customers: {files: [customers.csv], columns: {customer_id: id}}
  deliveries:
    files: [deliveries.csv]
    columns: {delivery_id: id, customer_id: customer, delivered_on: day, revenue_eur: amount}
"""
BOMB = "a: &a [x, x]\n" + "".join(f"{one}: &{one} [*{other}, *{other}]\n" for one, other in ("ba", "cb", "dc", "ed"))

BAD_PARAMS = {
    "duplicate key": (
        PARAMS + "study: other\n",
        "acme.yaml:10:1: the key 'study' is given twice (first at acme.yaml:1:1)",
    ),
    "alias bomb": (PARAMS + BOMB, "acme.yaml:10:4: anchors and aliases (&a) are not accepted; write the value again"),
    "wrong type": (PARAMS.replace("[customers.csv]", "customers.csv"), "sources.customers.files: must be a list"),
    "unknown key": (PARAMS.replace("company:", "compny:"), "unknown key 'compny'; did you mean 'company'?"),
    "tab": (PARAMS.replace("  customers:", "\tcustomers:"), "acme.yaml:6:1: not valid YAML: a tab stands where only"),
    "expression that reads a file": (
        PARAMS.replace("delivery_id: id", "delivery_id: {expression: \"read_text('/etc/passwd')\"}"),
        "'read_text' at position 1 is not possible here",
    ),
    "password in the address": (
        PARAMS.replace("files: [deliveries.csv]", "url: postgres://me:hush@host/db\n    table: t"),
        "sources.deliveries.url: must hold no user and no password",
    ),
    "no place to read from": (PARAMS.replace("    files: [deliveries.csv]\n", ""), "give exactly one of files, url"),
    "two places to read from": (
        PARAMS.replace("[deliveries.csv]", "[deliveries.csv]\n    url: sqlite:///a.db\n    table: t"),
        "sources.deliveries: give exactly one of files, url or from_deliveries (got files, url)",
    ),
    "table and query": (
        PARAMS.replace("files: [deliveries.csv]", "url: sqlite:///a.db\n    table: t\n    query: SELECT 1"),
        "give table or query with url, and not both",
    ),
    "sheet of a database": (
        PARAMS.replace("files: [deliveries.csv]", "url: sqlite:///a.db\n    table: t\n    sheet: S"),
        "sheet can only be given with files",
    ),
    "table of a file": (
        PARAMS.replace("files: [deliveries.csv]", "files: [deliveries.csv]\n    table: t"),
        "table can only be given with url",
    ),
    "key of another table": (
        PARAMS.replace("{customer_id: id}", "{customer_id: id}, orphans: unallocated"),
        "customers.orphans: orphans is a key of deliveries only",
    ),
    "derived customers with a separator": (
        PARAMS.replace("files: [customers.csv]", "from_deliveries: true, separator: ';'"),
        "separator is told under deliveries where customers come from_deliveries",
    ),
}


@pytest.mark.parametrize("name", BAD_PARAMS)
def test_bad_params_come_to_one_clear_sentence(tmp_path, monkeypatch, name):
    text, told = BAD_PARAMS[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.yaml").write_text(text)
    with pytest.raises(ParamsError) as stopped:
        read_study("acme.yaml")
    assert any(told in line for line in str(stopped.value).splitlines()), str(stopped.value)
    assert "hush" not in str(stopped.value)
