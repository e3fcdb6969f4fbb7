"""What a page shows in words: findings, headline cards and tables, escaped whatever the client's files hold."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from workbench.wording.numbers import DASH, day, money, number, share

MOST_ROWS = 200


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
        cut = f" The first {len(shown):,} of {len(self.table):,} rows." if len(self.table) > len(shown) else ""
        return (
            f'<figure class="sheet-figure"><figcaption>{escape(self.caption + cut)}</figcaption>'
            f'<table class="sheet"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></figure>'
        )


def kind_of(column: str, values: pd.Series) -> str:
    """How a column is printed, from the unit in its name: money, share, count, number, date or text."""
    if column.endswith(("_eur_per_minute", "_minutes_per_unit")):
        return "rate"
    if column.endswith("_eur") or column.startswith("eur_"):
        return "money"
    if column == "share" or column.endswith("_share") or column.startswith("p_"):
        return "share"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    if column.startswith(("n_", "rows_")) or column.endswith("_minutes") or column == "rank":
        return "count"
    if pd.api.types.is_bool_dtype(values):
        return "text"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def heading(column: str, unit: str) -> str:
    """The column's name as a heading: full_margin_eur → full margin (€)."""
    name = column.removeprefix("n_") if column.startswith("n_") else column
    if name.startswith("eur_"):
        return f"{name.removeprefix('eur_').replace('_', ' ')} ({unit})"
    units = {"_eur_per_minute": f"{unit}/min", "_eur": unit, "_share": "%", "_minutes": "min"}
    for suffix, mark in units.items():
        if name.endswith(suffix):
            return f"{name.removesuffix(suffix).replace('_', ' ')} ({mark})"
    if name == "share":
        return "share (%)"
    if name.startswith("p_"):
        return f"probability of {name.removeprefix('p_').replace('_', ' ')} (%)"
    return name.replace("_", " ")


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
    return day(value) if kind == "date" else str(value)


def _cell(tag: str, text: str, kind: str, *, raw: object = None, scope: bool = False) -> str:
    numeric = kind not in ("text", "date")
    attributes = ' class="num"' if numeric else ""
    attributes += ' scope="col"' if scope else ""
    if tag == "td" and kind == "date" and raw == raw and raw is not None:
        attributes += f' data-sort="{pd.Timestamp(raw):%Y-%m-%d}"'
    if tag == "td" and numeric and raw == raw and raw is not None:
        attributes += f' data-sort="{float(raw):.6g}"'
    return f"<{tag}{attributes}>{escape(text)}</{tag}>"
