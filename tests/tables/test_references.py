import json
from pathlib import Path

import pytest

from workbench.carrier import simulate
from workbench.errors import ParamsError
from workbench.params import read_study
from workbench.tables import read_value_reference
from workbench.tables.fingerprints import source_fingerprints

PLANE = {"satisfaction_centre": 60, "satisfaction_unit": 15, "loyalty_centre": 55, "loyalty_unit": 20}


@pytest.fixture(scope="module")
def params(tmp_path_factory) -> Path:
    return simulate(tmp_path_factory.mktemp("world"), customers=20, months=3)


@pytest.fixture
def study_with(params):
    """A study with a file named as its reference, relative to the params file."""

    def study_with(content: str | None):
        file = params.parent / "earlier.json"
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_text(content)
        return read_study(params, overrides={"value.reference": "earlier.json", "competitive.plane": PLANE})

    return study_with


def test_the_note_of_an_earlier_run_is_read_as_it_was_written(study_with):
    note = {"as_of": "2024-12-31", "cut_points": {"economic": [1.5]}}
    assert read_value_reference(study_with(json.dumps(note))) == note


def test_without_one_there_is_nothing_frozen(params):
    assert read_value_reference(read_study(params)) is None


@pytest.mark.parametrize(
    ("content", "why"), [(None, "cannot be read"), ("{half", "is no JSON file"), ("[1]", "must hold")]
)
def test_what_is_no_reference_says_so(study_with, content, why):
    with pytest.raises(ParamsError, match=f"value.reference: .*earlier.json.* {why}"):
        read_value_reference(study_with(content))


def test_a_reference_of_another_plane_is_refused_and_that_of_the_page_is_not(study_with):
    note = {"as_of": "2024-12-31", "plane": PLANE | {"loyalty_unit": 20.004}}  # the page has two decimals
    assert read_value_reference(study_with(json.dumps(note))) == note
    moved = note | {"plane": PLANE | {"satisfaction_centre": 64.5}}
    with pytest.raises(ParamsError, match=r"satisfaction_centre 64.5 \(competitive.plane has 60\); its cut points"):
        read_value_reference(study_with(json.dumps(moved)))
    with pytest.raises(ParamsError, match="must have satisfaction_centre, satisfaction_unit"):
        read_value_reference(study_with(json.dumps(note | {"plane": {"centre": 1}})))


def test_another_reference_is_another_study(study_with):
    first = source_fingerprints(study_with('{"clients": 1}'))
    assert first["value.reference"] != source_fingerprints(study_with('{"clients": 2}'))["value.reference"]
