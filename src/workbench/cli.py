"""The command line: what a person or a batch asks of the workbench."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import ParamsError, WorkbenchError

if TYPE_CHECKING:
    from workbench.params import Study
    from workbench.tables import RunFolder

WRONG_INPUT, INTERRUPTED = 2, 130


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets `command`, the function that does it."""
    whole = argparse.ArgumentParser(
        prog="workbench",
        description="The customer-value study: from client files to a report.",
        epilog="Exit codes: 0 done; 1 a study failed (others went on); 2 wrong usage, params or data; 130 interrupted.",
    )
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run studies and write their reports")
    run.add_argument("params", nargs="+", type=Path, metavar="PARAMS", help="params file of a study (YAML)")
    run.add_argument("--only", metavar="NN", help="run one chapter, what it needs, and the summary; e.g. 02")
    _add_overrides(run)
    run.add_argument("--output", type=Path, metavar="DIR", help="folder of the reports (default: reports)")
    run.add_argument(
        "--jobs",
        type=_at_least_one,
        default=1,
        metavar="N",
        help="notebooks run at a time, of one study or of several (default: 1)",
    )
    run.add_argument(
        "--notebook-minutes",
        type=_minutes,
        default=120,
        metavar="MINUTES",
        help="a notebook that takes longer is ended and its study fails (default: %(default)s)",
    )
    run.set_defaults(command=_run)

    check = commands.add_parser("check", help="tell all problems of params and client files at once, without running")
    check.add_argument("params", nargs="+", type=Path, metavar="PARAMS", help="params file of a study (YAML)")
    _add_overrides(check)
    check.set_defaults(command=_check)

    new = commands.add_parser("new", help="propose the params file of a new study from a folder of client files")
    new.add_argument("name", metavar="NAME", help="short name of the study; the file is params/NAME.yaml")
    new.add_argument("--from", type=Path, metavar="FOLDER", dest="folder", help="the client's files")
    new.set_defaults(command=_new)

    lab = commands.add_parser("lab", help="open JupyterLab on the notebooks, with a study chosen")
    lab.add_argument(
        "params", nargs="?", type=Path, metavar="PARAMS", help="params file of the study (default: the demo)"
    )
    lab.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    lab.set_defaults(command=_lab)

    compare = commands.add_parser("compare", help="hold two published runs of a study against each other, as a page")
    compare.add_argument("runs", nargs=2, type=Path, metavar="RUN", help="folder such as reports/demo/2025-12-31")
    compare.add_argument(
        "--output", type=Path, metavar="FILE", help="the page (default: comparison_DATE_DATE.html beside the later run)"
    )
    compare.add_argument("--lang", choices=["en", "fr"], help="language of the page (default: the later run's)")
    compare.set_defaults(command=_compare)

    simulate = commands.add_parser("simulate", help="write a simulated carrier: client files, params and the truth")
    simulate.add_argument("folder", type=Path, metavar="DIR", help="folder to write in")
    simulate.add_argument("--customers", type=int, default=400, help="billing accounts (default: %(default)s)")
    simulate.add_argument("--months", type=int, default=48, help="months of history (default: %(default)s)")
    simulate.add_argument("--seed", type=int, default=1, help="of everything drawn at random (default: %(default)s)")
    simulate.set_defaults(command=_simulate)

    schema = commands.add_parser("schema", help="print the JSON Schema of params files, for editors")
    schema.add_argument("--write", type=Path, metavar="FILE", help="write it to a file instead")
    schema.set_defaults(command=_schema)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks; returns the exit code."""
    asked = parser().parse_args(argv)
    try:
        return asked.command(asked)
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("workbench: interrupted; published reports are as they were", file=sys.stderr)
        return INTERRUPTED


def _add_overrides(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="assignments",
        help="set a key of the params for this run, e.g. economic.draws=500; may be repeated",
    )
    command.add_argument(
        "--edition", choices=["internal", "shared"], help="who may read the report; overrides the params file"
    )
    command.add_argument("--lang", choices=["en", "fr"], help="language of the report; overrides the params file")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 (got {text!r})")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of minutes above 0 (got {text!r})")
    return minutes


def _overrides(asked: argparse.Namespace) -> dict[str, object]:
    from workbench.params.reading import parsed_override

    overrides = dict(parsed_override(assignment) for assignment in asked.assignments)
    flags = {"edition": asked.edition, "language": asked.lang}
    return {**overrides, **{key: value for key, value in flags.items() if value is not None}}


def _run(asked: argparse.Namespace) -> int:
    overrides = _overrides(asked)
    from workbench.publish.runner import REPORTS, Request, exit_code, run_studies

    request = Request(
        output=asked.output or REPORTS,
        overrides=overrides,
        only=asked.only,
        jobs=asked.jobs,
        notebook_minutes=asked.notebook_minutes,
    )
    outcomes = run_studies(asked.params, request)
    for outcome in outcomes:
        if outcome.folder is not None:
            print(_from_here(outcome.folder / "index.html"))
    return exit_code(outcomes)


def _check(asked: argparse.Namespace) -> int:
    from workbench.params import AFTER_AS_OF, read_study
    from workbench.publish.readiness import handed_over_problems
    from workbench.tables.quarantine import quarantine_reasons
    from workbench.tables.sources import check_client_files

    overrides = _overrides(asked)
    code = 0
    for params_file in asked.params:
        try:
            study = read_study(params_file, overrides=overrides)
        except ParamsError as error:
            print(error, file=sys.stderr)
            code = WRONG_INPUT
            continue
        notes: list[str] = []
        read, problems = check_client_files(study, further=partial(_further_problems, study, notes))
        problems = handed_over_problems(study) + problems
        for note in notes:
            print(f"{params_file}: to look at: {note}", file=sys.stderr)
        if problems:
            print("\n".join(f"{params_file}: {problem}" for problem in problems), file=sys.stderr)
            code = WRONG_INPUT
            continue
        intake, aside = read.intake, read.quarantine_summary
        for table, rows in intake.groupby("table", sort=False):
            euros = "" if rows["eur_read"].isna().all() else f", {rows['eur_read'].sum():,.2f} {study.currency}"
            n_read, refused = _rows(rows["rows_read"].sum()), _rows(rows["rows_quarantined"].sum())
            print(f"{params_file}: {table}: {n_read}{euros} read; {refused} quarantined")
            reasons = aside[aside["table"].eq(table) & aside["rule"].ne(AFTER_AS_OF)]
            for reason in quarantine_reasons(reasons, read.quarantined.get(table)):
                print(f"{params_file}: {table}: quarantined: {reason}")
        later = aside[aside["rule"].eq(AFTER_AS_OF)]
        for row in later.itertuples():
            euros = "" if math.isnan(row.revenue_eur) else f" ({row.revenue_eur:,.2f} {study.currency})"
            print(
                f"{params_file}: {row.table}: rows dated after as_of {study.as_of}, left out: {row.n_rows:,}{euros}; "
                "right when looking back, else correct as_of"
            )
        for blank in read.blanked.itertuples():
            print(
                f"{params_file}: {blank.table}: values of {blank.column} made blank: {blank.n_values:,} "
                f"({blank.rule}, e.g. {blank.example})"
            )
    return code


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _further_problems(study: "Study", notes: list[str], run: "RunFolder") -> list[str]:
    """What stands in the way of a study whose files can be read; what is only worth a look is added to the notes."""
    from workbench.publish.readiness import announced_rises, campaigns_without_lesson, study_problems, unused_names

    notes += unused_names(study, run) + announced_rises(study, run) + campaigns_without_lesson(run)
    return study_problems(study, run)


def _new(asked: argparse.Namespace) -> int:
    from workbench.tables.proposed_params import write_proposed_params

    written = write_proposed_params(asked.name, folder=asked.folder, params=Path("params"))
    print(_from_here(written))
    return 0


def _lab(asked: argparse.Namespace) -> int:
    from workbench.publish.lab import serve_lab

    return serve_lab(asked.params, browser=not asked.no_browser)


def _compare(asked: argparse.Namespace) -> int:
    from workbench.publish.comparison import compare_runs

    print(_from_here(compare_runs(*asked.runs, output=asked.output, language=asked.lang)))
    return 0


def _simulate(asked: argparse.Namespace) -> int:
    from workbench.carrier import simulate

    print(_from_here(simulate(asked.folder, customers=asked.customers, months=asked.months, seed=asked.seed)))
    return 0


def _schema(asked: argparse.Namespace) -> int:
    from workbench.params.reference import study_schema

    text = json.dumps(study_schema(), indent=2, ensure_ascii=False)
    if asked.write is None:
        print(text)
    else:
        try:
            asked.write.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise ParamsError(f"--write {asked.write}: cannot be written ({error.strerror})") from error
    return 0


def _from_here(path: Path) -> Path:
    """The path relative to the working folder where it lies below it."""
    here = Path.cwd()
    whole = path.resolve()
    return whole.relative_to(here) if whole.is_relative_to(here) else whole


if __name__ == "__main__":
    sys.exit(main())
