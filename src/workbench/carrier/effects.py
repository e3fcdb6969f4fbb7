"""What the company can do with an account, and what it truly changes: for each action and account its effect."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.futures import discounted_months, month_worths, realised_months
from workbench.carrier.lives import Lives
from workbench.carrier.nomenclature import SIZES
from workbench.carrier.outlook import Outlook

EFFECT_SPREAD = 0.45


@dataclass(frozen=True)
class Action:
    """An action: what it costs and what the company believes it does (the params), and how it truly varies.

    by_size: the true effect by size, micro to large, over the one believed; accounts vary around it.
    """

    action: str
    cost_eur: float
    capacity: int | None
    hazard_ratio: float = 1.0
    headroom_share: float = 0.0
    price_change_share: float = 0.0
    volume_change_share: float = 0.0
    cost_to_serve_share: float = 0.0
    effect_variation: float = 0.3
    by_size: tuple[float, ...] = (1.0,) * len(SIZES)


ACTIONS = (
    Action("account review", 90.0, 40, hazard_ratio=0.6, effect_variation=0.35, by_size=(0.8, 1.0, 1.1, 1.1)),
    Action("growth offer", 140.0, 30, headroom_share=0.15, effect_variation=0.4, by_size=(1.1, 1.0, 0.9, 0.9)),
    Action(
        "price correction", 60.0, 30, hazard_ratio=1.25, price_change_share=0.06, volume_change_share=-0.06,
        effect_variation=0.3, by_size=(0.8, 1.0, 1.2, 1.3),
    ),
    Action(
        "online service", 60.0, 50, hazard_ratio=1.05, cost_to_serve_share=0.05, effect_variation=0.3,
        by_size=(1.1, 1.0, 0.9, 0.8),
    ),
)  # fmt: skip


def true_futures(lives: Lives, expected: Outlook, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each account is expected to bring in the horizon, what it will really bring, and what each action changes.

    Parameters: expected, the month of each account.
    Returns: customer_id, expected_future_margin_eur and realised_future_margin_eur (discounted, at the prices and costs
    of the last twelve months of the window; 0 for an account that is lost); and customer_id, action, cost_eur,
    effect_eur: the true change of expected_future_margin_eur, the cost of the action not taken off.
    Notes: effects vary log-normally between accounts, around a mean that depends on size. What an account could still
    buy is its wallet less what it buys now.
    """
    accounts = lives.accounts
    strength = {each.action: _strengths(each, accounts, seed) for each in ACTIONS}
    ratios = {each.action: each.hazard_ratio ** strength[each.action] for each in ACTIONS if each.hazard_ratio != 1}
    months = discounted_months(lives, seed, ratios | {"": np.ones(len(accounts))})
    before = expected.margin_eur * months[""]
    effects = [
        pd.DataFrame(
            {
                "customer_id": accounts["customer_id"],
                "action": each.action,
                "cost_eur": each.cost_eur,
                "effect_eur": _margin_with(each, strength[each.action], accounts, expected)
                * months.get(each.action, months[""])
                - before,
            }
        )
        for each in ACTIONS
    ]
    values = pd.DataFrame(
        {
            "customer_id": accounts["customer_id"],
            "expected_future_margin_eur": before,
            "realised_future_margin_eur": _realised(lives, expected, seed),
        }
    )
    return values, pd.concat(effects, ignore_index=True)


def _margin_with(action: Action, strength: np.ndarray, accounts: pd.DataFrame, expected: Outlook) -> np.ndarray:
    """The margin of a month with the action."""
    volume = np.maximum(1 + action.volume_change_share * strength, 0)
    room = (accounts["wallet_eur"].to_numpy() / 12 - expected.revenue_eur).clip(min=0)
    rate = expected.contribution_eur / expected.revenue_eur
    moved = expected.contribution_eur + action.price_change_share * expected.revenue_eur
    saved = action.cost_to_serve_share * strength * (expected.order_work_eur * volume + expected.account_work_eur)
    won = action.headroom_share * strength * room * rate
    return moved * volume - expected.account_work_eur + saved + won


def _strengths(action: Action, accounts: pd.DataFrame, seed: int) -> np.ndarray:
    own = stream(seed, f"effects of {action.action}").normal(0, EFFECT_SPREAD, len(accounts))
    return np.array(action.by_size)[accounts["size"]] * np.exp(own - EFFECT_SPREAD**2 / 2)


def _realised(lives: Lives, expected: Outlook, seed: int) -> np.ndarray:
    """The discounted margin of the future that comes true: orders as they fall, the rest as expected."""
    months = realised_months(lives)
    orders = stream(seed, "orders after the window").poisson(expected.orders[:, None] * months)
    each = expected.contribution_eur / expected.orders
    return (each[:, None] * orders - expected.account_work_eur[:, None] * months) @ month_worths()
