"""The futures of the accounts: how long they may stay in many continuations of the world, and what would be earned."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.carrier.chance import stream
from workbench.carrier.lives import Lives
from workbench.carrier.losses import CLAIMS_EFFECT, LATE_EFFECT, LATELY_MONTHS, SATISFACTION_EFFECT
from workbench.carrier.opinions import (
    ATTRIBUTES,
    PERSISTENCE,
    SATISFACTION_EXPLAINED,
    correlations,
    satisfied,
    true_opinions,
)
from workbench.carrier.service import PERSISTENCE as SERVICE_PERSISTENCE
from workbench.carrier.window import AS_OF, BURN_IN_MONTHS, HORIZON_MONTHS

CONTINUATIONS = 200
DISCOUNT_RATE = 0.08
GROUPS_AT_ONCE = 200


@dataclass(frozen=True)
class Continued:
    """The hazards of some groups in many continuations: shape (groups, CONTINUATIONS, HORIZON_MONTHS)."""

    groups: np.ndarray
    hazard: np.ndarray

    def discounted_months(self, ratio: np.ndarray | float = 1.0) -> np.ndarray:
        """The discounted months each group is expected to stay, its hazard multiplied by a ratio.

        Parameters: ratio, a number or one for each group.
        Within a month the hazard is constant; a month counts with its part before the loss. Shape (groups,).
        """
        hazard = self.hazard * np.reshape(ratio, (-1, 1, 1))
        reached = np.cumsum(hazard, axis=2)
        stayed = np.exp(-(reached - hazard)) * -np.expm1(-hazard) / hazard
        return stayed.mean(axis=1) @ month_worths()


def month_worths() -> np.ndarray:
    """What a euro in the middle of each month after the window is worth at its end."""
    return (1 + DISCOUNT_RATE) ** (-(np.arange(1, HORIZON_MONTHS + 1) - 0.5) / 12)


def discounted_months(lives: Lives, seed: int, ratios: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The discounted months each account is expected to stay from the end of the window, 0 for one lost by then.

    Parameters: ratios, name → what multiplies the hazard of each account, shape (accounts,).
    Notes: the mean over CONTINUATIONS of what drives the losses (satisfaction, late deliveries, claims), each started
    from its state at the end of the window; given these the expectation is exact.
    """
    group = lives.accounts["group"].to_numpy()
    alive = np.flatnonzero(~(lives.accounts["lost_on"].to_numpy("datetime64[D]") <= AS_OF))
    continued = _continuation(lives, seed)
    found = {name: np.zeros(len(group)) for name in ratios}
    wanted = np.unique(group[alive])
    for start in range(0, len(wanted), GROUPS_AT_ONCE):
        some = continued(wanted[start : start + GROUPS_AT_ONCE])
        of = alive[np.isin(group[alive], some.groups)]
        row = np.searchsorted(some.groups, group[of])
        # Accounts of a group stay and leave with it; one account each, as an action is done with an account.
        each = Continued(group[of], some.hazard[row])
        for name, ratio in ratios.items():
            found[name][of] = each.discounted_months(ratio[of])
    return found


def realised_months(lives: Lives) -> np.ndarray:
    """How much of each month after the window each account stays, in the future that comes true.

    Returns: shape (accounts, HORIZON_MONTHS), 0 to 1.
    """
    lost_on = lives.accounts["lost_on"].to_numpy("datetime64[D]")
    begins = AS_OF.astype("datetime64[M]") + 1 + np.arange(HORIZON_MONTHS)
    first, end = begins.astype("datetime64[D]"), (begins + 1).astype("datetime64[D]")
    stays = (np.where(np.isnat(lost_on)[:, None], end, lost_on[:, None]) - first) / (end - first)
    return stays.clip(0, 1)


def _continuation(lives: Lives, seed: int) -> Callable[[np.ndarray], Continued]:
    """A function from numbers of groups to their continued hazards.

    The realised hazard is multiplied by what the drawn path of each driver differs from the realised one, so that
    whatever else moves the hazard (size, rhythm, price rises) is kept as it is.
    """
    calendar = lives.calendar
    first = BURN_IN_MONTHS + calendar.months
    ahead = slice(first, first + HORIZON_MONTHS)
    opinions = true_opinions(len(lives.hazard), seed=seed, calendar=calendar)
    months = calendar.first_month + calendar.months + np.arange(HORIZON_MONTHS)
    years = np.searchsorted(opinions.years, months.astype("datetime64[Y]"))
    now = np.searchsorted(opinions.years, AS_OF.astype("datetime64[Y]"))
    attributes = opinions.attributes[opinions.years[now]]
    unexplained = np.sqrt(1 - SATISFACTION_EXPLAINED)
    own = (opinions.satisfaction[:, now] - satisfied(attributes, np.zeros(len(attributes)))) / unexplained
    factor = np.linalg.cholesky(correlations())

    def continued(groups: np.ndarray) -> Continued:
        rng = stream(seed, f"continuations from group {groups[0]}")
        off = np.zeros((len(groups), CONTINUATIONS, HORIZON_MONTHS))
        thought, felt = attributes[groups][:, None, :], own[groups][:, None]
        for year in np.unique(years):
            news = rng.standard_normal((len(groups), CONTINUATIONS, len(ATTRIBUTES) + 1))
            fresh = np.sqrt(1 - PERSISTENCE**2)
            thought = PERSISTENCE * thought + fresh * (news[:, :, :-1] @ factor.T)
            felt = PERSISTENCE * felt + fresh * news[:, :, -1]
            change = satisfied(thought, felt) - opinions.satisfaction[groups, year][:, None]
            off[:, :, years == year] = SATISFACTION_EFFECT * change[:, :, None]
        for trouble, effect in ((lives.service.late, LATE_EFFECT), (lives.service.claims, CLAIMS_EFFECT)):
            off += effect * _lately_off(trouble[groups], first, rng)
        return Continued(groups, lives.hazard[groups, ahead][:, None, :] * np.exp(off))

    return continued


def _lately_off(trouble: np.ndarray, first: int, rng: np.random.Generator) -> np.ndarray:
    """What the mean trouble of the last months is in continuations, less what it is in the world: ahead of `first`."""
    path = np.empty((len(trouble), CONTINUATIONS, HORIZON_MONTHS - 1))
    state = trouble[:, first - 1][:, None]
    for month in range(HORIZON_MONTHS - 1):
        news = rng.standard_normal((len(trouble), CONTINUATIONS))
        state = SERVICE_PERSISTENCE * state + np.sqrt(1 - SERVICE_PERSISTENCE**2) * news
        path[:, :, month] = state
    change = path - trouble[:, None, first : first + HORIZON_MONTHS - 1]
    # The month itself does not count, and what lies before the end of the window is the same in all continuations.
    passed = np.concatenate([np.zeros((*change.shape[:2], LATELY_MONTHS)), np.cumsum(change, axis=2)], axis=2)
    padded = np.concatenate([passed, passed[:, :, -1:]], axis=2)[:, :, LATELY_MONTHS - 1 : -1]
    earlier = np.concatenate([np.zeros((*change.shape[:2], LATELY_MONTHS)), padded[:, :, :-LATELY_MONTHS]], axis=2)
    return (padded - earlier) / LATELY_MONTHS
