"""Many studies as tasks of doit: every notebook is one plain papermill call, run again only when it has to be.

    STUDIES=params RUNS=runs doit -f docs/schedulers/dodo.py -n 2      # every params/*.yaml, two notebooks at a time
    STUDIES=params RUNS=runs doit list -f docs/schedulers/dodo.py --all

A study has a folder of its own under RUNS, with its tables and its executed notebooks. What `workbench run`
adds is not here: the pages, the manifest, the swap of whole reports, chapters that see only what they declare.
"""

import os
from pathlib import Path

import nbformat
from doit import get_initial_workdir
from doit.exceptions import TaskFailed
from doit.tools import config_changed, create_folder

from workbench.errors import ParamsError
from workbench.params import read_study
from workbench.publish.cells import check_completed
from workbench.publish.graph import chapters_in, notebooks_folder, running_order, upstream_within
from workbench.publish.validity import installed_versions, source_digest
from workbench.tables.fingerprints import source_fingerprints

# doit changes into the folder of this file; paths are meant from where it was called.
STUDIES, RUNS = (Path(get_initial_workdir()) / os.environ.get(each, each.lower()) for each in ("STUDIES", "RUNS"))
DOIT_CONFIG = {"verbosity": 1, "dep_file": str(RUNS / ".doit"), "continue": True}
RUNS.mkdir(parents=True, exist_ok=True)


def task_notebook():
    """The notebooks of every study, each after those it rests on."""
    known = chapters_in(notebooks_folder())
    versions = {"workbench": source_digest(), "libraries": str(installed_versions())}
    files = sorted(STUDIES.resolve().glob("*.yaml"))
    if not files:
        yield {
            "name": "params",
            "actions": [(refuse, [f"{STUDIES} holds no *.yaml; STUDIES names their folder"])],
        }
    for params in files:
        try:
            study = read_study(params)
        except ParamsError as error:
            # The other studies go on; this one is a task that fails and says why.
            yield {"name": f"{params.name}:params", "actions": [(refuse, [str(error)])]}
            continue
        order = running_order(known, tables=study.sources.given())
        upstream, folder = upstream_within(order), (RUNS / study.study).resolve()
        executed = {chapter.number: folder / "notebooks" / chapter.notebook.name for chapter in order}
        for chapter in order:
            target = executed[chapter.number]
            call = ["papermill", str(chapter.notebook), str(target), "-p", "params_file", str(params),
                    "-p", "run_dir", str(folder), "--cwd", str(params.parent), "--no-progress-bar"]  # fmt: skip
            yield {
                "name": f"{study.study}:{chapter.name}",
                "actions": [(create_folder, [target.parent]), call, (whole, [str(target)])],
                "file_dep": [chapter.notebook, params, *(executed[number] for number in upstream[chapter.number])],
                "uptodate": [config_changed(versions | {"files": str(source_fingerprints(study))})],
                "targets": [target],
            }


def refuse(reason: str) -> TaskFailed:
    """The failure of a study whose params cannot be used."""
    return TaskFailed(reason)


def whole(target: str) -> None:
    """Fail where a cell did not run to its end: papermill counts `sys.exit(0)` as success."""
    check_completed(nbformat.read(target, as_version=4), target)
