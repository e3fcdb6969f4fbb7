"""Figures: a table in, a picture with its words out; they never compute a result and never save."""

from workbench.figures.audit import plot_coverage, plot_quarantine
from workbench.figures.calibration import plot_level
from workbench.figures.churn import (
    plot_at_risk,
    plot_calibration,
    plot_effects,
    plot_foresight,
    plot_loss_rates,
    plot_reasons_for_leaving,
    plot_retention,
    plot_retention_by,
)
from workbench.figures.comparison import (
    plot_migrations,
    plot_movers,
    plot_moves,
)
from workbench.figures.margins import plot_axis, plot_bridge, plot_clients, plot_months, plot_pools, plot_whale
from workbench.figures.picture import Picture, show
from workbench.figures.potential import (
    plot_estimates,
    plot_headroom,
    plot_market,
    plot_potential_map,
    plot_room,
    plot_spend_by_size,
)
from workbench.figures.relations import (
    plot_client_gaps,
    plot_plane,
    plot_relation_types,
    plot_responses,
    plot_value_map,
)
from workbench.figures.satisfaction import (
    plot_importance,
    plot_importance_map,
    plot_response_rates,
    plot_segments,
)
from workbench.figures.serving import (
    plot_commercial_return,
    plot_cost_to_serve,
    plot_equations,
    plot_period_bridge,
    plot_reasons,
    plot_territories,
)
from workbench.figures.tariffs import (
    plot_break_even,
    plot_elasticities,
    plot_exposed,
    plot_frontier,
    plot_scenarios,
    plot_tornado,
)
from workbench.figures.value import plot_cube, plot_lifetime, plot_plan, plot_segment_values, plot_three_values

__all__ = [
    "Picture",
    "plot_at_risk",
    "plot_axis",
    "plot_break_even",
    "plot_bridge",
    "plot_calibration",
    "plot_client_gaps",
    "plot_clients",
    "plot_commercial_return",
    "plot_cost_to_serve",
    "plot_coverage",
    "plot_cube",
    "plot_effects",
    "plot_elasticities",
    "plot_equations",
    "plot_estimates",
    "plot_exposed",
    "plot_foresight",
    "plot_frontier",
    "plot_headroom",
    "plot_importance",
    "plot_importance_map",
    "plot_level",
    "plot_lifetime",
    "plot_loss_rates",
    "plot_market",
    "plot_migrations",
    "plot_months",
    "plot_movers",
    "plot_moves",
    "plot_period_bridge",
    "plot_plan",
    "plot_plane",
    "plot_pools",
    "plot_potential_map",
    "plot_quarantine",
    "plot_reasons",
    "plot_reasons_for_leaving",
    "plot_relation_types",
    "plot_response_rates",
    "plot_responses",
    "plot_retention",
    "plot_retention_by",
    "plot_room",
    "plot_scenarios",
    "plot_segment_values",
    "plot_segments",
    "plot_spend_by_size",
    "plot_territories",
    "plot_three_values",
    "plot_tornado",
    "plot_value_map",
    "plot_whale",
    "show",
]
