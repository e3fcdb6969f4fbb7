"""A company that most economic tests share."""

import ibis
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import Costed, costed


@pytest.fixture(scope="session")
def company() -> dict[str, ibis.Table]:
    """The checked tables of a company with credit notes, an overdriven pool and one without capacity."""
    return {name: as_checked(frame, name) for name, frame in random_company().items()}


@pytest.fixture(scope="session")
def whole(company) -> Costed:
    """That company costed with the usual keys; tests only read it."""
    return costed(company, ACTIVITIES)
