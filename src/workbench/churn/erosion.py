"""Clients that stay and buy ever less: when the volume of each fell below half of its own norm."""

import numpy as np
import pandas as pd

from workbench.churn.history import History
from workbench.units import DAYS_A_MONTH

RECENT_MONTHS = 3
NORM_MONTHS = 12
LEAST_NORM_MONTHS = 6
LEAST_DELIVERIES_A_MONTH = 4
ERODED_BELOW = 0.5


def erosions(history: History) -> np.ndarray:
    """Where the volume of an account is eroded: shape (n, months), at the end of each month.

    The revenue of the last three months lies below half of the account's own norm, and did so a month before: the norm
    is three times its mean month of the twelve before those three, from its first month with revenue on; with fewer
    than six of them, or fewer than four deliveries a month in them, nothing is said (assumption A45).
    """
    revenue = history.facts["revenue_eur"].astype("float64")
    passed, delivered = _passed(revenue), _passed(history.facts["n_deliveries"].astype("float64"))
    bought = revenue > 0
    began = np.where(bought.any(axis=1), bought.argmax(axis=1), history.n_months)
    below = np.zeros(revenue.shape, dtype=bool)
    for month in range(LEAST_NORM_MONTHS + RECENT_MONTHS - 1, history.n_months):
        split = month + 1 - RECENT_MONTHS
        since = np.maximum(began, split - NORM_MONTHS)
        n = split - since
        norm = (passed[:, split] - passed[np.arange(len(revenue)), np.minimum(since, split)]) / np.maximum(n, 1)
        recent = (passed[:, month + 1] - passed[:, split]) / RECENT_MONTHS
        sent = delivered[:, split] - delivered[np.arange(len(revenue)), np.minimum(since, split)]
        often = sent >= LEAST_DELIVERIES_A_MONTH * n
        below[:, month] = (n >= LEAST_NORM_MONTHS) & often & (recent < ERODED_BELOW * norm)
    eroded = below.copy()
    eroded[:, 1:] &= below[:, :-1]
    eroded[:, 0] = False
    return eroded


def erosion_spells(history: History, spells: pd.DataFrame) -> pd.DataFrame:
    """Spells up to the first erosion instead of the loss: a loss ends the time in which volume can erode.

    Parameters: history, of the accounts of the spells, in their order; spells, as `account_spells` gives them.
    Returns: the spells with duration, entry and lost of the erosion: entry when a norm is first known, duration up to
    the end of the first month of erosion, else up to that of the last month before the spell's own end.
    """
    eroded = erosions(history)
    first = np.where(eroded.any(axis=1), eroded.argmax(axis=1), history.n_months)
    origin = spells["origin_on"].to_numpy("datetime64[D]")
    bought = history.facts["revenue_eur"] > 0
    began = bought.argmax(axis=1)
    known = LEAST_NORM_MONTHS + RECENT_MONTHS
    entered = ((history.first_month + began + known).astype("datetime64[D]") - origin).astype(float)
    reached = (
        (history.first_month + np.minimum(first, history.n_months - 1) + 1).astype("datetime64[D]") - origin
    ).astype(float)
    ended = spells["duration_days"].to_numpy(float)
    lost = (first < history.n_months) & (reached <= ended)
    stop = np.where(lost, reached, np.minimum(ended, reached))
    table = spells.assign(entry_days=np.maximum(entered, spells["entry_days"]), duration_days=stop, lost=lost)
    table["entry_months"] = table["entry_days"] / DAYS_A_MONTH
    table["duration_months"] = table["duration_days"] / DAYS_A_MONTH
    return table


def _passed(monthly: np.ndarray) -> np.ndarray:
    """What has gone by before each month, and before the one after the last."""
    return np.concatenate([np.zeros((len(monthly), 1)), np.cumsum(monthly, axis=1)], axis=1)
