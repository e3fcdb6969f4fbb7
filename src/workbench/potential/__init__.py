"""Future value: what each client could buy, and who else could."""

from workbench.potential.calibration import calibration
from workbench.potential.classes import classified
from workbench.potential.evaluation import evaluation, loss_table
from workbench.potential.headroom import headroom_by, potential_by_customer, size_rates, spend_by_size
from workbench.potential.likely import likely_headroom
from workbench.potential.prospects import market_by, scored_market
from workbench.potential.sectors import sector_reading, unmapped_sectors
from workbench.potential.shareable import shareable_headroom, shareable_map
from workbench.potential.shares import own_wallets
from workbench.potential.sizes import size_classes
from workbench.potential.spend import client_spend
from workbench.potential.wallet import wallet

__all__ = [
    "calibration",
    "classified",
    "client_spend",
    "evaluation",
    "headroom_by",
    "likely_headroom",
    "loss_table",
    "market_by",
    "own_wallets",
    "potential_by_customer",
    "scored_market",
    "sector_reading",
    "shareable_headroom",
    "shareable_map",
    "size_classes",
    "size_rates",
    "spend_by_size",
    "unmapped_sectors",
    "wallet",
]
