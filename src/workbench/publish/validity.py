"""Which work need not be done again: a chapter's key holds all it is made from, its record all that it made.

A finished chapter stands in a folder of its own with its record (`chapter.json`) until the run is published; then the
published folder holds the records of all its chapters (`keys.json`). Work is taken over only where the key is the one
wanted now and every file still has the sha256 it was written with.
"""

import errno
import hashlib
import json
import os
import platform
import shutil
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import workbench
from workbench.params import Study
from workbench.publish.graph import Chapter
from workbench.tables.upstream import UPSTREAM

RECORD, KEYS = "chapter.json", "keys.json"


@dataclass(frozen=True)
class Record:
    """What one chapter was made from (key), how long it took, and its files with their sha256."""

    chapter: str
    key: str
    seconds: float
    files: dict[str, str]


@dataclass(frozen=True)
class Finished:
    """A chapter that is done: its record, and the folder its files are in."""

    folder: Path
    record: Record


def study_digest(study: Study, overrides: Mapping[str, object], fingerprints: Mapping[str, Sequence[str]]) -> str:
    """What all chapters of a study rest on: params, client files, versions, and the workbench's own source."""
    return _digest(
        [
            str(study.path),
            study.model_dump(mode="json"),
            overrides,
            fingerprints,
            platform.python_version(),
            installed_versions(),
            source_digest(),
        ]
    )


def chapter_keys(
    order: Sequence[Chapter],
    upstream: Mapping[str, Sequence[str]],
    digest: str,
    *,
    beside: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The key of each chapter: the study's digest, the notebook's sources and tags, and the keys of its upstream.

    Parameters: order, each chapter after what it needs; upstream, numbers by number; beside, what else a chapter reads,
    as a digest by number.
    """
    keys: dict[str, str] = {}
    for chapter in order:
        above = [[number, keys[number]] for number in sorted(upstream[chapter.number])]
        made_of = [digest, chapter.notebook.name, _sources(chapter.notebook), above]
        keys[chapter.number] = _digest(
            [*made_of, *([beside[chapter.number]] if chapter.number in (beside or {}) else [])]
        )
    return keys


@cache
def installed_versions() -> tuple[str, ...]:
    """Every installed distribution with its version."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return tuple(sorted(found.stem for folder in folders for found in Path(folder).glob("*.dist-info")))


@cache
def source_digest() -> str:
    """The workbench's own source as it was when this process first asked."""
    package = Path(workbench.__file__).parent
    files = sorted(file for file in package.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return _digest([[str(file.relative_to(package)), file_digest(file)] for file in files])


def record_of(folder: Path, *, chapter: str, key: str, seconds: float) -> Record:
    """The record of the chapter whose files stand in `folder`, also written there."""
    files = {
        str(file.relative_to(folder)): file_digest(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in (UPSTREAM, RECORD)
    }
    record = Record(chapter, key, round(seconds, 3), files)
    write_whole(folder / RECORD, asdict(record))
    return record


def finished_before(number: str, key: str, *, store: Path, published: Path) -> Finished | None:
    """The chapter with that key, done by a run that was not published or by the published one; None where not valid."""
    kept = store / kept_name(number, key)
    told = {published: _read(published / KEYS).get("chapters", {}).get(number), kept: _read(kept / RECORD)}
    for folder, record in told.items():
        if record and record["key"] == key and is_whole(folder, record["files"]):
            return Finished(folder, Record(**record))
    return None


def kept_name(number: str, key: str) -> str:
    """The name of the folder in which a finished chapter waits for its run to be published."""
    return f"{number}-{key[:16]}"


def is_published(chapters: Mapping[str, Finished], published: Path) -> bool:
    """Whether the published run holds these chapters and no others, with its pages and its manifest."""
    keys = _read(published / KEYS)
    if not keys or not (published / "manifest.json").exists() or keys["chapters"].keys() != chapters.keys():
        return False
    return all(one.folder == published for one in chapters.values()) and is_whole(published, keys["pages"])


def published_chapters(published: Path) -> dict[str, str]:
    """Number → name of the chapters that the published run holds; none where there is no such run."""
    return {number: record["chapter"] for number, record in _read(published / KEYS).get("chapters", {}).items()}


def is_whole(folder: Path, files: Mapping[str, str]) -> bool:
    """Whether all files are there as they were written."""
    return all((folder / name).is_file() and file_digest(folder / name) == wanted for name, wanted in files.items())


def gather(finished: Finished, target: Path, *, linked: bool) -> None:
    """Put the files of a chapter into another folder.

    Parameters: linked, whether as hard links, where the file system has them: only for a folder that takes the place of
    the one that is linked to, so that nobody who changes a file of the one changes the other.
    """
    for name in finished.record.files:
        there = target / name
        there.parent.mkdir(parents=True, exist_ok=True)
        if not (linked and _linked(finished.folder / name, there)):
            shutil.copyfile(finished.folder / name, there)


def write_keys(folder: Path, records: Mapping[str, Record], pages: Sequence[str]) -> None:
    """Write `keys.json`: the records of a run's chapters, and its pages with their sha256."""
    digests = {page: file_digest(folder / page) for page in pages}
    chapters = {number: asdict(record) for number, record in sorted(records.items())}
    write_whole(folder / KEYS, {"chapters": chapters, "pages": digests})


def write_whole(target: Path, content: object) -> None:
    """Write a JSON file so that it is either whole on the disk or as it was. Raises OSError."""
    write_text_whole(target, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def write_text_whole(target: Path, text: str) -> None:
    """Write a text file so that it is either whole on the disk or as it was. Raises OSError."""
    aside = target.with_name(f".{target.name}")
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def file_digest(file: Path) -> str:
    """The sha256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _linked(file: Path, there: Path) -> bool:
    try:
        os.link(file, there)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK):
            raise
        return False
    return True


def _sources(notebook: Path) -> list:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [[cell["cell_type"], "".join(cell["source"]), cell["metadata"]] for cell in cells]


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _read(file: Path) -> dict:
    """A JSON file's content; an empty dict where there is none, or not a whole one."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
