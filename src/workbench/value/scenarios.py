"""Tariff scenarios: what each brings over each horizon, how sure that is, what drives it, and whom it touches most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.confidentiality import SHARED, shareable_totals
from workbench.params import Activity, Scenario, Tariffs
from workbench.units import Z90
from workbench.value.elasticity import Elasticities, size_places
from workbench.value.price_surface import PriceSurface, price_surface
from workbench.value.tariff_base import Side, TariffBase, side_of
from workbench.value.tariffs import (
    Answer,
    Change,
    Horizon,
    break_even_elasticity,
    break_even_volume_loss,
    price_change,
)

FRONTIER = np.round(np.arange(-0.06, 0.1501, 0.01), 2)
LOW, HIGH = 0.05, 0.95
SCENARIO = [
    "scenario", "horizon_months", "scope", "change_share", "n_clients", "hides_clients", "revenue_eur",
    "margin_before_eur", "margin_after_eur", "low_eur", "high_eur", "difference_eur", "difference_low_eur",
    "difference_high_eur", "p_gain", "lost_clients", "lost_clients_low", "lost_clients_high", "volume_loss",
    "break_even_volume_loss", "break_even_elasticity", "elasticity_origin",
]  # fmt: skip
EXPOSED = [
    "scenario", "customer_id", "name", "size_class", "segment", "horizon_months", "price_change_share",
    "margin_before_eur", "difference_eur", "p_lost_more", "margin_at_risk_eur",
]  # fmt: skip
FACTORS = ("volume_elasticity", "loss_elasticity", "hazard", "activity_cost")


@dataclass(frozen=True)
class Tariffing:
    """What every scenario of a study shares: the base, the elasticities, the params and how sure the costs are."""

    base: TariffBase
    volume: Elasticities
    loss: Elasticities
    told: Tariffs
    cost_spread: float

    def horizon(self, months: int) -> Horizon:
        """A horizon of so many months, as the params have it."""
        return Horizon(months, months >= self.told.capacity_removed_after_months, self.told.loss_months)

    @cached_property
    def places(self) -> np.ndarray:
        """The place of each client's size among the known ones."""
        return size_places(self.base.clients["size_class"])

    def answer(self, volume: np.ndarray | None = None, loss: np.ndarray | None = None) -> Answer:
        """The answer of each client; values by size instead of the central ones."""
        volume = self.volume.values if volume is None else volume
        loss = self.loss.values if loss is None else loss
        return Answer(volume[self.places], loss[self.places])

    @property
    def origin(self) -> str:
        """Where the elasticities come from: estimate, hypothesis, or both."""
        origins = {self.volume.origin, self.loss.origin}
        return origins.pop() if len(origins) == 1 else "both"


@dataclass(frozen=True)
class Draws:
    """Monte Carlo draws, one row each: elasticities by size, and common factors on hazards and on activity costs."""

    volume: np.ndarray
    loss: np.ndarray
    hazard: np.ndarray
    cost: np.ndarray


def cost_spread(activity_cost: pd.DataFrame, activities: list[Activity]) -> float:
    """How unsure the cost of all activities together is: the deviation of a common factor (of its logarithm).

    Parameters: activity_cost, the table of chapter 02. Activities are independent of each other (assumption A11); 0
    without activities.
    """
    cost = activity_cost.groupby("activity")["used_eur"].sum()
    if cost.sum() <= 0:
        return 0.0
    variation = pd.Series({each.activity: each.coefficient_of_variation for each in activities})
    off = np.sqrt(((cost * variation.reindex(cost.index).fillna(0.0)) ** 2).sum()) / cost.sum()
    return float(np.sqrt(np.log1p(off**2)))


def drawn(tariffing: Tariffing, *, seed: int) -> Draws:
    """The draws that all scenarios of a study share, so that scenarios differ by their prices only."""
    rng, n = np.random.default_rng(seed), tariffing.told.draws
    return Draws(
        tariffing.volume.draws(n, rng),
        tariffing.loss.draws(n, rng),
        np.exp(rng.standard_normal(n) * tariffing.base.stay.spread),
        np.exp(rng.standard_normal(n) * tariffing.cost_spread),
    )


def tariff_scenarios(tariffing: Tariffing, *, seed: int) -> pd.DataFrame:
    """The table `tariff_scenarios`: one row per scenario and horizon.

    Returns: scenario, horizon_months, scope (as in the params), change_share, n_clients (whose prices change),
    hides_clients (whether a shared report may show it beside the others), revenue_eur (concerned, over the horizon,
    if prices stay), margin_before_eur, margin_after_eur, low_eur, high_eur (of margin_after), difference_eur,
    difference_low_eur, difference_high_eur, p_gain, lost_clients, lost_clients_low, lost_clients_high (more than
    without the change), volume_loss (share of the volume concerned, by buying less and by leaving),
    break_even_volume_loss, break_even_elasticity, elasticity_origin.
    Raises: ParamsError for a scope that names what the last year does not have.
    Notes: central values at the central elasticities; intervals are the middle 90 % of the draws.
    """
    draws, rows = drawn(tariffing, seed=seed), []
    sides = {
        scenario.scenario: side_of(tariffing.base, scenario.scope, where=f"tariffs.scenarios: {scenario.scenario}")
        for scenario in tariffing.told.scenarios
    }
    shareable = _shareable(tariffing, sides)
    for scenario in tariffing.told.scenarios:
        side = sides[scenario.scenario]
        for months in tariffing.told.horizons_months:
            surface = _surface(tariffing, side, draws, months, [scenario.change_share])
            rows.append(_row(tariffing, side, scenario, months=months, draws=draws, surface=surface))
    table = pd.DataFrame(rows, columns=SCENARIO)
    return table.assign(hides_clients=table["scenario"].map(shareable).astype(bool))


def tried(tariffing: Tariffing, scenario: Scenario, *, seed: int) -> pd.DataFrame:
    """One scenario that the params do not have, over all horizons: rows as in `tariff_scenarios`."""
    told = tariffing.told.model_copy(update={"scenarios": [scenario]})
    return tariff_scenarios(replace(tariffing, told=told), seed=seed)


def shareable_scenarios(table: pd.DataFrame, *, edition: str) -> pd.DataFrame:
    """The scenarios that people may see who must not recognise a client: in the shared edition those which hide
    their clients, in the internal edition all of them."""
    if edition != SHARED:
        return table
    return table[table["hides_clients"]].reset_index(drop=True)


def tornado(tariffing: Tariffing, scenario: Scenario, *, months: int, seed: int) -> pd.DataFrame:
    """What moves the result of a scenario most: each unsure quantity at the ends of its 90 %, the others central.

    Returns: factor (volume_elasticity, loss_elasticity, hazard, activity_cost), low_eur and high_eur (the difference
    at its 5 % and 95 % draw), central_eur; the widest first; quantities that are sure are left out.
    """
    side, horizon = side_of(tariffing.base, scenario.scope), tariffing.horizon(months)
    draws = drawn(tariffing, seed=seed)

    def difference(**off: np.ndarray | float) -> float:
        answer = tariffing.answer(off.pop("volume", None), off.pop("loss", None))
        made = price_change(side, tariffing.base.stay, answer, horizon, change=scenario.change_share, **off)
        return float(made.difference.sum())

    names = {
        "volume_elasticity": ("volume", draws.volume), "loss_elasticity": ("loss", draws.loss),
        "hazard": ("hazard_factor", draws.hazard), "activity_cost": ("cost_factor", draws.cost),
    }  # fmt: skip
    rows = []
    for factor in FACTORS:
        key, values = names[factor]
        if np.ptp(values) == 0:
            continue
        ends = [difference(**{key: np.quantile(values, at, axis=0)}) for at in (LOW, HIGH)]
        rows.append((factor, *ends, difference()))
    table = pd.DataFrame(rows, columns=["factor", "low_eur", "high_eur", "central_eur"])
    width = (table["high_eur"] - table["low_eur"]).abs()
    return table.loc[width.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def frontier(tariffing: Tariffing, scenario: Scenario, *, months: int, seed: int) -> pd.DataFrame:
    """Margin against clients kept when the price of one scope moves from -6 % to +15 %.

    Returns: change_share, difference_eur with low_eur and high_eur, lost_clients (more than without the change); rows
    rise with the price.
    """
    draws, side = drawn(tariffing, seed=seed), side_of(tariffing.base, scenario.scope)
    surface, rows = _surface(tariffing, side, draws, months, FRONTIER), []
    for change in FRONTIER:
        told = scenario.model_copy(update={"change_share": float(change)})
        row = _row(tariffing, side, told, months=months, draws=draws, surface=surface)
        rows.append({ours: row[name] for ours, name in FRONTIER_COLUMNS.items()})
    return pd.DataFrame(rows)


FRONTIER_COLUMNS = {
    "change_share": "change_share", "difference_eur": "difference_eur", "low_eur": "difference_low_eur",
    "high_eur": "difference_high_eur", "lost_clients": "lost_clients",
}  # fmt: skip


def first_scenario(told: Tariffs) -> Scenario:
    """The scenario that is looked at closely: the first of the params; where they tell none, all prices up 1 %."""
    return told.scenarios[0] if told.scenarios else Scenario(scenario="all prices up 1 %", change_share=0.01)


def elasticities_used(tariffing: Tariffing) -> pd.DataFrame:
    """The table `elasticities_used`: elasticity (volume, loss), size_class, value, low, high (90 %), origin."""
    parts = []
    for name, used in (("volume", tariffing.volume), ("loss", tariffing.loss)):
        reach = Z90 * used.table["deviation"]
        part = used.table.assign(elasticity=name, low=used.table["value"] - reach, high=used.table["value"] + reach)
        parts.append(part.reset_index()[["elasticity", "size_class", "value", "low", "high", "origin"]])
    return pd.concat(parts, ignore_index=True)


def exposed_clients(tariffing: Tariffing) -> pd.DataFrame:
    """The table `tariff_clients`: each scenario's effect on each client it concerns, over the longest horizon.

    Returns: scenario, customer_id, name, size_class, segment, horizon_months, price_change_share (of the client's
    whole bill), margin_before_eur, difference_eur, p_lost_more (added probability of being lost by then),
    margin_at_risk_eur (the margin of the months that this takes; negative margins are no risk); the most at risk first.
    """
    months = tariffing.told.horizons_months[-1]
    parts = []
    for scenario in tariffing.told.scenarios:
        side = side_of(tariffing.base, scenario.scope, where=f"tariffs.scenarios: {scenario.scenario}")
        made = _made(tariffing, side, scenario.change_share, months)
        part = tariffing.base.clients[["customer_id", "name", "size_class", "segment"]].copy()
        part.insert(0, "scenario", scenario.scenario)
        part["horizon_months"] = months
        part["price_change_share"] = scenario.change_share * side.share
        part["margin_before_eur"] = made.before.round(2)
        part["difference_eur"] = made.difference.round(2)
        part["p_lost_more"] = made.lost_more
        part["margin_at_risk_eur"] = (made.before.clip(min=0) * made.months_lost).round(2)
        parts.append(part[side.concerned].sort_values("margin_at_risk_eur", ascending=False, kind="stable"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=EXPOSED)


def _made(tariffing: Tariffing, side: Side, change: float, months: int) -> Change:
    return price_change(side, tariffing.base.stay, tariffing.answer(), tariffing.horizon(months), change=change)


def _surface(tariffing: Tariffing, side: Side, draws: Draws, months: int, changes: Sequence[float]) -> PriceSurface:
    return price_surface(
        side,
        tariffing.base.stay,
        tariffing.horizon(months),
        sizes=tariffing.places,
        hazard=draws.hazard,
        loss=draws.loss,
        changes=np.asarray(changes),
    )


def _shareable(tariffing: Tariffing, sides: dict[str, Side]) -> pd.Series:
    """By scenario, whether it hides its clients (a group is one), also from who takes one scenario from another.

    Notes: what a change brings is a sum over the clients concerned, so scopes that differ by few clients tell theirs.
    A client's weight is its revenue concerned. A scenario that names its clients hides nobody.
    """
    named = [one.scenario for one in tariffing.told.scenarios if one.scope.customers is not None]
    revenue = pd.DataFrame({name: side.revenue for name, side in sides.items()}, index=tariffing.base.clients.index)
    by_client = revenue.groupby(tariffing.base.clients["client"]).sum()
    return shareable_totals(by_client.drop(columns=named)).reindex(by_client.columns, fill_value=False)


def _row(
    tariffing: Tariffing, side: Side, scenario: Scenario, *, months: int, draws: Draws, surface: PriceSurface
) -> dict[str, object]:
    change, horizon = scenario.change_share, tariffing.horizon(months)
    central = _made(tariffing, side, change, months)
    all_before, all_difference, all_lost = surface.totals(
        horizon, change=change, volume=draws.volume, loss=draws.loss, hazard=draws.hazard, cost=draws.cost
    )
    before, difference = float(central.before.sum()), float(central.difference.sum())
    after_low, after_high = np.quantile(all_before + all_difference, [LOW, HIGH])
    low, high = np.quantile(all_difference, [LOW, HIGH])
    lost_low, lost_high = np.quantile(all_lost, [LOW, HIGH])
    avoidable = side.direct.sum() + horizon.capacity_removed * side.activity.sum()
    even = break_even_volume_loss(float(side.revenue.sum()), float(avoidable), change)
    volume = float(central.volume_before.sum())
    return {
        "scenario": scenario.scenario,
        "horizon_months": months,
        "scope": scope_text(scenario),
        "change_share": change,
        "n_clients": int(side.concerned.sum()),
        "revenue_eur": round(volume, 2),
        "margin_before_eur": round(before, 2),
        "margin_after_eur": round(before + difference, 2),
        "low_eur": round(float(after_low), 2),
        "high_eur": round(float(after_high), 2),
        "difference_eur": round(difference, 2),
        "difference_low_eur": round(float(low), 2),
        "difference_high_eur": round(float(high), 2),
        "p_gain": float((all_difference > 0).mean()),
        "lost_clients": float(central.lost_more.sum()),
        "lost_clients_low": float(lost_low),
        "lost_clients_high": float(lost_high),
        "volume_loss": 1 - float(central.volume_after.sum()) / volume if volume > 0 else float("nan"),
        "break_even_volume_loss": even,
        "break_even_elasticity": break_even_elasticity(even, change),
        "elasticity_origin": tariffing.origin,
    }


def scope_text(scenario: Scenario) -> str:
    """The scope as the params have it: `products: A, B; sizes: large`; empty where all prices change."""
    told = scenario.scope.model_dump(exclude_none=True)
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in told.items())
