"""What is done already is not done again, and nothing else is taken over."""

import json
from pkgutil import resolve_name

import nbformat
import pytest
from small_notebooks import contents, notebook

from workbench.errors import RunFailed
from workbench.publish import validity
from workbench.publish.graph import NEEDS, SUMMARY, Needs
from workbench.publish.runner import Request, run_studies
from workbench.publish.validity import record_of

DAY = "2026-06-30"
WITH_KERNELS = {
    "test_a_chapter_cannot_read_what_it_does_not_declare",
    "test_independent_chapters_run_at_the_same_time",
    "test_a_chapter_that_fails_in_its_kernel_is_not_taken_over",
}


def counting(name: str, marks, *, cells: tuple[str, ...] = (), title: str = "Does it run?"):
    """A notebook that leaves a mark each time it runs, and writes a table."""
    return notebook(
        f"with open({str(marks / name)!r}, 'a') as file:\n    length = file.write('x')",
        "from pathlib import Path\nplace = Path(run_dir, 'tables')\nplace.mkdir(exist_ok=True)",
        f"length = (place / '{name}.parquet').write_text('{name}')",
        *cells,
        title=title,
    )


async def called_here(name: str, *arguments, seconds: float | None = None):
    """Instead of a process and a kernel of its own: what decides about validity is the same, and it takes no time."""
    if not name.endswith("make_chapter"):
        return resolve_name(name)(*arguments)
    (assignment,) = arguments
    executed = nbformat.read(assignment.chapter.notebook, as_version=4)
    names = dict(assignment.parameters)
    nbformat.write(executed, assignment.folder / "notebooks" / assignment.chapter.notebook.name)
    for cell in executed.cells[2:]:
        exec(cell.source, names)
    return record_of(assignment.folder, chapter=assignment.chapter.name, key=assignment.key, seconds=0.1)


@pytest.fixture
def study(request, tmp_path, params, monkeypatch):
    """Four chapters that count how often they ran: 03 needs 02, which needs 01. Returns what runs them."""
    folder, marks = tmp_path / "notebooks", tmp_path / "marks"
    folder.mkdir()
    marks.mkdir()
    if request.node.name not in WITH_KERNELS:
        monkeypatch.setattr("workbench.publish.chapters.in_own_process", called_here)
        monkeypatch.setattr("workbench.publish.runner.in_own_process", called_here)
    for number, needs in ((SUMMARY, ()), ("01", ()), ("02", ("01",)), ("03", ("02",)), ("04", ("01",))):
        monkeypatch.setitem(NEEDS, number, Needs(chapters=needs))
    for name in ("00_summary", "01_data_audit", "02_second", "03_third", "04_fourth"):
        nbformat.write(counting(name[:2], marks), folder / f"{name}.ipynb")
    file = params()
    (file.parent / "c.csv").write_text("id\n1\n")
    (file.parent / "d.csv").write_text("id\n1\n")

    class Study:
        home, notebooks, params_file, path = tmp_path / "reports" / "acme", folder, file, tmp_path

        def run(self, **changes):
            request = Request(**{"output": tmp_path / "reports", "notebooks": folder, "jobs": 2, **changes})
            return run_studies([file], request)[0]

        def ran(self) -> str:
            """The chapters that ran since last asked, in order of their numbers."""
            ran = "".join(f"{mark.name} " * len(mark.read_text()) for mark in sorted(marks.iterdir()))
            for mark in marks.iterdir():
                mark.unlink()
            return ran.strip()

        def write(self, name, *cells):
            nbformat.write(counting(name[:2], marks, cells=cells), folder / f"{name}.ipynb")

    return Study()


def test_a_second_run_with_nothing_changed_does_nothing(study, capsys):
    assert study.run().error is None
    assert study.ran() == "00 01 02 03 04"
    before = {path: path.stat().st_ino for path in (study.home / DAY).rglob("*")}
    outcome = study.run()
    assert outcome.error is None and outcome.folder == study.home / DAY
    assert study.ran() == ""
    assert before == {path: path.stat().st_ino for path in (study.home / DAY).rglob("*")}
    assert "acme: nothing has changed, the report of 2026-06-30 stands" in capsys.readouterr().err
    assert sorted(path.name for path in study.home.iterdir()) == [".lock", DAY]


def test_what_a_chapter_is_made_from_decides_what_runs_again(study):
    study.run()
    study.ran()
    study.write("02_second", "more = 1")
    study.run()
    assert study.ran() == "00 02 03"
    (study.params_file.parent / "c.csv").write_text("id\n2\n")
    study.run()
    assert study.ran() == "00 01 02 03 04"
    study.run(overrides={"economic.draws": 300})
    assert study.ran() == "00 01 02 03 04"
    study.params_file.write_text(study.params_file.read_text().replace("Acme", "Bravo"))
    study.run(overrides={"economic.draws": 300})
    assert study.ran() == "00 01 02 03 04"


def test_other_versions_or_another_source_of_the_workbench_make_everything_anew(study, monkeypatch):
    study.run()
    study.ran()
    for name in ("installed_versions", "source_digest"):
        monkeypatch.setattr(validity, name, lambda name=name: name)
        study.run()
        assert study.ran() == "00 01 02 03 04"


def test_outputs_that_are_not_as_they_were_written_are_made_again(study):
    study.run()
    study.ran()
    for damaged, again in (("tables/02.parquet", "02"), ("notebooks/04_fourth.ipynb", "04"), ("index.html", "")):
        good = (study.home / DAY / damaged).read_bytes()
        (study.home / DAY / damaged).write_text("damaged")
        study.run()
        assert study.ran() == again
        assert damaged.endswith("ipynb") or (study.home / DAY / damaged).read_bytes() == good
    (study.home / DAY / "tables" / "03.parquet").unlink()
    study.run()
    assert study.ran() == "03"
    (study.home / DAY / "keys.json").write_text("{")
    study.run()
    assert study.ran() == "00 01 02 03 04"


def test_after_a_failure_only_what_was_not_done_runs(study):
    study.write("03_third", "1 / 0")
    assert study.run(jobs=1).error is not None
    assert study.ran() in ("01 02 03", "01 02 03 04")
    assert (study.home / f".failed-{DAY}" / "tables" / "02.parquet").exists()
    assert (study.home / f".failed-{DAY}" / "notebooks" / "03_third.ipynb").exists()
    study.write("03_third", "0 / 1")
    assert study.run().error is None
    assert {"00", "03"} <= set(study.ran().split()) <= {"00", "03", "04"}
    manifest = json.loads((study.home / DAY / "manifest.json").read_text())
    assert set(manifest["seconds"]) == {"00_summary", "01_data_audit", "02_second", "03_third", "04_fourth", "total"}


def test_a_chapter_that_fails_in_its_kernel_is_not_taken_over(study):
    study.write("03_third", "1 / 0")
    assert "ZeroDivisionError" in str(study.run(jobs=2).error)
    assert study.ran() == "01 02 03 04"
    study.write("03_third", "0 / 1")
    assert study.run(jobs=2).error is None
    assert study.ran() == "00 03"


def test_only_leaves_the_other_chapters_where_they_are_valid(study, capsys):
    study.run()
    study.ran()
    study.write("02_second", "other = 1")
    assert "left out" not in capsys.readouterr().err
    study.run(only="02")
    told = "acme: no longer valid and left out of this report: 03_third"
    assert f"{told}; run without --only to make them again\n" in capsys.readouterr().err
    assert f"WARNING workbench.acme: {told}\n" in (study.home / DAY / "run.log").read_text()
    assert study.ran() == "00 02"
    pages = sorted(path.name for path in (study.home / DAY).glob("*.html"))
    assert pages == ["01_data_audit.html", "02_second.html", "04_fourth.html", "index.html"]  # 03 rests on the old 02
    study.run()
    assert study.ran() == "00 03"
    assert (study.home / DAY / "03_third.html").exists()
    study.run(only="04")
    assert study.ran() == ""


def test_a_chapter_cannot_read_what_it_does_not_declare(study):
    read = (
        "from workbench.tables import open_study\nstudy, run = open_study(params_file, run_dir, overrides)",
        "found = [name for name in ('01', '02', '03', '04') if run.has_table(name)]",
    )
    study.write("03_third", *read, "assert found == ['01', '02', '03'], found")
    study.write("00_summary", *read, "assert found == ['01', '02', '03', '04'], found")
    assert study.run().error is None


def test_independent_chapters_run_at_the_same_time(study):
    wait = (
        "import time\nfrom pathlib import Path\nPath({mine!r}).touch()\nend = time.monotonic() + 30",
        "while not Path({other!r}).exists() and time.monotonic() < end: time.sleep(0.05)",
        "assert Path({other!r}).exists(), 'the other chapter did not run at the same time'",
    )
    two, four = str(study.path / "two"), str(study.path / "four")
    study.write("02_second", *(cell.format(mine=two, other=four) for cell in wait))
    study.write("04_fourth", *(cell.format(mine=four, other=two) for cell in wait))
    assert study.run(jobs=2).error is None


def test_a_published_run_is_not_touched_by_the_one_that_takes_over_its_files(study):
    study.run()
    kept = contents(study.home / DAY)
    study.write("04_fourth", "1 / 0")
    assert study.run().error is not None
    assert contents(study.home / DAY) == kept
    (study.home / f".failed-{DAY}" / "tables" / "02.parquet").write_text("changed by a person")
    assert contents(study.home / DAY) == kept


def test_a_run_whose_pages_fail_shares_no_file_with_the_published_one_and_is_forgotten_when_all_is_well(
    study, monkeypatch
):
    study.run()
    kept, failed = contents(study.home / DAY), study.home / f".failed-{DAY}"

    def no_pages(*_):
        raise RunFailed("no page")

    study.write("04_fourth", "other = 1")
    with monkeypatch.context() as patched:
        patched.setattr("workbench.publish.runner._write_pages", no_pages)
        assert str(study.run().error) == "no page"
    for name in ("tables/02.parquet", "notebooks/01_data_audit.ipynb"):
        (failed / name).write_text("changed by a person")
    assert contents(study.home / DAY) == kept
    study.write("04_fourth")
    study.ran()
    assert study.run().error is None and study.ran() == ""
    assert contents(study.home / DAY) == kept and not failed.exists()


def test_a_file_system_without_links_is_copied_to(study, monkeypatch):
    def link(file, there):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(validity.os, "link", link)
    assert study.run().error is None
    assert study.ran() == "00 01 02 03 04"
    assert study.run().error is None
    assert study.ran() == ""
