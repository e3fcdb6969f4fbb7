"""Numbers as they are printed: rounded half up, with their unit, in the language of the study."""

from datetime import date, datetime

from workbench.language import date_text, decimal_text, said, said_count

DASH, THIN = "\u2013", "\u202f"
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "US$", "CHF": "CHF"}


def symbol(currency: str) -> str:
    """How amounts of a currency are marked: its sign where it has a usual one, else its code."""
    return SYMBOLS.get(currency, currency)


def number(value: float | None, digits: int = 0) -> str:
    """1234567.5 → 1,234,568; a missing value is a dash."""
    return DASH if value is None or value != value else decimal_text(value, digits)


def money(value: float | None, unit: str, digits: int = 0) -> str:
    """An amount in full: 1,234,568 €."""
    return DASH if value is None or value != value else f"{number(value, digits)}{THIN}{unit}"


def short_money(value: float | None, unit: str) -> str:
    """An amount for a headline: 1.23M €, 340k €, 85 €."""
    if value is None or value != value:
        return DASH
    size = abs(value)
    if size >= 999_500:
        return said("{number}M\u202f{unit}", number=number(value / 1e6, 2), unit=unit)
    if size >= 9_995:
        return said("{number}k\u202f{unit}", number=number(value / 1e3), unit=unit)
    return money(value, unit)


def share(value: float | None, digits: int = 1) -> str:
    """0.125 → 12.5 %."""
    return DASH if value is None or value != value else f"{number(100 * value, digits)}{THIN}%"


def day(value: date | datetime | None) -> str:
    """31 December 2025."""
    return DASH if value is None or value != value else date_text(value)


def counted(n: int, one: str, many: str | None = None) -> str:
    """1 client, 2,000 clients; the words are looked up in the catalogue."""
    return f"{number(n)} {said_count(n, one, many or one + 's')}"
