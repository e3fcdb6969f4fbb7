"""Tables and queries of databases: DuckDB and SQLite files, and a PostgreSQL server with a password."""

import json
import sqlite3
import stat
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from postgres_server import PASSWORD

from workbench.tables.databases import open_database

ROWS = (
    "INSERT INTO sales VALUES ('00042', 'C1', '2024-03-01', 10.5), ('D2', 'C9', '2024-03-02', 0.25), "
    "('D3', 'C1', '2024-03-03', -3)"
)
FILES = ("duckdb", "sqlite")


def filled(kind, path, *scripts):
    path.unlink(missing_ok=True)
    with duckdb.connect(path) if kind == "duckdb" else sqlite3.connect(path) as connection:
        for script in scripts:
            connection.execute(script)
    connection.close()


def of_database(small_study, kind="duckdb", **source):
    small = small_study({}, deliveries={"files": None, "url": f"{kind}:///sales.{kind}", "table": "sales", **source})
    filled(
        kind,
        small.study.folder / f"sales.{kind}",
        "CREATE TABLE sales (id VARCHAR, customer VARCHAR, day DATE, amount DECIMAL(12, 2))",
        ROWS,
    )
    return small


def the_problem(small):
    (problem,) = small.problems()
    return problem


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("asked", [{}, {"table": None, "query": "SELECT * FROM sales WHERE amount > -100"}])
def test_a_table_or_a_query(small_study, kind, asked):
    small = of_database(small_study, kind, **asked)
    intake = small.read()
    book = intake.intake.set_index("table").loc["deliveries"]
    assert book["file"] == f"{kind}:///sales.{kind} [{'query' if asked else 'sales'}]"
    assert (book["rows_read"], book["eur_read"], book["eur_quarantined"]) == (3, 7.75, 0.25)
    assert small.checked("deliveries")["delivery_id"].tolist() == ["00042", "D3"]
    assert small.checked("deliveries")["delivered_on"].tolist() == [date(2024, 3, 1), date(2024, 3, 3)]
    assert intake.quarantined["deliveries"][["row", "rule", "value"]].values.tolist() == [[2, "unknown_customer", "C9"]]
    assert json.loads(intake.quarantined["deliveries"]["record"][0])["customer"] == "C9"


@pytest.mark.parametrize("kind", FILES)
def test_a_name_with_its_schema(small_study, kind):
    small = of_database(small_study, kind, table="main.sales")
    assert small.problems() == []


def test_the_same_rows_have_the_same_sha256(small_study):
    first = of_database(small_study).read().intake["sha256"].tolist()
    assert of_database(small_study).read().intake["sha256"].tolist() == first


def test_in_sqlite_a_value_has_a_type_of_its_own(small_study):
    small = of_database(small_study, "sqlite")
    filled(
        "sqlite",
        small.study.folder / "sales.sqlite",
        "CREATE TABLE sales (id INTEGER, customer TEXT, day TEXT, amount REAL)",
        "INSERT INTO sales VALUES (9223372036854775807, 'C1', '2024-03-01', 0.1), "
        "('x''1', 'C1', '2024-03-01', '12.5'), (3, 'C1', '2024-03-01', 'twelve'), "
        "(4, x'4331', '2024-03-01', 9e999), (NULL, 'C1', '2024-03-01', 1), "
        "(6, 'C1', 45352, 1)",
    )
    rows = small.read().quarantined["deliveries"]
    assert rows[["row", "rule", "value"]].values.tolist() == [
        [3, "unreadable_value", "twelve"],
        [4, "unreadable_value", "inf"],
        [5, "missing_value", None],
        [6, "unreadable_value", "45352"],
    ]
    accepted = small.checked("deliveries")
    assert accepted["delivery_id"].tolist() == ["9223372036854775807", "x'1"]
    assert accepted["revenue_eur"].tolist() == [Decimal("0.1"), Decimal("12.5")]


def test_numbers_beyond_64_bits_of_duckdb_keep_their_digits(small_study):
    small = of_database(small_study, decimal=",")
    filled(
        "duckdb",
        small.study.folder / "sales.duckdb",
        "CREATE TABLE sales (id HUGEINT, customer VARCHAR, day TIMESTAMP, amount DECIMAL(38, 8))",
        "INSERT INTO sales VALUES (170141183460469231731687303715884105727, 'C1', '2024-03-01 23:59:00', 1.25), "
        "(1, 'C1', '2024-03-01', 100000000000000000000), "
        "(2, 'C1', '2024-03-01', 0.00000001), (3, 'C1', '2024-03-01', 5)",
    )
    rows = small.read().quarantined["deliveries"]
    assert rows[["row", "value"]].values.tolist() == [[2, "100000000000000000000"], [3, "0.00000001"]]
    accepted = small.checked("deliveries")
    assert accepted["delivery_id"].tolist() == ["170141183460469231731687303715884105727", "3"]
    assert accepted["revenue_eur"].tolist() == [Decimal("1.25"), Decimal(5)]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"url": "{kind}:///sale.{kind}"}, "no such file"),
        ({"table": "sale"}, "sale"),
        ({"table": None, "query": "SELECT nothing FROM sales"}, "cannot be read ("),
        ({"table": None, "query": "DROP TABLE sales"}, "cannot be read ("),
        ({"table": None, "query": "DELETE FROM sales"}, "cannot be read ("),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_changed(small_study, kind, source, told):
    source = {key: value and value.format(kind=kind) for key, value in source.items()}
    small = of_database(small_study, kind, **source)
    database = small.study.folder / f"sales.{kind}"
    before = database.read_bytes()
    assert told in the_problem(small)
    assert database.read_bytes() == before


def test_a_query_of_duckdb_cannot_read_other_files(small_study):
    small = of_database(small_study, table=None, query="SELECT * FROM read_csv('customers.csv')")
    assert "cannot be read (" in the_problem(small)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_database(small_study, kind):
    small = of_database(small_study, kind)
    (small.study.folder / f"sales.{kind}").write_bytes(b"not a database " * 100)
    assert "cannot be read (" in the_problem(small)


def test_a_column_that_lacks_is_named(small_study):
    columns = {"delivery_id": "id", "customer_id": "client", "delivered_on": "day", "revenue_eur": "amount"}
    assert "has no column 'client'; possible here: id, customer, day, amount" in the_problem(
        of_database(small_study, columns=columns)
    )


def test_a_read_only_file_can_be_read(small_study):
    small = of_database(small_study)
    (small.study.folder / "sales.duckdb").chmod(stat.S_IRUSR)
    assert small.problems() == []


def of_postgres(small_study, server, **source):
    plain = {"files": None, "url": server.url, "user_variable": "SALES_USER", "password_variable": "SALES_PASSWORD"}
    return small_study({}, deliveries=plain | {"table": "sales"} | source)


def test_a_server_with_user_and_password(small_study, postgres, monkeypatch):
    postgres.run(
        "DROP TABLE IF EXISTS sales; "
        "CREATE TABLE sales (id bigint, customer text, day timestamp, amount numeric, note varchar(9), who uuid); "
        "INSERT INTO sales VALUES (1, 'C1', '2024-03-01 12:00', 10.50, 'é;\"', gen_random_uuid()), "
        "(2, 'C1', '2024-03-01', 'NaN', NULL, NULL), "
        "(3, 'C1', '2024-03-01', 123456789012345678901234567890, '', NULL), (4, NULL, '2024-03-01', 2, '', NULL), "
        "(5, 'C2', '2024-03-01', -0.1, '', NULL)"
    )
    monkeypatch.setenv("SALES_USER", "reader")
    monkeypatch.setenv("SALES_PASSWORD", PASSWORD)
    for asked in ({}, {"table": "public.sales"}, {"table": None, "query": "SELECT * FROM sales ORDER BY id"}):
        small = of_postgres(small_study, postgres, decimal=",", **asked)
        rows = small.read().quarantined["deliveries"]
        assert rows[["row", "rule", "value"]].values.tolist() == [
            [2, "unreadable_value", "NaN"],
            [3, "unreadable_value", "123456789012345678901234567890"],
            [4, "unknown_customer", None],
        ]
        accepted = small.checked("deliveries")
        assert accepted["delivery_id"].tolist() == ["1", "5"]
        assert accepted["revenue_eur"].tolist() == [Decimal("10.5"), Decimal("-0.1")]
        for file in small.run.path.rglob("*"):
            assert file.is_dir() or PASSWORD.encode() not in file.read_bytes()


def test_moments_with_a_time_zone_are_refused_and_their_local_day_is_read(small_study, postgres, monkeypatch):
    monkeypatch.setenv("SALES_USER", "reader")
    monkeypatch.setenv("SALES_PASSWORD", PASSWORD)
    postgres.run(
        "DROP TABLE IF EXISTS sales; CREATE TABLE sales (id bigint, customer text, day timestamptz, amount numeric); "
        "INSERT INTO sales VALUES (1, 'C1', '2024-03-01 00:00+01', 10)"
    )
    assert "the column 'day' holds moments with a time zone" in the_problem(of_postgres(small_study, postgres))
    query = "SELECT id, customer, CAST(day AT TIME ZONE 'Europe/Paris' AS DATE) AS day, amount FROM sales"
    small = of_postgres(small_study, postgres, table=None, query=query)
    small.read()
    assert small.checked("deliveries")["delivered_on"].astype(str).tolist() == ["2024-03-01"]


def test_a_wrong_password_is_told_without_it(small_study, postgres, monkeypatch):
    monkeypatch.setenv("SALES_USER", "reader")
    monkeypatch.setenv("SALES_PASSWORD", "wr0ng-and-secret")
    problem = the_problem(of_postgres(small_study, postgres))
    assert "cannot be read (" in problem
    assert "authentication failed" in problem
    assert "wr0ng" not in problem


def test_a_variable_that_is_not_set_is_named(small_study, monkeypatch):
    monkeypatch.delenv("SALES_USER", raising=False)
    source = {"url": "postgres://127.0.0.1:1/x", "user_variable": "SALES_USER", "table": "sales", "files": None}
    assert "the environment variable SALES_USER is not set" in the_problem(small_study({}, deliveries=source))


def test_a_secret_in_the_words_of_a_driver_is_covered(small_study, monkeypatch, tmp_path):
    def refuse(*_, **given):
        raise OSError(f"cannot log in with {given['password']} and p%40ss")

    monkeypatch.setattr("workbench.tables.databases.ibis.connect", refuse)
    monkeypatch.setenv("SALES_PASSWORD", "p@ss")
    small = small_study(
        {},
        deliveries={"url": "mysql://db/x", "password_variable": "SALES_PASSWORD", "table": "sales", "files": None},
    )
    with pytest.raises(Exception, match=r"\*\*\* and \*\*\*") as stopped:
        open_database(small.study.sources.deliveries, folder=tmp_path, staged=tmp_path / "x.parquet", connection=None)
    assert "p@ss" not in str(stopped.value)
