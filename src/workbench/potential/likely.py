"""What a single client probably buys elsewhere: what answers tell of clients like it, and its own answer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from workbench.potential.calibration import BEYOND
from workbench.potential.shares import LEAST_EXPOSURE_MONTHS, OwnWallets
from workbench.potential.wallet import FOLDS, Wallet

# The part of the answering accounts, those with the largest headroom, that it is judged on besides all of them.
LARGEST_SHARE = 0.25


@dataclass(frozen=True)
class Likely:
    """The likely headroom of single clients, and how it does on accounts whose own answer it did not know.

    headroom: € a year, index customer_id, of the active accounts with net purchases; empty where no answers set the
    level of the potential. own_share: mean weight of an account's own answer, where it gave one. By the answers, for
    headroom and for likely headroom without the account's own answer: rank correlation with what is left (rank_before,
    rank_after), and of the quarter of the accounts with the largest, what is left over what was said
    (borne_out_before, borne_out_after).
    """

    headroom: pd.Series
    own_share: float
    rank_before: float
    rank_after: float
    borne_out_before: float
    borne_out_after: float

    @property
    def is_known(self) -> bool:
        """Whether answers told it."""
        return not self.headroom.empty


def likely_headroom(wallet: Wallet, told: OwnWallets, spend: pd.DataFrame) -> Likely:
    """What active clients probably buy from others a year, given their potential, their spend and their own answer.

    Parameters: wallet, calibrated (else nothing is known); told, the answers that calibrated it; spend, as
    `client_spend` gives it, with size_class and sector; none is modified.
    Notes: headroom compares a client with the upper clients of its cell; one that buys little often has a small wallet
    rather than much room. Here what the answers leave (own wallet − spend) is potential · (spend / potential)^b ·
    constant, by Poisson regression (Santos Silva & Tenreyro, 2006), which keeps the sum and allows an account with
    nothing left; an account has no part in the fit that it is scored by, nor has its group. An account that answered is
    then drawn towards its own answer, as far as such answers are surer than the regression (assumption A74).
    """
    if not wallet.calibrated:
        return Likely(pd.Series(dtype="float64"), *[np.nan] * 5)
    active = spend["active"] & spend["current_eur"].gt(0) & spend["exposure_months"].ge(LEAST_EXPOSURE_MONTHS)
    clients = spend.loc[active, ["customer_id", "size_class", "sector", "current_eur"]].reset_index(drop=True)
    clients["potential_eur"] = wallet.of(clients)["potential_eur"]
    clients["fold"] = clients["customer_id"].map(wallet.fold).fillna(FOLDS).astype(int)
    answers = told.accounts[["customer_id", "wallet_eur", "n_answers", "weight"]]
    clients = clients.merge(answers, on="customer_id", how="left")
    clients["left_eur"] = clients["wallet_eur"] - clients["current_eur"]
    clients["is_measure"] = clients["wallet_eur"] <= BEYOND * clients["potential_eur"]
    clients["alike_eur"] = _of_clients_alike(clients)
    own = _weight_of_own(clients, told.error_share)
    likely = clients["alike_eur"] + (own * (clients["left_eur"] - clients["alike_eur"])).fillna(0.0)
    headroom = pd.Series(likely.clip(lower=0).to_numpy(), index=clients["customer_id"])
    answered = clients[clients["is_measure"]]
    answered = answered.assign(before=(answered["potential_eur"] - answered["current_eur"]).clip(lower=0))
    ranks = (answered[each].corr(answered["left_eur"], method="spearman") for each in ("before", "alike_eur"))
    borne_out = (_borne_out(answered, each) for each in ("before", "alike_eur"))
    return Likely(headroom, float(own.mean()), *ranks, *borne_out)


def _of_clients_alike(clients: pd.DataFrame) -> pd.Series:
    """What is left of each client's wallet by the answers of others, those of its fold left out."""
    ratio = np.log(clients["current_eur"] / clients["potential_eur"])
    measures = pd.DataFrame({"constant": 1.0, "ratio": ratio})
    level = np.log(clients["potential_eur"])
    answered = clients["is_measure"]
    found = pd.Series(np.nan, index=clients.index)
    for fold in range(FOLDS + 1):
        here, others = clients["fold"] == fold, answered & (clients["fold"] != fold)
        if here.any():
            fit = sm.GLM(
                clients.loc[others, "left_eur"].clip(lower=0), measures[others], family=sm.families.Poisson(),
                offset=level[others], var_weights=clients.loc[others, "weight"],
            ).fit()  # fmt: skip
            found[here] = fit.predict(measures[here], offset=level[here])
    return found


def _weight_of_own(clients: pd.DataFrame, error_share: float) -> pd.Series:
    """How far an account's own answer is believed beside the answers of others; NaN where it gave none.

    The error of the answer is taken at the share that others make likely: with the share answered, an answer that is
    too low by chance would be believed less than one that is too high.
    """
    alike, bought = clients["alike_eur"], clients["current_eur"]
    share = bought / (bought + alike)
    of_answer = (bought * error_share / share**2) ** 2 / clients["n_answers"]
    beyond = (clients["left_eur"] - alike) ** 2 - of_answer
    weight = clients["weight"].where(clients["is_measure"], 0.0)
    spread = max(float((weight * beyond.fillna(0.0)).sum() / (weight * alike**2).sum()), 0.0)
    return (spread * alike**2 / (spread * alike**2 + of_answer)).where(beyond.notna())


def _borne_out(answered: pd.DataFrame, by: str) -> float:
    most = answered.nlargest(max(int(len(answered) * LARGEST_SHARE), 1), by)
    return float((most["weight"] @ most["left_eur"]) / (most["weight"] @ most[by]))
