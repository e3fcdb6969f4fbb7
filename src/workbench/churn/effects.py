"""What the covariates of a fitted model do to the risk of loss, between clients that are low and high on each."""

import numpy as np
import pandas as pd

from workbench.churn.aft import AftFits, aft_fits
from workbench.churn.cox import Z90, CoxFit
from workbench.churn.foresight import Foresight
from workbench.churn.proportionality import later
from workbench.language import decimal_text, said, word

TIME_COLUMNS = ["covariate", "low_value", "high_value", "time_ratio", "low", "high"]
COLUMNS = ["covariate", "from_months", "until_months", "low_value", "high_value", "ratio", "low", "high"]


def covariate_effects(seen: Foresight) -> pd.DataFrame:
    """The hazard of a client in the upper quarter of a covariate over that of one in the lower, all else alike.

    Returns: covariate, from_months and until_months (the ages at which the effect holds: two rows for one that changes
    with age; 0 and NaN where it holds from the first order or for good), low_value and high_value (the quartiles among
    the clients scored; the ends of the months fitted for what is the same for all), ratio, low, high (90 %), the
    strongest first; no rows without a model.
    """
    if seen.model is None:
        return pd.DataFrame(columns=COLUMNS)
    fit, rows = seen.model.mended.fit, []
    for name in fit.covariates:
        if name not in seen.covariates:
            continue
        low_value, high_value = _quarters(seen, name)
        step, cut = high_value - low_value, seen.model.mended.cut_months.get(name, np.nan)
        pieces = [((name,), 0.0, cut)]
        if np.isfinite(cut):
            pieces.append(((name, later(name)), cut, np.nan))
        for together, begin, end in pieces:
            coefficient, error = _sum_of(fit, list(together))
            bounds = sorted(np.exp(step * (coefficient + sign * Z90 * error)) for sign in (-1, 1))
            rows.append((name, begin, end, low_value, high_value, np.exp(step * coefficient), *bounds))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("ratio", key=lambda ratio: -np.abs(np.log(ratio)), ignore_index=True)


def duration_effects(seen: Foresight, *, seed: int) -> tuple[pd.DataFrame, AftFits | None]:
    """How many times as long clients stay in the upper quarter of a covariate as in the lower, whatever their age.

    Returns: covariate, low_value, high_value, time_ratio, low, high (90 %), of the family that is best by AIC, the
    strongest first; and the fits of all families, None without a model. Notes: the remedy where effects on the hazard
    still change with age (`is_proportional`). Intervals take the accounts of a group together.
    """
    if seen.model is None:
        return pd.DataFrame(columns=TIME_COLUMNS), None
    columns = {"start": "start", "stop": "stop", "event": "event"}
    fits = aft_fits(seen.model.mended.table, covariates=seen.covariates, seed=seed, **columns)
    rows = []
    for effect in fits.effects.itertuples():
        low_value, high_value = _quarters(seen, effect.covariate)
        step = (high_value - low_value) / fits.spread[effect.covariate]
        bounds = sorted(np.exp(step * (effect.coefficient + sign * Z90 * effect.se)) for sign in (-1, 1))
        rows.append((effect.covariate, low_value, high_value, np.exp(step * effect.coefficient), *bounds))
    table = pd.DataFrame(rows, columns=TIME_COLUMNS)
    return table.sort_values("time_ratio", key=lambda ratio: -np.abs(np.log(ratio)), ignore_index=True), fits


def _quarters(seen: Foresight, name: str) -> tuple[float, float]:
    """The quartiles among the clients scored; the ends of the months fitted for what is the same for all."""
    low_value, high_value = seen.people[name].quantile([0.25, 0.75])
    if low_value == high_value:
        fitted = seen.model.mended.table[name]
        return fitted.min(), fitted.max()
    return low_value, high_value


def effect_name(effect) -> str:
    """The covariate of a row of `covariate_effects`, with the ages at which the effect holds."""
    name = word(effect.covariate)
    if np.isfinite(effect.until_months):
        return said("{name}, before {months} months", name=name, months=decimal_text(effect.until_months, 1))
    if effect.from_months > 0:
        return said("{name}, after {months} months", name=name, months=decimal_text(effect.from_months, 1))
    return name


def _sum_of(fit: CoxFit, names: list[str]) -> tuple[float, float]:
    """The sum of some coefficients, and its error; a coefficient that the fit has left out adds nothing."""
    names = [name for name in names if name in fit.covariates]
    coefficients = fit.coefficients.set_index("covariate")["coefficient"]
    return float(coefficients[names].sum()), float(np.sqrt(fit.covariance.loc[names, names].to_numpy().sum()))
