"""The size class and the sector of companies, for chapters that need both and not the readings behind them."""

from datetime import date

import pandas as pd

from workbench.params import Potential
from workbench.potential.sectors import sector_reading
from workbench.potential.sizes import size_classes
from workbench.tables.nomenclatures import Nomenclature


def classified(
    companies: pd.DataFrame, nomenclatures: list[Nomenclature], told: Potential, *, as_of: date
) -> pd.DataFrame:
    """The companies with size_class and sector (None where unknown); columns as `size_classes` wants them, naf_code."""
    sector = sector_reading(companies["naf_code"], nomenclatures, declared=told.nomenclature, as_of=as_of).sector
    return companies.assign(sector=sector, size_class=size_classes(companies, told.sizes, group_size=told.group_size))
