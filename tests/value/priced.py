"""A base of clients small enough to be reckoned by hand."""

import numpy as np
import pandas as pd

from workbench.params import Scenario, Tariffs
from workbench.value.elasticity import Elasticities
from workbench.value.scenarios import Tariffing
from workbench.value.tariff_base import Stay, TariffBase

SIZES = ("microenterprise", "SME", "mid-size", "large", "unknown")


def base(*, loss: float = 0.02, clients: int = 3) -> TariffBase:
    """Clients C0, C1, ... with two products each: air (100 € a month, 40 purchases, 30 work) and road (50, 10, 25)."""
    rows = [
        (at, product, zone, *money)
        for at in range(clients)
        for product, zone, money in (("air", "far", (100.0, 40.0, 30.0)), ("road", "near", (50.0, 10.0, 25.0)))
    ]
    columns = ["client", "product", "delivery_zone", "revenue_eur", "direct_purchases_eur", "activity_cost_eur"]
    own = pd.DataFrame(
        {
            "customer_id": [f"C{at}" for at in range(clients)],
            "client": [f"C{at}" for at in range(clients)],
            "name": [f"Client {at}" for at in range(clients)],
            "size_class": [SIZES[at % 4] for at in range(clients)],
            "segment": None,
            "account_cost_eur": 5.0,
        }
    )
    return TariffBase(own, pd.DataFrame(rows, columns=columns), Stay(np.array([[np.log(1 - loss)]]), 0.1, "files"))


def elasticities(value: float, *, deviation: float = 0.2, origin: str = "hypothesis") -> Elasticities:
    table = pd.DataFrame({"size_class": SIZES, "value": value, "deviation": deviation, "draw": "all", "origin": origin})
    return Elasticities(table.set_index("size_class"))


def tariffing(*scenarios: Scenario, volume: float = -0.8, loss: float = 4.0, **told: object) -> Tariffing:
    """The base with these scenarios; elasticities normal around the values, costs 10 % unsure."""
    params = Tariffs(scenarios=list(scenarios), **{"draws": 200, **told})
    return Tariffing(base(), elasticities(volume), elasticities(loss, deviation=1.0), params, 0.1)
