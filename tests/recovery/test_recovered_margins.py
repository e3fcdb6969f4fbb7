"""Margins against the simulated truth: exact with the true minutes, unbiased and covered with the stated ones.

The world is used clean, so that what is judged is the costing and its interval, and not the faults of the files.
"""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench import economic
from workbench.carrier import World, simulated_world
from workbench.params import Activity
from workbench.tables.empty import empty_table


def checked(frame: pd.DataFrame, table: str) -> ibis.Table:
    """A table of the world with the contract's columns and types."""
    schema = dict(empty_table(table).schema().items())
    schema |= {column: ibis.dtype("float64") for column in frame.columns if column not in schema}
    columns = {}
    for name, dtype in schema.items():
        if name not in frame:
            columns[name] = pa.nulls(len(frame), dtype.to_pyarrow())
        elif dtype.is_decimal():
            columns[name] = pa.array(frame[name].round(2).to_numpy(), from_pandas=True).cast(
                dtype.to_pyarrow(), safe=False
            )
        else:
            columns[name] = pa.array(frame[name], from_pandas=True).cast(dtype.to_pyarrow())
    return ibis.memtable(pa.table(columns))


def as_params(activities) -> list[Activity]:
    """The world's time equations as the params model says them."""
    return [
        Activity.model_validate(
            {
                "activity": each.activity,
                "pool": each.pool,
                "level": each.level,
                "coefficient_of_variation": each.coefficient_of_variation,
                "equation": [
                    {"minutes": term.minutes, "per": term.per, "when": {k: list(v) for k, v in dict(term.when).items()}}
                    for term in each.equation
                ],
            }
        )
        for each in activities
    ]


def recovered(world: World, activities: list[Activity], *, draws: int = 1000) -> pd.DataFrame:
    """Estimated and true margins by customer."""
    tables = {
        name: checked(getattr(world, name), name) for name in ("deliveries", "interactions", "ledger", "capacity")
    }
    period = economic.study_period(tables["deliveries"], tables["ledger"], start_on=None, as_of=date(2025, 12, 31))
    studied = economic.period_deliveries(tables["deliveries"], period, cost_share_low=0.0, cost_share_high=3.0)
    workload = economic.customer_workload(studied, tables["interactions"], activities, period=period)
    books = economic.books_of(tables["ledger"], tables["capacity"], period, capacity_share=0.8)
    costs = economic.pool_costs(workload.minutes_by_month, books, activities)
    shared = economic.allocation(workload, costs, books, idle_key="used_cost", sustaining_key="revenue")
    sharing = economic.Sharing(costs, activities, "used_cost", "revenue")
    sure = economic.margin_uncertainty(shared, workload, sharing, draws=draws, seed=world.seed)
    margins = economic.margin_by_customer(shared, world.customers, sure).set_index("customer_id")
    return margins.join(world.truth_customers.set_index("customer_id"), rsuffix="_true")


def test_with_the_true_minutes_margins_are_the_true_ones():
    world = simulated_world(customers=120, months=18, seed=11)
    both = recovered(world, as_params(world.activities), draws=100)
    for margin in ("practical", "full"):
        off = (both[f"{margin}_margin_eur"] - both[f"{margin}_margin_eur_true"]).abs()
        # Cents are shared per month and activity: at most a cent each, and nearly all of it cancels.
        assert off.max() < 0.01 * 18 * 10, margin
        assert off.mean() < 0.10, margin


def pooled_coverage(seeds: range, *, customers: int, months: int) -> pd.DataFrame:
    """Bias, correlation and interval coverage, one row per world."""
    rows = []
    for seed in seeds:
        world = simulated_world(customers=customers, months=months, seed=seed)
        both = recovered(world, as_params(world.stated_activities))
        row = {"seed": seed}
        for margin in ("practical", "full"):
            true = both[f"{margin}_margin_eur_true"]
            covered = true.between(both[f"{margin}_margin_low_eur"], both[f"{margin}_margin_high_eur"])
            row[f"{margin}_coverage"] = covered.mean()
            row[f"{margin}_correlation"] = both[f"{margin}_margin_eur"].corr(true)
            row[f"{margin}_bias_share"] = (both[f"{margin}_margin_eur"] - true).sum() / both["revenue_eur"].sum()
        rank = both["full_margin_eur_true"].rank(ascending=False, method="first")
        row["rank_coverage"] = rank.between(both["rank_low"].astype(float), both["rank_high"].astype(float)).mean()
        rows.append(row)
    return pd.DataFrame(rows).set_index("seed")


def check_coverage(table: pd.DataFrame) -> None:
    """Pooled coverage within a fixed band around the nominal 90 %, and no bias beyond two standard errors.

    Within one world a draw is shared by all clients, so coverage is near all or none and its mean over worlds has a
    standard error of about 0.2 / √worlds: the band is two of them, fixed beforehand.
    """
    for margin in ("practical", "full"):
        coverage, bias = table[f"{margin}_coverage"], table[f"{margin}_bias_share"]
        assert abs(coverage.mean() - 0.90) < 0.4 / np.sqrt(len(table)), f"{margin}: {coverage.mean():.3f}"
        assert abs(bias.mean()) < 2 * bias.std() / np.sqrt(len(table)) + 0.002, margin
        assert table[f"{margin}_correlation"].median() > 0.99, margin
    # A rank is a whole number and moves only when clients pass each other, so its interval may hold more than 90 %.
    rank = table["rank_coverage"]
    assert 0.90 - 2 * rank.std() / np.sqrt(len(table)) < rank.mean() < 1, rank.mean()


def test_intervals_cover_the_true_margins_over_worlds():
    check_coverage(pooled_coverage(range(300, 324), customers=60, months=4))


@pytest.mark.slow
def test_intervals_cover_the_true_margins_over_many_worlds():
    table = pooled_coverage(range(500, 600), customers=120, months=6)
    print(table.describe().to_string())  # noqa: T201
    check_coverage(table)
