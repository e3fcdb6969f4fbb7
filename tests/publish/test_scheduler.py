"""A batch of studies under doit: plain papermill calls, in order, run again only when something changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import workbench
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


def test_a_study_runs_under_doit_and_again_only_where_something_changed(doit, tmp_path, monkeypatch):
    params = simulate(tmp_path / "params", customers=20, months=6, seed=4)
    of = "notebook:carrier:"
    status = lambda: " ".join(doit("list", "--all", "--status", f"{of}01_data_audit")[0].split()[:2])  # noqa: E731
    asked = f"{of}02_margin_retreatment"
    assert doit("run", asked) == [f".  {of}01_data_audit", f".  {asked}"]
    assert doit("run", asked) == [f"-- {of}01_data_audit", f"-- {asked}"]
    tables = tmp_path / "runs" / "carrier" / "tables"
    assert (pd.read_parquet(tables / "reconciliation.parquet")["difference_eur"] == 0).all()

    file = params.parent / "inputs" / "interactions.parquet"
    rows = pd.read_parquet(file)
    rows.iloc[:-1].to_parquet(file)
    assert doit("run", f"{of}01_data_audit") == [f".  {of}01_data_audit"]

    assert status() == f"U {of}01_data_audit"
    package = tmp_path / "upgraded" / "workbench"
    shutil.copytree(Path(workbench.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    assert status() == f"U {of}01_data_audit"
    with (package / "errors.py").open("a") as module:
        module.write("# of the next version\n")
    assert status() == f"R {of}01_data_audit"
