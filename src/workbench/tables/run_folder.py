"""The folder a run works in: checked client tables, result tables, quarantine."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import ibis
import pandas as pd
import pyarrow.parquet as pq

from workbench.errors import MissingTable
from workbench.language import use_language
from workbench.params import Study, read_study
from workbench.params.chosen import chosen_params_file
from workbench.tables.empty import empty_table
from workbench.tables.upstream import earlier_run, read_upstream

LAB = ".lab"
REPORTS = "reports"
TOLD_PARAMS = ("study", "company", "currency", "language", "edition", "as_of")


@dataclass(frozen=True)
class RunFolder:
    """Where one run reads and writes: `checked/`, `tables/`, `quarantine/` under `path`.

    `published` is the last published run of the same study: what a notebook that runs alone does not find in `path`,
    it reads there. It is None inside a batch run. `upstream` are the folders of the chapters that this one needs: in a
    batch run each chapter writes to a folder of its own, and what it does not need it cannot read. `earlier` is the
    study's last run before this one, for the summary.
    """

    path: Path
    params_file: Path
    published: Path | None = None
    upstream: tuple[Path, ...] = ()
    earlier: Path | None = None

    def earlier_run(self) -> "RunFolder | None":
        """The study's last run before this one, to be read; None where there is none."""
        return None if self.earlier is None else RunFolder(self.earlier, self.params_file)

    def read_manifest(self) -> dict:
        """What the run was made from. Raises MissingTable where the folder holds no whole run."""
        must = f"{self.path} must be the folder of a published run, such as reports/demo/2025-12-31"
        try:
            told = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MissingTable(f"{must}; it has no manifest.json that can be read") from error
        told = told if isinstance(told, dict) else {}
        params = told.get("params") if isinstance(told.get("params"), dict) else {}
        lacking = [name for name in ("study", "as_of") if not told.get(name)]
        lacking += [f"params.{name}" for name in TOLD_PARAMS if not params.get(name)]
        if lacking:
            raise MissingTable(f"{must}; its manifest.json does not say {', '.join(lacking)}: run the study again")
        return told

    def write_table(self, name: str, table: pd.DataFrame | ibis.Table, *, wanted: bool = True) -> None:
        """Write a result table to `tables/<name>.parquet`, months and days as dates; nothing where it is not wanted.

        An Ibis table never passes through memory whole.
        """
        if not wanted:
            return
        target = self.path / "tables" / f"{name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        if isinstance(table, ibis.Table):
            _write_batches(table, aside)
        else:
            days = table.select_dtypes("datetime").columns
            # A column without any value would get no type at all; every such column of ours is text.
            empty = [name for name, dtype in table.dtypes.items() if dtype.kind == "O" and table[name].isna().all()]
            typed = {day: table[day].dt.date for day in days} | {name: table[name].astype("string") for name in empty}
            table.assign(**typed).to_parquet(aside, index=False)
        aside.replace(target)

    def write_tables(self, **tables: pd.DataFrame | ibis.Table) -> None:
        """Write several result tables, each under its name."""
        for name, table in tables.items():
            self.write_table(name, table)

    def read_table(self, name: str, *, made_by: str) -> pd.DataFrame:
        """Read a result table. Raises MissingTable, naming the command that makes it, where there is none."""
        table = pd.read_parquet(self._found("tables", name, made_by))
        days = [column for column in table if column == "month" or column.endswith("_on")]
        return table.assign(**{day: pd.to_datetime(table[day]) for day in days})

    def table_if_made(self, name: str) -> pd.DataFrame | None:
        """A result table, None where no chapter of this run made it."""
        return self.read_table(name, made_by="") if self.has_table(name) else None

    def has_table(self, name: str) -> bool:
        """Whether a result table is there to be read."""
        return self._looked_up("tables", name) is not None

    def checked(self, name: str, connection: ibis.BaseBackend) -> ibis.Table:
        """A checked client table as an Ibis expression; without rows where the study does not have that table.

        Raises: MissingTable where the client files have not been read yet.
        """
        self._found("checked", "deliveries", "01")
        file = self._looked_up("checked", name)
        return empty_table(name) if file is None else connection.read_parquet(str(file))

    def write_note(self, name: str, content: dict) -> None:
        """Write a small JSON file beside the tables, for the manifest."""
        target = self.path / "notes" / f"{name}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")

    def read_note(self, name: str) -> dict:
        """Read what `write_note` wrote, here or where tables are looked up; an empty dict where nothing was written."""
        file = self._looked_up("notes", name, ending="json")
        return {} if file is None else json.loads(file.read_text(encoding="utf-8"))

    def _looked_up(self, kind: str, name: str, *, ending: str = "parquet") -> Path | None:
        places = [self.path, *self.upstream] + ([self.published] if self.published else [])
        files = (place / kind / f"{name}.{ending}" for place in places)
        return next((file for file in files if file.exists()), None)

    def _found(self, kind: str, name: str, made_by: str) -> Path:
        file = self._looked_up(kind, name)
        if file is None:
            raise MissingTable(
                f"the table {name!r} is not in {self.path}; make it with: "
                f"workbench run {self.params_file} --only {made_by}"
            )
        return file


def _write_batches(table: ibis.Table, target: Path) -> None:
    """DuckDB writes one file itself; other engines would write a folder of parts, or where we cannot see it."""
    if table.get_backend().name == "duckdb":
        table.to_parquet(str(target))
        return
    batches = table.to_pyarrow_batches()
    with pq.ParquetWriter(target, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def open_study(params_file: str, run_dir: str = "", overrides: dict | None = None) -> tuple[Study, RunFolder]:
    """Read the params, speak the study's language, open the folder to work in: what every notebook does first.

    Parameters: params_file, path of the YAML, absolute, or relative to the working folder or to the nearest folder
    above it that holds it (the demonstration gives way to the study chosen with `workbench lab`); run_dir, the folder
    of the run, empty for `.lab/<study>` beside the `params` folder;
    overrides, {"dotted.key": value} laid over the file.
    Raises: ParamsError where the file is not found or says what cannot be.
    """
    file = _nearest(chosen_params_file(params_file))
    study = read_study(file, overrides=overrides or {})
    use_language(study.language)
    if run_dir:
        folder = Path(run_dir).resolve()
        upstream, earlier = read_upstream(folder)
        return study, RunFolder(folder, file, upstream=upstream, earlier=earlier)
    root = file.parent.parent
    home, name = root / REPORTS / study.study, study.as_of.isoformat()
    return study, RunFolder(root / LAB / study.study, file, published=home / name, earlier=earlier_run(home, name))


def _nearest(path: Path) -> Path:
    places = [Path.cwd(), *Path.cwd().parents]
    found = (place / path for place in places if (place / path).is_file())
    return next(found, path).resolve() if not path.is_absolute() else path
