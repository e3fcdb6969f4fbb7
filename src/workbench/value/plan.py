"""The plan: which clients get which action when a budget cannot pay them all."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from workbench.errors import NoSolution
from workbench.params import Activity, Value
from workbench.value.clientele import Clientele
from workbench.value.credibility import Expected
from workbench.value.lifetime import HIGH, LOW, Draws, Survival, drawn_margins, drawn_months
from workbench.value.silence import standard_output_closed

RANKINGS = {"revenue": "revenue_a_year_eur", "margin": "economic_eur", "lifetime value": "lifetime_value_eur"}
# Of the gain: far less than anybody knows it by.
CLOSE_ENOUGH = 5e-4


@dataclass(frozen=True)
class Options:
    """What could be done: one row per client and action that is possible for it.

    table: customer_id, action, cost_eur, gain_eur (expected change of lifetime value less cost), gain_low_eur,
    gain_high_eur, p_gain (probability that it pays); drawn: shape (rows, draws), the gain of each draw; capacity:
    action → clients at most (None: any number).
    """

    table: pd.DataFrame
    drawn: np.ndarray
    capacity: dict[str, int | None]


@dataclass(frozen=True)
class Plan:
    """The chosen actions, and what simpler ways of choosing would bring.

    possible: all options; chosen: the rows of the options that the plan takes, with p_chosen, largest gain first;
    rankings: choice (plan, revenue, margin, lifetime value), n_clients, cost_eur, gain_eur, gain_low_eur,
    gain_high_eur; picked: choice → rows of the options taken; p_chosen: of every option, how often the plan takes it
    when the parts are redrawn.
    """

    possible: Options
    chosen: pd.DataFrame
    rankings: pd.DataFrame
    picked: dict[str, np.ndarray]
    p_chosen: np.ndarray


def options(
    clients: pd.DataFrame,
    expected: Expected,
    alive: Survival,
    draws: Draws,
    told: Value,
    *,
    activities: list[Activity],
) -> Options:
    """What each action of the params would bring with each client it is meant for, drawn jointly.

    Parameters: clients, living clients in the order of expected and alive: segment, revenue_a_year_eur,
    likely_headroom_margin_eur and, where that is null, headroom_margin_eur (both null: nothing can be won); told,
    actions and discount_rate; activities, of the params, for the level that each serves.
    Notes: with an action, margin = revenue (1 + price)(1 + volume) − cost (1 + volume) + what is saved of the activity
    cost + the share of the headroom at margin; the hazard of loss is multiplied. Activities of level customer are
    there whatever it buys, so volume leaves them as they are. The effect of an action is wrong by one factor for all
    clients, log-normal with the stated variation; a price is what it is set to (assumption A94).
    """
    margin = drawn_margins(expected, draws)
    months = drawn_months(alive, draws, told.discount_rate)
    revenue = clients["revenue_a_year_eur"].to_numpy(dtype=float)[:, None] / 12
    room = clients["likely_headroom_margin_eur"].astype(float).fillna(clients["headroom_margin_eur"].astype(float))
    room = room.fillna(0.0).to_numpy().clip(min=0)[:, None] / 12
    work = _drawn_work(expected.used, draws)
    of_customers = [one.activity for one in activities if one.level == "customer"]
    lasting = _drawn_work(expected.used.filter(items=of_customers), draws)
    parts, drawn = [], []
    for place, action in enumerate(told.actions):
        rng = np.random.default_rng([draws.seed, 14, place])
        sigma = np.sqrt(np.log1p(action.effect_variation**2))
        strength = np.exp(rng.standard_normal(draws.count) * sigma - sigma**2 / 2)
        volume = np.maximum(1 + action.volume_change_share * strength, 0.0)
        after = revenue * (1 + action.price_change_share) * volume - (revenue - margin - lasting) * volume - lasting
        after = after + action.cost_to_serve_share * strength * work * volume + action.headroom_share * strength * room
        ratio = action.hazard_ratio**strength
        longer = months
        if action.hazard_ratio != 1:
            longer = drawn_months(alive, draws, told.discount_rate, hazard_ratio=ratio)
        gain = after * longer - margin * months - action.cost_eur
        meant = np.ones(len(clients), dtype=bool)
        if action.segments:
            meant = clients["segment"].isin(action.segments).to_numpy()
        drawn.append(gain[meant])
        parts.append(
            pd.DataFrame({"customer_id": clients.index[meant], "action": action.action, "cost_eur": action.cost_eur})
        )
    table, gains = pd.concat(parts, ignore_index=True), np.concatenate(drawn)
    table["gain_eur"] = gains.mean(axis=1)
    table["gain_low_eur"], table["gain_high_eur"] = (
        np.quantile(gains, [LOW, HIGH], axis=1) if len(gains) else (0.0, 0.0)
    )
    table["p_gain"] = (gains > 0).mean(axis=1)
    return Options(table, gains, {action.action: action.capacity for action in told.actions})


def plan_of(
    placed: pd.DataFrame,
    clients: Clientele,
    expected: Expected,
    alive: Survival | None,
    draws: Draws,
    told: Value,
    *,
    activities: list[Activity],
) -> Plan | None:
    """The plan of a study; None where it has no actions, or nothing tells how long clients stay.

    Parameters: placed, customer_value with segment and lifetime_value_eur; expected and alive, of the living clients;
    activities, of the params.
    """
    if not told.actions or alive is None:
        return None
    known = placed.set_index("customer_id")[["segment", "lifetime_value_eur"]]
    here = clients.alive.join(known)
    possible = options(here, expected, alive, draws, told, activities=activities)
    return best_plan(possible, here, budget_eur=told.budget_eur, redraws=told.plan_draws)


def best_plan(possible: Options, clients: pd.DataFrame, *, budget_eur: float, redraws: int) -> Plan:
    """The plan of highest expected gain within budget and capacities, one action per client at most.

    Parameters: clients, index customer_id, the columns of RANKINGS; redraws, of the draws, for how many the plan is
    made again.
    Notes: an integer programme solved by HiGHS. The rankings it is held against go down the list of clients and give
    each the action with its highest expected gain that the rest of the budget and the capacities still allow: only
    the order of the clients is naive.
    """
    gains = possible.table["gain_eur"].to_numpy()
    picked = {"plan": chosen_rows(possible, gains, budget_eur)}
    for name, column in RANKINGS.items():
        order = clients[column].fillna(-np.inf).sort_values(ascending=False, kind="stable").index
        picked[name] = ranked_rows(possible, order, budget_eur)
    told = range(min(redraws, possible.drawn.shape[1]))
    often = np.zeros(len(gains))
    for draw in told:
        often[chosen_rows(possible, possible.drawn[:, draw], budget_eur)] += 1
    often /= max(len(told), 1)
    rows = [_summary(name, possible, rows) for name, rows in picked.items()]
    chosen = possible.table.assign(p_chosen=often).iloc[picked["plan"]]
    chosen = chosen.sort_values(["gain_eur", "customer_id"], ascending=[False, True], ignore_index=True)
    return Plan(possible, chosen, pd.DataFrame(rows), picked, often)


def option_table(plan: Plan | None) -> pd.DataFrame:
    """The table `action_option`: every option with p_chosen, and whether the plan takes it; empty without a plan."""
    if plan is None:
        return pd.DataFrame()
    table = plan.possible.table.assign(p_chosen=plan.p_chosen, chosen=False)
    table.loc[plan.picked["plan"], "chosen"] = True
    money = [column for column in table if column.endswith("_eur")]
    return table.assign(**{column: table[column].round(2) for column in money})


def chosen_rows(possible: Options, gains: np.ndarray, budget_eur: float) -> np.ndarray:
    """The rows of the options that bring the largest sum of gains within budget and capacities.

    Raises: NoSolution where the solver finds no solution (the empty plan always is one).
    Notes: the linear relaxation leaves at most a few clients between two actions. Without those, and filled up with
    what still fits, it is a plan, and its own bound says how good it is; only where that is not close enough (small
    studies) is the whole integer programme solved, which takes far longer for many clients.
    """
    rows = np.flatnonzero(gains > 0)
    if not len(rows):
        return rows
    limits = _limits(possible, rows, budget_eur)
    relaxed, bound = _solved(gains[rows], limits, whole=False)
    taken = _filled(relaxed > 1 - 1e-6, gains[rows], limits)
    if gains[rows][taken].sum() < (1 - CLOSE_ENOUGH) * bound:
        taken = _solved(gains[rows], limits, whole=True)[0] > 0.5
    return rows[taken]


def ranked_rows(possible: Options, order: pd.Index, budget_eur: float) -> np.ndarray:
    """The rows taken by going down a list of clients, each with its best action that still fits."""
    table = possible.table
    place = order.get_indexer(table["customer_id"])
    rows = np.lexsort((-table["gain_eur"].to_numpy(), place))
    rows = rows[(place[rows] >= 0) & (table["gain_eur"].to_numpy()[rows] > 0)]
    left, free, taken, served = budget_eur, dict(possible.capacity), [], -1
    for row, client, action, cost in zip(
        rows, place[rows], table["action"].to_numpy()[rows], table["cost_eur"].to_numpy()[rows], strict=True
    ):
        if client != served and cost <= left and free[action] != 0:
            taken.append(row)
            left, served = left - cost, client
            free[action] = None if free[action] is None else free[action] - 1
    return np.array(taken, dtype=int)


def _drawn_work(used: pd.DataFrame, draws: Draws) -> np.ndarray:
    """The cost of some activities in each draw: clients × draws."""
    return used.sum(axis=1).to_numpy()[:, None] - draws.margin_shift(used)


def _limits(possible: Options, rows: np.ndarray, budget_eur: float) -> LinearConstraint:
    """One action for each client, the budget, and the capacity of each action, over some rows of the options."""
    table = possible.table.iloc[rows]
    client = pd.factorize(table["customer_id"])[0]
    upper, weights = [np.ones(client.max() + 1), np.array([budget_eur])], [table["cost_eur"].to_numpy()]
    for action, capacity in possible.capacity.items():
        if capacity is not None:
            upper.append(np.array([float(capacity)]))
            weights.append(table["action"].eq(action).to_numpy(dtype=float))
    shared = client.max() + 1 + np.repeat(np.arange(len(weights)), len(rows))
    places = np.concatenate([client, shared]), np.tile(np.arange(len(rows)), 1 + len(weights))
    values = np.concatenate([np.ones(len(rows)), *weights])
    ends = np.concatenate(upper)
    return LinearConstraint(csr_array((values, places), shape=(len(ends), len(rows))), ub=ends)


def _filled(taken: np.ndarray, gains: np.ndarray, limits: LinearConstraint) -> np.ndarray:
    """The choice with what else its limits allow, the largest gains first."""
    by_row = limits.A.tocsc()
    left = limits.ub - by_row @ taken.astype(float)
    filled = taken.copy()
    for row in np.argsort(-gains)[~taken[np.argsort(-gains)]]:
        part = slice(by_row.indptr[row], by_row.indptr[row + 1])
        if (by_row.data[part] <= left[by_row.indices[part]] + 1e-9).all():
            left[by_row.indices[part]] -= by_row.data[part]
            filled[row] = True
    return filled


def _solved(gains: np.ndarray, limits: LinearConstraint, *, whole: bool) -> tuple[np.ndarray, float]:
    """The choice of largest gain, whole or in parts, and its gain."""
    # HiGHS prints a line whenever it repairs a rounded choice; none of its options stops that (scipy 1.17.1).
    with standard_output_closed():
        found = milp(
            -gains,
            integrality=np.full(len(gains), int(whole)),
            bounds=Bounds(0, 1),
            constraints=limits,
            options={"mip_rel_gap": CLOSE_ENOUGH},
        )
    if found.x is None:
        raise NoSolution(f"the plan under the budget could not be solved: {found.message}")
    return found.x, -found.fun


def _summary(name: str, possible: Options, rows: np.ndarray) -> dict[str, object]:
    table, drawn = possible.table.iloc[rows], possible.drawn[rows].sum(axis=0)
    low, high = np.quantile(drawn, [LOW, HIGH])
    return {
        "choice": name,
        "n_clients": len(rows),
        "cost_eur": table["cost_eur"].sum(),
        "gain_eur": table["gain_eur"].sum(),
        "gain_low_eur": low,
        "gain_high_eur": high,
    }
