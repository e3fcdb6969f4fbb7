"""What clients truly think: ten attributes of the service, and the satisfaction and loyalty that follow from them.

Everything is on the standard normal scale, one value per group of companies and calendar year: what a group thinks
persists from year to year and drifts. The survey asks about it with error (survey.py); revenue and loss follow it.
"""

from dataclasses import dataclass

import numpy as np

from workbench.carrier.chance import stream
from workbench.carrier.window import AS_OF, BURN_IN_MONTHS, HORIZON_MONTHS, Calendar

PERSISTENCE = 0.8
HALO = 0.45


@dataclass(frozen=True)
class Attribute:
    """An attribute of the service: its true weights, and whether it counts more when it is bad or when it is good.

    `asymmetry` below 0: a bad score costs more than a good one gains. Attributes of one theme are judged alike.
    """

    name: str
    theme: str
    satisfaction: float
    loyalty: float = 0.0
    differentiation: float = 0.0
    asymmetry: float = 0.0


ATTRIBUTES = (
    Attribute("punctuality", "transport", 0.42, asymmetry=-0.5),
    Attribute("undamaged_parcels", "transport", 0.22, asymmetry=-0.3),
    Attribute("pick_up", "transport", 0.06),
    Attribute("tracking", "information", 0.16, differentiation=0.40, asymmetry=0.5),
    Attribute("customs", "information", 0.12, differentiation=0.30),
    Attribute("claims_handling", "contact", 0.30),
    Attribute("sales_contact", "contact", 0.10, loyalty=0.20, differentiation=0.25, asymmetry=0.3),
    Attribute("courtesy", "contact", 0.0),
    Attribute("price", "money", 0.24, loyalty=0.20),
    Attribute("invoicing", "money", 0.03),
)
THEME_CORRELATION = 0.25
SATISFACTION_EXPLAINED = 0.80
LOYALTY_FROM_SATISFACTION = 0.55


@dataclass(frozen=True)
class Opinions:
    """True opinions, standard normal, row g for the group with number g.

    years: datetime64[Y], from the burn-in to the horizon; satisfaction, loyalty, differentiation: shape
    (groups, years); attributes: year of the window (datetime64[Y]) → shape (groups, len(ATTRIBUTES)).
    """

    years: np.ndarray
    satisfaction: np.ndarray
    loyalty: np.ndarray
    differentiation: np.ndarray
    attributes: dict[np.datetime64, np.ndarray]

    def in_window(self, name: str) -> np.ndarray:
        """The mean of satisfaction, loyalty or differentiation over the years of the window, per group."""
        return getattr(self, name)[:, np.isin(self.years, list(self.attributes))].mean(axis=1)


def true_opinions(groups: int, *, seed: int, calendar: Calendar) -> Opinions:
    """What the first `groups` groups of companies truly think in each year; more groups leave the first ones alone."""
    first = calendar.first_month
    years = np.arange(
        (first - BURN_IN_MONTHS).astype("datetime64[Y]"),
        (AS_OF.astype("datetime64[M]") + HORIZON_MONTHS).astype("datetime64[Y]") + 1,
    )
    factor = np.linalg.cholesky(correlations())
    told = {name: np.empty((groups, len(years))) for name in ("satisfaction", "loyalty", "differentiation")}
    kept, state = {}, None
    for place, year in enumerate(years):
        draws = stream(seed, f"opinions of {year}").normal(size=(groups, len(ATTRIBUTES) + len(told)))
        draws[:, : len(ATTRIBUTES)] = draws[:, : len(ATTRIBUTES)] @ factor.T
        state = draws if state is None else PERSISTENCE * state + np.sqrt(1 - PERSISTENCE**2) * draws
        attributes, own = state[:, : len(ATTRIBUTES)], state[:, len(ATTRIBUTES) :]
        told["satisfaction"][:, place] = satisfied(attributes, own[:, 0])
        told["loyalty"][:, place] = loyal(told["satisfaction"][:, place], attributes, own[:, 1])
        told["differentiation"][:, place] = differing(attributes, own[:, 2])
        if first.astype("datetime64[Y]") <= year <= AS_OF.astype("datetime64[Y]"):
            kept[year] = attributes.copy()
    return Opinions(years, attributes=kept, **told)


def correlations() -> np.ndarray:
    """How the attributes go together: a halo over all of them, and more within a theme."""
    themes = np.array([each.theme for each in ATTRIBUTES])
    alike = np.where(themes[:, None] == themes, THEME_CORRELATION, 0.0)
    return np.where(np.eye(len(ATTRIBUTES)) == 1, 1.0, HALO**2 + alike)


def satisfied(attributes: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Satisfaction (standard normal up to its asymmetries) from attributes and what they do not tell."""
    weights, bend = _weights("satisfaction"), _weights("asymmetry")
    bent = attributes + bend * (np.abs(attributes) - np.sqrt(2 / np.pi))
    return _satisfaction_scale() * (bent @ weights) + np.sqrt(1 - SATISFACTION_EXPLAINED) * own


def loyal(satisfaction: np.ndarray, attributes: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Loyalty (variance 1) from satisfaction, from attributes that bind beyond it, and from what nothing tells."""
    weights, correlation = _weights("loyalty"), correlations()
    together = _satisfaction_scale() * (weights @ correlation @ _weights("satisfaction"))
    explained = LOYALTY_FROM_SATISFACTION**2 + weights @ correlation @ weights
    explained += 2 * LOYALTY_FROM_SATISFACTION * together
    return LOYALTY_FROM_SATISFACTION * satisfaction + attributes @ weights + np.sqrt(1 - explained) * own


def _satisfaction_scale() -> float:
    """What makes the variance of the attributes' part of satisfaction SATISFACTION_EXPLAINED."""
    weights, correlation = _weights("satisfaction"), correlations()
    bending = weights * _weights("asymmetry")
    # The covariance of |x| and |y| of a pair of standard normals; |x| has none with y.
    folded = 2 / np.pi * (np.sqrt(1 - correlation**2) + correlation * np.arcsin(correlation) - 1)
    return np.sqrt(SATISFACTION_EXPLAINED / (weights @ correlation @ weights + bending @ folded @ bending))


def differing(attributes: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Perceived differentiation (variance 1) from attributes and what they do not tell."""
    weights = _weights("differentiation")
    return attributes @ weights + np.sqrt(1 - weights @ correlations() @ weights) * own


def _weights(name: str) -> np.ndarray:
    return np.array([getattr(each, name) for each in ATTRIBUTES])
