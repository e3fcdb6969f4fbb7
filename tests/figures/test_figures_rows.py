"""Figures made of rows: values fit, whatever the client's names and amounts are."""

from functools import partial

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

from workbench.figures.rows import LONGEST_NAME, drawn_rows
from workbench.figures.theme import BLUE, STYLE, WARM, money

NAMES = ["short", "x" * 70, "Étoile $\\frac{$ & Cie"]


def drawn(amounts, texts, *, names=NAMES, **how):
    with drawn_rows(names, label="margin (€)", **how) as rows:
        rows.bars(amounts)
        rows.values(texts)
    return rows


def right_ends(rows):
    """Where the texts end, drawn as a picture is drawn."""
    with mpl.rc_context(STYLE):
        rows.figure.draw_without_rendering()
    return [text.get_window_extent().x1 for text in rows.axes.texts]


@pytest.mark.parametrize("amounts", [[5.0, 3.0, 1.0], [-5.0, 3.0, -1.0], [-5.0, -3.0, -1.0], [0.0, 0.0, 0.0]])
@pytest.mark.parametrize("letters", [3, 28])
def test_values_end_within_the_figure(amounts, letters):
    rows = drawn(amounts, ["m" * letters] * 3)
    assert max(right_ends(rows)) <= rows.figure.bbox.x1 + 1
    bars = [patch for patch in rows.axes.patches if patch.get_width()]
    assert all(rows.axes.get_xlim()[0] <= bar.get_x() + min(bar.get_width(), 0) for bar in bars)


def test_a_value_stands_right_of_all_that_its_row_shows():
    with drawn_rows(NAMES, label="share", line=None) as rows:
        rows.bars([1.0, 2.0, 3.0])
        rows.intervals([0.5, 1.0, 2.0], [9.0, np.nan, 4.0])
        rows.values(["a", "b", "c"])
    assert [text.xy[0] for text in rows.axes.texts] == [9.0, 2.0, 4.0]


def test_a_value_of_one_level_stands_at_what_is_drawn_there():
    with drawn_rows(NAMES, label="share") as rows:
        rows.bars([1.0, 2.0, 3.0], level=-0.2)
        rows.bars([7.0, 8.0, 9.0], level=0.2)
        rows.values(["a", "b", "c"], level=-0.2)
    assert [text.xy[0] for text in rows.axes.texts] == [1.0, 2.0, 3.0]


def test_losses_are_red_and_the_first_row_is_at_the_top():
    rows = drawn([5.0, -3.0, 0.0], ["", "", ""], scale=partial(money, unit="€"))
    colours = [to_hex(patch.get_facecolor()) for patch in rows.axes.patches[-3:]]
    assert colours == [BLUE, WARM, BLUE]
    bottom, top = rows.axes.get_ylim()
    assert bottom > top
    names = [label.get_text() for label in rows.axes.get_yticklabels()]
    assert names[0] == "short" and len(names[1]) == LONGEST_NAME


def test_values_fit_on_a_logarithmic_axis():
    with drawn_rows(NAMES, label="ratio", line=1.0) as rows:
        rows.axes.set_xscale("log")
        rows.points([0.2, 1.0, 30.0], low=[0.1, 0.9, 20.0], high=[0.3, 1.1, 45.0])
        rows.values(["× 0.20 and more words", "× 1.00", "× 30.00 and more words"])
    assert max(right_ends(rows)) <= rows.figure.bbox.x1 + 1
    assert rows.axes.get_xlim()[0] <= 0.1


def test_the_figure_grows_with_its_rows_and_its_legend():
    few, many = (drawn(np.ones(n), [""] * n, names=["n"] * n).figure.get_figheight() for n in (3, 13))
    assert many - few == pytest.approx(10 * 0.36)
    with drawn_rows(NAMES, label="share") as rows:
        rows.bars([1.0, 2.0, 3.0], colour=BLUE, label="of all")
    assert rows.figure.get_figheight() > few


@pytest.mark.parametrize("amounts", [[17_500.0, 300.0, 0.0], [1.04e6, 2e5, -3e4], [0.0, 0.0, 1e-3], [-8.0, 1.0, 12.0]])
def test_each_tick_is_the_number_it_is_written_as_and_none_is_written_twice(amounts):
    rows = drawn(amounts, ["", "", ""], scale=partial(money, unit="€"))
    ticks = list(rows.axes.get_xticks())
    written = [rows.axes.xaxis.get_major_formatter()(tick) for tick in ticks]
    assert len(set(written)) == len(written) > 0
    thousands = {f"{tick / 1000:,.0f}k €" for tick in ticks if 10_000 <= tick < 999_500}
    assert thousands <= set(written) and all(tick % 1000 == 0 for tick in ticks if 10_000 <= tick < 999_500)


def test_the_words_of_a_figure_have_every_name_whole_with_its_value():
    assert drawn([1.0, -2.0, 3.0], ["1 €", "−2 €", "3 €"]).in_words == f"short 1 €; {'x' * 70} −2 €; {NAMES[2]} 3 €"
