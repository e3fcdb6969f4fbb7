"""The same expressions on other engines: a company costed on Spark and on PostgreSQL is the same to the cent."""

import gc
import importlib.util
import os
from dataclasses import fields, is_dataclass

import ibis
import pandas as pd
import pytest
from company import ACTIVITIES
from costed import costed
from postgres_server import PASSWORD

from workbench import economic
from workbench.errors import ParamsError
from workbench.tables import connect
from workbench.tables.run_folder import RunFolder

# py4j leaves its sockets to the garbage collector (0.10.9.9, 22 Nov 2026).
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SMALL_SPARK = {
    "spark.master": "local[2]", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.showConsoleProgress": "false",
    "spark.sql.codegen.wholeStage": "false", "spark.log.level": "ERROR",  # compiling costs more than a small company
}  # fmt: skip


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """Spark of this machine, as `engine: spark` finds it."""
    if importlib.util.find_spec("pyspark") is None:
        if "spark" in os.environ.get("WORKBENCH_NO_SKIP", "").split(","):
            pytest.fail("no Spark: pyspark is not installed, and WORKBENCH_NO_SKIP forbids to skip")
        pytest.skip("no Spark: requirements-spark.lock is not installed")
    from pyspark.sql import SparkSession

    place = {"spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse"))}
    session = SparkSession.builder.config(map=SMALL_SPARK | place).getOrCreate()
    yield connect("spark")
    session.stop()
    gc.collect()


@pytest.fixture
def warehouse(postgres):
    """A PostgreSQL database as a backend of Ibis."""
    backend = ibis.postgres.connect(
        host="127.0.0.1", port=postgres.port, user="reader", password=PASSWORD, database="postgres"
    )
    yield backend
    backend.disconnect()


def frames(costing, deliveries) -> dict[str, pd.DataFrame]:
    """Every table of a costing, and the single rows that the engine itself prices or lists."""
    margins = economic.delivery_margins(costing.studied, costing.by_customer, costing.sharing)
    listed = {
        "deliveries": margins.order_by("delivery_id"),
        "credit notes": economic.credit_notes(deliveries, costing.studied, late_days=30),
        "outliers": economic.booked_cost_outliers(costing.studied, score=3.0).drop("robust_score"),
    }
    found = {name: table.to_pandas() for name, table in listed.items()}
    return found | dict(held_frames("", costing))


def held_frames(name: str, held: object):
    if isinstance(held, pd.DataFrame | pd.Series):
        yield name, held
    elif isinstance(held, dict):
        for key, each in held.items():
            yield from held_frames(f"{name}.{key}", each)
    elif is_dataclass(held):
        for field in fields(held):
            yield from held_frames(f"{name}.{field.name}", getattr(held, field.name))


def assert_same(costing, deliveries, reference, its_deliveries):
    found, expected = frames(costing, deliveries), frames(reference, its_deliveries)
    assert set(found) == set(expected) and len(expected) > 10
    for name, frame in expected.items():
        assert_equal = pd.testing.assert_series_equal if isinstance(frame, pd.Series) else pd.testing.assert_frame_equal
        assert_equal(found[name], frame, check_exact=True, obj=name)


def test_spark_gives_the_same_company_to_the_cent(spark, company, whole, tmp_path):
    for name, table in company.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    there = {name: spark.read_parquet(str(tmp_path / f"{name}.parquet")) for name in company}
    costing = costed(there, ACTIVITIES)
    assert_same(costing, there["deliveries"], whole, company["deliveries"])
    run = RunFolder(tmp_path / "run", tmp_path / "params.yaml")
    priced = economic.delivery_margins(costing.studied, costing.by_customer, costing.sharing)
    run.write_table("delivery_margin", priced)
    assert len(run.read_table("delivery_margin", made_by="02")) == len(priced.to_pandas()) > 0


def test_postgres_gives_the_same_company_to_the_cent(warehouse, company, whole):
    there = {name: warehouse.create_table(name, table.to_pyarrow(), temp=True) for name, table in company.items()}
    assert_same(costed(there, ACTIVITIES), there["deliveries"], whole, company["deliveries"])


def test_spark_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr("workbench.tables.engine.find_spec", lambda name: None)
    with pytest.raises(ParamsError, match=r"requirements-spark\.lock.*engine: duckdb"):
        connect("spark")
