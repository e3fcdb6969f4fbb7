"""Cox's proportional hazards with late entry, time-varying covariates, ties, weights, strata, and clustered errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.churn.checks import check_spells, cluster_codes, reason_against, remarks
from workbench.churn.ordering import concordance
from workbench.churn.partial_likelihood import Maximum, maximum
from workbench.churn.risk_sets import mean_at_risk, risk_sets, score_residuals
from workbench.language import said, word
from workbench.units import Z90

# Before this many are at risk a survival curve jumps by chance (late entry makes early risk sets small).
LEAST_AT_RISK = 30


@dataclass(frozen=True)
class CoxFit:
    """A fitted model; where `why_not` says why there is none, its tables have no rows.

    coefficients: covariate, coefficient (log hazard ratio per unit), se (clustered by group where there are groups),
    se_model, hazard_ratio, hazard_ratio_low, hazard_ratio_high (90 %), p. covariance: clustered, index and columns the
    covariates. centre: covariates at which the baseline is given. baseline: stratum, months, cumulative_hazard, se,
    at_risk. concordance: share of pairs at risk together in the order of their losses. best: the maximum itself.
    strata: the columns stratified by; levels: their combinations, by stratum number. notes: sentences.
    """

    coefficients: pd.DataFrame
    covariance: pd.DataFrame
    centre: pd.Series
    baseline: pd.DataFrame
    concordance: float
    loglik: float
    loglik_null: float
    n_subjects: int
    n_clusters: int
    n_events: int
    strata: tuple[str, ...]
    levels: tuple[tuple, ...]
    best: Maximum | None
    notes: tuple[str, ...]
    why_not: str | None

    @property
    def covariates(self) -> list[str]:
        """The covariates that have a coefficient."""
        return list(self.coefficients["covariate"])

    def stratum_of(self, table: pd.DataFrame) -> np.ndarray:
        """The stratum number of each row (n,); -1 for a combination the fit has not seen."""
        if not self.strata:
            return np.zeros(len(table), dtype=np.int64)
        known = {level: number for number, level in enumerate(self.levels)}
        rows = zip(*(table[name] for name in self.strata), strict=True)
        return np.array([known.get(tuple(row), -1) for row in rows], dtype=np.int64)

    def log_hazard(self, table: pd.DataFrame) -> np.ndarray:
        """The log hazard ratio (n,) of each row against the centre."""
        away = table[self.covariates].to_numpy(float) - self.centre.to_numpy()
        return away @ self.coefficients["coefficient"].to_numpy(float)


def cox_fit(
    table: pd.DataFrame,
    *,
    covariates: Sequence[str],
    start: str = "start",
    stop: str = "stop",
    event: str = "event",
    strata: Sequence[str] = (),
    efron: bool = True,
) -> CoxFit:
    """Cox's model of spells (one row a client) or of a counting process (a row per client and stretch of time).

    Parameters: table, customer_id (each row its own client where there is none), group_id (where there is one: errors
    are clustered by it, else by client), weight (where there is one), start and stop in months since the first order
    (a row is at risk after start, up to stop), event, covariates as numbers known at start; not modified. strata:
    columns whose combinations have a baseline each. efron: ties by Efron, else by Breslow.
    Raises: DataError as `check_spells`.
    Notes: our own solver (ADR 0013): lifelines' CoxPHFitter(entry_col=) has a wrong baseline under late entry, its
    concordance ignores entry, and its time-varying fit is some hundred times slower. Errors are those of Lin & Wei
    (1989), summed by cluster; with fewer than about twenty groups they are too small.
    References: Cox (1972); Efron (1977); R's survival gives the numbers in tests/reference.
    """
    covariates = list(covariates)
    check_spells(table, covariates=covariates, start=start, stop=stop, event=event, needed=strata)
    lost = table[event].to_numpy(bool)
    subject = "customer_id" if "customer_id" in table else "_row"
    against = reason_against(table, event=event, subject=subject)
    if against is not None:
        return no_fit(against, n_subjects=table[subject].nunique() if subject in table else len(table))
    combinations = pd.MultiIndex.from_frame(table[list(strata)]) if strata else None
    number, levels = pd.factorize(combinations, sort=True) if strata else (None, [()])
    sets = risk_sets(
        table[covariates].to_numpy(float),
        start=table[start].to_numpy(float),
        stop=table[stop].to_numpy(float),
        event=lost,
        weight=table["weight"].to_numpy(float) if "weight" in table else None,
        stratum=number,
        efron=efron,
    )
    best = maximum(sets)
    names = [covariates[column] for column in best.used]
    inverse = np.linalg.inv(best.information) if names else np.zeros((0, 0))
    clusters = cluster_codes(table)
    covariance = _clustered(best, inverse, clusters[best.sets.kept])
    line = table[names].to_numpy(float) @ best.coefficients[list(best.used)]
    ordered = concordance(
        line, start=table[start].to_numpy(float), stop=table[stop].to_numpy(float), event=lost, stratum=number
    )
    centre = mean_at_risk(best.found)
    return CoxFit(
        coefficients=_coefficient_table(names, best, inverse, covariance),
        covariance=pd.DataFrame(covariance, index=names, columns=names),
        centre=pd.Series(centre, index=names, dtype=float),
        baseline=_baseline(best, inverse, centre),
        concordance=ordered,
        loglik=best.found.loglik,
        loglik_null=best.loglik_null,
        n_subjects=table[subject].nunique() if subject in table else len(table),
        n_clusters=len(np.unique(clusters)),
        n_events=int(lost.sum()),
        strata=tuple(strata),
        levels=tuple(levels),
        best=best,
        notes=tuple(remarks(table, start=start, event=event, subject=subject) + _left_out(covariates, best)),
        why_not=None,
    )


def no_fit(why_not: str, *, n_subjects: int) -> CoxFit:
    """The result where nothing can be fitted, with the sentence that says why."""
    empty = pd.DataFrame(columns=["covariate", "coefficient", "se", "se_model", "hazard_ratio", "hazard_ratio_low",
                                  "hazard_ratio_high", "p"])  # fmt: skip
    base = pd.DataFrame(columns=["stratum", "months", "cumulative_hazard", "se", "at_risk"])
    none = float("nan")
    return CoxFit(empty, pd.DataFrame(), pd.Series(dtype=float), base, none, none, none, n_subjects, 0, 0, (), ((),),
                  None, (), why_not)  # fmt: skip


def _clustered(best: Maximum, inverse: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    moved = score_residuals(best.sets, best.found) @ inverse
    by_cluster = np.column_stack([np.bincount(clusters, column) for column in moved.T] or [np.zeros(1)])
    return by_cluster.T @ by_cluster if len(inverse) else inverse


def _coefficient_table(names: list[str], best: Maximum, inverse: np.ndarray, covariance: np.ndarray) -> pd.DataFrame:
    value, se = best.coefficients[list(best.used)], np.sqrt(np.diag(covariance))
    return pd.DataFrame(
        {
            "covariate": names,
            "coefficient": value,
            "se": se,
            "se_model": np.sqrt(np.diag(inverse)),
            "hazard_ratio": np.exp(value),
            "hazard_ratio_low": np.exp(value - Z90 * se),
            "hazard_ratio_high": np.exp(value + Z90 * se),
            "p": 2 * norm.sf(np.abs(value / se)),
        }
    )


def _baseline(best: Maximum, inverse: np.ndarray, centre: np.ndarray) -> pd.DataFrame:
    """The cumulative hazard at the centre, after each event time, with its standard error (Tsiatis, 1981)."""
    sets, found = best.sets, best.found
    base = np.exp(centre @ best.coefficients[list(best.used)])
    jumps = pd.DataFrame({"stratum": sets.stratum, "months": sets.time, "jump": found.a0 * base})
    variance = pd.Series(found.b0 * base**2).groupby(sets.stratum).cumsum()
    means = found.b0[:, None] * found.s1 - found.b1[:, None] * found.d1 - found.a0[:, None] * centre
    means = pd.DataFrame(means * base).groupby(sets.stratum).cumsum().to_numpy()
    variance = variance + np.einsum("ti,ij,tj->t", means, inverse, means)
    return pd.DataFrame(
        {
            "stratum": jumps["stratum"],
            "months": jumps["months"],
            "cumulative_hazard": jumps.groupby("stratum")["jump"].cumsum(),
            "se": np.sqrt(np.maximum(variance, 0.0)),
            "at_risk": np.rint(sets.sums(np.ones(len(sets.kept)))).astype(int),
        }
    )


def _left_out(covariates: list[str], best: Maximum) -> list[str]:
    notes = []
    for column in best.dependent:
        notes.append(
            said(
                "{covariate} is left out: it does not vary among those who could leave together, or repeats others.",
                covariate=word(covariates[column]),
            )
        )
    for column in best.separating:
        notes.append(
            said(
                "{covariate} is left out: it tells the lost from the others without exception, so that its effect has "
                "no finite estimate. Look whether it is known only after the loss.",
                covariate=word(covariates[column]),
            )
        )
    return notes
