"""The plan within a budget in words: actions, decisions, and what a campaign has measured."""

import pandas as pd

from workbench.language import marked, said, word
from workbench.params import PlannedAction
from workbench.value.plan import Plan
from workbench.wording.numbers import counted, day, number, short_money
from workbench.wording.shown import Finding, Sheet

SURE_CHOICE, DECISIONS = 0.8, 10


def say_plan(plan: Plan | None, *, budget_eur: float | None, unit: str) -> Finding:
    """What the plan brings, against going down a list, and how firm its choices are."""
    if plan is None:
        return Finding(
            said(
                "No plan is made: it needs actions and a budget in the params, and the chapter on churn for the value "
                "of time."
            ),
            tone="warning",
        )
    told = plan.rankings.set_index("choice")
    best = told.loc["plan"]
    if not best["n_clients"]:
        return Finding(said("No action of the params is expected to pay for itself with any client."), tone="warning")
    others = "; ".join(
        f"{word(name)} {short_money(row.gain_eur, unit)}" for name, row in told.drop(index="plan").iterrows()
    )
    firm = int(plan.chosen["p_chosen"].ge(SURE_CHOICE).sum())
    return Finding(
        said(
            "With {cost} of {budget}, {clients} get an action, expected to bring {gain} after its cost ({low} to "
            "{high}). Going down a list with the same actions brings, ranked by: {others}. When the parts are redrawn, "
            "{firm} of these choices are made in 80 % of the plans or more.",
            cost=short_money(best["cost_eur"], unit),
            budget=short_money(budget_eur, unit),
            clients=counted(int(best["n_clients"]), "client"),
            gain=short_money(best["gain_eur"], unit),
            low=short_money(best["gain_low_eur"], unit),
            high=short_money(best["gain_high_eur"], unit),
            others=others,
            firm=number(firm),
        )
    )


def say_campaigns(effects: pd.DataFrame) -> Finding:
    """What campaigns with a control group did to the losses; without one, that effects are a hypothesis."""
    if effects.empty:
        text = said("No campaign was handed over: the effects of actions are what the params say, a hypothesis.")
        return Finding(text, tone="warning")
    sentences = []
    for row in effects.itertuples():
        if not (row.n_treated and row.n_control):
            sentences.append(_without_lesson(row))
            continue
        told = said(
            "{campaign} ({day}): {lost} of {treated} contacted were lost within {months}, {lost_control} of {control} "
            "held out.",
            campaign=row.campaign_id,
            day=day(row.contacted_on),
            months=counted(round(row.followed_months), "month"),
            lost=number(row.lost_treated),
            treated=number(row.n_treated),
            lost_control=number(row.lost_control),
            control=number(row.n_control),
        )
        if row.hazard_ratio == row.hazard_ratio:
            told += " " + said(
                "Their hazard of loss is {ratio} times that of the others ({low} to {high}).",
                ratio=number(row.hazard_ratio, 2),
                low=number(row.hazard_ratio_low, 2),
                high=number(row.hazard_ratio_high, 2),
            )
        if not row.randomised:
            told += " " + said("The lot did not decide whom to contact: this is no measure of the effect.")
        sentences.append(told)
    taught = effects["randomised"].astype(bool) & effects["n_treated"].gt(0) & effects["n_control"].gt(0)
    return Finding(" ".join(sentences), tone="finding" if taught.all() else "warning")


def _without_lesson(row) -> str:
    """A campaign that has nobody on one of its sides, once those are left out who cannot count."""
    text = marked(
        "{campaign} ({day}): nothing can be learnt of it, as nobody was held out to compare with those contacted "
        "({treated}). In the next campaign hold some back, drawn by lot."
    )
    if not row.n_treated:
        text = marked(
            "{campaign} ({day}): nothing can be learnt of it, as none of those contacted can be compared with those "
            "held out ({control})."
        )
    return said(
        text,
        campaign=row.campaign_id,
        day=day(row.contacted_on),
        treated=number(row.n_treated),
        control=number(row.n_control),
    )


def actions_sheet(actions: list[PlannedAction], *, unit: str) -> Sheet:
    """The actions as the params have them: cost, capacity and the effect they are believed to have."""
    columns = [
        "action", "cost_eur", "capacity", "hazard_ratio", "headroom_share", "price_change_share",
        "volume_change_share", "cost_to_serve_share", "effect_variation",
    ]  # fmt: skip
    rows = [{column: getattr(one, column) for column in columns} for one in actions]
    shown = pd.DataFrame(rows, columns=columns).rename(columns={"capacity": "n_at_most"})
    return Sheet(shown, "What can be done, as told in the params: its effect is a hypothesis until measured.", unit)


def decisions_sheet(options: pd.DataFrame | None, table: pd.DataFrame | None, *, unit: str, most: int = DECISIONS):
    """The decisions that bring most, each with how sure it is: a Sheet, None where nothing is crossed.

    Parameters: options, action_option (None or empty: no plan is made, and the clients with most at stake are shown
    with the treatment that the strategy has for them); table, customer_value.
    """
    if table is None:
        return None
    if options is None or options.empty or not options["chosen"].any():
        return _most_at_stake(table, unit=unit, most=most)
    taken = options[options["chosen"]].sort_values(["gain_eur", "customer_id"], ascending=[False, True])
    named = taken.merge(table[["customer_id", "name", "segment"]], on="customer_id", how="left")
    named = named.rename(columns={"p_chosen": "chosen_share"})
    named["segment"] = named["segment"].map(said)
    columns = ["action", "customer_id", "name", "segment", "cost_eur", "gain_eur", "gain_low_eur", "gain_high_eur",
               "p_gain", "chosen_share"]  # fmt: skip
    caption = marked(
        "The decisions that bring most, after their cost, with the 90 % interval; how often the plan makes them."
    )
    return Sheet(named[columns].head(most), caption, unit)


def _most_at_stake(table: pd.DataFrame, *, unit: str, most: int) -> Sheet:
    here = table[table["alive"]]
    stake = here["lifetime_value_eur"].fillna(here["economic_eur"]).abs().sort_values(ascending=False, kind="stable")
    columns = [
        "customer_id",
        "name",
        "segment",
        "economic_eur",
        "lifetime_value_eur",
        "potential_eur",
        "effort",
        "terms",
    ]
    shown = here.loc[stake.index[:most], columns]
    shown = shown.assign(**{name: shown[name].map(said) for name in ("segment", "effort", "terms")})
    caption = marked(
        "The clients with most at stake, and what the strategy has for them; no plan under a budget is made."
    )
    return Sheet(shown, caption, unit)
