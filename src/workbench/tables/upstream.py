"""Which folders a chapter of a batch run reads from: those of the chapters it needs."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

UPSTREAM = "upstream.json"
DATED = re.compile(r"\d{4}-\d\d-\d\d")
COMPARED = ("client_sales", "client_year")


def write_upstream(folder: Path, upstream: Sequence[Path], *, earlier: Path | None = None) -> None:
    """Tell the chapter that will work in `folder` where the chapters it needs have written, and the earlier run."""
    told = {"upstream": [str(one) for one in upstream], "earlier": str(earlier) if earlier else None}
    (folder / UPSTREAM).write_text(json.dumps(told), encoding="utf-8")


def read_upstream(folder: Path) -> tuple[tuple[Path, ...], Path | None]:
    """What `write_upstream` told: the folders above, and that of the earlier run; nothing where it told nothing."""
    file = folder / UPSTREAM
    if not file.exists():
        return (), None
    told = json.loads(file.read_text(encoding="utf-8"))
    return tuple(map(Path, told["upstream"])), Path(told["earlier"]) if told["earlier"] else None


def earlier_run(home: Path, as_of: str) -> Path | None:
    """The last published run of a study before a date that another can be held against; None where there is none.

    Parameters: home, the folder of the study's reports; as_of, YYYY-MM-DD. A shared run keeps no tables.
    """
    dated = (folder for folder in home.iterdir() if DATED.fullmatch(folder.name)) if home.is_dir() else ()
    whole = [one for one in dated if one.name < as_of and (one / "manifest.json").exists()]
    known = [one for one in whole if all((one / "tables" / f"{name}.parquet").exists() for name in COMPARED)]
    return max(known, key=lambda folder: folder.name, default=None)
