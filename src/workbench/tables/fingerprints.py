"""What the client's files hold, in a few letters: the same fingerprint, the same bytes."""

import hashlib

from workbench.params import Study


def source_fingerprints(study: Study) -> dict[str, list[str]]:
    """Table → sha256 of each of its files, in the order of the params; `missing` for a file that cannot be read.

    Whatever else the params hand over as a file stands under the key that names it.
    """
    named = {table: source.files for table, source in study.sources.given().items()}
    named["potential.sector_files"] = [told.file for told in study.potential.sector_files]
    return {key: [_fingerprint(study, name) for name in names] for key, names in named.items()}


def _fingerprint(study: Study, name: str) -> str:
    try:
        with (study.folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "missing"
