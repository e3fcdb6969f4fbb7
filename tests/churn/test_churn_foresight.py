"""What was known at a date and what is foreseen from it: nothing from the future, and a page for any file."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from carrier_files import LAST_DAY, as_checked, files_of, tables_of

from workbench import churn, figures, wording
from workbench.carrier import simulated_world
from workbench.churn.covariates import COVARIATES, covariates_at
from workbench.churn.foresight import COLUMNS
from workbench.churn.history import item_of, monthly_history, with_answers
from workbench.churn.known import landmark, landmark_days, model_table, people_at
from workbench.churn.landmarks import Evaluation
from workbench.churn.spells import account_facts
from workbench.params import Churn, Competitive, Scale

PAST = date(2024, 6, 30)


@pytest.fixture(scope="module")
def world():
    return simulated_world(customers=250, months=36, seed=9)


@pytest.fixture(scope="module")
def files(world):
    return files_of(world)


@pytest.fixture(scope="module")
def now(files):
    return churn.known_at(files, LAST_DAY)


@pytest.fixture(scope="module")
def seen(now):
    return churn.foresight(now, seed=1)


@pytest.fixture(scope="module")
def table(world, now, seen):
    margins = world.truth_customers[["customer_id", "practical_margin_eur"]].assign(n_months=36)
    return churn.churn_by_customer(now, seen, world.customers, margins)


def foreseen(files, on: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The scores at a date, and the counting process behind them."""
    known = churn.known_at(files, on)
    made, covariates = model_table(known, seed=1)
    model = churn.survival_model(made, covariates=covariates)
    return churn.scores(model, people_at(known), seed=1).customers, made


def test_what_comes_after_a_date_does_not_change_what_is_foreseen_at_it(world, files):
    told, process = foreseen(files, PAST)
    without, same = foreseen(files_of(world, until=PAST), PAST)
    pd.testing.assert_frame_equal(told, without)
    pd.testing.assert_frame_equal(process, same)


def test_a_shuffled_future_does_not_change_what_is_foreseen(world, files):
    rng, later = np.random.default_rng(1), world.deliveries["ordered_on"] > pd.Timestamp(PAST)
    deliveries = world.deliveries.copy()
    for column in ("customer_id", "revenue_eur", "promised_on"):
        deliveries.loc[later, column] = rng.permutation(deliveries.loc[later, column].to_numpy())
    ends, closed_on = world.customers["contract_end_on"], world.customers["closed_on"]
    customers = world.customers.assign(
        closed_on=closed_on.where(closed_on <= pd.Timestamp(PAST)),
        contract_end_on=ends.where(ends <= pd.Timestamp(PAST), pd.Timestamp("2025-03-31")),
    )
    survey, answered_later = world.survey.copy(), world.survey["answered_on"] > pd.Timestamp(PAST)
    for column in ("customer_id", "satisfaction", "answered_on"):
        survey.loc[answered_later, column] = rng.permutation(survey.loc[answered_later, column].to_numpy())
    assert answered_later.any() and "satisfaction" in foreseen(files, PAST)[1]
    other = replace(world, deliveries=deliveries, customers=customers, survey=survey)
    pd.testing.assert_frame_equal(foreseen(files, PAST)[0], foreseen(files_of(other), PAST)[0])


def test_covariates_are_those_of_the_months_before(files, now):
    month = 20
    spells = now.spells
    headcount = spells["headcount_n"].to_numpy(float)
    whole = covariates_at(now.history, now.orders, headcount, month)
    cut = covariates_at(now.history.before(now.history.first_month + month), now.orders, headcount, month)
    assert set(whole) == set(COVARIATES)
    pd.testing.assert_frame_equal(whole, cut)
    assert whole.notna().all(axis=None) and np.isfinite(whole).all(axis=None)


def test_the_history_is_that_of_the_files(world, now):
    facts, history = now.history.facts, now.history
    own = world.deliveries[world.deliveries["customer_id"].eq(history.accounts[5])]
    by_month = own.groupby(own["delivered_on"].to_numpy("datetime64[M]"))["revenue_eur"].sum()
    found = pd.Series(facts["revenue_eur"][5], index=history.months)
    assert found[found != 0].to_numpy() == pytest.approx(by_month.to_numpy(), rel=1e-5)
    lines = world.deliveries[world.deliveries["credited_document_id"].isna()]
    assert facts["n_late"].sum() == (lines["delivered_on"] > lines["promised_on"]).sum()
    assert facts["n_deliveries"].sum() == len(lines) and facts["n_claims"].sum() == world.interactions.loc[
        world.interactions["driver"].eq("claim"), "quantity"].sum()  # fmt: skip
    january = history.months.astype(int) % 12 == 0
    negotiated = history.months == np.datetime64("2024-04")
    assert (history.rises[january][1:] > 0.015).all() and history.rises[~january & ~negotiated].max() < 0.01
    assert 0.005 < history.rises[negotiated].item() < 0.05, "rises of single clients weigh what these buy"
    assert item_of("all prices") == "all prices"


def test_the_rise_of_a_client_who_never_had_a_delivery_is_felt_by_nobody(world, now):
    scopes = ["customer: 999999", "Customer: gone", "all prices", "size: large", "product: Exprss", "zone: Express 9h"]
    changes = pd.DataFrame(
        {"effective_on": pd.Timestamp("2025-05-01"), "scope": scopes, "change_share": [0.5, 0.3, 0.02, 0.01, 0.4, 0.4]}
    )
    assert not world.customers["customer_id"].isin(["999999", "gone"]).any()
    assert world.deliveries["product"].eq("Express 9h").any(), "of the kind that is named, not of another"
    tables = tables_of(world) | {"price_changes": as_checked(changes, "price_changes")}
    found = monthly_history(tables, now.history.accounts, as_of=LAST_DAY, claim_drivers=["claim"]).rises
    assert found.sum() == pytest.approx(0.03), "what names nobody is felt in full by all"


def test_an_answer_counts_for_its_whole_group_from_the_month_after_it_on(world, files):
    """Two answers of one group in one month, one not applicable, one of a competitor's client, one without a day."""
    members = world.customers.groupby("group_id")["customer_id"].agg(list)
    group = next(each for each in members if len(each) >= 2 and set(each) <= set(files.orders.units))
    alone = next(each[0] for each in members if len(each) == 1 and each[0] in set(files.orders.units))
    rows = pd.DataFrame(
        {
            "respondent_id": list("abcdef"),
            "customer_id": [group[0], group[1], group[0], alone, alone, alone],
            "supplier": ["us", "us", "us", "Rapidis", "us", "us"],
            "satisfaction": [2.0, 4.0, 99.0, 9.0, 10.0, 9.0],
            "answered_on": pd.to_datetime(["2024-10-05", "2024-10-20", "2024-10-20", "2024-10-20", None, "2025-03-01"]),
        }
    )
    unit = account_facts(files.orders, world.customers, Churn()).set_index("customer_id")["unit"]
    asked = Competitive(scale=Scale(lowest=0, highest=10, not_applicable=[99]))
    history = with_answers(files.history, as_checked(rows, "survey"), unit, asked)
    assert (history.n_dated, history.n_undated) == (3, 1)
    october = int((np.datetime64("2024-10") - history.first_month).astype(int))
    place = pd.Index(history.accounts).get_indexer(group)
    assert (history.facts["satisfaction_sum"][place, october] == 60).all()
    assert history.facts["n_answers"].sum() == 2 * len(group) + 1

    def told(month: int) -> pd.Series:
        cut = history.before(history.first_month + month)
        return covariates_at(cut, files.orders, np.full(len(history.accounts), 5.0), month)["satisfaction"]

    with pytest.raises(KeyError):
        told(october)  # nothing is known of anybody yet
    mean = 30.0
    assert told(october + 1)[group[0]] == pytest.approx((60 - 2 * mean) / 3 / 10) and told(october + 1)[alone] == 0
    n, total = 2 * len(group) + 1, 60 * len(group) + 90
    assert told(october + 6)[group[0]] == pytest.approx((60 - 2 * total / n) / 3 / 10)
    assert told(october + 6)[alone] == pytest.approx((90 - total / n) / 2 / 10)


def test_the_probability_of_being_lost_rises_with_the_months_and_drivers_multiply_it(seen, table):
    alive = table[table["alive"]]
    assert (alive["p_loss_3m"] < alive["p_loss_6m"]).all() and (alive["p_loss_6m"] < alive["p_loss_12m"]).all()
    assert alive["remaining_months"].between(0, 36).all() and alive["p_alive"].between(0, 1).all()
    survival = seen.scores.survival
    twelve = survival[survival["months_ahead"].eq(12)].set_index("customer_id")["p_alive"]
    assert np.allclose(1 - twelve.reindex(alive["customer_id"]), alive["p_loss_12m"])
    assert alive["driver_1"].isin(COVARIATES).mean() > 0.9
    outlook = churn.outlook_tables(seen)
    assert set(outlook["churn_profile"]["customer_id"]) == set(alive["customer_id"])
    assert outlook["churn_draw"]["draw"].tolist() == list(range(200))


def test_the_table_has_every_account_of_the_file_and_the_margin_at_risk(world, table):
    assert list(table) == list(COLUMNS) and sorted(table["customer_id"]) == sorted(world.customers["customer_id"])
    alive = table[table["alive"]]
    assert (alive["margin_at_risk_eur"] - alive["yearly_margin_eur"] * alive["p_loss_12m"]).abs().max() < 0.02
    assert alive["margin_at_risk_eur"].is_monotonic_decreasing
    assert table.loc[~table["alive"], "margin_at_risk_eur"].isna().all()
    years = world.truth_customers["practical_margin_eur"].sum() / 3
    assert table["yearly_margin_eur"].sum() == pytest.approx(years, rel=0.5)
    assert table["margin_basis"].eq("practical margin").all()


def test_without_margins_revenue_stands_in_and_it_is_said(world, now, seen):
    table = churn.churn_by_customer(now, seen, world.customers, churn.of_period(None, None))
    assert table["margin_basis"].eq("revenue").all()
    assert "revenue stands in their place" in wording.say_at_risk(table, unit="€").text
    last_year = world.deliveries[world.deliveries["delivered_on"] > pd.Timestamp("2024-12-31")]
    expected = last_year.groupby("customer_id")["revenue_eur"].sum()
    old = now.spells.loc[now.spells["first_on"] < pd.Timestamp("2024-12-01"), "customer_id"]
    found = table.set_index("customer_id").loc[old, "yearly_margin_eur"]
    assert found.to_numpy() == pytest.approx(expected.reindex(old).fillna(0).to_numpy(), rel=1e-4, abs=0.02)


def test_expected_losses_are_the_sum_of_the_probabilities_within_their_interval(table, seen):
    expected = churn.expected_losses(table, seen).set_index("quantity")
    alive = table[table["alive"]]
    assert expected.loc["clients", "value"] == pytest.approx(alive["p_loss_12m"].sum())
    assert (expected["low"] < expected["value"]).all() and (expected["value"] < expected["high"]).all()
    assert churn.expected_losses(table, replace(seen, scores=None)).empty
    some = churn.expected_losses(table, seen, largest=100).set_index("quantity")
    assert some["value"].tolist() == expected["value"].tolist()
    assert some.loc["clients", "low"] == pytest.approx(expected.loc["clients", "low"], rel=0.25)


def test_alerts_name_the_valued_silent_and_those_whose_order_is_due(world, now, table, seen):
    alerts = churn.alert_list(now, table, seen.people)
    assert alerts["customer_id"].is_unique and set(alerts["alert"]) <= {
        "silent beyond its rhythm", "volume eroded", "due for contact"}  # fmt: skip
    rows = table.set_index("customer_id").loc[alerts["customer_id"]]
    ends_on = world.customers.set_index("customer_id")["contract_end_on"].reindex(alerts["customer_id"])
    within = alerts["silence_days"].to_numpy() <= rows["threshold_days"].to_numpy() + 1
    assert rows["alive"].all() and (within | ends_on.notna().to_numpy()).all()
    due = alerts[alerts["alert"].eq("due for contact")]
    assert len(due) and (due["silence_days"] >= due["gap_days"]).all() and (due["due_on"] <= "2026-01-01").all()
    valued = churn.valued(table, share=0.5)
    margin = table["yearly_margin_eur"].where(table["alive"]).clip(lower=0)
    assert 0.5 <= margin[valued].sum() / margin.sum() < 0.6


def test_landmarks_know_what_was_known_and_what_came(files, now):
    days = landmark_days(now)
    assert len(days) >= 1 and max(days) < date(2024, 12, 31)
    mark = landmark(files, days[-1], now=now, seed=1)
    assert mark.people["lost"].any() and mark.people["followed_months"].between(0, 12).all()
    spells = now.spells.set_index("customer_id").loc[mark.people["customer_id"]]
    lost_on = spells["lost_on"] + pd.to_timedelta(spells["delay_days"], unit="D")
    gone = (lost_on <= pd.Timestamp(days[-1]) + pd.Timedelta(days=365)).to_numpy()
    assert (mark.people["lost"].to_numpy() <= gone).all() and mark.people["lost"].mean() == pytest.approx(gone.mean())
    judged, marks = churn.tested_foresight(files, now, seed=1)
    assert len(marks) == len(days) and {"survival", "constant_hazard"} <= set(judged.metrics["model"])
    assert wording.say_foresight(judged).text.startswith("On time it had not seen")


def page(files, customers: pd.DataFrame) -> list[str]:
    """Everything the chapter says of some files, in its order."""
    now = churn.known_at(files, LAST_DAY)
    at_risk, told = now.at_risk, now.rhythm.told
    found = churn.retention_curve(at_risk)
    seen = churn.foresight(now, seed=1)
    effects = churn.covariate_effects(seen)
    durations, fits = churn.duration_effects(seen, seed=1)
    judged, _ = churn.tested_foresight(files, now, seed=1)
    table = churn.churn_by_customer(now, seen, customers, None)
    alerts = churn.alert_list(now, table, seen.people)
    rates = churn.loss_rates(now.spells, **now.judged)
    reasons = churn.reasons_for_leaving(at_risk)
    eroding = churn.spells_at_risk(churn.erosion_spells(now.history, now.spells))
    for picture in (
        figures.plot_loss_rates(rates), figures.plot_retention(found), figures.plot_reasons_for_leaving(reasons),
        figures.plot_retention_by(churn.retention_by(at_risk, "headcount"), "headcount"),
        figures.plot_effects(effects), figures.plot_foresight(judged), figures.plot_calibration(judged),
        figures.plot_at_risk(table, unit="€"),
    ):  # fmt: skip
        assert picture is None or picture.svg.startswith("<svg")
    yearly = churn.loss_rates(now.spells, **now.judged, months=12)
    parts = [
        wording.churn_headline(table, yearly, churn.expected_losses(table, seen), judged, unit="€"),
        wording.say_orders(now), wording.say_rhythm(now),
        wording.say_rule(churn.rule_sensitivity(now.rhythm, now.facts, told.sensitivity), quantile=told.quantile),
        wording.say_retention(found), wording.say_segment_tests(churn.segment_tests(at_risk, told.segments)),
        wording.say_reasons_for_leaving(reasons, now.spells), wording.say_erosion(churn.retention_curve(eroding)),
        wording.say_effects(effects, seen), wording.say_durations(durations, fits, seen),
        wording.say_foresight(judged), wording.say_at_risk(table, unit="€"),
        wording.say_alerts(alerts, unit="€"), wording.say_churn(table, unit="€"),
    ]  # fmt: skip
    for sheet in (wording.churn_sheet(table, unit="€"), wording.alerts_sheet(alerts, unit="€"),
                  wording.durations_sheet(durations)):  # fmt: skip
        assert sheet._repr_html_()
    return [str(part) for part in parts]


def test_the_page_of_the_carrier(world, files):
    said = page(files, world.customers)
    assert "We lose" in said[0] and "Tested on the past, the model is" in said[0]
    assert all("nan" not in text and "inf" not in text.split() for text in said), said


def test_a_shared_headline_names_nobody_and_no_margin_of_one_client(now, table, seen):
    yearly = churn.loss_rates(now.spells, **now.judged, months=12)
    expected, judged = churn.expected_losses(table, seen), Evaluation(*[pd.DataFrame()] * 3, ())
    named = table.assign(name="Somebody")
    asked = (yearly, expected, judged)
    assert "Somebody" in wording.churn_headline(named, *asked, unit="€").answer
    told = wording.churn_headline(named, *asked, unit="€", shared=True)
    assert "Somebody" not in str(told) and "we expect to lose" in told.answer
    one = named.assign(margin_at_risk_eur=named["margin_at_risk_eur"].where(named.index == named.index[0], 0.0))
    told = wording.churn_headline(one, *asked, unit="€", shared=True)
    assert "We lose" in told.answer and "we expect to lose" not in told.answer


def files_with(world, *, keep, until: date = LAST_DAY, **columns) -> tuple:
    """The files of some clients of the world only, columns of customers replaced."""
    customers = world.customers[keep(world)].assign(**columns)
    rows = world.deliveries[world.deliveries["customer_id"].isin(customers["customer_id"])]
    tables = tables_of(replace(world, deliveries=rows), until=until)
    return churn.client_files(tables, customers, Churn(), as_of=LAST_DAY), customers


def still_here(world):
    return ~(world.truth_customers["lost_on"] <= pd.Timestamp(LAST_DAY)).to_numpy()


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (
            lambda w: w.customers["customer_id"].eq(w.customers["customer_id"].iloc[3]),
            "Never are 30 clients of one age",
        ),
        (lambda w: np.arange(len(w.customers)) < 12, "Never are 30 clients of one age"),
    ],
    ids=["one client", "a dozen"],
)
def test_few_clients_get_a_page_that_says_so(world, keep, sentence):
    said = page(*files_with(world, keep=keep))
    assert any(sentence in text for text in said), said


def test_nobody_lost_and_everybody_lost_get_a_page_that_says_so(world):
    kept = page(*files_with(world, keep=still_here, contract_end_on=pd.Timestamp("2026-06-30")))
    assert any("can be judged 0 were lost" in text for text in kept), kept
    assert "Who will leave is not foreseen" in kept[0] or "Nobody" in kept[0]
    gone = page(*files_with(world, keep=lambda w: ~still_here(w), closed_on=pd.Timestamp("2025-12-30")))
    assert any("No margin at risk is foreseen" in text for text in gone), gone


def test_a_file_that_began_yesterday_cannot_bear_it(world):
    recent = world.deliveries[world.deliveries["ordered_on"] > pd.Timestamp("2025-10-31")]
    tables = tables_of(replace(world, deliveries=recent))
    customers = world.customers.drop(columns="opened_on")
    said = page(churn.client_files(tables, customers, Churn(), as_of=LAST_DAY), customers)
    assert any("may be older than the files" in text for text in said)
    assert any("could not be tested on the past" in text for text in said)


def test_clients_without_any_other_column_are_enough():
    """Ids, dates and revenue only, no headcount, no claims, no promised days, no prices."""
    rng = np.random.default_rng(2)
    owner = np.repeat(np.arange(150), rng.integers(1, 40, 150))
    start = rng.integers(0, 500, 150)
    gaps = rng.gamma(2, rng.uniform(4, 30, 150)[owner] / 2)
    ordered = (
        np.datetime64("2023-01-01") + (start[owner] + pd.Series(gaps).groupby(owner).cumsum()).astype(int).to_numpy()
    )
    rows = pd.DataFrame({"customer_id": owner.astype(str), "ordered_on": ordered, "delivered_on": ordered,
                         "revenue_eur": rng.uniform(10, 90, len(owner)).round(2)})  # fmt: skip
    rows = rows[rows["ordered_on"] <= pd.Timestamp(LAST_DAY)]
    nothing = pd.DataFrame({"customer_id": []})
    tables = {
        "deliveries": as_checked(rows, "deliveries"),
        "interactions": as_checked(nothing, "interactions"),
        "price_changes": as_checked(pd.DataFrame(index=[]), "price_changes"),
    }
    customers = pd.DataFrame({"customer_id": np.arange(150).astype(str)})
    history = monthly_history(tables, np.array(["1", "nobody"], dtype=object), as_of=LAST_DAY, claim_drivers=["claim"])
    assert history.facts["revenue_eur"][1].sum() == 0 and not history.rises.any()
    said = page(churn.client_files(tables, customers, Churn(), as_of=LAST_DAY), customers)
    assert "We lose" in said[0] and any("No segment has two values" in text for text in said)
