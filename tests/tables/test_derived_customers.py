"""Customers derived from deliveries, orphans, accounts told by parent, and files found by pattern."""

import pandas as pd
import pytest
from workbooks import workbook

from workbench.errors import DataError
from workbench.tables.groups import top_accounts

HEADER = "id,customer,day,amount,zone,staff\n"
LINES = (
    "D1,C1,2024-03-01,1,,12\nD2,C2,2024-03-01,2,south,many\nbad\nD3,C1,2024-03-01,3,north,13\n"
    "D4,,2024-03-01,4,west,1\nD5,C2,soon,5,east,3\n"
)
DERIVED = {
    "files": None,
    "from_deliveries": True,
    "columns": {"customer_id": "customer", "customer_zone": {"expression": "[zone]"}},
    "max_quarantined_share": 1.0,
}


def test_an_account_for_each_customer_of_the_files_with_the_first_values_found(small_study):
    small = small_study({"deliveries.csv": HEADER + LINES}, customers=DERIVED)
    intake = small.read()
    customers = small.checked("customers")
    assert customers[["customer_id", "customer_zone"]].values.tolist() == [["C1", "north"], ["C2", "south"]]
    assert intake.intake[["table", "file", "rows_read", "rows_accepted", "rows_quarantined"]].values.tolist() == [
        ["customers", "deliveries.csv", 2, 2, 0],
        ["deliveries", "deliveries.csv", 6, 3, 3],
    ]
    assert intake.quarantined["deliveries"][["row", "rule"]].values.tolist() == [
        [4, "malformed_row"],
        [6, "unknown_customer"],
        [7, "unreadable_value"],
    ]


def test_a_derived_account_keeps_the_rules_and_takes_its_deliveries_with_it(small_study):
    columns = DERIVED["columns"] | {"opened_on": "staff"}
    lines = LINES.replace("many", "2030-01-01").replace("12\n", "2020-01-01\n")
    small = small_study({"deliveries.csv": HEADER + lines}, customers=DERIVED | {"columns": columns})
    intake = small.read()
    assert intake.quarantined["customers"][["file", "row", "rule", "value"]].values.tolist() == [
        ["deliveries.csv", 3, "after_as_of", "2030-01-01"]
    ]
    assert small.checked("customers")["customer_id"].tolist() == ["C1"]
    assert (intake.quarantined["deliveries"]["rule"] == "unknown_customer").sum() == 2


def test_a_derived_account_loses_a_value_that_cannot_be_read_and_no_delivery(small_study):
    columns = DERIVED["columns"] | {"headcount": "staff"}
    small = small_study({"deliveries.csv": HEADER + LINES}, customers=DERIVED | {"columns": columns})
    intake = small.read()
    assert "customers" not in intake.quarantined
    assert intake.blanked[["column", "rule", "n_values", "example"]].values.tolist() == [
        ["headcount", "unreadable_value", 1, "deliveries.csv row 3 many"]
    ]
    assert small.checked("customers")["headcount"].dropna().tolist() == [12]


def test_derived_from_several_files_of_several_kinds(small_study):
    small = small_study(
        {
            "d_1.csv": HEADER + "D1,C1,2024-03-01,1,,1\n",
            "d_2.xlsx": workbook({"S": [["t"], HEADER.strip().split(","), ["D2", "C2", "2024-03-01", 2, "east", 1]]}),
            "d_3.parquet": pd.DataFrame([["D3", "C1", "2024-03-01", 3, "west", 1]], columns=HEADER.strip().split(",")),
            "e_1.csv": "not read",
        },
        customers=DERIVED,
        deliveries={"files": ["d_?.*"]},
    )
    intake = small.read()
    assert small.checked("customers")[["customer_id", "customer_zone"]].values.tolist() == [
        ["C1", "west"],
        ["C2", "east"],
    ]
    assert intake.intake[["file", "rows_read"]].values.tolist() == [
        ["d_1.csv", 1],
        ["d_2.xlsx", 1],
        ["d_3.parquet", 0],
        ["d_1.csv", 1],
        ["d_2.xlsx", 1],
        ["d_3.parquet", 1],
    ]


def test_problems_of_the_files_are_told_once(small_study):
    small = small_study({"deliveries.csv": b"\xff\n"}, customers=DERIVED)
    (problem,) = small.problems()
    assert problem.startswith("deliveries: deliveries.csv: is not utf-8")
    small = small_study({"deliveries.csv": HEADER + LINES}, customers=DERIVED | {"columns": {"customer_id": "client"}})
    (problem,) = small.problems()
    assert problem.startswith("customers: deliveries.csv: has no column 'client'")
    small = small_study({"deliveries.csv": HEADER + "D1,,2024-03-01,1,,\n"}, customers=DERIVED)
    assert "no delivery has a customer_id to derive an account from" in small.problems()[0]


def test_orphans_are_accepted_without_a_customer_where_the_params_say_so(small_study):
    small = small_study(
        {"deliveries.csv": HEADER + LINES + "D6,C9,2024-03-01,6,,\n"}, deliveries={"orphans": "unallocated"}
    )
    intake = small.read()
    assert intake.quarantined["deliveries"]["rule"].tolist() == ["malformed_row", "unreadable_value"]
    accepted = small.checked("deliveries")
    assert accepted["delivery_id"].tolist() == ["D1", "D2", "D3", "D4", "D6"]
    assert accepted["customer_id"].tolist() == ["C1", "C2", "C1", None, None]
    filled = intake.coverage.set_index(["table", "column"]).loc[("deliveries", "customer_id"), "filled_share"]
    assert filled == 0.6


def test_files_of_a_pattern_are_read_by_name(small_study):
    months = {
        f"in_2024-{month:02}.csv": f"id,customer,day,amount\nD{month},C1,2024-01-01,{month}\n" for month in (11, 2, 1)
    }
    small = small_study(months, deliveries={"files": ["in_*.csv"]})
    small.read()
    assert small.checked("deliveries")["delivery_id"].tolist() == ["D1", "D2", "D11"]
    (small.study.folder / "in_[1].csv").write_text("id,customer,day,amount\nX,C1,2024-01-01,1\n")
    named = small_study({}, deliveries={"files": ["in_[1].csv"]})
    named.read()
    assert named.checked("deliveries")["delivery_id"].tolist() == ["X"]


def test_rows_without_a_number_of_their_own_are_never_duplicates(small_study):
    text = "id,customer,day,amount,kg\nD1,C1,2024-03-01,1,5\nD1,C1,2024-03-01,1,5\nD1,C1,2024-03-01,1,6\n"
    small = small_study({"deliveries.csv": text}, deliveries={"duplicates_on": []})
    assert small.read().quarantined == {}
    compared = {"duplicates_on": ["delivery_id", "weight_kg"], "drivers": {"weight_kg": "kg"}}
    rows = small_study({"deliveries.csv": text}, deliveries=compared).read().quarantined["deliveries"]
    assert rows[["row", "rule", "column", "value"]].values.tolist() == [
        [3, "duplicate_key", "delivery_id, weight_kg", "D1 | 5.0"]
    ]


ACCOUNTS = (
    "customer,parent\nholding,\nbranch,holding\nshop,branch\nown,own\nabroad,Foreign SA\negg,hen\nhen,egg\nchick,hen\n"
)
PARENTS = {"columns": {"customer_id": "customer", "group_id": "parent"}, "max_quarantined_share": 1.0}


def test_chains_of_parents_end_at_the_top_and_circles_are_quarantined(small_study):
    files = {"customers.csv": ACCOUNTS, "deliveries.csv": "id,customer,day,amount\nD1,shop,2024-03-01,1\n"}
    small = small_study(files, customers=PARENTS | {"group_id_is": "parent"})
    rows = small.read().quarantined["customers"]
    assert rows[["row", "rule", "value"]].values.tolist() == [
        [7, "group_cycle", "hen"],
        [8, "group_cycle", "egg"],
        [9, "group_cycle", "hen"],
    ]
    groups = small.checked("customers").set_index("customer_id")["group_id"]
    assert groups.index.tolist() == ["holding", "branch", "shop", "own", "abroad"]
    assert groups.tolist() == [None, "holding", "holding", "own", "Foreign SA"]
    as_written = small_study(files, customers=PARENTS)
    assert as_written.read().quarantined == {}
    assert as_written.checked("customers")["group_id"].tolist()[:3] == [None, "holding", "branch"]


@pytest.mark.parametrize("length", [1, 2, 5_000])
def test_a_chain_or_circle_of_any_length(length):
    chain = {f"a{place}": f"a{place + 1}" for place in range(length)}
    assert set(top_accounts(chain).values()) == {f"a{length}"}
    assert set(top_accounts(chain | {f"a{length}": "a0"}).values()) == {None}


def test_the_quarantine_file_opens_in_excel_with_its_accents(small_study):
    small = small_study({"deliveries.csv": "id,customer,day,amount\nD1,Été,2024-03-01,1\n"})
    small.read()
    content = (small.run.path / "quarantine" / "deliveries.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbffile,row,rule,")
    assert "Été".encode() in content
    assert small.quarantine("deliveries")["file"].tolist() == ["deliveries.csv"]


def test_limits_name_the_place_of_a_database_or_pattern(small_study):
    with pytest.raises(DataError, match="no file matches this pattern"):
        small_study({}, deliveries={"files": ["nothing/*.csv"]}).read()
