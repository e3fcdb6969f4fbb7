"""The simulated carrier's survey as intake would hand it on, without a file in between."""

import ibis
import numpy as np
import pandas as pd

from workbench import competitive
from workbench.carrier import World
from workbench.carrier.nomenclature import NAF_BY_SECTOR
from workbench.carrier.survey import NAMES
from workbench.params import Competitive, Scale, SizeThresholds, Source
from workbench.potential import size_classes

TOLD = Competitive(
    scale=Scale(lowest=1, highest=10, not_applicable=[99], refused=[98]),
    roles={"decides": 0.5, "buys": 0.3, "uses": 0.2},
    price_attribute="price",
    bootstrap_draws=50,
)
SOURCE = Source(
    files=["survey.csv"],
    columns={"respondent_id": "a", "supplier": "b", "satisfaction": "c", "differentiation": "d"},
    attributes={name: name for name in NAMES},
    stated_importance={name: f"imp_{name}" for name in NAMES},
    loyalty_items={"repurchase": "r", "recommendation": "s"},
)


def checked_survey(world: World) -> pd.DataFrame:
    """The survey of a world with the columns of its contract, codes still in it."""
    rows = world.survey.assign(weight=np.nan, purchases_share=world.survey["purchases_share"] / 100)
    return rows.assign(customer_id=rows["customer_id"].where(rows["customer_id"].notna(), None))


def classified(companies: pd.DataFrame) -> pd.DataFrame:
    """Size and sector of companies, by the codes of the simulated world."""
    plain = {code.replace(".", ""): sector for sector, codes in NAF_BY_SECTOR.items() for code in codes}
    codes = companies["naf_code"].str.upper().str.replace(r"[. ]", "", regex=True)
    sized = size_classes(companies, SizeThresholds(), group_size="own")
    return companies.assign(sector=codes.map(plain), size_class=sized)


def clients_of(world: World, until: str = "2025-11-15", *, claims: tuple[str, ...] = ("claim",)) -> pd.DataFrame:
    """What the files of a world tell of its accounts."""
    kept = ["customer_id", "delivered_on", "promised_on", "revenue_eur", "list_price_eur", "credited_document_id"]
    deliveries = ibis.memtable(world.deliveries[kept].astype({"credited_document_id": "string"}))
    interactions = ibis.memtable(world.interactions)
    until = pd.Timestamp(until)
    return competitive.client_behaviour(
        deliveries, interactions, classified(world.customers), until=until, claims=claims
    )
