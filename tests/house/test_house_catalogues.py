import json

import pytest
from babel.messages.catalog import Catalog

from house.catalogues import catalogue_problems, extracted

CODE = """
from workbench.language import said
STEPS = {"a": marked("one step")}
text = f"{said('inside an f-string, {n}', n=1)} {said(STEPS['a'])}"
more = wording.counted(3, "client") + counted(n, "delivery", "deliveries")
sheet = Sheet(table, "a caption", unit)
"""
PAGE = '<p>{{ said("on the page") }} {{ other("not said") }}</p>'


@pytest.fixture
def texts(tmp_path):
    """What is found in a small repository with a module, a template and a notebook."""
    package, notebooks = tmp_path / "src" / "workbench", tmp_path / "notebooks"
    package.mkdir(parents=True)
    notebooks.mkdir()
    (package / "module.py").write_text(CODE)
    (package / "page.html.j2").write_text(PAGE)
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Why?\n", "\n", "So."]},
        {"cell_type": "code", "metadata": {}, "source": ["wording.Sheet(table, 'of the notebook', unit)"]},
    ]
    (notebooks / "03_the_name.ipynb").write_text(json.dumps({"cells": cells}))
    return extracted(tmp_path)


def catalogue(**changes):
    one = Catalog(locale="fr")
    message = {"id": "{n} rows read", "string": "{n} lignes lues", "locations": [("page.py", 0)], **changes}
    one.add(**message)
    return one


def test_texts_are_found_wherever_they_are_written(texts):
    found = {message.id for message in texts if message.id and message.context is None}
    assert found == {
        "one step", "inside an f-string, {n}", ("client", "clients"), ("delivery", "deliveries"), "a caption",
        "on the page", "# Why?", "So.", "of the notebook", "The name",
    }  # fmt: skip
    assert texts.get("duplicate key", "word") is not None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"string": ""}, "has no translation"),
        ({"flags": ["fuzzy"]}, "is marked fuzzy"),
        ({"string": "{m} lignes"}, "do not have the same {names}"),
        ({"string": "{n} lignes. {n} lignes"}, "do not have the same {names}, each as often"),
        ({"id": "another"}, "is not in the catalogue"),
        ({"context": "word"}, "is not in the catalogue"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_said(changes, problem):
    problems = catalogue_problems(catalogue(**changes), catalogue())
    assert problems == [] if problem is None else any(problem in one for one in problems)


def test_a_text_that_is_no_longer_used_is_said():
    both = catalogue()
    both.add("old", "vieux")
    assert catalogue_problems(both, catalogue()) == ["'old' is no longer used"]
