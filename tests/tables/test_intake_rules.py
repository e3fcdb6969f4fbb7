"""One test per rule: the row that breaks it is quarantined for it, and its neighbours are not."""

import json

import pytest

from workbench.errors import DataError

HEADER = "id,customer,day,amount\n"
GOOD = "D1,C1,2024-03-01,10.00\n"


def reasons(small, table="deliveries"):
    rows = small.read().quarantined.get(table)
    return (
        [] if rows is None else [tuple(row) for row in rows[["row", "rule", "column", "value"]].itertuples(index=False)]
    )


def with_columns(**columns):
    return {
        "columns": {"delivery_id": "id", "customer_id": "customer", "delivered_on": "day", "revenue_eur": "amount"}
        | columns
    }


def test_sound_rows_are_accepted_as_they_are(small_study):
    small = small_study({"deliveries.csv": HEADER + GOOD + "D2,C2,2024-12-31,-3.5\n"})
    assert reasons(small) == []
    accepted = small.checked("deliveries")
    assert accepted["delivery_id"].tolist() == ["D1", "D2"]
    assert [str(amount) for amount in accepted["revenue_eur"]] == ["10.000000", "-3.500000"]
    assert accepted["delivered_on"].astype(str).tolist() == ["2024-03-01", "2024-12-31"]
    assert accepted["order_id"].isna().all()
    assert not (small.run.path / "quarantine" / "deliveries.csv").exists()


@pytest.mark.parametrize("line", ["D2,C1,2024-03-01", "D2,C1,2024-03-01,1,2", '"D2"x,C1,2024-03-01,1'])
def test_malformed_row(small_study, line):
    small = small_study({"deliveries.csv": HEADER + GOOD + line + "\nD3,C1,2024-03-01,1\n"})
    assert reasons(small) == [(3, "malformed_row", None, line)]
    assert json.loads(small.quarantine("deliveries")["record"][0]) == {"line": line}
    assert small.checked("deliveries")["delivery_id"].tolist() == ["D1", "D3"]


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        ("D2,C1,2024-02-31,1", "delivered_on", "2024-02-31"),
        ("D2,C1,n.c.,1", "delivered_on", "n.c."),
        ('D2,C1,2024-03-01,"1,5"', "revenue_eur", "1,5"),
        ("D2,C1,2024-03-01,1 000", "revenue_eur", "1 000"),
        ("D2,C1,2024-03-01,1.0000001", "revenue_eur", "1.0000001"),
        ("D2,C1,2024-03-01,.0000001", "revenue_eur", ".0000001"),
        ("D2,C1,2024-03-01,1000000000000", "revenue_eur", "1000000000000"),
        ("D2,C1,2024-03-01,1e3", "revenue_eur", "1e3"),
        ("D2,C1,2024-03-01,NaN", "revenue_eur", "NaN"),
        ("D2,C1,2024-03-01,inf", "revenue_eur", "inf"),
        ("D2,C1,2024-03-01,0x10", "revenue_eur", "0x10"),
        ("D2,C1,2024-03-01,1_0", "revenue_eur", "1_0"),
    ],
)
def test_unreadable_value(small_study, line, column, value):
    small = small_study({"deliveries.csv": HEADER + GOOD + line + "\n"})
    assert reasons(small) == [(3, "unreadable_value", column, value)]


@pytest.mark.parametrize(("value", "read"), [("1.50000000", "1.500000"), (".5", "0.500000"), ("+7.", "7.000000")])
def test_harmless_forms_of_an_amount_are_read(small_study, value, read):
    small = small_study({"deliveries.csv": HEADER + f"D1,C1,2024-03-01,{value}\n"})
    assert reasons(small) == []
    assert str(small.checked("deliveries")["revenue_eur"][0]) == read


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "1,5", "x"])
def test_unreadable_driver(small_study, value):
    small = small_study(
        {"deliveries.csv": f'id,customer,day,amount,kg\nD1,C1,2024-03-01,1,2e1\nD2,C1,2024-03-01,1,"{value}"\n'},
        deliveries={"drivers": {"weight_kg": "kg"}},
    )
    assert reasons(small) == [(3, "unreadable_value", "weight_kg", value)]
    assert small.checked("deliveries")["weight_kg"].tolist() == [20.0]


STAFF = {"columns": {"customer_id": "customer", "headcount": "staff"}, "max_quarantined_share": 1.0}


def test_an_optional_value_of_an_account_that_cannot_be_used_is_made_blank_and_listed(small_study):
    small = small_study(
        {
            "customers.csv": "customer,staff\nC1,12\nC2,about 10\nC3,\nC4,=3\nC5,7.0\nC5,x\nC6,-1\n",
            "deliveries.csv": HEADER + GOOD + "D2,C2,2024-03-01,1\n",
        },
        customers=STAFF,
    )
    assert reasons(small) == []
    assert reasons(small, "customers") == [(7, "duplicate_key", "customer_id", "C5")]
    headcount = small.checked("customers").set_index("customer_id")["headcount"]
    assert headcount.dropna().to_dict() == {"C1": 12, "C5": 7} and len(headcount) == 6
    listed = small.quarantine("customers_blanked")
    assert listed[["row", "rule", "column", "value"]].values.tolist() == [
        ["3", "unreadable_value", "headcount", "about 10"],
        ["5", "unreadable_value", "headcount", "'=3"],
        ["8", "out_of_range", "headcount", "-1"],
    ]
    summary = small.run.read_table("blanked_values", made_by="01")
    assert summary[["column", "rule", "n_values", "share"]].values.tolist() == [
        ["headcount", "unreadable_value", 2, 2 / 7],
        ["headcount", "out_of_range", 1, 1 / 7],
    ]


def test_blanked_values_stop_the_study_above_the_limit_of_its_rows(small_study):
    files = {"customers.csv": "customer,staff\n" + "".join(f"C{n},{'ten' if n < 3 else n}\n" for n in range(20))}
    files |= {"deliveries.csv": HEADER + GOOD}
    small = small_study(files, customers=STAFF | {"max_quarantined_share": 0.1})
    (problem,) = small.problems()
    assert "3 values of headcount (15.00%) cannot be used, above max_quarantined_share 10.00%" in problem
    assert "e.g. customers.csv row 2 ten" in problem
    assert small_study(files, customers=STAFF | {"max_quarantined_share": 0.15}).problems() == []


def test_a_required_value_of_an_account_is_not_made_blank(small_study):
    small = small_study(
        {"customers.csv": "customer,staff\n,12\nC1,1\n", "deliveries.csv": HEADER + GOOD}, customers=STAFF
    )
    assert reasons(small, "customers") == [(2, "missing_value", "customer_id", None)]
    assert not (small.run.path / "quarantine" / "customers_blanked.csv").exists()


@pytest.mark.parametrize("line", [",C1,2024-03-01,1", "D2,C1,,1", "D2,C1,2024-03-01,", "D2,C1, ,1"])
def test_missing_value(small_study, line):
    small = small_study({"deliveries.csv": HEADER + GOOD + line + "\n"})
    missing = ["delivery_id", "customer_id", "delivered_on", "revenue_eur"][
        [part.strip() for part in line.split(",")].index("")
    ]
    assert reasons(small) == [(3, "missing_value", missing, None)]


def test_texts_that_mean_no_value(small_study):
    small = small_study(
        {"deliveries.csv": "id,customer,day,amount,kg\nD1,C1,2024-03-01,1,n.c.\nD2,C1,-,1,1\n"},
        deliveries={"missing": ["n.c.", "-"], "drivers": {"weight_kg": "kg"}},
    )
    assert reasons(small) == [(3, "missing_value", "delivered_on", None)]
    assert small.checked("deliveries")["weight_kg"].isna().all()


def test_out_of_range(small_study):
    small = small_study(
        {
            "deliveries.csv": "id,customer,day,amount,kg\n"
            "D1,C1,1900-01-01,1,0\nD2,C1,1899-12-31,1,0\nD3,C1,2024-01-01,1,-0.1\n",
        },
        deliveries={"drivers": {"weight_kg": "kg"}},
    )
    assert reasons(small) == [
        (3, "out_of_range", "delivered_on", "1899-12-31"),
        (4, "out_of_range", "weight_kg", "-0.1"),
    ]


def test_not_allowed_value(small_study):
    small = small_study(
        {
            "deliveries.csv": "id,customer,day,amount,money\nD1,C1,2024-03-01,1,EUR\nD2,C1,2024-03-01,1,USD\n",
            "ledger.csv": "month,kind,amount\n2024-03-01,revenue,5\n2024-03-01,Revenue,5\n",
        },
        deliveries=with_columns(currency="money"),
        ledger={
            "files": ["ledger.csv"],
            "columns": {"month": "month", "kind": "kind", "amount_eur": "amount"},
            "max_quarantined_share": 1.0,
        },
    )
    assert reasons(small) == [(3, "not_allowed_value", "currency", "USD")]
    assert reasons(small, "ledger") == [(3, "not_allowed_value", "kind", "Revenue")]


def test_after_as_of_concerns_what_has_happened_and_not_what_is_promised(small_study):
    small = small_study(
        {
            "deliveries.csv": "id,customer,day,amount,promise,entry\n"
            "D1,C1,2024-06-30,1,2024-07-05,2024-06-30\n"
            "D2,C1,2024-07-01,1,2024-07-05,2024-07-01\n"
            "D3,C1,2024-06-30,1,2024-07-05,2024-07-01\n",
            "ledger.csv": "month,kind,amount\n2024-06-15,revenue,5\n2024-07-01,revenue,5\n",
        },
        as_of="2024-06-30",
        deliveries=with_columns(promised_on="promise", recorded_on="entry"),
        ledger={
            "files": ["ledger.csv"],
            "columns": {"month": "month", "kind": "kind", "amount_eur": "amount"},
            "max_quarantined_share": 1.0,
        },
    )
    small.read()
    assert reasons(small) == [
        (3, "after_as_of", "delivered_on", "2024-07-01"),
        (4, "after_as_of", "recorded_on", "2024-07-01"),
    ]
    assert reasons(small, "ledger") == [(3, "after_as_of", "month", "2024-07-01")]
    assert small.checked("ledger")["month"].astype(str).tolist() == ["2024-06-01"]


def test_a_later_row_with_the_key_of_an_earlier_sound_row_is_a_duplicate(small_study):
    lines = [
        "D1,C1,2024-03-01,1",
        "D2,C1,unknown,1",
        "D2,C1,2024-03-01,2",
        "D1,C2,2024-03-02,3",
        " D1 ,C2,2024-03-02,4",
    ]
    small = small_study({"deliveries.csv": HEADER + "\n".join(lines) + "\n"})
    assert reasons(small) == [
        (3, "unreadable_value", "delivered_on", "unknown"),
        (5, "duplicate_key", "delivery_id", "D1"),
        (6, "duplicate_key", "delivery_id", "D1"),
    ]
    assert small.checked("deliveries")["revenue_eur"].astype(float).tolist() == [1.0, 2.0]


def test_the_key_can_be_replaced_and_a_row_without_any_part_of_it_is_no_duplicate(small_study):
    text = "id,customer,day,amount,invoice\nD1,C1,2024-03-01,1,F1\nD1,C1,2024-03-01,1,F2\nD2,C1,2024-03-01,1,F1\n"
    text += "D3,C1,2024-03-01,1,\nD4,C1,2024-03-01,1,\n"
    small = small_study(
        {"deliveries.csv": text}, deliveries=with_columns(document_id="invoice") | {"duplicates_on": ["document_id"]}
    )
    assert reasons(small) == [(4, "duplicate_key", "document_id", "F1")]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, []),
        (
            {"duplicates_on": ["month", "kind", "pool"]},
            [(4, "duplicate_key", "month, kind, pool", "2024-03-01 | revenue | ")],
        ),
    ],
    ids=["books have many postings of one kind", "missing parts of a key are equal"],
)
def test_postings_of_the_ledger_are_duplicates_only_where_asked(small_study, asked, expected):
    small = small_study(
        {
            "deliveries.csv": HEADER + GOOD,
            "ledger.csv": "month,kind,pool,amount\n"
            "2024-03-01,pool,hub,5\n2024-03-01,revenue,,5\n2024-03-01,revenue,,7\n",
        },
        ledger={
            "files": ["ledger.csv"],
            "columns": {"month": "month", "kind": "kind", "pool": "pool", "amount_eur": "amount"},
            "max_quarantined_share": 1.0,
        }
        | asked,
    )
    assert reasons(small, "ledger") == expected


def test_a_credit_note_with_the_number_of_its_delivery_is_no_duplicate(small_study):
    text = "id,customer,day,amount,credits\nD1,C1,2024-03-01,9,\nD1,C1,2024-03-05,-9,F1\nD1,C1,2024-03-05,-9,F1\n"
    small = small_study({"deliveries.csv": text}, deliveries=with_columns(credited_document_id="credits"))
    assert reasons(small) == [(4, "duplicate_key", "delivery_id, credited_document_id", "D1 | F1")]


def test_references_are_judged_against_accepted_rows(small_study):
    small = small_study(
        {
            "customers.csv": "customer,since\nC1,2020-01-01\nC2,2030-01-01\n",
            "deliveries.csv": HEADER
            + GOOD
            + "D2,C2,2024-03-01,1\nD3,C9,2024-03-01,1\nD3,C1,2024-03-01,1\nD4,,2024-03-01,1\n",
        },
        customers={"columns": {"customer_id": "customer", "opened_on": "since"}, "max_quarantined_share": 1.0},
    )
    assert reasons(small) == [
        (3, "unknown_customer", "customer_id", "C2"),
        (4, "unknown_customer", "customer_id", "C9"),
        (5, "duplicate_key", "delivery_id", "D3"),
        (6, "unknown_customer", "customer_id", None),
    ]


def test_the_first_rule_is_the_reason_and_the_others_are_told(small_study):
    small = small_study({"deliveries.csv": HEADER + GOOD + ",C9,1850-01-01,ten\n"})
    row = small.read().quarantined["deliveries"].iloc[0]
    assert (row["rule"], row["column"], row["value"]) == ("unreadable_value", "revenue_eur", "ten")
    assert row["other_rules"] == "missing_value delivery_id; out_of_range delivered_on"


def test_limits_stop_the_study_and_name_rules_examples_and_the_file(small_study):
    text = HEADER + "".join(f"D{n},C1,2024-03-01,1\n" for n in range(8)) + "D8,C9,2024-03-01,1\nD9,C1,soon,1\n"
    small = small_study({"deliveries.csv": text}, deliveries={"max_quarantined_share": 0.1})
    with pytest.raises(DataError) as stopped:
        small.read()
    sentence = str(stopped.value)
    assert "deliveries: 2 of 10 rows (20.00%) are quarantined, above max_quarantined_share 10.00%" in sentence
    assert "unreadable_value 1 row (e.g. deliveries.csv row 11, delivered_on 'soon')" in sentence
    assert "unknown_customer 1 row (e.g. deliveries.csv row 10, customer_id 'C9')" in sentence
    assert str(small.run.path / "quarantine") in sentence
    assert len(small.quarantine("deliveries")) == 2
    assert small.run.read_table("quarantine_summary", made_by="01")["n_rows"].sum() == 2
    (told,) = small.problems()
    assert told.startswith("deliveries: 2 of 10 rows")


def test_a_rule_with_a_limit_of_its_own_no_longer_counts_in_the_general_one(small_study):
    text = HEADER + "".join(f"D{n},C1,2024-03-01,1\n" for n in range(8)) + "D8,C9,2024-03-01,1\nD9,C1,soon,1\n"
    limits = {"max_quarantined_share": 0.1, "max_quarantined_share_by_rule": {"unknown_customer": 0.1}}
    summary = small_study({"deliveries.csv": text}, deliveries=limits).read().quarantine_summary
    assert summary.set_index("rule")[["n_rows", "max_share", "share"]].T.to_dict("list") == {
        "unknown_customer": [1, 0.1, 0.1],
        "unreadable_value": [1, 0.1, 0.1],
    }
    limits["max_quarantined_share_by_rule"] = {"unknown_customer": 0.05}
    (told,) = small_study({"deliveries.csv": text}, deliveries=limits).problems()
    assert "above max_quarantined_share_by_rule.unknown_customer 5.00%" in told


LATER = [f"L{n},C1,2025-0{n + 1}-01,5.00\n" for n in range(8)]
SOUND = [f"D{n},C1,2024-03-01,1.00\n" for n in range(20)]


def test_an_earlier_as_of_sets_later_rows_aside_without_calling_them_faults(small_study):
    late_and_faulty = "X,C1,2025-01-01,ten\n"
    small = small_study(
        {"deliveries.csv": HEADER + "".join([*SOUND, *LATER, late_and_faulty, "Y,C1,soon,1\n"])},
        deliveries={"max_quarantined_share": 0.05},
    )
    intake = small.read()
    assert small.problems() == []
    summary = intake.quarantine_summary.set_index("rule")
    assert summary["n_rows"].to_dict() == {"after_as_of": 9, "unreadable_value": 1}
    assert summary.loc["after_as_of", "revenue_eur"] == 40.0
    # One fault among the 21 rows that this study is about; nothing of the other nine counts.
    assert summary["share"].to_dict() == {"after_as_of": 9 / 30, "unreadable_value": 1 / 21}
    books = intake.intake.set_index("table").loc["deliveries"]
    assert (books["rows_read"], books["rows_accepted"], books["rows_quarantined"]) == (30, 20, 10)
    assert len(small.quarantine("deliveries")) == 10


def test_faults_are_a_share_of_the_rows_up_to_as_of(small_study):
    text = HEADER + "".join([*SOUND, *LATER, "Y,C1,soon,1\n", "Z,C1,late,1\n"])
    (told,) = small_study({"deliveries.csv": text}, deliveries={"max_quarantined_share": 0.08}).problems()
    assert "deliveries: 2 of 22 rows (9.09%) are quarantined, above max_quarantined_share 8.00%" in told
    assert "after_as_of" not in told


def test_later_rows_can_be_given_a_limit_and_a_table_without_others_is_refused(small_study):
    limits = {"max_quarantined_share_by_rule": {"after_as_of": 0.2}}
    (told,) = small_study({"deliveries.csv": HEADER + "".join(SOUND + LATER)}, deliveries=limits).problems()
    assert "8 of 28 rows (28.57%) are quarantined, above max_quarantined_share_by_rule.after_as_of 20.00%" in told
    (told,) = small_study({"deliveries.csv": HEADER + "".join(LATER)}).problems()
    assert "deliveries: no row is left, 8 of 8 are dated after as_of (e.g. deliveries.csv row 2" in told
    assert "correct as_of, or take sources.deliveries out" in told


def test_who_was_closed_later_is_a_client_at_as_of_of_whom_nobody_knew_it(small_study):
    small = small_study(
        {
            "customers.csv": "customer,opened,closed,why\nC1,2020-01-01,2025-03-01,insolvency\n"
            "C2,2020-01-01,2024-03-01,moved\nC3,2025-01-01,,\n",
            "deliveries.csv": HEADER + "".join(SOUND),
        },
        customers={
            "columns": {
                "customer_id": "customer", "opened_on": "opened", "closed_on": "closed", "closure_reason": "why"
            }
        },
        deliveries={"max_quarantined_share": 0.05},
    )  # fmt: skip
    assert small.problems() == []
    intake = small.read()
    known = small.checked("customers").set_index("customer_id")
    assert known.index.tolist() == ["C1", "C2"]  # C3 was no client yet
    assert known["closure_reason"].dropna().to_dict() == {"C2": "moved"}
    assert known["closed_on"].dropna().astype(str).to_dict() == {"C2": "2024-03-01"}
    assert intake.blanked[["column", "rule", "n_values", "max_share"]].values.tolist() == [
        ["closed_on", "after_as_of", 1, 1.0],
        ["closure_reason", "after_as_of", 1, 1.0],
    ]
    assert len(small.checked("deliveries")) == 20


SEMICOLONS = "id;customer;day;amount\n"


@pytest.mark.parametrize(
    ("rows", "keys", "told"),
    [
        (
            ["D1;C1;31/01/2024;1", "D2;C1;05/02/2024;2", "D3;C2;29/02/2024;3"],
            {},
            "deliveries: delivered_on: 3 of 3 different values are not written as date_format: '%Y-%m-%d' says "
            "(e.g. '05/02/2024'); date_format: '%d/%m/%Y' in sources.deliveries would read them",
        ),
        (  # Days up to 12 are read, as other days: only the rest shows it.
            [f"D{day};C1;{day:02}/03/2024;1" for day in range(1, 29)],
            {"date_format": "%m/%d/%Y"},
            "deliveries: delivered_on: 16 of 28 different values are not written as date_format: '%m/%d/%Y' says "
            "(e.g. '13/03/2024'); date_format: '%d/%m/%Y' in sources.deliveries would read them",
        ),
        (
            ["D1;C1;2024-01-31;12,50", "D2;C1;2024-01-31;7", "D3;C1;2024-01-31;1 234,50"],
            {},
            "deliveries: revenue_eur: 2 of 3 different values are not written as decimal: '.' with thousands: '' says "
            "(e.g. '1 234,50'); decimal: ',' with thousands: ' ' in sources.deliveries would read them",
        ),
        (
            ["D1;C1;the first;1", "D2;C1;the second;2"],
            {},
            "deliveries: delivered_on: 2 of 2 different values are not written as date_format: '%Y-%m-%d' says "
            "(e.g. 'the first'); set date_format in sources.deliveries to how they are written, or map another column",
        ),
        (
            ["D1;C1;20240131;1", "D2;C1;20240201;2"],
            {},
            "deliveries: delivered_on: 2 of 2 different values are not written as date_format: '%Y-%m-%d' says "
            "(e.g. '20240131'); date_format: '%Y%m%d' in sources.deliveries would read them",
        ),
        (["D1;C1;2024-01-31;1", "D2;C1;31/01/2024;2", "D3;C1;2024-02-01;2", "D4;C1;2024-02-02;ten"], {}, None),
    ],
)
def test_a_format_that_the_params_have_wrong_is_named_with_its_key(small_study, rows, keys, told):
    keys = {"separator": ";", "max_quarantined_share": 0.05, **keys}
    small = small_study({"deliveries.csv": SEMICOLONS + "\n".join(rows) + "\n"}, deliveries=keys)
    limit, *hints = small.problems()
    assert "correct the file or its mapping" in limit
    assert hints == ([] if told is None else [told])
    with pytest.raises(DataError, match="are quarantined") as stopped:
        small.read()
    assert told is None or told in str(stopped.value)


def test_a_wrong_format_of_derived_accounts_is_named_where_it_is_set(small_study):
    columns = {"customer_id": "customer", "opened_on": "since"}
    rows = "id,customer,day,amount,since\nD1,C1,2024-01-31,1,13.02.2019\nD2,C2,2024-01-31,1,28.02.2019\n"
    small = small_study(
        {"deliveries.csv": rows}, customers={"files": None, "from_deliveries": True, "columns": columns}
    )
    (hint,) = [problem for problem in small.problems() if "date_format" in problem]
    assert hint.startswith("customers: opened_on: 2 of 2") and "'%d.%m.%Y' in sources.deliveries" in hint
