"""A batch of studies under doit: plain papermill calls, in order, run again only when something changed."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench.carrier import simulate

DODO = Path(__file__).parents[2] / "docs" / "schedulers" / "dodo.py"


@pytest.fixture
def doit(tmp_path):
    """Call doit on the studies of a folder; returns what it says, a line per task."""

    def doit(*arguments: str) -> list[str]:
        places = {"STUDIES": str(tmp_path / "params"), "RUNS": str(tmp_path / "runs")}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        command = [sys.executable, "-m", "doit", arguments[0], "-f", str(DODO), *arguments[1:]]
        done = subprocess.run(command, env=os.environ | places | {"PATH": path}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    return doit


def test_a_study_runs_under_doit_and_again_only_where_something_changed(doit, tmp_path):
    params = simulate(tmp_path / "params", customers=20, months=6, seed=4)
    of = "notebook:carrier:"
    asked = f"{of}02_margin_retreatment"
    assert doit("run", asked) == [f".  {of}01_data_audit", f".  {asked}"]
    assert doit("run", asked) == [f"-- {of}01_data_audit", f"-- {asked}"]
    tables = tmp_path / "runs" / "carrier" / "tables"
    assert (pd.read_parquet(tables / "reconciliation.parquet")["difference_eur"] == 0).all()

    file = params.parent / "inputs" / "interactions.parquet"
    rows = pd.read_parquet(file)
    rows.iloc[:-1].to_parquet(file)
    assert doit("run", f"{of}01_data_audit") == [f".  {of}01_data_audit"]
