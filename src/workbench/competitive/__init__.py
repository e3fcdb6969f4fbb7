"""Competitive value: what makes clients satisfied and loyal, where we stand, and whether it pays."""

from workbench.competitive.behaviour import client_behaviour, surveyed_on
from workbench.competitive.by_target import drivers_by_segment, drivers_by_target, map_against_rivals
from workbench.competitive.market_position import market_position
from workbench.competitive.paying import answering_clients, response_wave, responses
from workbench.competitive.plane import relation_counts
from workbench.competitive.relations import client_relations
from workbench.competitive.respondents import (
    client_respondents,
    client_weights,
    cronbach_alpha,
    non_client_weights,
    response_rates,
    weighting_effect,
)
from workbench.competitive.response import response_table
from workbench.competitive.scales import scored_survey

__all__ = [
    "answering_clients",
    "client_behaviour",
    "client_relations",
    "client_respondents",
    "client_weights",
    "cronbach_alpha",
    "drivers_by_segment",
    "drivers_by_target",
    "map_against_rivals",
    "market_position",
    "non_client_weights",
    "relation_counts",
    "response_rates",
    "response_table",
    "response_wave",
    "responses",
    "scored_survey",
    "surveyed_on",
    "weighting_effect",
]
