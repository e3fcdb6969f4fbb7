"""Each notebook runs alone by plain papermill, and nbval notices a golden number that has changed."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest

from workbench.carrier import simulate
from workbench.errors import MissingTable
from workbench.tables import RunFolder

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning")


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """The params file of a small simulated carrier."""
    return simulate(tmp_path_factory.mktemp("carrier") / "params", customers=60, months=6, seed=2)


@pytest.fixture(scope="module")
def run_dir(study) -> Path:
    """The run folder, with the audit's tables in it."""
    folder = study.parent.parent / "run"
    executed("01_data_audit", study, folder)
    return folder


def executed(name: str, study: Path, run_dir: Path, **overrides: object) -> nbformat.NotebookNode:
    """Run a notebook as `papermill NOTEBOOK OUT -p params_file ... -p run_dir ...` does."""
    target = run_dir.parent / f"{name}.ipynb"
    parameters = {"params_file": str(study), "run_dir": str(run_dir), "overrides": overrides}
    return papermill.execute_notebook(
        NOTEBOOKS / f"{name}.ipynb", target, parameters=parameters, progress_bar=False, log_output=False
    )


def shown(notebook: nbformat.NotebookNode) -> str:
    return "".join(str(output) for cell in notebook.cells for output in cell.get("outputs", []))


def test_chapters_run_alone_by_plain_papermill(study, run_dir):
    margin = executed("02_margin_retreatment", study, run_dir)
    summary = executed("00_summary", study, run_dir)
    for notebook in (margin, summary):
        statuses = {cell.metadata.papermill.status for cell in notebook.cells if cell.cell_type == "code"}
        assert statuses == {"completed"}
        assert "image/svg+xml" in shown(notebook)
    margins = pd.read_parquet(run_dir / "tables" / "customer_margin.parquet")
    assert len(margins) == 60
    assert margins["full_margin_eur"].sum() != margins["practical_margin_eur"].sum()


def test_potential_runs_alone_and_says_when_clients_are_too_few(study, run_dir):
    executed("02_margin_retreatment", study, run_dir)
    potential = executed("05_potential", study, run_dir)
    assert {cell.metadata.papermill.status for cell in potential.cells if cell.cell_type == "code"} == {"completed"}
    assert "headroom" in shown(potential)
    few = executed("05_potential", study, run_dir, **{"potential.least_deliveries_a_year": 4000})
    assert "clients can serve as the measure of others" in shown(few)
    assert pd.read_parquet(run_dir / "tables" / "potential.parquet")["potential_eur"].isna().all()


def test_tariffs_run_alone_on_a_short_history_and_say_what_is_believed(study, run_dir):
    executed("02_margin_retreatment", study, run_dir)
    tariffs = executed("07_tariff_scenarios", study, run_dir)
    assert {cell.metadata.papermill.status for cell in tariffs.cells if cell.cell_type == "code"} == {"completed"}
    assert "stays a hypothesis" in shown(tariffs)
    table = pd.read_parquet(run_dir / "tables" / "tariff_scenarios.parquet")
    assert table["elasticity_origin"].eq("hypothesis").all() and len(table) == 8
    none = executed("07_tariff_scenarios", study, run_dir, **{"tariffs.scenarios": []})
    assert "none is tried" in shown(none)


def test_overrides_reach_the_computation(study, run_dir):
    executed("02_margin_retreatment", study, run_dir, **{"economic.idle_key": "unallocated"})
    table = pd.read_parquet(run_dir / "tables" / "customer_margin.parquet")
    assert table["idle_eur"].eq(0).all()


def test_a_chapter_without_its_upstream_says_which_command_makes_it(study, tmp_path):
    with pytest.raises(papermill.PapermillExecutionError, match="workbench run .*params.yaml --only 01"):
        executed("02_margin_retreatment", study, tmp_path / "empty")
    with pytest.raises(MissingTable, match="--only 02"):
        RunFolder(tmp_path, study).read_table("customer_margin", made_by="02")


def test_a_changed_golden_number_fails(tmp_path):
    """nbval on the committed notebook passes; with one digit of its golden output changed it fails."""
    name = "01_data_audit"
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    golden = next(cell for cell in notebook.cells if "nbval-check-output" in cell.metadata.get("tags", []))
    text = golden.outputs[0]["text"]
    digit = next(letter for letter in text if letter.isdigit())
    (tmp_path / "params").symlink_to(ROOT / "params")
    (tmp_path / ".demo").symlink_to(ROOT / ".demo")
    verdicts = []
    for changed in (False, True):
        if changed:
            golden.outputs[0]["text"] = text.replace(digit, str((int(digit) + 1) % 10), 1)
        target = tmp_path / f"{name}_{changed}.ipynb"
        nbformat.write(notebook, target)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env"]
        verdicts.append(subprocess.run([*command, str(target)], cwd=tmp_path, capture_output=True, check=False))
    same, other = verdicts
    assert same.returncode == 0, same.stdout.decode()
    assert other.returncode == 1, other.stdout.decode()
    assert b"mismatch" in other.stdout
