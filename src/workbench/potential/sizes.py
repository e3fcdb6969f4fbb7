"""Size classes of companies: by headcount, turnover and balance sheet, an account counting with its group."""

import numpy as np
import pandas as pd

from workbench.params import SizeThresholds

SIZES = ("microenterprise", "SME", "mid-size", "large")

# Least number of employees of each band of the company register (Insee, "tranche d'effectifs salariés").
BAND_HEADCOUNT = {
    "00": 0, "01": 1, "02": 3, "03": 6, "11": 10, "12": 20, "21": 50, "22": 100, "31": 200, "32": 250, "41": 500,
    "42": 1000, "51": 2000, "52": 5000, "53": 10000,
}  # fmt: skip
MEASURES = ("headcount", "turnover_eur", "balance_sheet_eur")


def size_classes(companies: pd.DataFrame, thresholds: SizeThresholds, *, group_size: str = "largest") -> pd.Series:
    """The size class of each company (one of SIZES, None where neither headcount nor amounts are known).

    Parameters: companies, columns headcount, headcount_band, turnover_eur, balance_sheet_eur (each may be missing or
    blank) and group_id; not modified. group_size: an account has the measures of its group's `largest` account, their
    `sum`, or its `own` (assumption A61).
    Notes: French decree 2008-1354. A class asks for fewer persons than its limit, and a turnover or a balance sheet
    within its limits; what is not known does not speak against a class (assumption A60).
    """
    known = _measures(companies)
    if group_size != "own" and "group_id" in companies:
        own = pd.Series([f"account {place}" for place in range(len(companies))], index=companies.index)
        group = companies["group_id"].where(companies["group_id"].notna(), own)
        grouped = known.groupby(group)
        joined = grouped.transform("max") if group_size == "largest" else grouped.transform("sum", min_count=1)
        known = joined
    heads, turnover, balance = (known[measure].to_numpy(float) for measure in MEASURES)
    size = np.full(len(known), len(SIZES) - 1)
    for place, name in reversed(list(enumerate(("micro", "sme", "mid_size")))):
        few = ~(heads >= getattr(thresholds, f"{name}_headcount"))
        small = (turnover <= getattr(thresholds, f"{name}_turnover_eur")) | (
            balance <= getattr(thresholds, f"{name}_balance_eur")
        )
        fits = few & (small | (np.isnan(turnover) & np.isnan(balance)))
        size = np.where(fits, place, size)
    named = pd.Series(np.array(SIZES, dtype=object)[size], index=companies.index)
    return named.where(known.notna().any(axis=1), None)


def clusters(accounts: pd.DataFrame) -> pd.Series:
    """The group of each account, or itself: what cannot be drawn apart. Columns customer_id and, if known, group_id."""
    own = "c " + accounts["customer_id"].astype("string")
    return ("g " + accounts["group_id"].astype("string")).fillna(own) if "group_id" in accounts else own


def _measures(companies: pd.DataFrame) -> pd.DataFrame:
    """Headcount (of the band, where it is not given), turnover and balance sheet as float64, blank as NaN."""
    known = companies.reindex(columns=list(MEASURES)).apply(pd.to_numeric).astype("float64")
    bands = companies.get("headcount_band")
    if bands is not None:
        least = bands.map(lambda band: str(band).strip().zfill(2), na_action="ignore").map(BAND_HEADCOUNT)
        known["headcount"] = known["headcount"].fillna(least.astype("float64"))
    return known
