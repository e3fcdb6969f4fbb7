"""The rounds of the company's own vehicles and their stops, which several deliveries may share."""

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.tariff import CUSTOMS_ZONES

DELIVERIES_PER_ROUND = 25
SAME_STOP_SHARE = 0.15


def rounds_and_stops(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """stop_id and round_id of each delivery, None where a partner delivers (the customs zones); same index as rows.

    The deliveries of a day and zone are driven in rounds of at most 25, in an order of their own; some lie at the
    stop of the delivery before.
    """
    rng = stream(seed, "rounds")
    own = np.flatnonzero(~rows["delivery_zone"].isin(CUSTOMS_ZONES).to_numpy())
    days, zones = rows["delivered_on"].to_numpy("datetime64[D]")[own], rows["zone_number"].to_numpy()[own]
    driven = np.lexsort((rng.random(len(own)), zones, days))
    days, zones = days[driven], zones[driven]
    first = np.r_[True, (days[1:] != days[:-1]) | (zones[1:] != zones[:-1])]
    places = np.arange(len(own))
    since = places - places[first][np.cumsum(first) - 1]
    starts = since % DELIVERIES_PER_ROUND == 0
    stops = starts | (rng.random(len(own)) >= SAME_STOP_SHARE)
    table = pd.DataFrame({"stop_id": None, "round_id": None}, index=rows.index, dtype=object)
    for column, prefix, begins in (("stop_id", "S", stops), ("round_id", "T", starts)):
        names = np.array([f"{prefix}{number:08d}" for number in np.cumsum(begins)], dtype=object)
        table.iloc[own[driven], table.columns.get_loc(column)] = names
    return table
