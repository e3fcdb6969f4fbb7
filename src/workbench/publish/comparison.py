"""Two published runs of a study held against each other, as one page."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import workbench
from workbench import figures, wording
from workbench.confidentiality import SHARED
from workbench.errors import ParamsError
from workbench.language import date_text, said, speaking
from workbench.publish.pages import Link, Page, report_page
from workbench.publish.validity import write_text_whole
from workbench.tables.run_folder import RunFolder
from workbench.value.migration import comparison
from workbench.value.restated import changes
from workbench.value.snapshot import Snapshot, snapshot


def compare_runs(first: Path, second: Path, *, output: Path | None = None, language: str | None = None) -> Path:
    """Write the page that holds two published runs of a study against each other, the earlier one first.

    Parameters: first and second, folders such as reports/demo/2025-12-31, in any order; output, the page's path, by
    default `comparison_<date>_<date>.html` beside the later run's folder; language, by default the later run's.
    Returns: the path of the page. Raises: ParamsError where the runs are one and the same, of two studies or
    currencies, or shared, or the page cannot be written (one that was there stays); MissingTable where a folder holds
    no run, or one without its tables.
    """
    if first.resolve() == second.resolve():
        raise ParamsError(f"compare: {first} and {second} are the same run; give two runs of one study")
    runs = sorted((_opened(folder) for folder in (first, second)), key=lambda run: run[1]["as_of"])
    (old, before), (new, after) = runs
    for key in ("study", "currency"):
        if before["params"][key] != after["params"][key]:
            raise ParamsError(
                f"compare: both runs must be of one {key} (got {before['params'][key]} and {after['params'][key]})"
            )
    earlier, later = snapshot(old, before["params"]), snapshot(new, after["params"])
    with speaking(language or after["params"]["language"]):
        notebook = comparison_notebook(earlier, later, unit=wording.symbol(after["params"]["currency"]))
        page = _page(earlier, later, after, language=language or after["params"]["language"])
    target = output or new.path.parent / f"comparison_{before['as_of']}_{after['as_of']}.html"
    try:
        write_text_whole(target, report_page(notebook, page))
    except OSError as error:
        raise ParamsError(f"{target} cannot be written ({error.strerror}); give another file with --output") from error
    return target


def comparison_notebook(earlier: Snapshot, later: Snapshot, *, unit: str) -> nbformat.NotebookNode:
    """The page's content as an executed notebook, in the language spoken."""
    made, changed = comparison(earlier, later), changes(earlier, later)
    days = {"before": date_text(earlier.as_of), "after": date_text(later.as_of)}
    question = said("What has changed in our clientele from {before} to {after}?", **days)
    decides = said("The managing director sees who moved, what moved them, and what of it is no client's doing.")
    return new_notebook(
        cells=[
            new_markdown_cell(f"# {question}\n\n{decides}"),
            _shown(wording.comparison_headline(made, changed, unit=unit), tags=["headline"]),
            new_markdown_cell("## " + said("Who moved")),
            _shown(figures.plot_migrations(made), wording.say_migrations(made)),
            new_markdown_cell("## " + said("What moved the margin")),
            _shown(figures.plot_moves(made, unit=unit), wording.say_moves(made, unit=unit)),
            _shown(figures.plot_movers(made, unit=unit)),
            _shown(wording.moves_sheet(made, unit=unit), tags=["details"]),
            new_markdown_cell("## " + said("What is no client's doing")),
            _shown(wording.say_changes(changed, unit=unit)),
            _shown(*wording.changes_sheets(changed, unit=unit), tags=["details"]),
            new_markdown_cell(
                "## "
                + said("What this does not say")
                + "\n\n"
                + said(
                    "A client that moved by little may only have crossed a line: look at its margin before acting. A "
                    "step says what moved, not why: a price may have been raised because work had grown."
                )
            ),
        ]
    )


def _opened(folder: Path) -> tuple[RunFolder, dict]:
    run = RunFolder(Path(folder).resolve(), Path("params.yaml"))
    told = run.read_manifest()
    if told["params"].get("edition") == SHARED:
        raise ParamsError(f"{folder}: a shared run keeps no tables to compare; give the internal run of that date")
    return RunFolder(run.path, Path("params") / f"{told['study']}.yaml"), told


def _shown(*parts: object, tags: list[str] | None = None) -> nbformat.NotebookNode:
    """A cell that shows findings, sheets and pictures as a notebook would; parts that are None are left out."""
    outputs = []
    for part in parts:
        if part is None:
            continue
        if hasattr(part, "_repr_mimebundle_"):
            data, about = part._repr_mimebundle_()
        else:
            data, about = {"text/html": part._repr_html_()}, {}
        outputs.append(new_output("display_data", data=data, metadata=about))
    return new_code_cell(outputs=outputs, metadata={"tags": tags or []})


def _page(earlier: Snapshot, later: Snapshot, told: dict, *, language: str) -> Page:
    days = said("{before} and {after}", before=date_text(earlier.as_of), after=date_text(later.as_of))
    link = Link(said("Comparison"), "#content")
    return Page(
        notebook="comparison",
        this=link,
        links=(link,),
        company=told["params"]["company"],
        subtitle=said("Two runs compared: {days}", days=days),
        badge=said("internal edition"),
        provenance=(
            (said("Study"), told["study"]),
            (said("As of"), days),
            (said("Workbench"), workbench.__version__),
        ),
        language=language,
    )
