"""The language of mappings: what it reads, how it groups, and that nothing else gets in."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.params.expressions import (
    Binary,
    ColumnRef,
    Negative,
    Number,
    RowNumber,
    Text,
    parse_expression,
)

A, B, C = ColumnRef("A"), ColumnRef("B"), ColumnRef("C")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[Chiffre d'affaires HT]", ColumnRef("Chiffre d'affaires HT")),
        ("[a]]b]", ColumnRef("a]b")),
        ("'it''s'", Text("it's")),
        ("''", Text("")),
        ("0.10", Number(Decimal("0.10"))),
        (" row_number( ) ", RowNumber()),
        ("[A] - [B] - [C]", Binary("-", Binary("-", A, B), C)),
        ("[A] / [B] / [C]", Binary("/", Binary("/", A, B), C)),
        ("[A] + [B] * [C]", Binary("+", A, Binary("*", B, C))),
        ("([A] + [B]) * [C]", Binary("*", Binary("+", A, B), C)),
        ("[A] & [B] + [C]", Binary("&", A, Binary("+", B, C))),
        ("[A] & '-' & [B]", Binary("&", Binary("&", A, Text("-")), B)),
        ("-[A] * [B]", Binary("*", Negative(A), B)),
        ("[A] - -[B]", Binary("-", A, Negative(B))),
        ("-([A] + [B])", Negative(Binary("+", A, B))),
    ],
)
def test_an_expression_is_read_as_grouped(text, tree):
    assert parse_expression(text) == tree


def test_the_columns_used_are_told():
    assert parse_expression("-([A] + [B]) * 2 & 'x' & row_number() & [A]").columns == {"A", "B"}
    assert parse_expression("row_number() + 1").columns == frozenset()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("open('secrets')", 1),
        ("[A].real", 4),
        ("A + B", 1),
        ("[A] + import", 7),
        ("[A] ** 2", 6),
        ("[A] // 2", 6),
        ("[A] % 2", 5),
        ("[A] [B]", 5),
        ("[A] +", 6),
        ("([A]", 5),
        ("[A])", 4),
        ("[A", 1),
        ("'x", 1),
        ("[]", 1),
        ("", 1),
        ("1,5 * [A]", 1),
        ("1.5.2", 1),
        ("1e3", 1),
        ("row_number", 1),
        ("row_number(1)", 1),
        ("[A] > 1", 5),
        ("[A]; [B]", 4),
        ("'a' + 1", 5),
        ("([A] & [B]) * 2", 13),
    ],
)
def test_anything_else_is_refused_with_its_position(text, position):
    with pytest.raises(ValueError, match=f"at position {position} "):
        parse_expression(text)


def test_a_refusal_says_what_is_allowed():
    with pytest.raises(ValueError, match=r"allowed are \[Column name\], 'text'.*row_number\(\)"):
        parse_expression("sum([A])")


@pytest.mark.parametrize("text", ["(" * 51 + "1" + ")" * 51, "-" * 51 + "1", " + ".join(["1"] * 51)])
def test_more_than_fifty_deep_is_refused(text):
    with pytest.raises(ValueError, match="more than 50 deep"):
        parse_expression(text)


@pytest.mark.parametrize("text", ["(" * 50 + "1" + ")" * 50, "-" * 49 + "1", " + ".join(["1"] * 50)])
def test_fifty_deep_is_read(text):
    parse_expression(text)


def test_depths_of_nesting_and_chains_add_up():
    inner = " + ".join(["1"] * 40)
    with pytest.raises(ValueError, match="more than 50 deep"):
        parse_expression(f"({inner}) + {inner}")


def test_a_thousand_characters_are_the_most():
    parse_expression("'" + "x" * 998 + "'")
    with pytest.raises(ValueError, match=r"at most 1000 characters \(got 1001\)"):
        parse_expression("'" + "x" * 999 + "'")


PIECES = ["[A]", "'t'", "1", "2.5", "row_number()", "+", "-", "*", "/", "&", "(", ")", " ", "x", ".", "[", "'", "é"]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_is_written_is_either_read_or_refused(text):
    try:
        tree = parse_expression(text)
    except ValueError as error:
        assert len(str(error)) > 20
    else:
        assert tree.columns <= {"A"} or "[" in text
