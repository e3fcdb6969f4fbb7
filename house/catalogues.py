"""The catalogues hold every text a reader can see, all translated: `python -m house.catalogues [--write]`.

Texts are found where they are written: in the package and the notebooks' code as literals given to the functions of
KEYWORDS, in the page template, in the prose, titles and names of the notebooks, and in the vocabulary. --write brings
the catalogues up to date; what is new is then still to be translated by hand.
"""

import argparse
import ast
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from house.verdict import ROOT, say_verdict
from workbench.language.catalogue import FOLDER, LANGUAGES, SOURCE, WORD, messages
from workbench.language.prose import page_texts
from workbench.language.vocabulary import WORDS

# Where each function has its texts among its arguments.
KEYWORDS = {
    "said": slice(0, 1),
    "marked": slice(0, 1),
    "said_count": slice(1, 3),
    "counted": slice(1, 3),
    "Sheet": slice(1, 2),
}
PLURAL = "said_count"
_NAME = re.compile(r"\{(\w*)\}")

Found = Iterator[tuple[int, str | None, str | tuple, list[str]]]


def extracted(root: Path = ROOT) -> Catalog:
    """Every text of the package, its template and its notebooks, with its places."""
    catalogue = Catalog()
    for folder, methods in (
        (root / "src" / "workbench", [("**.py", _of_python), ("**.j2", babel_extract)]),
        (root / "notebooks", [("*.ipynb", _of_notebook)]),
    ):
        found = extract_from_dir(folder, method_map=methods, keywords={"said": None, PLURAL: (1, 2)})
        for file, _, message, _, context in sorted(found, key=lambda one: (one[0], one[1])):
            place = (folder / file).relative_to(root).as_posix()
            catalogue.add(message, context=context, locations=[(place, 0)])
    for name in WORDS:
        catalogue.add(name.replace("_", " "), context=WORD, locations=[("src/workbench/language/vocabulary.py", 0)])
    return catalogue


def catalogue_problems(translated: Catalog, texts: Catalog) -> list[str]:
    """What a catalogue lacks, has too much, has not translated, or translates with other {names}."""
    problems = []
    wanted, there = {_key(one): one for one in texts if one.id}, {_key(one): one for one in translated if one.id}
    for key, message in wanted.items():
        own = there.get(key)
        if own is None:
            problems.append(f"{message.locations[0][0]}: {_shown(message)} is not in the catalogue")
        elif own.fuzzy:
            problems.append(f"{_shown(own)} is marked fuzzy; read it and remove the mark")
        elif not all(_forms(own.string)):
            problems.append(f"{_shown(own)} has no translation")
        elif {_names(form) for form in _forms(own.string)} - {_names(form) for form in _forms(own.id)}:
            problems.append(f"{_shown(own)} and its translation do not have the same {{names}}, each as often")
    problems += [f"{_shown(one)} is no longer used" for key, one in there.items() if key not in wanted]
    return problems


def _names(text: str) -> tuple[str, ...]:
    """The {names} of a text, as often as they stand there: a translation that has one twice was pasted twice."""
    return tuple(sorted(_NAME.findall(text)))


def found_problems(root: Path = ROOT) -> list[str]:
    """The problems of all catalogues, 'file: problem'."""
    texts = extracted(root)
    return [
        f"{language}: {problem}"
        for language in LANGUAGES
        if language != SOURCE
        for problem in catalogue_problems(messages(language), texts)
    ]


def write_catalogues(root: Path = ROOT) -> None:
    """Bring every catalogue up to date with the texts: new ones without translation, unused ones gone."""
    texts = extracted(root)
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        catalogue = messages(language)
        catalogue.update(texts, no_fuzzy_matching=True, update_creation_date=False)
        for path in (FOLDER / language).glob("*.po"):
            path.unlink()
        for name, part in _by_place(catalogue).items():
            written = io.BytesIO()
            write_po(written, part, width=110, omit_header=True, include_lineno=False, ignore_obsolete=True)
            (FOLDER / language / f"{name}.po").write_bytes(written.getvalue())


def main() -> int:
    """Check the catalogues, or bring them up to date first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="bring the catalogues up to date")
    if parser.parse_args().write:
        write_catalogues()
    return say_verdict("catalogues", found_problems())


def _by_place(catalogue: Catalog) -> dict[str, Catalog]:
    """A catalogue for each file name (without folder and ending) where texts are written, first places only."""
    parts: dict[str, Catalog] = {}
    for message in catalogue:
        if message.id:
            name = Path(message.locations[0][0]).stem
            parts.setdefault(name, Catalog(locale=catalogue.locale))[message.id] = message
    return parts


def _of_python(file: BinaryIO, keywords: dict, comment_tags: list, options: dict) -> Found:
    """Texts given as literals to the functions that look them up, also inside f-strings, where Babel does not look.

    `counted` makes a plural that is not given by an s, as at run time.
    """
    for call in ast.walk(ast.parse(file.read())):
        name = getattr(call, "func", None)
        function = getattr(name, "attr", getattr(name, "id", None))
        if function not in KEYWORDS:
            continue
        given = [one.value for one in call.args[KEYWORDS[function]] if isinstance(one, ast.Constant)]
        texts = tuple(text for text in given if isinstance(text, str))
        if function == "counted" and len(texts) == 1:
            texts = (*texts, f"{texts[0]}s")
        if texts:
            yield call.lineno, PLURAL if len(texts) > 1 else None, texts if len(texts) > 1 else texts[0], []


def _of_notebook(file: BinaryIO, keywords: dict, comment_tags: list, options: dict) -> Found:
    notebook = json.load(file)
    for text in page_texts(notebook["cells"], name=Path(file.name).stem):
        yield 0, None, text, []
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    yield from _of_python(io.BytesIO(code.encode()), keywords, comment_tags, options)


def _key(message: object) -> tuple:
    return message.context, _forms(message.id)[0]


def _forms(text: str | tuple | list) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _shown(message: object) -> str:
    text = _forms(message.id)[0]
    return repr(text if len(text) < 70 else f"{text[:69]}…")


if __name__ == "__main__":
    sys.exit(main())
