"""Clients against non-clients, us against each competitor, and what those who buy elsewhere would need."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.competitive.respondents import of_several
from workbench.competitive.scales import US, Survey

LEAST_RATERS = 10
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Raters:
    """The rows of a wave with weights, and how often each was drawn.

    rows: of the survey, and cluster (what is drawn together: a group of accounts, or who has none); weight: (rows,);
    draws: (samples, rows), the weight of each row in each bootstrap sample, all rows of a cluster together.
    """

    rows: pd.DataFrame
    weight: np.ndarray
    draws: np.ndarray

    def only(self, kept: np.ndarray) -> "Raters":
        """Some of the rows (true or false for each)."""
        return Raters(self.rows[kept], self.weight[kept], self.draws[:, kept])


def raters(survey: Survey, weights: list[pd.Series], clusters: pd.Series, *, draws: int, seed: int) -> Raters:
    """The rows of the wave with the weight of their respondent, drawn again by cluster.

    Parameters: weights, by respondent_id, one series for clients and one for non-clients (respondents without a weight
    are left out); clusters, by respondent_id (default: the respondent).
    """
    weight = pd.concat(weights)
    rows = survey.of()
    rows = rows[rows["respondent_id"].isin(weight.index)]
    cluster = rows["respondent_id"].map(clusters).fillna(rows["respondent_id"])
    codes, names = pd.factorize(cluster)
    rng = np.random.default_rng([seed, 31])
    times = np.stack([np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)) for _ in range(draws)])
    w = rows["respondent_id"].map(weight).to_numpy(float)
    return Raters(rows.assign(cluster=codes), w, times[:, codes] * w)


def supplier_scores(rated: Raters, columns: list[str]) -> pd.DataFrame:
    """Mean score of each supplier in the eyes of our clients, and in those of non-clients: supplier, rated_by, column,
    score, low, high (90 %), n; fewer than LEAST_RATERS: no score. Nothing is averaged over both (assumption A26)."""
    is_client = rated.rows["customer_id"].notna().to_numpy()
    rows = []
    for rated_by, side in (("clients", rated.only(is_client)), ("non_clients", rated.only(~is_client))):
        for supplier in [US, *sorted(set(side.rows["supplier"]) - {US})]:
            part = side.only((side.rows["supplier"] == supplier).to_numpy())
            for name in columns:
                rows.append((supplier, rated_by, name, *_mean(part, part.rows[name].to_numpy(float))))
    return pd.DataFrame(rows, columns=["supplier", "rated_by", "column", "score", "low", "high", "n"])


def client_gaps(rated: Raters, columns: list[str]) -> pd.DataFrame:
    """How clients and non-clients see us: column, clients, non_clients, gap with low and high, n_clients,
    n_non_clients, established (the interval of the gap leaves out 0). NaN below LEAST_RATERS on either side."""
    ours = rated.only((rated.rows["supplier"] == US).to_numpy())
    is_client = ours.rows["customer_id"].notna().to_numpy()
    sides = ours.only(is_client), ours.only(~is_client)
    rows = []
    for name in columns:
        (clients, n), (others, m) = (_drawn_means(side, side.rows[name].to_numpy(float)) for side in sides)
        gap = clients - others
        low, high = _bounds(gap)
        rows.append((name, clients[0], others[0], gap[0], low, high, n, m, bool(low > 0 or high < 0)))
    columns_ = ["column", "clients", "non_clients", "gap", "low", "high", "n_clients", "n_non_clients", "established"]
    return pd.DataFrame(rows, columns=columns_)


def value_map(rated: Raters, importance: pd.Series, price: str | None) -> pd.DataFrame:
    """Each supplier's relative quality and relative price, as our clients who also use others see them.

    Parameters: importance, share of each attribute (index attribute); price, the attribute that is the price.
    Returns: supplier, quality, price (1: like the mean of all suppliers the same respondents rate; price above 1: its
    price is judged better), each with _low and _high, n (respondents who rate it and another), placed (both are known
    of at least LEAST_RATERS), p_best_quality and p_best_price (the share of the draws in which it is the best of those
    placed). Empty without a price or without clients who rate two suppliers.
    Notes: those who know us by name only do not count. Quality is the mean of the other attributes, each weighted by
    its importance (assumption A27); ratios of weighted sums, never means of ratios.
    """
    columns = [
        "supplier", "quality", "quality_low", "quality_high", "price", "price_low", "price_high", "n", "placed",
        "p_best_quality", "p_best_price",
    ]  # fmt: skip
    several = rated.rows.groupby("respondent_id")["supplier"].transform("nunique") > 1
    rated = rated.only((several & rated.rows["customer_id"].notna()).to_numpy())
    if price is None or rated.rows.empty:
        return pd.DataFrame(columns=columns)
    shares = importance.drop(index=price, errors="ignore")
    scores = rated.rows[list(shares.index)]
    weight = shares.to_numpy() * scores.notna().to_numpy()
    total = weight.sum(axis=1)
    quality = np.divide((weight * scores.fillna(0).to_numpy()).sum(axis=1), total, out=np.full(len(total), np.nan),
                        where=total > 0)  # fmt: skip
    measures = {"quality": quality, "price": rated.rows[price].to_numpy(float)}
    rows, drawn = [], {name: [] for name in measures}
    for supplier in [US, *sorted(set(rated.rows["supplier"]) - {US})]:
        mine = (rated.rows["supplier"] == supplier).to_numpy()
        row: list[object] = [supplier]
        for name, values in measures.items():
            others = pd.Series(np.where(mine, np.nan, values), rated.rows.index)
            mean_of_others = others.groupby(rated.rows["respondent_id"]).transform("mean").to_numpy()
            part = rated.only(mine)
            ratio, n = _drawn_ratio(part, values[mine], mean_of_others[mine])
            row += [ratio[0], *_bounds(ratio)]
            drawn[name].append(ratio[1:])
        rows.append((*row, n))
    table = pd.DataFrame(rows, columns=columns[:-3])
    table["placed"] = table[["quality", "price"]].notna().all(axis=1)
    best = {f"p_best_{name}": _chances(np.array(draws), table["placed"].to_numpy()) for name, draws in drawn.items()}
    return table.assign(**best)


def non_client_needs(rated: Raters, importance: pd.Series) -> pd.DataFrame:
    """What those who buy elsewhere would need from us: attribute, theirs (score of their suppliers), ours (how we are
    rated), gap = theirs - ours with low and high, importance_share, need (gap times share, at least 0), n_theirs,
    n_ours, established (the gap's interval is above 0); the largest need first.

    Ours is how non-clients see us; where fewer than LEAST_RATERS of them know us, how clients do (rated_by).
    """
    others = rated.only(rated.rows["customer_id"].isna().to_numpy())
    theirs = others.only((others.rows["supplier"] != US).to_numpy())
    ours = others.only((others.rows["supplier"] == US).to_numpy())
    rated_by = "non_clients"
    if ours.rows["respondent_id"].nunique() < LEAST_RATERS:
        known = rated.rows["customer_id"].notna() & (rated.rows["supplier"] == US)
        ours, rated_by = rated.only(known.to_numpy()), "clients"
    rows = []
    for name, share in importance.items():
        (them, n), (us, m) = (_drawn_means(side, side.rows[name].to_numpy(float)) for side in (theirs, ours))
        gap = them - us
        low, high = _bounds(gap)
        rows.append((name, them[0], us[0], gap[0], low, high, share, max(gap[0], 0) * share, n, m, bool(low > 0)))
    columns = [
        "attribute", "theirs", "ours", "gap", "low", "high", "importance_share", "need", "n_theirs", "n_ours",
        "established",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).assign(rated_by=rated_by)
    return table.sort_values("need", ascending=False, ignore_index=True)


def _mean(part: Raters, values: np.ndarray) -> tuple[float, float, float, int]:
    means, n = _drawn_means(part, values)
    return means[0], *_bounds(means), n


def _drawn_means(part: Raters, values: np.ndarray) -> tuple[np.ndarray, int]:
    """The weighted mean, then that of each sample; NaN where too few answered (see `_drawn_ratio`)."""
    return _drawn_ratio(part, values, np.ones(len(values)))


def _drawn_ratio(part: Raters, above: np.ndarray, below: np.ndarray) -> tuple[np.ndarray, int]:
    """Weighted sum of one over that of the other, first with the weights as they are, then in each sample.

    NaN where fewer than LEAST_RATERS answered, or all of them for too few clients to hide one (`of_several`).
    """
    known = ~(np.isnan(above) | np.isnan(below))
    n = part.rows.loc[known, "respondent_id"].nunique()
    weights = np.vstack([part.weight[None], part.draws])[:, known]
    under = weights @ below[known]
    if n < LEAST_RATERS or not of_several(weights[0], part.rows["cluster"].to_numpy()[known]):
        return np.full(len(weights), np.nan), n
    return np.divide(weights @ above[known], under, out=np.full(len(under), np.nan), where=under > 0), n


def _chances(drawn: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """How often each row (rows, draws) is the largest of those placed; NaN for the others."""
    compared = np.where(placed[:, None] & ~np.isnan(drawn), drawn, -np.inf)
    first = (compared == compared.max(axis=0)) & np.isfinite(compared)
    shares = (first / np.maximum(first.sum(axis=0), 1)).sum(axis=1) / max(first.any(axis=0).sum(), 1)
    return np.where(placed, shares, np.nan)


def _bounds(drawn: np.ndarray) -> tuple[float, float]:
    """The 90 % interval of a statistic whose first value is the point; NaN where it has no value."""
    draws = drawn[1:][~np.isnan(drawn[1:])]
    if np.isnan(drawn[0]) or not len(draws):
        return np.nan, np.nan
    low, high = np.quantile(draws, [LOW, HIGH])
    return float(low), float(high)
