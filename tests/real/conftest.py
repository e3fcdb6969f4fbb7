"""Real data lie in a folder beside the project, or where WORKBENCH_REAL_DATA says.

Without it these tests skip, but for `make test-real`, which then fails: it would have proved nothing.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data."""
    folder = Path(os.environ.get("WORKBENCH_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        absent = f"the folder of real data is absent: {folder} (set WORKBENCH_REAL_DATA)"
        if "real" in os.environ.get("WORKBENCH_NO_SKIP", "").split(","):
            pytest.fail(absent)
        pytest.skip(absent)
    return folder
