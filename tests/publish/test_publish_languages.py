"""A finished French report has no English left in it; an English one has."""

import re

import pytest

from workbench.language import LANGUAGES, speaking, word
from workbench.language.vocabulary import WORDS
from workbench.publish.sharing import texts_of

PAGES = ("index.html", "01_data_audit.html", "02_margin_retreatment.html", "05_potential.html")
ENGLISH = re.compile(r"\b(the|of|is|are|with|from|by|which|that|no|shown|share|margin|revenue|rows)\b", re.IGNORECASE)
OURS = re.compile(r"<(p|text|figcaption|h1|h2|h3|strong|summary|th|button|label|a|dt|li|em|title)>|aria-label|data-")
# Words of the params file and of the simulated client's own files, which stay as they are in every language.
NOT_OURS = re.compile(r"\w+\.\w+|\b\w+(_\w+)+\b|margin file|pick-up and delivery")


def english_texts(folder):
    return [
        (page, place, text)
        for page in PAGES
        for place, text, drawn in texts_of(folder / page)
        if not drawn and OURS.search(place) and ENGLISH.search(NOT_OURS.sub(" ", text))
    ]


def test_a_french_report_is_french_from_title_to_footer(report):
    folder = report(language="fr")
    assert english_texts(folder) == []
    assert all('<html lang="fr">' in (folder / page).read_text() for page in PAGES)


def test_english_would_be_found(report):
    assert len(english_texts(report(edition="shared"))) > 50


def test_every_heading_of_a_french_table_is_a_word_of_ours(report):
    with speaking("fr"):
        known = {word(name) for name in WORDS}
    found = set()
    for page in PAGES:
        text = (report(language="fr") / page).read_text()
        found |= set(re.findall(r'<th[^>]*scope="col">([^<]+)</th>', text.replace("&#x27;", "'")))
    bare = {re.sub(r" \([^)]*\)$|^probabilité\u202f: ", "", heading) for heading in found}
    assert {re.sub(r" \([^)]*\)$", "", heading) for heading in bare} - known == set()
    assert len(found) > 25


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_dates_of_a_page_are_those_of_its_language(report, language):
    asked = {"language": "fr"} if language == "fr" else {"edition": "shared"}
    text = (report(**asked) / "index.html").read_text()
    assert ("31 décembre 2025" in text) is (language == "fr")
    assert bool(re.search(r"\d\u202f\d{3}\b", text)) is (language == "fr")
    assert bool(re.search(r"\d,\d{3}\b", text)) is (language == "en")
