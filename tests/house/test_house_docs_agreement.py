"""Documents and code agree, and each way to disagree is seen."""

import argparse
import json

import pytest

from house.docs_agreement import assumption_problems, command_problems, found_problems, link_problems, target_problems
from house.verdict import ROOT
from workbench.cli import parser as workbench_parser


@pytest.fixture
def parser():
    parser = argparse.ArgumentParser(prog="workbench")
    commands = parser.add_subparsers()
    run = commands.add_parser("run")
    run.add_argument("--only")
    run.add_argument("--set")
    commands.add_parser("check")
    return parser


def test_the_documents_of_this_repository_agree_with_its_code():
    assert found_problems(ROOT, workbench_parser()) == []


@pytest.mark.parametrize(
    "page",
    [
        "Say `workbench run params/demo.yaml --only 02 --set a.b=1`, then `workbench check FILE`.",
        "```sh\nworkbench run a.yaml  # --later\n.venv/bin/workbench check a.yaml\n```",
        "The `--only` flag. In prose the workbench runs --anything.",
        "```python\nfrom workbench import params\nimport workbench as w\n```",
        "`src/workbench/params/`",
    ],
)
def test_what_exists_may_be_named(page, parser):
    assert command_problems(page, parser) == []


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("`workbench fly`", "there is no command 'workbench fly' (there are: run, check)"),
        ("```sh\n$ workbench run x --jobs 2\n```", "'workbench run' has no --jobs"),
        ("`workbench check x --only 02`", "'workbench check' has no --only"),
        ("`workbench run PARAMS... [--only 04] [--jobs N]`", "'workbench run' has no --jobs"),
        ("The `--jobs` flag", "no command of workbench has --jobs"),
    ],
)
def test_a_command_or_flag_that_does_not_exist_is_seen(page, problem, parser):
    assert command_problems(page, parser) == [problem]


def test_without_a_command_line_every_command_is_a_problem():
    assert command_problems("`workbench run x`", None) == ["there is no command 'workbench run' (there are: none)"]


def test_make_targets_must_exist():
    makefile = "X := 1\n.PHONY: study\nstudy lab: install\n\trun\ntest-real:\n\tpytest\n"
    page = "`make study`, `make lab`, `make test-real`; we make sense.\n\n```sh\nmake test\nmake X\n```\n"
    assert target_problems(page, makefile) == ["there is no target 'make test' in the Makefile"]


def test_assumptions_must_be_declared():
    declared = {"A1", "A12"}
    assert assumption_problems("assumption A12; sector A38 on A4 paper; assumptions A1 and A12", declared) == []
    assert assumption_problems("Assumptions A1, A2 and A3.", declared) == [
        "assumption A2 is not in docs/assumptions.md",
        "assumption A3 is not in docs/assumptions.md",
    ]
    assert assumption_problems("see assumption 12", declared) == ["cite 'assumption 12' as 'assumption A12'"]


def test_links_must_lead_somewhere(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "other.md").write_text("# Some words, here\n", encoding="utf-8")
    page = tmp_path / "README.md"
    page.write_text(
        "# Top\n[a](docs/other.md) [b](docs/other.md#some-words-here) [c](#top) [d](mailto:x@y.org) `[e](none)`\n"
        "```\n[f](none)\n```\n![picture](docs/none.png) [g](docs/other.md#nowhere) [h](#none) [i](../outside.md)\n",
        encoding="utf-8",
    )
    assert link_problems(page, tmp_path) == [
        "the link 'docs/none.png' leads to no file",
        "the link 'docs/other.md#nowhere' leads to no heading",
        "the link '#none' leads to no heading",
        "the link '../outside.md' leads to no file",
    ]


def test_a_repository_is_read_as_a_whole(tmp_path, parser):
    for folder in ("docs/decisions", "src/workbench", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    files = {
        "README.md": "`workbench fly`, `make study`, [x](none.md)\n",
        "CHANGELOG.md": "`workbench old`\n",
        "docs/decisions/0001.md": "`workbench old` was dropped\n",
        "docs/assumptions.md": "| number | assumption |\n|---|---|\n| A1 | one |\n| A1 | again |\n",
        "src/workbench/a.py": '"""assumption A1, assumption A7."""\n',
        "notebooks/01.ipynb": json.dumps({"cells": [{"cell_type": "markdown", "source": ["assumption A8"]}]}),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert found_problems(tmp_path, parser) == [
        "docs/assumptions.md: A1 is declared twice",
        "README.md: there is no command 'workbench fly' (there are: run, check)",
        "README.md: there is no target 'make study' in the Makefile",
        "README.md: the link 'none.md' leads to no file",
        "src/workbench/a.py: assumption A7 is not in docs/assumptions.md",
        "notebooks/01.ipynb: assumption A8 is not in docs/assumptions.md",
    ]
