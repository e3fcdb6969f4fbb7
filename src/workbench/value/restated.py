"""What of the difference between two runs is not the clients' doing: other params, other files, months restated."""

from dataclasses import dataclass

import pandas as pd

from workbench.value.snapshot import Snapshot

# Where the files lie, and what each run is told anew, is no change of the study.
NOT_COMPARED = frozenset({"as_of", "edition", "language", "to_confirm"})
FILES = ".files"
# Cents are rounded over the whole table: a month more in it can move those of another by some, and restates nothing.
LEAST_RESTATED = 1.0


@dataclass(frozen=True)
class Changes:
    """How the two runs differ apart from the clients.

    params: key, before, after (texts). files: table, state (same, grown by further files,
    replaced, new, gone, unknown of a database), rows_before, rows_after.
    months: the months both runs have; months_restated, how many of them have another margin in the later run, by
    LEAST_RESTATED or more, which no client can have moved, and restated_eur, by how much in all; same_day: whether both
    runs are of one date.
    """

    params: pd.DataFrame
    files: pd.DataFrame
    months: int
    months_restated: int
    restated_eur: float
    same_day: bool

    @property
    def is_none(self) -> bool:
        """Whether params and files are the same."""
        return self.params.empty and self.files["state"].eq("same").all()


def changes(earlier: Snapshot, later: Snapshot) -> Changes:
    """How two runs differ in params, in files, and in the months they share.

    Parameters: earlier and later. Returns: Changes. Notes: a table's files are the same where each has the sha256 it
    had; a month's margin does not change by itself, so what it differs by comes of params, method or corrected files
    (assumption A112).
    """
    both = earlier.months.merge(later.months, on="month", suffixes=("_before", "_after"))
    moved = both["practical_margin_eur_after"] - both["practical_margin_eur_before"]
    restated = moved[moved.abs() >= LEAST_RESTATED]
    return Changes(
        params=_params(earlier.params, later.params),
        files=_files(earlier.intake, later.intake),
        months=len(both),
        months_restated=len(restated),
        restated_eur=round(float(restated.sum()), 2),
        same_day=earlier.as_of == later.as_of,
    )


def _params(before: dict[str, object], after: dict[str, object]) -> pd.DataFrame:
    old, new = dict(_leaves(before)), dict(_leaves(after))
    keys = [key for key in [*old, *(key for key in new if key not in old)] if old.get(key) != new.get(key)]
    rows = [(key, _text(old.get(key)), _text(new.get(key))) for key in keys]
    return pd.DataFrame(rows, columns=["key", "before", "after"])


def _leaves(value: object, key: str = ""):
    """Every value of a block of params with its dotted key; entries of lists by their place."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield key, value
        return
    for name, part in inner:
        own = f"{key}.{name}" if key else str(name)
        if own not in NOT_COMPARED and not own.endswith(FILES):
            yield from _leaves(part, own)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _files(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for table in dict.fromkeys([*before["table"], *after["table"]]):
        old, new = before[before["table"].eq(table)], after[after["table"].eq(table)]
        sizes = [int(part["rows_read"].sum()) if len(part) else None for part in (old, new)]
        rows.append((table, _state(old["sha256"], new["sha256"]), *sizes))
    table = pd.DataFrame(rows, columns=["table", "state", "rows_before", "rows_after"])
    return table.astype({"rows_before": "Int64", "rows_after": "Int64"})


def _state(before: pd.Series, after: pd.Series) -> str:
    if before.empty or after.empty:
        return "new" if before.empty else "gone"
    if before.isna().any() or after.isna().any():
        return "unknown"
    if sorted(before) == sorted(after):
        return "same"
    return "grown" if set(before) <= set(after) else "replaced"
