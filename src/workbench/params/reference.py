"""What a params file may hold, told by the models themselves: JSON Schema for editors, key table for readers."""

import json
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from workbench.params.model import Params
from workbench.params.study import Study

_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date YYYY-MM-DD"}


def study_schema() -> dict:
    """The JSON Schema (draft 2020-12) of a params file, with the meaning of every key."""
    schema = Study.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Params of a study (Customer Value Workbench)",
    }


def known_keys(path: tuple[str | int, ...]) -> list[str]:
    """The keys that the block at a path may have; none where the path holds no block of fixed keys."""
    block = _block(_annotation(path))
    return list(block.model_fields) if block else []


def meaning(path: tuple[str | int, ...]) -> str:
    """What the key at a path means; an empty text for an entry of a list or a name of the reader's choice."""
    block = _block(_annotation(path[:-1])) if path else None
    known = block.model_fields.get(path[-1]) if block else None
    return (known.description or "") if known else ""


def key_table() -> str:
    """Every key of a params file as a Markdown table: key path, type, default, meaning.

    `*` stands for a name of the reader's choice, `[]` for each entry of a list. The keys of a source are the same for
    every table and are listed once.
    """
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    listed: dict[type[Params], str] = {}
    _add_rows(Study, "", lines, listed)
    return "\n".join(lines) + "\n"


def _add_rows(model: type[Params], prefix: str, lines: list[str], listed: dict[type[Params], str]) -> None:
    for name, known in model.model_fields.items():
        key = f"{prefix}{name}"
        block = _block(known.annotation)
        meant = known.description or ""
        if block in listed:
            meant += f"; keys as under `{listed[block]}`"
        cells = (f"`{key}`", _type(known.annotation), _default(known), meant)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        inner, steps = known.annotation, ""
        while block is None and inner is not None:
            inner, step = _inside(inner)
            steps += step
            block = _block(inner) if inner is not None else None
        if block is not None and block not in listed:
            listed[block] = f"{key}{steps}"
            _add_rows(block, f"{key}{steps}.", lines, listed)


def _plain(annotation: object) -> object:
    """The annotation without Annotated and without 'or nothing'."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            left = [part for part in get_args(annotation) if part is not NoneType]
            if len(left) != 1:
                return annotation
            annotation = left[0]
        else:
            return annotation


def _block(annotation: object) -> type[Params] | None:
    plain = _plain(annotation)
    return plain if isinstance(plain, type) and issubclass(plain, Params) else None


def _inside(annotation: object) -> tuple[object, str]:
    """What a list or a block of free names holds, and how its entries are written in a key path."""
    plain = _plain(annotation)
    if get_origin(plain) is list:
        return get_args(plain)[0], "[]"
    if get_origin(plain) is dict:
        return get_args(plain)[1], ".*"
    return None, ""


def _annotation(path: tuple[str | int, ...]) -> object:
    annotation: object = Study
    for step in path:
        block = _block(annotation)
        if block is not None:
            known = block.model_fields.get(step) if isinstance(step, str) else None
            annotation = known.annotation if known else None
        else:
            annotation, _ = _inside(annotation)
    return annotation


def _type(annotation: object) -> str:
    plain = _plain(annotation)
    if get_origin(plain) is Literal:
        return "one of " + ", ".join(f"`{json.dumps(value, ensure_ascii=False)}`" for value in get_args(plain))
    if get_origin(plain) is list:
        return f"list of {_type(get_args(plain)[0])}"
    if get_origin(plain) is dict:
        names, held = get_args(plain)
        return f"block: {'name' if names is str else _type(names)} → {_type(held)}"
    block = _block(plain)
    if block is not None:
        return "text or block" if _has_short_form(annotation) else "block"
    return _WORDS[plain.__name__]


def _has_short_form(annotation: object) -> bool:
    return any(
        getattr(extra, "json_schema_input_type", PydanticUndefined) is not PydanticUndefined
        for extra in getattr(annotation, "__metadata__", ())
    )


def _default(known: FieldInfo) -> str:
    if known.is_required():
        return "**required**"
    value = known.get_default(call_default_factory=True)
    if isinstance(value, Params) or (isinstance(value, list) and any(isinstance(one, Params) for one in value)):
        return "its defaults"
    return "none" if value is None else f"`{json.dumps(value, ensure_ascii=False, default=_told)}`"


def _told(block: Params) -> dict[str, object]:
    """A block as somebody would write it: without what is its default anyway."""
    return block.model_dump(mode="json", exclude_defaults=True)
