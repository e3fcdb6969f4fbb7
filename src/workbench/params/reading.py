"""Reading the params file of a study: every problem at once, each with its place, what came and what is wanted."""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from workbench.errors import ParamsError
from workbench.params.document import Document, read_document
from workbench.params.reference import known_keys, meaning
from workbench.params.study import Study

_SENTENCES = {
    "string_type": "must be a text; write it in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "date_type": "must be a date written YYYY-MM-DD",
    "list_type": "must be a list, e.g. [one, two]",
    "dict_type": "must be a block of keys",
    "model_type": "must be a block of keys",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be below {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "literal_error": "must be one of {expected}",
}


def read_study(path: Path | str, *, overrides: Mapping[str, object] | None = None) -> Study:
    """Read and check a params file.

    Parameters: path, the YAML file; overrides, {"dotted.key": value} laid over the file before it is checked, an entry
    of a list being named by its number from 0 (`economic.activities.0.pool`).
    Returns: the study, its `path` being the resolved path of the file.
    Raises: ParamsError, one line per problem, all problems at once, each `file:line:column: key: what it must be (what
    came)`; an overridden value's place is `--set key`.
    """
    file = Path(path)
    document = read_document(_text(file), name=str(path))
    if not isinstance(document.data, dict):
        came = "nothing" if document.data is None else _came((), document)
        raise ParamsError(f"{path}: must be a block of keys that begins with 'study: <name>' (got {came})")
    problems = [*document.problems, *_overridden(document, overrides or {})]
    study = None
    try:
        study = Study.model_validate(document.data)
    except ValidationError as error:
        told = {place for place, _ in problems}
        found = [_problem(one, document) for one in error.errors(include_url=False)]
        problems += [(place, sentence) for place, sentence in found if place not in told]
    if problems or study is None:
        raise ParamsError("\n".join(_line(*problem) for problem in sorted(set(problems), key=_in_file_order)))
    study._path = file.resolve()
    return study


def parsed_override(text: str) -> tuple[str, object]:
    """An override of the command line, `dotted.key=value`, as (key, value); the value is read as YAML.

    Raises: ParamsError where there is no key or no `=`, or where the value is not YAML.

    >>> parsed_override("economic.draws=500")
    ('economic.draws', 500)
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise ParamsError(f"--set {text}: must be written key=value, e.g. --set economic.draws=500")
    try:
        document = read_document(value, name=f"--set {key}")
    except ParamsError as error:
        raise ParamsError(f"{error}; put the value in quotes, e.g. --set \"{key}='...'\"") from error
    if document.problems:
        raise ParamsError("\n".join(f"{place}: {sentence}" for place, sentence in document.problems))
    return key, document.data


def _text(file: Path) -> str:
    if not file.exists():
        here = [other.name for other in file.parent.glob("*.y*ml")] if file.parent.is_dir() else []
        near = get_close_matches(file.name, here, n=1)
        hint = f"did you mean {file.with_name(near[0])}?" if near else "check the path of the params file"
        raise ParamsError(f"{file}: no such file; {hint}")
    if not file.is_file():
        came = "a folder" if file.is_dir() else "a device"
        raise ParamsError(f"{file}: must be a file (got {came}); name the .yaml file of the study")
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ParamsError(f"{file}: cannot be read ({error.strerror})") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ParamsError(
            f"{file}:{line}: must be UTF-8 text (got byte 0x{raw[error.start]:02x}); save it as UTF-8"
        ) from error


def _overridden(document: Document, overrides: Mapping[str, object]) -> list[tuple[str, str]]:
    problems = []
    for key, value in overrides.items():
        place = f"--set {key}"
        steps = tuple(str(key).split("."))
        try:
            if not all(steps):
                raise ValueError("must be a dotted key, e.g. economic.draws")
            document.put(steps, value, place=place)
        except ValueError as error:
            problems.append((place, str(error)))
    return problems


def _problem(error: dict, document: Document) -> tuple[str, str]:
    """The place and the sentence of one of pydantic's errors."""
    path, kind, context = tuple(error["loc"]), error["type"], error.get("ctx", {})
    if path[-1:] == ("[key]",):
        return document.place(path[:-1], of_key=True), _unknown(path[:-1], context.get("expected", "").split(" or "))
    if kind == "extra_forbidden":
        return document.place(path, of_key=True), _unknown(path, known_keys(path[:-1]))
    if kind == "missing":
        return document.place(path), f"{_dotted(path)}: is missing; it says: {meaning(path)}"
    path = _as_written(path, document)
    if kind == "value_error":
        sentence = str(context["error"])
    elif kind == "string_pattern_mismatch":
        sentence = f"must be: {meaning(path)}"
    elif kind in _SENTENCES:
        sentence = _SENTENCES[kind].format(**context)
    else:
        sentence = error["msg"][:1].lower() + error["msg"][1:]
    if kind == "secret":
        return document.place(path), f"{_dotted(path)}: {sentence}"
    if kind.endswith("_type") or not isinstance(_held(path, document), dict | list):
        sentence += f" (got {_came(path, document)})"
    return document.place(path), ": ".join(part for part in (_dotted(path), sentence) if part)


def _unknown(path: tuple[str | int, ...], known: list[str]) -> str:
    names = [name.strip("'") for part in known for name in part.split(", ")]
    near = get_close_matches(str(path[-1]), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"possible here: {', '.join(names)}"
    where = f"{_dotted(path[:-1])}: " if path[:-1] else ""
    return f"{where}unknown key {str(path[-1])!r}; {hint}"


def _as_written(path: tuple[str | int, ...], document: Document) -> tuple[str | int, ...]:
    """The path without the steps that the short form of a mapping leaves out in the file."""
    held, steps = document.data, 0
    for step in path:
        if not isinstance(held, dict | list) or (isinstance(held, dict) and step not in held):
            break
        held, steps = held[step], steps + 1
    return path[:steps]


def _came(path: tuple[str | int, ...], document: Document) -> str:
    held = _held(path, document)
    if held is None or isinstance(held, dict | list):
        return {dict: "a block of keys", list: "a list"}.get(type(held), "nothing")
    said = document.written.get(path, held.isoformat() if isinstance(held, date) else str(held))
    return f"'{said}'" if len(said) <= 60 else f"'{said[:60]}…'"


def _held(path: tuple[str | int, ...], document: Document) -> object:
    held = document.data
    for step in path:
        held = held[step]
    return held


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def _line(place: str, sentence: str) -> str:
    """One printed line; the key is not said twice where the place is the override of that very key."""
    return f"{place}: {sentence.removeprefix(place.removeprefix('--set ') + ': ')}"


def _in_file_order(problem: tuple[str, str]) -> tuple[int, int, str]:
    place, sentence = problem
    if place.startswith("--set "):
        return 10**9, 0, place + sentence
    line, column = [int(part) if part.isdecimal() else 0 for part in f"{place}::".split(":")[-4:-2]]
    return line, column, sentence
