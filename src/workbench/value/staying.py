"""Who is still a client, and how long clients stay if prices stay: by chapter 04, the params, or the files."""

import ibis
import numpy as np
import pandas as pd

from workbench.units import Z90
from workbench.value.tariff_base import Stay

YEAR = 12
LEAST_KEPT = 1e-12


def staying(
    clients: pd.DataFrame,
    survival: pd.DataFrame | None,
    *,
    as_of: pd.Timestamp,
    silent_months: int,
    monthly_loss: float | None,
    past_loss: tuple[int, int],
) -> tuple[np.ndarray, Stay]:
    """Which clients are there, and how long they stay.

    Parameters: clients, customer_id and last_delivery_on; survival, the table `customer_survival` of chapter 04 (None
    where it has not run); as_of; silent_months and monthly_loss of the params; past_loss, clients a year ago and how
    many of them were lost within it, from `yearly_loss`. Returns: whether each row of clients is still one, and the
    Stay of those that are.
    Notes: who had no delivery in the year is none: there is nothing to price. Chapter 04 decides where it has run. Else
    a client silent for silent_months is lost, and all others have the same constant hazard (assumption A106): the
    params', or that of the files with half a loss added, as nobody stays for ever.
    """
    if survival is not None and len(survival):
        return _by_chapter(clients, survival)
    silent_since = as_of - pd.DateOffset(months=silent_months)
    present = clients["last_delivery_on"].gt(silent_since).to_numpy()
    if monthly_loss is not None:
        hazard, spread, origin = -np.log1p(-monthly_loss), 0.0, "params"
    else:
        n, lost = past_loss
        yearly = (lost + 0.5) / (n + 1)
        hazard, origin = -np.log1p(-yearly) / YEAR, "files"
        spread = 1 / np.sqrt(lost + 0.5)
    return present, Stay(np.array([[-hazard]]), spread, origin)


def yearly_loss(deliveries: ibis.Table, *, as_of: pd.Timestamp, silent_months: int) -> tuple[int, int]:
    """Clients a year before the silence began, and how many of them were lost within that year.

    Parameters: deliveries, the checked table. A client of then had delivered, last not more than silent_months before;
    lost is who delivered nothing more after that year.
    """
    worked = deliveries.filter(deliveries.credited_document_id.isnull() & (deliveries.revenue_eur >= 0))
    known_until = as_of - pd.DateOffset(months=silent_months)
    begins = known_until - pd.DateOffset(months=YEAR)
    until_then = worked.delivered_on.max(where=worked.delivered_on <= ibis.literal(begins.date()))
    seen = worked.group_by("customer_id").aggregate(then=until_then, last=worked.delivered_on.max()).to_pandas()
    there = pd.to_datetime(seen["then"]).gt(begins - pd.DateOffset(months=silent_months))
    return int(there.sum()), int((there & pd.to_datetime(seen["last"]).le(known_until)).sum())


def _by_chapter(clients: pd.DataFrame, survival: pd.DataFrame) -> tuple[np.ndarray, Stay]:
    wide = survival.pivot(index="customer_id", columns="months_ahead", values="p_alive").sort_index(axis=1)
    present = (clients["customer_id"].isin(wide.index) & clients["last_delivery_on"].notna()).to_numpy()
    own = wide.loc[clients.loc[present, "customer_id"]].to_numpy(float)
    spread = 0.0
    if {"p_alive_low", "p_alive_high"} <= set(survival):
        # The ends of an interval of S on the scale of the log cumulative hazard, where a common factor is a shift.
        far = survival[survival["months_ahead"].eq(survival["months_ahead"].max())]
        low, high = (
            np.log(-np.log(far[end].clip(LEAST_KEPT, 1 - LEAST_KEPT))) for end in ("p_alive_high", "p_alive_low")
        )
        spread = float(((high - low) / (2 * Z90)).median())
    return present, Stay(np.log(own.clip(LEAST_KEPT, 1.0)).T, spread, "survival")
