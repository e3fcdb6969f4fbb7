"""Order days from a list of single orders, and a rhythm that is judged by one silence for everybody."""

from dataclasses import replace

import numpy as np

from workbench.churn.order_days import OrderDays, day_numbers
from workbench.churn.rhythm import Rhythm, with_threshold


def days_of(units: np.ndarray, owner: np.ndarray, ordered_on: np.ndarray) -> OrderDays:
    """Order days of units, all of which must have some: owner, the number of the unit in `units`; ordered_on,
    datetime64."""
    listed = np.unique(np.column_stack([np.asarray(owner), day_numbers(ordered_on)]), axis=0)
    number, first = np.unique(listed[:, 0], return_index=True)
    units = np.asarray(units, dtype=object)[number]
    return OrderDays(units, np.append(first, len(listed)), listed[:, 1].astype("int32"))


def with_silence(found: Rhythm, *, days: float) -> Rhythm:
    """The same rhythm judged by one silence for everybody: by the floor, as quantile 0 is below it."""
    told = found.told.model_copy(update={"floor_days": float(days), "cap_months": float(days)})
    return replace(with_threshold(replace(found, told=told), quantile=0.0), told=found.told)
