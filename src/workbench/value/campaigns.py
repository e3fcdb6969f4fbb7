"""What a campaign did to the losses: those who were contacted against those who were held out."""

import numpy as np
import pandas as pd

from workbench.units import DAYS_A_MONTH, Z90

COLUMNS = ("campaign_id", "contacted_on", "randomised", "followed_months", "n_treated", "n_control",
           "lost_treated", "lost_control", "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high")  # fmt: skip


def campaign_effects(
    campaigns: pd.DataFrame, churn: pd.DataFrame | None, *, as_of: pd.Timestamp, followed_months: int = 12
) -> pd.DataFrame:
    """The table `campaign_effect`: a row per campaign, COLUMNS; empty without campaigns or without losses to look at.

    Parameters: campaigns, checked; churn, with lost_on and group_id (None: no chapter tells who was lost); as_of, the
    last day seen. None is modified.
    Notes: accounts of a group leave together and count once; a group with accounts on both sides is left out, as is one
    that had left by the contact (losses are dated at the last order). Each is
    followed from the contact for so many months, or to its loss. The hazard ratio is the ratio of losses per month,
    its 90 % interval that of two Poisson counts on the log scale; unknown where one side lost nobody. Where the lot
    did not decide, it tells whom one chose to contact as well as what the contact did (assumption A96).
    """
    if churn is None or campaigns.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    told = campaigns.merge(churn[["customer_id", "group_id", "lost_on"]], on="customer_id")
    told["unit"] = told["group_id"].astype("string").fillna(told["customer_id"].astype("string"))
    told = told.assign(randomised=told["randomised"].fillna(0))
    days = ["contacted_on", "lost_on"]
    told[days] = told[days].apply(pd.to_datetime)
    rows = [_effect(name, rows, as_of, followed_months) for name, rows in told.groupby("campaign_id")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _effect(name: str, rows: pd.DataFrame, as_of: pd.Timestamp, followed_months: int) -> tuple:
    units = rows.groupby("unit").agg(
        contacted_on=("contacted_on", "first"),
        treated=("treated", "mean"),
        lost_on=("lost_on", "max"),
        all_lost=("lost_on", lambda days: days.notna().all()),
    )
    # Who never ordered after the contact had gone by then, or was going: the contact cannot have kept it.
    gone = units["all_lost"] & units["lost_on"].lt(units["contacted_on"])
    units = units[units["treated"].isin([0, 1]) & ~gone]
    ends = (units["contacted_on"] + pd.DateOffset(months=followed_months)).clip(upper=as_of)
    lost_on = units["lost_on"].where(units["all_lost"])
    lost = lost_on.le(ends)
    months = (lost_on.where(lost, ends) - units["contacted_on"]).dt.days.clip(lower=0) / DAYS_A_MONTH
    treated = units["treated"].eq(1)
    n_lost = [int(lost[side].sum()) for side in (treated, ~treated)]
    exposed = [months[side].sum() for side in (treated, ~treated)]
    ratio = low = high = np.nan
    if min(n_lost) > 0:
        ratio = (n_lost[0] / exposed[0]) / (n_lost[1] / exposed[1])
        wide = np.exp(Z90 * np.sqrt(1 / n_lost[0] + 1 / n_lost[1]))
        low, high = ratio / wide, ratio * wide
    randomised = bool(rows["randomised"].eq(1).all())
    counts = int(treated.sum()), int((~treated).sum())
    followed = float(((ends - units["contacted_on"]).dt.days / DAYS_A_MONTH).max()) if len(units) else 0.0
    return (name, rows["contacted_on"].min(), randomised, round(followed, 1), *counts, *n_lost, ratio, low, high)
