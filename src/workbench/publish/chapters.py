"""The chapters of one study, each made in a folder and a process of its own as soon as what it needs is there."""

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from workbench.publish.assignment import Assignment
from workbench.publish.cells import NotebookFailed
from workbench.publish.graph import SUMMARY, Chapter, upstream_within
from workbench.publish.processes import in_own_process
from workbench.publish.progress import Report
from workbench.publish.validity import (
    Finished,
    Record,
    chapter_keys,
    file_digest,
    finished_before,
    gather,
    kept_name,
)
from workbench.tables.upstream import UPSTREAM, write_upstream

WORK = "work"


@dataclass(frozen=True)
class Machine:
    """What the studies of a batch share.

    slots, processes at a time; scratch, folder for their sockets and temporary files; threads, for linear algebra in
    each; notebook_minutes, after which a notebook is ended.
    """

    slots: asyncio.Semaphore
    scratch: Path
    threads: int
    notebook_minutes: float


@dataclass(frozen=True)
class Place:
    """Where a study's chapters are.

    building, the folder being built; store, finished chapters beside it; published, the run of this date; earlier, the
    study's last run before it, which the summary reads.
    """

    building: Path
    store: Path
    published: Path
    log: Path
    earlier: Path | None = None


@dataclass(frozen=True)
class Plan:
    """The chapters of a run, each after what it needs; their keys, and what is done already, by number."""

    order: tuple[Chapter, ...]
    keys: dict[str, str]
    finished: dict[str, Finished]


def planned(
    possible: Sequence[Chapter],
    asked: Sequence[Chapter],
    digest: str,
    *,
    store: Path,
    published: Path,
    earlier: Path | None = None,
) -> Plan:
    """The chapters that were asked for, and of the others those that are done and still valid.

    Parameters: possible, all chapters the study can have, each after what it needs; asked, some of them; digest, what
    all rest on; earlier, the run that the summary holds this one against.
    """
    beside = {SUMMARY: file_digest(earlier / "manifest.json")} if earlier else {}
    order: list[Chapter] = []
    upstream = upstream_within(possible)
    for chapter in possible:
        numbers = [*(one.number for one in order), chapter.number]
        if chapter in asked:
            order.append(chapter)
        elif chapter.number == SUMMARY or set(upstream[chapter.number]) <= set(numbers):
            with_it = [*order, chapter]
            key = chapter_keys(with_it, upstream_within(with_it), digest, beside=beside)[chapter.number]
            if finished_before(chapter.number, key, store=store, published=published):
                order.append(chapter)
    keys = chapter_keys(order, upstream_within(order), digest, beside=beside)
    found = {number: finished_before(number, key, store=store, published=published) for number, key in keys.items()}
    return Plan(tuple(order), keys, {number: one for number, one in found.items() if one})


async def make_chapters(
    plan: Plan, study: str, parameters: Mapping[str, object], *, place: Place, machine: Machine, report: Report
) -> dict[str, Finished]:
    """Make what the plan lacks and gather all chapters in the folder being built; returns them by number.

    After a chapter that fails nothing more is made ready; what is under way ends, so that its work is kept.
    Raises: the first failure; what there is of all chapters then stands in the folder being built.
    """
    finished, failures = dict(plan.finished), {}
    upstream, chapters = upstream_within(plan.order), {chapter.number: chapter for chapter in plan.order}
    sorter = TopologicalSorter(upstream)
    sorter.prepare()
    running: dict[asyncio.Task, str] = {}
    try:
        while sorter.is_active() and not failures:
            for number in sorter.get_ready():
                if number in finished:
                    sorter.done(number)
                    continue
                assignment = _assigned(chapters[number], plan, parameters, place, machine)
                above = [finished[one].folder for one in upstream[number]]
                write_upstream(assignment.folder, above, earlier=place.earlier if number == SUMMARY else None)
                running[asyncio.create_task(_made(assignment, study, place, machine, report))] = number
            if running:
                await _one_done(running, finished, failures, sorter)
        while running:
            await _one_done(running, finished, failures, sorter)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if failures:
        failure = next(iter(failures.values()))
        try:
            _gather_for_reading(finished, list(failures), place)
        except OSError as error:
            failure.add_note(f"not all of it could be kept ({error.strerror})")
        raise failure
    for one in finished.values():
        gather(one, place.building, linked=True)
    shutil.rmtree(place.building / WORK, ignore_errors=True)
    return finished


def _gather_for_reading(finished: Mapping[str, Finished], failed: Sequence[str], place: Place) -> None:
    """Put what there is of all chapters into the folder being built; it may be for want of space that one failed."""
    for number in failed:
        work = place.building / WORK / number
        for file in [file for file in work.rglob("*") if file.is_file() and file.name != UPSTREAM]:
            there = place.building / file.relative_to(work)
            there.parent.mkdir(parents=True, exist_ok=True)
            file.replace(there)
    shutil.rmtree(place.building / WORK)
    for one in finished.values():
        gather(one, place.building, linked=False)


async def _one_done(
    running: dict[asyncio.Task, str],
    finished: dict[str, Finished],
    failures: dict[str, Exception],
    sorter: TopologicalSorter,
) -> None:
    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        number = running.pop(task)
        try:
            finished[number] = task.result()
        except Exception as error:  # noqa: BLE001 - raised again by make_chapters when the others have ended
            failures[number] = error
        else:
            sorter.done(number)


def _assigned(
    chapter: Chapter, plan: Plan, parameters: Mapping[str, object], place: Place, machine: Machine
) -> Assignment:
    folder = place.building / WORK / chapter.number
    (folder / "notebooks").mkdir(parents=True)
    return Assignment(
        chapter=chapter,
        key=plan.keys[chapter.number],
        folder=folder,
        published=place.published,
        parameters={**parameters, "run_dir": str(folder)},
        log=place.log,
        scratch=machine.scratch,
        threads=machine.threads,
    )


async def _made(assignment: Assignment, study: str, place: Place, machine: Machine, report: Report) -> Finished:
    """Make a chapter and set it aside, so that no later run need make it again."""
    chapter = assignment.chapter
    async with machine.slots:
        report.step(study, chapter.name)
        begun = time.monotonic()
        try:
            record: Record = await in_own_process(
                "workbench.publish.execution.make_chapter", assignment, seconds=machine.notebook_minutes * 60
            )
        except TimeoutError as error:
            raise NotebookFailed(
                chapter.name,
                assignment.stopped_at,
                "TimeLimit",
                f"not done after {(time.monotonic() - begun) / 60:.3g} minutes; allow more with --notebook-minutes",
            ) from error
        finally:
            report.done(study)
    kept = place.store / kept_name(chapter.number, assignment.key)
    place.store.mkdir(exist_ok=True)
    shutil.rmtree(kept, ignore_errors=True)
    assignment.folder.rename(kept)
    return Finished(kept, record)
