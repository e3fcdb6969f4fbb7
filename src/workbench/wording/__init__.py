"""Wording: a result in, a sentence with its number, unit and interval out."""

from workbench.wording.margins import (
    axis_table,
    margin_headline,
    say_axis,
    say_books_set_aside,
    say_bridge,
    say_origin,
    say_period,
    say_pools,
    say_reconciliation,
    say_uncertainty,
    say_unmet,
    say_unpriced,
    say_whale,
)
from workbench.wording.numbers import symbol
from workbench.wording.shown import Card, Finding, Headline, Sheet
from workbench.wording.study import (
    intake_headline,
    intake_sheet,
    params_sheet,
    say_coverage,
    say_parts,
    say_quarantine,
)

__all__ = [
    "Card",
    "Finding",
    "Headline",
    "Sheet",
    "axis_table",
    "intake_headline",
    "intake_sheet",
    "margin_headline",
    "params_sheet",
    "say_axis",
    "say_books_set_aside",
    "say_bridge",
    "say_coverage",
    "say_origin",
    "say_parts",
    "say_period",
    "say_pools",
    "say_quarantine",
    "say_reconciliation",
    "say_uncertainty",
    "say_unmet",
    "say_unpriced",
    "say_whale",
    "symbol",
]
