"""Looking up a text in the language of the study; the English text is the key, and the text where nothing is found."""

import copy
import gettext
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "en"
LANGUAGES = (SOURCE, "fr")
FOLDER = Path(__file__).parent
WORD = "word"

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def current() -> str:
    """The language spoken now: en or fr."""
    return _language.get()


def use_language(language: str) -> None:
    """Speak a language from now on. Raises ValueError for one without a catalogue."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)} (got {language!r})")
    _language.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language while the block runs. Raises ValueError for one without a catalogue."""
    before = _language.set(_language.get())
    try:
        use_language(language)
        yield
    finally:
        _language.reset(before)


def said(text: str, **values: object) -> str:
    """The text in the language spoken, its {names} filled with the values; braces inside values stay as they are."""
    translated = _catalogue(current()).gettext(text) if text else ""
    return _filled(translated, values) if values else translated


def said_count(n: int, one: str, many: str, **values: object) -> str:
    """The form of a text that goes with a count: 1 row, 2 rows; 0 is plural in English and singular in French."""
    translated = _catalogue(current()).ngettext(one, many, n)
    return _filled(translated, values) if values else translated


def _filled(text: str, values: dict[str, object]) -> str:
    """A text with its values; lists among them, written `a; b: c`, are set as the language sets its marks."""
    filled = text.format(**values)
    return re.sub(r"(?<=\S)(?=[;:] )", "\u202f", filled) if current() == "fr" else filled


def word(name: str) -> str:
    """A name of ours (column, rule, step, table) in words; a name we do not know, as of a client's driver, stays."""
    return _catalogue(current()).pgettext(WORD, name.replace("_", " "))


def marked(text: str) -> str:
    """The text itself; says to the catalogue check that it is looked up later, with `said`."""
    return text


def messages(language: str) -> Catalog:
    """The translations of a language: those of all files of its folder, one file for each place texts come from."""
    together = Catalog(locale=language)
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    together[message.id] = message
    return together


_messages = cache(messages)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """The translations of a language, compiled from its .po file; none for the language the code is written in."""
    if language == SOURCE:
        return gettext.NullTranslations()
    messages = copy.deepcopy(_messages(language))
    for message in messages:
        texts = message.string
        message.string = _unbroken(texts) if isinstance(texts, str) else tuple(map(_unbroken, texts))
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _unbroken(text: str) -> str:
    """No line begins with a mark that French sets off by a space: `mot ;` keeps its narrow space unbroken."""
    return re.sub(r" (?=[;:?!])", "\u202f", text)


def every_text(language: str) -> Iterator[str]:
    """Every text that a report of a language can hold by itself, whatever the client's data."""
    for message in _messages(LANGUAGES[-1] if language == SOURCE else language):
        text = message.id if language == SOURCE else message.string
        yield from (text,) if isinstance(text, str) else text
