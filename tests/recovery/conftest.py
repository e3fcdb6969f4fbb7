"""What recovery tests share with the tests of the components."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def carrier_survey():
    """The helpers that hand on the simulated survey as intake would."""
    path = Path(__file__).parent.parent / "competitive" / "carrier_survey.py"
    described = importlib.util.spec_from_file_location("carrier_survey", path)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module
