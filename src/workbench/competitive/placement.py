"""Clients who did not answer, placed by what the files tell of them: a model, judged on clients it has not seen."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from workbench.competitive.behaviour import BEHAVIOURS
from workbench.competitive.plane import Z
from workbench.language import said

FOLDS = 5
LEAST_ACCOUNTS = 40
EARLIER = ["earlier_satisfaction", "earlier_loyalty"]
STRENGTHS = np.logspace(-1, 5, 13)


@dataclass(frozen=True)
class Placement:
    """What the model says of the clients who did not answer.

    customer_id, z (n, 2) predicted satisfaction and loyalty; se (2,), the error of a prediction, the answers' own error
    taken off; correlation, of the two errors. judged: a row per dimension: dimension, n_accounts, r2 (share of the
    variance of held-out accounts that the model tells; below 0: worse than the mean), error (root mean square, in units
    of z), error_of_mean (the same of the mean of all), n_earlier (accounts that had answered an earlier wave).
    why_not: a sentence where nobody could be placed.
    """

    customer_id: pd.Series
    z: np.ndarray
    se: np.ndarray
    correlation: float
    judged: pd.DataFrame
    why_not: str | None = None


def placement(relations: pd.DataFrame, clients: pd.DataFrame, earlier: pd.DataFrame, *, seed: int) -> Placement:
    """Satisfaction and loyalty of the clients without an answer, from their behaviour.

    Parameters: relations, of the accounts that answered (`measured_relations`); clients, as `client_behaviour` gives
    them; earlier, customer_id, satisfaction, loyalty of the accounts' last answer before this wave. Not modified.
    Notes: ridge regression on BEHAVIOURS, size class, sector and the earlier answer; strength by leave-one-out; judged
    and its error measured by five folds that keep groups together. What only the answer could tell is no feature.
    """
    known = clients.merge(_earlier(earlier), on="customer_id", how="left")
    rated = known.merge(relations[["customer_id", *Z, *(f"{name}_se" for name in Z)]], on="customer_id")
    others = known[~known["customer_id"].isin(relations["customer_id"])].reset_index(drop=True)
    if len(rated) < LEAST_ACCOUNTS:
        why = said(
            "Only {n} accounts answered; {needed} are needed to place the others, who stay unplaced.",
            n=len(rated),
            needed=LEAST_ACCOUNTS,
        )
        return Placement(others["customer_id"][:0], np.empty((0, 2)), np.full(2, np.nan), 0.0, _judged([]), why)
    groups = rated["group_id"].fillna("c" + rated["customer_id"])
    rows, rests, predicted = [], [], []
    for name in Z:
        model = _model(rated)
        seen = cross_val_predict(model, rated, rated[name], groups=groups, cv=_folds(groups, seed))
        rest = rated[name] - seen
        spread = rated[name] - rated[name].mean()
        r2 = 1 - (rest**2).sum() / (spread**2).sum()
        rows.append((
            name.removeprefix("z_"), len(rated), r2, np.sqrt((rest**2).mean()), np.sqrt((spread**2).mean()),
            int(rated[EARLIER[0]].notna().sum()),
        ))  # fmt: skip
        rests.append(rest)
        predicted.append(model.fit(rated, rated[name]).predict(others) if len(others) else np.empty(0))
    noise = np.array([(rated[f"{name}_se"] ** 2).mean() for name in Z])
    left = np.array([(rest**2).mean() for rest in rests])
    return Placement(
        customer_id=others["customer_id"],
        z=np.column_stack(predicted),
        # An answer's own error is no error of the prediction; some is always left.
        se=np.sqrt(np.maximum(left - noise, 0.25 * left)),
        correlation=float(np.corrcoef(rests)[0, 1]),
        judged=_judged(rows),
    )


def _earlier(earlier: pd.DataFrame) -> pd.DataFrame:
    named = dict(zip(["satisfaction", "loyalty"], EARLIER, strict=True))
    return earlier[["customer_id", *named]].rename(columns=named)


def _folds(groups: pd.Series, seed: int) -> GroupKFold:
    return GroupKFold(n_splits=min(FOLDS, groups.nunique()), shuffle=True, random_state=seed)


def _model(rated: pd.DataFrame) -> Pipeline:
    numbers = [name for name in (*BEHAVIOURS, *EARLIER) if rated[name].notna().any()]
    classes = [name for name in ("size_class", "sector") if rated[name].notna().any()]
    known = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    parts = [("numbers", known, numbers)]
    if classes:
        encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5, sparse_output=False)
        filled = make_pipeline(SimpleImputer(strategy="constant", fill_value="unknown", missing_values=None), encoder)
        parts.append(("classes", filled, classes))
    return make_pipeline(ColumnTransformer(parts), RidgeCV(alphas=STRENGTHS))


def _judged(rows: list[tuple]) -> pd.DataFrame:
    columns = ["dimension", "n_accounts", "r2", "error", "error_of_mean", "n_earlier"]
    return pd.DataFrame(rows, columns=columns)
