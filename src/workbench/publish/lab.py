"""JupyterLab on the notebooks, with a study chosen and settings of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from workbench.params import read_study
from workbench.params.chosen import CHOSEN
from workbench.publish.graph import SUMMARY, notebooks_folder

# Nothing is asked of the network. In a container one is root; the server listens to this machine only, with a token.
SETTINGS = {
    "LabApp": {
        "news_url": None,
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "extension_manager": "readonly",
    },
    "ServerApp": {"allow_root": True},
}


def serve_lab(params_file: Path | None, *, browser: bool) -> int:
    """Serve JupyterLab on this machine until it is stopped with Ctrl-C; returns the exit code.

    Parameters: params_file, of the study that the notebooks open instead of the demonstration; browser, whether to open
    one. Its settings are kept in `.lab/jupyter`, apart from the person's own.
    Raises: ParamsError where the params say what cannot be, or there are no notebooks.
    """
    notebooks = notebooks_folder()
    root = notebooks.parent
    settings = root / ".lab" / "jupyter"
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(settings)}
    if params_file is not None:
        environment[CHOSEN] = str(read_study(params_file).path)
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "jupyter_lab_config.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    summary = next(notebooks.glob(f"{SUMMARY}_*.ipynb"))
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", "--ServerApp.ip=127.0.0.1"]
    command.append(f"--LabApp.default_url=/lab/tree/{notebooks.name}/{summary.name}")
    server = subprocess.Popen([*command, *([] if browser else ["--no-browser"])], env=environment)
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()  # the server got Ctrl-C as well, but may only have asked whether that is meant
        server.wait()
        return 0
