"""The lists of requirements agree, and each disagreement is seen."""

import shutil

import pytest
from packaging.requirements import Requirement

from house.environment import conda_environment, found_problems, lock_problems
from house.verdict import ROOT, say_verdict

PIN = "lifelines==0.30.3 ; python_version >= '3.11' \\\n    --hash=sha256:" + "a" * 64 + "\n"


@pytest.fixture
def copied(tmp_path):
    for name in ("pyproject.toml", "requirements.lock", "requirements-spark.lock", "environment.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def edited(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_lists_of_this_repository_agree():
    assert found_problems() == []


def test_a_changed_bound_makes_both_other_lists_wrong(copied):
    edited(copied / "pyproject.toml", "lifelines>=0.30.3", "lifelines>=99")
    problems = found_problems(copied)
    assert len(problems) == 2
    assert problems[0].startswith("environment.yml: out of date")
    assert problems[1].startswith("requirements.lock: lifelines==0.30.3 does not satisfy pyproject.toml")


def test_the_lock_of_spark_must_satisfy_its_extra(copied):
    edited(copied / "pyproject.toml", "pyspark>=4.0,<4.1", "pyspark>=99")
    (problem,) = found_problems(copied)
    assert problem.startswith("requirements-spark.lock: pyspark==") and "does not satisfy" in problem


def test_a_requirement_without_a_pin_is_seen(copied):
    edited(copied / "pyproject.toml", '"wheel",', '"wheel", "unheard-of>=1",')
    assert any("unheard-of is not pinned" in problem for problem in found_problems(copied))


def test_a_missing_environment_is_seen(copied):
    (copied / "environment.yml").unlink()
    assert found_problems(copied) == [
        "environment.yml: out of date with pyproject.toml; run: python -m house.environment --write"
    ]


def test_a_plain_hashed_pin_is_accepted():
    assert lock_problems(PIN + PIN.replace("lifelines", "Formulaic"), [Requirement("lifelines>=0.30.3")]) == []


@pytest.mark.parametrize(
    "line",
    [
        "lifelines==0.30.3",
        "lifelines>=0.30.3 --hash=sha256:" + "a" * 64,
        "lifelines==0.30.3 --hash=md5:" + "a" * 32,
        "lifelines @ https://example.org/lifelines.whl --hash=sha256:" + "a" * 64,
        "--index-url https://example.org/simple",
        "-r other.txt",
        "# from https://example.org/simple",
    ],
)
def test_a_line_that_is_no_hashed_pin_is_refused(line):
    problems = lock_problems(line + "\n" + PIN, [])
    assert len(problems) == 1
    assert "must be 'name==version --hash=sha256:...'" in problems[0]


def test_a_requirement_without_a_conda_form_is_refused():
    pyproject = {
        "project": {"name": "x", "requires-python": ">=3.11", "dependencies": ["pandas[excel]>=2"]},
        "dependency-groups": {"dev": []},
    }
    with pytest.raises(ValueError, match="needs a conda form"):
        conda_environment(pyproject)


def test_a_verdict_prints_its_problems_and_fails(capsys):
    assert say_verdict("things", ["a: wrong"]) == 1
    assert say_verdict("things", []) == 0
    assert capsys.readouterr().out.splitlines() == ["a: wrong", "things: 1 problem(s)", "things: all right"]
