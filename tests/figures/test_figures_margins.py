"""Figures: reproducible, with their words, and not to be broken by a client's name."""

import re

import numpy as np
import pandas as pd
import pytest

from workbench import figures
from workbench.economic import whale_curve
from workbench.figures.potential import brief
from workbench.figures.theme import money

HOSTILE = ["Étoile $\\frac{$ & Cie", "<script>alert(1)</script>", "=1+1", 'O\'Brien "Ltd"', "x" * 60]


@pytest.fixture
def margins() -> pd.DataFrame:
    """Thirty clients, some named badly, some losing money, with intervals."""
    margin = np.linspace(500, -200, 30).round(2)
    names = (HOSTILE * 6)[:30]
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:02d}" for i in range(30)],
            "name": names,
            "n_deliveries": 3,
            "revenue_eur": 1000.0,
            "practical_margin_eur": margin + 50,
            "full_margin_eur": margin,
            "full_margin_low_eur": margin - 10,
            "full_margin_high_eur": margin + 10,
            "revenue_cost_ratio": 1.1,
        }
    )


def test_the_same_figure_is_the_same_bytes_without_date_or_program(margins):
    one, two = (figures.plot_whale(whale_curve(margins), unit="€").svg for _ in range(2))
    assert one == two
    assert not re.search(r"<metadata|<dc:|matplotlib v", one, re.IGNORECASE)


def test_names_stay_text_whatever_they_are(margins):
    svg = figures.plot_clients(margins, unit="€", each_side=5).svg
    assert "<script" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in svg
    assert "Étoile $\\frac{$ &amp; Cie" in svg
    assert "x" * 60 not in svg


def test_a_picture_shows_svg_with_its_words(margins):
    picture = figures.plot_whale(whale_curve(margins), unit="€")
    data, metadata = picture._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert metadata["image/svg+xml"] == {"alt": picture.alt, "caption": picture.caption}
    assert "30 clients" in picture.alt
    assert "n = 30" in picture.caption


def test_the_bridge_leaves_empty_steps_to_the_table():
    bridge = pd.DataFrame(
        {
            "step": ["booked_margin", "duplicates", "unused_capacity", "retreated_margin"],
            "n_rows": [10, 0, 0, 10],
            "amount_eur": [100.0, 0.0, -160.0, -60.0],
            "running_eur": [100.0, 100.0, -60.0, -60.0],
        }
    )
    svg = figures.plot_bridge(bridge, unit="€").svg
    assert "Unused capacity" in svg
    assert "Duplicates" not in svg
    assert "−60 €" in svg


def test_axes_of_a_known_table_are_drawn_and_empty_ones_are_not(margins):
    table = margins.rename(columns={"name": "product"})
    picture = figures.plot_axis(table, "product", unit="€", label="product", most=4)
    assert "4 of 30 values" in picture.caption
    assert figures.plot_axis(table.head(0), "product", unit="€", label="product") is None
    assert figures.plot_pools(pd.DataFrame(columns=["pool"]), unit="€") is None


def test_pools_show_idle_and_overdriven_apart():
    pools = pd.DataFrame(
        {
            "pool": ["hub", "hub", "sales"],
            "used_eur": [80.0, 120.0, 50.0],
            "idle_eur": [20.0, 0.0, 50.0],
            "overdriven_eur": [0.0, 20.0, 0.0],
            "unassigned_eur": [0.0, 0.0, 0.0],
        }
    )
    picture = figures.plot_pools(pools, unit="€")
    assert "10\u202f% idle" in picture.svg
    assert "50\u202f% idle" in picture.svg
    assert "overdriven" in picture.svg
    assert "without known capacity" not in picture.svg
    assert "hub 200 € used, 20 € idle" in picture.alt


def test_the_audit_says_none_where_nothing_was_set_aside():
    empty = pd.DataFrame(columns=["table", "rule", "n_rows", "share"]).astype({"n_rows": int, "share": float})
    assert figures.plot_quarantine(empty).alt.endswith("rule: none.")
    coverage = pd.DataFrame(
        {"table": ["t", "t"], "column": ["a", "b"], "n_filled": [4, 1], "filled_share": [1.0, 0.25]}
    )
    shown = figures.plot_coverage(coverage)
    assert "t.b 25\u202f%" in shown.alt and "t.a" not in shown.svg and "The 1 of 2 columns" in shown.caption
    assert figures.plot_coverage(coverage.head(1)) is None


def test_a_long_sector_is_cut_after_a_word_that_says_something():
    assert brief("Manufacture of textiles", 40) == "Textiles"
    assert brief("Wholesale and retail trade; repair of motor vehicles", 36) == "Wholesale and retail trade; repair…"
    assert brief("Wholesale and retail trade; repair of motor vehicles", 28) == "Wholesale and retail trade…"
    assert brief("Commerce ; réparation d'automobiles", 12) == "Commerce…"


def test_millions_have_the_digits_that_tell_them_apart():
    assert [money(value, "€") for value in (1.03e6, 1.5e6, 13.78e6, 999_400)] == [
        "1.03M €",
        "1.5M €",
        "13.78M €",
        "999k €",
    ]
