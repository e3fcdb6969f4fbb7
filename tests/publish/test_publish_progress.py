import io
import logging

from rich.console import Console

from workbench.publish.progress import LOG, Report, log_of, logged_to


def told_on(terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, _environ={})
    report = Report(console)
    with report.study("acme", steps=2):
        for step in ("01_data_audit", "00_summary"):
            report.step("acme", step)
            report.done("acme")
    report.say("a path [bold]/tmp/[red]x[/red]: failed")
    return console.file.getvalue()


def test_without_a_terminal_each_step_is_one_plain_line():
    assert told_on(terminal=False).splitlines() == [
        "acme: 01_data_audit",
        "acme: 00_summary",
        "a path [bold]/tmp/[red]x[/red]: failed",
    ]


def test_on_a_terminal_a_bar_moves_and_texts_are_not_markup():
    told = told_on(terminal=True)
    assert "2/2" in told
    assert "acme: 00_summary" in told
    assert told.splitlines()[-1].endswith("a path [bold]/tmp/[red]x[/red]: failed")


def test_the_log_holds_what_was_told_and_is_let_go_after(tmp_path):
    before = list(LOG.handlers)
    with logged_to(tmp_path / "run.log", LOG.name, "papermill"):
        LOG.info("step %s", "one")
        logging.getLogger("papermill").warning("Passed unknown parameter: x")
    LOG.info("after")
    lines = (tmp_path / "run.log").read_text().splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "INFO workbench: step one",
        "WARNING papermill: Passed unknown parameter: x",
    ]
    assert LOG.handlers == before


def test_studies_that_run_at_once_are_logged_apart(tmp_path):
    with (
        logged_to(tmp_path / "acme.log", log_of("acme").name),
        logged_to(tmp_path / "bravo.log", log_of("bravo").name),
    ):
        log_of("acme").info("one")
        log_of("bravo").info("two")
    assert "INFO workbench.acme: one" in (tmp_path / "acme.log").read_text()
    assert (tmp_path / "bravo.log").read_text().count("\n") == 1


def test_several_studies_have_a_bar_each(monkeypatch):
    console = Console(file=io.StringIO(), force_terminal=True, width=100, _environ={})
    report = Report(console)
    with report.study("acme", steps=2):
        with report.study("bravo", steps=3):
            report.step("acme", "01_data_audit")
            report.step("bravo", "02_margin_retreatment")
            report.done("bravo")
        report.done("acme")
        report.step("acme", "pages")
    told = console.file.getvalue()
    assert "bravo: 02_margin_retreatment" in told and "acme: pages" in told
