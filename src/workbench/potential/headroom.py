"""From what a client could buy to what is left to sell it: headroom, share of wallet, and what that would earn."""

import numpy as np
import pandas as pd

from workbench.potential.sizes import SIZES
from workbench.potential.wallet import Wallet

COLUMNS = (
    "customer_id", "name", "group_id", "size_class", "sector", "current_eur", "potential_eur", "potential_low_eur",
    "potential_high_eur", "headroom_eur", "headroom_margin_eur", "likely_headroom_eur", "likely_headroom_margin_eur",
    "margin_rate_share", "wallet_share", "saturated",
    "calibrated", "active", "in_reference", "why_not", "deliveries_a_year",
)  # fmt: skip


def potential_by_customer(
    spend: pd.DataFrame, wallet: Wallet, margins: pd.DataFrame, *, likely: pd.Series | None = None
) -> pd.DataFrame:
    """The table `potential`: one row per account, COLUMNS, money in cents, largest headroom first.

    Parameters: spend, as `client_spend` gives it, with size_class and sector; wallet, as estimated; margins,
    customer_id, revenue_eur, practical_margin_eur; likely, `Likely.headroom` (None: not known). None is modified.
    Notes: potential is not floored at current spend; who buys more is `saturated`. Spend below 0 counts as 0 for
    headroom and share. `calibrated`: answers on the share of purchases moved the level of this potential.
    """
    table = spend.reset_index(drop=True)
    table = table.join(wallet.of(table))
    bought = table["current_eur"].clip(lower=0)
    table["headroom_eur"] = (table["potential_eur"] - bought).clip(lower=0)
    table["wallet_share"] = (bought / table["potential_eur"]).clip(upper=1)
    known = table["potential_eur"].notna()
    table["saturated"] = (bought > table["potential_eur"]).astype("boolean").where(known, pd.NA)
    table["calibrated"] = known & wallet.calibrated
    table["margin_rate_share"] = table["customer_id"].map(margin_rates(margins, spend))
    table["likely_headroom_eur"] = np.nan if likely is None else table["customer_id"].map(likely)
    for room in ("headroom", "likely_headroom"):
        table[f"{room}_margin_eur"] = table[f"{room}_eur"] * table["margin_rate_share"]
    table = table.reindex(columns=list(COLUMNS))
    money = [column for column in COLUMNS if column.endswith("_eur")]
    table[money] = table[money].astype("float64").round(2)
    return table.sort_values(["headroom_eur", "customer_id"], ascending=[False, True], ignore_index=True)


def size_rates(margins: pd.DataFrame, spend: pd.DataFrame) -> pd.Series:
    """Practical margin per unit of revenue by size_class: the ratio of sums of its accounts with revenue.

    Parameters: margins, customer_id, revenue_eur, practical_margin_eur; spend, customer_id, size_class. Returns: index
    size_class ("" for accounts of unknown size).
    """
    by_size = _earned(margins, spend).groupby("size_class")[["revenue_eur", "practical_margin_eur"]].sum()
    return (by_size["practical_margin_eur"] / by_size["revenue_eur"]).rename("margin_rate_share")


def margin_rates(margins: pd.DataFrame, spend: pd.DataFrame) -> pd.Series:
    """Practical margin per unit of revenue, of each account drawn towards its size; index customer_id.

    An account's own revenue counts against the median revenue of its size (assumption A67). An account without revenue
    has the rate of its size; unknown where its size has none.
    """
    known = _earned(margins, spend)
    rate = spend.set_index("customer_id")["size_class"].fillna("").map(size_rates(margins, spend))
    usual = spend.set_index("customer_id")["size_class"].fillna("")
    usual = usual.map(known.groupby("size_class")["revenue_eur"].median())
    earned = known[["revenue_eur", "practical_margin_eur"]].reindex(rate.index).fillna(0.0)
    return (earned["practical_margin_eur"] + rate * usual) / (earned["revenue_eur"] + usual)


def _earned(margins: pd.DataFrame, spend: pd.DataFrame) -> pd.DataFrame:
    """The accounts with revenue: size_class, revenue_eur, practical_margin_eur, index customer_id."""
    known = margins.set_index("customer_id")[["revenue_eur", "practical_margin_eur"]].astype("float64")
    known = known[known["revenue_eur"] > 0]
    return known.assign(size_class=spend.set_index("customer_id")["size_class"].fillna("").reindex(known.index))


def headroom_by(potential: pd.DataFrame, by: str) -> pd.DataFrame:
    """Active clients summed by size_class or sector, the largest headroom first.

    Returns: the column `by` (None: unknown), n_customers, current_eur, potential_eur, headroom_eur,
    headroom_margin_eur, wallet_share (sum of spend over sum of potential, spend above potential not counted).
    """
    active = potential[potential["active"] & potential["potential_eur"].notna()]
    within = active.assign(within_eur=active["potential_eur"] - active["headroom_eur"])
    found = within.groupby(by, dropna=False).agg(
        n_customers=("customer_id", "size"),
        current_eur=("current_eur", "sum"),
        potential_eur=("potential_eur", "sum"),
        headroom_eur=("headroom_eur", "sum"),
        headroom_margin_eur=("headroom_margin_eur", "sum"),
        within_eur=("within_eur", "sum"),
    )
    found = found.assign(wallet_share=found["within_eur"] / found["potential_eur"]).drop(columns="within_eur")
    found = found.sort_values("headroom_eur", ascending=False, kind="stable").reset_index()
    return found.assign(**{by: found[by].astype(object).where(found[by].notna(), None)})


def spend_by_size(spend: pd.DataFrame, *, tau: float) -> pd.DataFrame:
    """The plain measure: reference clients by size, with median and tau quantile of their annual spend.

    Returns: size_class (None: unknown), n_customers, median_eur, quantile_eur, current_eur (their sum).
    """
    reference = spend[spend["in_reference"]]
    found = reference.groupby("size_class", dropna=False)["current_eur"].agg(
        n_customers="size",
        median_eur="median",
        quantile_eur=lambda spent: spent.quantile(tau, interpolation="inverted_cdf"),
        current_eur="sum",
    )
    order = [*SIZES, np.nan]
    found = found.reindex([size for size in order if size in found.index]).reset_index()
    return found.assign(size_class=found["size_class"].astype(object).where(found["size_class"].notna(), None))
