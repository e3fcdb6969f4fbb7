"""What the documents tell to call works on a fresh machine."""

import subprocess
from pathlib import Path

from workbench.params import read_study

ROOT = Path(__file__).parents[2]


def in_git(pattern: str) -> list[Path]:
    """Files of the tree as others get it."""
    call = ["git", "ls-files", pattern]
    names = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).exists()]


def test_every_study_of_params_reads_files_that_the_project_makes():
    """`workbench run params/*.yaml` must not meet studies whose files only some machines have."""
    found = in_git("params/*.yaml")
    assert found
    for params in found:
        study = read_study(params)
        for source in study.sources.given().values():
            for file in source.files or []:
                assert (study.folder / file).resolve().is_relative_to(ROOT), f"{params.name}: {file}"


def test_the_folder_that_the_cron_line_writes_into_is_there():
    page = (ROOT / "docs" / "for_the_night_batch.md").read_text(encoding="utf-8")
    assert ">reports/pages.txt" in page and in_git("reports/README.md")
