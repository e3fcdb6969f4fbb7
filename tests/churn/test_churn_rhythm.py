"""Order days, the business clock, and the silence from which on a client counts as lost."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from carrier_files import as_checked
from order_lists import days_of, with_silence
from scipy.stats import betaprime

from workbench.churn.clock import business_clock
from workbench.churn.order_days import EPOCH, order_days
from workbench.churn.rhythm import regularity_shapes, rhythm, with_threshold
from workbench.params import Churn, Closure

EVEN = Churn(seasons=False)


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_orders_of_one_day_are_one_and_credit_notes_none():
    table = pd.DataFrame(
        {
            "delivery_id": list("abcdefg"),
            "customer_id": ["B", "A", "A", "A", "A", "B", None],
            "credited_document_id": [None, None, None, None, "F1", None, None],
            "ordered_on": pd.to_datetime(
                ["2024-03-05", "2024-01-09", "2024-01-02", "2024-01-02", "2024-05-01", None, "2024-01-01"]
            ),
            "delivered_on": pd.to_datetime(["2024-03-06"] * 5 + ["2024-02-01", "2024-01-01"]),
            "revenue_eur": [1.0, 2.0, 3.0, 4.0, -4.0, 5.0, 1.0],
        }
    )
    found = order_days(as_checked(table, "deliveries"))
    assert found.units.tolist() == ["A", "B"] and found.counts.tolist() == [2, 2]
    assert (EPOCH + found.days == days("2024-01-02", "2024-01-09", "2024-02-01", "2024-03-05")).all()
    nothing = order_days(as_checked(table.iloc[:0], "deliveries"))
    assert len(nothing.units) == 0 and nothing.days.size == 0


def test_days_known_at_a_date_of_groups_and_of_some():
    found = days_of(
        ["A", "B", "C"], [2, 0, 0, 1, 0], days("2024-05-05", "2024-01-01", "2024-03-01", "2024-04-01", "2024-01-01")
    )
    early = found.until(date(2024, 3, 31))
    assert early.units.tolist() == ["A"] and early.counts.tolist() == [2]
    merged = found.by(["g", "g", "h"])
    assert merged.units.tolist() == ["g", "h"] and merged.counts.tolist() == [3, 1]
    assert found.of(["C", "A"]).counts.tolist() == [1, 2]
    with pytest.raises(KeyError, match="1 units without an order, first 'X'"):
        found.of(["A", "X"])


def test_the_clock_stands_still_at_weekends_and_closures_and_runs_a_day_a_day_in_the_mean():
    every = np.arange(days("2023-01-01")[0], days("2024-12-31")[0])
    working = every[np.is_busday(every)]
    known = days_of(["A"], np.zeros(len(working), dtype=int), working)
    clock = business_clock(known, ends_on=days("2024-12-30")[0])
    friday, monday = (days(text).astype("int64") for text in ("2024-03-08", "2024-03-11"))
    assert clock.at(monday) - clock.at(friday + 1) == pytest.approx(0.0, abs=1e-9)
    assert clock.at(friday + 1) - clock.at(friday) == pytest.approx(7 / 5, rel=0.01)
    assert len(clock.passed) - 1 == pytest.approx(clock.passed[-1])
    shut = business_clock(known, ends_on=days("2024-12-30")[0], seasons=False,
                          closures=[Closure(from_on=date(2024, 8, 1), until_on=date(2024, 8, 31))])  # fmt: skip
    august, september = (days(text).astype("int64") for text in ("2024-08-01", "2024-09-01"))
    assert shut.at(september) == shut.at(august)
    middle = days("2024-06-12").astype("int64")
    assert (clock.day_at(clock.at(middle)) == middle).all()


def test_growth_is_no_season_but_a_slack_august_is():
    rng = np.random.default_rng(1)
    every = np.arange(days("2022-01-01")[0], days("2025-01-01")[0])
    month = every.astype("datetime64[M]").astype(int) % 12
    n = np.round(40 * 1.5 ** (np.arange(len(every)) / 365) * np.where(month == 7, 0.5, 1.0)).astype(int)
    owner = rng.permutation(np.arange(n.sum())) % n.sum()
    known = days_of(np.arange(n.sum()).astype(str), owner, np.repeat(every, n))
    clock = business_clock(known, ends_on=days("2024-12-31")[0])
    speed = pd.Series(np.diff(clock.passed)).groupby(month).mean()
    assert speed[7] / speed.drop(7).mean() == pytest.approx(0.5, abs=0.05)
    # Within a year growth is a slope, not a jump back in January: from December to January by no more than it.
    assert abs(speed[11] / speed[0] - 1) < 0.55


@pytest.mark.parametrize("shape", [0.7, 1.0, 2.5, 6.0])
def test_the_shape_of_regularity_is_recovered_whatever_the_means(shape):
    rng = np.random.default_rng(3)
    owner = np.repeat(np.arange(3000), 8)
    gaps = rng.gamma(shape, 1 / shape, len(owner)) * np.exp(rng.normal(0, 1.5, 3000))[owner]
    found, pairs = regularity_shapes(gaps, owner, np.full(3000, "s"))
    assert np.median(found) == pytest.approx(shape, rel=0.08) and pairs == 3000 * 7


def test_regularity_is_that_of_the_segment_where_gaps_are_few_and_the_own_where_they_are_many():
    rng = np.random.default_rng(4)
    n_gaps = np.r_[np.full(400, 3), np.full(400, 300)]
    true = np.r_[np.full(400, 0.8), np.where(np.arange(400) % 2, 1.0, 4.0)]
    owner = np.repeat(np.arange(800), n_gaps)
    segment = np.repeat(np.array(["few", "many"], dtype=object), 400)
    found, _ = regularity_shapes(rng.gamma(true[owner]) * 5, owner, segment)
    few, often, seldom = found[:400], found[400:][true[400:] == 4], found[400:][true[400:] == 1]
    assert few.mean() == pytest.approx(0.8, rel=0.1) and few.std() < 0.3
    assert np.median(often) == pytest.approx(4.0, rel=0.15) and np.median(seldom) == pytest.approx(1.0, rel=0.15)


def test_wheat_and_morrison_by_hand():
    """Gaps 1, 3 and 2, 2: M = 1/4 and 1/2, (M - 1/2)² = 1/16 and 0, 1/32 in the segment; drawn to it by 20 pairs
    (1/16 + 20/32) / 21 = 11/336 and (20/32) / 21 = 10/336, hence k = (1 - 44/336) / (88/336) and (296/336) / (80/336).
    """
    found, pairs = regularity_shapes(np.array([1.0, 3.0, 2.0, 2.0]), np.array([0, 0, 1, 1]), np.array(["s", "s"]))
    assert found.tolist() == pytest.approx([292 / 88, 296 / 80]) and pairs == 2
    found, pairs = regularity_shapes(np.array([4.0, 5.0]), np.array([0, 1]), np.array(["s", "s"]))
    assert found.tolist() == [1.0, 1.0] and pairs == 0


def test_the_threshold_is_the_quantile_of_the_own_gap_drawn_to_the_segment():
    known = days_of(
        ["fast", "slow", "once"], [0, 0, 0, 1, 1, 2],
        days("2024-01-01", "2024-01-11", "2024-01-21", "2024-01-01", "2024-03-01", "2024-02-01"),
    )  # fmt: skip
    found = rhythm(known, np.array(["s", "s", "s"]), EVEN, ends_on=date(2024, 12, 31))
    table = found.table.set_index("unit")
    segment = (10 + 60) / 2
    assert table.loc["fast", "gap_days"] == pytest.approx((20 + segment) / 3)
    assert table.loc["once", "gap_days"] == pytest.approx(segment) and np.isnan(table.loc["once", "own_gap_days"])
    # The next gap of a gamma whose rate is a gamma: shape k, from n gaps and one of the segment.
    n_gaps, k = np.array([2, 1, 0]), table["shape"]
    scale = np.array([20 + segment, 60 + segment, segment])
    expected = betaprime.ppf(0.99, k, 1 + k * (n_gaps + 1), scale=scale)
    assert table["threshold_days"].tolist() == pytest.approx(expected.clip(14, 365.25).tolist())
    longer = betaprime.sf(table["silence_days"] - 1, k, 1 + k * (n_gaps + 1), scale=scale)
    assert table["p_gap_longer"].tolist() == pytest.approx(longer.tolist())
    assert table.loc["fast", "silence_days"] == (days("2025-01-01") - days("2024-01-21"))[0].astype(int)
    # The first day from which a silence is too short: the threshold before the end of the files.
    cut = found.ends_on + 1 - table["censored_on"].to_numpy("datetime64[D]")
    assert (np.abs(cut.astype(float) - table["threshold_days"]) < 1).all()
    assert (with_threshold(found, quantile=0.95).table["threshold_days"] < table["threshold_days"].to_numpy()).any()


def test_a_silence_that_an_order_ended_is_counted_as_a_reactivation():
    known = days_of(["A", "A2"], [0, 0, 0, 1], days("2023-01-01", "2023-02-01", "2023-12-01", "2023-01-01"))
    found = with_silence(rhythm(known, np.array([None, None]), EVEN, ends_on=date(2024, 12, 31)), days=90)
    assert found.table["reactivations"].tolist() == [1, 0]


def test_a_file_where_nobody_ordered_twice_has_the_longest_silence_allowed():
    known = days_of(["A", "B"], [0, 1], days("2024-01-01", "2024-02-01"))
    found = rhythm(known, np.array([None, None]), EVEN, ends_on=date(2024, 12, 31))
    assert found.n_pairs == 0 and (found.table["shape"] == 1.0).all()
    assert found.table["threshold_days"].tolist() == [365.25, 365.25]


def test_a_year_whose_first_order_comes_after_new_year_tells_its_seasons_too():
    every = np.arange(days("2023-01-04")[0], days("2024-09-01")[0])
    august = every.astype("datetime64[M]").astype(int) % 12 == 7
    kept = every[~august | (np.arange(len(every)) % 2 == 0)]
    known = days_of(["A"], np.zeros(len(kept), dtype=int), kept)
    speed = np.diff(business_clock(known, ends_on=days("2024-08-31")[0]).passed)
    assert speed[august].mean() / speed[~august].mean() == pytest.approx(0.5, abs=0.1)


def test_about_one_next_gap_in_a_hundred_is_beyond_the_threshold_however_few_gaps_are_known():
    """Clients of unlike means and regularities: 1.3 in a hundred, also of those with few gaps, 2.4 of the irregular.

    With one shape for all and the mean taken as known, 1.6, 2.1 and 3.6.
    """
    rng = np.random.default_rng(6)
    n = 6000
    n_gaps = rng.integers(1, 40, n)
    mean, regularity = np.exp(rng.normal(np.log(20), 0.5, n)), np.exp(rng.normal(np.log(1.6), 0.45, n))
    owner = np.repeat(np.arange(n), n_gaps + 1)
    gaps = np.where(
        np.r_[True, owner[1:] != owner[:-1]], 0.0, rng.gamma(regularity[owner]) * (mean / regularity)[owner]
    )
    passed = pd.Series(gaps).groupby(owner).cumsum().to_numpy()
    ordered_on = np.datetime64("2010-01-01") + passed.round().astype(int)
    told = Churn(seasons=False, floor_days=1, cap_months=24)
    found = rhythm(days_of(np.arange(n).astype(str), owner, ordered_on), np.full(n, "s", dtype=object), told,
                   ends_on=ordered_on.max().astype(date))  # fmt: skip
    place = found.table["unit"].astype(int).to_numpy()
    following = (rng.gamma(regularity, size=(200, n)) * mean / regularity)[:, place]
    beyond = (following > found.table["threshold_days"].to_numpy()).mean(axis=0)
    few = n_gaps[place] < 6
    assert 0.008 < beyond.mean() < 0.0145
    assert 0.008 < beyond[few].mean() < 0.0165
    assert beyond[~few & (regularity[place] < 1)].mean() < 0.03
