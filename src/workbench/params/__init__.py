"""What a study is told: the params models and the reading of the YAML file."""

from workbench.params.answers import Competitive, Plane, Scale
from workbench.params.costing import Activity, Economic, Term
from workbench.params.crossing import COMPONENTS, LEVELS, UNKNOWN, KeyAccounts, PlannedAction, StrategyRule, Value
from workbench.params.lifetimes import Churn, Closure
from workbench.params.reading import read_study
from workbench.params.sources import AFTER_AS_OF, Mapping, Source, Sources
from workbench.params.study import Study
from workbench.params.tariffs import Belief, Elasticity, Scenario, Scope, Tariffs
from workbench.params.wallets import Potential, SectorFile, SizeThresholds

__all__ = [
    "AFTER_AS_OF",
    "COMPONENTS",
    "LEVELS",
    "UNKNOWN",
    "Activity",
    "Belief",
    "Churn",
    "Closure",
    "Competitive",
    "Economic",
    "Elasticity",
    "KeyAccounts",
    "Mapping",
    "Plane",
    "PlannedAction",
    "Potential",
    "Scale",
    "Scenario",
    "Scope",
    "SectorFile",
    "SizeThresholds",
    "Source",
    "Sources",
    "StrategyRule",
    "Study",
    "Tariffs",
    "Term",
    "Value",
    "read_study",
]
