"""What a library prints from C, whatever its options say: kept out of notebooks and logs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

STANDARD_OUTPUT = 1


@contextmanager
def standard_output_closed() -> Iterator[None]:
    """Within it, what is written to the process's standard output goes nowhere; Python's own prints as well.

    Notes: JupyterLab shows in a cell what is written to the file descriptor, so that it is the descriptor that must be
    led elsewhere. Other threads of the process are silenced too: keep it short.
    """
    kept = os.dup(STANDARD_OUTPUT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STANDARD_OUTPUT)
        yield
    finally:
        os.dup2(kept, STANDARD_OUTPUT)
        os.close(nowhere)
        os.close(kept)
