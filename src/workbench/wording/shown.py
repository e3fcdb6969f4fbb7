"""What a page shows in words: findings, headline cards and tables, escaped whatever the client's files hold."""

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from workbench.language import said, short_date_text, word
from workbench.wording.numbers import DASH, money, number, share

MOST_ROWS = 200
# As in page.css, which hides the further ones on paper.
PRINTED_ROWS = 25
# Columns whose values are names of ours; values of all others are the client's and stay as they are.
OURS = frozenset({
    "activity", "axis", "booked_state", "item", "kind", "margin", "margin_origin", "origin", "reason_1", "reason_2",
    "reason_3", "reference", "rule", "size_class", "step", "table", "term", "trend",
    "economic_level", "competitive_level", "future_level", "weakest", "choice", "key_account", "action",
    "factor_type", "jones_sasser", "quadrant", "relation_type", "target", "tetraclasse",
    "after", "before", "main_reason", "state",
})  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A computed sentence (or a few); tone is finding or warning."""

    text: str
    tone: str = "finding"

    def _repr_html_(self) -> str:
        return f'<p class="{self.tone}">{escape(self.text)}</p>'

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Card:
    """A headline number: what it is, the number with its unit, and what to hold it against."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Headline:
    """The answer of a page: a sentence and its cards."""

    answer: str
    cards: tuple[Card, ...]

    def _repr_html_(self) -> str:
        cards = "".join(
            f'<div class="card"><span class="card-label">{escape(card.label)}</span>'
            f'<strong class="card-value">{escape(card.value)}</strong>'
            f'<span class="card-note">{escape(card.note)}</span></div>'
            for card in self.cards
        )
        return f'<p class="answer">{escape(self.answer)}</p><div class="cards">{cards}</div>'

    def __str__(self) -> str:
        return "\n".join([self.answer, *(f"{card.label}: {card.value} ({card.note})" for card in self.cards)])


@dataclass(frozen=True)
class Sheet:
    """A table as printed: headings from the column names, units in the heading, numbers to the right."""

    table: pd.DataFrame
    caption: str
    unit: str
    most: int = MOST_ROWS

    def _repr_html_(self) -> str:
        shown = self.table.head(self.most)
        kinds = {column: kind_of(column, shown[column]) for column in shown}
        head = "".join(_cell("th", heading(column, self.unit), kinds[column], scope=True) for column in shown)
        rows = "".join(
            "<tr>" + "".join(_cell("td", printed(row[c], kinds[c]), kinds[c], raw=row[c]) for c in shown) + "</tr>"
            for _, row in shown.iterrows()
        )
        caption = said(self.caption)
        if len(self.table) > len(shown):
            numbers = {"n": number(len(shown)), "all": number(len(self.table))}
            caption += " " + said("The first {n} of {all} rows.", **numbers)
        return (
            f'<figure class="sheet-figure"><figcaption>{escape(caption)}</figcaption>'
            f'<table class="sheet"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
            f"{unprinted(len(shown))}</figure>"
        )


def unprinted(n: int) -> str:
    """Below a table of n rows that is cut on paper: that the page has the others; seen on paper only."""
    if n <= PRINTED_ROWS:
        return ""
    told = said("Printed: the first {n} of {all} rows; the page has the others.", n=PRINTED_ROWS, all=number(n))
    return f'<p class="printed">{escape(told)}</p>'


def kind_of(column: str, values: pd.Series) -> str:
    """How a column is printed, from the unit in its name: money, share, count, number, date, text or ours."""
    if column.endswith(("_eur_per_minute", "_minutes_per_unit")):
        return "rate"
    if column.endswith("_eur") or column.startswith("eur_"):
        return "money"
    if column == "share" or column.endswith("_share") or column.startswith("p_"):
        return "share"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    if column in OURS:
        return "ours"
    if column.startswith(("n_", "rows_")) or column.endswith("_minutes") or column in ("n", "rank"):
        return "count"
    if pd.api.types.is_bool_dtype(values):
        return "text"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def heading(column: str, unit: str) -> str:
    """The column's name as a heading: full_margin_eur → full margin (€)."""
    name = column.removeprefix("n_")
    if name.startswith("eur_"):
        return f"{word(name.removeprefix('eur_'))} ({unit})"
    units = {"_eur_per_minute": f"{unit}/min", "_eur": unit, "_share": "%", "_minutes": "min"}
    for suffix, mark in units.items():
        if name.endswith(suffix):
            return f"{word(name.removesuffix(suffix))} ({mark})"
    if name == "share":
        return f"{word(name)} (%)"
    if name.startswith("p_"):
        return said("probability of {what} (%)", what=word(name.removeprefix("p_")))
    return word(name)


def printed(value: object, kind: str) -> str:
    """One value as text; a missing one is a dash."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return DASH
    if kind == "money":
        return money(value, "").strip("\u202f")
    if kind == "rate":
        return number(value, 4)
    if kind == "share":
        return share(value).rstrip("\u202f%")
    if kind == "count":
        return number(value)
    if kind == "number":
        return number(value, 2)
    if isinstance(value, bool | np.bool_):
        return said("yes") if value else said("no")
    if kind == "ours":
        # A segment is named by the params, so it is a text, not a word.
        return said(word(value))
    return short_date_text(value) if kind == "date" else str(value)


def _cell(tag: str, text: str, kind: str, *, raw: object = None, scope: bool = False) -> str:
    numeric = kind not in ("text", "ours", "date")
    attributes = ' class="num"' if numeric else ' class="date"' if kind == "date" else ""
    attributes += ' scope="col"' if scope else ""
    if tag == "td" and kind == "date" and raw == raw and raw is not None:
        attributes += f' data-sort="{pd.Timestamp(raw):%Y-%m-%d}"'
    if tag == "td" and numeric and raw == raw and raw is not None:
        attributes += f' data-sort="{float(raw):.6g}"'
    return f"<{tag}{attributes}>{escape(text)}</{tag}>"
