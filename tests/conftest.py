"""Two small reports made end to end, for tests that read finished pages."""

import json
import os
import stat
from pathlib import Path

import pytest
from postgres_server import PostgresServer, programs

from workbench.carrier import simulate
from workbench.publish.runner import Request, run_studies


@pytest.fixture(scope="session")
def small_study(tmp_path_factory) -> Path:
    """The params file of a simulated company of 60 clients and 14 months."""
    return simulate(tmp_path_factory.mktemp("world"), customers=60, months=14, seed=4)


@pytest.fixture(scope="session")
def report(small_study, tmp_path_factory):
    """The folder of the small study's report in a language and an edition; each is made once."""
    made: dict[str, Path] = {}

    def report(**overrides: str) -> Path:
        asked = json.dumps(overrides, sort_keys=True)
        if asked not in made:
            output = tmp_path_factory.mktemp("reports")
            (outcome,) = run_studies([small_study], Request(output=output, overrides=overrides))
            assert outcome.error is None, outcome.error
            made[asked] = outcome.folder.resolve()
        return made[asked]

    return report


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A running PostgreSQL server."""
    found = programs()
    if found is None:
        if "postgres" in os.environ.get("WORKBENCH_NO_SKIP", "").split(","):
            pytest.fail("no PostgreSQL: its programs are not installed, and WORKBENCH_NO_SKIP forbids to skip")
        pytest.skip("no PostgreSQL: its programs are not installed")
    folder = tmp_path_factory.mktemp("postgres")
    for above in [one for one in folder.parents if one.name.startswith(("pytest-", "popen-"))]:
        above.chmod(above.stat().st_mode | stat.S_IXOTH | stat.S_IXGRP)
    server = PostgresServer(found, folder)
    yield server
    server.close()
