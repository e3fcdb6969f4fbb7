"""Nomenclatures of activity codes: the one that is shipped, and those that a study hands over as files."""

import warnings
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

import pandas as pd

from workbench.errors import DataError
from workbench.params import SectorFile, Study

# NAF rev. 2 is in force since 2008; the company register goes over to NAF 2025 in January 2027 (assumption A62).
NAF_REV2 = ("naf_rev2", date(2008, 1, 1), date(2026, 12, 31))
N_SECTORS = 36


@dataclass(frozen=True)
class Nomenclature:
    """One vintage of activity codes.

    codes: code (as printed by its publisher), sector (None where the code belongs to none); labels: sector, label_en,
    label_fr (None where no source is certain). It is in force from `valid_from` to `valid_until` (None: open).
    """

    name: str
    codes: pd.DataFrame
    labels: pd.DataFrame
    valid_from: date | None = None
    valid_until: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the nomenclature is in force on that day."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


def read_nomenclatures(study: Study) -> list[Nomenclature]:
    """The nomenclatures a study can use: NAF rev. 2 with the 36 sectors of A38, then the files its params name.

    Raises: DataError where a file is missing, lacks a column, maps a code twice or to a sector that is not in the
    grouping it declares.
    """
    name, begins, ends = NAF_REV2
    shipped = Nomenclature(name, _shipped("naf_rev2.csv"), _shipped("a38.csv"), begins, ends)
    return [shipped, *(_handed_over(study, told) for told in study.potential.sector_files)]


def _shipped(name: str) -> pd.DataFrame:
    return _read(files("workbench") / "potential" / "nomenclatures" / name)


def _read(file: Traversable) -> pd.DataFrame:
    with file.open("r", encoding="utf-8-sig") as lines:
        # Without index_col=False a line that is longer than the header makes its first field no column at all.
        table = pd.read_csv(lines, dtype=str, keep_default_na=False, index_col=False).fillna("").map(str.strip)
    return table.astype(object).where(table != "", None)


def _handed_over(study: Study, told: SectorFile) -> Nomenclature:
    path = study.folder / told.file
    if not path.is_file():
        raise DataError(f"potential.sector_files: {told.file}: no such file; paths are relative to the params file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = _read(path)
    except pd.errors.ParserWarning as error:
        raise DataError(
            f"{told.file}: a line has more fields than the header; put fields that hold a comma in quotes"
        ) from error
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{told.file}: must be a CSV file in UTF-8 with the columns code, sector ({error})") from error
    lacking = [column for column in ("code", "sector") if column not in table]
    if lacking:
        raise DataError(f"{told.file}: must have the columns code, sector (got {', '.join(table)})")
    twice = table.loc[table["code"].duplicated(), "code"]
    if len(twice):
        raise DataError(f"{told.file}: each code must be there once; {twice.iloc[0]} is there twice")
    labels = table.reindex(columns=["sector", "label_en", "label_fr"]).dropna(subset="sector")
    labels = labels.drop_duplicates("sector")
    if told.grouping != "own":
        labels = _shipped(f"{told.grouping}.csv")
        foreign = sorted(set(table["sector"].dropna()) - set(labels["sector"]))
        if foreign:
            raise DataError(
                f"{told.file}: must map to the {N_SECTORS} sectors of {told.grouping} (got {', '.join(foreign[:5])}); "
                "correct the file or set `grouping: own`"
            )
    labels = labels.astype(object).where(labels.notna(), None).reset_index(drop=True)
    return Nomenclature(told.name, table[["code", "sector"]], labels, told.valid_from, told.valid_until)
