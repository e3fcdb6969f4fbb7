"""Lifetime value: months of survival times the expected margin of a month, discounted, with its interval."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.value.credibility import Expected

LOW, HIGH = 0.05, 0.95
CLIENTS_AT_ONCE = 500


@dataclass(frozen=True)
class Survival:
    """How likely each client is still one, months ahead, and in each joint draw.

    ids: the clients; p_alive: shape (clients, horizon), at the end of each month ahead given that it is alive today;
    profile: shape (clients, covariates), centred; coefficients: (draws, covariates) and baseline: (draws,), what a
    draw is off the estimate: on the log cumulative hazard, profile · coefficients + baseline.
    """

    ids: pd.Index
    p_alive: np.ndarray
    profile: np.ndarray
    coefficients: np.ndarray
    baseline: np.ndarray

    @property
    def horizon(self) -> int:
        """Months ahead."""
        return self.p_alive.shape[1]

    def mid_month(self, some: slice) -> np.ndarray:
        """The probability of being alive in the middle of each month ahead (geometric, as of a constant hazard)."""
        ends = self.p_alive[some]
        begins = np.concatenate([np.ones((len(ends), 1)), ends[:, :-1]], axis=1)
        return np.sqrt(begins * ends)

    def factors(self, some: slice, draws: int) -> np.ndarray:
        """What multiplies the cumulative hazard of some clients in each draw: shape (clients, draws)."""
        told = np.arange(draws) % max(len(self.baseline), 1)
        if not len(self.baseline):
            return np.ones((self.p_alive[some].shape[0], draws))
        return np.exp(self.profile[some] @ self.coefficients[told].T + self.baseline[told])


@dataclass(frozen=True)
class Draws:
    """What is drawn together for all clients: activity factors (draws × activities), and a seed for what is a client's.

    The parts are independent of each other: the minutes come from the client company's estimates, the credibility
    error from the months a client happened to have, the survival from the losses of all clients (assumption A92).
    """

    minutes: pd.DataFrame
    count: int
    seed: int

    def margin_shift(self, used: pd.DataFrame) -> np.ndarray:
        """What each draw of the minutes moves the margin of each client by: shape (clients, draws)."""
        if self.minutes.empty or used.empty:
            return np.zeros((len(used), self.count))
        told = self.minutes[list(used.columns)].to_numpy()[np.arange(self.count) % len(self.minutes)]
        return -(used.to_numpy() @ (told - 1).T)


def survival(
    table: pd.DataFrame | None,
    ids: pd.Index,
    *,
    horizon_months: int,
    profile: pd.DataFrame | None,
    draws: pd.DataFrame | None,
) -> Survival | None:
    """The tables of the churn chapter as arrays, for the clients asked for, up to the horizon or as far as they go.

    Parameters: table, customer_survival (None: nothing is known); profile and draws, churn_profile and churn_draw
    (None: nothing is drawn). A client without survival has NaN.
    """
    if table is None:
        return None
    wide = table.pivot(index="customer_id", columns="months_ahead", values="p_alive").sort_index(axis=1)
    p_alive = wide.reindex(ids).to_numpy(dtype=float)[:, :horizon_months]
    if profile is None or draws is None:
        return Survival(ids, p_alive, np.zeros((len(ids), 0)), np.zeros((0, 0)), np.zeros(0))
    covariates = [name for name in draws if name not in ("draw", "baseline")]
    own = profile.set_index("customer_id").reindex(ids)[covariates].fillna(0.0).to_numpy(dtype=float)
    told = draws.sort_values("draw")
    return Survival(ids, p_alive, own, told[covariates].to_numpy(dtype=float), told["baseline"].to_numpy(dtype=float))


def discounts(horizon_months: int, rate: float) -> np.ndarray:
    """What a euro in the middle of each month ahead is worth today."""
    return (1 + rate) ** (-(np.arange(1, horizon_months + 1) - 0.5) / 12)


def discounted_months(alive: Survival, rate: float) -> np.ndarray:
    """The discounted months each client is expected to stay within the horizon (central estimate)."""
    return alive.mid_month(slice(None)) @ discounts(alive.horizon, rate)


def drawn_months(alive: Survival, draws: Draws, rate: float, *, hazard_ratio: np.ndarray | float = 1.0) -> np.ndarray:
    """`discounted_months` in each draw, the hazard multiplied by a ratio (of each draw, or one): clients × draws."""
    worth = discounts(alive.horizon, rate)
    found = np.empty((len(alive.ids), draws.count))
    for start in range(0, len(alive.ids), CLIENTS_AT_ONCE):
        some = slice(start, start + CLIENTS_AT_ONCE)
        power = alive.factors(some, draws.count) * hazard_ratio
        logs = np.log(np.maximum(alive.mid_month(some), 1e-300))
        found[some] = np.exp(power[:, :, None] * logs[:, None, :]) @ worth
    return found


def drawn_margins(expected: Expected, draws: Draws) -> np.ndarray:
    """The expected margin a month in each draw, in euros: clients × draws.

    The error of a group's mean is drawn once for all its clients, the rest for each.
    """
    table, rng = expected.table, np.random.default_rng([draws.seed, 11])
    whole, shared = table["margin_se_eur"].to_numpy(), table["shared_se_eur"].to_numpy()
    own = rng.standard_normal((len(table), draws.count)) * np.sqrt(np.maximum(whole**2 - shared**2, 0))[:, None]
    groups, place = np.unique(table["group"], return_inverse=True)
    together = rng.standard_normal((len(groups), draws.count))[place] * shared[:, None]
    return table["margin_eur"].to_numpy()[:, None] + draws.margin_shift(expected.used) + own + together


@dataclass(frozen=True)
class Lifetime:
    """Lifetime value of each client, and its joint draws.

    table: index customer_id: lifetime_value_eur, lifetime_value_low_eur, lifetime_value_high_eur (cents);
    drawn: the same rows × draws, in euros; horizon_months: how far ahead it looks, 0 where there is no survival.
    """

    table: pd.DataFrame
    drawn: np.ndarray
    horizon_months: int

    def total_interval(self, of: np.ndarray | slice = slice(None)) -> tuple[float, float]:
        """The 90 % interval of the sum over some clients."""
        low, high = np.quantile(np.nan_to_num(self.drawn[of]).sum(axis=0), [LOW, HIGH])
        return float(low), float(high)


def lifetime_values(expected: Expected, alive: Survival | None, draws: Draws, *, rate: float) -> Lifetime:
    """Lifetime value of each client with the 90 % interval of its expectation.

    Parameters: expected and alive for the same clients in the same order (alive None: no chapter tells how long
    clients stay, and all values are null); rate, the discount a year.
    Notes: Σ E[margin of a month] · S(a+h−½)/S(a) · (1+d)^(−(h−½)/12). Margins may be negative, and are kept. The
    interval is that of the expectation, not of what one client will really bring, which varies far more.
    """
    ids = expected.table.index
    columns = [f"lifetime_value{end}_eur" for end in ("", "_low", "_high")]
    if alive is None:
        return Lifetime(pd.DataFrame(np.nan, index=ids, columns=columns), np.full((len(ids), draws.count), np.nan), 0)
    central = expected.table["margin_eur"].to_numpy() * discounted_months(alive, rate)
    drawn = drawn_margins(expected, draws) * drawn_months(alive, draws, rate)
    low, high = np.quantile(drawn, [LOW, HIGH], axis=1)
    bounds = np.column_stack([central, np.minimum(low, central), np.maximum(high, central)])
    return Lifetime(pd.DataFrame(bounds.round(2), index=ids, columns=columns), drawn, alive.horizon)
