"""What is sold, where it goes, what it costs on the list, and how the list rises."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.window import BURN_IN_MONTHS, HORIZON_MONTHS, Calendar


@dataclass(frozen=True)
class Product:
    """A product: its price, how fast it is, what is sent with it, and the share of its price paid to subcontractors."""

    name: str
    range: str
    price_eur: float
    price_per_kg_eur: float
    lead_days: int
    kg_per_parcel: float
    subcontracted_share: float


@dataclass(frozen=True)
class Zone:
    """A delivery zone: its factor on the price and the distance our own vehicles drive for it."""

    name: str
    factor: float
    distance_km: float


PRODUCTS = (
    Product("Express 9h", "Express", 30.0, 0.54, 1, 3.0, 0.0),
    Product("Express 12h", "Express", 22.5, 0.45, 1, 4.0, 0.0),
    Product("Express 18h", "Express", 18.5, 0.39, 1, 4.5, 0.0),
    Product("Economy 48h", "Economy", 15.5, 0.28, 2, 6.0, 0.05),
    Product("Freight pallet", "Economy", 58.0, 0.15, 3, 60.0, 0.30),
    Product("International Express", "International", 55.0, 1.70, 3, 3.5, 0.36),
)
ZONES = (
    Zone("local", 0.88, 25.0),
    Zone("regional", 1.00, 120.0),
    Zone("national", 1.18, 460.0),
    Zone("europe", 1.15, 420.0),
    Zone("world", 1.75, 340.0),
)
INTERNATIONAL = PRODUCTS[-1].name
CUSTOMS_ZONES = ("europe", "world")
MID_YEAR_RISE_SHARE = 0.02


def price_rises(seed: int, calendar: Calendar) -> pd.DataFrame:
    """Every rise of the list from the burn-in to the horizon: effective_on, level (product, zone), item, change_share.

    The list rises each January by product; in some years the fuel surcharge of a zone rises in July besides.
    """
    rng = stream(seed, "price rises")
    months = calendar.first_month + np.arange(-BURN_IN_MONTHS, calendar.months + HORIZON_MONTHS)
    rows = []
    for year in np.unique(months.astype("datetime64[Y]")):
        january = year.astype("datetime64[M]")
        shares = rng.uniform(0.018, 0.038, len(PRODUCTS)).round(3)
        rows += [(january, "product", product.name, share) for product, share in zip(PRODUCTS, shares, strict=True)]
        zone = ZONES[rng.integers(0, len(ZONES))]
        if rng.random() < 0.5:
            rows.append((january + 6, "zone", zone.name, MID_YEAR_RISE_SHARE))
    rises = pd.DataFrame(rows, columns=["effective_on", "level", "item", "change_share"])
    known = np.isin(rises["effective_on"].to_numpy().astype("datetime64[M]"), months)
    rises["effective_on"] = rises["effective_on"].to_numpy().astype("datetime64[D]")
    return rises[known].reset_index(drop=True)


def mean_rises(rises: pd.DataFrame, calendar: Calendar) -> np.ndarray:
    """The rise of the average price in each month from the burn-in to the horizon (share)."""
    items = rises["level"].map({"product": len(PRODUCTS), "zone": len(ZONES)})
    month = calendar.month_of(rises["effective_on"].to_numpy("datetime64[D]")) + BURN_IN_MONTHS
    length = BURN_IN_MONTHS + calendar.months + HORIZON_MONTHS
    return np.bincount(month, weights=rises["change_share"] / items, minlength=length)


def price_index(rises: pd.DataFrame, calendar: Calendar, *, level: str) -> np.ndarray:
    """The level of prices, 1 on the eve of the window, by product or zone and month (shape (items, months))."""
    names = [item.name for item in (PRODUCTS if level == "product" else ZONES)]
    growth = np.ones((len(names), calendar.months))
    month = calendar.month_of(rises["effective_on"].to_numpy("datetime64[D]"))
    for at, kind, item, share in zip(month, rises["level"], rises["item"], rises["change_share"], strict=True):
        if kind == level and 0 <= at < calendar.months:
            growth[names.index(item), at] *= 1 + share
    return growth.cumprod(axis=1)


def price_change_file(rises: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """The rises of the window, as the client company keeps them (effective_on, level, item, change_share)."""
    month = calendar.month_of(rises["effective_on"].to_numpy("datetime64[D]"))
    return rises[(month >= 0) & (month < calendar.months)].reset_index(drop=True)
