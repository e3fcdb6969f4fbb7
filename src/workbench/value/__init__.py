"""Where the components meet: tariff scenarios, elasticities, and two runs of a study compared."""

from workbench.value.elasticity import chosen_elasticities, estimates
from workbench.value.migration import comparison, comparison_with_earlier
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
from workbench.value.snapshot import earlier_snapshot, snapshot
from workbench.value.staying import staying, yearly_loss
from workbench.value.tariff_base import tariff_base, with_segments

__all__ = [
    "Tariffing",
    "chosen_elasticities",
    "client_rises",
    "comparison",
    "comparison_with_earlier",
    "cost_spread",
    "earlier_snapshot",
    "elasticities_used",
    "estimates",
    "exposed_clients",
    "first_scenario",
    "frontier",
    "price_history",
    "shareable_scenarios",
    "snapshot",
    "staying",
    "tariff_base",
    "tariff_scenarios",
    "tornado",
    "tried",
    "with_segments",
    "yearly_loss",
]
