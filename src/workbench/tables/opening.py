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

ENDINGS = {".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel"}
WILD = frozenset("*?[")


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
    files: list[ClientFile] = []
    for place, name in enumerate(names):
        at = staged.with_name(f"{staged.name}-{place}")
        try:
            files += _opened(name, source, folder, wanted, at, connection)
        except DataError as error:
            problems.append(str(error))
    return files, problems


def found_names(source: Source, folder: Path) -> tuple[list[str], list[str]]:
    """The names of a source's files, patterns replaced by what matches them, sorted; and what cannot be found."""
    names, problems = [], []
    for name in source.files:
        if not WILD.intersection(name) or (folder / name).is_file():
            found = [name]
        else:
            found = _matching(name, folder)
            if not found:
                problems.append(f"{name}: no file matches this pattern; correct it, or put the files there")
        problems += [f"{again}: is named twice under `files`; name it once" for again in found if again in names]
        names += [new for new in found if new not in names]
    return names, problems


def _matching(pattern: str, folder: Path) -> list[str]:
    below = Path(pattern)
    fixed = Path(*(part for part in below.parts[: _first_wild(below)]))
    rest = str(Path(*below.parts[_first_wild(below) :]))
    return sorted(
        (fixed / path.relative_to(folder / fixed)).as_posix() for path in (folder / fixed).glob(rest) if path.is_file()
    )


def _first_wild(pattern: Path) -> int:
    return next(place for place, part in enumerate(pattern.parts) if WILD.intersection(part))


def _opened(
    name: str, source: Source, folder: Path, wanted: list[str], at: Path, connection: duckdb.DuckDBPyConnection
) -> list[ClientFile]:
    path = folder / name
    if not path.is_file():
        raise DataError(f"{name}: no such file in {path.parent}; {_files_near(path)}")
    if path.stat().st_size == 0:
        raise DataError(f"{name}: the file is empty; ask for a new export, or take it out of the params")
    kind: Literal["csv", "parquet", "excel"] = source.format or ENDINGS.get(path.suffix.lower(), "csv")
    if kind != "excel" and (source.sheet or source.header_row or source.header_lines > 1):
        raise DataError(f"{name}: sheet, header_row and header_lines are for Excel files (got {kind}); take them out")
    if kind == "excel":
        return open_excel(name, path=path, source=source, wanted=wanted, staged=at)
    if kind == "parquet":
        return [open_parquet(name, path=path, connection=connection)]
    return [open_csv(name, path=path, source=source, copy=at.with_name(f"{at.name}.csv"))]


def _files_near(path: Path) -> str:
    if not path.parent.is_dir():
        return "there is no such folder; paths are relative to the params file"
    here = sorted(other.name for other in path.parent.iterdir() if other.is_file())
    near = get_close_matches(path.name, here, n=1, cutoff=0.4)
    return f"did you mean {near[0]!r}?" if near else "correct the name in the params or put the file there"
