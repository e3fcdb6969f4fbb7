"""The crossing: what each client is worth over its life, where it stands on three values, and what to do about it."""

from workbench.value.campaigns import campaign_effects
from workbench.value.clientele import Clientele, clientele
from workbench.value.credibility import Expected, expected_margins
from workbench.value.cube import Reference, frozen_reference, levels, weakest
from workbench.value.customer_value import placed_clients, with_plan
from workbench.value.lifetime import Draws, Lifetime, Survival, lifetime_values, survival
from workbench.value.plan import Options, Plan, best_plan, option_table, options, plan_of
from workbench.value.segments import segment_table

__all__ = [
    "Clientele",
    "Draws",
    "Expected",
    "Lifetime",
    "Options",
    "Plan",
    "Reference",
    "Survival",
    "best_plan",
    "campaign_effects",
    "clientele",
    "expected_margins",
    "frozen_reference",
    "levels",
    "lifetime_values",
    "option_table",
    "options",
    "placed_clients",
    "plan_of",
    "segment_table",
    "survival",
    "weakest",
    "with_plan",
]
