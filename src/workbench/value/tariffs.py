"""A change of the tariff: what it brings each client's margin over a horizon, and what it would take to break even."""

from dataclasses import dataclass

import numpy as np

from workbench.errors import ParamsError
from workbench.value.tariff_base import Side, Stay


@dataclass(frozen=True)
class Answer:
    """How clients answer a price, one value per client: volume, the elasticity of what a client buys while it stays;
    loss, that of its hazard: a change of its mean price by x multiplies the hazard by exp(loss · x)."""

    volume: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True)
class Horizon:
    """Over how many months a change is counted; whether the minutes of lost deliveries are saved by then; and how long
    the hazard is another after the change (None: for good)."""

    months: int
    capacity_removed: bool
    loss_months: int | None = None


@dataclass(frozen=True)
class Change:
    """What a change of the tariff does, one value per client over the horizon.

    before: the practical margin expected if prices stay; difference: what the change adds to it; volume_before and
    volume_after: revenue concerned, at the prices of today; lost_more: the probability of being lost by the end less
    that without the change; months_lost: the share of the months it would have stayed that it does not.
    """

    before: np.ndarray
    difference: np.ndarray
    volume_before: np.ndarray
    volume_after: np.ndarray
    lost_more: np.ndarray
    months_lost: np.ndarray


def price_change(
    side: Side,
    stay: Stay,
    answer: Answer,
    horizon: Horizon,
    *,
    change: float,
    cost_factor: float = 1.0,
    hazard_factor: float = 1.0,
) -> Change:
    """The change of every client's margin when prices change by a share.

    Parameters: side, of the scope whose prices change; stay; answer; horizon; change, 0.03 is a rise of 3 %;
    cost_factor on what activities cost and hazard_factor on all hazards, for what is not sure of them.
    Returns: Change. Raises: ParamsError for a horizon beyond what stay knows.
    Notes: Δ for client i over the months m ≤ h is Σ s(m)^exp(γΔ) · (q(1+Δ)^ε · [p(1+Δ) - c] + other) less the same at
    Δ = 0, so that Δ = 0 gives exactly 0; `other` is what the client buys beside, and loses with the client. γ acts on
    the mean change of the client's price. c is direct purchases, and with capacity removed activities too; before, what
    they take stays and is paid. A change that is not avoidable by then is in the margin before and after alike.
    """
    if not stay.is_constant and horizon.months > len(stay.log_kept):
        raise ParamsError(
            f"tariffs.horizons_months: {horizon.months} months are beyond the {len(stay.log_kept)} months for which "
            "chapter 04 says who stays; give a shorter horizon"
        )
    log_kept = stay.log_kept if hazard_factor == 1.0 else stay.log_kept * hazard_factor
    activity, account = side.activity * cost_factor, side.other_activity * cost_factor
    saved = float(horizon.capacity_removed)
    unit_cost = side.direct + saved * activity
    rest = side.other - saved * account
    # One and the same path where nothing changes, so that the difference is 0 to the last digit.
    factor = np.exp(answer.loss * (change * side.share)) if change else np.ones(1)
    volume = np.exp(answer.volume * np.log1p(change))
    kept_before, end_before = kept(log_kept, np.ones(1), horizon.months, horizon.loss_months)
    kept_after, end_after = kept(log_kept, factor, horizon.months, horizon.loss_months)
    now = kept_before * (side.revenue - unit_cost + rest)
    then = kept_after * (volume * (side.revenue * (1.0 + change) - unit_cost) + rest)
    return Change(
        before=kept_before * (side.revenue - side.direct - activity + side.other - account),
        difference=then - now,
        volume_before=kept_before * side.revenue,
        volume_after=kept_after * volume * side.revenue,
        lost_more=np.broadcast_to(end_before - end_after, side.share.shape),
        months_lost=np.broadcast_to(1 - kept_after / kept_before, side.share.shape),
    )


def kept(
    log_kept: np.ndarray, factor: np.ndarray, months: int, loss_months: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """How long clients stay when their hazard is multiplied: the sum of s(m)^factor over the months, and s at the end.

    Parameters: log_kept, as in Stay; factor, per client, for loss_months (None: all months), and 1 after them.
    """
    acted = months if loss_months is None else min(loss_months, months)
    if len(log_kept) > 1:
        total, end = 0.0, np.ones(1)
        for month in range(1, months + 1):
            until = min(month, acted) - 1
            end = np.exp(log_kept[until] * factor + (log_kept[month - 1] - log_kept[until]))
            total = total + end
        return total, end
    during, end = _constant(log_kept[0] * factor, acted)
    if acted == months:
        return during, end
    after, further = _constant(log_kept[0], months - acted)
    return during + end * after, end * further


def break_even_volume_loss(revenue: float, avoidable: float, change: float) -> float:
    """The share of volume that may be lost before a rise no longer pays: Δ / (Δ + margin rate).

    Parameters: revenue concerned and its avoidable cost, same period; change. Negative for a cut: the volume that must
    be won. 1 where a rise pays whatever is lost, since what is sold loses money; NaN where there is no revenue, or
    where no volume would do.
    """
    if revenue <= 0:
        return float("nan")
    rate = (revenue - avoidable) / revenue
    if rate <= 0 < change:
        return 1.0
    return change / (change + rate) if change + rate > 0 else float("nan")


def break_even_elasticity(volume_loss: float, change: float) -> float:
    """The elasticity of volume at which a change just breaks even; NaN where no loss does, or nothing changes."""
    if change == 0 or not volume_loss < 1:
        return float("nan")
    return float(np.log1p(-volume_loss) / np.log1p(change))


def _constant(log_rate: np.ndarray, months: int) -> tuple[np.ndarray, np.ndarray]:
    """The sum of exp(log_rate · m) for m = 1 to months, and its last term; a rate of 1 is the limit."""
    gone = -np.expm1(log_rate)
    lost = -np.expm1(log_rate * months)
    sure = gone < 1e-13
    whole = np.divide((1.0 - gone) * lost, gone, out=np.full_like(gone, float(months)), where=~sure)
    return whole, 1.0 - lost
