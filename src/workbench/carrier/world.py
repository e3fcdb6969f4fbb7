"""The simulated carrier as a whole, in memory: its tables as they truly are, and the truth behind them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.carrier.books import booked_margins, credit_notes, ledger_rows, true_margins
from workbench.carrier.clients import account_file
from workbench.carrier.effects import true_futures
from workbench.carrier.elasticities import negotiated_file, true_elasticities
from workbench.carrier.lives import Lives, simulated_lives
from workbench.carrier.losses import hazard_rows
from workbench.carrier.market import market_rows
from workbench.carrier.opinions import Opinions, true_opinions
from workbench.carrier.orders import delivery_rows
from workbench.carrier.outlook import last_year_rates, outlook
from workbench.carrier.rounds import rounds_and_stops
from workbench.carrier.survey import SurveyDesign, survey_rows, wave_years
from workbench.carrier.survey_truth import true_drivers, true_response
from workbench.carrier.tariff import PRODUCTS, price_change_file
from workbench.carrier.window import Calendar
from workbench.carrier.work import (
    ACTIVITIES,
    HUNDREDTHS_OF_HOURS,
    POOLS,
    Activity,
    capacity_rows,
    interaction_rows,
    level_counts,
    stated_activities,
    timesheet_rows,
    true_minutes,
)

DELIVERY_COLUMNS = [
    "delivery_id", "order_id", "document_id", "credited_document_id", "customer_id", "ordered_on", "promised_on",
    "delivered_on", "recorded_on", "product", "delivery_zone", "list_price_eur", "revenue_eur", "direct_purchases_eur",
    "booked_margin_eur", "stop_id", "round_id", "parcels", "weight_kg", "customs_lines", "distance_km",
]  # fmt: skip


@dataclass(frozen=True)
class World:
    """The clean tables of the company (columns as in the contracts) and what is true of it.

    Dates are datetime64, amounts float64 in whole cents, blanks NaN, NaT or None. `deliveries` holds the credit notes
    too (credited_document_id given, drivers blank). `activities` are the true time equations, `stated_activities`
    those of the params file. `truth_customers`, `truth_activities`, `truth_hazard`, `truth_drivers`, `truth_response`
    and `truth_elasticities` are the tables of `truth/`.
    """

    seed: int
    calendar: Calendar
    customers: pd.DataFrame
    deliveries: pd.DataFrame
    products: pd.DataFrame
    interactions: pd.DataFrame
    ledger: pd.DataFrame
    capacity: pd.DataFrame
    timesheets: pd.DataFrame
    price_changes: pd.DataFrame
    market: pd.DataFrame
    campaigns: pd.DataFrame
    survey: pd.DataFrame
    activities: tuple[Activity, ...]
    stated_activities: tuple[Activity, ...]
    truth_customers: pd.DataFrame
    truth_activities: pd.DataFrame
    truth_elasticities: pd.DataFrame
    truth_hazard: pd.DataFrame
    truth_drivers: pd.DataFrame
    truth_response: pd.DataFrame
    lives: Lives

    @cached_property
    def futures(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The truth of what is ahead, computed when first asked for: values of each account, effects of each action.

        Both as `true_futures` gives them; rows in the order of `customers` (effects: action by action).
        """
        rates = last_year_rates(self.capacity, self.ledger)
        expected = outlook(self.lives.accounts, rates, self.lives.rises, self.calendar)
        return true_futures(self.lives, expected, self.seed)


def simulated_world(
    *, customers: int = 400, months: int = 48, seed: int = 1, design: SurveyDesign | None = None
) -> World:
    """The world of an express carrier with so many accounts, seen over so many months up to the end of 2025.

    Parameters: customers, accounts in the file, at least 20; months, at least 3; seed, whole number from 0;
    design, who answers the survey and what satisfaction does (default: SurveyDesign()).
    Raises: ParamsError for numbers below those.
    """
    design = design or SurveyDesign()
    lives = simulated_lives(customers=customers, months=months, seed=seed, diminishing=design.diminishing)
    calendar, accounts, rises = lives.calendar, lives.accounts, lives.rises
    rows = delivery_rows(lives.orders, accounts, seed, calendar=calendar, rises=rises, service=lives.service)
    opinions = true_opinions(int(accounts["group"].max()) + 1, seed=seed, calendar=calendar)
    last_wave = wave_years(opinions, calendar)[-1]
    market = market_rows(seed)
    rows["booked_margin_eur"] = booked_margins(rows)
    rows[["stop_id", "round_id"]] = rounds_and_stops(rows, seed)
    acts = interaction_rows(accounts, rows, seed, calendar=calendar, service=lives.service)
    minutes = true_minutes(rows, acts, calendar, count=customers)
    capacity = capacity_rows(minutes, seed, calendar)
    deliveries = pd.concat([rows, credit_notes(rows, seed)], ignore_index=True)
    deliveries["month"] = calendar.month_of(deliveries["delivered_on"].to_numpy("datetime64[D]"))
    ledger = ledger_rows(deliveries, capacity, seed, calendar)
    margins = true_margins(deliveries, minutes, capacity, ledger)
    deliveries = deliveries.sort_values(["recorded_on", "delivery_id"], kind="stable", ignore_index=True)
    return World(
        seed=seed,
        calendar=calendar,
        customers=account_file(accounts, seed),
        deliveries=deliveries[DELIVERY_COLUMNS],
        products=pd.DataFrame([(each.name, each.range) for each in PRODUCTS], columns=["product", "range"]),
        interactions=_with_months(acts.drop(columns="account"), calendar),
        ledger=_with_months(ledger, calendar),
        capacity=_capacity_in_minutes(capacity, calendar),
        timesheets=timesheet_rows(level_counts(rows, acts, calendar), seed),
        price_changes=pd.concat(
            [price_change_file(rises, calendar), negotiated_file(accounts, calendar)], ignore_index=True
        ),
        market=market,
        campaigns=lives.campaign.rows(accounts, calendar),
        survey=survey_rows(accounts, opinions, market, seed=seed, calendar=calendar, design=design),
        activities=ACTIVITIES,
        stated_activities=stated_activities(seed),
        truth_customers=_truth_customers(accounts, rows, margins, opinions, last_wave),
        truth_activities=_truth_activities(minutes, capacity, ledger, calendar),
        truth_elasticities=true_elasticities(),
        truth_hazard=hazard_rows(accounts, lives.hazard, calendar),
        truth_drivers=true_drivers(accounts, opinions, last_wave, seed=seed, design=design),
        truth_response=true_response(design),
        lives=lives,
    )


def _with_months(rows: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    return rows.assign(month=calendar.month_names[rows["month"]].astype("datetime64[s]"))


def _capacity_in_minutes(capacity: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    table = _with_months(capacity[["pool", "month"]], calendar)
    for column in ("paid", "absence", "worked"):
        table[f"{column}_minutes"] = (capacity[column] * HUNDREDTHS_OF_HOURS).round(1)
    return table


def _truth_customers(
    accounts: pd.DataFrame, rows: pd.DataFrame, margins: pd.DataFrame, opinions: Opinions, last_wave: np.datetime64
) -> pd.DataFrame:
    group, wave = accounts["group"].to_numpy(), list(opinions.years).index(last_wave)
    last = rows.groupby("account")["ordered_on"].max()
    return pd.DataFrame(
        {
            "customer_id": accounts["customer_id"],
            "practical_margin_eur": margins["practical_margin_eur"],
            "full_margin_eur": margins["full_margin_eur"],
            "wallet_eur": accounts["wallet_eur"],
            "last_order_on": last.reindex(accounts.index),
            "lost_on": accounts["lost_on"],
            "satisfaction": opinions.satisfaction[group, wave],
            "loyalty": opinions.loyalty[group, wave],
        }
    )


def _truth_activities(
    minutes: dict[str, np.ndarray], capacity: pd.DataFrame, ledger: pd.DataFrame, calendar: Calendar
) -> pd.DataFrame:
    pool_of = {activity.activity: activity.pool for activity in ACTIVITIES}
    months = np.arange(calendar.months)
    parts = [
        pd.DataFrame({"month": months, "pool": pool_of[name], "activity": name, "minutes": own.sum(axis=0)})
        for name, own in minutes.items()
    ]
    rows = pd.concat(parts)
    practical = capacity.assign(
        capacity_minutes=((capacity["paid"] - capacity["absence"]) * HUNDREDTHS_OF_HOURS).round(1)
    )
    cost = ledger[ledger["kind"] == "pool"].groupby(["month", "pool"])["amount_eur"].sum().round(2).rename("pool_eur")
    rows = rows.merge(practical[["pool", "month", "capacity_minutes"]], on=["pool", "month"])
    rows = rows.merge(cost.reset_index(), on=["pool", "month"])
    order = {pool: number for number, pool in enumerate(POOLS)}
    rows = rows.sort_values(["month", "pool"], key=lambda part: part.map(order) if part.name == "pool" else part)
    return _with_months(rows.reset_index(drop=True), calendar)
