"""Kernels and processes: forked where it is safe, ended in time, and as a notebook expects them."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from small_notebooks import contents

from workbench.errors import RunFailed
from workbench.publish import processes
from workbench.publish.processes import in_own_process, scratch_folder
from workbench.publish.runner import Request, run_studies

DAY = "2026-06-30"


@pytest.fixture
def run(tmp_path, notebooks, params):
    """Run the study; returns its outcome."""

    def run(**changes):
        return run_studies([params()], Request(output=tmp_path / "reports", notebooks=notebooks, **changes))[0]

    return run


def outputs(tmp_path) -> list:
    written = nbformat.read(tmp_path / "reports" / "acme" / DAY / "notebooks" / "01_data_audit.ipynb", as_version=4)
    return [output for cell in written.cells if cell.cell_type == "code" for output in cell.outputs]


def in_process(name, *arguments, seconds=60):
    return asyncio.run(in_own_process(name, *arguments, seconds=seconds))


def test_a_process_is_forked_without_threads_from_a_server_that_has_the_libraries():
    alone = "import os, sys\nassert len(os.listdir('/proc/self/task')) == 1, os.listdir('/proc/self/task')"
    in_process("builtins.exec", f"{alone}\nassert {{'ibis', 'papermill', 'workbench.economic'}} <= set(sys.modules)")


def test_what_a_process_raises_is_raised_with_its_traceback():
    with pytest.raises(ZeroDivisionError) as raised:
        in_process("builtins.exec", "1 / 0")
    assert "Traceback" in str(raised.value.__cause__)


def test_a_process_that_dies_without_a_word_is_told():
    with pytest.raises(RunFailed, match=r"exec ended by itself \(exit code 7\)"):
        in_process("builtins.exec", "import os; os._exit(7)")


def test_a_process_that_takes_too_long_is_ended():
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        in_process("time.sleep", 60, seconds=0.3)
    assert time.monotonic() - begun < 20


def test_a_process_sees_the_environment_of_now(monkeypatch):
    monkeypatch.setenv("WORKBENCH_TEST_WORD", "word")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert in_process("os.getenv", "WORKBENCH_TEST_WORD") == "word"
    assert in_process("os.getenv", "OPENBLAS_NUM_THREADS") is None
    assert "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.fixture
def base(monkeypatch):
    """A folder for temporary files whose path is short."""
    folder = Path(tempfile.mkdtemp(prefix="wb-"))
    monkeypatch.setattr(processes.tempfile, "gettempdir", lambda: str(folder))
    monkeypatch.setattr(processes.tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_scratch_is_removed_and_that_of_dead_runners_swept(base, monkeypatch):
    left = base / "workbench-4194399-left"  # above the highest process number there can be
    left.mkdir()
    with scratch_folder() as folder:
        assert folder.parent == base and folder.stat().st_mode & 0o777 == 0o700
        assert not left.exists()
    assert not folder.exists()
    monkeypatch.setattr(processes.tempfile, "gettempdir", lambda: f"/tmp/{'long' * 20}")
    with pytest.raises(RunFailed, match="set a shorter TMPDIR"), scratch_folder():
        pass


def test_scratch_of_a_live_runner_stays_though_its_number_names_no_process_here(base):
    with scratch_folder() as folder:
        elsewhere = folder.rename(base / "workbench-4194399-container")  # numbers of a container mean nothing outside
        with scratch_folder():
            assert elsewhere.exists()
        elsewhere.rename(folder)
    assert list(base.iterdir()) == []


def test_scratch_that_another_runner_sweeps_at_the_same_time_is_no_failure(base):
    gone = base / "workbench-4194399-gone"
    gone.symlink_to(base / "swept")  # listed, and not there when it is looked at
    with scratch_folder() as folder:
        assert folder.exists()


@pytest.mark.parametrize("before", ["", "import workbench.figures\n"], ids=["pyplot alone", "after our figures"])
def test_pyplot_figures_do_not_vanish(tmp_path, run, put, before):
    put(f"{before}import matplotlib.pyplot as plt\nfigure = plt.plot([1, 2])", "shown = plt.plot([2, 1])")
    run()  # fails for the missing alternative text, which is what a figure is refused for
    kept = tmp_path / "reports" / "acme" / f".failed-{DAY}" / "notebooks" / "01_data_audit.ipynb"
    written = nbformat.read(kept, as_version=4)
    shown = [
        o
        for cell in written.cells
        if cell.cell_type == "code"
        for o in cell.outputs
        if "image/png" in o.get("data", {})
    ]
    assert len(shown) == 2


def test_two_kernels_do_not_share_chance_and_have_temporary_files_of_their_own(tmp_path, run, put):
    draw = (
        "import os, random, tempfile, numpy\n"
        "print(random.random(), numpy.random.rand(), tempfile.gettempdir(), os.getcwd())"
    )
    told = []
    for round_ in (1, 2):
        put(f"{draw} or {round_}")
        assert run().error is None
        told.append(outputs(tmp_path)[0].text.split())
    (first, second), folder = told, tmp_path / "notebooks"
    assert first[0] != second[0] and first[1] != second[1]
    assert "workbench-" in first[2] and first[2] != second[2] and not Path(first[2]).exists()
    assert first[3] == second[3] == str(folder)


@pytest.mark.parametrize(("jobs", "threads"), [(1, os.cpu_count()), (64, 1)])
def test_the_processors_are_shared_between_jobs(tmp_path, run, put, jobs, threads):
    put(
        "import numpy, threadpoolctl\nfound = threadpoolctl.threadpool_info()",
        "print({pool['num_threads'] for pool in found})",
    )
    assert run(jobs=jobs).error is None
    assert outputs(tmp_path)[0].text.strip() == f"{{{threads}}}"


def test_a_notebook_that_takes_too_long_is_ended_and_told_with_its_cell(tmp_path, run, put):
    mark = tmp_path / "kernel"
    put("fine = 1", f"import os, time\nlength = open({str(mark)!r}, 'w').write(str(os.getpid()))", "time.sleep(120)")
    outcome = run(notebook_minutes=0.2)
    assert re.search(
        r"01_data_audit, cell 5: TimeLimit: not done after 0\.2\d* minutes; .*--notebook-minutes", str(outcome.error)
    )
    end = time.monotonic() + 10
    while Path("/proc", mark.read_text()).exists():
        assert time.monotonic() < end, "the kernel outlived its notebook"
        time.sleep(0.05)
    assert (tmp_path / "reports" / "acme" / f".failed-{DAY}" / "notebooks" / "01_data_audit.ipynb").exists()


def test_a_table_that_does_not_fit_is_told_with_its_cell_and_not_left_half_written(tmp_path, run, put):
    # Files of the kernel may not grow beyond 100 kB, as on a disk without room.
    put(
        "import resource, signal\nbefore = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))",
        "import numpy, pandas\nfrom workbench.tables import open_study\nstudy, run = open_study(params_file, run_dir)",
        "run.write_table('large', pandas.DataFrame({'x': numpy.random.rand(100_000)}))",
    )
    outcome = run()
    assert re.search(r"01_data_audit, cell 6: OSError: .*File too large", str(outcome.error))
    assert list((tmp_path / "reports" / "acme").rglob("large.parquet")) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB; needs the right to mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("free_kb", [0, 12, 40])
def test_a_full_disk_is_one_clear_message_and_the_report_stays(small_disk, notebooks, params, capsys, free_kb):
    file, request = params(), Request(output=small_disk, notebooks=notebooks)
    assert run_studies([file], request)[0].error is None
    published = small_disk / "acme" / DAY
    before = contents(published)
    file.write_text(file.read_text().replace("Acme", "Bravo"))
    with (small_disk / "filler").open("wb") as filler:
        space = os.statvfs(small_disk)
        filler.write(b"x" * (space.f_bavail * space.f_bsize - free_kb * 1024))
    (outcome,) = run_studies([file], request)
    told = capsys.readouterr().err
    assert "No space left on device" in str(outcome.error) and "Traceback" not in told, told
    assert contents(published) == before
    (small_disk / "filler").unlink()
    assert run_studies([file], request)[0].error is None
