"""What an earlier run froze, handed over as a file so that two dated runs can be held against each other."""

import json
from pathlib import Path

from pydantic import ValidationError

from workbench.errors import ParamsError
from workbench.params import Plane, Study

# Chapter 03 prints the plane to two decimals, and from there it is copied.
AS_PRINTED = 0.01


def read_value_reference(study: Study) -> dict | None:
    """The content of the file `value.reference` names, None where the params name none.

    Raises: ParamsError where there is no such file, it is no JSON object, or it was made on another plane of
    satisfaction and loyalty than `competitive.plane`.
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
    _check_plane(study, path, content.get("plane"))
    return content


def _check_plane(study: Study, path: Path, noted: object) -> None:
    """Cut points hold on the plane they were made on. Notes of studies without a survey have none."""
    told = study.competitive.plane
    if not noted or told is None:
        return
    try:
        plane = Plane.model_validate(noted)
    except ValidationError as error:
        raise ParamsError(
            f"value.reference: the plane in {path} must have {', '.join(Plane.model_fields)}; it has {noted}: take the "
            "file as the earlier run wrote it"
        ) from error
    differing = [
        f"{name} {value:g} (competitive.plane has {getattr(told, name):g})"
        for name, value in plane
        if abs(value - getattr(told, name)) > AS_PRINTED
    ]
    if differing:
        raise ParamsError(
            f"value.reference: {path} was made on another plane of satisfaction and loyalty: {', '.join(differing)}; "
            "its cut points hold on its own plane only: give that one, or another reference"
        )
