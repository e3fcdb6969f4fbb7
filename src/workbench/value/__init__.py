"""Where the components meet: tariff scenarios, elasticities, and two runs of a study compared."""

from workbench.value.elasticity import chosen_elasticities, estimates
from workbench.value.price_history import client_rises, price_history
from workbench.value.scenarios import (
    Tariffing,
    cost_spread,
    exposed_clients,
    frontier,
    shareable_scenarios,
    tariff_scenarios,
    tornado,
    tried,
)
from workbench.value.staying import staying, yearly_loss
from workbench.value.tariff_base import tariff_base

__all__ = [
    "Tariffing",
    "chosen_elasticities",
    "client_rises",
    "cost_spread",
    "estimates",
    "exposed_clients",
    "frontier",
    "price_history",
    "shareable_scenarios",
    "staying",
    "tariff_base",
    "tariff_scenarios",
    "tornado",
    "tried",
    "yearly_loss",
]
