"""What the chapters before know of each client, side by side, and which of the three values is missing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.params import COMPONENTS, Value

SIZED, DRIVERS = ["size_class", "sector"], ["driver_1", "driver_2", "driver_3"]
FROM_POTENTIAL = [*SIZED, "current_eur", "potential_eur", "potential_low_eur", "potential_high_eur", "headroom_eur",
                  "headroom_margin_eur", "likely_headroom_margin_eur", "wallet_share", "saturated"]  # fmt: skip
FROM_CHURN = ["alive", "p_loss_3m", "p_loss_6m", "p_loss_12m", "remaining_months", "margin_at_risk_eur", *DRIVERS]
FROM_RELATION = ["satisfaction", "loyalty", "relation_type", "p_relation_type", "measured", "z_satisfaction",
                 "z_loyalty", "z_satisfaction_se", "z_loyalty_se", "z_error_correlation"]  # fmt: skip
SCORES = ["technology_score", "reputation_score", "international_score"]


@dataclass(frozen=True)
class Clientele:
    """Every account with what is known of it.

    clients: index customer_id (all accounts of customer_margin, sorted), its columns, and those of FROM_POTENTIAL,
    FROM_CHURN, FROM_RELATION and SCORES (null where a table is missing); besides alive (bool), months_exposed,
    economic_eur and revenue_a_year_eur (of the last months, brought to a year), competitive (mean of both z-scores).
    used: same index, the activity cost of the last months, a year, one column per activity (none: booked margins).
    missing: tables that this study does not have, of potential, churn, customer_relation.
    """

    clients: pd.DataFrame
    used: pd.DataFrame
    missing: tuple[str, ...]

    @property
    def alive(self) -> pd.DataFrame:
        """The accounts that still are clients."""
        return self.clients[self.clients["alive"]]

    def knows(self, component: str) -> bool:
        """Whether any client has a value of this component."""
        return bool(self.alive[POSITION[component]].notna().any())


POSITION = dict(zip(COMPONENTS, ("economic_eur", "competitive", "potential_eur"), strict=True))


def clientele(
    margins: pd.DataFrame,
    monthly: pd.DataFrame,
    customers: pd.DataFrame,
    told: Value,
    *,
    upstream: Mapping[str, pd.DataFrame | None],
) -> Clientele:
    """The accounts of customer_margin with what the other chapters found; tables are not modified.

    Parameters: margins, customer_margin; monthly, customer_month of the study period; customers, checked (opened_on
    and scores where known); told, margin_months; upstream, potential, churn and customer_relation, each None where
    no chapter of this run made it.
    Notes: a client is alive as the churn chapter says; without it, where potential calls it active; without that,
    where it was served in the last months. Economic value is the practical margin of the last months over the part of
    them since the client came (at least three months), as revenue is for potential (assumption A90).
    """
    table = margins.set_index("customer_id").sort_index()
    known = customers.set_index("customer_id")
    for name, columns in (("potential", FROM_POTENTIAL), ("churn", FROM_CHURN), ("customer_relation", FROM_RELATION)):
        told_of = upstream.get(name)
        if told_of is None:
            table = table.assign(**dict.fromkeys(columns, np.nan))
        else:
            table = table.join(told_of.set_index("customer_id").reindex(columns=columns))
    table = table.join(known.reindex(columns=SCORES).astype("float64"))
    recent = recent_months(monthly, known.reindex(table.index), told.margin_months)
    table["months_exposed"] = recent["months_exposed"]
    yearly = 12 / table["months_exposed"].clip(lower=3)
    table["economic_eur"] = (recent["practical_margin_eur"] * yearly).round(2)
    table["revenue_a_year_eur"] = (recent["revenue_eur"] * yearly).round(2)
    table["competitive"] = table[["z_satisfaction", "z_loyalty"]].astype("float64").mean(axis=1, skipna=False)
    table["alive"] = _alive(table, recent, upstream)
    missing = tuple(name for name in ("potential", "churn", "customer_relation") if upstream.get(name) is None)
    used = recent.filter(regex="^used_").mul(yearly, axis=0)
    used = used.rename(columns=lambda name: name.removeprefix("used_").removesuffix("_eur"))
    return Clientele(table.assign(first_on=recent["first_on"]), used, missing)


def recent_months(monthly: pd.DataFrame, customers: pd.DataFrame, margin_months: int) -> pd.DataFrame:
    """Sums over the last months of the study period, and the months of them since each client came.

    Parameters: monthly, customer_month; customers, index customer_id of the accounts asked for, opened_on where known.
    Returns: index as customers; n_deliveries and every `_eur` column summed, first_on (entry), months_exposed.
    Notes: an account without a delivery in the period was there from its first month, or from the day in it on which
    it was opened.
    """
    last, ids = monthly["month"].max(), customers.index
    begins = last - pd.DateOffset(months=margin_months - 1)
    ends = last + pd.DateOffset(months=1)
    first_on = monthly[monthly["n_deliveries"].gt(0)].groupby("customer_id")["month"].min().reindex(ids)
    opened = pd.to_datetime(customers["opened_on"] if "opened_on" in customers else pd.Series(pd.NaT, index=ids))
    # An account opened within the month of its first delivery came then. One opened before was no client yet, and
    # one opened later is an old client under a new number.
    within = opened.between(first_on, first_on + pd.offsets.MonthEnd(0))
    first_on = first_on.where(~within, opened)
    begun = monthly["month"].min()
    first_on = first_on.fillna(opened.clip(lower=begun)).fillna(begun)
    summed = monthly[monthly["month"] >= begins].drop(columns="month").groupby("customer_id").sum()
    table = summed.reindex(ids).fillna(0.0).assign(first_on=first_on)
    table["months_exposed"] = (ends - table["first_on"].clip(lower=begins)).dt.days / (
        (ends - begins).days / margin_months
    )
    return table


def _alive(table: pd.DataFrame, recent: pd.DataFrame, upstream: Mapping[str, pd.DataFrame | None]) -> pd.Series:
    if upstream.get("churn") is not None:
        alive = table["alive"]
    elif upstream.get("potential") is not None:
        alive = upstream["potential"].set_index("customer_id")["active"].reindex(table.index)
    else:
        alive = recent["n_deliveries"].gt(0)
    return alive.astype("boolean").fillna(False).astype(bool)
