"""Runners that are killed, at any moment: nothing half-written is seen, no work is lost, no process stays."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import pytest
from small_notebooks import notebook

from workbench.publish.runner import Request, run_studies
from workbench.publish.validity import file_digest

DAY = "2026-06-30"
COMMAND = """
import sys
from pathlib import Path
from workbench import cli
from workbench.publish import runner
runner.notebooks_folder = lambda: Path(sys.argv[1])
sys.exit(cli.main(sys.argv[2:]))
"""
MARK = "WORKBENCH_KILLED_TEST"


@pytest.fixture
def victim(tmp_path, params):
    """A study of three chapters, each with a table made of two texts and a mark when it runs; and how to start it."""
    temporary = Path(tempfile.mkdtemp(prefix="wb-"))  # short: sockets are made in it
    folder, marks = tmp_path / "notebooks", tmp_path / "marks"
    for made in (folder, marks):
        made.mkdir()
    (tmp_path / "version").write_text("0")
    for name in ("00_summary", "01_data_audit", "02_margin_retreatment"):
        cells = (
            "import os, time\nfrom pathlib import Path\nplace = Path(run_dir, 'tables')\nplace.mkdir(exist_ok=True)",
            f"version = Path({str(tmp_path / 'version')!r}).read_text()",
            f"begun = Path({str(marks)!r}, f'{name[:2]}-{{os.getpid()}}').write_text(version)",
            f"file = open(place / '{name[:2]}.txt', 'w')\nlength = file.write(version)\nfile.flush()\ntime.sleep(0.1)",
            "length = file.write('.')\nfile.close()",
        )
        nbformat.write(notebook(*cells), folder / f"{name}.ipynb")
    file = params()

    class Victim:
        home, version = tmp_path / "reports" / "acme", 0

        def started(self) -> subprocess.Popen:
            words = ["run", str(file), "--output", str(tmp_path / "reports"), "--jobs", "2"]
            words += ["--set", f"seed={self.version}"]
            return subprocess.Popen(
                [sys.executable, "-c", COMMAND, str(folder), *words],
                env={**os.environ, MARK: str(tmp_path), "TMPDIR": str(temporary)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

        def renew(self) -> None:
            """Change what the study is made from; nothing that was made is valid from now on."""
            self.version += 1
            (tmp_path / "version").write_text(str(self.version))
            for mark in marks.iterdir():
                mark.unlink()

        def runs(self, number: str) -> int:
            return len(list(marks.glob(f"{number}-*")))

        def done(self) -> set[str]:
            """The chapters that a run has finished, as their records say."""
            return {kept.name[:2] for kept in (self.home / f".{DAY}.done").glob("*/chapter.json")}

        def processes(self) -> list[str]:
            """Processes that this study's runners started and that are still there."""
            return processes_with(f"{MARK}={tmp_path}")

        def leftovers(self) -> list[str]:
            return [path.name for path in temporary.iterdir()]

    yield Victim()
    shutil.rmtree(temporary)


def processes_with(variable: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def is_whole(published: Path) -> bool:
    """Whether a published report is what its own books say, of one version throughout."""
    keys = json.loads((published / "keys.json").read_text())
    assert json.loads((published / "manifest.json").read_text())["study"] == "acme"
    files = dict(keys["pages"])
    for chapter in keys["chapters"].values():
        files |= chapter["files"]
    texts = {(published / "tables" / f"{number}.txt").read_text() for number in ("00", "01", "02")}
    return all(file_digest(published / name) == wanted for name, wanted in files.items()) and len(texts) == 1


class Reader(threading.Thread):
    """Somebody who looks at the published report all the time, by a handle as a web server would."""

    def __init__(self, published: Path):
        super().__init__(daemon=True)
        self.published, self.seen, self.wrong, self.ended = published, 0, [], threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            try:
                handle = os.open(self.published, os.O_RDONLY)
            except FileNotFoundError:
                if self.seen:
                    self.wrong.append("the report was gone")
                continue
            try:
                names = set(os.listdir(handle))  # noqa: PTH208 - of the handle, not of what has the name now
                # A folder that was exchanged for a newer one is emptied; only what has the name now must be whole.
                is_current = os.fstat(handle).st_ino == self.published.stat().st_ino
                if is_current and not {"index.html", "manifest.json", "keys.json", "01_data_audit.html"} <= names:
                    self.wrong.append(f"a half-written report: {sorted(names)}")
                self.seen += 1
            finally:
                os.close(handle)


def waited_for(condition, seconds=60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def kill_at_random(victim, times: int) -> None:
    chance = random.Random(20261122)
    begun = time.monotonic()
    assert victim.started().wait(120) == 0
    usual = time.monotonic() - begun
    reader = Reader(victim.home / DAY)
    reader.start()
    killed = 0
    while killed < times:
        victim.renew()
        runs: dict[str, int] = {}
        for _ in range(3):  # killed again before all the work is done
            process = victim.started()
            time.sleep(chance.uniform(0.1, 0.9) * usual)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            assert waited_for(lambda: not victim.processes(), 10), f"still there: {victim.processes()}"
            assert is_whole(victim.home / DAY)
            runs |= {number: victim.runs(number) for number in victim.done() - runs.keys()}
        assert victim.started().wait(120) == 0
        assert is_whole(victim.home / DAY)
        assert (victim.home / DAY / "tables" / "01.txt").read_text() == f"{victim.version}."
        for number, count in runs.items():
            assert victim.runs(number) == count, f"chapter {number} was done and ran again"
        assert sorted(path.name for path in victim.home.iterdir()) == [".lock", DAY]
        assert waited_for(lambda: not victim.processes(), 10)
        assert victim.leftovers() == []
    reader.ended.set()
    reader.join()
    assert reader.seen and not reader.wrong, reader.wrong


def test_a_runner_killed_at_any_moment_loses_nothing_and_leaves_nothing(victim):
    kill_at_random(victim, 3)


@pytest.mark.slow
def test_a_runner_killed_hundreds_of_times_loses_nothing_and_leaves_nothing(victim):
    kill_at_random(victim, 200)


def many_studies(tmp_path, notebooks, params, *, studies: int, jobs: int) -> None:
    files = [params(f"client-{number:02d}") for number in range(studies)]
    outcomes = run_studies(files, Request(output=tmp_path / "reports", notebooks=notebooks, jobs=jobs))
    assert [str(outcome.error) for outcome in outcomes if outcome.error] == []
    assert len(list((tmp_path / "reports").glob(f"*/{DAY}/manifest.json"))) == studies


def test_six_studies_several_at_a_time_all_succeed(tmp_path, notebooks, params):
    many_studies(tmp_path, notebooks, params, studies=6, jobs=3)


@pytest.mark.slow
def test_forty_studies_several_at_a_time_all_succeed(tmp_path, notebooks, params):
    many_studies(tmp_path, notebooks, params, studies=40, jobs=8)
