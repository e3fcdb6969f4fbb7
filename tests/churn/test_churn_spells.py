"""Spells and the survival they give: dating, late entry, groups, contracts, reasons, erosion."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from order_lists import days_of, with_silence
from scipy.stats import chi2, gamma
from statsmodels.duration.survfunc import survdiff

from workbench.churn.erosion import erosion_spells, erosions
from workbench.churn.history import History
from workbench.churn.spells import account_facts, account_spells, group_rhythm, moments_of_a_gap, spells_at_risk
from workbench.churn.survival import (
    loss_rates,
    reasons_for_leaving,
    retention_by,
    retention_curve,
    segment_tests,
)
from workbench.errors import DataError
from workbench.params import Churn
from workbench.units import DAYS_A_MONTH

TOLD = Churn(seasons=False)
END = date(2024, 12, 31)


def spells_of(orders: dict[str, list[str]], customers: pd.DataFrame | None = None, *, silence: float = 90):
    """Spells of accounts with their order days, judged by one silence; account `clock` only opens the files."""
    orders = {"clock": ["2023-01-01"], **orders}
    owner = np.repeat(np.arange(len(orders)), [len(days) for days in orders.values()])
    days = np.array([day for each in orders.values() for day in each], dtype="datetime64[D]")
    known = days_of(np.array(list(orders)), owner, days)
    customers = pd.DataFrame({"customer_id": list(orders)}) if customers is None else customers
    facts = account_facts(known, customers, TOLD)
    judged = with_silence(group_rhythm(known, facts, TOLD, ends_on=END), days=silence)
    return account_spells(judged, facts).set_index("customer_id")


def test_moments_of_a_gap_are_drawn_at_random_in_time_and_stay_the_same():
    names = np.array([f"account {number}" for number in range(20_000)])
    for shape in (0.7, 2.0, 20.0):
        drawn = moments_of_a_gap(names, shape)
        assert drawn.mean() == pytest.approx((1 + 1 / shape) / 2, rel=0.03)
        # The time to a random moment exceeds x with the chance that a gap holds beyond x: integral of 1 - F.
        beyond = gamma.sf(0.8 * shape, shape + 1) - 0.8 * gamma.sf(0.8 * shape, shape)
        assert (drawn > 0.8).mean() == pytest.approx(beyond, abs=0.012)
    assert (moments_of_a_gap(names[::-1], 2.0)[::-1] == moments_of_a_gap(names, 2.0)).all()


def test_a_loss_is_seen_by_the_last_order_and_others_are_judged_to_the_threshold():
    spells = spells_of({"lost": ["2023-06-01", "2023-07-01"], "here": ["2023-06-01", "2024-12-01"]})
    lost, here = spells.loc["lost"], spells.loc["here"]
    assert lost["lost"] and lost["lost_on"] == pd.Timestamp("2023-07-01") and not lost["alive"]
    assert lost["duration_days"] == pytest.approx(30 + 0.5 + lost["delay_days"])
    assert not here["lost"] and here["alive"] and pd.isna(here["lost_on"]) and here["event_kind"] is None
    assert here["censored_on"] == pd.Timestamp("2024-10-03")  # 90 days before 1 January 2025
    assert here["duration_days"] == pytest.approx(490 + here["delay_days"])
    assert lost["entry_days"] == here["entry_days"] == 0
    assert lost["duration_months"] == lost["duration_days"] / DAYS_A_MONTH


def test_who_was_a_client_before_the_files_enters_late_and_unknown_ages_are_left_out():
    customers = pd.DataFrame(
        {
            "customer_id": ["clock", "old", "new", "dated late"],
            "opened_on": pd.to_datetime([None, "2020-01-01", None, "2023-08-01"]),
        }
    )
    orders = {"old": ["2023-02-01", "2024-12-01"], "new": ["2023-09-01", "2024-12-01"], "dated late": ["2023-07-01"]}
    spells = spells_of(orders, customers)
    before = (pd.Timestamp("2023-02-01") - pd.Timestamp("2020-01-01")).days
    assert spells.loc["old", "entry_days"] == pytest.approx(before + spells.loc["old", "delay_days"])
    assert spells["origin_known"].to_dict() == {"clock": False, "old": True, "new": True, "dated late": True}
    # An order before the opening date: the relationship began with it.
    assert spells.loc["dated late", "origin_on"] == pd.Timestamp("2023-07-01")
    assert (spells["duration_days"] >= 0.5).all()
    assert set(spells_at_risk(spells.reset_index())["customer_id"]) == {"old", "new", "dated late"}


def test_who_came_too_late_to_be_judged_tells_nothing_about_loss():
    spells = spells_of({"new": ["2024-12-20"]}, silence=200)
    new = spells.loc["new"]
    assert not new["lost"] and new["alive"] and new["duration_days"] <= new["entry_days"]
    assert "new" not in set(spells_at_risk(spells.reset_index())["customer_id"])


def test_a_client_whose_sister_account_orders_is_not_lost():
    customers = pd.DataFrame({"customer_id": ["clock", "a", "b", "c"], "group_id": [None, "G", "G", None]})
    orders = {"a": ["2023-02-01"], "b": ["2023-03-01", "2024-12-01"], "c": ["2023-02-01"]}
    spells = spells_of(orders, customers)
    assert not spells.loc["a", "lost"] and spells.loc["a", "alive"] and spells.loc["c", "lost"]
    assert spells.loc["a", "unit"] == spells.loc["b", "unit"] == "group G"


def test_a_contract_decides_where_there_is_one_and_a_closure_gives_the_reason():
    customers = pd.DataFrame(
        {
            "customer_id": ["clock", "held", "ended", "renewed", "closed"],
            "contract_end_on": pd.to_datetime([None, "2025-06-30", "2024-11-30", "2023-12-31", None]),
            "closed_on": pd.to_datetime([None, None, None, None, "2023-09-01"]),
            "closure_reason": [None, None, None, None, "prices"],
        }
    )
    orders = {
        "held": ["2023-02-01"], "ended": ["2023-02-01", "2024-11-15"], "renewed": ["2023-02-01", "2024-12-20"],
        "closed": ["2023-02-01"],
    }  # fmt: skip
    spells = spells_of(orders, customers)
    assert spells["lost"].to_dict() == {"clock": True, "held": False, "ended": True, "renewed": False, "closed": True}
    assert spells.loc["held", "until_on"] == pd.Timestamp("2025-01-01")
    assert spells.loc["ended", "lost_on"] == pd.Timestamp("2024-11-30")
    assert spells.loc["closed", "event_kind"] == "prices" and spells.loc["ended", "event_kind"] == "loss"


def random_spells(n: int, seed: int) -> pd.DataFrame:
    """Untied spells with late entry and two kinds of loss."""
    rng = np.random.default_rng(seed)
    entry = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 400, n))
    life, until = rng.exponential(600, n), rng.uniform(100, 1500, n)
    stop = np.minimum(life, until)
    table = pd.DataFrame({"entry_days": entry, "duration_days": stop, "lost": life < until})
    table["event_kind"] = np.where(table["lost"], np.where(rng.random(n) < 0.3, "prices", "loss"), None)
    table["side"] = np.where(rng.random(n) < 0.5, "left", "right")
    table["unit"] = [f"u{number}" for number in range(n)]
    return table[stop > entry].reset_index(drop=True)


def test_the_curve_is_that_of_lifelines_with_late_entry():
    """lifelines.KaplanMeierFitter().fit(durations, event, entry=), which is right under late entry (METHODS)."""
    spells = random_spells(800, 1)
    found = retention_curve(spells)
    assert found.from_months == 0
    told = KaplanMeierFitter(alpha=0.10).fit(spells["duration_days"], spells["lost"], entry=spells["entry_days"])
    ages = found.curve["months"] * DAYS_A_MONTH
    assert np.allclose(found.curve["p_alive"], told.survival_function_at_times(ages), atol=1e-9)
    # Each account a group of its own: the interval is nearly Greenwood's, on the same scale.
    theirs = told.confidence_interval_
    for column, name in (("p_alive_low", "KM_estimate_lower_0.9"), ("p_alive_high", "KM_estimate_upper_0.9")):
        expected = np.interp(ages[6:], theirs.index, theirs[name])
        assert np.allclose(found.curve[column][6:], expected, atol=0.01)


def test_accounts_of_a_group_that_leave_together_widen_the_interval():
    spells = random_spells(400, 2)
    tripled = pd.concat([spells] * 3, ignore_index=True)
    alone, together = retention_curve(spells).curve, retention_curve(tripled).curve
    shared = together.set_index("months").loc[alone["months"]].reset_index()
    assert np.allclose(alone["p_alive"], shared["p_alive"])
    assert np.allclose(alone["p_alive_low"], shared["p_alive_low"], atol=1e-9)
    as_if = retention_curve(tripled.assign(unit=[f"u{n}" for n in range(len(tripled))])).curve.set_index("months")
    assert as_if.loc[24, "p_alive_low"] > alone.set_index("months").loc[24, "p_alive_low"] + 0.01


def test_the_curve_covers_the_truth_in_nine_of_ten():
    covered = []
    for seed in range(150):
        curve = retention_curve(random_spells(150, seed)).curve.set_index("months")
        covered.append(curve.at[12, "p_alive_low"] <= np.exp(-12 * DAYS_A_MONTH / 600) <= curve.at[12, "p_alive_high"])
    assert np.mean(covered) == pytest.approx(0.90, abs=2.5 * np.sqrt(0.09 / 150))


def test_a_curve_of_late_entries_begins_where_thirty_are_in_sight_and_few_clients_have_none():
    spells = random_spells(300, 3).assign(entry_days=lambda rows: rows["entry_days"] + 200)
    spells = spells[spells["duration_days"] > spells["entry_days"]]
    found = retention_curve(spells)
    assert found.from_months > 5 and found.curve["p_alive"].iloc[0] == 1 and found.curve["n_at_risk"].min() >= 30
    few = retention_curve(spells.head(20))
    assert few.curve.empty and "Never are 30 clients of one age in sight" in few.why_not
    for column, value in (("duration_days", -1.0), ("entry_days", -3.0), ("entry_days", 1e6)):
        with pytest.raises(DataError, match=r"must end after an entry at 0 days or later, first row 0 with entry"):
            retention_curve(spells.assign(**{column: value}))


def test_nobody_and_everybody_lost():
    spells = random_spells(300, 4)
    kept = retention_curve(spells.assign(lost=False, event_kind=None))
    assert (kept.curve[["p_alive", "p_alive_low", "p_alive_high"]] == 1).all(axis=None)
    assert reasons_for_leaving(spells.assign(lost=False, event_kind=None)).empty
    assert segment_tests(spells.assign(lost=False), ["side"]).empty
    gone = retention_curve(spells.assign(lost=True))
    assert gone.curve["p_alive"].is_monotonic_decreasing and gone.n_lost == len(spells)
    assert gone.curve["p_alive_low"].le(gone.curve["p_alive"]).all()


def test_reasons_and_those_who_stay_make_up_everybody_as_aalen_and_johansen_have_it():
    """lifelines.AalenJohansenFitter(calculate_variance=False).fit(durations, kinds, event_of_interest, entry=)."""
    spells = random_spells(600, 5)
    reasons = reasons_for_leaving(spells)
    curve = retention_curve(spells).curve.set_index("months")["p_alive"]
    assert np.allclose(reasons.groupby("months")["p_lost"].sum() + curve, 1)
    kinds = spells["event_kind"].map({"loss": 1, "prices": 2}).fillna(0).astype(int)
    told = AalenJohansenFitter(calculate_variance=False).fit(
        spells["duration_days"], kinds, 2, entry=spells["entry_days"]
    )
    theirs = told.cumulative_density_["CIF_2"]
    ours = reasons[reasons["event_kind"].eq("prices")].set_index("months")["p_lost"]
    place = theirs.index.searchsorted(24 * DAYS_A_MONTH, side="right") - 1
    assert ours[24] == pytest.approx(theirs.iloc[place], abs=1e-6)


def test_segments_that_differ_are_told_from_those_that_do_not():
    spells = random_spells(900, 6)
    slower = spells["side"].eq("left") & spells["lost"]
    spells.loc[slower, "duration_days"] = np.minimum(spells["duration_days"] * 1.9 + 1, 3000)
    spells["chance"] = np.random.default_rng(1).choice(["x", "y"], len(spells))
    spells["rare"] = ["only"] + [None] * (len(spells) - 1)
    tests = segment_tests(spells, ["side", "chance", "rare"]).set_index("segment")
    assert tests.loc["side", "p_value"] < 0.01 < tests.loc["chance", "p_value"] and "rare" not in tests.index
    assert set(retention_by(spells, "side")) == {"left", "right"}


def test_the_test_of_a_segment_is_the_log_rank_and_counts_a_group_once():
    """statsmodels.duration.survfunc.survdiff(time, status, group, entry=), whose accounts all leave on their own."""
    spells = random_spells(1500, 8)
    spells["region"] = np.random.default_rng(8).choice(["n", "s", "w"], len(spells))
    usual = survdiff(spells["duration_days"], spells["lost"].astype(int), spells["region"], entry=spells["entry_days"])
    alone = segment_tests(spells, ["region"]).iloc[0]
    assert alone["chi2"] == pytest.approx(usual[0], rel=0.1)
    tripled = segment_tests(pd.concat([spells] * 3, ignore_index=True), ["region"]).iloc[0]
    assert tripled["chi2"] == pytest.approx(alone["chi2"]) and tripled["p_value"] == pytest.approx(alone["p_value"])


@pytest.mark.parametrize("accounts", [1, 5])
def test_a_segment_that_tells_nothing_differs_in_one_of_twenty_where_groups_leave_together(accounts: int):
    found = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        unit = np.repeat(np.arange(120), accounts)
        life, side = rng.exponential(400, 120)[unit], rng.choice(["left", "right"], 120)[unit]
        entry = rng.uniform(0, 200, len(unit))
        spells = pd.DataFrame({"entry_days": entry, "duration_days": np.minimum(life, 700), "lost": life < 700,
                               "unit": unit, "side": side})  # fmt: skip
        found.append(segment_tests(spells[life > entry], ["side"])["p_value"])
    p_values = pd.concat(found)
    assert len(p_values) == 300
    assert p_values.lt(0.05).mean() == pytest.approx(0.05, abs=2.5 * np.sqrt(0.05 * 0.95 / 300))


def test_the_plain_rate_of_loss_is_losses_over_client_years():
    rng = np.random.default_rng(7)
    n = 3000
    origin = np.datetime64("2020-01-01") + rng.integers(0, 1200, n)
    life = rng.exponential(365.25 / 0.3, n)
    left = (np.datetime64("2024-01-01") - origin).astype(float)
    spells = pd.DataFrame({"origin_on": origin.astype("datetime64[s]"), "entry_days": 0.0,
                           "duration_days": np.minimum(life, left), "lost": life < left,
                           "unit": np.arange(n)})  # fmt: skip
    rates = loss_rates(spells, begins_on=np.datetime64("2020-01-01"), ends_on=np.datetime64("2024-01-01"), months=12)
    assert rates["ends_on"].iloc[-1] == pd.Timestamp("2024-01-01") and len(rates) == 4
    exact = (life < left).sum() / np.minimum(life, left).sum() * 365.25
    assert rates["n_lost"].sum() / rates["client_years"].sum() == pytest.approx(exact, rel=0.01)
    assert ((rates["low"] < rates["rate"]) & (rates["rate"] < rates["high"])).all()
    period = {"begins_on": np.datetime64("2020-07-01"), "ends_on": np.datetime64("2024-01-01")}
    assert loss_rates(spells.assign(lost=False), **period)["low"].eq(0).all()
    assert len(loss_rates(spells, **period, months=12)) == 3, "no year that begins before the files"
    # Each account a unit of its own: the exact interval of a Poisson count (scipy.stats.chi2, Garwood 1936).
    losses, years = rates["n_lost"].to_numpy(), rates["client_years"].to_numpy()
    assert np.allclose(rates["low"], chi2.ppf(0.05, 2 * losses) / 2 / years)
    assert np.allclose(rates["high"], chi2.ppf(0.95, 2 * losses + 2) / 2 / years)


def lost_in_groups(sizes: list[int], seed: int) -> pd.DataFrame:
    """A year of groups whose accounts leave together with a hazard of 0.24 a year."""
    unit = np.repeat(np.arange(len(sizes)), sizes)
    life = np.random.default_rng(seed).exponential(365 / 0.24, len(sizes))[unit]
    return pd.DataFrame({"origin_on": pd.Timestamp("2023-01-01"), "entry_days": 0.0, "unit": unit,
                         "duration_days": np.minimum(life, 365), "lost": life < 365})  # fmt: skip


@pytest.mark.parametrize("sizes", [[1] * 300, [5] * 60, [1] * 200 + [10] * 10])
def test_the_interval_of_the_rate_holds_the_truth_where_groups_leave_together(sizes: list[int]):
    year = {"begins_on": np.datetime64("2023-01-01"), "ends_on": np.datetime64("2024-01-01"), "months": 12}
    found = pd.concat([loss_rates(lost_in_groups(sizes, seed), **year) for seed in range(200)])
    covered = found["low"].le(0.24 * 365.25 / 365) & found["high"].ge(0.24 * 365.25 / 365)
    # The method promises at least 0.90; 0.985 would be an interval of no use.
    assert 0.90 - 2.5 * np.sqrt(0.09 / 200) < covered.mean() < 0.985


def test_a_large_group_that_stayed_may_leave_all_the_same():
    few = lost_in_groups([1] * 100 + [40], 1).assign(lost=False, duration_days=365.0)
    period = {"begins_on": np.datetime64("2023-01-01"), "ends_on": np.datetime64("2024-01-01"), "months": 12}
    rate = loss_rates(few, **period).iloc[0]
    assert rate["low"] == rate["rate"] == 0
    assert rate["high"] == pytest.approx(40 * chi2.ppf(0.95, 2) / 2 / rate["client_years"])


def history_of(revenue: np.ndarray, deliveries: float = 10) -> History:
    revenue = np.asarray(revenue, dtype="float32")
    facts = {name: np.zeros_like(revenue) for name in ("n_promised", "n_late", "n_claims")}
    facts |= {"revenue_eur": revenue, "n_deliveries": np.where(revenue > 0, deliveries, 0).astype("float32")}
    names = np.array([f"c{n}" for n in range(len(revenue))], dtype=object)
    return History(names, np.datetime64("2023-01", "M"), facts, np.zeros(revenue.shape[1]))


def test_erosion_is_three_months_below_half_of_the_norm_twice_running():
    steady, halved = np.full(24, 100.0), np.r_[np.full(15, 100.0), np.full(9, 40.0)]
    dip = np.r_[np.full(15, 100.0), [60, 0, 60], np.full(6, 100.0)]
    eroded = erosions(history_of([steady, halved, dip]))
    assert not eroded[0].any() and not eroded[2].any()
    # Below half from the third month of 40 on (120 of 300), eroded from the fourth.
    assert eroded[1].argmax() == 18 and eroded[1, 18:].sum() >= 3
    assert not erosions(history_of([halved], deliveries=1)).any(), "few deliveries say nothing"
    assert not erosions(history_of([halved[13:]])).any(), "a norm needs six months before the last three"
    spells = pd.DataFrame(
        {"origin_on": pd.to_datetime(["2023-01-01"] * 3), "entry_days": 0.0, "duration_days": 720.0, "lost": False,
         "unit": list("abc")}
    )  # fmt: skip
    found = erosion_spells(history_of([steady, halved, dip]), spells)
    assert found["lost"].tolist() == [False, True, False]
    assert found["duration_days"].tolist() == pytest.approx([720, 578, 720])  # to 1 August 2024
