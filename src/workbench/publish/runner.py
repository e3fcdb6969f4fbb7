"""Studies run from their params to their report, one after the other."""

import json
import shutil
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

import workbench
from workbench.confidentiality import SHARED
from workbench.errors import DataError, ParamsError, RunFailed, WorkbenchError
from workbench.language import date_text, marked, said, speaking
from workbench.params import Study, read_study
from workbench.publish.execution import NotebookFailed, run_notebook
from workbench.publish.graph import SUMMARY, Chapter, chapters_in, notebooks_folder, running_order
from workbench.publish.manifest import commit_of, manifest, write_manifest
from workbench.publish.pages import Link, Page, report_page
from workbench.publish.place import FAILED, built_aside
from workbench.publish.progress import LOG, Report, logged_to
from workbench.publish.sharing import keep_only_shareable, shareable_manifest
from workbench.tables.run_folder import RunFolder

REPORTS = Path("reports")
LOG_FILE = "run.log"
EDITIONS = {"internal": marked("internal edition"), "shared": marked("shared edition")}
DONE, FAILURE, WRONG_INPUT = 0, 1, 2


@dataclass(frozen=True)
class Request:
    """What was asked for, the same for all studies of a batch."""

    output: Path = REPORTS
    overrides: dict[str, object] = field(default_factory=dict)
    only: str | None = None
    notebooks: Path | None = None

    @property
    def plain_overrides(self) -> dict[str, object]:
        """The overrides as a notebook can be given them: dates and the like as text."""
        return json.loads(json.dumps(self.overrides, default=str))


@dataclass(frozen=True)
class Outcome:
    """How one study ended: with a report folder, or with what went wrong."""

    params_file: Path
    folder: Path | None = None
    error: Exception | None = None

    @property
    def is_wrong_input(self) -> bool:
        """Whether the params or the client's files are to blame."""
        if isinstance(self.error, NotebookFailed):
            return self.error.error_class in {ParamsError.__name__, DataError.__name__}
        return isinstance(self.error, ParamsError | DataError)


def run_studies(params_files: Sequence[Path], request: Request, *, report: Report | None = None) -> list[Outcome]:
    """Run studies one after the other; one that fails does not stop the others.

    Returns: one outcome per params file, in order.
    """
    report = report or Report()
    outcomes: list[Outcome] = []
    made: dict[Path, Path] = {}
    for params_file in params_files:
        outcome = _one(params_file, request, report, made)
        outcomes.append(outcome)
        if outcome.error is not None:
            report.say("\n".join([f"{params_file}: failed: {outcome.error}", *getattr(outcome.error, "__notes__", [])]))
    return outcomes


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 where all are done; 2 where none is and all failed for their params or data; else 1."""
    if all(outcome.error is None for outcome in outcomes):
        return DONE
    return WRONG_INPUT if all(outcome.is_wrong_input for outcome in outcomes) else FAILURE


def _one(params_file: Path, request: Request, report: Report, made: dict[Path, Path]) -> Outcome:
    try:
        study = read_study(params_file, overrides=request.plain_overrides)
        target = request.output / study.study / study.as_of.isoformat()
        if target in made:
            raise ParamsError(
                f"{params_file}: study {study.study!r} of {study.as_of} was already made from {made[target]}; "
                "give one of them another name (key study)"
            )
        made[target] = params_file
        run_study(study, request, report=report)
        return Outcome(params_file, folder=target)
    except WorkbenchError as error:
        return Outcome(params_file, error=error)
    except Exception as error:  # noqa: BLE001 - whatever one study meets must not stop the others; it is told in full
        report.say(traceback.format_exc().rstrip())
        return Outcome(params_file, error=error)


def run_study(study: Study, request: Request, *, report: Report) -> Path:
    """Run one study and put its report in place; returns `output/<study>/<as_of>`.

    Where it fails, the report that was there stays as it was and `output/<study>/.failed` keeps what was made.
    Raises: NotebookFailed, RunFailed, ParamsError, OSError.
    """
    started = time.monotonic()
    notebooks = request.notebooks or notebooks_folder()
    order = running_order(chapters_in(notebooks), tables=study.sources.given(), only=request.only)
    home, name = (request.output / study.study).resolve(), study.as_of.isoformat()
    with (
        built_aside(home, name) as folder,
        logged_to(folder / LOG_FILE),
        report.study(study.study, steps=len(order) + 1),
    ):
        try:
            seconds = _run_notebooks(study, order, folder, request, report)
            commit = commit_of(notebooks)
            report.step(study.study, "pages")
            with speaking(study.language):
                _write_pages(study, order, folder, commit)
            _name_final_folder(folder, home / name)
            report.done()
            seconds["total"] = time.monotonic() - started
            LOG.info("%s: done in %.1f s", study.study, seconds["total"])
            run = RunFolder(folder, study.path)
            content = manifest(study, run, overrides=request.plain_overrides, commit=commit, seconds=seconds)
            if study.edition == SHARED:
                content = shareable_manifest(content)
            write_manifest(content, folder)
            if study.edition == SHARED:
                sought = keep_only_shareable(folder, study)
                LOG.info("%s: no client is recognisable; %d names not sought", study.study, sought.passed_over)
        except Exception as error:
            LOG.exception("%s: failed", study.study)
            kept = home / FAILED
            if isinstance(error, NotebookFailed):
                # The message may name files of the run; they will be found where the folder is set aside.
                error.args = (str(error).replace(str(folder), str(kept)),)
                kept = kept / "notebooks" / f"{error.notebook}.ipynb"
            error.add_note(f"what the run made until then is kept for reading: {kept}")
            raise
    return home / name


def _run_notebooks(
    study: Study, order: list[Chapter], folder: Path, request: Request, report: Report
) -> dict[str, float]:
    seconds: dict[str, float] = {}
    (folder / "notebooks").mkdir()
    parameters = {
        "params_file": str(study.path.resolve()),
        "run_dir": str(folder),
        "overrides": request.plain_overrides,
    }
    for chapter in order:
        report.step(study.study, chapter.name)
        begun = time.monotonic()
        executed = folder / "notebooks" / chapter.notebook.name
        run_notebook(chapter.notebook, executed, parameters=parameters, log=folder / LOG_FILE)
        seconds[chapter.name] = time.monotonic() - begun
        report.done()
    return seconds


def _write_pages(study: Study, order: list[Chapter], folder: Path, commit: str | None) -> None:
    links = {chapter.number: _link(chapter) for chapter in sorted(order, key=lambda chapter: chapter.number)}
    inputs = RunFolder(folder, study.path).read_note("inputs").get("inputs", [])
    for chapter in order:
        page = Page(
            notebook=chapter.name,
            this=links[chapter.number],
            links=tuple(links.values()),
            company=study.company,
            subtitle=said("Customer value as of {day}", day=date_text(study.as_of)),
            badge=said(EDITIONS[study.edition]),
            provenance=_provenance(study, commit, len(inputs)),
            language=study.language,
            edition=study.edition,
        )
        executed = nbformat.read(folder / "notebooks" / chapter.notebook.name, as_version=4)
        text = report_page(executed, page)
        if str(folder) in text:
            raise RunFailed(f"{chapter.name}: the page shows the path of the run's folder; show names of files only")
        (folder / chapter.page).write_text(text, encoding="utf-8")
    if SUMMARY not in links:
        # A run of single chapters has no summary; what was asked for is then what one reads first.
        shutil.copyfile(folder / order[-1].page, folder / "index.html")


def _name_final_folder(folder: Path, target: Path) -> None:
    """In the executed notebooks, name the folder where the run will be found instead of the one it was built in."""
    for notebook in (folder / "notebooks").iterdir():
        text = notebook.read_text(encoding="utf-8").replace(str(folder), str(target))
        notebook.write_text(text, encoding="utf-8")


def _link(chapter: Chapter) -> Link:
    title = said(chapter.title)
    label = title if chapter.page == "index.html" else f"{int(chapter.number)} {title}"
    return Link(label, chapter.page)


def _provenance(study: Study, commit: str | None, inputs: int) -> tuple[tuple[str, str], ...]:
    start = said("first month of the files") if study.start_on is None else date_text(study.start_on)
    return (
        (said("Study"), study.study),
        (said("As of"), date_text(study.as_of)),
        (said("Period"), said("{start} to {end}", start=start, end=date_text(study.as_of))),
        (said("Edition"), said(EDITIONS[study.edition])),
        (said("Client files"), str(inputs)),
        (said("Workbench"), workbench.__version__ + (f" ({commit[:9]})" if commit else "")),
    )
