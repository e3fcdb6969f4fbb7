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
    """Call doit from the folder that holds params/ and runs/; returns what it says, a line per task."""

    def doit(*arguments: str, code: int = 0) -> list[str]:
        places = {"STUDIES": "params", "RUNS": "runs"}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        command = [sys.executable, "-m", "doit", arguments[0], "-f", str(DODO), *arguments[1:]]
        env = os.environ | places | {"PATH": path}
        done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        return (done.stdout + done.stderr * bool(code)).splitlines()

    return doit


def test_a_study_with_bad_params_fails_alone_and_says_why(doit, tmp_path):
    simulate(tmp_path / "params", customers=20, months=6, seed=4)
    (tmp_path / "params" / "bad.yaml").write_text("study: Bad Name\n")
    listed = [line.split()[0] for line in doit("list", "--all", "-q")]
    assert "notebook:bad.yaml:params" in listed and "notebook:carrier:01_data_audit" in listed
    said = doit("run", "notebook:bad.yaml:params", code=1)
    assert any("bad.yaml" in line and "must" in line for line in said)


def test_a_folder_without_studies_is_a_failure(doit):
    said = "\n".join(doit("run", code=2))
    assert "params holds no *.yaml" in said


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
