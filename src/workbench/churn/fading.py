"""How much of what moves the risk today still moves it half a year on: what is foretold counts with that much."""

from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.churn.cox import CoxFit, cox_fit
from workbench.churn.proportionality import ProportionalFit, later

# Half of the year that is foretold.
LAG_MONTHS = 6.0
# Before anything is seen effects last, give or take this much (standard deviation): few losses say little of fading.
USUAL_FADING = 0.2


def lasting_share(mended: ProportionalFit, *, start: str = "start", stop: str = "stop", event: str = "event") -> float:
    """The share of the effects of covariates that is left after half a year, from 0 to 1.

    Parameters: mended, the fit with the counting process it was fitted to (`table`).
    Returns: 1 where no row has another of its client half a year before it (spells of one row each).
    Notes: the slope of the losses of each month on the log hazard by what was known of the client LAG_MONTHS before, in
    Cox's model: a calibration slope of months before the date of the fit, never after it. It is drawn to 1 by its error
    and USUAL_FADING, since the slope of few losses is chance.
    References: van Houwelingen & le Cessie (1990) for the slope; van Houwelingen (2007) for covariates that fade.
    """
    fit, table = mended.fit, mended.table
    if fit.best is None or not fit.covariates or "customer_id" not in table:
        return 1.0
    before = _rows_before(table, start)
    known = before >= 0
    columns = [name for name in ("customer_id", "group_id", "weight", start, stop, event, *fit.strata) if name in table]
    rows = table.loc[known, columns]
    if not rows[event].any():
        return 1.0
    earlier = table.iloc[before[known]].reset_index(drop=True)
    begun = rows[start].to_numpy(float)
    # The effects are those of the client's age now, what they act on is that of then.
    further = {later(name): np.where(begun >= cut, earlier[name], 0.0) for name, cut in mended.cut_months.items()}
    rows = rows.assign(line=fit.log_hazard(earlier.assign(**further)))
    slope = cox_fit(rows, covariates=["line"], start=start, stop=stop, event=event, strata=fit.strata).coefficients
    if slope.empty or not slope["se"].iloc[0] > 0:
        return 1.0
    told, usual = slope["se"].iloc[0] ** -2, USUAL_FADING**-2
    return float(np.clip((slope["coefficient"].iloc[0] * told + usual) / (told + usual), 0.0, 1.0))


def faded(fit: CoxFit, share: float) -> CoxFit:
    """The fit with that share of its effects; its hazard ratios and p stay those of the effects of today."""
    coefficients = fit.coefficients.assign(coefficient=fit.coefficients["coefficient"] * share)
    return replace(fit, coefficients=coefficients, covariance=fit.covariance * share**2)


def _rows_before(table: pd.DataFrame, start: str) -> np.ndarray:
    """The number (n,) of the row in which each row's client was LAG_MONTHS before it begins; -1 where there is none."""
    client, begun = pd.factorize(table["customer_id"])[0], table[start].to_numpy(float)
    place = client * (begun.max() + 2 * LAG_MONTHS) + begun
    order = np.argsort(place, kind="stable")
    at = np.searchsorted(place[order], place - LAG_MONTHS, side="right") - 1
    row = order[np.maximum(at, 0)]
    return np.where((at >= 0) & (client[row] == client) & (row != np.arange(len(table))), row, -1)
