"""On which days each client ordered: what the rhythm, the spells and the loss are read from."""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

EPOCH = np.datetime64("1970-01-01", "D")


@dataclass(frozen=True)
class OrderDays:
    """The days on which each unit (an account or a group) ordered; orders of one day are one.

    units: ids, shape (n,); first: where each unit's days begin, shape (n + 1,), int64; days: days since 1970, int32,
    rising within a unit. Every unit has at least one day.
    """

    units: np.ndarray
    first: np.ndarray
    days: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """How many days each unit ordered on."""
        return np.diff(self.first)

    @property
    def owner(self) -> np.ndarray:
        """The number of the unit of each day."""
        return np.repeat(np.arange(len(self.units)), self.counts)

    @property
    def first_days(self) -> np.ndarray:
        """The first day of each unit."""
        return self.days[self.first[:-1]]

    @property
    def last_days(self) -> np.ndarray:
        """The last day of each unit."""
        return self.days[self.first[1:] - 1]

    def until(self, day: date) -> "OrderDays":
        """What was known at the end of a day: units without an order by then are not there."""
        known = self.days <= day_numbers(day)
        return _collected(self.units, self.owner[known], self.days[known])

    def of(self, units: np.ndarray) -> "OrderDays":
        """The days of some units, in their order. Raises KeyError for one that is not known."""
        place = pd.Index(self.units).get_indexer(units)
        if (place < 0).any():
            raise KeyError(f"{int((place < 0).sum())} units without an order, first {units[int(np.argmin(place))]!r}")
        counts = self.counts[place]
        first = np.concatenate([[0], np.cumsum(counts)])
        taken = np.arange(first[-1]) + np.repeat(self.first[:-1][place] - first[:-1], counts)
        return OrderDays(np.asarray(units, dtype=object), first, self.days[taken])

    def by(self, unit: np.ndarray) -> "OrderDays":
        """The days of larger units: unit, the larger unit of each of ours, shape (n,)."""
        number, larger = pd.factorize(np.asarray(unit, dtype=object))
        return _collected(np.asarray(larger, dtype=object), number[self.owner], self.days)


def order_days(deliveries: ibis.Table) -> OrderDays:
    """The order days of each account: the day ordered, or that of the delivery where the order has none.

    Parameters: deliveries, checked. Credit notes and rows with negative revenue are no orders (assumption A3), rows
    without a customer nobody's.
    """
    ordered_on = ibis.coalesce(deliveries.ordered_on, deliveries.delivered_on)
    orders = deliveries.filter(
        deliveries.credited_document_id.isnull()
        & (deliveries.revenue_eur >= 0)
        & deliveries.customer_id.notnull()
        & ordered_on.notnull()
    )
    day = ibis.coalesce(orders.ordered_on, orders.delivered_on).cast("date")
    listed = orders.group_by(orders.customer_id).agg(days=day.collect(distinct=True).sort())
    table = listed.order_by("customer_id").to_pyarrow().combine_chunks()
    days = table["days"].combine_chunks() if table.num_rows else None
    if days is None:
        return OrderDays(np.empty(0, dtype=object), np.zeros(1, dtype="int64"), np.empty(0, dtype="int32"))
    counts = days.value_lengths().to_numpy(zero_copy_only=False)
    values = days.flatten().cast("int32").to_numpy(zero_copy_only=False)
    first = np.concatenate([[0], np.cumsum(counts)]).astype("int64")
    return OrderDays(table["customer_id"].to_numpy(), first, values)


def day_numbers(days: np.ndarray | pd.Series | date) -> np.ndarray:
    """Days since 1970 (int32) of dates; a missing one is a very negative number."""
    return (np.asarray(days, dtype="datetime64[D]") - EPOCH).astype("int64").clip(-(2**31)).astype("int32")


def dates_of(days: np.ndarray) -> pd.Series:
    """The dates (datetime64[s]) of days since 1970."""
    return pd.Series(EPOCH + np.asarray(days).astype("int64")).astype("datetime64[s]")


def _collected(units: np.ndarray, owner: np.ndarray, days: np.ndarray) -> OrderDays:
    """Sorted, without repetitions, without units that have no day."""
    if not len(owner):
        return OrderDays(units[:0], np.zeros(1, dtype="int64"), np.empty(0, dtype="int32"))
    earliest = int(days.min())
    span = int(days.max()) - earliest + 1
    # numpy's unique counts by hashing, which takes a minute for ten million keys that sort in one second.
    key = np.sort(owner.astype("int64") * span + (days.astype("int64") - earliest))
    key = key[np.r_[True, key[1:] != key[:-1]]]
    number, day = key // span, (key % span + earliest).astype("int32")
    begins = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    return OrderDays(units[number[begins]], np.r_[begins, len(key)], day)
