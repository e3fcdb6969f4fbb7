"""Elasticities against the simulated truth: inside the intervals where identified; the naive estimate is off.

The world is used clean. Its rise is aimed at clients with deep discounts, who would have ordered less anyway.
"""

import ibis
import pandas as pd
import pytest

from workbench.carrier import World, simulated_world
from workbench.params import SizeThresholds
from workbench.potential import size_classes
from workbench.value import client_rises, estimates, price_history
from workbench.value.elasticity import ALL

AS_OF = pd.Timestamp("2025-12-31")
COLUMNS = ["customer_id", "delivered_on", "revenue_eur", "list_price_eur", "booked_margin_eur", "credited_document_id"]
NAMES = {"micro": "microenterprise", "sme": "SME"}


def found(world: World) -> pd.DataFrame:
    """The estimates of one world, with the true elasticity of each size beside."""
    rows = world.deliveries[COLUMNS].astype({"credited_document_id": "string"})
    deliveries = ibis.memtable(rows.assign(delivered_on=rows["delivered_on"].dt.date))
    changes = world.price_changes.assign(scope=world.price_changes["level"] + ": " + world.price_changes["item"])
    sizes = size_classes(world.customers, SizeThresholds(), group_size="own")
    known = world.customers[["customer_id", "group_id"]].assign(size_class=sizes)
    rises = client_rises(changes, world.customers)
    table = estimates(price_history(deliveries, rises, known, as_of=AS_OF, silent_months=6)).table
    truth = world.truth_elasticities.assign(size_class=lambda own: own["size"].replace(NAMES)).set_index("size_class")
    for elasticity in ("volume", "loss"):
        own = table["elasticity"].eq(elasticity)
        table.loc[own, "truth"] = table.loc[own, "size_class"].map(truth[f"{elasticity}_elasticity"])
    return table


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return found(simulated_world(customers=1500, months=48, seed=3))


def test_the_true_elasticity_of_volume_lies_within_the_interval_of_each_size(table):
    own = table[table["elasticity"].eq("volume") & table["estimate"].eq("adjusted") & table["size_class"].ne(ALL)]
    assert {"SME", "microenterprise", "mid-size"} <= set(own["size_class"])
    slack = 0.35 * (own["high"] - own["low"])  # half a standard error or so beyond the 90 %
    assert ((own["low"] - slack <= own["truth"]) & (own["truth"] <= own["high"] + slack)).all(), own


def test_the_naive_estimate_takes_the_decline_of_the_clients_for_an_answer_to_the_price(table):
    rows = table[table["elasticity"].eq("volume") & table["size_class"].eq(ALL)].set_index("estimate")
    assert rows.loc["naive", "value"] < rows.loc["adjusted", "value"] - 0.25
    assert rows.loc["placebo", "low"] < 0 < rows.loc["placebo", "high"]


@pytest.mark.slow
def test_over_worlds_the_intervals_cover_and_the_naive_one_does_not():
    parts = [found(simulated_world(customers=1500, months=48, seed=seed)).assign(seed=seed) for seed in range(30, 50)]
    every = pd.concat(parts)
    sized = every[every["size_class"].ne(ALL) & every["estimate"].ne("placebo")]
    covered = (sized["low"] <= sized["truth"]) & (sized["truth"] <= sized["high"])
    error = sized["value"] - sized["truth"]
    summary = pd.DataFrame({"covered": covered, "error": error}).groupby(
        [sized["elasticity"], sized["estimate"], sized["size_class"]]
    )
    print(summary.agg(covered=("covered", "mean"), bias=("error", "mean"), n=("error", "size")).round(2).to_string())  # noqa: T201
    by_estimate = covered.groupby([sized["elasticity"], sized["estimate"]]).mean()
    bias = error.groupby([sized["elasticity"], sized["estimate"]]).mean()
    assert 0.82 <= by_estimate["volume", "adjusted"] <= 0.97
    assert by_estimate["volume", "naive"] < by_estimate["volume", "adjusted"] - 0.05
    assert abs(bias["volume", "adjusted"]) < 0.25 and bias["volume", "naive"] < -0.3
    assert by_estimate["loss", "adjusted"] >= 0.80
