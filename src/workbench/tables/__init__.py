"""Client files become checked tables: contracts, reading, quarantine, and the folder a run works in."""

from workbench.tables.engine import connect
from workbench.tables.run_folder import RunFolder, open_study
from workbench.tables.sources import check_client_files, read_client_files

__all__ = ["RunFolder", "check_client_files", "connect", "open_study", "read_client_files"]
