"""A source's files, opened: found by name or pattern, each by its kind, all problems at once."""

from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import duckdb

from workbench.errors import DataError
from workbench.params import Source
from workbench.tables.client_files import ClientFile
from workbench.tables.csv_files import open_csv
from workbench.tables.databases import open_database
from workbench.tables.excel_files import open_excel
from workbench.tables.parquet_files import open_parquet
from workbench.tables.source_places import found_names

ENDINGS = {".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel"}


def opened_files(
    source: Source, folder: Path, *, wanted: list[str], staged: Path, connection: duckdb.DuckDBPyConnection
) -> tuple[list[ClientFile], list[str]]:
    """Open all that a source is read from, in order; and what keeps some of it from being opened, a sentence each.

    Parameters: folder, that names are relative to; wanted, the names of the mapped columns; staged, the beginning of
    the paths of what must be copied to be read.
    """
    if source.url is not None:
        try:
            target = staged.with_name(f"{staged.name}-0.parquet")
            return [open_database(source, folder=folder, staged=target, connection=connection)], []
        except DataError as error:
            return [], [str(error)]
    names, problems = found_names(source, folder)
    needless = sorted({"encoding", "separator"} & source.model_fields_set)
    if names and needless and all(_kind(name, source) != "csv" for name in names):
        problems.append(f"{' and '.join(needless)}: only CSV files have them, and {names[0]} is none; take them out")
    files: list[ClientFile] = []
    for place, name in enumerate(names):
        at = staged.with_name(f"{staged.name}-{place}")
        try:
            files += _opened(name, source, folder, wanted, at, connection)
        except DataError as error:
            problems.append(str(error))
    return files, problems


def _opened(
    name: str, source: Source, folder: Path, wanted: list[str], at: Path, connection: duckdb.DuckDBPyConnection
) -> list[ClientFile]:
    path = folder / name
    if not path.is_file():
        raise DataError(f"{name}: no such file in {path.parent}; {_files_near(path)}")
    if path.stat().st_size == 0:
        raise DataError(f"{name}: the file is empty; ask for a new export, or take it out of the params")
    kind = _kind(name, source)
    if kind != "excel" and (source.sheet or source.header_row or source.header_lines > 1):
        raise DataError(f"{name}: sheet, header_row and header_lines are for Excel files (got {kind}); take them out")
    if kind == "excel":
        return open_excel(name, path=path, source=source, wanted=wanted, staged=at)
    if kind == "parquet":
        return [open_parquet(name, path=path, connection=connection)]
    return [open_csv(name, path=path, source=source, copy=at.with_name(f"{at.name}.csv"))]


def _kind(name: str, source: Source) -> Literal["csv", "parquet", "excel"]:
    return source.format or ENDINGS.get(Path(name).suffix.lower(), "csv")


def _files_near(path: Path) -> str:
    if not path.parent.is_dir():
        return "there is no such folder; paths are relative to the params file"
    here = sorted(other.name for other in path.parent.iterdir() if other.is_file())
    near = get_close_matches(path.name, here, n=1, cutoff=0.4)
    return f"did you mean {near[0]!r}?" if near else "correct the name in the params or put the file there"
