"""Whom the response of revenue is read from: the clients of a wave, and what they bought after it."""

from datetime import date

import pandas as pd

from workbench.competitive.accounts import account_opinions
from workbench.competitive.behaviour import MONTHS, surveyed_on
from workbench.competitive.response import Response, response
from workbench.competitive.scales import US, Survey
from workbench.params import Competitive

LEAST_ACCOUNTS = 60
RESPONSE_CONTROLS = ("size_class", "sector")


def response_wave(survey: Survey, as_of: date) -> tuple[str, pd.Timestamp]:
    """The wave whose answers come before the revenue they are held against, and the day that revenue is counted to.

    The last wave with twelve months of deliveries after it and enough accounts; where there is none, the wave studied
    with the revenue up to it.
    """
    for wave in reversed(survey.waves):
        rows = survey.of(supplier=US, clients=True, wave=wave)
        after = surveyed_on(rows["answered_on"], as_of) + pd.DateOffset(months=MONTHS)
        if after <= pd.Timestamp(as_of) and rows["customer_id"].nunique() >= LEAST_ACCOUNTS:
            return wave, after
    return survey.wave, surveyed_on(survey.of()["answered_on"], as_of)


def answering_clients(survey: Survey, clients: pd.DataFrame, told: Competitive, *, wave: str) -> pd.DataFrame:
    """The accounts that answered a wave, with what they bought: satisfaction, loyalty (0-100), purchases_share (0-1),
    revenue_eur, size_class, sector.

    Parameters: clients, as `client_behaviour` gives them for the twelve months counted.
    """
    rows = survey.of(supplier=US, clients=True, wave=wave)
    opinions = account_opinions(rows, told.roles)
    share = (rows.groupby("customer_id")["volume"].mean() / 100).rename("purchases_share")
    known = opinions[["customer_id", "satisfaction", "loyalty"]].merge(share.reset_index(), on="customer_id")
    return known.merge(clients[["customer_id", "revenue_eur", *RESPONSE_CONTROLS]], on="customer_id")


def responses(answering: pd.DataFrame, told: Competitive, *, seed: int) -> list[Response]:
    """The response of revenue, and of the share of purchases, to satisfaction and to loyalty, where they were asked."""
    found = []
    for outcome in ("revenue_eur", "purchases_share"):
        for predictor in ("satisfaction", "loyalty"):
            if answering[[predictor, outcome]].notna().all(axis=1).any():
                found.append(
                    response(
                        answering, predictor, outcome, controls=RESPONSE_CONTROLS, seed=seed, draws=told.bootstrap_draws
                    )
                )
    return found
