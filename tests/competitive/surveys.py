"""A simulated survey with known truth: normal opinions with known weights, answered on ten points."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

POINTS = 10
SHARE_A_POINT = 0.004
ATTRIBUTES = ("punctuality", "care", "tracking", "price", "driver", "claims", "invoices", "website")
WEIGHTS = (0.9, 0.7, 0.55, 0.5, 0.3, 0.2, 0.1, 0.0)


@dataclass(frozen=True)
class World:
    """How opinions are made: the weight of each attribute, how alike respondents are (correlation of any two
    attributes), noise, shares of gaps, and how far the means of attributes lie apart."""

    weights: tuple[float, ...] = WEIGHTS
    alike: float = 0.4
    noise: float = 1.2
    unanswered: float = 0.0
    not_used: float = 0.0
    controls: bool = True
    apart: float = 0.6

    def means(self) -> np.ndarray:
        """The mean opinion on each attribute, on the standard scale, in no order of weight."""
        p = len(self.weights)
        return np.linspace(-self.apart, self.apart, p)[(np.arange(p) * 5 + 2) % p]

    def survey(self, n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A row per respondent: attributes and satisfaction on 0-100, sector, account; and what is not applicable."""
        rng = np.random.default_rng(seed)
        p = len(self.weights)
        sector = rng.choice(["trade", "industry", "services"], n, p=[0.5, 0.3, 0.2])
        lift = pd.Series(sector).map({"trade": 0.0, "industry": 0.4, "services": -0.5}).to_numpy() * self.controls
        latent = np.sqrt(self.alike) * rng.normal(size=(n, 1)) + np.sqrt(1 - self.alike) * rng.normal(size=(n, p))
        latent = latent + self.means() + 0.5 * lift[:, None]
        satisfied = latent @ np.array(self.weights) + lift + self.noise * rng.normal(size=n)
        spread = np.sqrt(np.var(np.array(self.weights)) + self.noise**2)
        frame = pd.DataFrame(answered(latent), columns=list(ATTRIBUTES[:p]))
        frame["satisfaction"] = answered(satisfied / (2 * spread))
        frame["sector"] = sector
        frame["account"] = np.arange(n)
        marks = pd.DataFrame(False, index=frame.index, columns=list(ATTRIBUTES[:p]))
        marks[ATTRIBUTES[1]] = rng.random(n) < self.not_used
        # Unanswered at random given satisfaction: the satisfied skip more.
        skips = rng.random((n, p)) < 2 * self.unanswered * frame[["satisfaction"]].to_numpy() / 100
        frame[list(ATTRIBUTES[:p])] = frame[list(ATTRIBUTES[:p])].mask(marks | skips)
        return frame, marks


def answered(opinion: np.ndarray) -> np.ndarray:
    """Opinions on a standard scale as answers of 1 to 10, brought to 0-100 by the bounds of the scale."""
    points = np.clip(np.round(6.5 + 1.9 * opinion), 1, POINTS)
    return (points - 1) / (POINTS - 1) * 100


@cache
def population(world: World, n: int = 300_000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many respondents that chance hardly matters: the truth of observed scores."""
    return World(**{**world.__dict__, "unanswered": 0.0}).survey(n, 999)


def revenues(n: int, seed: int, *, bend: float | None, gain: float = 2.0, noise: float = 0.6) -> pd.DataFrame:
    """A row per client: satisfaction on ten points, size (which raises both), sector, revenue_eur, purchases_share.

    Revenue is a level of size and sector times 1 + gain x (satisfaction / 100), or, with bend, times a saturating curve
    that has done 63 % of its way at so many points; the noise is log-normal. The share rises by
    SHARE_A_POINT.
    """
    rng = np.random.default_rng(seed)
    size, sector = rng.choice(4, n, p=[0.4, 0.35, 0.18, 0.07]), rng.choice(6, n)
    satisfaction = answered(rng.normal(size=n) + 0.25 * (size - 1))
    way = satisfaction / 100
    if bend is not None:
        way = (1 - np.exp(-satisfaction / bend)) / (1 - np.exp(-100 / bend))
    level = np.array([1e3, 4e3, 1.5e4, 6e4])[size] * np.exp(0.2 * rng.normal(size=6))[sector]
    return pd.DataFrame(
        {
            "satisfaction": satisfaction,
            "size": size.astype(str),
            "sector": sector.astype(str),
            "revenue_eur": level * (1 + gain * way) * rng.lognormal(-(noise**2) / 2, noise, n),
            "purchases_share": np.clip(
                0.2 + 0.05 * size + SHARE_A_POINT * satisfaction + 0.05 * rng.normal(size=n), 0, 1
            ),
        }
    )
