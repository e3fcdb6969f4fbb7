"""The survey on one scale: 0 to 100 from the declared bounds, what is no score told apart, one wave taken."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.params import Competitive, Source

US = "us"
NO_WAVE = "all"


@dataclass(frozen=True)
class Survey:
    """The answers of all waves on 0-100.

    table: one row per respondent, supplier and wave (index 0..n-1): respondent_id, customer_id (None: a non-client),
    wave, answered_on, supplier (`us` or a competitor), role, weight, naf_code, headcount, headcount_band, satisfaction,
    differentiation, loyalty (mean of the loyalty items answered), volume (percent of purchases given to us), and a
    column per attribute, loyalty item and stated importance; NaN where there is no score. not_applicable: index of
    table, a column of true and false per attribute. attributes, loyalty_items: their names. wave, the one studied.
    unanswered: of the rows of that wave in which clients rate us, by column of scores those answered, not applicable,
    refused and blank.
    """

    table: pd.DataFrame
    not_applicable: pd.DataFrame
    attributes: tuple[str, ...]
    loyalty_items: tuple[str, ...]
    wave: str
    unanswered: pd.DataFrame

    @property
    def waves(self) -> list[str]:
        """The waves in order, the last one last."""
        return waves_in_order(self.table)

    def of(self, *, supplier: str | None = None, clients: bool | None = None, wave: str | None = None) -> pd.DataFrame:
        """The rows of one wave (default: the one studied), of one supplier, of clients or of non-clients."""
        rows = self.table[self.table["wave"] == (wave or self.wave)]
        if supplier is not None:
            rows = rows[rows["supplier"] == supplier]
        if clients is not None:
            rows = rows[rows["customer_id"].notna() == clients]
        return rows

    @property
    def competitors(self) -> list[str]:
        """The competitors rated in the wave, the most rated first."""
        return [name for name in self.of()["supplier"].value_counts().index if name != US]


def scored_survey(survey: pd.DataFrame, source: Source, told: Competitive) -> Survey:
    """The checked survey as scores.

    Parameters: survey, as checked, scores on their declared scales with codes; not modified. source, what the columns
    are; told, scales, our name, the wave.
    Raises: DataError where there is no row, no row about us, no attribute, or the wave asked for is not there.
    Notes: the bounds are those of the questionnaire, never those observed (assumption A20). A code of `refused` and a
    blank are unanswered; a code of `not_applicable` says that the service is not used.
    """
    attributes = tuple(source.attributes)
    loyalty_items = tuple(f"loyalty_{name}" for name in source.loyalty_items)
    if not attributes:
        raise DataError("survey: no attribute is mapped; name what was rated under sources.survey.attributes")
    if survey.empty:
        raise DataError("survey: no row is left after the checks; a run lists why in quarantine/survey.csv")
    table = survey.reset_index(drop=True).copy()
    table["supplier"] = table["supplier"].where(table["supplier"] != told.our_name, US)
    if not table["supplier"].eq(US).any():
        found = ", ".join(sorted(table["supplier"].unique())[:5])
        raise DataError(f"survey: no row rates us; competitive.our_name is {told.our_name!r}, suppliers are {found}")
    columns = [name for name in source.scored_columns if name in table]
    raw = table[columns].astype(float)
    absent = {name: raw[name].isin(told.scale_of(name).not_applicable) for name in columns}
    refused = {name: raw[name].isin(told.scale_of(name).refused) for name in columns}
    for name in columns:
        scores = raw[name].mask(absent[name] | refused[name])
        table[name] = told.scale_of(name).on_hundred(scores)
    table["loyalty"] = table[list(loyalty_items)].mean(axis=1) if loyalty_items else np.nan
    table["volume"] = 100 * table["purchases_share"].astype(float)
    table["wave"] = _waves(table)
    wave = _studied(table, told.wave)
    ours = (table["wave"] == wave) & (table["supplier"] == US) & table["customer_id"].notna()
    unanswered = pd.DataFrame(
        [
            (name, *(mark[ours].sum() for mark in (table[name].notna(), absent[name], refused[name], raw[name].isna())))
            for name in columns
        ],
        columns=["column", "n_answered", "n_not_applicable", "n_refused", "n_blank"],
    )
    return Survey(
        table=table,
        not_applicable=pd.DataFrame({name: absent[name] for name in attributes}, index=table.index),
        attributes=attributes,
        loyalty_items=loyalty_items,
        wave=wave,
        unanswered=unanswered,
    )


def waves_in_order(rows: pd.DataFrame) -> list[str]:
    """The waves of some rows by the day of their last answer; by name where a wave has no day (wave 9 before wave 10).

    Notes: the text of a name is no order: "autumn 2024" stands before "spring 2024", and came after it.
    """
    last = pd.to_datetime(rows["answered_on"]).groupby(rows["wave"]).max()
    named = sorted(last.index, key=_numbers_as_numbers)
    return named if last.isna().any() else sorted(named, key=last.get)


def _numbers_as_numbers(name: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _waves(table: pd.DataFrame) -> pd.Series:
    """The wave as written, else the year of the answer, else one wave for all."""
    years = pd.to_datetime(table["answered_on"]).dt.year.astype("Int64").astype("string")
    return table["wave"].astype("string").fillna(years).fillna(NO_WAVE).astype(object)


def _studied(table: pd.DataFrame, asked: str | None) -> str:
    rated = waves_in_order(table[table["supplier"] == US])
    if asked is None:
        return rated[-1]
    if asked not in rated:
        raise DataError(f"survey: competitive.wave must be one of {', '.join(rated)} (got {asked!r})")
    return asked
