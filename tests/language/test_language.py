from datetime import date

import pytest

from workbench import language
from workbench.language.prose import page_texts, said_prose
from workbench.wording.numbers import counted, day, number, share, short_money


@pytest.mark.parametrize(
    ("value", "digits", "english", "french"),
    [
        (1234.5, 1, "1,234.5", "1\u202f234,5"),
        (-1234567, 0, "\u22121,234,567", "\u22121\u202f234\u202f567"),
        (0.125, 2, "0.13", "0,13"),
        (2.5, 0, "3", "3"),
        (-0.4, 0, "0", "0"),
        (999.995, 2, "1,000.00", "1\u202f000,00"),
    ],
)
def test_numbers_are_rounded_half_up_and_written_as_the_language_does(value, digits, english, french):
    assert number(value, digits) == english
    with language.speaking("fr"):
        assert number(value, digits) == french
    assert number(value, digits) == english


def test_money_shares_and_dates_in_both_languages():
    said = [short_money(1_234_567, "€"), short_money(340_400, "€"), share(0.1255), day(date(2025, 3, 1))]
    assert said == ["1.23M\u202f€", "340k\u202f€", "12.6\u202f%", "1 March 2025"]
    with language.speaking("fr"):
        said = [short_money(1_234_567, "€"), short_money(340_400, "€"), share(0.1255), day(date(2025, 3, 1))]
        assert said == ["1,23\u202fM€", "340\u202fk€", "12,6\u202f%", "1er mars 2025"]
        assert day(date(2025, 8, 21)) == "21 août 2025"
        assert language.month_text(date(2025, 12, 1)) == "décembre 2025"


def test_zero_is_plural_in_english_and_singular_in_french():
    assert [counted(n, "row") for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    with language.speaking("fr"):
        assert [counted(n, "row") for n in (0, 1, 2)] == ["0 ligne", "1 ligne", "2 lignes"]


def test_a_french_line_never_begins_with_a_semicolon():
    with language.speaking("fr"):
        assert (
            language.said("The study rests on {tables}: {names}.", tables="a", names="b")
            == "L'étude repose sur a\u202f: b."
        )


def test_a_value_with_braces_is_not_filled_again():
    assert language.said("{n} given", n="{n} {x}") == "{n} {x} given"


def test_words_of_ours_are_translated_and_those_of_a_client_stay():
    with language.speaking("fr"):
        assert language.word("duplicate_key") == "clé en double"
        assert language.word("pallet_lines") == "pallet lines"
        assert language.said("a text without translation") == "a text without translation"


def test_a_language_without_a_catalogue_is_refused_and_nothing_changes():
    with pytest.raises(ValueError, match="must be one of en, fr"), language.speaking("de"):
        pass
    assert language.current() == "en"


def test_prose_is_translated_by_paragraph_and_what_is_hidden_is_no_text_of_the_page():
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["## Parameters\n", "\n", "Unknown text.\n"]},
        {"cell_type": "markdown", "metadata": {"tags": ["hide"]}, "source": "## Hidden"},
        {"cell_type": "code", "metadata": {"tags": ["details"], "title": "Every column"}, "source": "code"},
    ]
    assert list(page_texts(cells, name="01_data_audit")) == [
        "Data audit", "## Parameters", "Unknown text.", "Every column",
    ]  # fmt: skip
    with language.speaking("fr"):
        assert said_prose("## Parameters\n\nUnknown text.\n") == "## Paramètres\n\nUnknown text."
