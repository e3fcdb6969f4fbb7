"""Where a source lies: the files that its names and patterns stand for, and the file of a database."""

from pathlib import Path
from urllib.parse import urlsplit

from workbench.params import Source

FILES = ("duckdb", "sqlite")
WILD = frozenset("*?[")


def found_names(source: Source, folder: Path) -> tuple[list[str], list[str]]:
    """The names of a source's files, patterns replaced by what matches them, sorted; and what cannot be found."""
    names, problems, seen = [], [], set()
    for name in source.files:
        if not WILD.intersection(name) or (folder / name).is_file():
            found = [name]
        else:
            found = _matching(name, folder)
            if not found:
                problems.append(f"{name}: no file matches this pattern; correct it, or put the files there")
        for one in found:
            path = (folder / one).resolve()
            if path in seen:
                problems.append(f"{one}: is named twice under `files`; name it once")
            else:
                names.append(one)
            seen.add(path)
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


def database_file(url: str, *, folder: Path) -> Path | None:
    """The file that a database address names, relative to a folder; None for a database on a server."""
    parts = urlsplit(url)
    return folder / parts.path.removeprefix("/") if parts.scheme in FILES else None
