"""What clients hand over, and params proposed from it, never get into git by a careless `git add`."""

import shutil
import subprocess

from house.verdict import ROOT


def test_files_of_clients_are_ignored_and_ours_are_not(tmp_path):
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    theirs = ["clients/acme/invoices.csv", "params/acme.yaml", "reports/acme/2025-12-31/index.html"]
    ours = [
        "params/demo.yaml",
        "params/README.md",
        "params/study.schema.json",
        "reports/README.md",
        "tests/clients/a.py",
    ]
    told = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", *theirs, *ours], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == theirs
