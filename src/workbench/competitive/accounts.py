"""Several respondents of one account become one opinion, with the error that so few voices leave."""

import numpy as np
import pandas as pd

TARGETS = ("satisfaction", "loyalty")
# Of the variance of single answers, where no account has two respondents to tell (assumption A24).
UNRELIABLE_SHARE = 0.3
LEAST_PAIRS = 10


def account_opinions(respondents: pd.DataFrame, roles: dict[str, float]) -> pd.DataFrame:
    """One row per account that answered: its satisfaction and loyalty, each respondent counting by its role.

    Parameters: respondents, one row each with customer_id, role, satisfaction, loyalty (0-100, NaN unanswered); roles,
    the weight of each role; one that is not listed, or not known, counts as their mean. Not modified.
    Returns: customer_id, n_respondents, satisfaction, loyalty, satisfaction_se, loyalty_se (standard errors: 0-100),
    error_correlation (of the two errors, one value for all); NaN where nobody of the account answered.
    Notes: the error of one respondent is the spread within accounts, pooled over those with several (assumption A24).
    """
    plain = float(np.mean(list(roles.values()))) if roles else 1.0
    weight = respondents["role"].map(roles).astype(float).fillna(plain)
    table = respondents.groupby("customer_id").size().rename("n_respondents").to_frame()
    rests = {}
    for name in TARGETS:
        known = respondents[name].notna()
        w, ids = weight[known], respondents.loc[known, "customer_id"]
        sums = w.groupby(ids).sum()
        mean = (w * respondents.loc[known, name]).groupby(ids).sum() / sums
        # Around the plain mean: around one weighted by role single answers would seem further off than they are.
        rests[name] = respondents.loc[known, name] - respondents.loc[known, name].groupby(ids).transform("mean")
        table[name] = mean
        spread = _single_answer_variance(respondents.loc[known, name], ids, rests[name])
        table[f"{name}_se"] = np.sqrt(spread * (w**2).groupby(ids).sum()) / sums
    several = respondents["customer_id"].map(table["n_respondents"]) > 1
    both = pd.DataFrame(rests)[several].dropna()
    together = both.corr().iloc[0, 1] if len(both) >= 2 * LEAST_PAIRS else 0.0
    table["error_correlation"] = 0.0 if np.isnan(together) else together
    return table.reset_index()


def _single_answer_variance(scores: pd.Series, ids: pd.Series, rest: pd.Series) -> float:
    """The variance of one respondent around its account."""
    counts = ids.value_counts()
    spare = len(ids) - len(counts)
    if spare < LEAST_PAIRS:
        return UNRELIABLE_SHARE * float(scores.var()) if len(scores) > 1 else np.nan
    return float((rest**2).sum() / spare)
