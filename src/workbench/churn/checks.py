"""Whether a table of spells can bear a survival model, said before anything is fitted."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.language import decimal_text, said, said_count

# Fewer losses than this say next to nothing about who leaves (the sentence tells; the fit is not refused).
FEW_EVENTS = 10


def check_spells(
    table: pd.DataFrame, *, covariates: Sequence[str], start: str, stop: str, event: str, needed: Sequence[str] = ()
) -> None:
    """Refuse a table that is not one of spells.

    Raises: DataError, with the column, how many rows and an example, where a column is missing, a value unknown or
    infinite, a duration negative, or a loss dated before (or at) the entry of its row.
    """
    missing = [name for name in (start, stop, event, *covariates, *needed) if name not in table]
    if missing:
        raise DataError(f"spells: columns {missing} are missing; the table has {list(table.columns)}")
    for name in (start, stop, *covariates):
        unknown = ~np.isfinite(table[name].astype("float64").to_numpy(na_value=np.nan))
        if unknown.any():
            raise DataError(
                f"spells: {name} is unknown or infinite in {unknown.sum()} of {len(table)} rows, first in row "
                f"{int(np.argmax(unknown))}; fill it or leave the column out"
            )
    if table[event].isna().any():
        raise DataError(f"spells: {event} is unknown in {table[event].isna().sum()} rows; it must be true or false")
    begun, ended = table[start].to_numpy(float), table[stop].to_numpy(float)
    for wrong, what in (
        (ended < 0, f"a negative duration ({stop} below 0)"),
        (begun < 0, f"an entry before the first order ({start} below 0)"),
        (ended <= begun, f"its end ({stop}) not after its entry ({start})"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DataError(
                f"spells: {wrong.sum()} of {len(table)} rows have {what}, first row {row} with {start} "
                f"{begun[row]:g} and {stop} {ended[row]:g}; an order dates a spell, so look at the dates of its client"
            )


def cluster_codes(table: pd.DataFrame) -> np.ndarray:
    """The number (n,) of what each row hangs together with: its group, else its client, else itself."""
    codes = pd.factorize(table["customer_id"])[0] if "customer_id" in table else np.arange(len(table))
    if "group_id" not in table:
        return codes
    groups, names = pd.factorize(table["group_id"])
    return pd.factorize(np.where(groups < 0, len(names) + codes, groups))[0]


def reason_against(table: pd.DataFrame, *, event: str, subject: str) -> str | None:
    """Why no survival model can be fitted to a correct table, in one sentence; None where one can."""
    clients = table[subject].nunique() if subject in table else len(table)
    if clients < 2:
        return said("A survival model compares clients, and here there is {n}: nothing is fitted.", n=clients)
    if not table[event].any():
        n = decimal_text(clients)
        return said(
            "None of the {n} clients was lost in the period: what makes clients leave cannot be estimated.", n=n
        )
    return None


def remarks(table: pd.DataFrame, *, start: str, event: str, subject: str) -> list[str]:
    """What a reader of a fit must know about its table, a sentence each."""
    clients = table[subject].nunique() if subject in table else len(table)
    lost = int(table[event].sum())
    found = []
    if lost == clients:
        n = decimal_text(clients)
        found.append(said("All {n} clients were lost: what keeps one cannot be seen. Look at the rule of loss.", n=n))
    elif lost < FEW_EVENTS:
        few = said_count(lost, "Only one loss", "Only {number} losses", number=lost)
        found.append(said("{few}: intervals are wide and may be wrong.", few=few))
    entries = table.groupby(subject)[start].min() if subject in table else table[start]
    if (entries > 0).all():
        found.append(
            said(
                "Every client was already one when the files begin: nothing is known of the first {months} months.",
                months=decimal_text(float(np.floor(entries.min() * 10) / 10), 1),
            )
        )
    return found
