"""A clock that runs as fast as business does: weekends, slack months and closures make no client silent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.churn.order_days import EPOCH, OrderDays, day_numbers
from workbench.params import Closure

DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12
# A year tells its seasons where so many days of each month are in the files, which seldom begin on New Year's Day.
LEAST_DAYS_A_MONTH = 20


@dataclass(frozen=True)
class Clock:
    """Business time in days that are average days of the files: passed[i] has gone by before day first_day + i."""

    first_day: int
    passed: np.ndarray

    def at(self, days: np.ndarray) -> np.ndarray:
        """Business time at the beginning of each day (days since 1970)."""
        place = np.asarray(days, dtype="int64") - self.first_day
        inside = place.clip(0, len(self.passed) - 1)
        return self.passed[inside] + (place - inside)

    def day_at(self, times: np.ndarray) -> np.ndarray:
        """The first day (days since 1970) that begins at or after each business time."""
        times = np.asarray(times, dtype=float)
        found = self.first_day + np.searchsorted(self.passed, times - 1e-9)
        before = np.floor(times).astype("int64") + self.first_day
        return np.where(times < 0, before, found).astype("int64")


def business_clock(
    known: OrderDays, *, ends_on: np.ndarray, seasons: bool = True, closures: Sequence[Closure] = ()
) -> Clock:
    """The clock of the days of the files, up to the end of `ends_on`.

    Parameters: known, the order days; ends_on, the day the files are seen from; seasons, whether weekdays and months
    of the year run as fast as they are ordered on (months only where a calendar year has LEAST_DAYS_A_MONTH of each);
    closures, days on which the clock stands still.
    Notes: a calendar month's speed is its orders over those of its year, for its weekdays, averaged over such
    calendar years, so that growth of the clientele is not taken for a season (assumption A41).
    """
    last = int(day_numbers(ends_on))
    first = int(known.days.min()) if len(known.days) else last
    days = np.arange(first, last + 1)
    counts = np.bincount(known.days[known.days <= last] - first, minlength=len(days)).astype(float)
    speed = np.ones(len(days))
    if seasons and counts.sum():
        speed = _by_weekday(days, counts)
        speed = speed * _by_month(days, counts, speed)
    for one in closures:
        speed[(days >= day_numbers(one.from_on)) & (days <= day_numbers(one.until_on))] = 0.0
    mean = speed.mean() if len(speed) else 0.0
    speed = speed / mean if mean > 0 else np.ones(len(days))
    return Clock(first, np.concatenate([[0.0], np.cumsum(speed)]))


def _by_weekday(days: np.ndarray, counts: np.ndarray) -> np.ndarray:
    weekday = days % DAYS_A_WEEK
    seen = np.bincount(weekday, minlength=DAYS_A_WEEK)
    rate = np.bincount(weekday, weights=counts, minlength=DAYS_A_WEEK) / np.maximum(seen, 1)
    return (rate / rate[seen > 0].mean())[weekday]


def _by_month(days: np.ndarray, counts: np.ndarray, by_weekday: np.ndarray) -> np.ndarray:
    dates = EPOCH + days
    years = dates.astype("datetime64[Y]").astype("int64")
    months = dates.astype("datetime64[M]").astype("int64") % MONTHS_A_YEAR
    whole = []
    for year in np.unique(years):
        own = years == year
        seen = np.bincount(months[own], minlength=MONTHS_A_YEAR)
        if seen.min() >= LEAST_DAYS_A_MONTH and counts[own].sum() > 0:
            expected = np.bincount(months[own], weights=by_weekday[own], minlength=MONTHS_A_YEAR)
            rate = np.bincount(months[own], weights=counts[own], minlength=MONTHS_A_YEAR) / expected
            whole.append(rate / (counts[own].sum() / expected.sum()))
    return np.mean(whole, axis=0)[months] if whole else np.ones(len(days))
