"""What was known of the clients at a date, and nothing later: rhythm, spells, covariates; and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from workbench.churn.covariates import counting_process, covariates_at, told_covariates
from workbench.churn.history import History, monthly_history, with_answers
from workbench.churn.landmarks import HORIZON, Landmark, landmark_dates
from workbench.churn.order_days import EPOCH, OrderDays, order_days
from workbench.churn.rhythm import Rhythm
from workbench.churn.spells import account_facts, account_spells, group_rhythm, spells_at_risk
from workbench.params import Churn, Competitive
from workbench.units import DAYS_A_MONTH

# A rhythm needs as much before the date from which recency learns.
LEAST_PAST_MONTHS = 6
HAPPENED = ("closed_on", "contract_end_on", "opened_on")


@dataclass(frozen=True)
class ClientFiles:
    """All that the files tell of clients' orders up to as_of: order days and history of the accounts, customers."""

    orders: OrderDays
    history: History
    customers: pd.DataFrame
    told: Churn
    as_of: date


@dataclass(frozen=True)
class Known:
    """What was known at the end of a day: facts, rhythm and spells of the accounts that had ordered by then."""

    on: date
    orders: OrderDays
    history: History
    facts: pd.DataFrame
    rhythm: Rhythm
    spells: pd.DataFrame

    @property
    def judged(self) -> dict[str, np.datetime64]:
        """begins_on, the first day of the files; ends_on, the last on which nine living accounts in ten are judged."""
        begins_on = EPOCH + int(self.orders.days.min())
        living = self.spells.loc[~self.spells["lost"], "censored_on"]
        ends_on = np.datetime64(self.on) if living.empty else np.datetime64(living.quantile(0.1), "D")
        return {"begins_on": begins_on, "ends_on": max(begins_on, ends_on)}

    @property
    def at_risk(self) -> pd.DataFrame:
        """The spells that survival can be estimated from."""
        return spells_at_risk(self.spells)


def client_files(
    tables: Mapping[str, ibis.Table],
    customers: pd.DataFrame,
    told: Churn,
    *,
    as_of: date,
    asked: Competitive | None = None,
) -> ClientFiles:
    """Read what clients ordered, and what they answered.

    Parameters: tables, checked deliveries, interactions, price_changes and, with `asked` (how the survey is read),
    survey; customers, checked. None is modified.
    """
    orders = order_days(tables["deliveries"])
    history = monthly_history(tables, orders.units, as_of=as_of, claim_drivers=told.claim_drivers)
    if asked is not None:
        facts = account_facts(orders, customers, told).set_index("customer_id")
        history = with_answers(history, tables["survey"], facts["unit"], asked)
    return ClientFiles(orders, history, customers, told, as_of)


def known_at(files: ClientFiles, on: date) -> Known:
    """What the files told at the end of a day.

    Notes: a closure, or the end of a contract, is known when it has come; at the date of the study a running contract
    is known as well. The month of `on` counts where it was over.
    """
    orders = files.orders.until(on)
    customers = files.customers
    ends = np.datetime64(on, "D")
    if on < files.as_of:
        later = {day: customers[day].where(pd.to_datetime(customers[day]) <= pd.Timestamp(on)) for day in HAPPENED
                 if day in customers}  # fmt: skip
        customers = customers.assign(**later)
    facts = account_facts(orders, customers, files.told)
    found = group_rhythm(orders, facts, files.told, ends_on=on)
    history = files.history.before((ends + 1).astype("datetime64[M]")).of(orders.units)
    return Known(on, orders, history, facts, found, account_spells(found, facts))


def model_table(known: Known, *, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """The counting process of the spells at risk, and the covariates that vary in it."""
    spells = known.at_risk
    table = counting_process(spells, known.history, known.orders, seed=seed)
    return table, told_covariates(table)


def people_at(known: Known, *, alive_only: bool = True) -> pd.DataFrame:
    """The clients that are alive, as far as was known (or all): one row each, as `scores` and landmarks want them.

    Returns: customer_id, group_id, unit, alive, segment, age_months, the covariates now (the rise of prices as its mean
    over the last year, since the next one is not known), gap_months, silent_months, delay_months, p_gap_longer.
    """
    spells = known.spells
    now = covariates_at(known.history, known.orders, spells["headcount_n"].to_numpy(float), known.history.n_months)
    if "price_rises" in now:
        now["price_rises"] = known.history.rises[-12:].sum() / 4
    people = spells[["customer_id", "group_id", "unit"]].assign(
        segment=spells[known.rhythm.told.segments[0]],
        age_months=(np.datetime64(known.on, "D") + 1 - spells["origin_on"].to_numpy("datetime64[D]")).astype(float)
        / DAYS_A_MONTH,
        gap_months=spells["gap_days"].to_numpy() / DAYS_A_MONTH,
        silent_months=spells["silence_days"].to_numpy() / DAYS_A_MONTH,
        delay_months=spells["delay_days"].to_numpy() / DAYS_A_MONTH,
        p_gap_longer=spells["p_gap_longer"].to_numpy(),
    )
    people = people.assign(alive=spells["alive"]).merge(now.reset_index(), on="customer_id")
    return people[people["alive"]].reset_index(drop=True) if alive_only else people


def landmark_days(known: Known) -> list[date]:
    """The dates from which the foresight is tested: early enough for nine clients in ten to be judged a year later."""
    told = known.rhythm.told
    return landmark_dates(
        first_on=(EPOCH + int(known.orders.days.min())).astype(date),
        ends_on=known.on,
        threshold_months=_usual_threshold_months(known),
        spacing_months=told.landmark_step_months,
        count=told.landmarks,
    )


def landmark(files: ClientFiles, on: date, *, now: Known, seed: int) -> Landmark:
    """A landmark: what was known at it, and what the files tell of those people since."""
    then = known_at(files, on)
    table, _ = model_table(then, seed=seed)
    orders = then.orders
    seen = np.datetime64(on, "D") + 1 - (EPOCH + orders.first_days.astype("int64"))
    past_month = np.datetime64(on, "M") - (HORIZON + int(np.ceil(_usual_threshold_months(then))))
    past = None
    if past_month >= then.history.first_month + LEAST_PAST_MONTHS:
        past_on = ((past_month + 1).astype("datetime64[D]") - 1).astype(date)
        past = with_outcomes(people_at(known_at(files, past_on)), then, on=past_on)
    return Landmark(
        on=on,
        history=table,
        people=with_outcomes(people_at(then), now, on=on),
        orders=pd.DataFrame(
            {
                "customer_id": orders.units,
                "repeats": orders.counts - 1,
                "last_months": (orders.last_days - orders.first_days) / DAYS_A_MONTH,
                "seen_months": seen.astype(float) / DAYS_A_MONTH,
            }
        ),
        past=past,
    )


def with_outcomes(people: pd.DataFrame, later: Known, *, on: date) -> pd.DataFrame:
    """What later files tell of people active at a date: followed_months (0 to 12), lost.

    A loss is dated as in the spells, when the next order was due; one dated before `on` is a loss at once.
    """
    spells = later.spells.set_index("customer_id").loc[people["customer_id"]]
    since = (np.datetime64(on, "D") - spells["origin_on"].to_numpy("datetime64[D]")).astype(float)
    months = (spells["duration_days"].to_numpy(float) - since) / DAYS_A_MONTH
    lost = spells["lost"].to_numpy(bool) & (months <= HORIZON)
    return people.assign(followed_months=months.clip(0, HORIZON), lost=lost)


def _usual_threshold_months(known: Known) -> float:
    """The silence, in months, after which nine units in ten are judged."""
    return float(known.rhythm.table["threshold_days"].quantile(0.9)) / DAYS_A_MONTH
