import json
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import pytest
from small_notebooks import contents

from workbench import cli
from workbench.publish import place, runner
from workbench.publish.runner import Request, exit_code, run_studies

DAY = "2026-06-30"
COMMAND = """
import sys
from pathlib import Path
from workbench import cli
from workbench.publish import place, runner
runner.notebooks_folder = lambda: Path(sys.argv[1])
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.fixture
def run(tmp_path, notebooks):
    """Run params files with the small notebooks; returns the outcomes."""

    def run(*files, **changes):
        return run_studies(files, Request(**{"output": tmp_path / "reports", "notebooks": notebooks, **changes}))

    return run


@pytest.fixture
def started(tmp_path, notebooks):
    """Start the command line in a process of its own; it is ended with the test."""
    processes = []

    def started(*words):
        argv = [sys.executable, "-c", COMMAND, str(notebooks), *map(str, words), "--output", str(tmp_path / "reports")]
        # Where the tests run in the background of a shell, Ctrl-C is ignored and would be in the child too.
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(argv, preexec_fn=heard, **pipes))
        return processes[-1]

    yield started
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def waited_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_run_makes_the_whole_folder_and_the_same_pages_each_time(tmp_path, run, params):
    (outcome,) = run(params(), overrides={"economic.draws": 200})
    assert outcome.error is None and exit_code([outcome]) == 0
    folder = tmp_path / "reports" / "acme" / DAY
    assert outcome.folder == folder
    first = contents(folder)
    assert sorted(first) == [
        "01_data_audit.html",
        "index.html",
        "keys.json",
        "manifest.json",
        "notebooks/00_summary.ipynb",
        "notebooks/01_data_audit.ipynb",
        "run.log",
    ]
    (again,) = run(params(), overrides={"economic.draws": 200}, output=tmp_path / "elsewhere")
    second = contents(again.folder)
    for page in ("01_data_audit.html", "index.html"):
        assert first[page] == second[page]
        assert str(tmp_path).encode() not in first[page]
    assert not list(folder.parent.glob(f".{DAY}.*"))

    manifest = json.loads(second["manifest.json"])
    keys = "study as_of inputs params overrides versions commit seconds reconciliation"
    assert list(manifest) == keys.split()
    assert (manifest["study"], manifest["as_of"]) == ("acme", DAY)
    assert manifest["params"]["as_of"] == DAY
    assert manifest["params"]["economic"]["draws"] == 200
    assert manifest["overrides"] == {"economic.draws": 200}
    assert set(manifest["seconds"]) == {"01_data_audit", "00_summary", "total"}
    assert manifest["versions"]["papermill"]
    assert "01_data_audit" in second["run.log"].decode()
    assert not [name for name, content in second.items() if str(tmp_path).encode() in content]


def test_an_executed_notebook_finds_params_and_run_from_where_it_is_published(tmp_path, run, params):
    file = params()
    (outcome,) = run(file)
    notebook = nbformat.read(outcome.folder / "notebooks" / "01_data_audit.ipynb", as_version=4)
    told = notebook.metadata.papermill.parameters
    here = outcome.folder / "notebooks"
    assert (here / told["params_file"]).resolve() == Path(file).resolve()
    assert (here / told["run_dir"]).resolve() == outcome.folder.resolve()
    injected = next(cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert f'params_file = "{told["params_file"]}"' in injected.source


def test_the_manifest_holds_inputs_and_reconciliation_of_the_run(tmp_path, run, params, put):
    put(
        "from workbench.tables.run_folder import open_study\nimport pandas as pd",
        "study, run = open_study(params_file, run_dir, overrides)",
        'run.write_note("inputs", {"inputs": [{"table": "customers", "rows_read": 3}]})',
        'table = pd.DataFrame({"axis": ["group"], "ledger_eur": [-1234567.89], "difference_eur": [None]})',
        'written = run.write_table("reconciliation", table)',
        "assert overrides == {'as_of': '2026-05-31'} and study.as_of.isoformat() == '2026-05-31'",
    )
    import datetime

    (outcome,) = run(params(), overrides={"as_of": datetime.date(2026, 5, 31)})
    assert outcome.error is None
    assert outcome.folder.name == "2026-05-31"
    manifest = json.loads((outcome.folder / "manifest.json").read_text())
    assert manifest["inputs"] == [{"table": "customers", "rows_read": 3}]
    assert manifest["reconciliation"] == [{"axis": "group", "ledger_eur": -1234567.89, "difference_eur": None}]
    assert "<dt>Client files</dt><dd>1</dd>" in (outcome.folder / "index.html").read_text()


@pytest.mark.parametrize(
    ("cell", "message", "code"),
    [
        ("import sys\nsys.exit(0)", r"01_data_audit, cell 4: SystemExit: 0", 1),
        ("1 / 0", r"01_data_audit, cell 4: ZeroDivisionError: division by zero", 1),
        ("import os\nos.kill(os.getpid(), 9)", r"01_data_audit: DeadKernelError: Kernel died", 1),
        ("from workbench.errors import DataError\nraise DataError('bad file')", r"cell 4: DataError: bad file", 2),
    ],
    ids=["sys.exit(0)", "exception", "dead kernel", "bad data"],
)
def test_a_notebook_that_stops_fails_the_run_and_leaves_the_previous_one(
    tmp_path, run, params, put, capsys, cell, message, code
):
    folder = tmp_path / "reports" / "acme" / DAY
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("published")
    before = contents(folder)
    put("fine = 1", cell, "late = 2")
    (outcome,) = run(params())
    assert re.search(message, str(outcome.error))
    assert exit_code([outcome]) == code
    assert contents(folder) == before
    kept = tmp_path / "reports" / "acme" / f".failed-{DAY}"
    assert (kept / "notebooks" / "01_data_audit.ipynb").exists()
    assert "failed" in (kept / "run.log").read_text()
    told = capsys.readouterr().err
    assert re.search(message, told)
    assert f"{kept}/notebooks/01_data_audit.ipynb" in told
    assert "Traceback" not in told


def test_a_message_names_files_where_they_are_kept(tmp_path, run, params, put):
    put(
        "from pathlib import Path\nfolder = Path(run_dir, 'quarantine')\nfolder.mkdir()",
        "length = (folder / 'a.csv').write_text('x')",
        "from workbench.errors import DataError\nraise DataError(f'too many, see {run_dir}/quarantine/a.csv')",
    )
    (outcome,) = run(params())
    named = re.search(r"see (\S+)", str(outcome.error))[1]
    assert Path(named).read_text() == "x"


def test_one_study_that_fails_does_not_stop_the_others(tmp_path, run, params, put):
    put("assert 'bravo' not in params_file")
    outcomes = run(params("alpha"), params("bravo"), params("charlie"))
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    assert exit_code(outcomes) == 1
    assert (tmp_path / "reports" / "charlie" / DAY / "index.html").exists()
    assert not (tmp_path / "reports" / "bravo" / DAY).exists()


def test_two_dates_of_one_study_are_made_one_after_the_other(tmp_path, run, params):
    later = tmp_path / "params" / "later.yaml"
    later.write_text(params().read_text().replace("2026-06-30", "2026-07-31"))
    assert [outcome.error for outcome in run(params(), later, jobs=2)] == [None, None]
    home = tmp_path / "reports" / "acme"
    assert sorted(path.name for path in home.iterdir()) == [".lock", DAY, "2026-07-31"]


def test_a_second_run_of_the_study_is_refused_while_one_is_under_way(tmp_path, run, params):
    with place.locked(tmp_path / "reports" / "acme"):
        (outcome,) = run(params())
    assert "another run of this study is under way" in str(outcome.error)
    assert exit_code([outcome]) == 1


@pytest.mark.parametrize("name", ["../acme", "acme/../../x", "/acme", ".", "-acme", "Acme", "a" * 64])
def test_a_study_name_that_would_leave_the_reports_folder_is_refused(tmp_path, run, params, name):
    file = params()
    file.write_text(file.read_text().replace("study: acme", f"study: '{name}'"))
    (outcome,) = run(file)
    assert "study: must be: short name" in str(outcome.error) and exit_code([outcome]) == 2
    assert not (tmp_path / "reports").exists()


def test_reports_that_cannot_be_written_are_one_clear_sentence(tmp_path, run, params, capsys):
    (tmp_path / "file").write_text("")
    (outcome,) = run(params(), output=tmp_path / "file" / "reports")
    assert re.search(r"cannot be written \(Not a directory\); choose another folder with --output", str(outcome.error))
    assert "Traceback" not in capsys.readouterr().err


def test_two_params_files_of_one_study_and_date_are_refused(tmp_path, run, params):
    twin = tmp_path / "params" / "twin.yaml"
    twin.write_text(params().read_text())
    first, second = run(params(), twin)
    assert first.error is None
    assert re.search(r"study 'acme' of 2026-06-30 was already made from .*acme\.yaml", str(second.error))
    assert exit_code([second]) == 2 and exit_code([first, second]) == 1


def test_a_page_with_the_path_of_the_run_folder_is_refused(run, params, put):
    put("from IPython.display import HTML, display\ndisplay(HTML(f'<p>{run_dir}</p>'))")
    (outcome,) = run(params())
    assert "the page shows the path of the run's folder" in str(outcome.error)


def test_something_unforeseen_in_one_study_is_told_in_full_and_the_others_go_on(run, params, monkeypatch, capsys):
    whole = runner.commit_of

    def commit_of(folder, calls=[]):  # noqa: B006 - counts its calls
        calls.append(folder)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")
        return whole(folder)

    monkeypatch.setattr(runner, "commit_of", commit_of)
    first, second = run(params("alpha"), params("bravo"))
    assert "Input/output error" in str(first.error) and second.error is None
    assert exit_code([first, second]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_killed_runner_leaves_the_previous_report_and_the_next_run_sweeps(tmp_path, started, run, params, put):
    home = tmp_path / "reports" / "acme"
    (home / DAY).mkdir(parents=True)
    (home / DAY / "index.html").write_text("published")
    mark = tmp_path / "kernel"
    put(f"import os, time\nfrom pathlib import Path\nPath({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(60)")
    process = started("run", params())
    assert waited_for(lambda: mark.exists() and mark.read_text())
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert contents(home / DAY) == {"index.html": b"published"}
    assert [path.name for path in home.glob(f".{DAY}.*")] == [f".{DAY}.{process.pid}"]
    assert waited_for(lambda: not Path("/proc", mark.read_text()).exists()), "the kernel outlived its runner"
    put("fine = 1")
    (outcome,) = run(params())
    assert outcome.error is None
    assert sorted(path.name for path in home.iterdir()) == [".lock", DAY]
    assert (home / DAY / "manifest.json").exists()


def test_ctrl_c_ends_cleanly(tmp_path, started, params, put):
    mark = tmp_path / "kernel"
    put(f"import os, time\nfrom pathlib import Path\nPath({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(60)")
    process = started("run", params())
    assert waited_for(lambda: mark.exists() and mark.read_text())
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in told and "Traceback" not in told
    assert [path.name for path in (tmp_path / "reports" / "acme").iterdir()] == [".lock"]
    assert waited_for(lambda: not Path("/proc", mark.read_text()).exists())


def test_paths_with_braces_are_taken_as_they_are(tmp_path, notebooks, params):
    output = tmp_path / "{params_file}" / "a b"
    (outcome,) = run_studies([params()], Request(output=output, notebooks=notebooks))
    assert outcome.error is None
    assert (output / "acme" / DAY / "notebooks" / "00_summary.ipynb").exists()


def test_a_kernel_of_its_own_over_private_sockets(run, params, put, tmp_path):
    put(
        "import json, os, stat, sys\nfrom ipykernel.connect import get_connection_file\nfile = get_connection_file()",
        "about = json.load(open(file)), stat.S_IMODE(os.stat(os.path.dirname(file)).st_mode), sys.executable, file",
        f"open({str(tmp_path / 'about')!r}, 'w').write(json.dumps(about)) and None",
    )
    (outcome,) = run(params())
    assert outcome.error is None
    connection, mode, python, file = json.loads((tmp_path / "about").read_text())
    assert connection["transport"] == "ipc" and mode & 0o777 == 0o700
    assert Path(python) == Path(sys.executable)
    assert not Path(file).parent.exists()


def test_the_executed_notebook_counts_cells_as_the_author_does(run, params, put, notebooks):
    put("a = 1", "b = 2", "c = unknown")
    (outcome,) = run(params())
    written = nbformat.read(notebooks / "01_data_audit.ipynb", as_version=4)
    place = int(re.search(r"cell (\d+)", str(outcome.error))[1])
    assert written.cells[place - 1].source == "c = unknown"


def test_cli_run_prints_the_pages_last_and_takes_settings(tmp_path, notebooks, params, monkeypatch, capsys):
    monkeypatch.setattr(runner, "notebooks_folder", lambda: notebooks)
    monkeypatch.chdir(tmp_path)
    asked = ["run", "params/acme.yaml", "--set", "economic.draws=300", "--edition", "internal", "--only", "01"]
    params()
    assert cli.main(asked) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [f"reports/acme/{DAY}/index.html"]
    manifest = json.loads((tmp_path / "reports" / "acme" / DAY / "manifest.json").read_text())
    assert manifest["overrides"] == {"economic.draws": 300, "edition": "internal"}
