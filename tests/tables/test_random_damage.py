"""Whatever stands in a file: accepted + quarantined = read, in rows and euros, for every reader."""

import contextlib
import math
import os
import sqlite3
from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import workbook

from workbench.errors import DataError

TITLES = ["id", "customer", "day", "amount"]
READERS = ("csv", "parquet", "excel", "sqlite", "duckdb")
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MANY = settings(FEW, max_examples=400)

texts = st.one_of(
    st.sampled_from(
        ["", " ", "C1", "C2", "D1", "00042", "2024-03-01", "31/02/2024", "10.5", "-3", "1e400", "NaN", "é;\"'"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
)
numbers = st.one_of(
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, 45352, 20240301, 0.1, -2.5, 1e22]),
)
sound = st.tuples(
    st.integers(0, 30).map("D{}".format), st.sampled_from(["C1", "C2"]), st.just("2024-03-01"), st.just("2.50")
)
of_texts = st.lists(st.one_of(sound, st.tuples(texts, texts, texts, texts)), min_size=1, max_size=25)
cells = st.one_of(texts, numbers, st.none(), st.dates(date(1901, 1, 1), date(2030, 1, 1)))
of_cells = st.lists(st.one_of(sound, st.tuples(cells, cells, cells, cells)), min_size=1, max_size=25)


ALWAYS = ("D99", "C1", "2024-03-01", "1")


def check_books(small, n_read):
    """Read the study, and hold its books against what it wrote and against the rows that were put in."""
    intake = small.read()
    book = intake.intake.set_index("table").loc["deliveries"]
    accepted = small.checked("deliveries")
    quarantined = small.quarantine("deliveries") if book["rows_quarantined"] else pd.DataFrame({"amount_eur": []})
    assert book["rows_read"] == n_read
    assert (len(accepted), len(quarantined)) == (book["rows_accepted"], book["rows_quarantined"])
    assert len(accepted) + len(quarantined) == n_read
    euros = sum(accepted["revenue_eur"], Decimal(0)) + sum(map(Decimal, quarantined["amount_eur"]), Decimal(0))
    assert math.isclose(book["eur_read"], float(euros), rel_tol=1e-12, abs_tol=1e-9)


def written(small_study, reader, rows):
    """A study whose deliveries are a sound row and these, in a file of that reader; how many rows it must read."""
    rows = [ALWAYS, *rows]
    if reader == "csv":
        content = pd.DataFrame(rows, columns=TITLES).to_csv(index=False, quoting=1)
        return small_study({"deliveries.csv": content}), len(rows)
    if reader == "excel":
        rows = [tuple(f"'{value}" if str(value).startswith("=") else value for value in row) for row in rows]
        small = small_study({"d.xlsx": workbook({"S": [TITLES, *rows]})}, deliveries={"files": ["d.xlsx"]})
        return small, sum(any(value not in ("", None) for value in row) for row in rows)
    if reader == "parquet":
        small = small_study({"d.parquet": pd.DataFrame(rows, columns=TITLES)}, deliveries={"files": ["d.parquet"]})
        return small, len(rows)
    source = {"files": None, "url": f"{reader}:///d.{reader}", "table": "sales"}
    small = small_study({}, deliveries=source)
    path = small.study.folder / f"d.{reader}"
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path) if reader == "sqlite" else duckdb.connect(str(path))) as database:
        kinds = "" if reader == "sqlite" else " VARCHAR"
        database.execute(f"CREATE TABLE sales ({', '.join(title + kinds for title in TITLES)})")
        plain = [tuple(str(value) if isinstance(value, date) else value for value in row) for row in rows]
        database.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", plain)
        if reader == "sqlite":
            database.commit()
    return small, len(rows)


@pytest.mark.parametrize("reader", READERS)
@FEW
@given(rows=of_texts)
def test_texts_of_any_kind(small_study, reader, rows):
    check_books(*written(small_study, reader, rows))


@pytest.mark.parametrize("reader", ["excel", "sqlite"])
@FEW
@given(rows=of_cells)
def test_cells_of_any_type(small_study, reader, rows):
    check_books(*written(small_study, reader, rows))


@pytest.mark.parametrize("reader", ["excel", "sqlite", "duckdb"])
@FEW
@given(rows=of_texts, damage=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=40)), min_size=1))
def test_bytes_put_anywhere_in_a_file(small_study, reader, rows, damage):
    damaged(small_study, reader, rows, damage)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
@MANY
@given(rows=of_texts)
def test_many_texts_of_any_kind(small_study, reader, rows):
    check_books(*written(small_study, reader, rows))


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["excel", "sqlite"])
@MANY
@given(rows=of_cells)
def test_many_cells_of_any_type(small_study, reader, rows):
    check_books(*written(small_study, reader, rows))


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["excel", "sqlite", "duckdb"])
@MANY
@given(rows=of_texts, damage=st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=40)), min_size=1))
def test_many_bytes_put_anywhere_in_a_file(small_study, reader, rows, damage):
    damaged(small_study, reader, rows, damage)


def damaged(small_study, reader, rows, damage):
    """Bytes written over a file: it is refused with a sentence, or its books close."""
    small, _ = written(small_study, reader, rows)
    path = small.study.folder / {"excel": "d.xlsx"}.get(reader, f"d.{reader}")
    content = bytearray(path.read_bytes())
    for place, put in damage:
        place %= len(content)
        content[place : place + len(put)] = put[: len(content) - place]
    path.write_bytes(content)
    try:
        intake = small.read()
    except DataError as stopped:
        assert str(stopped).startswith(f"deliveries: {os.fspath(path.name) if reader == 'excel' else reader}")
    else:
        book = intake.intake.set_index("table").loc["deliveries"]
        assert book["rows_accepted"] == len(small.checked("deliveries"))
        assert book["rows_accepted"] + book["rows_quarantined"] == book["rows_read"]
