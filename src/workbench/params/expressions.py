"""The small language of mappings: arithmetic and joined texts over client columns, and nothing else.

    expression := term of & (joins texts, weakest) | + - | * / | unary minus (strongest)
    operand    := [Column name] | 'text' | 12.5 | row_number() | ( expression )

A closing bracket in a column name is written ]], a quote in a text ''. Nothing is evaluated here.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

LONGEST = 1000
DEEPEST = 50
ALLOWED = "[Column name], 'text', a number like 0.5, row_number(), + - * / & and parentheses"

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | \[(?P<column>(?:[^\]]|\]\])+)\]
      | '(?P<text>(?:[^']|'')*)'
      | (?P<number>[0-9]+(?:\.[0-9]+)?)(?![\w.,])
      | (?P<row_number>row_number\s*\(\s*\))
      | (?P<symbol>[-+*/&()])""",
    re.VERBOSE,
)
_PRECEDENCE = {"&": 1, "+": 2, "-": 2, "*": 3, "/": 3}


class _Node:
    @property
    def columns(self) -> frozenset[str]:
        """The names of the client columns used."""
        return frozenset()


@dataclass(frozen=True)
class ColumnRef(_Node):
    """The value of a client column."""

    name: str

    @property
    def columns(self) -> frozenset[str]:
        """The one name it refers to."""
        return frozenset({self.name})


@dataclass(frozen=True)
class Text(_Node):
    """A text written in the expression."""

    value: str


@dataclass(frozen=True)
class Number(_Node):
    """A number written in the expression, exactly as written."""

    value: Decimal


@dataclass(frozen=True)
class RowNumber(_Node):
    """The position of the row in its file."""


@dataclass(frozen=True)
class Negative(_Node):
    """Minus its operand."""

    operand: "Expression"

    @property
    def columns(self) -> frozenset[str]:
        """The names of the client columns used."""
        return self.operand.columns


@dataclass(frozen=True)
class Binary(_Node):
    """Two operands and what is done with them; & joins texts, the others compute with numbers."""

    op: Literal["+", "-", "*", "/", "&"]
    left: "Expression"
    right: "Expression"

    @property
    def columns(self) -> frozenset[str]:
        """The names of the client columns used."""
        return self.left.columns | self.right.columns


Expression = ColumnRef | Text | Number | RowNumber | Negative | Binary


def parse_expression(text: str) -> Expression:
    """The expression a text stands for.

    Raises: ValueError with the position (1 = first character), what was found and what is allowed; also above 1000
    characters, or where operations are nested, or chained, more than 50 deep.

    >>> parse_expression("[Sales] - 1.5")
    Binary(op='-', left=ColumnRef(name='Sales'), right=Number(value=Decimal('1.5')))
    """
    if len(text) > LONGEST:
        raise ValueError(f"an expression has at most {LONGEST} characters (got {len(text)})")
    parser = _Parser(_tokens(text))
    tree, _ = parser.chain(1, 0)
    if parser.kind != "end":
        raise parser.refusal("an operator (+ - * / &) or the end")
    return tree


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            rest = re.match(r"[\w.,]+|.", text[place:], re.DOTALL).group()
            raise ValueError(f"{rest!r} at position {place + 1} is not possible here; allowed are {ALLOWED}")
        if found.lastgroup != "space":
            tokens.append((found.lastgroup, found[found.lastgroup], place + 1))
        place = found.end()
    return [*tokens, ("end", "the end", len(text) + 1)]


class _Parser:
    """Reads tokens from left to right, stronger operators first (precedence climbing)."""

    def __init__(self, tokens: list[tuple[str, str, int]]):
        self.tokens = tokens
        self.next = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.next][0]

    @property
    def word(self) -> str:
        return self.tokens[self.next][1]

    def refusal(self, wanted: str) -> ValueError:
        position = self.tokens[self.next][2]
        came = self.word if self.kind == "end" else repr(self.word)
        return ValueError(f"expected {wanted} at position {position} (got {came}); allowed are {ALLOWED}")

    def chain(self, weakest: int, depth: int) -> tuple[Expression, int]:
        """Operands joined by operators of at least this precedence, grouped from the left; and the tree's height."""
        left, height = self.operand(depth)
        while self.kind == "symbol" and _PRECEDENCE.get(self.word, 0) >= weakest:
            op, position = self.word, self.tokens[self.next][2]
            self.next += 1
            right, right_height = self.chain(_PRECEDENCE[op] + 1, depth)
            if op != "&" and (_is_text(left) or _is_text(right)):
                raise ValueError(
                    f"{op} at position {position} computes with numbers, not with a text; join texts with &"
                )
            left, height = Binary(op, left, right), _one_more(max(height, right_height))
        return left, height

    def operand(self, depth: int) -> tuple[Expression, int]:
        kind, word, _ = self.tokens[self.next]
        if kind == "end" or (kind == "symbol" and word not in "-("):
            raise self.refusal("a column, text, number, row_number() or (")
        self.next += 1
        if kind == "column":
            return ColumnRef(word.replace("]]", "]")), 1
        if kind == "text":
            return Text(word.replace("''", "'")), 1
        if kind == "number":
            return Number(Decimal(word)), 1
        if kind == "row_number":
            return RowNumber(), 1
        if word == "-":
            operand, height = self.operand(_one_more(depth))
            if _is_text(operand):
                raise ValueError("a minus sign cannot stand before a text")
            return Negative(operand), _one_more(height)
        inner, height = self.chain(1, _one_more(depth))
        if (self.kind, self.word) != ("symbol", ")"):
            raise self.refusal("an operator or )")
        self.next += 1
        return inner, height


def _one_more(depth: int) -> int:
    if depth >= DEEPEST:
        raise ValueError(
            f"operations are nested or chained more than {DEEPEST} deep; make the column in the file instead"
        )
    return depth + 1


def _is_text(node: Expression) -> bool:
    return isinstance(node, Text) or (isinstance(node, Binary) and node.op == "&")
