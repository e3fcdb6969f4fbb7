"""Numbers as they are printed: rounded half up, with their unit."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

MINUS, DASH, THIN = "\u2212", "\u2013", "\u202f"
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "US$", "CHF": "CHF"}


def symbol(currency: str) -> str:
    """How amounts of a currency are marked: its sign where it has a usual one, else its code."""
    return SYMBOLS.get(currency, currency)


def rounded(value: float, digits: int) -> Decimal:
    """Half up, away from zero, as people round by hand; binary halves are read as the decimal they print."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def number(value: float | None, digits: int = 0) -> str:
    """1234567.5 → 1,234,568; a missing value is a dash."""
    if value is None or value != value:
        return DASH
    text = f"{rounded(value, digits) + 0:,}"
    return text.replace("-", MINUS)


def money(value: float | None, unit: str, digits: int = 0) -> str:
    """An amount in full: 1,234,568 €."""
    return DASH if value is None or value != value else f"{number(value, digits)}{THIN}{unit}"


def short_money(value: float | None, unit: str) -> str:
    """An amount for a headline: 1.23M €, 340k €, 85 €."""
    if value is None or value != value:
        return DASH
    size = abs(value)
    if size >= 999_500:
        return f"{number(value / 1e6, 2)}M{THIN}{unit}"
    if size >= 9_995:
        return f"{number(value / 1e3)}k{THIN}{unit}"
    return money(value, unit)


def share(value: float | None, digits: int = 1) -> str:
    """0.125 → 12.5 %."""
    return DASH if value is None or value != value else f"{number(100 * value, digits)}{THIN}%"


def day(value: date | datetime | None) -> str:
    """31 December 2025."""
    return DASH if value is None or value != value else f"{value.day} {value:%B %Y}"


def counted(n: int, one: str, many: str | None = None) -> str:
    """1 client, 2,000 clients."""
    return f"{number(n)} {one if n == 1 else many or one + 's'}"
