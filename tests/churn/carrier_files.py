"""The simulated carrier's tables as a study has them after intake, and its true survival."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.carrier import World
from workbench.carrier.lives import Lives
from workbench.carrier.window import AS_OF
from workbench.churn import ClientFiles, client_files
from workbench.params import Churn, Competitive, Scale
from workbench.tables.empty import empty_table

LAST_DAY = date(2025, 12, 31)
ASKED = Competitive(scale=Scale(lowest=1, highest=10, not_applicable=[99], refused=[98]))


def as_checked(frame: pd.DataFrame, table: str) -> ibis.Table:
    """The columns of the contract, of its types, dates as dates and money as floats are to money."""
    schema = dict(empty_table(table).schema().items())
    columns = {}
    for name, dtype in schema.items():
        if name not in frame:
            columns[name] = pa.nulls(len(frame), dtype.to_pyarrow())
        else:
            values = frame[name].round(2) if dtype.is_decimal() else frame[name]
            columns[name] = pa.array(values, from_pandas=True).cast(dtype.to_pyarrow(), safe=False)
    return ibis.memtable(pa.table(columns))


def tables_of(world: World, *, until: date = LAST_DAY) -> dict[str, ibis.Table]:
    """Deliveries, interactions, price changes and answers, those after `until` left out."""
    changes = world.price_changes
    changes = changes.assign(scope=changes["level"] + ": " + changes["item"])
    last = pd.Timestamp(until)
    return {
        "deliveries": as_checked(world.deliveries[world.deliveries["delivered_on"] <= last], "deliveries"),
        "interactions": as_checked(world.interactions[world.interactions["month"] <= last], "interactions"),
        "price_changes": as_checked(changes[pd.to_datetime(changes["effective_on"]) <= last], "price_changes"),
        "survey": as_checked(world.survey[world.survey["answered_on"] <= last], "survey"),
    }


def files_of(world: World, told: Churn | None = None, *, until: date = LAST_DAY) -> ClientFiles:
    """All that the world's files tell up to a day, seen from the last day."""
    tables = tables_of(world, until=until)
    return client_files(tables, world.customers, told or Churn(), as_of=LAST_DAY, asked=ASKED)


def true_spells(lives: Lives) -> pd.DataFrame:
    """The true relationships of the accounts in the file: from the start to lost_on, followed beyond the files' end.

    Who began before the files is in them by an order only, so it enters at the first one in the window.
    """
    accounts = lives.accounts
    lost_on, start = accounts["lost_on"].to_numpy("datetime64[D]"), accounts["starts_on"].to_numpy("datetime64[D]")
    first = lives.orders.groupby("account")["ordered_on"].min().to_numpy("datetime64[D]")
    lost = ~np.isnat(lost_on)
    stop = np.where(lost, lost_on, AS_OF + 36 * 30)
    table = pd.DataFrame(
        {
            "customer_id": accounts["customer_id"],
            "unit": accounts["group_id"],
            "entry_days": np.where(start < lives.calendar.opens_on, (first - start).astype(float), 0.0),
            "duration_days": (stop - start).astype(float) + 0.5,
            "lost": lost,
        }
    )
    return table[table["duration_days"] > table["entry_days"]].reset_index(drop=True)
