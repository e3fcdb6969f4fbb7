"""Whom to call now: valued clients silent beyond their rhythm, clients whose next order is due, clients that fade."""

import numpy as np
import pandas as pd

from workbench.churn.erosion import erosions
from workbench.churn.known import Known
from workbench.churn.order_days import dates_of, day_numbers

SILENT, FADING, DUE = "silent beyond its rhythm", "volume eroded", "due for contact"
# A silence that so few of the client's own gaps exceed is beyond its rhythm, long before it counts as a loss.
UNUSUAL = 0.10


def valued(churn: pd.DataFrame, *, share: float) -> pd.Series:
    """Which living clients are valued: those with most yearly margin that together make so much of it."""
    margin = churn["yearly_margin_eur"].where(churn["alive"]).clip(lower=0).fillna(0.0)
    ranked = margin.sort_values(ascending=False, kind="stable")
    before = ranked.cumsum() - ranked
    return ((before < share * ranked.sum()) & (ranked > 0)).reindex(churn.index)


def alert_list(known: Known, churn: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The clients to call, the largest yearly margin first within each alert.

    Parameters: churn, as `churn_by_customer` gives it; people, as the foresight has them (p_gap_longer).
    Returns: alert (SILENT and FADING: valued clients; DUE: any living client past its usual gap, and half the
    floor_days at least, and not silent beyond its rhythm), customer_id, name, salesperson, last_order_on, due_on (when
    the next order would have been), silence_days, gap_days, p_alive, yearly_margin_eur. A client has one alert,
    the first of these.
    """
    told = known.rhythm.told
    unusual = people.set_index("customer_id")["p_gap_longer"].reindex(churn["customer_id"]).to_numpy() < UNUSUAL
    eroded = erosions(known.history)
    fading = pd.Series(eroded[:, -1] if eroded.shape[1] else False, index=known.history.accounts)
    fading = fading.reindex(churn["customer_id"], fill_value=False).to_numpy(bool)
    held = valued(churn, share=told.alert_share).to_numpy()
    late = (churn["silence_days"] >= churn["gap_days"].clip(lower=told.floor_days / 2)).to_numpy()
    alive = churn["alive"].to_numpy()
    kinds = [alive & held & unusual, alive & held & fading, alive & late & ~unusual]
    alert = np.select(kinds, [SILENT, FADING, DUE], default="")
    table = churn.assign(alert=alert)[alert != ""]
    clock = known.rhythm.clock
    due = clock.at(day_numbers(known.on) + 1) - table["silence_days"].to_numpy() + table["gap_days"].to_numpy()
    table = table.assign(due_on=dates_of(clock.day_at(due)).to_numpy())
    columns = ["alert", "customer_id", "name", "salesperson", "last_order_on", "due_on", "silence_days", "gap_days",
               "p_alive", "yearly_margin_eur"]  # fmt: skip
    rank = {SILENT: 0, FADING: 1, DUE: 2}
    order = table.assign(rank=table["alert"].map(rank)).sort_values(
        ["rank", "yearly_margin_eur", "customer_id"], ascending=[True, False, True]
    )
    return order[columns].reset_index(drop=True)
