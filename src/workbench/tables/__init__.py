"""Client files become checked tables: contracts, reading, quarantine, and the folder a run works in."""

from workbench.tables.engine import connect
from workbench.tables.run_folder import RunFolder, open_study

__all__ = ["RunFolder", "connect", "open_study"]
