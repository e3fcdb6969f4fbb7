"""The plane of satisfaction and loyalty: four types of relation, frozen between runs, and how sure each type is."""

import numpy as np
import pandas as pd

from workbench.params import Plane

TYPES = ("over_satisfied", "dissatisfied", "over_loyal", "disloyal")
# Jones & Sasser (1995): satisfied and loyal, satisfied only, loyal only, neither.
QUADRANTS = ("loyalist", "mercenary", "hostage", "defector")
DRAWS = 400
LEAST_SPREAD = 0.01
Z = ["z_satisfaction", "z_loyalty"]


def plane_of(opinions: pd.DataFrame, weight: pd.Series, frozen: Plane | None) -> Plane:
    """The frozen plane, or that of the accounts that answered, weighted to the file (weight by customer_id)."""
    if frozen is not None:
        return frozen
    found = {}
    for name in ("satisfaction", "loyalty"):
        known = opinions[name].notna()
        scores, w = opinions.loc[known, name], opinions.loc[known, "customer_id"].map(weight)
        centre = np.average(scores, weights=w)
        unit = np.sqrt(np.average((scores - centre) ** 2, weights=w))
        found[f"{name}_centre"], found[f"{name}_unit"] = round(float(centre), 2), round(float(unit), 2)
    return Plane(**found)


def can_have_plane(opinions: pd.DataFrame) -> bool:
    """Whether both satisfaction and loyalty are known of some accounts and differ among them."""
    spread = opinions[["satisfaction", "loyalty"]].std()
    return bool((spread > LEAST_SPREAD).all())


def relation_types(z: np.ndarray) -> np.ndarray:
    """The type of each point (..., 2) of z-scores: the larger of |zS| and |zL| decides and its sign names it.

    >>> relation_types(np.array([[1.0, 0.5], [-1.0, 0.5], [0.2, 0.9], [0.2, -0.9]])).tolist()
    ['over_satisfied', 'dissatisfied', 'over_loyal', 'disloyal']
    """
    satisfaction, loyalty = z[..., 0], z[..., 1]
    by_satisfaction = np.abs(satisfaction) >= np.abs(loyalty)
    number = np.where(by_satisfaction, np.where(satisfaction >= 0, 0, 1), np.where(loyalty >= 0, 2, 3))
    return np.array(TYPES, dtype=object)[number]


def jones_sasser(z: np.ndarray) -> np.ndarray:
    """The quadrant of each point by the signs of its z-scores."""
    number = np.where(z[:, 0] >= 0, np.where(z[:, 1] >= 0, 0, 1), np.where(z[:, 1] >= 0, 2, 3))
    return np.array(QUADRANTS, dtype=object)[number]


def measured_relations(opinions: pd.DataFrame, plane: Plane, *, seed: int) -> pd.DataFrame:
    """The relation of the accounts that answered both, with the probability that its type is the true one.

    Parameters: opinions, as `account_opinions` gives them. Returns: customer_id, satisfaction,
    loyalty (0-100), z_satisfaction, z_loyalty, their standard errors and the correlation of their errors,
    relation_type (TYPES), p_relation_type, jones_sasser (QUADRANTS), measured, n_respondents.
    Notes: the probability is that of an account's true place given its answers: true places are spread like the answers
    less their errors, and a place that few voices put far out lies likely nearer the middle (assumption A25).
    """
    known = opinions.dropna(subset=["satisfaction", "loyalty"]).reset_index(drop=True)
    table = known[["customer_id", "satisfaction", "loyalty", "n_respondents"]].copy()
    errors = np.empty((len(known), 2))
    for at, name in enumerate(("satisfaction", "loyalty")):
        unit = getattr(plane, f"{name}_unit")
        table[f"z_{name}"] = (known[name] - getattr(plane, f"{name}_centre")) / unit
        errors[:, at] = known[f"{name}_se"] / unit
        table[f"z_{name}_se"] = errors[:, at]
    z = table[Z].to_numpy()
    correlation = float(known["error_correlation"].iloc[0])
    table["z_error_correlation"] = correlation
    noise = _covariances(errors, correlation)
    middle, spread = z.mean(axis=0), np.cov(z.T)
    true = _positive(spread - noise.mean(axis=0), least=0.05 * np.trace(spread) / 2)
    gain = true @ np.linalg.inv(true + noise)
    centre = middle + np.einsum("nij,nj->ni", gain, z - middle)
    left = true - np.einsum("nij,jk->nik", gain, true)
    return _typed(table.assign(measured=True), z, centre, left, seed=seed)


def estimated_relations(
    customer_id: pd.Series, z: np.ndarray, se: np.ndarray, correlation: float, plane: Plane, *, seed: int
) -> pd.DataFrame:
    """The relation of accounts placed by a model: z, predicted (n, 2); se, the error of the prediction (2,).

    Scores are those the predicted place stands for; never shown as measured.
    """
    table = pd.DataFrame({"customer_id": customer_id.to_numpy(), "n_respondents": 0, "measured": False})
    for at, name in enumerate(("satisfaction", "loyalty")):
        table[f"z_{name}"], table[f"z_{name}_se"] = z[:, at], se[at]
        score = getattr(plane, f"{name}_centre") + getattr(plane, f"{name}_unit") * z[:, at]
        table[name] = score.clip(0, 100)
    table["z_error_correlation"] = correlation
    left = np.repeat(_covariances(se[None], correlation), len(z), axis=0)
    return _typed(table, z, z, left, seed=seed)


def relation_counts(table: pd.DataFrame, economics: pd.DataFrame | None = None) -> pd.DataFrame:
    """By relation_type and measured: n_customers, mean probability, and where economics (customer_id, revenue_eur,
    practical_margin_eur) is there, their sums and the margin per unit of revenue (ratio of sums)."""
    known = table if economics is None else table.merge(economics, on="customer_id", how="left")
    grouped = known.groupby(["relation_type", "measured"])
    rows = grouped.agg(n_customers=("customer_id", "size"), p_relation_type=("p_relation_type", "mean"))
    if economics is not None:
        rows = rows.join(grouped[["revenue_eur", "practical_margin_eur"]].sum())
        rows["margin_rate_share"] = (rows["practical_margin_eur"] / rows["revenue_eur"]).where(rows["revenue_eur"] > 0)
    order = {name: place for place, name in enumerate(TYPES)}
    return rows.reset_index().sort_values(
        ["relation_type", "measured"], key=lambda part: part.map(order) if part.name == "relation_type" else ~part,
        ignore_index=True,
    )  # fmt: skip


def _typed(table: pd.DataFrame, z: np.ndarray, centre: np.ndarray, left: np.ndarray, *, seed: int) -> pd.DataFrame:
    """The type by the rule, and its share of the places that the account may truly have."""
    drawn = np.random.default_rng([seed, 23]).normal(size=(DRAWS, len(z), 2))
    root = np.linalg.cholesky(left + 1e-9 * np.eye(2))
    places = centre + np.einsum("nij,dnj->dni", root, drawn)
    kind = relation_types(z)
    table = table.assign(relation_type=kind, jones_sasser=jones_sasser(z))
    return table.assign(p_relation_type=(relation_types(places) == kind).mean(axis=0))


def _covariances(se: np.ndarray, correlation: float) -> np.ndarray:
    """(n, 2, 2) from standard errors (n, 2) and one correlation."""
    off = correlation * se[:, 0] * se[:, 1]
    return np.stack([np.stack([se[:, 0] ** 2, off], -1), np.stack([off, se[:, 1] ** 2], -1)], -2)


def _positive(matrix: np.ndarray, *, least: float) -> np.ndarray:
    """The nearest covariance with no direction below `least`: errors may seem larger than all there is."""
    value, vector = np.linalg.eigh(matrix)
    return (vector * np.maximum(value, least)) @ vector.T
