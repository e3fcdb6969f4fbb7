"""Sentences of the margin chapter say what their tables hold, and what is missing."""

import pandas as pd
import pytest

from workbench import figures, wording
from workbench.economic import whale_curve
from workbench.economic.timesheets import EQUATION_COLUMNS, TimeEquations


def equations(origin: str = "params", unknown: tuple[str, ...] = ()) -> TimeEquations:
    rows = [
        ("sorting", "deliveries", 1.0, 1.1, 0.9, 1.3, 40, origin),
        ("sorting", "parcels", 1.0, 0.5, 0.4, 0.6, 40, origin),
        ("visits", "visit", 90.0, float("nan"), float("nan"), float("nan"), 2, "params"),
    ]
    return TimeEquations([], pd.DataFrame(rows, columns=EQUATION_COLUMNS), unknown)


def test_the_minutes_are_said_to_be_stated_or_estimated():
    stated = wording.say_equations(equations())
    assert "All minutes used are those stated" in stated.text
    assert "in 1 of 2 terms; it does not for sorting." in stated.text
    assert "1 of 2 activities have minutes estimated" in wording.say_equations(equations("timesheets")).text
    odd = wording.say_equations(equations(unknown=("tea_break",)))
    assert (odd.tone, "tea break" in odd.text) == ("warning", True)
    none = wording.say_equations(TimeEquations([], pd.DataFrame(columns=EQUATION_COLUMNS), ()))
    assert none.tone == "warning"
    assert "as booked" in none.text


def test_minutes_worked_are_compared_and_alerts_are_named():
    check = pd.DataFrame(
        {"pool": ["hub", "sales"], "n_months": 3, "worked_minutes": 1.0, "estimated_minutes": 1.0,
         "minutes_ratio": [1.02, 0.7], "alert": [False, True]}
    )  # fmt: skip
    found = wording.say_minutes_check(check, rescaled=False)
    assert found.tone == "warning"
    assert "between 0.70 (sales) and 1.02 (hub) in 2 pools" in found.text
    assert "Outside 0.8 to 1.2: sales" in found.text
    assert "were multiplied by its λ" in wording.say_minutes_check(check, rescaled=True).text
    assert "not known" in wording.say_minutes_check(check.head(0), rescaled=False).text


def test_the_headline_holds_answer_reason_and_proof():
    margins = pd.DataFrame(
        {"customer_id": list("AB"), "n_deliveries": 1, "revenue_eur": 1.0, "full_margin_eur": [500.0, -200.0]}
    )
    bridge = pd.DataFrame({"amount_eur": [900.0, -550.0, 350.0]})
    checked = pd.DataFrame({"axis": ["customer", "month"], "difference_eur": 0.0, "reference": "ledger"})
    reasons = pd.DataFrame({"item": ["sales_visits", "claims"], "excess_eur": [150.0, -3.0]})

    def headline(origin: str) -> str:
        told = wording.retreatment_headline(
            whale_curve(margins), bridge, checked, reasons, margins.assign(margin_origin=origin), n_months=12, unit="€"
        )
        return str(told).replace("\u202f", " ")

    text = headline("time-driven ABC")
    assert text.startswith(
        "Of 900 € booked in 12 months, 350 € is earned: 1 client earns 500 €, and 1 takes 200 € of it away, "
        "most of all by sales visits: 150 € above clients of their size; 50 € is no client's."
    )
    assert "Difference to the books: 0.00 € (on 2 axes; 50 € is no client's)" in text
    assert "stands after corrections, at costs as booked" in headline("booked")
    assert "is earned" not in headline("booked") and "of their size" not in headline("booked")
    assert "Margin, as booked: 350 € (900 € before corrections)" in headline("booked")
    margins = margins.assign(full_margin_eur=[500.0, 200.0])
    assert "350 € is left. None of 2 clients loses money: together they earn 700 €." in headline("booked")


def test_credit_notes_and_outliers_are_counted():
    notes = pd.DataFrame(
        {"kind": ["full", "full", "unmatched"], "credited_eur": [10.0, 20.0, 5.0], "late": [False, True, False],
         "n_days_after": [4, 90, None]}
    )  # fmt: skip
    text = wording.say_credit_notes(notes, unit="€").text.replace("\u202f", " ")
    assert text.startswith("3 credit notes take back 35 €: 2 full (30 €), 1 unmatched (5 €).")
    assert "1 are late (20 €)" in text
    doubts = pd.DataFrame({"by_rule": [True, True, False], "by_test": [True, False, True]})
    assert "finds 1 of these and 1 more" in wording.say_outliers(doubts).text
    assert wording.say_outliers(doubts.head(0)).tone == "finding"


@pytest.mark.parametrize(
    ("say", "table"),
    [
        (lambda t: wording.say_commercial_return(t, unit="€"), pd.DataFrame({"return_ratio": []})),
        (lambda t: wording.say_period_bridge(t, unit="€"), pd.DataFrame({"amount_eur": []})),
        (wording.say_territories, pd.DataFrame()),
        (lambda t: wording.say_products(t, unit="€"), pd.DataFrame({"margin_share": []})),
        (wording.say_cost_to_serve, pd.DataFrame({"cost_to_serve_share": []})),
    ],
)
def test_what_cannot_be_said_is_said(say, table):
    assert say(table).tone == "warning"


def test_the_year_is_told_by_its_largest_step_first():
    bridge = pd.DataFrame(
        {"step": ["margin_before", "volume", "price", "margin_after"], "amount_eur": [100.0, 5.0, -25.0, 80.0],
         "running_eur": [100.0, 105.0, 80.0, 80.0]}
    )  # fmt: skip
    text = wording.say_period_bridge(bridge, unit="€").text.replace("\u202f", " ")
    assert text == "The practical margin fell from 100 € to 80 € in a year: price −25 €; volume +5 €."
    assert "Volume 5 €" in figures.plot_period_bridge(bridge, unit="€").alt
    assert figures.plot_period_bridge(bridge.head(0), unit="€") is None


def test_pictures_mark_what_stands_out():
    picture = figures.plot_equations(equations().table)
    assert "sorting, parcels 0.50" in picture.alt
    assert "2 terms, n = 40 observations" in picture.caption
    assert figures.plot_equations(equations().table.head(0)) is None
    zones = pd.DataFrame(
        {"customer_zone": ["N"], "n_clients": [3], "change_share": [0.1], "change_low_share": [0.05],
         "change_high_share": [0.15], "trend": ["growing"]}
    )  # fmt: skip
    assert "N +10\u202f%" in figures.plot_territories(zones).alt
    assert "growing: N (+10" in wording.say_territories(zones).text


def test_a_missing_part_is_not_shown(capsys):
    figures.show(None, wording.Finding("one"), None)
    assert "None" not in capsys.readouterr().out
