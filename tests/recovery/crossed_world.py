"""A simulated carrier crossed as the chapters do it, in memory and without a survey: for studies over many worlds."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from test_recovered_margins import as_params, checked

from workbench import churn, economic, potential, value
from workbench.carrier import World, simulated_world
from workbench.carrier.effects import ACTIONS
from workbench.carrier.nomenclature import NAF_BY_SECTOR
from workbench.carrier.value_params import BUDGET_EUR
from workbench.params import Churn, Potential, Value
from workbench.value.lifetime import Draws
from workbench.value.plan import Plan

AS_OF = date(2025, 12, 31)
BELIEVED = ("cost_eur", "capacity", "hazard_ratio", "headroom_share", "price_change_share", "volume_change_share",
            "cost_to_serve_share", "effect_variation")  # fmt: skip


@dataclass(frozen=True)
class CrossedWorld:
    """What the study finds of a world: customer_value joined with the truth, and the plan."""

    table: pd.DataFrame
    total: tuple[float, float]
    plan: Plan | None
    effects: pd.DataFrame


def usual(**more) -> Value:
    """The demonstration's actions and budget, its effects as the company believes them."""
    actions = [{"action": each.action} | {name: getattr(each, name) for name in BELIEVED} for each in ACTIONS]
    return Value.model_validate({"actions": actions, "budget_eur": float(BUDGET_EUR), "plan_draws": 20, **more})


def crossed_world(world: World, told: Value, *, with_plan: bool = True, with_survey: bool = True) -> CrossedWorld:
    """Margins, survival, potential and their crossing, from the clean tables of a world."""
    tables = {
        name: checked(getattr(world, name), name) for name in ("deliveries", "interactions", "ledger", "capacity")
    }
    rises = world.price_changes
    told_rises = rises[["effective_on", "change_share"]].assign(scope=rises["level"] + ": " + rises["item"])
    tables["price_changes"] = checked(told_rises, "price_changes")
    margins, monthly, minutes = _margins(world, tables)
    files = churn.client_files(tables, world.customers, Churn(), as_of=AS_OF)
    now = churn.known_at(files, AS_OF)
    seen = churn.foresight(now, seed=world.seed)
    upstream = {
        "potential": _potential(world, tables["deliveries"], margins, with_survey=with_survey),
        "churn": churn.churn_by_customer(now, seen, world.customers, None),
        "customer_relation": None,
    }
    ahead = churn.outlook_tables(seen)
    clients = value.clientele(margins, monthly, world.customers, told, upstream=upstream)
    here = clients.alive
    expected = value.expected_margins(monthly, here["first_on"], here["size_class"], margin_months=told.margin_months)
    alive = value.survival(
        ahead.get("customer_survival"), here.index, horizon_months=told.horizon_months,
        profile=ahead.get("churn_profile"), draws=ahead.get("churn_draw"),
    )  # fmt: skip
    draws = Draws(minutes, told.draws, world.seed)
    values = value.lifetime_values(expected, alive, draws, rate=told.discount_rate)
    frozen = value.frozen_reference(clients, told, as_of="2025-12-31", earlier=None)
    placed = value.placed_clients(clients, frozen, values, draws, told)
    activities = as_params(world.stated_activities)
    plan = value.plan_of(placed, clients, expected, alive, draws, told, activities=activities) if with_plan else None
    truth, effects = world.futures
    truth = truth.merge(world.truth_customers[["customer_id", "lost_on"]], on="customer_id")
    table = placed.merge(truth, on="customer_id")
    table["truly_alive"] = ~(table["lost_on"] <= pd.Timestamp(AS_OF))
    return CrossedWorld(table, values.total_interval(), plan, effects)


def realised_gain(found: CrossedWorld, choice: str) -> float:
    """What the actions that were chosen truly bring, less their cost, in euros."""
    picked = found.plan.possible.table.iloc[found.plan.picked[choice]]
    true = found.effects.assign(net_eur=found.effects["effect_eur"] - found.effects["cost_eur"])
    return float(picked[["customer_id", "action"]].merge(true, on=["customer_id", "action"])["net_eur"].sum())


def carrier(seed: int, *, customers: int, months: int = 30) -> World:
    """A carrier small enough for studies over many worlds."""
    return simulated_world(customers=customers, months=months, seed=seed)


def _margins(world: World, tables: dict) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    activities = as_params(world.stated_activities)
    period = economic.study_period(tables["deliveries"], tables["ledger"], start_on=None, as_of=AS_OF)
    studied = economic.period_deliveries(tables["deliveries"], period, cost_share_low=0.0, cost_share_high=3.0)
    workload = economic.customer_workload(studied, tables["interactions"], activities, period=period)
    books = economic.books_of(tables["ledger"], tables["capacity"], period, capacity_share=0.8)
    costs = economic.pool_costs(workload.minutes_by_month, books, activities)
    shared = economic.allocation(workload, costs, books, idle_key="used_cost", sustaining_key="revenue")
    sharing = economic.Sharing(costs, activities, "used_cost", "revenue")
    margins = economic.margin_by_customer(shared, world.customers, pd.DataFrame(index=pd.Index([], name="customer_id")))
    return margins, economic.monthly_margins(shared), economic.drawn_minutes(sharing, draws=200, seed=world.seed)


def _potential(world: World, deliveries, margins: pd.DataFrame, *, with_survey: bool) -> pd.DataFrame:
    told = Potential(draws=50)
    clients = potential.client_spend(deliveries, world.customers, told, as_of=AS_OF)
    by_code = {code: sector for sector, codes in NAF_BY_SECTOR.items() for code in codes}
    clients["sector"] = clients["naf_code"].map(by_code)
    clients["size_class"] = potential.size_classes(clients, told.sizes, group_size=told.group_size)
    wallet = potential.wallet(clients, told, seed=1)
    if not with_survey:
        return potential.potential_by_customer(clients, wallet, margins)
    survey = world.survey.assign(purchases_share=world.survey["purchases_share"] / 100)
    shares = potential.own_wallets(survey, clients, told, our_name="us", as_of=AS_OF)
    wallet = potential.calibration(wallet, shares, asked=True, seed=1).wallet
    likely = potential.likely_headroom(wallet, shares, clients).headroom
    return potential.potential_by_customer(clients, wallet, margins, likely=likely)


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """The mean over worlds and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))
