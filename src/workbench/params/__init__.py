"""What a study is told: the params models and the reading of the YAML file."""

from workbench.params.costing import Activity, Economic, Term
from workbench.params.lifetimes import Churn, Closure
from workbench.params.reading import read_study
from workbench.params.sources import Mapping, Source, Sources
from workbench.params.study import Study
from workbench.params.wallets import Potential, SectorFile, SizeThresholds

__all__ = [
    "Activity",
    "Churn",
    "Closure",
    "Economic",
    "Mapping",
    "Potential",
    "SectorFile",
    "SizeThresholds",
    "Source",
    "Sources",
    "Study",
    "Term",
    "read_study",
]
