"""Accelerated failure times with late entry: which family of durations fits, by AIC."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from lifelines import LogLogisticAFTFitter, LogNormalAFTFitter, WeibullAFTFitter
from lifelines.exceptions import ConvergenceError
from lifelines.fitters import ParametericAFTRegressionFitter

from workbench.churn.checks import check_spells
from workbench.language import said, word

FAMILIES = {"Weibull": WeibullAFTFitter, "log-normal": LogNormalAFTFitter, "log-logistic": LogLogisticAFTFitter}
# Larger tables are cut to this many rows, drawn at random: the order of AIC does not rest on more.
MOST_ROWS = 50_000


@dataclass(frozen=True)
class AftFits:
    """The fitted families: comparison, a row per family with family, log_likelihood, aic, aic_difference, best first.

    best: lifelines' fitter of the best family; None where none could be fitted. spread: the standard deviations that
    its coefficients are per. n: rows it rests on. notes: sentences.
    """

    comparison: pd.DataFrame
    best: ParametericAFTRegressionFitter | None
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
    seed: int = 0,
) -> AftFits:
    """Weibull, log-normal and log-logistic durations fitted to spells, or to the rows of a counting process.

    Parameters: as `cox_fit`; seed, of the sample of a table of more than MOST_ROWS.
    Notes: lifelines' fitters are right under late entry (measured, METHODS). Covariates are standardised for the fit,
    so its coefficients are per standard deviation. Rows of a counting process count as late entries: the hazard at an
    age is that of a client that always had its covariates of the month. Errors are not clustered. Durations must be
    positive: a one-order client has half a day.
    """
    check_spells(table, covariates=covariates, start=start, stop=stop, event=event)
    sample = table if len(table) <= MOST_ROWS else table.sample(MOST_ROWS, random_state=seed)
    spread = sample[list(covariates)].astype("float64").std()
    used = [name for name in covariates if spread[name] > 0]
    rows = (sample[used] - sample[used].mean()) / spread[used]
    rows = rows.assign(_stop=sample[stop], _lost=sample[event].astype(int), _entry=sample[start])
    found, fitted, notes = [], {}, []
    for family, fitter in FAMILIES.items():
        try:
            with warnings.catch_warnings():
                # lifelines warns of its own numerical steps (overflow in a trial step, approximated Hessians); whether
                # it converged it says by an error, which is told below.
                warnings.simplefilter("ignore")
                fitted[family] = fitter().fit(rows, "_stop", "_lost", entry_col="_entry")
        except (ConvergenceError, np.linalg.LinAlgError):
            notes.append(said("No durations of family {family} fit these spells.", family=word(family)))
            continue
        found.append((family, fitted[family].log_likelihood_, fitted[family].AIC_))
    comparison = pd.DataFrame(found, columns=["family", "log_likelihood", "aic"]).sort_values("aic", ignore_index=True)
    comparison["aic_difference"] = comparison["aic"] - comparison["aic"].min()
    best = fitted[comparison["family"].iloc[0]] if len(comparison) else None
    return AftFits(comparison, best, spread[used], len(sample), tuple(notes))
