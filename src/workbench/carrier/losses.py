"""When groups leave: a hazard of every month from what they are, what they think, and how they were served lately."""

import numpy as np
import pandas as pd

from workbench.carrier.nomenclature import SIZES
from workbench.carrier.opinions import Opinions
from workbench.carrier.service import Service
from workbench.carrier.window import BURN_IN_MONTHS, HORIZON_MONTHS, Calendar

# On the log hazard: per standard deviation, per log of the regularity, per log of the gap between orders.
SATISFACTION_EFFECT = -0.45
LATE_EFFECT = 0.30
CLAIMS_EFFECT = 0.25
REGULARITY_EFFECT = -0.3
GAP_EFFECT = 0.15
PRICE_RISE_EFFECT = 4.0
LATELY_MONTHS = 3
USUAL_REGULARITY = 1.7
USUAL_GAP_MONTHS = 0.3


def group_hazard(size: np.ndarray, regularity: np.ndarray, gap_months: np.ndarray) -> np.ndarray:
    """The hazard of a group in an ordinary month: smaller for larger, more regular and more frequent clients."""
    usual = np.array([each.monthly_hazard for each in SIZES])[size]
    lasting = REGULARITY_EFFECT * np.log(regularity / USUAL_REGULARITY)
    return usual * np.exp(lasting + GAP_EFFECT * np.log(gap_months / USUAL_GAP_MONTHS))


def monthly_hazard(
    ordinary: np.ndarray, *, opinions: Opinions, service: Service, rises: np.ndarray, calendar: Calendar
) -> np.ndarray:
    """The true hazard of loss of each group in each month from the burn-in to the horizon.

    Parameters: ordinary, as `group_hazard` gives it, shape (groups,); rises, the mean price rise of each month (share,
    shape (months,)). Returns: shape (groups, months), in losses a month.
    Notes: satisfaction is that of the calendar year; late deliveries and claims count by their true rates in the
    LATELY_MONTHS before the month; a price rise multiplies the hazard by 1 + PRICE_RISE_EFFECT * rise in its month and
    the next ones. Each factor has mean 1 over the clients.
    """
    months = calendar.first_month + np.arange(-BURN_IN_MONTHS, calendar.months + HORIZON_MONTHS)
    year = np.searchsorted(opinions.years, months.astype("datetime64[Y]"))
    log_hazard = _mean_one(SATISFACTION_EFFECT * opinions.satisfaction)[:, year]
    log_hazard += _mean_one(LATE_EFFECT * _lately(service.late)) + _mean_one(CLAIMS_EFFECT * _lately(service.claims))
    recent = np.convolve(rises, np.ones(LATELY_MONTHS))[: len(rises)]
    return ordinary[:, None] * np.exp(log_hazard) * (1 + PRICE_RISE_EFFECT * recent)


def loss_times(rng, hazard: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """When each group is lost: its cumulative hazard since the start reaches an exponential draw.

    Parameters: hazard, shape (groups, months from the burn-in); starts, months from the opening of the window.
    Returns: months from the opening of the window; infinite beyond the last month.
    """
    groups, months = np.arange(len(starts)), hazard.shape[1]
    reached = np.concatenate([np.zeros((len(starts), 1)), np.cumsum(hazard, axis=1)], axis=1)
    since = starts + BURN_IN_MONTHS
    begun = np.floor(since).astype(int)
    target = reached[groups, begun] + (since - begun) * hazard[groups, begun] + rng.exponential(size=len(starts))
    at = (reached <= target[:, None]).sum(axis=1) - 1
    within = np.minimum(at, months - 1)
    time = within + (target - reached[groups, within]) / hazard[groups, within] - BURN_IN_MONTHS
    return np.where(at < months, time, np.inf)


def loss_days(times: np.ndarray, calendar: Calendar) -> np.ndarray:
    """The day of each loss, NaT where it lies beyond the horizon."""
    last = calendar.months + HORIZON_MONTHS
    return np.where(times < last, calendar.day_at(np.minimum(times, last - 1e-9)), np.datetime64("NaT"))


def hazard_rows(accounts: pd.DataFrame, hazard: np.ndarray, calendar: Calendar) -> pd.DataFrame:
    """The true hazard of each account from the opening of the window, or its own start, to the horizon.

    Parameters: accounts, customer_id, group (row of `hazard`), starts. Returns: customer_id, month, hazard. Months
    after the loss are there too: the hazard the client would have had.
    """
    months = np.arange(calendar.months + HORIZON_MONTHS)
    begun = np.floor(accounts["starts"].to_numpy())[:, None] <= months
    row, month = np.nonzero(begun)
    return pd.DataFrame(
        {
            "customer_id": accounts["customer_id"].to_numpy()[row],
            "month": (calendar.first_month + month).astype("datetime64[s]"),
            "hazard": hazard[accounts["group"].to_numpy()[row], month + BURN_IN_MONTHS],
        }
    )


def _lately(trouble: np.ndarray) -> np.ndarray:
    """The mean over the LATELY_MONTHS before each month; the first months look at what there is."""
    passed = np.concatenate([np.zeros((len(trouble), 1)), np.cumsum(trouble, axis=1)], axis=1)
    month = np.arange(trouble.shape[1])
    from_month = np.maximum(month - LATELY_MONTHS, 0)
    return (passed[:, month] - passed[:, from_month]) / np.maximum(month - from_month, 1)


def _mean_one(log_factor: np.ndarray) -> np.ndarray:
    """Shifted so that the factor is 1 in the mean of a normal draw."""
    return log_factor - log_factor.var() / 2
