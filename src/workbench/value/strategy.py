"""The strategy: what a client's place in the cube means for how it is served, and who is a key account."""

import numpy as np
import pandas as pd

from workbench.params import KeyAccounts, StrategyRule
from workbench.value.clientele import SCORES


def treatments(lines: np.ndarray, rules: list[StrategyRule], index: pd.Index) -> pd.DataFrame:
    """segment, service_level, effort and terms of each client, as its line of the strategy says.

    Parameters: lines, number of the line of each client; index, the clients.
    """
    columns = ("segment", "service_level", "effort", "terms")
    told = np.array([[getattr(rule, column) for column in columns] for rule in rules], dtype=object)
    return pd.DataFrame(told[lines], columns=list(columns), index=index)


def key_account_reasons(clients: pd.DataFrame, told: KeyAccounts) -> pd.Series:
    """Why a client is a key account: revenue, standing, or both; None where it is none.

    Parameters: clients, revenue_a_year_eur and the columns of SCORES (null where the client company scored none).
    Notes: the score of a client is the weighted mean of those of its scores that are known.
    """
    by_revenue = pd.Series(False, index=clients.index)
    if told.least_revenue_eur is not None:
        by_revenue = clients["revenue_a_year_eur"].ge(told.least_revenue_eur)
    by_score = pd.Series(False, index=clients.index)
    if told.least_score is not None:
        scores = clients[SCORES].to_numpy(dtype=float)
        weights = np.array([told.technology_weight, told.reputation_weight, told.international_weight])
        weighed = np.where(np.isnan(scores), 0.0, weights)
        total = weighed.sum(axis=1)
        mean = np.divide(np.nansum(scores * weights, axis=1), total, out=np.full(len(scores), -np.inf), where=total > 0)
        by_score = pd.Series(mean >= told.least_score, index=clients.index)
    reason = np.select([by_revenue & by_score, by_revenue, by_score], ["both", "revenue", "standing"], default="")
    return pd.Series(reason, index=clients.index, dtype=object).replace("", None)
