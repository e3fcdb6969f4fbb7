"""The study a person has chosen to work on, where a notebook itself names only the demonstration."""

import os
from pathlib import Path

CHOSEN = "WORKBENCH_PARAMS"
DEMONSTRATION = "params/demo.yaml"


def chosen_params_file(params_file: str) -> Path:
    """The params file to open: the chosen one instead of the demonstration, else the one that is named.

    `workbench lab PARAMS` chooses by the environment variable WORKBENCH_PARAMS; a batch run names its file itself.
    """
    chosen = os.environ.get(CHOSEN, "")
    return Path(chosen if chosen and params_file == DEMONSTRATION else params_file)
