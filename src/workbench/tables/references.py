"""What an earlier run froze, handed over as a file so that two dated runs can be held against each other."""

import json
from pathlib import Path

from workbench.errors import ParamsError
from workbench.params import Study


def read_value_reference(study: Study) -> dict | None:
    """The content of the file `value.reference` names, None where the params name none.

    Raises: ParamsError where there is no such file or it is no JSON object.
    """
    if study.value.reference is None:
        return None
    path: Path = study.folder / study.value.reference
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ParamsError(
            f"value.reference: {path} cannot be read ({error.strerror}); name the value_reference.json that an "
            "earlier run wrote to its folder notes/"
        ) from error
    except ValueError as error:
        raise ParamsError(f"value.reference: {path} is no JSON file ({error})") from error
    if not isinstance(content, dict):
        raise ParamsError(f"value.reference: {path} must hold the value_reference.json of an earlier run; it does not")
    return content
