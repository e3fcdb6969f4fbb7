"""A file larger than the memory the engine may use is read all the same: rows pass through, none are held."""

import pytest

from workbench.tables import sources

ROWS = 100_000
LIMIT = 120


@pytest.fixture
def little_memory(monkeypatch):
    """The engine may use 120 MiB."""
    real = sources.connect

    def connect():
        connection = real()
        connection.raw_sql(f"SET memory_limit = '{LIMIT}MiB'")
        return connection

    monkeypatch.setattr(sources, "connect", connect)


def test_a_csv_file_larger_than_the_memory_of_the_engine(small_study, little_memory):
    small = small_study({})
    note = "a long note " * 130
    with (small.study.folder / "deliveries.csv").open("w") as file:
        file.write("id,customer,day,amount,note\n")
        file.writelines(f"D{n},{'C1' if n % 50 else 'C9'},2024-03-01,1.25,{note}\n" for n in range(ROWS))
    assert (small.study.folder / "deliveries.csv").stat().st_size > LIMIT * 2**20
    book = small.read().intake.set_index("table").loc["deliveries"]
    orphans = ROWS // 50  # C9 is no customer
    assert (book["rows_read"], book["rows_quarantined"]) == (ROWS, orphans)
    assert book["eur_accepted"] == 1.25 * (ROWS - orphans)
