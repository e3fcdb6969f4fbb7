"""A company that most economic tests share."""

import ibis
import pytest
from company import as_checked, random_company


@pytest.fixture
def company() -> dict[str, ibis.Table]:
    """The checked tables of a company with credit notes, an overdriven pool and one without capacity."""
    return {name: as_checked(frame, name) for name, frame in random_company().items()}
