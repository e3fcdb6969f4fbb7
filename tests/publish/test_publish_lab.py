"""`workbench lab`: a JupyterLab of its own, on this machine only, with the study chosen."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from workbench import cli
from workbench.params.chosen import CHOSEN
from workbench.tables import open_study

COMMAND = """
import sys
from pathlib import Path
from workbench import cli
from workbench.publish import lab
lab.notebooks_folder = lambda: Path(sys.argv[1])
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.fixture
def served(tmp_path, notebooks, params):
    """Start the lab on the small notebooks; returns its process and what the server says of itself."""
    runtime = tmp_path / "runtime"
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)}
    command = [sys.executable, "-c", COMMAND, str(notebooks), "lab", str(params()), "--no-browser"]
    with (tmp_path / "told").open("w") as told:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=told,
            stderr=told,
            start_new_session=True,
            # Where the tests run in the background of a shell, Ctrl-C is ignored and would be in the child too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    end = time.monotonic() + 60
    while time.monotonic() < end and not list(runtime.glob("jpserver-*.json")) and process.poll() is None:
        time.sleep(0.1)
    found = list(runtime.glob("jpserver-*.json"))
    assert found, (tmp_path / "told").read_text()
    yield process, json.loads(found[0].read_text())
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def asked(server: dict, path: str) -> dict:
    request = urllib.request.Request(server["url"] + path, headers={"Authorization": f"token {server['token']}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_the_lab_answers_on_this_machine_only_and_ends_with_ctrl_c(served, tmp_path):
    process, server = served
    assert server["url"].startswith(("http://127.0.0.1:", "http://localhost:")) and server["token"]
    end = time.monotonic() + 30
    while True:
        try:
            names = {one["name"] for one in asked(server, "api/contents/notebooks")["content"]}
            break
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.2)
    assert names == {"00_summary.ipynb", "01_data_audit.ipynb"}
    settings = json.loads((tmp_path / ".lab" / "jupyter" / "jupyter_lab_config.json").read_text())
    assert settings["LabApp"]["news_url"] is None
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0


def test_the_chosen_study_takes_the_place_of_the_demonstration_and_of_nothing_else(params, monkeypatch):
    acme, bravo = params("acme"), params("bravo")
    monkeypatch.setenv(CHOSEN, str(acme))
    assert open_study("params/demo.yaml")[0].study == "acme"
    assert open_study(str(bravo))[0].study == "bravo"
    monkeypatch.delenv(CHOSEN)
    assert open_study(str(bravo))[0].study == "bravo"


def test_params_that_are_wrong_are_told_before_anything_is_served(tmp_path, capsys):
    assert cli.main(["lab", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err
