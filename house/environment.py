"""The lists of requirements agree: pyproject.toml, requirements.lock, requirements-spark.lock, environment.yml.

`python -m house.environment [--write]`: pyproject.toml is the source; environment.yml is generated from it, and every
pin of the locks satisfies it. A lock names packages, versions and hashes, never where they come from.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from house.verdict import ROOT, say_verdict

CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "ibis-framework[duckdb]": "ibis-duckdb",
    "ibis-framework[postgres]": "ibis-postgres",
    "ibis-framework[sqlite]": "ibis-sqlite",
}
HEADER = f"""\
# Generated from pyproject.toml by: python -m house.environment --write
# For users of conda; the versions that are tested are those of requirements.lock.
# {", ".join(CONDA_NAMES.values())} are names of conda-forge that differ from those of the Python packages. Not
# verified: that every other package goes by the same name there, and that the whole resolves.
"""
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)"
    r"(?: ; (?P<marker>[^:@/]+?))?(?: --hash=sha256:[0-9a-f]{64})+"
)


def required(pyproject: dict) -> list[Requirement]:
    """What pyproject.toml asks for: to run, and to work on the code."""
    lists = [pyproject["project"]["dependencies"], pyproject["dependency-groups"]["dev"]]
    return [Requirement(line) for lines in lists for line in lines]


def required_for_spark(pyproject: dict) -> list[Requirement]:
    """What the extra `spark` of pyproject.toml asks for."""
    return [Requirement(line) for line in pyproject["project"]["optional-dependencies"]["spark"]]


def conda_environment(pyproject: dict) -> str:
    """The environment.yml of a pyproject.toml. Raises ValueError for a requirement that has no plain conda form."""
    lines = [f"  - python{pyproject['project']['requires-python']}", "  - pip"]
    for requirement in required(pyproject):
        asked = requirement.name + (f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else "")
        name = CONDA_NAMES.get(asked, asked)
        if "[" in name or requirement.marker or requirement.url:
            raise ValueError(
                f"pyproject.toml: {requirement} needs a conda form; add it to CONDA_NAMES in house/environment.py"
            )
        lines.append(f"  - {name}{requirement.specifier}")
    lines += ["  - pip:", "      - -e ."]
    return (
        f"{HEADER}name: {pyproject['project']['name']}\nchannels:\n  - conda-forge\ndependencies:\n"
        + "\n".join(lines)
        + "\n"
    )


def lock_problems(lock: str, requirements: list[Requirement], *, file: str = "requirements.lock") -> list[str]:
    """Where a lock is not a plain list of hashed pins, or does not satisfy the requirements."""
    problems, pins = [], {}
    logical = re.sub(r"\s*\\\n\s*", " ", lock)
    for line in filter(None, map(str.strip, logical.splitlines())):
        found = _PIN.fullmatch(line)
        if found is None:
            problems.append(f"{file}: must be 'name==version --hash=sha256:...' without hosts (got {line[:80]!r})")
        else:
            pins.setdefault(canonicalize_name(found["name"]), []).append(found["version"])
    for requirement in requirements:
        versions = pins.get(canonicalize_name(requirement.name), [])
        if not versions:
            problems.append(f"{file}: {requirement.name} is not pinned (pyproject.toml asks for {requirement})")
        problems += [
            f"{file}: {requirement.name}=={version} does not satisfy pyproject.toml ({requirement})"
            for version in versions
            if not requirement.specifier.contains(version, prereleases=True)
        ]
    return problems


def found_problems(root: Path = ROOT) -> list[str]:
    """Where the lists of a repository disagree."""
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    written = root / "environment.yml"
    current = written.read_text(encoding="utf-8") if written.exists() else ""
    stale = ["environment.yml: out of date with pyproject.toml; run: python -m house.environment --write"]
    problems = stale if current != conda_environment(pyproject) else []
    for file, wanted in (
        ("requirements.lock", required(pyproject)),
        ("requirements-spark.lock", required_for_spark(pyproject)),
    ):
        problems += lock_problems((root / file).read_text(encoding="utf-8"), wanted, file=file)
    return problems


def main() -> int:
    """Check that the lists agree, or write environment.yml first."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="bring environment.yml up to date")
    arguments.add_argument("--spark", action="store_true", help="print what the extra spark asks for, to be locked")
    asked = arguments.parse_args()
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if asked.spark:
        print(*required_for_spark(pyproject), sep="\n")
        return 0
    if asked.write:
        (ROOT / "environment.yml").write_text(conda_environment(pyproject), encoding="utf-8")
    return say_verdict("requirements", found_problems())


if __name__ == "__main__":
    sys.exit(main())
