"""A clientele in the tables' own shapes, drawn from a known truth: margins, survival, positions and potentials."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import value
from workbench.params import Value
from workbench.value.clientele import Clientele
from workbench.value.credibility import Expected
from workbench.value.lifetime import Draws, Survival

MONTHS = pd.date_range("2025-01-01", periods=12, freq="MS")
HORIZON, RATE = 36, 0.08
SPREADS = {"sorting": 0.15, "visits": 0.25}
POSITION_ERROR, POTENTIAL_ERROR = 0.35, 0.15


@dataclass(frozen=True)
class Handmade:
    """The tables of the chapters before; truth: by client margin_eur a month, hazard, competitive, potential_eur."""

    margins: pd.DataFrame
    monthly: pd.DataFrame
    customers: pd.DataFrame
    minutes: pd.DataFrame
    upstream: dict[str, pd.DataFrame]
    survival: pd.DataFrame
    profile: pd.DataFrame
    draw: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True)
class Crossed:
    """The steps of the chapter on one clientele."""

    clients: Clientele
    expected: Expected
    alive: Survival | None
    draws: Draws
    values: value.Lifetime
    frozen: value.Reference
    placed: pd.DataFrame


def handmade(n: int, seed: int, *, former: int = 0) -> Handmade:
    """A clientele of n living clients and some former ones, whose every estimate is its truth and a drawn error."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"{number:05d}" for number in range(n + former)], name="customer_id")
    every, lives = len(ids), np.arange(len(ids)) < n
    size = np.array(["microenterprise", "SME", "mid-size"], dtype=object)[rng.choice(3, every, p=[0.4, 0.4, 0.2])]
    revenue = np.exp(rng.normal(6.0, 0.7, every)) * pd.Series(size).map({"microenterprise": 1, "SME": 2, "mid-size": 5})
    revenue = revenue.to_numpy() / 6
    used = np.column_stack([rng.uniform(0.3, 0.6, every), rng.uniform(0.05, 0.4, every)]) * revenue[:, None]
    factors = _factors(rng, 1)[0]
    margin = revenue - (used * factors).sum(axis=1)
    monthly = _monthly(rng, ids[lives], revenue[lives], used[lives])
    return Handmade(
        margins=_margins(ids, monthly, rng),
        monthly=monthly,
        customers=pd.DataFrame({"customer_id": ids, "opened_on": pd.Timestamp("2020-01-01")}),
        minutes=pd.DataFrame(_factors(rng, 200), columns=list(SPREADS)).rename_axis("draw"),
        **_ahead(rng, ids, lives, size, margin),
    )


def crossed(made: Handmade, told: Value, *, seed: int = 1, missing: tuple[str, ...] = (), earlier=None) -> Crossed:
    """The chapter's own steps, without the tables named in missing."""
    upstream = {name: None if name in missing else table for name, table in made.upstream.items()}
    clients = value.clientele(made.margins, made.monthly, made.customers, told, upstream=upstream)
    here = clients.alive
    months = told.margin_months
    expected = value.expected_margins(made.monthly, here["first_on"], here["size_class"], margin_months=months)
    alive = value.survival(
        None if "churn" in missing else made.survival, here.index, horizon_months=told.horizon_months,
        profile=made.profile, draws=made.draw,
    )  # fmt: skip
    draws = Draws(made.minutes, told.draws, seed)
    values = value.lifetime_values(expected, alive, draws, rate=told.discount_rate)
    frozen = value.frozen_reference(clients, told, as_of="2025-12-31", earlier=earlier)
    placed = value.placed_clients(clients, frozen, values, draws, told)
    return Crossed(clients, expected, alive, draws, values, frozen, placed)


def _factors(rng: np.random.Generator, draws: int) -> np.ndarray:
    sigma = np.sqrt(np.log1p(np.array(list(SPREADS.values())) ** 2))
    return np.exp(rng.standard_normal((draws, len(SPREADS))) * sigma)


def _monthly(rng: np.random.Generator, ids: pd.Index, revenue: np.ndarray, used: np.ndarray) -> pd.DataFrame:
    """Twelve months of Poisson deliveries, each worth the same."""
    mean = np.repeat(4.0, len(ids))
    count = rng.poisson(mean[:, None], (len(ids), len(MONTHS)))
    share = count / mean[:, None]
    row, column = np.indices(count.shape)
    table = pd.DataFrame(
        {
            "customer_id": ids.to_numpy()[row.ravel()],
            "month": MONTHS.to_numpy()[column.ravel()],
            "n_deliveries": count.ravel(),
            "revenue_eur": (revenue[:, None] * share).ravel(),
            "direct_purchases_eur": 0.0,
            "practical_margin_eur": ((revenue - used.sum(axis=1))[:, None] * share).ravel(),
        }
    )
    for place, name in enumerate(SPREADS):
        table[f"used_{name}_eur"] = (used[:, place][:, None] * share).ravel()
    return table


def _margins(ids: pd.Index, monthly: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    summed = monthly.groupby("customer_id")[["revenue_eur", "practical_margin_eur"]].sum().reindex(ids).fillna(0.0)
    full = summed["practical_margin_eur"] - rng.uniform(0, 300, len(ids))
    return pd.DataFrame(
        {
            "customer_id": ids,
            "name": [f"Client {one}" for one in ids],
            "group_id": None,
            "revenue_eur": summed["revenue_eur"].round(2).to_numpy(),
            "practical_margin_eur": summed["practical_margin_eur"].round(2).to_numpy(),
            "full_margin_eur": full.round(2).to_numpy(),
        }
    )


def _ahead(rng: np.random.Generator, ids: pd.Index, lives: np.ndarray, size: np.ndarray, margin: np.ndarray) -> dict:
    every = len(ids)
    x = rng.normal(size=(every, 2))
    error = np.array([0.12, 0.12, 0.10])  # of the two coefficients and the baseline
    off = rng.normal(size=3) * error
    true_log = np.log(0.02) + x @ [0.5, -0.3]
    told_log = true_log - x @ off[:2] - off[2]
    ahead = np.arange(1, HORIZON + 1)
    p_alive = np.exp(-np.exp(told_log)[:, None] * ahead)
    survival = pd.DataFrame(
        {
            "customer_id": np.repeat(ids, HORIZON),
            "months_ahead": np.tile(ahead, every),
            "p_alive": p_alive.ravel(),
            "p_alive_low": np.nan,
            "p_alive_high": np.nan,
        }
    )
    drawn = rng.normal(size=(200, 3)) * error
    draw = pd.DataFrame({"draw": range(200), "late": drawn[:, 0], "claims": drawn[:, 1], "baseline": drawn[:, 2]})
    sector = np.array([f"S{one}" for one in range(12)], dtype=object)[rng.integers(0, 12, every)]
    cell = pd.factorize(pd.Series(size) + sector)[0]
    true_potential = np.exp(rng.normal(8.5, 0.5, cell.max() + 1))[cell]
    potential = true_potential * np.exp(rng.normal(0, POTENTIAL_ERROR, cell.max() + 1))[cell]
    width = np.exp(1.6448536 * POTENTIAL_ERROR)
    z = rng.normal(size=(every, 2))
    measured = rng.random(every) < 0.6
    # Who did not answer is predicted: an expectation, half as spread as the truth.
    predicted = 0.5 * (z + rng.normal(size=z.shape))
    told_z = np.where(measured[:, None], z + POSITION_ERROR * rng.normal(size=z.shape), predicted)
    told_se = np.where(measured, POSITION_ERROR, np.sqrt(0.5))
    relation = pd.DataFrame(
        {
            "customer_id": ids, "satisfaction": 50 + 10 * told_z[:, 0], "loyalty": 50 + 10 * told_z[:, 1],
            "relation_type": "over-satisfied", "p_relation_type": 0.5, "measured": measured,
            "z_satisfaction": told_z[:, 0], "z_loyalty": told_z[:, 1],
            "z_satisfaction_se": told_se, "z_loyalty_se": told_se, "z_error_correlation": 0.0,
        }
    )  # fmt: skip
    told = pd.DataFrame(
        {
            "customer_id": ids, "size_class": size, "sector": sector, "current_eur": 1000.0, "potential_eur": potential,
            "potential_low_eur": potential / width, "potential_high_eur": potential * width,
            "headroom_eur": potential / 2, "headroom_margin_eur": potential / 8, "wallet_share": 0.5,
            "saturated": False, "active": lives,
        }
    )  # fmt: skip
    churn = pd.DataFrame(
        {
            "customer_id": ids, "alive": lives, "p_loss_3m": 1 - p_alive[:, 2], "p_loss_6m": 1 - p_alive[:, 5],
            "p_loss_12m": 1 - p_alive[:, 11], "remaining_months": p_alive.sum(axis=1), "margin_at_risk_eur": 10.0,
            "driver_1": "late", "driver_2": "claims", "driver_3": None,
        }
    )  # fmt: skip
    truth = pd.DataFrame(
        {
            "margin_eur": margin,
            "hazard": np.exp(true_log),
            "competitive": z.mean(axis=1),
            "potential_eur": true_potential,
        },
        index=ids,
    )
    return {
        "upstream": {"potential": told, "churn": churn, "customer_relation": relation},
        "survival": survival,
        "profile": pd.DataFrame({"customer_id": ids, "late": x[:, 0], "claims": x[:, 1]}),
        "draw": draw,
        "truth": truth,
    }
