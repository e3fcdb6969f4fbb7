"""What the client's files hold, in a few letters: the same fingerprint, the same bytes."""

import hashlib
from pathlib import Path
from uuid import uuid4

from workbench.params import Source, Study
from workbench.tables.source_places import database_file, found_names


def source_fingerprints(study: Study) -> dict[str, list[str]]:
    """Table → name and sha256 of each of its files, in the order they are read, patterns by what matches them now.

    `missing` stands for a file that cannot be read. A database on a server is never the same twice: what it holds
    cannot be told without reading it. Whatever else the params hand over as a file stands under the key that names it.
    """
    found = {table: _of_source(source, study.folder) for table, source in study.sources.given().items()}
    handed = [f"{told.file} {_sha256(study.folder / told.file)}" for told in study.potential.sector_files]
    frozen = [study.value.reference] if study.value.reference else []
    handed_over = {"potential.sector_files": handed}
    handed_over["value.reference"] = [f"{file} {_sha256(study.folder / file)}" for file in frozen]
    return found | handed_over


def _of_source(source: Source, folder: Path) -> list[str]:
    if source.url is None:
        return [f"{name} {_sha256(folder / name)}" for name in found_names(source, folder)[0]]
    path = database_file(source.url, folder=folder)
    if path is None:
        return [f"unknown {uuid4()}"]
    # What was written last may still stand beside the file.
    return [_sha256(path), *(_sha256(path.with_name(path.name + ending)) for ending in (".wal", "-wal"))]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "missing"
