"""The last gate of the shared edition: the finished files are searched for every client, and nothing else goes out."""

import html
import json
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path, PureWindowsPath

from workbench.errors import RunFailed
from workbench.language import LANGUAGES
from workbench.language.catalogue import every_text
from workbench.params import Study
from workbench.tables import connect
from workbench.tables.run_folder import RunFolder

MANIFEST = "manifest.json"
PRIVATE = {
    "name": "name of a client",
    "customer_id": "number of a client",
    "group_id": "group of a client",
    "salesperson": "name of a salesperson",
}
AMOUNTS = ("eur_read", "eur_accepted", "eur_quarantined")
PROOF = ("margin", "axis", "reference", "difference_eur")
PLACE = ("url", "table", "query", "user_variable", "password_variable")
SHORTEST_PHRASE = 4
SHORTEST_NUMBER = 5
# Figures cut long names: so much of the beginning is enough to be recognised.
BEGINNING = 18
INLINE = {"a", "b", "code", "em", "i", "mark", "small", "span", "strong", "sub", "sup", "tspan"}
# Attributes that draw or sort; a client's number can be met among their numbers by chance.
NUMERIC = {
    "d", "points", "transform", "viewbox", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "data-sort", "style",
}  # fmt: skip


@dataclass(frozen=True)
class Sought:
    """What must not be found, as normalised phrases with what each is.

    anywhere: sought in every text, by their first word: (phrase, what it is); a phrase that ends in a space is sought
    as whole words, another one as the beginning of a longer name; whole: short ones and words of the report itself,
    sought as a whole text (a cell, a label); passed_over: how many are neither, being numbers too short to be told from
    amounts, or published names.
    """

    anywhere: dict[str, list[tuple[str, str]]]
    whole: dict[str, str]
    passed_over: int

    def __str__(self) -> str:
        """What was sought, and what was not, for the person who answers for the shared report."""
        n = len(self.whole) + sum(map(len, self.anywhere.values()))
        text = f"no client found in the shared report: {n} names and numbers sought"
        if self.passed_over:
            text += (
                f"; {self.passed_over} were not sought, being numbers of less than {SHORTEST_NUMBER} digits or names "
                "that are printed as those of products, zones, departments or the company"
            )
        return text


def keep_only_shareable(folder: Path, study: Study) -> Sought:
    """Search pages and manifest for the clients of the run, then remove everything else from its folder.

    Raises: RunFailed naming the first file, place and name found; nothing is removed then.
    """
    sought = sought_in(RunFolder(folder, study.path), study)
    published = [*sorted(folder.glob("*.html")), folder / MANIFEST]
    for file in published:
        check_unrecognisable(file, sought)
    for path in folder.iterdir():
        if path in published:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return sought


def shareable_manifest(content: dict) -> dict:
    """The manifest without amounts, addresses and paths.

    An amount of one file may be one client's, and so may the difference of two totals; a query may name one.
    """
    inputs = [{**one, "file": _bare(one["file"]), **dict.fromkeys(AMOUNTS)} for one in content["inputs"]]
    proofs = [{key: proof[key] for key in PROOF} for proof in content["reconciliation"]]
    params = dict(content["params"])
    params["sources"] = {table: source and _placeless(source) for table, source in params["sources"].items()}
    params["potential"] = {
        **params["potential"],
        "sector_files": [{**one, "file": _bare(one["file"])} for one in params["potential"]["sector_files"]],
    }
    params["value"] = {**params["value"], "reference": _bare(params["value"]["reference"])}
    scenarios = [{**one, "scope": {**one["scope"], "customers": None}} for one in params["tariffs"]["scenarios"]]
    params["tariffs"] = {**params["tariffs"], "scenarios": scenarios}
    overrides = dict.fromkeys(content["overrides"])
    return {**content, "inputs": inputs, "params": params, "overrides": overrides, "reconciliation": proofs}


def _placeless(source: dict) -> dict:
    return {**source, "files": [_bare(file) for file in source["files"]], **dict.fromkeys(PLACE)}


def _bare(path: str | None) -> str | None:
    """The last part of a path of any system; None for the address of a database."""
    return None if path is None or "://" in path else PureWindowsPath(path).name


def check_unrecognisable(file: Path, sought: Sought) -> None:
    """Raise RunFailed where a finished file, its name included, holds what is sought."""
    for place, text, drawn in (("the name of the file", file.name, False), *texts_of(file)):
        if text.lstrip().lower().startswith("data:"):
            raise RunFailed(f"{file.name}: {place} holds embedded data, which cannot be searched for clients' names")
        found = first_found(text, sought, drawn=drawn)
        if found is not None:
            phrase, kind = found
            raise RunFailed(
                f"{file.name}: {place} holds {phrase!r}, the {kind}; a shared report must not: leave the output out "
                "(without the tag shared) or put its cells together"
            )


def first_found(text: str, sought: Sought, *, drawn: bool = False) -> tuple[str, str] | None:
    """The first phrase that a text holds, with what it is. `drawn`: the text is of numbers that draw or sort."""
    plain = normalised(text)
    if plain in sought.whole:
        return plain, sought.whole[plain]
    padded = f" {plain} "
    for first in {"", *plain.split()} & sought.anywhere.keys():
        for phrase, kind in sought.anywhere[first]:
            if f" {phrase}" in padded and not (drawn and phrase.strip().isdigit()):
                return phrase.strip(), kind
    return None


def sought_in(run: RunFolder, study: Study) -> Sought:
    """The names and numbers of the clients of a run, and of those who look after them.

    Raises: RunFailed where the run has no checked customers, so that nothing could be sought.
    """
    connection = connect()
    customers = run.checked("customers", connection).to_pandas()
    if customers.empty:
        raise RunFailed("the shared edition cannot be checked: the run has no checked customers")
    deliveries = run.checked("deliveries", connection)
    public = {study.company, study.study}
    for column in ("product", "delivery_zone"):
        public |= set(deliveries.select(column).distinct().to_pandas()[column].dropna())
    public |= {name for activity in study.economic.activities for name in (activity.activity, activity.pool)}
    private = {(str(value), kind) for column, kind in PRIVATE.items() for value in customers[column].dropna().unique()}
    return sought_phrases(private, public)


def sought_phrases(private: Iterable[tuple[str, str]], public: Iterable[str]) -> Sought:
    """How each private name is sought, given the names that the report may print.

    Parameters: private, (name, what it is); public, names of products, zones, departments and the company. A private
    name that is also a public one is that word's and is not sought. One that stands in our own texts or in a public
    name ("Total"), or is shorter than 4 letters, is sought as a whole text only. A number of less than 5 digits cannot
    be told from an amount and is not sought.
    """
    known = {normalised(name) for name in public}
    own = " | ".join(["", *known, *(normalised(text) for language in LANGUAGES for text in every_text(language)), ""])
    anywhere: dict[str, list[tuple[str, str]]] = {}
    whole: dict[str, str] = {}
    passed_over = 0
    for name, kind in sorted(private):
        phrase = normalised(name)
        joined = phrase.replace(" ", "")
        if phrase in known or not joined or (joined.isdigit() and len(joined) < SHORTEST_NUMBER):
            passed_over += 1
        elif len(joined) < SHORTEST_PHRASE or f" {phrase} " in own:
            whole[phrase] = kind
        else:
            beginning = phrase[:BEGINNING]
            is_cut = len(phrase) > BEGINNING and f" {beginning}" not in own
            first = "" if is_cut and " " not in beginning else phrase.split(" ")[0]
            anywhere.setdefault(first, []).append((beginning if is_cut else f"{phrase} ", kind))
    return Sought(anywhere, whole, passed_over)


def normalised(text: str) -> str:
    """Words and numbers of a text, without case, accents and punctuation, one space between them."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


def texts_of(file: Path) -> Iterator[tuple[str, str, bool]]:
    """Every text of a page or of a JSON file: place, text, whether it is of numbers that draw or sort.

    Raises RunFailed for any other kind of file.
    """
    content = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        yield from (("a value", text, False) for text in _json_texts(json.loads(content)))
    elif file.suffix == ".html":
        page = _Texts()
        page.feed(content)
        page.close()
        yield from page.found
        yield "text across elements", "".join(page.running), False
    else:
        raise RunFailed(f"{file.name}: a shared report holds pages and its manifest only")


def _json_texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _json_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _json_texts(inner)
    elif isinstance(value, str):  # a number of ours is no name, whatever client has the same
        yield value


class _Texts(HTMLParser):
    """Collects texts, attributes and comments of a page, characters decoded (also those encoded twice)."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str, bool]] = []
        self.running: list[str] = []
        self._within = "the page"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = f"<{tag}>"
        self._part(tag)
        for name, value in attrs:
            self.found.append((f"{name} of <{tag}>", f"{html.unescape(value or '')}", name in NUMERIC))

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)

    def handle_data(self, data: str) -> None:
        self.running.append(data)
        if data.strip():
            self.found.append((self._within, html.unescape(data), False))

    def _part(self, tag: str) -> None:
        """Words on both sides of a tag are two, unless it stands inside a line of text."""
        if tag not in INLINE:
            self.running.append(" ")

    def handle_comment(self, data: str) -> None:
        self.found.append(("a comment", data, False))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("a declaration", data, False))
