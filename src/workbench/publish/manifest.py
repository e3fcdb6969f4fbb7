"""The manifest: what a run was made from and with, written last."""

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.params import Study

if TYPE_CHECKING:
    from workbench.tables.run_folder import RunFolder

LIBRARIES = (
    "customer-value-workbench",
    "duckdb",
    "ibis-framework",
    "lifelines",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "scikit-learn",
    "scipy",
    "seaborn",
    "statsmodels",
)


def commit_of(folder: Path) -> str | None:
    """The commit checked out in the repository that holds `folder`; None where there is no repository or no git."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, check=False, timeout=10
        )
    except FileNotFoundError:
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None


def manifest(
    study: Study, run: "RunFolder", *, overrides: dict[str, object], commit: str | None, seconds: dict[str, float]
) -> dict:
    """What the run was made from and with, ready to be written as JSON.

    Parameters: overrides, as laid over the params file; seconds, by notebook name, with `total`.
    """
    records = []
    if run.has_table("reconciliation"):
        table = run.read_table("reconciliation", made_by="02")
        records = json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))
    return {
        "study": study.study,
        "as_of": study.as_of.isoformat(),
        "inputs": run.read_note("inputs").get("inputs", []),
        "params": study.model_dump(mode="json"),
        "overrides": overrides,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "commit": commit,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "reconciliation": records,
    }
