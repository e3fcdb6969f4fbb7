"""Client files become checked tables: contracts, reading, quarantine, and the folder a run works in."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.tables.engine import connect
    from workbench.tables.references import read_value_reference
    from workbench.tables.run_folder import RunFolder, open_study
    from workbench.tables.sources import check_client_files, read_client_files

__all__ = ["RunFolder", "check_client_files", "connect", "open_study", "read_client_files", "read_value_reference"]

# Found when first used: the engine takes a second to import, and a run with nothing to do never needs it.
_HOMES = {
    "RunFolder": "run_folder",
    "check_client_files": "sources",
    "connect": "engine",
    "open_study": "run_folder",
    "read_client_files": "sources",
    "read_value_reference": "references",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
