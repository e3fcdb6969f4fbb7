"""Figures: a table in, a picture with its words out; they never compute a result and never save."""

from workbench.figures.audit import plot_coverage, plot_quarantine
from workbench.figures.margins import plot_axis, plot_bridge, plot_clients, plot_months, plot_pools, plot_whale
from workbench.figures.picture import Picture
from workbench.figures.potential import (
    plot_estimates,
    plot_headroom,
    plot_market,
    plot_potential_map,
    plot_room,
    plot_spend_by_size,
)

__all__ = [
    "Picture",
    "plot_axis",
    "plot_bridge",
    "plot_clients",
    "plot_coverage",
    "plot_estimates",
    "plot_headroom",
    "plot_market",
    "plot_months",
    "plot_pools",
    "plot_potential_map",
    "plot_quarantine",
    "plot_room",
    "plot_spend_by_size",
    "plot_whale",
]
