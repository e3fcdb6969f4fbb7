"""What is foreseen of each client: the model and its scores, their test on the past, and what is at stake."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.churn.covariates import COVARIATES, told_covariates
from workbench.churn.known import ClientFiles, Known, landmark, landmark_days, model_table, people_at
from workbench.churn.landmarks import Evaluation, Landmark, evaluation
from workbench.churn.outlook import SurvivalModel, months_ahead, p_alive, survival_model
from workbench.churn.scores import Scores, scores
from workbench.language import said

YEAR_MONTHS = 12
LEAST_MONTHS = 3
LEAST_LOSSES = 10
COLUMNS = (
    "customer_id", "name", "group_id", "salesperson", "alive", "p_alive", "last_order_on", "lost_on", "event_kind",
    "age_months", "p_loss_3m", "p_loss_3m_low", "p_loss_3m_high", "p_loss_6m", "p_loss_6m_low", "p_loss_6m_high",
    "p_loss_12m", "p_loss_12m_low", "p_loss_12m_high", "remaining_months", "remaining_months_low",
    "remaining_months_high", "extrapolated", "driver_1", "driver_1_ratio", "driver_2", "driver_2_ratio", "driver_3",
    "driver_3_ratio", "yearly_margin_eur", "margin_basis", "margin_at_risk_eur", "silence_days", "gap_days",
    "threshold_days", "reactivations",
)  # fmt: skip


@dataclass(frozen=True)
class Foresight:
    """The model of what clients will do: people, every client that ever ordered, with what it is scored on and whether
    it is alive; model and scores, None where nothing could be fitted, and then why_not is a sentence."""

    people: pd.DataFrame
    covariates: tuple[str, ...]
    model: SurvivalModel | None
    scores: Scores | None
    why_not: str | None


def foresight(known: Known, *, seed: int) -> Foresight:
    """Fit the model to what was known, and score every client with it, as it stands at that date.

    Notes: probabilities are those of a client that is alive; for a lost one they are what they would be, were it one.
    """
    told = known.rhythm.told
    people = people_at(known, alive_only=False)
    table, covariates = model_table(known, seed=seed)
    lost = 0 if table.empty else int(table["event"].sum())
    if lost < LEAST_LOSSES:
        sentence = said(
            "Of the {n} clients whose beginning is known and whose silence can be judged {lost} were lost: too few, or "
            "none, to foresee who will be.",
            n=0 if table.empty else table["customer_id"].nunique(),
            lost=lost,
        )
        return Foresight(people, (), None, None, sentence)
    model = survival_model(table, covariates=covariates)
    if model.bands is None:
        return Foresight(people, tuple(covariates), None, None, str(model.why_not))
    found = scores(model, people, horizon_months=told.horizon_months, draws=told.draws, seed=seed)
    return Foresight(people, tuple(covariates), model, found, None)


def tested_foresight(files: ClientFiles, now: Known, *, seed: int) -> tuple[Evaluation, list[Landmark]]:
    """The model fitted at dates in the past and held against what came; the landmarks, latest first."""
    marks = [landmark(files, on, now=now, seed=seed) for on in landmark_days(now)]
    marks = [mark for mark in marks if len(mark.history) and len(mark.people)]
    borne = [told_covariates(mark.history) for mark in marks]
    covariates = [name for name in COVARIATES if borne and all(name in each for each in borne)]
    return evaluation(marks, covariates=covariates, seed=seed), marks


def churn_by_customer(
    known: Known, seen: Foresight, customers: pd.DataFrame, margins: pd.DataFrame | None
) -> pd.DataFrame:
    """The table `churn`: one row per account of the customers file, COLUMNS, the largest margin at risk first.

    Parameters: customers, checked; margins, customer_id, n_months (of the study), practical_margin_eur; None: the
    yearly revenue stands for the margin, and margin_basis says so. None is modified.
    Notes: an account that never ordered has no spell and is unknown in all but its name. A year's margin is that of
    the study period over the months the account could buy in it, at least three (assumption A48). The margin at risk is
    the year's margin times the probability of loss within twelve months; unknown for a lost client.
    """
    spells = known.spells
    table = spells[["customer_id", "group_id", "alive", "last_on", "lost_on", "event_kind", "silence_days", "gap_days",
                    "threshold_days", "reactivations"]].rename(columns={"last_on": "last_order_on"})  # fmt: skip
    table["age_months"] = seen.people.set_index("customer_id")["age_months"].reindex(table["customer_id"]).to_numpy()
    if seen.scores is not None:
        table = table.merge(seen.scores.customers, on="customer_id", how="left")
        people = seen.people
        here = p_alive(people, months_ahead(seen.model, people, 1).hazard)
        table["p_alive"] = table["customer_id"].map(pd.Series(here, index=people["customer_id"]))
        table["p_alive"] = table["p_alive"].where(table["alive"], 0.0)
    table["yearly_margin_eur"], table["margin_basis"] = _yearly_margin(known, margins)
    names = [column for column in ("name", "salesperson") if column in customers]
    table = customers[["customer_id", *names]].merge(table, on="customer_id", how="left")
    table["alive"] = table["alive"].astype("boolean").fillna(False).astype(bool)
    table = table.reindex(columns=list(COLUMNS))
    table["margin_at_risk_eur"] = (table["yearly_margin_eur"] * table["p_loss_12m"].astype(float)).where(table["alive"])
    money = ["yearly_margin_eur", "margin_at_risk_eur"]
    table[money] = table[money].astype("float64").round(2)
    order = ["alive", "margin_at_risk_eur", "customer_id"]
    return table.sort_values(order, ascending=[False, False, True], ignore_index=True)


def of_period(margins: pd.DataFrame | None, period: pd.DataFrame | None) -> pd.DataFrame | None:
    """The margins by customer with n_months, the length of the period they are of; None where either is missing."""
    if margins is None or period is None:
        return None
    return margins[["customer_id", "practical_margin_eur"]].assign(n_months=int(period["n_months"].iloc[0]))


def outlook_tables(seen: Foresight) -> dict[str, pd.DataFrame]:
    """The tables that others reckon with, of the clients alive: customer_survival, churn_profile, churn_draw; none
    where there is no model."""
    if seen.scores is None:
        return {}
    alive = seen.people.loc[seen.people["alive"], "customer_id"]
    profile = seen.scores.profile
    return {
        "customer_survival": seen.scores.survival,
        "churn_profile": profile[profile["customer_id"].isin(alive)].reset_index(drop=True),
        "churn_draw": seen.scores.draw,
    }


def expected_losses(churn: pd.DataFrame, seen: Foresight, *, largest: int = 200_000) -> pd.DataFrame:
    """What the next twelve months take from the clients alive today: quantity (clients, margin), value, low, high.

    Notes: expectations with the 90 % interval of the model's draws; which clients will leave is chance besides. Margin:
    that of clients with a positive one. Of more than `largest` clients the interval is that of the first ones, scaled.
    """
    alive = churn[churn["alive"] & churn["p_loss_12m"].notna()]
    if seen.scores is None or alive.empty:
        return pd.DataFrame(columns=["quantity", "value", "low", "high"])
    p_loss, margin = alive["p_loss_12m"].to_numpy(float), alive["yearly_margin_eur"].clip(lower=0).to_numpy(float)
    some = alive.head(largest)
    profile = seen.scores.profile.set_index("customer_id").loc[some["customer_id"]].to_numpy(float)
    draw = seen.scores.draw
    moves = draw.drop(columns=["draw", "baseline"]).to_numpy(float)
    hazard = -np.log1p(-p_loss[: len(some)])
    weights = {"clients": np.ones(len(some)), "margin": margin[: len(some)]}
    drawn = {name: np.empty(len(draw)) for name in weights}
    for place in range(len(draw)):
        lost = -np.expm1(-hazard * np.exp(profile @ moves[place] + draw["baseline"].iloc[place]))
        for name, weight in weights.items():
            drawn[name][place] = (weight * lost).sum()
    rows = []
    for name, total in (("clients", p_loss.sum()), ("margin", (margin * p_loss).sum())):
        scale = total / max((weights[name] * p_loss[: len(some)]).sum(), 1e-12)
        rows.append((name, total, *(scale * np.quantile(drawn[name], [0.05, 0.95]))))
    return pd.DataFrame(rows, columns=["quantity", "value", "low", "high"])


def _yearly_margin(known: Known, margins: pd.DataFrame | None) -> tuple[np.ndarray, str]:
    own = known.spells["customer_id"]
    n_months = known.history.n_months
    first = (known.spells["first_on"].to_numpy("datetime64[M]") - known.history.first_month).astype(int)
    if margins is None:
        revenue = known.history.facts["revenue_eur"][:, -YEAR_MONTHS:].sum(axis=1).astype(float)
        return revenue * YEAR_MONTHS / np.clip(n_months - first, LEAST_MONTHS, YEAR_MONTHS), "revenue"
    studied = int(margins["n_months"].iloc[0]) if len(margins) else YEAR_MONTHS
    exposed = np.minimum(n_months - first, studied)
    margin = own.map(margins.set_index("customer_id")["practical_margin_eur"]).fillna(0.0).to_numpy(float)
    return margin * YEAR_MONTHS / np.clip(exposed, LEAST_MONTHS, None), "practical margin"
