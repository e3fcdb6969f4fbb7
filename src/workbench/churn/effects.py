"""What the covariates of a fitted model do to the risk of loss, between clients that are low and high on each."""

import numpy as np
import pandas as pd

from workbench.churn.cox import Z90
from workbench.churn.foresight import Foresight


def covariate_effects(seen: Foresight) -> pd.DataFrame:
    """The hazard of a client in the upper quarter of a covariate over that of one in the lower, all else alike.

    Returns: covariate, low_value and high_value (the quartiles among the clients scored; the ends of the months fitted
    for what is the same for all), ratio, low, high (90 %), the strongest first; no rows without a model. The further
    effect of a covariate that changes with age is not in it: the sentence on proportionality names it.
    """
    columns = ["covariate", "low_value", "high_value", "ratio", "low", "high"]
    if seen.model is None:
        return pd.DataFrame(columns=columns)
    fit, fitted, rows = seen.model.mended.fit, seen.model.mended.table, []
    for effect in fit.coefficients.itertuples():
        if effect.covariate not in seen.covariates:
            continue
        low_value, high_value = seen.people[effect.covariate].quantile([0.25, 0.75])
        if low_value == high_value:
            low_value, high_value = fitted[effect.covariate].min(), fitted[effect.covariate].max()
        step = high_value - low_value
        bounds = sorted(np.exp(step * (effect.coefficient + sign * Z90 * effect.se)) for sign in (-1, 1))
        rows.append((effect.covariate, low_value, high_value, np.exp(step * effect.coefficient), *bounds))
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("ratio", key=lambda ratio: -np.abs(np.log(ratio)), ignore_index=True)
