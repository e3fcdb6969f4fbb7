"""Work is done again when what a source holds has changed: a file, a pattern's files, a database."""

import contextlib
import sqlite3

from workbench.tables.fingerprints import source_fingerprints

HEADER = "id,customer,day,amount\n"


def fingerprint(small):
    return source_fingerprints(small.study)["deliveries"]


def test_a_file_and_the_files_of_a_pattern(small_study):
    small = small_study({"d_1.csv": HEADER}, deliveries={"files": ["d_*.csv"]})
    first = fingerprint(small)
    assert fingerprint(small) == first
    (small.study.folder / "d_1.csv").write_text(HEADER + "D1,C1,2024-03-01,1\n")
    changed = fingerprint(small)
    assert changed != first
    (small.study.folder / "d_2.csv").write_text(HEADER)
    assert fingerprint(small)[:1] == changed
    assert len(fingerprint(small)) == 2
    assert fingerprint(small_study({}, deliveries={"files": ["absent.csv"]})) == ["absent.csv missing"]


def test_a_database_file_and_what_stands_beside_it(small_study):
    small = small_study({}, deliveries={"files": None, "url": "sqlite:///s.db", "table": "sales"})
    with contextlib.closing(sqlite3.connect(small.study.folder / "s.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE sales (id)")
        database.commit()
        first = fingerprint(small)
        assert fingerprint(small) == first
        database.execute("INSERT INTO sales VALUES (1)")
        database.commit()
        assert fingerprint(small) != first


def test_a_database_on_a_server_is_always_read_again(small_study):
    small = small_study({}, deliveries={"files": None, "url": "postgres://127.0.0.1/x", "table": "sales"})
    assert fingerprint(small) != fingerprint(small)


def test_derived_customers_have_the_fingerprint_of_the_deliveries(small_study):
    derived = {"files": None, "from_deliveries": True}
    found = source_fingerprints(small_study({"deliveries.csv": HEADER}, customers=derived).study)
    assert found["customers"] == []
    assert len(found["deliveries"]) == 1
