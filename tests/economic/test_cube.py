"""The cube of cells is exact and the same whatever the threads; what can no longer be exact is refused."""

from datetime import date
from fractions import Fraction
from itertools import product
from math import floor

import ibis
import numpy as np
import pandas as pd
import pytest
from company import as_checked

from workbench import economic
from workbench.economic.workload import order_workload
from workbench.params import Activity
from workbench.tables import connect
from workbench.tables.empty import empty_table

LOADING = Activity.model_validate(
    {"activity": "loading", "pool": "depot", "level": "delivery",
     "equation": [{"minutes": 1.3}, {"minutes": 0.7, "per": "weight_kg"},
                  {"minutes": 0.37, "per": "parcels", "when": {"delivery_zone": ["world", "europe"]}}]}
)  # fmt: skip
DRIVING = Activity.model_validate(
    {"activity": "driving", "pool": "depot", "level": "delivery",
     "equation": [{"minutes": 2.9, "shared_over": "stop"}, {"minutes": 4.1, "when": {"product": ["express"]}}]}
)  # fmt: skip
SORTING = Activity.model_validate(
    {"activity": "sorting", "pool": "depot", "level": "order", "equation": [{"minutes": 0.3, "per": "weight_kg"}]}
)
DAY = date(2024, 1, 10)


def studied(table: ibis.Table, activities: list[Activity]) -> ibis.Table:
    period = economic.study_period(table, empty_table("ledger"), start_on=None, as_of=date(2024, 2, 29))
    accepted = economic.period_deliveries(table, period, cost_share_low=0.0, cost_share_high=3.0)
    return economic.stops_and_rounds(accepted, activities, stop_key="equal", round_key="stops")


def deliveries() -> pd.DataFrame:
    """Every mixture of zone, product, weight, parcels and revenue, blanks and credit notes among them."""
    rows = product(
        ["A", "B", None],
        ["world", "local", None],
        ["express", None],
        [0.1, 12.3456789, None],
        [3.0, None],
        [10.0, -4.0],
    )
    frame = pd.DataFrame(
        rows, columns=["customer_id", "delivery_zone", "product", "weight_kg", "parcels", "revenue_eur"]
    )
    frame["delivery_id"] = [f"D{place:04d}" for place in range(len(frame))]
    frame["order_id"] = [f"O{place // 5}" for place in range(len(frame))]
    frame["direct_purchases_eur"] = np.where(np.arange(len(frame)) % 3, 0.123456, np.nan)
    frame["booked_margin_eur"] = np.where(np.arange(len(frame)) % 4, 1.654321, np.nan)
    frame["round_id"], frame["stop_id"] = "R", [f"S{place % 7}" for place in range(len(frame))]
    # The last month ends with its last day, and the next begins a month that is not studied.
    days = [DAY, date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 29), date(2024, 3, 1)]
    return frame.assign(delivered_on=[days[place % 5] for place in range(len(frame))])


def test_each_cell_is_the_exact_sum_of_its_deliveries():
    table = studied(as_checked(deliveries(), "deliveries"), [DRIVING])
    found = economic.delivery_workload(table, [LOADING, DRIVING], by=["customer_id"])
    expected: dict[tuple, dict[str, int]] = {}
    for row in table.to_pyarrow().to_pylist():
        cell = expected.setdefault((row["customer_id"], row["month"]), dict.fromkeys(("n", "r", "l", "d", "m"), 0))
        cell["r"] += int(row["revenue_eur"] * 10**6)
        cell["m"] += int(row["margin_eur"] * 10**6)
        if row["revenue_eur"] < 0:
            continue
        abroad, express = row["delivery_zone"] == "world", row["product"] == "express"
        loading = Fraction(1.3) + Fraction(0.7) * Fraction(row["weight_kg"] or 0)
        loading += Fraction(0.37) * Fraction(row["parcels"] or 0) * abroad
        driving = Fraction(2.9) * Fraction(row["stop_share"]) + Fraction(4.1) * express
        cell["n"] += 1
        cell["l"] += floor(loading * 10**6 + Fraction(1, 2))
        cell["d"] += floor(driving * 10**6 + Fraction(1, 2))
    cells = found.cells
    names = [None if pd.isna(name) else name for name in cells["customer_id"]]
    keys = list(zip(names, cells["month"].dt.date, strict=True))
    assert keys == sorted(expected, key=lambda key: (key[0] or "", key[1]))  # null first
    assert {month for _, month in keys} == {date(2024, 1, 1), date(2024, 2, 1)}
    for name, column in {"n": "n_deliveries", "r": "revenue_micro", "m": "margin_micro"}.items():
        assert cells[column].tolist() == [expected[key][name] for key in keys]
    for name, column in {"l": "loading", "d": "driving"}.items():
        assert found.minutes[column].tolist() == [expected[key][name] / 10**6 for key in keys]


def test_threads_do_not_change_a_digit(tmp_path):
    # Weights of many digits, whose plain sums depend on the order in which row groups are read.
    schema = empty_table("deliveries").schema()
    made = {"delivered_on": "DATE '2024-01-01' + CAST(i % 60 AS INTEGER)", "customer_id": "'C' || (hash(i) % 50)",
            "order_id": "'O' || (i // 2)", "revenue_eur": "5 + i % 97 / 7"}  # fmt: skip
    columns = [
        f"CAST({made.get(name, 'NULL')} AS {'VARCHAR' if dtype.is_string() else str(dtype).strip('!')}) AS {name}"
        for name, dtype in schema.items()
    ]
    columns += ["hash(i * 3) / 1e17 AS weight_kg", "1.0::DOUBLE AS parcels"]
    file = tmp_path / "deliveries.parquet"
    one = connect(threads=1)
    one.raw_sql(
        f"COPY (SELECT {', '.join(columns)} FROM range(60_000) t(i)) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    found = [
        order_workload(studied(engine.read_parquet(str(file)), [LOADING]), [LOADING, SORTING])
        for engine in (one, connect(threads=4), connect(threads=7))
    ]
    assert len(found[0].cells) == 100
    assert found[0].minutes.gt(0).all().all()
    for other in found[1:]:
        pd.testing.assert_frame_equal(other.cells, found[0].cells, check_exact=True)
        pd.testing.assert_frame_equal(other.minutes, found[0].minutes, check_exact=True)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("weight_kg", 2e9, "minutes or drivers exceeds what can be added up exactly"),
        ("revenue_eur", 999_999_999_999.0, "amounts exceeds what 64 bits"),
    ],
)
def test_what_is_no_longer_exact_is_refused(column, value, message):
    frame = deliveries().assign(customer_id="A", delivered_on=DAY, revenue_eur=10.0, booked_margin_eur=1.0)
    table = studied(as_checked(frame.assign(**{column: value}), "deliveries"), [LOADING])
    with pytest.raises(OverflowError, match=message):
        economic.delivery_workload(table, [LOADING], by=["customer_id"])
