"""What clients say of the share of their purchases that they give us, and the wallet that follows from it."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench.params import Potential
from workbench.potential.sizes import clusters
from workbench.potential.spend import LEAST_EXPOSURE_MONTHS

# A share below this, beside real purchases, is a slip of the pen or another company's: it would make the wallet what
# one likes.
LEAST_SHARE = 0.05
# Answers beyond the first of their accounts from which the error of an answer is estimated; below, it is assumed.
LEAST_REPEATED, ASSUMED_ERROR = 20, 0.10
# Accounts that answered for one band of spend within a size; at most so many bands.
ANSWERS_A_BAND, MOST_BANDS = 10, 4


@dataclass(frozen=True)
class OwnWallets:
    """The wallets of the accounts that told their share of purchases.

    accounts: a row per account: customer_id, size_class, sector, cluster (its group, or itself), share (0-1, mean of
    its respondents), n_answers, current_eur, wallet_eur (a year, from all suppliers), weight (accounts it stands for);
    error_share: standard error of one answer; is_error_estimated: from several respondents of one account, or assumed;
    n_active: active accounts with net purchases, answered or not; n_unusable: accounts whose answer says less than
    LEAST_SHARE while they buy.
    """

    accounts: pd.DataFrame
    error_share: float
    is_error_estimated: bool
    n_active: int
    n_unusable: int


def own_wallets(
    survey: pd.DataFrame, spend: pd.DataFrame, told: Potential, *, our_name: str, as_of: date
) -> OwnWallets:
    """The annual wallet of each active account that answered, from its spend and the share it says it gives us.

    Parameters: survey, checked: customer_id, supplier, purchases_share (0-1), answered_on; spend, as `client_spend`
    gives it, with size_class and sector; told, window_months; our_name, how the survey names us. None is modified.
    Notes: answers given within the window of the spend count (an answer without a date does), respondents of an
    account alike. Dividing by a share known with error makes wallets too large, so spend · s / (s² + e²/m) is taken
    instead of spend / s, e being the standard error of an answer and m their number: right to the second order, and
    bounded for small s. Who answers depends on size and spend, so each account stands for those of its band of spend
    within its size (assumptions A69 and A70).
    """
    known = spend["active"] & spend["current_eur"].gt(0) & spend["exposure_months"].ge(LEAST_EXPOSURE_MONTHS)
    active = spend[known].assign(cluster=clusters(spend[known]))
    answers = _answers(survey, told, our_name=our_name, as_of=as_of)
    answers = answers[answers["customer_id"].isin(active["customer_id"])]
    error, estimated = _error(answers)
    shares = answers.groupby("customer_id")["purchases_share"].agg(share="mean", n_answers="size").reset_index()
    usable = shares[shares["share"] >= LEAST_SHARE]
    joined = active.merge(usable, on="customer_id", how="left")
    joined["weight"] = _weights(joined)
    accounts = joined[joined["share"].notna()].reset_index(drop=True)
    share = accounts["share"]
    accounts["wallet_eur"] = accounts["current_eur"] * share / (share**2 + error**2 / accounts["n_answers"])
    columns = [
        "customer_id", "size_class", "sector", "cluster", "share", "n_answers", "current_eur", "wallet_eur", "weight",
    ]  # fmt: skip
    return OwnWallets(accounts[columns], error, estimated, len(active), len(shares) - len(usable))


def _answers(survey: pd.DataFrame, told: Potential, *, our_name: str, as_of: date) -> pd.DataFrame:
    """customer_id and purchases_share of the clients' answers about us within the window."""
    begins = pd.Timestamp(as_of) - pd.DateOffset(months=told.window_months)
    day = pd.to_datetime(survey["answered_on"])
    about_us = survey["customer_id"].notna() & survey["supplier"].eq(our_name) & survey["purchases_share"].notna()
    return survey.loc[about_us & ~(day <= begins), ["customer_id", "purchases_share"]].astype(
        {"customer_id": object, "purchases_share": "float64"}
    )


def _error(answers: pd.DataFrame) -> tuple[float, bool]:
    """The standard error of one answer, from accounts with several; whether it could be estimated."""
    grouped = answers.groupby("customer_id")["purchases_share"]
    repeated = len(answers) - grouped.ngroups
    if repeated < LEAST_REPEATED:
        return ASSUMED_ERROR, False
    within = answers["purchases_share"] - grouped.transform("mean")
    return float(np.sqrt((within**2).sum() / repeated)), True


def _weights(active: pd.DataFrame) -> pd.Series:
    """The accounts that each answering one stands for: those of its size and band of spend, per answer.

    Bands hold equally many answers. Accounts of a size without answers are stood for by nobody.
    """
    weight = pd.Series(np.nan, index=active.index)
    for _, size in active.groupby(active["size_class"].fillna("")):
        answered = size["share"].notna()
        spent = size.loc[answered, "current_eur"]
        bands = min(max(len(spent) // ANSWERS_A_BAND, 1), MOST_BANDS)
        if len(spent):
            edges = spent.quantile(np.arange(1, bands) / bands).to_numpy()
            band = np.searchsorted(edges, size["current_eur"])
            weight[spent.index] = 1 / answered.groupby(band).transform("mean")[spent.index]
    return weight
