"""Who answered about us, with what the files know of them: the frame every analysis of clients works on."""

import numpy as np
import pandas as pd

from workbench.competitive.raking import OTHERS, Weighting, weighting
from workbench.competitive.scales import US, Survey
from workbench.confidentiality import is_shareable
from workbench.errors import DataError
from workbench.params import Competitive

CLIENT_MARGINS = ["size_class", "sector", "revenue_band"]
MARKET_MARGINS = ["size_class", "sector"]
CONTROLS = ["size_class", "sector_group", "seniority"]
LEAST = 10
# A sector with fewer respondents is controlled for together with the other thin ones.
LEAST_IN_SECTOR = 15


def client_respondents(survey: Survey, clients: pd.DataFrame) -> pd.DataFrame:
    """The rows of the wave in which clients rate us, joined to what the files know of their accounts.

    Parameters: clients, as `client_behaviour` gives them. Returns: rows of the survey (its index kept) with size_class,
    sector, sector_group (thin sectors together), revenue_band, seniority, group_id and cluster (the group, or the
    account: what is drawn together).
    Notes: a respondent of an account that was not served in the twelve months before is no respondent of the file, and
    is left out (assumption A22). Raises: DataError where nobody is left.
    """
    rows = survey.of(supplier=US, clients=True)
    known = clients[["customer_id", "group_id", "size_class", "sector", "revenue_band", "seniority"]]
    joined = rows.reset_index(names="row").merge(known, on="customer_id").set_index("row")
    if joined.empty:
        raise DataError(
            f"survey: no client of the file rates us in wave {survey.wave} ({len(rows)} rows of clients about us); "
            "check how customer_id is mapped, and competitive.wave"
        )
    joined.index.name = None
    thin = joined["sector"].map(joined["sector"].value_counts()).fillna(0) < LEAST_IN_SECTOR
    joined["sector_group"] = joined["sector"].astype(object).where(~thin, OTHERS)
    return joined.assign(cluster=drawn_together(joined))


def drawn_together(accounts: pd.DataFrame) -> pd.Series:
    """The name of what a bootstrap draws at once: the group of an account, or the account that has none."""
    group = "g " + accounts["group_id"].astype("string")
    return group.fillna("c " + accounts["customer_id"].astype("string")).astype(object)


def of_several(weight: np.ndarray, cluster: np.ndarray) -> bool:
    """Whether answers are no single client's: weights of at least three clusters, the largest with at most 85 %.

    The respondents of one client all tell of that client, however many they are (ADR 0008); nor would a bootstrap of
    its one cluster show any spread.
    """
    return is_shareable(pd.Series(weight).groupby(cluster).sum())


def client_weights(respondents: pd.DataFrame, clients: pd.DataFrame, told: Competitive) -> Weighting:
    """Weights of client respondents: their accounts stand for the client file by size, sector and revenue."""
    return weighting(respondents, clients, margins=CLIENT_MARGINS, company="customer_id", most=told.most_weight)


def non_client_weights(
    survey: Survey, companies: pd.DataFrame, market: pd.DataFrame, told: Competitive
) -> Weighting | None:
    """Weights of non-clients: their companies stand for the market by size and sector; None where nobody answered.

    Parameters: companies, index of the survey's rows, size_class and sector; market, a row per prospect or cell with
    size_class, sector, n_companies; without rows the weights are equal.
    """
    rows = survey.of(clients=False)
    if rows.empty:
        return None
    first = rows.loc[~rows["respondent_id"].duplicated()]
    known = first[["respondent_id", "weight"]].join(companies[MARKET_MARGINS])
    counted = market.assign(n_companies=market["n_companies"].fillna(1)) if len(market) else known
    margins = MARKET_MARGINS if len(market) else []
    return weighting(known, counted, margins=margins, company="respondent_id", most=told.most_weight)


def response_rates(clients: pd.DataFrame, respondents: pd.DataFrame) -> pd.DataFrame:
    """Who answered and who did not: margin, value, n_accounts, n_answered, response_share, n_respondents."""
    answered = respondents.groupby("customer_id").size()
    table = clients.assign(n_respondents=clients["customer_id"].map(answered).fillna(0))
    parts = []
    for margin in CLIENT_MARGINS:
        groups = table.assign(value=table[margin].fillna("unknown")).groupby("value")["n_respondents"]
        counted = groups.agg(n_accounts="size", n_answered=lambda each: int((each > 0).sum()), n_respondents="sum")
        parts.append(counted.reset_index().assign(margin=margin))
    rates = pd.concat(parts, ignore_index=True)
    rates["response_share"] = rates["n_answered"] / rates["n_accounts"]
    rates["n_respondents"] = rates["n_respondents"].astype(int)
    return rates[["margin", "value", "n_accounts", "n_answered", "response_share", "n_respondents"]]


def weighting_effect(respondents: pd.DataFrame, weight: pd.Series, columns: list[str]) -> pd.DataFrame:
    """What weighting changed: column, plain_score (mean of the answers), weighted_score, n."""
    rows = []
    for name in columns:
        known = respondents[name].notna()
        if known.any():
            weighted = np.average(respondents.loc[known, name], weights=weight[known])
            rows.append((name, respondents.loc[known, name].mean(), weighted, int(known.sum())))
    return pd.DataFrame(rows, columns=["column", "plain_score", "weighted_score", "n"])


def cronbach_alpha(items: pd.DataFrame) -> float:
    """How far the items measure one thing: k/(k-1) * (1 - sum of variances / variance of the sum), rows answered in
    full; NaN for fewer than two items, for fewer than LEAST rows, or where nothing varies.

    References: Cronbach (1951).
    """
    full = items.dropna()
    k = full.shape[1]
    total = full.sum(axis=1).var()
    if k < 2 or len(full) < LEAST or not total > 0:
        return np.nan
    return float(k / (k - 1) * (1 - full.var().sum() / total))
