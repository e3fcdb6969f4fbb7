"""Whether a covariate's effect stays the same with age, and what is done where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, rankdata

from workbench.churn.cox import CoxFit, cox_fit
from workbench.churn.risk_sets import hazards, score_and_information
from workbench.language import decimal_text, said, word

SIGNIFICANT = 0.05
# A covariate of at most this many values can be a stratum without leaving strata of a few losses each.
FEW_VALUES = 4
LEAST_EVENTS_A_STRATUM = 20


@dataclass(frozen=True)
class ProportionalFit:
    """A fit whose proportionality was tested and, where it failed, mended as far as it could be.

    fit: the final model. tested, retested: the tables of `proportionality` before and after. table: the rows the final
    model was fitted to (with the columns of a piecewise effect). cut_months: by covariate, the age at which its effect
    changes. done: what was done, a sentence each.
    """

    fit: CoxFit
    tested: pd.DataFrame
    retested: pd.DataFrame
    table: pd.DataFrame
    cut_months: dict[str, float]
    done: tuple[str, ...]

    @property
    def is_proportional(self) -> bool:
        """Whether no covariate of the final model fails the test; where one does, ask `aft_fits` of the spells."""
        return not _failing(self.retested)


def proportionality(fit: CoxFit) -> pd.DataFrame:
    """The test of proportional hazards by scaled Schoenfeld residuals, of each covariate and of all.

    Returns: covariate (`all` last), trend (change of the coefficient from the first to the last loss, its sign tells
    where the effect grows), chi2, df, p. Notes: the score test for a coefficient that is linear in the rank of the
    event time, exact where the older test takes the information for constant; late entry and strata are in it.
    References: Grambsch & Therneau (1994); `cox.zph` of R's survival from version 3.0.
    """
    columns = ["covariate", "trend", "chi2", "df", "p"]
    if fit.best is None or not fit.covariates:
        return pd.DataFrame(columns=columns)
    sets, coefficients = fit.best.sets, fit.coefficients["coefficient"].to_numpy(float)
    found = hazards(sets, coefficients)
    per_event = rankdata(np.repeat(sets.time, sets.died))
    late = per_event[np.cumsum(sets.died) - sets.died]
    scale = np.ptp(late)
    late = (late - np.average(late, weights=sets.died)) / (scale if scale > 0 else 1.0)
    score, mixed = score_and_information(sets, found, late)
    squared = score_and_information(sets, found, late**2)[1]
    solved = np.linalg.solve(fit.best.information, mixed)
    left = squared - mixed.T @ solved
    each = np.diag(left)
    statistic = np.divide(score**2, each, out=np.zeros_like(score), where=each > 0)
    trend = np.divide(score, each, out=np.zeros_like(score), where=each > 0)
    overall = float(score @ np.linalg.lstsq(left, score, rcond=1e-10)[0])
    values = np.r_[statistic, overall]
    freedom = np.r_[np.ones(len(score)), len(score)]
    return pd.DataFrame(
        {
            "covariate": [*fit.covariates, "all"],
            "trend": np.r_[trend, np.nan],
            "chi2": values,
            "df": freedom.astype(int),
            "p": chi2.sf(values, freedom),
        },
        columns=columns,
    )


def proportional_fit(
    table: pd.DataFrame,
    *,
    covariates: Sequence[str],
    start: str = "start",
    stop: str = "stop",
    event: str = "event",
) -> ProportionalFit:
    """Cox's model with its proportionality tested and mended: by strata, then piecewise.

    Parameters: as `cox_fit`. Notes: a covariate fails where its p, times the number of covariates, is below
    SIGNIFICANT. One of at most FEW_VALUES values with LEAST_EVENTS_A_STRATUM losses each becomes a stratum (it then
    has no coefficient); another gets a second coefficient after the median age of loss. Where the test still fails
    (`is_proportional`), `aft_fits` of the spells is to be read beside it. Errors of the test are not clustered: with
    large groups it alarms too often, and a needless remedy costs little.
    """
    columns = {"start": start, "stop": stop, "event": event}
    fit = cox_fit(table, covariates=covariates, **columns)
    tested = proportionality(fit)
    failing = _failing(tested)
    done: list[str] = []
    if not failing:
        if fit.best is not None:
            done.append(said("Effects stay proportional: no covariate fails the test."))
        return ProportionalFit(fit, tested, tested, table, {}, tuple(done))
    strata = [name for name in failing if _can_be_stratum(table, name, event)]
    if strata:
        rest = [name for name in covariates if name not in strata]
        fit = cox_fit(table, covariates=rest, strata=strata, **columns)
        done += [said("The effect of {name} changes with age: it is a stratum.", name=word(name)) for name in strata]
    retested = proportionality(fit)
    cuts: dict[str, float] = {}
    failing = _failing(retested)
    if failing:
        cut = float(np.median(table.loc[table[event].astype(bool), stop]))
        cuts = dict.fromkeys(failing, cut)
        table = with_pieces(table, cuts, start=start, stop=stop, event=event)
        kept = [name for name in covariates if name not in strata]
        fit = cox_fit(table, covariates=[*kept, *(later(name) for name in failing)], strata=strata, **columns)
        done += [
            said("The effect of {name} changes with age: it has another one after {months} months.",
                 name=word(name), months=decimal_text(cut, 1)) for name in failing
        ]  # fmt: skip
        retested = proportionality(fit)
    if _failing(retested):
        done.append(said("Effects still change with age. Read the accelerated failure times beside this model."))
    return ProportionalFit(fit, tested, retested, table, cuts, tuple(done))


def later(name: str) -> str:
    """The column of a covariate's further effect after the cut."""
    return f"{name}_later"


def with_pieces(
    table: pd.DataFrame, cuts: dict[str, float], *, start: str = "start", stop: str = "stop", event: str = "event"
) -> pd.DataFrame:
    """The rows split at the cuts, with a column per covariate that has its value after the cut and 0 before."""
    for name, cut in cuts.items():
        across = (table[start] < cut) & (table[stop] > cut)
        before, after = table[across].copy(), table[across].copy()
        before[stop], before[event], after[start] = cut, False, cut
        table = pd.concat([table[~across], before, after], ignore_index=True)
        table[later(name)] = np.where(table[start] >= cut, table[name], 0.0)
    return table


def _failing(tested: pd.DataFrame) -> list[str]:
    single = tested[tested["covariate"] != "all"]
    return list(single.loc[single["p"] * len(single) < SIGNIFICANT, "covariate"])


def _can_be_stratum(table: pd.DataFrame, name: str, event: str) -> bool:
    events = table.groupby(name)[event].sum()
    return len(events) <= FEW_VALUES and events.min() >= LEAST_EVENTS_A_STRATUM
