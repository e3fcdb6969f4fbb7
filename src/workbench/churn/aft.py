"""Accelerated failure times with late entry: which family of durations fits, by AIC."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from lifelines import LogLogisticAFTFitter, LogNormalAFTFitter, WeibullAFTFitter
from lifelines.exceptions import ConvergenceError
from lifelines.fitters import ParametericAFTRegressionFitter
from scipy.special import expit
from scipy.stats import norm

from workbench.churn.checks import check_spells, cluster_codes
from workbench.language import said, word


@dataclass(frozen=True)
class Family:
    """Durations whose logarithm is a line in the covariates plus a spread times a draw of one law.

    fitter: lifelines' fitter; line, spread: its names of the two parameters; widens: whether the second one grows with
    the spread of the law (1) or shrinks (-1). slopes: of z, the draw that a time would be, the derivative of the
    cumulative hazard and that of the logarithm of the hazard.
    """

    fitter: type[ParametericAFTRegressionFitter]
    line: str
    spread: str
    widens: int
    slopes: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def _normal_slopes(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hazard = np.exp(norm.logpdf(z) - norm.logsf(z))
    return hazard, hazard - z


FAMILIES = {
    "Weibull": Family(WeibullAFTFitter, "lambda_", "rho_", -1, lambda z: (np.exp(z), np.ones_like(z))),
    "log-normal": Family(LogNormalAFTFitter, "mu_", "sigma_", 1, _normal_slopes),
    "log-logistic": Family(LogLogisticAFTFitter, "alpha_", "beta_", -1, lambda z: (expit(z), expit(-z))),
}
# Larger tables are cut to this many rows, drawn at random: the order of AIC does not rest on more.
MOST_ROWS = 50_000


@dataclass(frozen=True)
class AftFits:
    """The fitted families: comparison, a row per family with family, log_likelihood, aic, aic_difference, best first.

    best: lifelines' fitter of the best family; None where none could be fitted. effects: of its covariates, coefficient
    (log time per standard deviation) and se, clustered by group where there are groups, else by client. spread: the
    standard deviations. n: rows it rests on. notes: sentences.
    """

    comparison: pd.DataFrame
    best: ParametericAFTRegressionFitter | None
    effects: pd.DataFrame
    spread: pd.Series
    n: int
    notes: tuple[str, ...]


def aft_fits(
    table: pd.DataFrame,
    *,
    covariates: Sequence[str],
    start: str = "entry_months",
    stop: str = "duration_months",
    event: str = "lost",
    families: Sequence[str] = tuple(FAMILIES),
    seed: int = 0,
) -> AftFits:
    """Weibull, log-normal and log-logistic durations fitted to spells, or to the rows of a counting process.

    Parameters: as `cox_fit`; families, of FAMILIES; seed, of the sample of a table of more than MOST_ROWS.
    Notes: lifelines' fitters are right under late entry (measured, METHODS). Covariates are standardised for the fit,
    so its coefficients are per standard deviation. Rows of a counting process count as late entries: the hazard at an
    age is that of a client that always had its covariates of the month. Durations must be positive: a one-order client
    has half a day. Errors take the rows of a group together, as in `cox_fit`: with fewer than about twenty groups they
    are too small.
    References: Huber (1967); Lin & Wei (1989) for the sum by cluster.
    """
    check_spells(table, covariates=covariates, start=start, stop=stop, event=event)
    sample = table if len(table) <= MOST_ROWS else table.sample(MOST_ROWS, random_state=seed)
    spread = sample[list(covariates)].astype("float64").std()
    used = [name for name in covariates if spread[name] > 0]
    rows = (sample[used] - sample[used].mean()) / spread[used]
    rows = rows.assign(_stop=sample[stop], _lost=sample[event].astype(int), _entry=sample[start])
    found, fitted, notes = [], {}, []
    for name in families:
        try:
            with warnings.catch_warnings():
                # lifelines warns of its own numerical steps (overflow in a trial step, approximated Hessians); whether
                # it converged it says by an error, which is told below.
                warnings.simplefilter("ignore")
                fitted[name] = FAMILIES[name].fitter().fit(rows, "_stop", "_lost", entry_col="_entry")
        except (ConvergenceError, np.linalg.LinAlgError):
            notes.append(said("No durations of family {family} fit these spells.", family=word(name)))
            continue
        found.append((name, fitted[name].log_likelihood_, fitted[name].AIC_))
    comparison = pd.DataFrame(found, columns=["family", "log_likelihood", "aic"]).sort_values("aic", ignore_index=True)
    comparison["aic_difference"] = comparison["aic"] - comparison["aic"].min()
    best, effects = None, pd.DataFrame(columns=["covariate", "coefficient", "se"])
    if len(comparison):
        name = comparison["family"].iloc[0]
        best = fitted[name]
        effects = _effects(best, FAMILIES[name], rows, cluster_codes(sample))
    return AftFits(comparison, best, effects, spread[used], len(sample), tuple(notes))


def _effects(
    fitted: ParametericAFTRegressionFitter, family: Family, rows: pd.DataFrame, clusters: np.ndarray
) -> pd.DataFrame:
    """The coefficients of the line with their clustered errors: the model's covariance around the scores by cluster.

    lifelines' own robust errors take every row for a cluster of its own, and know no other.
    """
    by_line, by_spread = _scores(fitted, family, rows)
    design = rows.drop(columns=["_stop", "_lost", "_entry"]).assign(Intercept=1.0)
    names = fitted.params_.index
    columns = [by_line * design[name] if of == family.line else by_spread for of, name in names]
    scores = np.column_stack([np.bincount(clusters, column) for column in columns])
    inverse = fitted.variance_matrix_.loc[names, names].to_numpy(float)
    moved = scores @ inverse
    table = pd.DataFrame({"coefficient": fitted.params_, "se": np.sqrt((moved**2).sum(axis=0))})
    return table.loc[family.line].drop("Intercept").rename_axis("covariate").reset_index()


def _scores(
    fitted: ParametericAFTRegressionFitter, family: Family, rows: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """The derivative (n,) of each row's log-likelihood by its line, and by the logarithm of the spread's parameter."""
    own = fitted.params_[family.line]
    line = own["Intercept"] + rows[own.index.drop("Intercept")].to_numpy(float) @ own.drop("Intercept").to_numpy(float)
    scale = np.exp(-family.widens * fitted.params_[family.spread, "Intercept"])
    lost, late = rows["_lost"].to_numpy(bool), rows["_entry"].to_numpy(float) > 0
    z = (np.log(rows["_stop"].to_numpy(float)) - line) * scale
    hazard, turn = family.slopes(z)
    moved = hazard - np.where(lost, turn, 0.0)  # minus the derivative of the row's log-likelihood by z
    by_line, by_scale = scale * moved, np.where(lost, 1.0, 0.0) - z * moved
    z = (np.log(rows["_entry"].to_numpy(float)[late]) - line[late]) * scale
    hazard, _ = family.slopes(z)
    by_line[late] -= scale * hazard
    by_scale[late] += z * hazard
    return by_line, -family.widens * by_scale
