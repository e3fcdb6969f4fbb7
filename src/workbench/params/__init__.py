"""What a study is told: the params models and the reading of the YAML file."""

from workbench.params.costing import (
    Activity,
    Economic,
    Term,
)
from workbench.params.lifetimes import (
    Churn,
    Closure,
)
from workbench.params.reading import (
    read_study,
)
from workbench.params.sources import (
    Mapping,
    Source,
    Sources,
)
from workbench.params.study import (
    Study,
)
from workbench.params.tariffs import (
    Belief,
    Elasticity,
    Scenario,
    Scope,
    Tariffs,
)
from workbench.params.wallets import (
    Potential,
    SectorFile,
    SizeThresholds,
)

__all__ = [
    "Activity",
    "Belief",
    "Churn",
    "Closure",
    "Economic",
    "Elasticity",
    "Mapping",
    "Potential",
    "Scenario",
    "Scope",
    "SectorFile",
    "SizeThresholds",
    "Source",
    "Sources",
    "Study",
    "Tariffs",
    "Term",
    "read_study",
]
