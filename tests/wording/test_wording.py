"""Sentences, cards and tables: rounded half up, with units, escaped, and true of the table they speak of."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench import wording
from workbench.economic import whale_curve
from workbench.figures import plot_quarantine
from workbench.language import speaking, word
from workbench.params import Sources, Study
from workbench.wording.loss_effects import _ratio
from workbench.wording.numbers import counted, day, money, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline, Sheet, heading
from workbench.wording.study import NEEDED_FOR


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (2.345, 2, "2.35"),
        (2.5, 0, "3"),
        (-2.5, 0, "−3"),
        (1234567.5, 0, "1,234,568"),
        (-0.001, 2, "0.00"),
        (None, 0, "–"),
    ],
)
def test_numbers_round_half_up(value, digits, text):
    assert number(value, digits) == text


def test_amounts_and_shares_carry_their_unit():
    assert short_money(1_234_567, "€") == "1.23M\u202f€"
    assert short_money(-12_345, "€") == "−12k\u202f€"
    assert short_money(999_499, "€") == "999k\u202f€"
    assert short_money(9_994, "€") == "9,994\u202f€"
    assert money(12.345, "€", 2) == "12.35\u202f€"
    assert share(0.12345) == "12.3\u202f%"
    assert share(float("nan")) == "–"
    assert counted(1, "client") == "1 client"
    assert counted(2000, "delivery", "deliveries") == "2,000 deliveries"
    assert day(date(2025, 12, 31)) == "31 December 2025"


def test_headings_come_from_column_names():
    assert heading("full_margin_eur", "€") == "full margin (€)"
    assert heading("rate_eur_per_minute", "€") == "rate (€/min)"
    assert heading("eur_read", "£") == "read (£)"
    assert heading("n_deliveries", "€") == "deliveries"
    assert heading("filled_share", "€") == "filled (%)"
    assert heading("p_negative_margin", "€") == "probability of negative margin (%)"


def test_whatever_the_files_hold_is_escaped():
    hostile = "<script>alert('x')</script>"
    shown = [
        Finding(hostile)._repr_html_(),
        Headline(hostile, (Card(hostile, hostile, hostile),))._repr_html_(),
        Sheet(pd.DataFrame({"name": [hostile], hostile: [1.0]}), hostile, "€")._repr_html_(),
    ]
    for html in shown:
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_a_sheet_prints_values_by_their_unit_and_says_when_it_is_cut():
    table = pd.DataFrame(
        {
            "month": pd.to_datetime(["2025-01-01", "2025-02-01"]),
            "full_margin_eur": [1234.5, None],
            "share": [0.5, 0.25],
            "filled_share": [0.5, 0.25],
            "n_rows": [1000, 2],
        }
    )
    html = Sheet(table, "Months.", "€")._repr_html_()
    assert ">1,235<" in html
    assert ">–<" in html
    assert ">50.0<" in html
    assert ">1,000<" in html
    assert 'data-sort="2025-01-01"' in html
    cut = Sheet(table, "Months.", "€", most=1)._repr_html_()
    assert "The first 1 of 2 rows." in cut
    assert cut.count("<tr>") == 2


@pytest.fixture
def margins() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "n_deliveries": 1,
            "revenue_eur": 10.0,
            "full_margin_eur": [100.0, 50.0, -30.0, -20.0],
            "p_negative_margin": [0.0, 0.4, 1.0, 0.96],
            "margin_origin": "time-driven ABC",
        }
    )


@pytest.fixture
def bridge() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": ["booked_margin", "duplicates", "unused_capacity", "retreated_margin"],
            "n_rows": [10, 2, 0, 8],
            "amount_eur": [200.0, -10.0, -70.0, 120.0],
        }
    )


def test_the_headline_says_who_earns_who_loses_and_how_sure(margins, bridge):
    text = str(wording.margin_headline(margins, whale_curve(margins), bridge, n_months=12, unit="€"))
    assert "a positive margin (2 of 4) make 150\u202f€, those with a negative one (2) lose 50\u202f€" in text
    assert "the result is 100\u202f€, over 12 months." in text
    assert "Clients with a negative margin: 2 (2 of them with 95\u202f% probability or more)" in text
    assert "Company margin, retreated: 120\u202f€ (200\u202f€ as booked; 20\u202f€ of it is no client's)" in text
    assert "150.0\u202f% of what is left" in text


def test_booked_margins_are_called_so_everywhere(margins, bridge):
    booked = margins.assign(margin_origin="booked", p_negative_margin=np.nan)
    text = str(wording.margin_headline(booked, whale_curve(booked), bridge, n_months=1, unit="€"))
    assert "over 1 month, as booked." in text
    assert "without an interval" in text
    assert wording.say_origin(booked).tone == "warning"
    assert "no interval" in str(wording.say_uncertainty(booked))


def test_sentences_name_the_largest_steps_and_the_open_signs(margins, bridge):
    assert "unused capacity −70\u202f€; duplicates −10\u202f€" in str(wording.say_bridge(bridge, unit="€"))
    said = str(wording.say_uncertainty(margins))
    assert "of 4 clients: 1 sure to earn money, 2 sure to lose money" in said
    assert "and 1 whose sign is open" in said


def test_an_axis_that_the_files_do_not_tell_is_said():
    empty = pd.DataFrame(columns=["product", "full_margin_eur"])
    assert str(wording.say_axis(empty, "product", label="product", unit="€")) == "The files do not tell the product."


def test_the_reconciliation_names_what_it_was_held_against():
    table = pd.DataFrame({"axis": ["customer", "group"], "reference": "ledger", "difference_eur": 0.0})
    assert (
        str(wording.say_reconciliation(table))
        == "2 sums on 2 axes checked against the ledger: the largest difference is 0.00."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([100.0], "None of 1 client loses money: together they earn 100\u202f€"),
        ([-5.0, -6.0], "None of 2 clients earns anything: together they lose 11\u202f€"),
        ([10.0, -40.0], "make 10\u202f€, those with a negative one (1) lose 40\u202f€: the result is −30\u202f€"),
    ],
)
def test_the_headline_holds_at_the_edges(values, said, bridge):
    some = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(values))],
            "n_deliveries": 1,
            "revenue_eur": 10.0,
            "full_margin_eur": values,
            "p_negative_margin": np.nan,
            "margin_origin": "booked",
        }
    )
    whale = whale_curve(some)
    assert said in str(wording.margin_headline(some, whale, bridge, n_months=3, unit="€"))
    assert "0 clients lose" not in str(wording.say_whale(whale, unit="€"))


def test_one_value_of_an_axis_is_neither_best_nor_worst():
    one = pd.DataFrame({"product": ["Express"], "full_margin_eur": [5.0]})
    assert (
        str(wording.say_axis(one, "product", label="product", unit="€")) == "There is one product, Express: 5\u202f€."
    )


def test_work_without_a_price_is_a_warning():
    pools = pd.DataFrame(
        {
            "month": pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"]),
            "pool": ["hub", "hub", "hub"],
            "pool_eur": [100.0, 0.0, -7.0],
            "capacity_minutes": [10.0, 10.0, 10.0],
            "used_minutes": [5.0, 5.0, 5.0],
        }
    )
    said = wording.say_unpriced(pools, unit="€")
    assert said.tone == "warning"
    assert "1 pool-month with 5 minutes of work" in said.text
    assert "hub 2025-02" in said.text
    assert "negative cost in the ledger: hub 2025-03" in said.text
    assert wording.say_unpriced(pools.head(1), unit="€") is None


def test_rows_of_the_books_that_were_set_aside_are_a_warning():
    summary = pd.DataFrame(
        {"table": ["deliveries", "ledger"], "rule": ["duplicate_key", "unreadable_value"], "n_rows": [9, 1]}
    )
    assert "ledger, unreadable value: 1 row" in wording.say_books_set_aside(summary).text
    assert wording.say_books_set_aside(summary.head(1)) is None


def test_a_condition_that_never_holds_is_a_warning_with_what_there_is():
    unmet = pd.DataFrame([("customs", "delivery_zone", "wrold", "local, world")])
    assert "customs: delivery_zone wrold (the deliveries have local, world)" in wording.say_unmet(unmet).text
    assert wording.say_unmet(unmet.head(0)) is None


def test_a_sure_effect_is_not_printed_as_one_that_reaches_one():
    row = pd.Series({"low": 0.851, "high": 0.9964})
    assert _ratio(0.92, row) == {"ratio": "0.92", "low": "0.851", "high": "0.996"}
    assert _ratio(0.92, pd.Series({"low": 0.851, "high": 0.97}))["high"] == "0.97"


def test_a_date_in_a_table_is_short_and_sorts_by_its_day():
    sheet = Sheet(pd.DataFrame({"due_on": pd.to_datetime(["2025-12-31"])}), "Due.", "€")
    assert '<td class="date" data-sort="2025-12-31">31 Dec 2025</td>' in sheet._repr_html_()
    with speaking("fr"):
        assert "31 déc. 2025" in sheet._repr_html_()


def test_announced_rises_are_said_to_change_nothing():
    coverage = pd.DataFrame(
        [
            ("deliveries", "delivered_on", 1.0, "2024-01-02", "2025-12-30"),
            ("price_changes", "effective_on", 1.0, "2024-04-01", "2026-04-01"),
        ],
        columns=["table", "column", "filled_share", "lowest", "highest"],
    )
    announced = "Tariff rises are announced up to 1 April 2026; before they are in force they change nothing"
    assert announced in wording.say_coverage(coverage, date(2025, 12, 31)).text
    assert "announced" not in wording.say_coverage(coverage, date(2026, 4, 1)).text


def test_a_table_without_a_row_is_not_what_the_study_rests_on():
    files = {"files": ["x.csv"], "columns": {}}
    study = Study.model_validate(
        {"study": "small", "company": "Small", "edition": "internal", "as_of": date(2025, 12, 31)}
        | {"sources": dict.fromkeys(("customers", "deliveries", "ledger"), files)}
    )
    intake = pd.DataFrame({"table": ["customers", "deliveries", "deliveries", "ledger"], "rows_accepted": [2, 0, 3, 4]})
    whole = wording.say_parts(study, intake)
    assert whole.text.startswith("The study rests on 3 tables: customers, deliveries, ledger. Not handed over")
    told = wording.say_parts(study, intake.assign(rows_accepted=[2, 0, 3, 0]))
    assert told.text.startswith(
        "The study rests on 2 tables: customers, deliveries. Handed over without a row of use, so not in the study: "
        "ledger (the company's whole margin and the cost of its departments). Not handed over"
    )
    assert (whole.tone, told.tone) == ("finding", "warning")


def test_rows_of_later_days_are_told_apart_from_faults():
    summary = pd.DataFrame(
        [("deliveries", "after_as_of", 40, 1000.0, 1.0, 0.4), ("ledger", "after_as_of", 2, np.nan, 1.0, 0.2),
         ("deliveries", "duplicate_key", 3, 30.0, 0.05, 0.03)],
        columns=["table", "rule", "n_rows", "revenue_eur", "max_share", "share"],
    )  # fmt: skip
    faults = wording.say_quarantine(summary).text
    assert "for: deliveries: duplicate key, 3 rows. Nearest to its limit is deliveries (duplicate key): 3.00" in faults
    later = wording.say_later(summary, as_of=date(2024, 12, 31), unit="€")
    assert later.text.startswith("Set aside and listed, but no faults: 42 rows of days after 31 December 2024 (")
    assert "(deliveries 40, ledger 2, 1,000\u202f€ of revenue)" in later.text and later.tone == "warning"
    assert wording.say_later(summary.iloc[2:], as_of=date(2024, 12, 31), unit="€") is None
    assert wording.say_quarantine(summary.iloc[:2]).text == "No row broke a rule."
    picture = plot_quarantine(summary)
    assert "duplicate key 3" in picture.alt and "after" not in picture.alt
    assert plot_quarantine(summary.iloc[:2]).alt == "Rows set aside by table and rule: none."


def test_every_optional_table_says_what_is_lost_without_it():
    optional = [name for name, field in Sources.model_fields.items() if not field.is_required()]
    assert sorted(NEEDED_FOR) == sorted(optional)
    only = Study.model_validate(
        {
            "study": "s", "company": "S", "edition": "internal", "as_of": date(2025, 12, 31),
            "sources": {name: {"files": ["a.csv"], "columns": columns} for name, columns in (
                ("customers", {"customer_id": "a"}), ("deliveries", {"delivery_id": "b"}))},
        }
    )  # fmt: skip
    accepted = pd.DataFrame({"table": ["customers", "deliveries"], "rows_accepted": [1, 1]})
    told = wording.say_parts(only, accepted).text
    assert "survey (what satisfies clients" in told and all(word(name) in told for name in optional)
