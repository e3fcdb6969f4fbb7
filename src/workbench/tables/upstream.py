"""Which folders a chapter of a batch run reads from: those of the chapters it needs."""

import json
from collections.abc import Sequence
from pathlib import Path

UPSTREAM = "upstream.json"


def write_upstream(folder: Path, upstream: Sequence[Path]) -> None:
    """Tell the chapter that will work in `folder` where the chapters it needs have written."""
    (folder / UPSTREAM).write_text(json.dumps([str(one) for one in upstream]), encoding="utf-8")


def read_upstream(folder: Path) -> tuple[Path, ...]:
    """What `write_upstream` told; nothing where it told nothing."""
    told = folder / UPSTREAM
    return tuple(map(Path, json.loads(told.read_text(encoding="utf-8")))) if told.exists() else ()
