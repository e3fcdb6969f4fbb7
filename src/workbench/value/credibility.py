"""The margin a client can be expected to bring a month: its own months, drawn towards those of its like."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import DataError

# Fewer clients of one size do not tell how clients of that size differ; they are judged with all others.
LEAST_GROUP = 10
# As many months as what comparable clients vary counts for, beside a client's own months.
PRIOR_MONTHS = 6.0


@dataclass(frozen=True)
class Expected:
    """The expected margin of each client (index customer_id, in the order asked for), in euros a month.

    table: own_eur (its own months), margin_eur (the credibility mean), margin_se_eur (its standard error),
    shared_se_eur (the part of it that all clients of a group share: the error of their mean), group (its number),
    credibility_share (weight of its own months), season_months (what its months count). used: euros a month by
    activity, in the same way; what a factor on an activity's minutes moves.
    """

    table: pd.DataFrame
    used: pd.DataFrame


def expected_margins(monthly: pd.DataFrame, since: pd.Series, group: pd.Series, *, margin_months: int) -> Expected:
    """The credibility mean of the monthly practical margin, client by client.

    Parameters: monthly, customer_month (not modified); since, index customer_id of the clients asked for, the day each
    came; group, same index, the clients it is like (null: unknown, a group of its own); margin_months, the last months
    of the table that count.
    Notes: Bühlmann and Straub (1970) within each group: Z = w / (w + s²/τ²) with w the months since the client came,
    each counting as the season makes it (revenue of the month over its mean; only where a whole year
    counts). The group mean is that
    weighted by Z, and all within a group have the same s², so that the sum over clients is not moved by chance: with
    each client's own variance as weight, those that had few orders by chance would count as the surer ones. The
    standard error does use the client's own variance, blended with what its deliveries make likely (assumption A91).
    Raises: DataError for a client whose day of coming is not known.
    """
    if since.isna().any():
        unknown = since.index[since.isna()][0]
        raise DataError(f"customer_month: nothing tells when {unknown} became a client; it has no delivery there")
    ids = since.index
    last = monthly["month"].max()
    months = pd.date_range(end=last, periods=margin_months, freq="MS")
    recent = monthly[monthly["month"].isin(months)]
    season = _season(recent, months, since)
    exposed = _exposure(since, months) * season
    at = recent["customer_id"].isin(ids)
    row = ids.get_indexer(recent.loc[at, "customer_id"])
    column = months.get_indexer(recent.loc[at, "month"])

    def spread(name: str) -> np.ndarray:
        grid = np.zeros((len(ids), len(months)))
        grid[row, column] = recent.loc[at, name].to_numpy(dtype=float)
        return grid

    margin, weight = spread("practical_margin_eur"), exposed.sum(axis=1)
    count = (exposed > 0).sum(axis=1)
    own = np.divide(margin.sum(axis=1), weight, out=np.zeros(len(ids)), where=weight > 0)
    rest = np.divide((margin - own[:, None] * exposed) ** 2, exposed, out=np.zeros_like(margin), where=exposed > 0)
    squares, freedom = rest.sum(axis=1), np.maximum(count - 1, 0)
    served = np.divide(spread("n_deliveries").sum(axis=1), weight, out=np.zeros(len(ids)), where=weight > 0)

    codes = _groups(group)
    share, mean, error, shared = (np.zeros(len(ids)) for _ in range(4))
    for code in np.unique(codes):
        of = codes == code
        told = _credible(own[of], weight[of], squares[of], freedom[of], served=served[of])
        share[of], mean[of], error[of], shared[of] = told
    activities = [name for name in monthly if name.startswith("used_")]
    used = pd.DataFrame(index=ids, columns=activities, dtype=float)
    # Where clients of a group are alike, none counts for itself, and their mean is that of their months.
    alike = pd.Series(share).groupby(codes).transform("sum").to_numpy() == 0
    pull = np.where(alike, weight, share)
    pulls = pd.Series(pull).groupby(codes).transform("sum").to_numpy()
    for name in activities:
        per_month = np.divide(spread(name).sum(axis=1), weight, out=np.zeros(len(ids)), where=weight > 0)
        usual = pd.Series(per_month * pull).groupby(codes).transform("sum").to_numpy()
        used[name] = share * per_month + (1 - share) * np.divide(usual, pulls, out=np.zeros(len(ids)), where=pulls > 0)
    table = pd.DataFrame(
        {
            "own_eur": own,
            "margin_eur": share * own + (1 - share) * mean,
            "margin_se_eur": np.hypot(error, shared),
            "shared_se_eur": shared,
            "group": codes,
            "credibility_share": share,
            "season_months": weight,
        },
        index=ids,
    )
    return Expected(table, used.rename(columns=lambda name: name.removeprefix("used_").removesuffix("_eur")))


def _credible(
    own: np.ndarray, weight: np.ndarray, squares: np.ndarray, freedom: np.ndarray, *, served: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z, the group's mean and the standard error of the credibility mean, of the clients of one group."""
    known = weight > 0
    within = squares.sum() / max(freedom.sum(), 1)
    total, k = weight.sum(), int(known.sum())
    middle = (weight @ own) / total if total > 0 else 0.0
    spread = total - (weight @ weight) / total if total > 0 else 0.0
    between = max((weight @ (own - middle) ** 2 - (k - 1) * within) / spread, 0.0) if k > 1 else 0.0
    share = weight * between / (weight * between + within) if within > 0 else known.astype(float)
    mean = (share @ own) / share.sum() if share.sum() > 0 else middle
    # What one delivery a month brings of variance; a client's own months are too few to tell its variance alone.
    per_delivery = squares.sum() / max(freedom @ served, 1e-12)
    variance = (squares + PRIOR_MONTHS * per_delivery * served) / (freedom + PRIOR_MONTHS)
    sampled = np.divide(variance, weight, out=np.zeros(len(own)), where=known)
    apart = max(between, np.sqrt(2 / (k - 1)) * within * k / total) if k > 1 else between
    precision = (weight[known] / (weight[known] * between + within)).sum() if within > 0 else 0.0
    shared = (1 - share) * np.sqrt(1 / precision if precision > 0 else 0.0)
    return share, np.full(len(own), mean), np.sqrt(share**2 * sampled + (1 - share) ** 2 * apart), shared


def _season(recent: pd.DataFrame, months: pd.DatetimeIndex, since: pd.Series) -> np.ndarray:
    """The revenue of each month over its mean, of the clients that were there from the first of them to the last."""
    lasting = recent["customer_id"].isin(since.index[since <= months[0]])
    revenue = recent[lasting].groupby("month")["revenue_eur"].sum().reindex(months, fill_value=0.0).to_numpy()
    return revenue / revenue.mean() if len(months) == 12 and (revenue > 0).all() else np.ones(len(months))


def _exposure(since: pd.Series, months: pd.DatetimeIndex) -> np.ndarray:
    """The part of each month in which each client was one: shape (clients, months)."""
    begun = since.to_numpy("datetime64[D]")[:, None]
    begins = months.to_numpy("datetime64[D]")[None, :]
    ends = (months + pd.DateOffset(months=1)).to_numpy("datetime64[D]")[None, :]
    days = (ends - np.maximum(begun, begins)) / np.timedelta64(1, "D")
    return (days / ((ends - begins) / np.timedelta64(1, "D"))).clip(0, 1)


def _groups(group: pd.Series) -> np.ndarray:
    """Numbers of the groups; groups with too few clients are one together, the unknown one included."""
    codes, names = pd.factorize(group, use_na_sentinel=False)
    counts = np.bincount(codes, minlength=len(names))
    small = counts < LEAST_GROUP
    return np.where(small[codes], -1, codes)
