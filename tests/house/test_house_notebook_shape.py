"""The notebooks are in the shape of the house, and every way out of shape is seen."""

import copy
import json

import pytest

from house.notebook_shape import found_problems, notebook_problems


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text, tags=(), outputs=()):
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": text,
        "outputs": list(outputs),
        "execution_count": None,
    }


GOLDEN = ("keep_output", "nbval-check-output")
GOOD = {
    "cells": [
        markdown("# Which clients earn us money?\n\nWho decides: the director."),
        code("params_file = 'a.yaml'\nrun_dir = ''\noverrides = {}", ["parameters"]),
        markdown("The band is the 90 % interval of the margin."),
        code(
            "study, run = open_study(params_file, run_dir, overrides)\nnames = [name for name in study.sources.given()]"
        ),
        markdown("## Numbers to hold on to"),
        code("headline", GOLDEN, [{"output_type": "execute_result"}]),
    ],
    "metadata": {"kernelspec": {"name": "python3"}},
}


def test_the_notebooks_of_this_repository_are_in_shape():
    assert found_problems() == []


def test_a_good_notebook_has_no_problem():
    assert notebook_problems(GOOD) == []


@pytest.mark.parametrize(
    ("cell", "changes", "problem"),
    [
        (0, {"source": "# Margins"}, "cell 1: must be Markdown with an H1"),
        (0, {"source": "Margins?"}, "cell 1: must be Markdown with an H1"),
        (2, {"source": "# Another question?"}, "cell 3: a second H1"),
        (1, {"metadata": {}}, "cell 1: exactly one code cell must be tagged 'parameters' (got 0)"),
        (1, {"source": "params_file = ''\nrun_dir = ''"}, "cell 2: must assign overrides, params_file, run_dir"),
        (1, {"source": "params_file = run_dir = ''\noverrides = {}\nprint()"}, "cell 2: must assign overrides"),
        (3, {"source": "def f():\n    return 1"}, "cell 4: must not hold 'def'"),
        (3, {"source": "class A:\n    x = 1"}, "cell 4: must not hold 'class'"),
        (3, {"source": "for x in y:\n    x"}, "cell 4: must not hold 'for'"),
        (3, {"source": "while x:\n    x"}, "cell 4: must not hold 'while'"),
        (3, {"source": "if x:\n    x"}, "cell 4: must not hold 'if'"),
        (3, {"source": "a = b if c else d"}, "cell 4: must not hold 'if'"),
        (3, {"source": "try:\n    x\nexcept E:\n    y"}, "cell 4: must not hold 'try'"),
        (3, {"source": "f = lambda x: x"}, "cell 4: must not hold 'lambda'"),
        (3, {"source": "x\n" * 16}, "cell 4: has 16 lines; 15 are the most"),
        (3, {"source": "%matplotlib inline"}, "cell 4: is not plain Python"),
        (3, {"outputs": [{}]}, "cell 4: must be committed without output"),
        (3, {"execution_count": 3}, "cell 4: must be committed without output"),
        (3, {"metadata": {"tags": ["keep_output"]}}, "cell 4: has one of the two tags of a golden cell"),
        (5, {"outputs": []}, "cell 6: the golden cell must keep its output"),
        (5, {"metadata": {"tags": []}, "outputs": []}, "cell 1: exactly one cell must be golden"),
        (2, {"source": "A third, 31 %, lose money."}, "cell 3: prose must not state a result (got '1 %')"),
        (2, {"source": "We lost 12,000 € there."}, "cell 3: prose must not state a result"),
        (2, {"source": "We lost €12,000 there."}, "cell 3: prose must not state a result"),
    ],
)
def test_a_cell_out_of_shape_is_seen(cell, changes, problem):
    notebook = copy.deepcopy(GOOD)
    notebook["cells"][cell].update(changes)
    problems = notebook_problems(notebook)
    assert len(problems) == 1, problems
    assert problems[0].startswith(problem)


def test_too_little_and_too_much_text_are_seen():
    for more in ([code("x")] * 4, [markdown("x")] * 3):
        notebook = {**GOOD, "cells": GOOD["cells"] + more}
        assert len(notebook_problems(notebook)) == 1
        assert "Markdown to" in notebook_problems(notebook)[0]


def test_another_kernel_is_seen():
    assert notebook_problems({**GOOD, "metadata": {}}) == ["cell 1: the kernel must be python3 (got None)"]


def test_the_file_is_named(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "01_audit.ipynb").write_text(json.dumps({**GOOD, "metadata": {}}), encoding="utf-8")
    assert found_problems(tmp_path) == ["notebooks/01_audit.ipynb: cell 1: the kernel must be python3 (got None)"]
