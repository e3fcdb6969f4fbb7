"""Whom the response of revenue is read from: the clients of a wave, and what they bought after it."""

from datetime import date

import pandas as pd

from workbench.competitive.accounts import account_opinions
from workbench.competitive.behaviour import MONTHS, surveyed_on
from workbench.competitive.respondents import drawn_together
from workbench.competitive.response import Response, response
from workbench.competitive.scales import US, Survey
from workbench.params import Competitive

LEAST_ACCOUNTS = 60
RESPONSE_CONTROLS = ("size_class", "sector")


def response_wave(survey: Survey, as_of: date) -> tuple[str, pd.Timestamp, pd.Timestamp]:
    """The wave whose answers come before the revenue they are held against, its last day, and the day that revenue is
    counted to.

    The last wave with twelve months of deliveries after it and enough accounts; where there is none, the wave studied
    with the revenue up to it.
    """
    for wave in reversed(survey.waves):
        rows = survey.of(supplier=US, clients=True, wave=wave)
        answered = surveyed_on(rows["answered_on"], as_of)
        after = answered + pd.DateOffset(months=MONTHS)
        if after <= pd.Timestamp(as_of) and rows["customer_id"].nunique() >= LEAST_ACCOUNTS:
            return wave, answered, after
    answered = surveyed_on(survey.of()["answered_on"], as_of)
    return survey.wave, answered, answered


def answering_clients(
    survey: Survey, clients: pd.DataFrame, bought: pd.DataFrame, told: Competitive, *, wave: str
) -> pd.DataFrame:
    """The accounts that answered a wave, with what they bought: satisfaction, loyalty (0-100), purchases_share (0-1),
    revenue_eur, size_class, sector, cluster (the group, or the account).

    Parameters: clients, as `client_behaviour` gives them for the day of the wave; bought, for the twelve months
    counted. Not modified.
    Notes: the accounts are the clients of the wave (assumption A22), whatever became of them: who bought nothing in the
    months counted bought for 0. To leave those out would be to choose by the outcome.
    """
    rows = survey.of(supplier=US, clients=True, wave=wave)
    opinions = account_opinions(rows, told.roles)
    share = (rows.groupby("customer_id")["volume"].mean() / 100).rename("purchases_share")
    known = opinions[["customer_id", "satisfaction", "loyalty"]].merge(share.reset_index(), on="customer_id")
    asked = known.merge(clients[["customer_id", "group_id", *RESPONSE_CONTROLS]], on="customer_id")
    revenue = asked["customer_id"].map(bought.set_index("customer_id")["revenue_eur"]).fillna(0.0)
    return asked.assign(revenue_eur=revenue, cluster=drawn_together(asked)).drop(columns="group_id")


def responses(answering: pd.DataFrame, told: Competitive, *, seed: int) -> list[Response]:
    """The response of revenue, and of the share of purchases, to satisfaction and to loyalty, where they were asked."""
    found = []
    for outcome in ("revenue_eur", "purchases_share"):
        for predictor in ("satisfaction", "loyalty"):
            if answering[[predictor, outcome]].notna().all(axis=1).any():
                found.append(
                    response(
                        answering,
                        predictor,
                        outcome,
                        controls=RESPONSE_CONTROLS,
                        cluster="cluster",
                        seed=seed,
                        draws=told.bootstrap_draws,
                    )
                )
    return found
