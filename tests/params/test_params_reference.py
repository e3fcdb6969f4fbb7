"""The schema and the key table tell what the models accept, no more and no less."""

import copy

import pytest
from jsonschema import Draft202012Validator

from workbench.params import Study
from workbench.params.reference import key_table, known_keys, meaning, study_schema

VALID = {
    "study": "acme",
    "company": "Acme",
    "edition": "internal",
    "as_of": "2025-12-31",
    "sources": {
        "customers": {"files": ["c.csv"], "columns": {"customer_id": "Code"}},
        "deliveries": {"files": ["d.csv"], "columns": {"revenue_eur": {"expression": "[CA] - [Remise]"}}},
    },
}


def test_the_schema_accepts_what_the_models_accept_and_refuses_unknown_keys():
    Draft202012Validator.check_schema(study_schema())
    validator = Draft202012Validator(study_schema())
    Study.model_validate(VALID)
    assert validator.is_valid(VALID)
    for block in ((), ("sources",), ("sources", "customers")):
        wrong = copy.deepcopy(VALID)
        inner = wrong
        for step in block:
            inner = inner[step]
        inner["unheard_of"] = 1
        assert not validator.is_valid(wrong)
    wrong = copy.deepcopy(VALID)
    wrong["sources"]["customers"]["columns"]["customer_id"] = 12
    assert not validator.is_valid(wrong)


def _properties(schema: dict):
    for block in (schema, *schema["$defs"].values()):
        yield from block.get("properties", {}).items()


def test_every_key_has_a_meaning_in_the_schema():
    assert [name for name, known in _properties(study_schema()) if not known.get("description")] == []


def test_every_key_of_the_schema_is_in_the_table():
    listed = {line.split("`")[1].rsplit(".", 1)[-1] for line in key_table().splitlines()[2:]}
    assert listed == {name for name, _ in _properties(study_schema())}


@pytest.mark.parametrize(
    "row",
    [
        "| `study` | text | **required** |",
        "| `as_of` | date YYYY-MM-DD | **required** |",
        '| `currency` | text | `"EUR"` |',
        '| `sources.customers.decimal` | one of `"."`, `","` | `"."` | decimal mark',
        "| `sources.customers.columns` | block: name → text or block | `{}` | our column",
        "| `sources.customers.columns.*.expression` | text | none | arithmetic",
        "| `sources.ledger` | block | none | a row is a month and account amount, as booked; keys as under `sources.c",
        "| `economic.activities[].equation` | list of block | **required** |",
        "| `economic.delivery_margins` | true or false | `true` |",
        "| `potential.quantile` | number | `0.8` |",
    ],
)
def test_the_table_says_path_type_default_and_meaning(row):
    assert row in key_table()


def test_every_row_of_the_table_has_four_cells():
    rows = key_table().replace("\\|", "").splitlines()
    assert {row.count("|") for row in rows} == {5}


def test_keys_and_meanings_are_found_by_path():
    assert known_keys(("economic", "activities", 0, "equation", 3)) == ["minutes", "per", "when", "shared_over"]
    assert known_keys(("sources", "ledger", "columns", "month")) == ["column", "constant", "expression"]
    assert known_keys(("sources", "ledger", "columns")) == []
    assert known_keys(("nowhere", "at all")) == []
    assert meaning(("economic", "activities", 0, "pool")).startswith("the department")
    assert meaning(("sources", "ledger", "columns", "month")) == ""
