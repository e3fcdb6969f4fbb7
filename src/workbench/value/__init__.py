"""The crossing: what each client is worth and what to do about it; tariff scenarios; two runs compared."""

from workbench.value.campaigns import campaign_effects
from workbench.value.clientele import Clientele, clientele
from workbench.value.credibility import Expected, expected_margins
from workbench.value.cube import Reference, frozen_reference, levels, weakest
from workbench.value.customer_value import placed_clients, with_plan
from workbench.value.elasticity import chosen_elasticities, estimates
from workbench.value.lifetime import Draws, Lifetime, Survival, lifetime_values, survival
from workbench.value.migration import comparison, comparison_with_earlier
from workbench.value.plan import Options, Plan, best_plan, option_table, options, plan_of
from workbench.value.price_history import client_rises, price_history
from workbench.value.scenarios import (
    Tariffing,
    cost_spread,
    elasticities_used,
    exposed_clients,
    first_scenario,
    frontier,
    shareable_scenarios,
    tariff_scenarios,
    tornado,
    tried,
)
from workbench.value.segments import segment_table, shareable_segments
from workbench.value.snapshot import earlier_snapshot, snapshot
from workbench.value.staying import staying, yearly_loss
from workbench.value.tariff_base import tariff_base, with_segments

__all__ = [
    "Clientele",
    "Draws",
    "Expected",
    "Lifetime",
    "Options",
    "Plan",
    "Reference",
    "Survival",
    "Tariffing",
    "best_plan",
    "campaign_effects",
    "chosen_elasticities",
    "client_rises",
    "clientele",
    "comparison",
    "comparison_with_earlier",
    "cost_spread",
    "earlier_snapshot",
    "elasticities_used",
    "estimates",
    "expected_margins",
    "exposed_clients",
    "first_scenario",
    "frontier",
    "frozen_reference",
    "levels",
    "lifetime_values",
    "option_table",
    "options",
    "placed_clients",
    "plan_of",
    "price_history",
    "segment_table",
    "shareable_scenarios",
    "shareable_segments",
    "snapshot",
    "staying",
    "survival",
    "tariff_base",
    "tariff_scenarios",
    "tornado",
    "tried",
    "weakest",
    "with_plan",
    "with_segments",
    "yearly_loss",
]
