"""The chapters of a study: which notebooks there are, what each needs, and the order they run in."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import workbench
from workbench.errors import ParamsError
from workbench.language.prose import chapter_title

SUMMARY = "00"
NOTEBOOK = re.compile(r"(\d\d)_[a-z0-9_]+\.ipynb")


@dataclass(frozen=True)
class Needs:
    """What a chapter rests on: chapters that run before it, and client tables without which it is left out.

    where_made: chapters that it reads from where the study has them, and does without where not.
    """

    chapters: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    where_made: tuple[str, ...] = ()


# The summary runs after every other chapter; listed here is what it cannot do without.
NEEDS = {
    SUMMARY: Needs(chapters=("01", "02")),
    "01": Needs(),
    "02": Needs(chapters=("01",)),
    "03": Needs(chapters=("01", "02"), tables=("survey",)),
    "04": Needs(chapters=("01", "02")),
    "05": Needs(chapters=("01", "02")),
    "06": Needs(chapters=("01", "02"), where_made=("03", "04", "05")),
    "07": Needs(chapters=("01", "02"), where_made=("04", "05", "06")),
}


@dataclass(frozen=True)
class Chapter:
    """One notebook of the study."""

    number: str
    notebook: Path

    @property
    def name(self) -> str:
        """The notebook's name without its ending, e.g. `01_data_audit`."""
        return self.notebook.stem

    @property
    def title(self) -> str:
        """The name as printed in the navigation, e.g. `Data audit`."""
        return chapter_title(self.name)

    @property
    def page(self) -> str:
        """The name of its report page."""
        return "index.html" if self.number == SUMMARY else f"{self.name}.html"


def notebooks_folder() -> Path:
    """The folder of the notebooks: beside the installed `src`, or in the nearest folder above the working folder.

    Raises ParamsError where neither holds a summary notebook.
    """
    installed = Path(workbench.__file__).resolve().parents[2]
    for root in (installed, Path.cwd(), *Path.cwd().parents):
        if any((root / "notebooks").glob(f"{SUMMARY}_*.ipynb")):
            return root / "notebooks"
    raise ParamsError(
        "no folder notebooks/ with a 00 summary notebook was found, neither beside the installed package nor above "
        "the working folder; run workbench from the project's folder"
    )


def chapters_in(folder: Path) -> dict[str, Chapter]:
    """The chapters that exist in a folder, by number.

    Raises ParamsError for two notebooks with one number, for a number that NEEDS does not know, and where the summary
    or a chapter that another one needs is missing.
    """
    found: dict[str, Chapter] = {}
    for notebook in sorted(path for path in folder.iterdir() if NOTEBOOK.fullmatch(path.name)):
        number = notebook.name[:2]
        if number in found:
            raise ParamsError(
                f"{folder}: two notebooks have number {number}: {found[number].notebook.name} and {notebook.name}"
            )
        if number not in NEEDS:
            raise ParamsError(
                f"{notebook}: chapter {number} is unknown; say what it needs in workbench/publish/graph.py"
            )
        found[number] = Chapter(number, notebook)
    wanted = {SUMMARY} | {need for number in found if number != SUMMARY for need in NEEDS[number].chapters}
    missing = sorted(wanted - found.keys())
    if missing:
        raise ParamsError(f"{folder}: no notebook with number {', '.join(missing)}, which the others need")
    return found


def running_order(known: dict[str, Chapter], *, tables: Collection[str], only: str | None = None) -> list[Chapter]:
    """The chapters to run, each after what it needs, the summary last.

    Parameters: known, as `chapters_in` gives them; tables, names of the client tables the study has; only, the number
    of the one chapter that is asked for (with it run what it needs, and the summary where it can).
    Raises: ParamsError where `only` is not a chapter, or rests on a table that the study does not have.
    """
    lacking = {number: _lacking(number, tables) for number in known}
    possible = [number for number in known if not lacking[number]]
    if only is not None:
        if only not in known:
            names = ", ".join(chapter.name for chapter in known.values())
            raise ParamsError(f"--only must be the number of a chapter ({names}); got {only!r}")
        if lacking[only]:
            raise ParamsError(
                f"--only {only}: {known[only].name} needs the table {', '.join(lacking[only])}, "
                "which the params do not map"
            )
        asked = {only, *_read(only)}
        if asked >= _upstream(SUMMARY) & known.keys():
            asked.add(SUMMARY)
        possible = [number for number in possible if number in asked]
    others = tuple(number for number in possible if number != SUMMARY)
    graph = {number: others if number == SUMMARY else _read(number) & set(possible) for number in possible}
    return [known[number] for number in TopologicalSorter(graph).static_order()]


def upstream_within(order: Sequence[Chapter]) -> dict[str, list[str]]:
    """Number → numbers of the chapters it may read from: all that its needs rest on; for the summary, all others."""
    numbers = [chapter.number for chapter in order]
    others = [number for number in numbers if number != SUMMARY]
    return {number: others if number == SUMMARY else sorted(_read(number).intersection(numbers)) for number in numbers}


def _upstream(number: str) -> set[str]:
    needs = NEEDS[number].chapters
    return set(needs).union(*(_upstream(need) for need in needs))


def _read(number: str) -> set[str]:
    """The chapters that one may read from, directly or by those: what it needs, and what it reads where it is made."""
    needs = NEEDS.get(number, Needs())
    direct = {*needs.chapters, *needs.where_made}
    return direct.union(*(_read(one) for one in direct))


def _lacking(number: str, tables: Collection[str]) -> list[str]:
    chain = {number, *_upstream(number)}
    return sorted({table for one in chain for table in NEEDS[one].tables if table not in tables})
