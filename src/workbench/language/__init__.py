"""Language: the words and numbers of a report in the language of its study."""

from workbench.language.catalogue import LANGUAGES, current, marked, said, said_count, speaking, use_language, word
from workbench.language.printing import date_text, decimal_text, month_text, rounded, short_date_text

__all__ = [
    "LANGUAGES",
    "current",
    "date_text",
    "decimal_text",
    "marked",
    "month_text",
    "rounded",
    "said",
    "said_count",
    "short_date_text",
    "speaking",
    "use_language",
    "word",
]
