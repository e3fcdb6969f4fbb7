"""The table of decisions: one row per account, its three values, its place, and what is to be done."""

import numpy as np
import pandas as pd

from workbench.params import Value
from workbench.value.clientele import Clientele
from workbench.value.cube import Reference, levels, membership, weakest
from workbench.value.lifetime import Draws, Lifetime
from workbench.value.plan import Plan
from workbench.value.strategy import key_account_reasons, treatments

COLUMNS = (
    "customer_id", "name", "group_id", "alive", "lifetime_value_eur", "lifetime_value_low_eur",
    "lifetime_value_high_eur", "status_quo_eur", "past_value_eur", "economic_eur", "competitive", "potential_eur",
    "economic_level", "competitive_level", "future_level", "measured", "weakest", "segment", "p_segment",
    "service_level", "effort", "terms", "key_account", "action", "gain_eur", "p_chosen",
)  # fmt: skip


def placed_clients(clients: Clientele, frozen: Reference, values: Lifetime, draws: Draws, told: Value) -> pd.DataFrame:
    """The table `customer_value` but for the plan: every account, COLUMNS, sorted by customer_id.

    Notes: the margin a year of a draw is that of the last months with the minutes of the draw. past_value_eur is the
    practical margin of the study period; status_quo_eur the compulsory baseline, today's margin times the remaining
    months. Former clients have no level, no segment, and a lifetime value of 0 where it is known for others.
    """
    here = clients.alive
    margins = here["economic_eur"].to_numpy()[:, None] + draws.margin_shift(clients.used.loc[here.index])
    lines, sure, _ = membership(clients, frozen, told.strategy, margins, draws.seed)
    place = levels(here, frozen).replace("unknown", None)
    place["weakest"] = weakest(here, frozen)
    place = place.join(treatments(lines, told.strategy, here.index)).assign(p_segment=sure)
    table = clients.clients.join(place).join(values.table)
    table["past_value_eur"] = table["practical_margin_eur"]
    table["status_quo_eur"] = (table["economic_eur"] / 12 * table["remaining_months"].astype(float)).round(2)
    if values.horizon_months:
        ahead = [*values.table.columns, "status_quo_eur"]
        table[ahead] = table[ahead].where(table["alive"], 0.0)
    table["key_account"] = key_account_reasons(table, told.key_accounts).where(table["alive"], None)
    table["measured"] = table["measured"].astype("boolean")
    table["competitive"] = table["competitive"].round(4)
    return table.reset_index().reindex(columns=list(COLUMNS))


def with_plan(placed: pd.DataFrame, plan: Plan | None) -> pd.DataFrame:
    """The table `customer_value` with the action that the plan chose for each client; null where it chose none."""
    if plan is None:
        return placed.assign(action=None, gain_eur=np.nan, p_chosen=np.nan)
    chosen = plan.chosen.set_index("customer_id")[["action", "gain_eur", "p_chosen"]]
    return placed.drop(columns=chosen.columns).join(chosen, on="customer_id").reindex(columns=list(COLUMNS))
