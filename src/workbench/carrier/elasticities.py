"""How clients answer prices: what they order as time goes by, and the rise that was negotiated with some of them.

The rise is aimed at clients with deep discounts and much work, who are often unprofitable; the former would have
ordered less and less anyway: whoever compares them with the others as they are takes their decline for an answer to
the price.
"""

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.nomenclature import SIZES
from workbench.carrier.window import AS_OF, BURN_IN_MONTHS, HORIZON_MONTHS, Calendar

# By size, micro to large: of the volume of those who stay, and of the logarithm of the monthly hazard of loss, to the
# client's own price while the list is as it is. The rises of the list are matched by competitors and change no volume.
VOLUME_ELASTICITY = np.array([-0.5, -0.8, -1.1, -1.4])
LOSS_ELASTICITY = np.array([4.0, 5.0, 6.0, 6.0])
LOSS_MONTHS = 12

NEGOTIATED_ON = np.datetime64("2024-04-01", "D")
KNOWN_SINCE_DAYS = 365
RISES = np.array([0.06, 0.08, 0.10, 0.12])
LOG_ODDS, AIM_AT_DISCOUNT, AIM_AT_DEMANDS = -1.4, 1.2, 0.7
DISCOUNT_SPREAD = 0.062
TREND_OF_DISCOUNT = -1.3
TREND_SPREAD = 0.04
STANDS_STILL_ON = AS_OF - 730


def true_elasticities() -> pd.DataFrame:
    """The truth: size, volume_elasticity, loss_elasticity, loss_months (how long the hazard stays higher)."""
    return pd.DataFrame(
        {
            "size": [each.name for each in SIZES],
            "volume_elasticity": VOLUME_ELASTICITY,
            "loss_elasticity": LOSS_ELASTICITY,
            "loss_months": float(LOSS_MONTHS),
        }
    )


def discount_depth(accounts: pd.DataFrame) -> np.ndarray:
    """How far an account's discount lies above that of its size, in standard deviations."""
    usual = np.array([each.discount_share for each in SIZES])[accounts["size"]]
    return (accounts["discount_share"].to_numpy() - usual) / DISCOUNT_SPREAD


def volume_trends(accounts: pd.DataFrame, seed: int) -> np.ndarray:
    """By how much an account's orders grow a year (log share): less for those with deep discounts, who shop around."""
    own = stream(seed, "volume trends").normal(0, TREND_SPREAD, len(accounts))
    return TREND_OF_DISCOUNT * DISCOUNT_SPREAD * discount_depth(accounts).clip(-2.5, 2.5) + own


def negotiated_rises(accounts: pd.DataFrame, seed: int) -> np.ndarray:
    """The share by which each account's price rises on NEGOTIATED_ON, if it is still a client then; 0 for most.

    Whole groups negotiate, those with deeper discounts and more demands more often; only accounts that are clients for
    a year by then.
    """
    rng = stream(seed, "negotiated rises")
    group, ids = pd.factorize(accounts["group_id"])
    depth = np.bincount(group, discount_depth(accounts)) / np.bincount(group)
    demands = np.bincount(group, accounts["demands"]) / np.bincount(group) - 1
    odds = np.exp(LOG_ODDS + AIM_AT_DISCOUNT * depth + AIM_AT_DEMANDS * demands)
    aimed = rng.random(len(ids)) < odds / (1 + odds)
    rise = np.where(aimed, RISES[rng.integers(0, len(RISES), len(ids))], 0.0)[group]
    known = accounts["starts_on"].to_numpy("datetime64[D]") < NEGOTIATED_ON - KNOWN_SINCE_DAYS
    return np.where(known, rise, 0.0)


def loss_answers(accounts: pd.DataFrame, calendar: Calendar) -> np.ndarray:
    """The factor on the hazard of each group in each month from the burn-in to the horizon, for its own price rise.

    Parameters: accounts, group (its number), group_size and negotiated_rise. Returns: shape (groups, months): 1, and
    exp(LOSS_ELASTICITY * rise) for LOSS_MONTHS from NEGOTIATED_ON; a group answers its account with the largest rise.
    """
    rise = accounts.groupby("group")["negotiated_rise"].max().to_numpy()
    size = accounts.groupby("group")["group_size"].first().to_numpy()
    months = np.arange(-BURN_IN_MONTHS, calendar.months + HORIZON_MONTHS)
    begins = (NEGOTIATED_ON.astype("datetime64[M]") - calendar.first_month).astype("int64")
    answering = (months >= begins) & (months < begins + LOSS_MONTHS)
    return np.exp((LOSS_ELASTICITY[size] * rise)[:, None] * answering)


def volume_levels(accounts: pd.DataFrame, calendar: Calendar, *, first_day: np.datetime64) -> np.ndarray:
    """What each account orders in each month from that of `first_day` to AS_OF, 1 for its habit: accounts × months.

    Parameters: accounts, with volume_trend, negotiated_rise and size.
    """
    months = np.arange(first_day.astype("datetime64[M]"), AS_OF.astype("datetime64[M]") + 1)
    years = (months.astype("datetime64[D]") - STANDS_STILL_ON).astype("int64") / 365.25
    answer = np.log1p(accounts["negotiated_rise"].to_numpy()) * VOLUME_ELASTICITY[accounts["size"]]
    risen = months >= NEGOTIATED_ON.astype("datetime64[M]")
    return np.exp(accounts["volume_trend"].to_numpy()[:, None] * years + answer[:, None] * risen)


def own_price(accounts: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """The factor on the price of each delivery: 1, and more where its account's price was raised before the order."""
    risen = rows["ordered_on"].to_numpy("datetime64[D]") >= NEGOTIATED_ON
    return np.where(risen, 1 + accounts["negotiated_rise"].to_numpy()[rows["account"]], 1.0)


def negotiated_file(accounts: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """The negotiated rises of the window, as the company keeps them (effective_on, level, item, change_share)."""
    there = (calendar.opens_on <= NEGOTIATED_ON) & ~(accounts["lost_on"] < pd.Timestamp(NEGOTIATED_ON))
    told = accounts[(accounts["negotiated_rise"] > 0) & there].sort_values("customer_id")
    return pd.DataFrame(
        {
            "effective_on": np.full(len(told), NEGOTIATED_ON),
            "level": "customer",
            "item": told["customer_id"].to_numpy(),
            "change_share": told["negotiated_rise"].to_numpy(),
        }
    )
