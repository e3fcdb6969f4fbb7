"""Who is a client when, and orders on which days: the carrier without its parcels, quick for very many clients."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.carrier.campaigns import Campaign, drawn_campaign
from workbench.carrier.chance import stream
from workbench.carrier.clients import candidate_accounts, possible_accounts
from workbench.carrier.elasticities import loss_answers, negotiated_rises, volume_trends
from workbench.carrier.losses import group_hazard, loss_days, loss_times, monthly_hazard
from workbench.carrier.opinions import true_opinions
from workbench.carrier.orders import ordered_days, orders_a_month
from workbench.carrier.service import Service, true_service
from workbench.carrier.tariff import mean_rises, price_index, price_rises
from workbench.carrier.window import Calendar
from workbench.errors import ParamsError


@dataclass(frozen=True)
class Lives:
    """The accounts of the file with their true loss, the orders of the window, and what drives the losses.

    accounts: as `candidate_accounts` gives them; orders: account (row number in accounts), ordered_on; rises: every
    price rise; service and hazard: by group number and month from the burn-in; campaign, who was visited.
    """

    calendar: Calendar
    accounts: pd.DataFrame
    orders: pd.DataFrame
    rises: pd.DataFrame
    service: Service
    hazard: np.ndarray
    campaign: Campaign


def simulated_lives(*, customers: int = 400, months: int = 48, seed: int = 1, diminishing: bool = True) -> Lives:
    """The lives of so many accounts, the same as in the world of these arguments.

    Parameters: customers, accounts in the file, at least 20; months, at least 3; seed, whole number from 0;
    diminishing, whether purchases answer to satisfaction with diminishing returns.
    Raises: ParamsError for numbers below those.
    """
    for name, value, least in (("customers", customers, 20), ("months", months, 3), ("seed", seed, 0)):
        if value < least:
            raise ParamsError(f"{name} must be at least {least} to simulate a carrier (got {value})")
    calendar = Calendar(months)
    rises = price_rises(seed, calendar)
    possible = possible_accounts(seed, calendar, customers=customers, diminishing=diminishing)
    main = possible.drop_duplicates("group")
    service = true_service(len(main), seed=seed, calendar=calendar)
    campaign = drawn_campaign(len(main), seed)
    hazard = campaign.on_hazard(_hazard(main, service, rises, seed, calendar), calendar)
    possible["volume_trend"] = volume_trends(possible, seed)
    possible["negotiated_rise"] = negotiated_rises(possible, seed)
    hazard *= loss_answers(possible, calendar)
    times = loss_times(stream(seed, "losses"), hazard, main["group_starts"].to_numpy())
    possible["lost_on"] = loss_days(times, calendar)[possible["group"]]
    candidates = candidate_accounts(possible, seed, calendar, customers=customers)
    orders = ordered_days(candidates, seed, calendar, rises)
    present = np.unique(orders["account"])[:customers]
    if len(present) < customers:
        raise ParamsError(f"only {len(present)} of {customers} accounts order in the window; ask for more months")
    orders = orders[orders["account"] <= present[-1]].reset_index(drop=True)
    orders["account"] = np.searchsorted(present, orders["account"])
    accounts = candidates.iloc[present].reset_index(drop=True)
    return Lives(calendar, accounts, orders, rises, service, hazard, campaign)


def _hazard(main: pd.DataFrame, service: Service, rises: pd.DataFrame, seed: int, calendar: Calendar) -> np.ndarray:
    index = price_index(rises, calendar, level="product").mean(axis=1)
    ordinary = group_hazard(
        main["group_size"].to_numpy(), main["regularity"].to_numpy(), 1 / orders_a_month(main, index)
    )
    return monthly_hazard(
        ordinary,
        opinions=true_opinions(len(main), seed=seed, calendar=calendar),
        service=service,
        rises=mean_rises(rises, calendar),
        calendar=calendar,
    )
