"""How well each group of companies is served, month by month: deliveries late and claims above or below the usual."""

from dataclasses import dataclass

import numpy as np

from workbench.carrier.chance import stream
from workbench.carrier.window import BURN_IN_MONTHS, HORIZON_MONTHS, Calendar

PERSISTENCE = 0.9
LATE_SPREAD = 0.8
CLAIMS_SPREAD = 0.6


@dataclass(frozen=True)
class Service:
    """Standard normal, one row per group and one column per month from the burn-in to the horizon; above 0 is worse."""

    late: np.ndarray
    claims: np.ndarray

    def late_factor(self, group: np.ndarray, month: np.ndarray) -> np.ndarray:
        """What multiplies the usual share of late deliveries (mean 1); month counted from the opening of the window."""
        return _factor(self.late[group, month + BURN_IN_MONTHS], LATE_SPREAD)

    def claims_factor(self, group: np.ndarray, month: np.ndarray) -> np.ndarray:
        """What multiplies the usual number of claims (mean 1); month counted from the opening of the window."""
        return _factor(self.claims[group, month + BURN_IN_MONTHS], CLAIMS_SPREAD)


def true_service(groups: int, *, seed: int, calendar: Calendar) -> Service:
    """The service of the first `groups` groups: troubles persist for months and fade; more groups leave them alone."""
    months = BURN_IN_MONTHS + calendar.months + HORIZON_MONTHS
    told = {}
    for part in ("late", "claims"):
        draws = stream(seed, f"service: {part}").normal(size=(groups, months))
        for month in range(1, months):
            draws[:, month] = PERSISTENCE * draws[:, month - 1] + np.sqrt(1 - PERSISTENCE**2) * draws[:, month]
        told[part] = draws
    return Service(**told)


def _factor(trouble: np.ndarray, spread: float) -> np.ndarray:
    return np.exp(spread * trouble - spread**2 / 2)
