"""A survival model ready to say what the next months hold for a client of known age and covariates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.churn.bands import Bands, baseline_bands
from workbench.churn.cox import CoxFit
from workbench.churn.fading import faded, lasting_share
from workbench.churn.proportionality import ProportionalFit, later, proportional_fit


@dataclass(frozen=True)
class SurvivalModel:
    """A Cox model ready to foretell; bands is None where nothing could be fitted (`why_not`).

    mended: the model of the effects as they are, mended where they change with age. fit: the same with the share
    `lasting` of its effects, as they move the months ahead. bands: the baseline of fit.
    """

    mended: ProportionalFit
    fit: CoxFit
    bands: Bands | None
    lasting: float = 1.0

    @property
    def why_not(self) -> str | None:
        """Why there is no model, in a sentence."""
        return self.mended.fit.why_not

    @property
    def cut_months(self) -> float:
        """The age after which the further effects of a piecewise model hold; infinite where there are none."""
        return min(self.mended.cut_months.values(), default=np.inf)

    def rows_at(self, people: pd.DataFrame, *, after_cut: np.ndarray | bool) -> pd.DataFrame:
        """The people with the columns of the further effects, as they are before or after the cut."""
        further = {later(name): np.where(after_cut, people[name], 0.0) for name in self.mended.cut_months}
        return people.assign(**further)


@dataclass(frozen=True)
class Lived:
    """What people live through over a stretch of age: hazard (n,) cumulative, its gradient (n, p) by coefficient, and
    the variance (n,) that comes from the baseline. NaN for who is of a stratum that the fit has not seen."""

    hazard: np.ndarray
    gradient: np.ndarray
    baseline_variance: np.ndarray


def survival_model(table: pd.DataFrame, *, covariates: Sequence[str]) -> SurvivalModel:
    """Cox's model of a counting process, mended where effects change with age, with its baseline in bands.

    Parameters: table, customer_id, group_id (optional), start, stop, event, covariates, all known at start; not
    modified. Raises: DataError where the table is not one of spells.
    Notes: covariates change over the months ahead and nobody knows how, so what is foretold counts with the share of
    their effects that was left after half a year in the past (`lasting_share`, assumption A52).
    """
    mended = proportional_fit(table, covariates=covariates)
    if mended.fit.best is None:
        return SurvivalModel(mended, mended.fit, None)
    lasting = lasting_share(mended)
    fit = faded(mended.fit, lasting)
    return SurvivalModel(mended, fit, baseline_bands(fit, mended.table), lasting)


def months_ahead(model: SurvivalModel, people: pd.DataFrame, months: float | np.ndarray) -> Lived:
    """What people live through in the next months, with as much of their covariates' effects as lasts (assumption A52).

    Parameters: people, age_months (since the first order) and the covariates; not modified. months: at least 0, of all
    or of each (n,).
    """
    fit, bands = model.fit, model.bands
    low, cut = people["age_months"].to_numpy(float), model.cut_months
    high = low + months
    stratum = fit.stratum_of(people)
    n, p = len(people), len(fit.covariates)
    hazard, gradient, variance = np.zeros(n), np.zeros((n, p)), np.zeros(n)
    for after, begin, end in ((False, np.minimum(low, cut), np.minimum(high, cut)),
                              (True, np.maximum(low, cut), np.maximum(high, cut))):  # fmt: skip
        if after and np.isinf(cut):
            continue
        rows = model.rows_at(people, after_cut=after)
        away = rows[fit.covariates].to_numpy(float) - fit.centre.to_numpy()
        ratio = np.exp(fit.log_hazard(rows))
        for number in range(len(bands.edges)):
            here = np.flatnonzero(stratum == number)
            base = bands.cumulative(end[here], number) - bands.cumulative(begin[here], number)
            means = bands.cumulative_means(end[here], number) - bands.cumulative_means(begin[here], number)
            hazard[here] += ratio[here] * base
            gradient[here] += ratio[here, None] * (base[:, None] * away[here] - means)
            variance[here] += ratio[here] ** 2 * bands.variance(begin[here], end[here], number)
    unseen = stratum < 0
    hazard[unseen] = np.nan
    return Lived(hazard, gradient, variance)


def survival_by_month(model: SurvivalModel, people: pd.DataFrame, months: int) -> np.ndarray:
    """The probability (n, months) of being a client still after 1, 2, ... months, given alive at age_months."""
    return np.column_stack([np.exp(-months_ahead(model, people, ahead).hazard) for ahead in range(1, months + 1)])


def p_alive(people: pd.DataFrame, monthly_hazard: np.ndarray) -> np.ndarray:
    """The probability (n,) that a silent client is one still, from its own rhythm.

    Parameters: people, gap_months (mean time between its orders) and p_gap_longer (the probability that a gap of its
    rhythm is longer than its present silence); monthly_hazard (n,), of the model.
    Notes: loss is dated at the last order, so at each order a client leaves with the chance of a hazard lived through
    for one gap; silence then tells by Bayes' rule whether that happened (assumption A53).
    """
    leaves = -np.expm1(-monthly_hazard * people["gap_months"].to_numpy(float))
    waits = (1 - leaves) * people["p_gap_longer"].to_numpy(float)
    return waits / (waits + leaves)


def loss_by_month(model: SurvivalModel, people: pd.DataFrame, months: int) -> np.ndarray:
    """The probability (n, months) of being lost by 1, 2, ... months from now, the chance to be gone already included.

    Parameters: people, as `months_ahead` and `p_alive` want it, and delay_months (optional): how long after the last
    order a loss is dated.
    Notes: who is not gone orders again, and its first loss can be dated only a delay later; without it the present gap
    between orders would count twice, in `p_alive` and in the months ahead.
    """
    here = p_alive(people, months_ahead(model, people, 1).hazard)
    delay = people["delay_months"].to_numpy(float) if "delay_months" in people else np.zeros(len(people))
    lost = []
    for ahead in range(1, months + 1):
        kept = np.exp(-months_ahead(model, people, np.maximum(ahead - delay, 0.0)).hazard)
        lost.append(1 - here * kept)
    return np.column_stack(lost)
