"""The books of a reading: what each file held and what became of it, in rows and euros, and that it closes."""

from decimal import Decimal

import duckdb
import pandas as pd

from workbench.errors import BooksDoNotClose
from workbench.tables.contracts import Contract
from workbench.tables.raw_rows import ROW_BITS, RawRows

EUR = ("eur_read", "eur_accepted", "eur_quarantined")
INTAKE_COLUMNS = (
    dict.fromkeys(("table", "file", "sha256"), "object")
    | dict.fromkeys(("rows_read", "rows_accepted", "rows_quarantined"), "int64")
    | dict.fromkeys(EUR, "float64")
)


def file_books(
    contract: Contract, rows: list[RawRows], names: list[str], connection: duckdb.DuckDBPyConnection
) -> pd.DataFrame:
    """A row per file: rows read, accepted, quarantined, and the same in euros (Decimal; None without an amount)."""
    table = contract.table
    amount = f"v{names.index(contract.amount)}" if contract.amount in names else "NULL::DECIMAL(18,6)"
    by_place = f"GROUP BY _n >> {ROW_BITS}"
    broken = f"(SELECT _n FROM broken_{table})"
    read = dict(_by_place(connection, f"sum({amount})", f"read_{table} {by_place}"))
    accepted = dict(
        _by_place(connection, f"(count(*), sum({amount}))", f"read_{table} WHERE _n NOT IN {broken} {by_place}")
    )
    quarantined = dict(_by_place(connection, "(count(*), sum(amount_eur))", f"quarantined_{table} {by_place}"))
    zero = Decimal(0) if contract.amount in names else None
    books = []
    for place, raw in enumerate(rows):
        rows_accepted, eur_accepted = accepted.get(place, (0, zero))
        rows_quarantined, eur_quarantined = quarantined.get(place, (0, zero))
        counts = (raw.n_read, rows_accepted, rows_quarantined)
        euros = (read.get(place), eur_accepted, eur_quarantined)
        euros = tuple(zero if euro is None else euro for euro in euros)
        books.append((table, raw.file.name, raw.file.sha256, *counts, *euros))
    return pd.DataFrame(books, columns=list(INTAKE_COLUMNS)).astype(dict.fromkeys(EUR, "object"))


def _by_place(connection: duckdb.DuckDBPyConnection, sums: str, rest: str) -> list[tuple]:
    return connection.execute(f"SELECT _n >> {ROW_BITS}, {sums} FROM {rest}").fetchall()


def check_books(
    contract: Contract, books: pd.DataFrame, checked: str, n_written: int, connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise BooksDoNotClose unless accepted + quarantined = read per file, as counted in the files just written."""
    for book in books.itertuples():
        if book.rows_accepted + book.rows_quarantined != book.rows_read:
            raise BooksDoNotClose(
                f"{book.file}: {book.rows_read} rows were read, but {book.rows_accepted} accepted and "
                f"{book.rows_quarantined} quarantined; please report this file's form as a bug"
            )
        if book.eur_read is not None and book.eur_accepted + book.eur_quarantined != book.eur_read:
            raise BooksDoNotClose(
                f"{book.file}: {book.eur_read} euros were read, but {book.eur_accepted} accepted and "
                f"{book.eur_quarantined} quarantined; please report this file's form as a bug"
            )
    has_amount = books["eur_accepted"].notna().all()
    amount = f"coalesce(sum({contract.amount}), 0)" if has_amount else "NULL"
    n_checked, eur_checked = connection.execute(f"SELECT count(*), {amount} FROM {checked}").fetchone()
    wanted = (books["rows_accepted"].sum(), sum(books["eur_accepted"]) if has_amount else None)
    if (n_checked, eur_checked) != wanted or n_written != books["rows_quarantined"].sum():
        raise BooksDoNotClose(
            f"{contract.table}: {n_checked} rows and {eur_checked} euros were written as accepted and {n_written} rows "
            f"as quarantined, but {wanted[0]}, {wanted[1]} and {books['rows_quarantined'].sum()} were judged so"
        )
