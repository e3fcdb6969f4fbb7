"""A step measured in a process of its own, so that its peak memory is its own."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable


def measured(module: str, *given: str) -> dict:
    """What `measure` printed in a process of its own, started as `python -m MODULE --measure GIVEN ...`."""
    command = [sys.executable, "-m", module, "--measure", *given]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(step: Callable[[], float | None]) -> None:
    """Print seconds, peak MiB and answer of a step, in the process that was started for it."""
    begun = time.perf_counter()
    answer = step()
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mib": peak, "answer": answer}))
