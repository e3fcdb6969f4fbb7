"""The days and months of the world: the window of the files ends with `AS_OF`, the world goes on behind it."""

from dataclasses import dataclass

import numpy as np

AS_OF = np.datetime64("2025-12-31", "D")
BURN_IN_MONTHS = 120
HORIZON_MONTHS = 36

# Work by calendar month, January first: a slack August, a busy autumn and a peak before Christmas.
SEASON = np.array([0.94, 0.96, 1.03, 1.00, 0.97, 1.03, 0.95, 0.72, 1.05, 1.08, 1.10, 1.22])


@dataclass(frozen=True)
class Calendar:
    """The window: `months` whole months, the last one ending with AS_OF. Months are counted from 0 at its opening."""

    months: int

    @property
    def first_month(self) -> np.datetime64:
        """The month in which the window opens."""
        return AS_OF.astype("datetime64[M]") - (self.months - 1)

    @property
    def month_names(self) -> np.ndarray:
        """The months of the window, datetime64[M], in order."""
        return self.first_month + np.arange(self.months)

    @property
    def opens_on(self) -> np.datetime64:
        """The first day of the window."""
        return self.first_month.astype("datetime64[D]")

    def month_of(self, days: np.ndarray) -> np.ndarray:
        """The number of the month of each day (int64; negative before the window)."""
        return (days.astype("datetime64[M]") - self.first_month).astype("int64")

    def day_at(self, times: np.ndarray) -> np.ndarray:
        """The day of a time counted in months from the opening of the window."""
        whole = np.floor(times)
        month = self.first_month + whole.astype("int64")
        first = month.astype("datetime64[D]")
        length = ((month + 1).astype("datetime64[D]") - first).astype("int64")
        return first + np.floor((times - whole) * length).astype("int64")


def month_end(days: np.ndarray) -> np.ndarray:
    """The last day of the month of each day."""
    return (days.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1


def workload(days: np.ndarray) -> np.ndarray:
    """How much is ordered on each day, 1 on an average working day of the year; nothing on Saturdays and Sundays."""
    months = days.astype("datetime64[M]").astype("int64") % 12
    return np.where(np.is_busday(days), SEASON[months], 0.0)
