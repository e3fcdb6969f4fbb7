"""Studies run from their params to their report, several at a time."""

import asyncio
import json
import os
import re
import shutil
import time
import traceback
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path

import workbench
from workbench.errors import DataError, ParamsError, RunFailed, WorkbenchError
from workbench.language import date_text, marked, said, speaking
from workbench.params import Study, read_study
from workbench.publish.cells import NotebookFailed
from workbench.publish.chapters import WORK, Machine, Place, make_chapters, planned
from workbench.publish.graph import SUMMARY, Chapter, chapters_in, notebooks_folder, running_order
from workbench.publish.manifest import commit_of, manifest
from workbench.publish.place import built_aside, failed_folder, forget_failed, locked
from workbench.publish.processes import in_own_process, scratch_folder
from workbench.publish.progress import Report, log_of, logged_to
from workbench.publish.validity import (
    Finished,
    is_published,
    kept_name,
    published_chapters,
    study_digest,
    write_keys,
    write_whole,
)
from workbench.tables.fingerprints import source_fingerprints
from workbench.tables.upstream import earlier_run

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
    jobs: int = 1
    notebook_minutes: float = 120

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
    """Run studies, `request.jobs` notebooks at a time; a study that fails does not stop the others.

    Returns: one outcome per params file, in order.
    """
    return asyncio.run(_all(params_files, request, report or Report()))


async def _all(params_files: Sequence[Path], request: Request, report: Report) -> list[Outcome]:
    with scratch_folder() as scratch:
        threads = max(1, (os.cpu_count() or 1) // request.jobs)
        machine = Machine(asyncio.Semaphore(request.jobs), scratch, threads, request.notebook_minutes)
        # A study holds one of the places from its first step to its last, so that reports come out one after the other.
        places = asyncio.Semaphore(request.jobs)
        batch = Batch(request, machine, places)
        async with asyncio.TaskGroup() as studies:
            tasks = [studies.create_task(_one(file, batch, report)) for file in params_files]
    return [task.result() for task in tasks]


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 where all are done; 2 where none is and all failed for their params or data; else 1."""
    if all(outcome.error is None for outcome in outcomes):
        return DONE
    return WRONG_INPUT if all(outcome.is_wrong_input for outcome in outcomes) else FAILURE


@dataclass(frozen=True)
class Batch:
    """What is asked for and shared; made: report folder → params file; dates: study → held by the run of one date."""

    request: Request
    machine: Machine
    places: asyncio.Semaphore
    made: dict[Path, Path] = field(default_factory=dict)
    dates: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))


async def _one(params_file: Path, batch: Batch, report: Report) -> Outcome:
    request, made = batch.request, batch.made
    async with batch.places:
        try:
            study = read_study(params_file, overrides=request.plain_overrides)
            target = request.output / study.study / study.as_of.isoformat()
            if target in made:
                raise ParamsError(
                    f"{params_file}: study {study.study!r} of {study.as_of} was already made from {made[target]}; "
                    "give one of them another name (key study)"
                )
            made[target] = params_file
            async with batch.dates[study.study]:
                await run_study(study, request, machine=batch.machine, report=report)
            return Outcome(params_file, folder=target)
        except Exception as error:  # noqa: BLE001 - whatever one study meets must not stop the others; it is told in full
            if not isinstance(error, WorkbenchError):
                report.say("".join(traceback.format_exception(error)).rstrip())
            report.say("\n".join([f"{params_file}: failed: {error}", *getattr(error, "__notes__", [])]))
            return Outcome(params_file, error=error)


async def run_study(study: Study, request: Request, *, machine: Machine, report: Report) -> None:
    """Run one study and put its report in place at `output/<study>/<as_of>`.

    Chapters that are done and still valid are taken over; where all are and the report is whole, nothing is published.
    Which chapters of the published report are neither asked for nor valid, and so left out of the new one, is told.
    Where it fails, the report that was there stays as it was and `output/<study>/.failed-<as_of>` keeps what was
    made.
    Of a shared report nothing but pages and manifest is left, and only where no client can be recognised in them.
    Raises: NotebookFailed, RunFailed, ParamsError, OSError.
    """
    started = time.monotonic()
    notebooks = request.notebooks or notebooks_folder()
    known, tables = chapters_in(notebooks), study.sources.given()
    possible, asked = (running_order(known, tables=tables, only=only) for only in (None, request.only))
    digest = study_digest(study, request.plain_overrides, source_fingerprints(study))
    home, name = (request.output / study.study).resolve(), study.as_of.isoformat()
    store, published = home / f".{name}.done", home / name
    with locked(home):
        earlier = earlier_run(home, name)
        plan = planned(possible, asked, digest, store=store, published=published, earlier=earlier)
        if is_published(plan.finished, published) and len(plan.finished) == len(plan.order):
            report.say(f"{study.study}: nothing has changed, the report of {name} stands")
            shutil.rmtree(store, ignore_errors=True)
            forget_failed(home, name)
            return
        _sweep_store(store, {kept_name(number, key) for number, key in plan.keys.items()})
        to_do = [chapter for chapter in plan.order if chapter.number not in plan.finished]
        with (
            built_aside(home, name) as folder,
            logged_to(folder / LOG_FILE, log_of(study.study).name),
            report.study(study.study, steps=len(to_do) + 1),
        ):
            log = log_of(study.study)
            left_out = [name for number, name in published_chapters(published).items() if number not in plan.keys]
            if left_out:
                told = f"{study.study}: no longer valid and left out of this report: {', '.join(left_out)}"
                log.warning(told)
                report.say(told + ("; run without --only to make them again" if request.only else ""))
            try:
                for taken in plan.finished.values():
                    log.info("%s: %s: nothing has changed, taken over", study.study, taken.record.chapter)
                parameters = {"params_file": str(study.path), "overrides": request.plain_overrides}
                place = Place(folder, store, published, folder / LOG_FILE, earlier)
                finished = await make_chapters(
                    plan, study.study, parameters, place=place, machine=machine, report=report
                )
                about = About(published, request.plain_overrides, commit_of(notebooks), started, finished)
                async with machine.slots:
                    report.step(study.study, "pages")
                    await in_own_process(f"{__name__}.write_report", study, plan.order, folder, about)
                log.info("%s: done in %.1f s", study.study, time.monotonic() - started)
                if study.is_shared:  # last, as the log is not shared either
                    sought = await in_own_process("workbench.publish.sharing.keep_only_shareable", folder, study)
                    report.say(f"{study.study}: {sought}")
            except Exception as error:
                log.exception("%s: failed", study.study)
                raise _told(error, folder, failed_folder(home, name)) from error.__cause__
        shutil.rmtree(store, ignore_errors=True)


def _told(error: Exception, folder: Path, kept: Path) -> Exception:
    """The error as it is told: files of the run are named where they will be found when the folder is set aside."""
    if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT, EFBIG):
        return RunFailed(
            f"{kept.parent}: the disk is full ({error.strerror}); free some space, "
            "or choose another folder with --output"
        )
    if isinstance(error, NotebookFailed):
        error.args = (re.sub(rf"{re.escape(str(folder))}(/{WORK}/\d\d)?", lambda _: str(kept), str(error)),)
        kept = kept / "notebooks" / f"{error.notebook}.ipynb"
    error.add_note(f"what the run made until then is kept for reading: {kept}")
    return error


def _sweep_store(store: Path, wanted: set[str]) -> None:
    """Remove finished chapters of former runs that no key of this run asks for."""
    for kept in store.iterdir() if store.exists() else ():
        if kept.name not in wanted:
            shutil.rmtree(kept)


@dataclass(frozen=True)
class About:
    """What the report says of the run itself; started as time.monotonic() gives it."""

    published: Path
    overrides: dict[str, object]
    commit: str | None
    started: float
    finished: dict[str, Finished]


def write_report(study: Study, order: Sequence[Chapter], folder: Path, about: About) -> None:
    """Write the pages of a run, its `keys.json` and, last, its manifest, beside what its chapters made.

    Raises: RunFailed where a page cannot be made.
    """
    from workbench.publish.sharing import shareable_manifest
    from workbench.tables.run_folder import RunFolder

    with speaking(study.language):
        pages = _write_pages(study, order, folder, about)
    records = {number: one.record for number, one in about.finished.items()}
    write_keys(folder, records, pages)
    seconds = {record.chapter: record.seconds for record in records.values()}
    seconds["total"] = time.monotonic() - about.started
    run = RunFolder(folder, study.path)
    content = manifest(study, run, overrides=about.overrides, commit=about.commit, seconds=seconds)
    write_whole(folder / "manifest.json", shareable_manifest(content) if study.is_shared else content)


def _write_pages(study: Study, order: Sequence[Chapter], folder: Path, about: About) -> list[str]:
    """Write the pages of a run; returns their names."""
    import nbformat

    from workbench.publish.pages import Link, Page, report_page
    from workbench.tables.run_folder import RunFolder

    in_order = sorted(order, key=lambda chapter: chapter.number)
    links = {chapter.number: Link(_label(chapter), chapter.page) for chapter in in_order}
    inputs = RunFolder(folder, study.path).read_note("inputs").get("inputs", [])
    for chapter in order:
        page = Page(
            notebook=chapter.name,
            this=links[chapter.number],
            links=tuple(links.values()),
            company=study.company,
            subtitle=said("Customer value as of {day}", day=date_text(study.as_of)),
            badge=said(EDITIONS[study.edition]),
            provenance=_provenance(study, about.commit, len(inputs)),
            language=study.language,
            edition=study.edition,
        )
        executed = nbformat.read(folder / "notebooks" / chapter.notebook.name, as_version=4)
        text = report_page(executed, page)
        if str(about.published) in text:
            raise RunFailed(f"{chapter.name}: the page shows the path of the run's folder; show names of files only")
        (folder / chapter.page).write_text(text, encoding="utf-8")
    if SUMMARY not in links:
        # A run of single chapters has no summary; what was asked for is then what one reads first.
        shutil.copyfile(folder / order[-1].page, folder / "index.html")
    return sorted({"index.html", *(chapter.page for chapter in order)})


def _label(chapter: Chapter) -> str:
    title = said(chapter.title)
    return title if chapter.page == "index.html" else f"{int(chapter.number)} {title}"


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
