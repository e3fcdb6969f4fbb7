"""A params file as written: its values, and the place of each in the file."""

from copy import deepcopy
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from workbench.errors import ParamsError

KeyPath = tuple[str | int, ...]
_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp", "str", "map", "seq")}


@dataclass
class Document:
    """The values of a YAML text with their places.

    data: dicts, lists, texts, numbers, booleans, dates and None; values, keys: the place of a value and of its key,
    written `name:line:column`, by path; written: plain values exactly as they stand in the text, by path;
    problems: (place, sentence) of what is valid YAML but not accepted in a params file.
    """

    name: str
    data: object = None
    values: dict[KeyPath, str] = field(default_factory=dict)
    keys: dict[KeyPath, str] = field(default_factory=dict)
    written: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def place(self, path: KeyPath, *, of_key: bool = False) -> str:
        """Where the value (or its key) is written; for what is not written, where the block that would hold it is."""
        for length in range(len(path), -1, -1):
            known = path[:length]
            if of_key and known in self.keys:
                return self.keys[known]
            if known in self.values:
                return self.values[known]
        return self.name

    def put(self, path: KeyPath, value: object, *, place: str) -> None:
        """Replace the value at a path by one that comes from elsewhere. Raises ValueError where the path cannot be."""
        if not isinstance(self.data, dict):
            return
        holder = self.data
        for depth, step in enumerate(path):
            above = ".".join(map(str, path[:depth]))
            if isinstance(holder, list):
                if not isinstance(step, str) or not step.isdecimal() or int(step) >= len(holder):
                    raise ValueError(f"{above} is a list of {len(holder)}, counted from 0 (got {step!r})")
                step = int(step)
            elif not isinstance(holder, dict):
                raise ValueError(f"{above} is a plain value without keys of its own; set {above} itself")
            path = (*path[:depth], step, *path[depth + 1 :])
            if depth == len(path) - 1:
                holder[step] = deepcopy(value)
            elif isinstance(holder, dict) and holder.get(step) is None:
                holder[step] = {}
                self.values[path[: depth + 1]] = place
            holder = holder[step]
        for places in (self.values, self.keys, self.written):
            for known in [known for known in places if known[: len(path)] == path]:
                del places[known]
        self.values[path] = self.keys[path] = place


def read_document(text: str, *, name: str) -> Document:
    """The values of a YAML 1.2 text with their places; `name` stands for the text in messages.

    Raises: ParamsError with name:line:column where the text is not valid YAML, or nested beyond reason.
    Duplicate keys, anchors, aliases and tags are kept as problems of the document, so that all are reported at once.
    """
    yaml = YAML(typ="safe", pure=True)
    document = Document(name)
    try:
        root = yaml.compose(text)
        if root is not None:
            document.data = _value(root, (), document, yaml)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ParamsError(f"{_at(name, mark)}: not valid YAML: {_said(error)}") from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ParamsError(
            f"{name}:{line}: not valid YAML: the character U+{error.character:04X} is not allowed"
        ) from error
    except YAMLStreamError as error:
        raise ParamsError(f"{name}: not valid YAML: {error}") from error
    except RecursionError as error:
        raise ParamsError(f"{name}: blocks are nested too deeply to be a params file") from error
    return document


def _value(node: Node, path: KeyPath, document: Document, yaml: YAML) -> object:
    place = _at(document.name, node.start_mark)
    document.values[path] = place
    if node.anchor:
        document.problems.append(
            (place, f"anchors and aliases (&{node.anchor}) are not accepted; write the value again")
        )
        return None
    tag = str(node.tag)
    if tag not in _PLAIN:
        document.problems.append((place, f"the tag {tag!r} is not accepted; write a plain value"))
        return None
    if isinstance(node, ScalarNode):
        document.written[path] = node.value
        try:
            return yaml.constructor.construct_object(node)
        except ValueError as error:
            document.problems.append((place, f"{node.value[:40]!r} is not a possible date or number ({error})"))
            return None
    if not isinstance(node, MappingNode):
        return [_value(child, (*path, index), document, yaml) for index, child in enumerate(node.value)]
    block: dict[str, object] = {}
    for key_node, child in node.value:
        key_place = _at(document.name, key_node.start_mark)
        if not isinstance(key_node, ScalarNode) or not key_node.value:
            document.problems.append((key_place, "a key must be a plain text"))
        elif key_node.value in block:
            first = document.keys[(*path, key_node.value)]
            document.problems.append((key_place, f"the key {key_node.value!r} is given twice (first at {first})"))
        elif key_node.anchor or str(key_node.tag) not in _PLAIN:
            document.problems.append((key_place, f"anchors, merges and tags are not accepted (key {key_node.value!r})"))
        else:
            document.keys[(*path, key_node.value)] = key_place
            block[key_node.value] = _value(child, (*path, key_node.value), document, yaml)
            if child.start_mark.index == child.end_mark.index:  # nothing is written: YAML points at what comes next
                document.values[(*path, key_node.value)] = key_place
    return block


def _at(name: str, mark: object) -> str:
    return f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name


def _said(error: MarkedYAMLError) -> str:
    if "'\\t'" in str(error.problem):
        return "a tab stands where only spaces are allowed; indent with spaces"
    return ", ".join(part for part in (error.context, error.problem) if part)
