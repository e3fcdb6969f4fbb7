"""Numbers and dates as the language spoken writes them, rounded half up."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from workbench.language.catalogue import current

MINUS = "\u2212"


def rounded(value: float, digits: int) -> Decimal:
    """Half up, away from zero, as people round by hand; binary halves are read as the decimal they print."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def decimal_text(value: float, digits: int = 0) -> str:
    """1234.56 with one digit: 1,234.6 in English, 1\u202f234,6 in French."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = format_decimal(rounded(value, digits) + 0, format=pattern, locale=current())
    return text.replace("-", MINUS)


def date_text(day: date) -> str:
    """31 December 2025, 31 décembre 2025; the first of a month is `1er` in French."""
    text = format_date(day, "d MMMM y", locale=current())
    return f"1er {text[2:]}" if current() == "fr" and text.startswith("1 ") else text


def short_date_text(day: date) -> str:
    """31 Dec 2025, 31 déc. 2025: for tables."""
    return format_date(day, "d MMM y", locale=current())


def month_text(day: date) -> str:
    """December 2025, décembre 2025."""
    return format_date(day, "MMMM y", locale=current())
