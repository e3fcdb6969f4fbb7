"""Tables of churn as printed."""

import numpy as np
import pandas as pd

from workbench.language import word
from workbench.wording.numbers import number
from workbench.wording.shown import Sheet


def alerts_sheet(alerts: pd.DataFrame, *, unit: str) -> Sheet:
    """The clients to call."""
    shown = alerts.assign(alert=alerts["alert"].map(word)).rename(columns={"p_alive": "still_a_client_share"})
    for days in ("silence_days", "gap_days"):
        shown[days] = shown[days].round()
    shown = shown.rename(columns={"silence_days": "n_silence_days", "gap_days": "n_gap_days"})
    return Sheet(shown, "Clients to call: silences and usual gaps in business days, margin of a year.", unit)


def rules_sheet(rules: pd.DataFrame, *, unit: str) -> Sheet:
    """The losses by each rule."""
    return Sheet(
        rules.rename(
            columns={
                "quantile": "quantile_share",
                "threshold_days": "n_threshold_days",
                "p_alive_12": "alive_12_share",
                "p_alive_24": "alive_24_share",
            }
        ),
        "Losses and survival by the quantile of a client's own gaps from which on a silence is a loss.",
        unit,
    )


def churn_sheet(churn: pd.DataFrame, *, unit: str) -> Sheet:
    """Every living client with its outlook and what drives it."""
    shown = churn[churn["alive"]].copy()
    for place in (1, 2, 3):
        ratio = shown.pop(f"driver_{place}_ratio").astype(float)
        shown[f"driver_{place}"] = [
            None if name is None or name != name or np.isnan(by) else f"{word(name)} × {number(by, 2)}"
            for name, by in zip(shown[f"driver_{place}"], ratio, strict=True)
        ]
    named = zip(*(shown[f"driver_{place}"] for place in (1, 2, 3)), strict=True)
    shown["drivers"] = ["; ".join(one for one in drivers if one is not None) for drivers in named]
    columns = {
        "customer_id": "customer_id", "name": "name", "last_order_on": "last_order_on",
        "p_loss_3m": "lost_within_3_months_share", "p_loss_6m": "lost_within_6_months_share",
        "p_loss_12m": "lost_within_12_months_share",
        "p_loss_12m_low": "lost_within_12_months_low_share", "p_loss_12m_high": "lost_within_12_months_high_share",
        "remaining_months": "n_remaining_months", "drivers": "drivers",
        "yearly_margin_eur": "yearly_margin_eur", "margin_at_risk_eur": "margin_at_risk_eur",
    }  # fmt: skip
    return Sheet(
        shown[list(columns)].rename(columns=columns),
        "Living clients by margin at risk; a driver with what it multiplies the risk by, against the mean client.",
        unit,
    )
