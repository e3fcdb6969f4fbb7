"""Small studies of a few rows, without a params file: the models are filled directly."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from workbench.params import Study
from workbench.tables.run_folder import RunFolder
from workbench.tables.sources import Intake, check_client_files, read_client_files

CUSTOMERS = {"files": ["customers.csv"], "columns": {"customer_id": "customer"}}
DELIVERIES = {
    "files": ["deliveries.csv"],
    "columns": {"delivery_id": "id", "customer_id": "customer", "delivered_on": "day", "revenue_eur": "amount"},
}


@dataclass
class SmallStudy:
    """A study in a folder of its own, and what reading it gives."""

    study: Study
    run: RunFolder

    def read(self) -> Intake:
        return read_client_files(self.study, self.run)

    def problems(self) -> list[str]:
        return check_client_files(self.study)[1]

    def checked(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.run.path / "checked" / f"{table}.parquet")

    def quarantine(self, table: str) -> pd.DataFrame:
        return pd.read_csv(self.run.path / "quarantine" / f"{table}.csv", dtype=str, keep_default_na=False)


@pytest.fixture
def small_study(tmp_path: Path):
    """A function that writes files and makes the study of them.

    Parameters: files, name → text (written as UTF-8), bytes, or a DataFrame (written as Parquet); then keys of single
    sources that replace or add to the plain ones (customers.csv: customer; deliveries.csv: id, customer, day, amount),
    None to take one out.
    """

    def make(files: dict[str, object], *, as_of: str = "2024-12-31", **sources: dict) -> SmallStudy:
        folder = tmp_path / "client"
        folder.mkdir(exist_ok=True)
        for name, content in ({"customers.csv": "customer\nC1\nC2\n"} | files).items():
            if isinstance(content, pd.DataFrame):
                content.to_parquet(folder / name, index=False)
            else:
                (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        plain = {
            "customers": CUSTOMERS,
            "deliveries": DELIVERIES | {"max_quarantined_share": 1.0},
        }
        given = {name: plain.get(name, {}) | sources.get(name, {}) for name in plain | sources}
        given = {name: {key: value for key, value in keys.items() if value is not None} for name, keys in given.items()}
        study = Study.model_validate(
            {"study": "small", "company": "Small", "edition": "internal", "as_of": as_of, "sources": given}
        )
        study._path = folder / "small.yaml"
        return SmallStudy(study, RunFolder(tmp_path / "run", study.path))

    return make
