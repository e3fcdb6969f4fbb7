"""What is wrong with a file as a whole is said in one sentence, and all files are told at once."""

import pandas as pd
import pytest

from workbench.errors import DataError

HEADER = "id,customer,day,amount\n"
GOOD = HEADER + "D1,C1,2024-03-01,10.00\n"


def the_problem(small):
    (problem,) = small.problems()
    with pytest.raises(DataError) as stopped:
        small.read()
    assert str(stopped.value) == problem
    return problem


def test_missing_file_names_the_nearest(small_study):
    problem = the_problem(small_study({"delivery.csv": GOOD}))
    assert "deliveries.csv: no such file" in problem
    assert "did you mean 'delivery.csv'?" in problem


def test_missing_folder(small_study):
    problem = the_problem(small_study({}, deliveries={"files": ["inputs/deliveries.csv"]}))
    assert "there is no such folder" in problem


def test_empty_file(small_study):
    assert "deliveries.csv: the file is empty" in the_problem(small_study({"deliveries.csv": b""}))
    assert "holds only blank lines" in the_problem(small_study({"deliveries.csv": "\n\n"}))


def test_header_only(small_study):
    assert "has a header but no rows" in the_problem(small_study({"deliveries.csv": HEADER}))
    products = {"files": ["products.csv"], "columns": {"product": "product"}}
    small = small_study({"deliveries.csv": GOOD, "products.csv": "product\n"}, products=products)
    assert small.problems() == []
    small.read()
    assert small.checked("products").empty


@pytest.mark.parametrize(
    ("declared", "written", "told"),
    [
        ("utf-8", "cp1252", "is not utf-8 at line 3, byte 47 of the file; it could be read as cp1252 or latin-1"),
        ("cp1252", "utf-8", "declared as cp1252, but its accents are written in utf-8; set `encoding: utf-8`"),
        ("utf-8", "utf-16", "it could be read as utf-16"),
        ("ascii", "utf-8", "is not ascii at line 3, byte 47 of the file; it could be read as utf-8"),
    ],
)
def test_wrong_encoding(small_study, declared, written, told):
    text = GOOD + "É2,C1,2024-03-01,10.00\n"
    small = small_study({"deliveries.csv": text.encode(written)}, deliveries={"encoding": declared})
    assert told in the_problem(small)


@pytest.mark.parametrize("written", ["utf-16", "utf-8-sig", "utf-8", "cp1252", "latin-1", "cp850"])
def test_right_encoding(small_study, written):
    text = GOOD.replace("D1", "É1")
    declared = written.removesuffix("-sig")
    small = small_study({"deliveries.csv": text.encode(written)}, deliveries={"encoding": declared})
    assert small.problems() == []
    small.read()
    assert small.checked("deliveries")["delivery_id"].tolist() == ["É1"]


def test_an_encoding_error_far_into_the_file_is_placed(small_study):
    filler = "D0,C1,2024-03-01,1\n" * 100_000
    text = (HEADER + filler).encode() + b"\xe9,C1,2024-03-01,1\n"
    problem = the_problem(small_study({"deliveries.csv": text}))
    assert f"at line 100002, byte {len(HEADER) + len(filler) + 1} of the file" in problem


@pytest.mark.parametrize(("mark", "said"), [(";", "a semicolon"), ("\t", "a tab"), ("|", "a vertical bar")])
def test_wrong_separator(small_study, mark, said):
    problem = the_problem(small_study({"deliveries.csv": GOOD.replace(",", mark)}))
    assert f"the separator is declared as ',', but the header looks separated by {said}" in problem


def test_missing_columns_are_all_named(small_study):
    problems = small_study({"deliveries.csv": GOOD.replace("amount", "amounts").replace("day", "when")}).problems()
    assert problems == [
        "deliveries: deliveries.csv: has no column 'day'; possible here: id, customer, when, amounts",
        "deliveries: deliveries.csv: has no column 'amount'; did you mean 'amounts'?",
    ]


def test_a_name_twice_in_the_header_matters_where_it_is_mapped(small_study):
    twice = "id,customer,day,amount,amount\nD1,C1,2024-03-01,1,2\n"
    assert "has the column 'amount' twice" in the_problem(small_study({"deliveries.csv": twice}))
    small = small_study({"deliveries.csv": "id,customer,day,amount,x,x,\nD1,C9,2024-03-01,1,2,3,\n"})
    assert small.problems() == []
    assert '"x":"2","x #6":"3"' in small.read().quarantined["deliveries"]["record"][0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04rest", "an Excel or zip file"),
        (b"\x1f\x8brest", "a gzip file"),
        (b"PAR1rest", "a Parquet file"),
        (b"id,cust\0omer\n", "holds NUL characters"),
    ],
)
def test_another_kind_of_file(small_study, content, told):
    assert told in the_problem(small_study({"deliveries.csv": content}))


def test_a_parquet_file_that_is_none_or_is_damaged(small_study):
    small = small_study({"deliveries.parquet": GOOD}, deliveries={"files": ["deliveries.parquet"]})
    assert "must be a Parquet file" in the_problem(small)
    rows = pd.DataFrame({"id": [f"D{n}" for n in range(5000)], "customer": "C1", "day": "2024-03-01", "amount": 1.5})
    small = small_study({"deliveries.parquet": rows}, deliveries={"files": ["deliveries.parquet"]})
    assert small.problems() == []
    file = small.study.folder / "deliveries.parquet"
    whole = bytearray(file.read_bytes())
    whole[4:2000] = bytes(1996)
    file.write_bytes(whole)
    assert "a part of the Parquet file cannot be read" in the_problem(small)


def test_nested_parquet_columns_cannot_be_mapped(small_study):
    rows = pd.DataFrame({"id": [["D1"]], "customer": ["C1"], "day": ["2024-03-01"], "amount": [1.5]})
    small = small_study({"deliveries.parquet": rows}, deliveries={"files": ["deliveries.parquet"]})
    assert "the column 'id' holds lists or structures" in the_problem(small)


def test_a_quotation_mark_never_closed_stops_the_study(small_study):
    rows = [f"D{n},C1,2024-03-01,1\n" for n in range(300)]
    rows[9] = 'D9,"C1,2024-03-01,1\n'
    problem = the_problem(small_study({"deliveries.csv": HEADER + "".join(rows)}))
    assert "near row 11 a quotation mark is opened and not closed" in problem


def test_all_problems_of_all_files_are_told_at_once(small_study):
    small = small_study(
        {"customers.csv": "customer\nC1\n\xe9\n".encode("latin-1"), "deliveries.csv": HEADER + "D1,C1,soon,1\n"},
        deliveries={"max_quarantined_share": 0.05},
        products={"files": ["products.csv"], "columns": {"product": "product"}},
    )
    problems = small.problems()
    assert len(problems) == 4
    assert problems[0].startswith("customers: customers.csv: is not utf-8")
    assert problems[1].startswith("products: products.csv: no such file")
    assert problems[2].startswith("deliveries: 1 of 1 rows (100.00%) are quarantined")
    assert "(e.g. 'soon'); set date_format in sources.deliveries" in problems[3]
    with pytest.raises(DataError) as stopped:
        small.read()
    assert len(str(stopped.value).splitlines()) == 4


def test_days_of_a_time_zone_are_refused_and_midnights_of_utc_are_days(small_study):
    days = pd.to_datetime(["2024-03-01", None, "2024-03-15"])
    rows = {"id": ["1", "2", "3"], "customer": "C1", "amount": 1.0}
    source = {"files": ["sales.parquet"]}
    paris = pd.DataFrame(rows | {"day": days.tz_localize("Europe/Paris")})
    problems = small_study({"sales.parquet": paris}, deliveries=source).problems()
    assert len(problems) == 1 and "'day' holds moments with a time zone, whose day depends on the place" in problems[0]
    small = small_study({"sales.parquet": pd.DataFrame(rows | {"day": days.tz_localize("UTC")})}, deliveries=source)
    small.read()
    assert small.checked("deliveries")["delivered_on"].astype(str).tolist() == ["2024-03-01", "2024-03-15"]
