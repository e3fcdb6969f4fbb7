"""The simulated world: truth closes with the books, parts are independent, economics are a carrier's."""

import numpy as np
import pandas as pd
import pytest

from workbench.carrier import clients, names, simulated_world, work
from workbench.carrier.work import ACTIVITIES, stated_activities
from workbench.errors import ParamsError


@pytest.fixture(scope="module")
def world():
    return simulated_world(customers=80, months=12, seed=3)


@pytest.fixture(scope="module")
def demonstration():
    return simulated_world()


def cents(amounts) -> int:
    return int(np.rint(np.asarray(amounts, dtype=float) * 100).sum())


def month(days) -> pd.Series:
    return days.dt.to_period("M")


def true_lines(world) -> pd.DataFrame:
    return world.deliveries[world.deliveries["credited_document_id"].isna()]


def test_full_margins_and_unallocated_lines_close_with_the_ledger(world):
    booked = {kind: cents(rows["amount_eur"]) for kind, rows in world.ledger.groupby("kind")}
    result = booked["revenue"] - booked["direct_purchases"] - booked["pool"] - booked["sustaining"]
    settlements = cents(world.ledger.loc[world.ledger["account"] == "708500 fuel settlements", "amount_eur"])
    used = world.truth_activities.groupby(["month", "pool"]).agg(minutes=("minutes", "sum"), eur=("pool_eur", "first"))
    without_use = cents(used.loc[used["minutes"] == 0, "eur"])
    allocated = round(world.truth_customers["full_margin_eur"].sum() * 100)
    assert settlements != 0
    assert allocated == result - settlements + without_use


def test_practical_margins_are_the_ledger_less_idle_capacity_and_sustaining(world):
    activities = world.truth_activities
    rate = activities["pool_eur"] / activities["capacity_minutes"]
    lines = world.deliveries["revenue_eur"].sum() - world.deliveries["direct_purchases_eur"].sum()
    expected = lines - (rate * activities["minutes"]).sum()
    assert world.truth_customers["practical_margin_eur"].sum() == pytest.approx(expected, abs=0.01)


def test_each_practical_margin_comes_out_of_the_equations_one_object_at_a_time(world):
    rates = {
        (row.pool, row.month): row.pool_eur / row.capacity_minutes
        for row in world.truth_activities.itertuples(index=False)
    }
    deliveries, orders, active = [], {}, {}
    for row in true_lines(world).to_dict("records"):
        at = row["delivered_on"].replace(day=1)
        deliveries.append((row["customer_id"], at, row))
        order = orders.setdefault(row["order_id"], (row["customer_id"], at, {"parcels": 0}))
        order[2]["parcels"] += row["parcels"]
        active.setdefault((row["customer_id"], at), (row["customer_id"], at, {}))
    for row in world.interactions.to_dict("records"):
        key = (row["customer_id"], row["month"])
        active.setdefault(key, (*key, {}))[2][row["driver"]] = row["quantity"]
    objects = {"delivery": deliveries, "order": orders.values(), "customer": active.values()}

    margin = (world.deliveries["revenue_eur"] - world.deliveries["direct_purchases_eur"]).groupby(
        world.deliveries["customer_id"]
    )
    expected = margin.sum().to_dict()
    for activity in ACTIVITIES:
        for customer, at, facts in objects[activity.level]:
            minutes = sum(
                term.minutes * (facts.get(term.per, 0) if term.per else 1)
                for term in activity.equation
                if all(facts[column] in values for column, values in term.when.items())
            )
            expected[customer] -= minutes * rates[activity.pool, at]
    got = world.truth_customers.set_index("customer_id")["practical_margin_eur"]
    assert got.to_dict() == pytest.approx(expected, abs=1e-6)


def test_an_order_is_delivered_in_its_own_month_and_never_before_it_was_placed(world):
    lines = true_lines(world)
    assert (month(lines["ordered_on"]) == month(lines["delivered_on"])).all()
    assert (lines["ordered_on"] <= lines["delivered_on"]).all()
    assert (lines["delivered_on"] <= lines["recorded_on"]).all()
    per_order = lines.groupby("order_id").agg(
        n=("delivery_id", "size"), customers=("customer_id", "nunique"), days=("ordered_on", "nunique")
    )
    assert per_order["n"].between(1, 4).all() and set(per_order["n"]) == {1, 2, 3, 4}
    assert (per_order[["customers", "days"]] == 1).all(axis=None)


def test_every_account_orders_in_the_window_and_none_after_its_loss(world):
    lines = true_lines(world)
    last = lines.groupby("customer_id")["ordered_on"].max()
    truth = world.truth_customers.set_index("customer_id")
    assert len(truth) == 80 and truth.index.is_unique
    assert (truth["last_order_on"] == last.reindex(truth.index)).all()
    lost = truth["lost_on"].notna()
    assert 0 < lost.sum() < len(truth)
    assert (truth.loc[lost, "last_order_on"] <= truth.loc[lost, "lost_on"]).all()
    groups = world.customers.set_index("customer_id")["group_id"]
    assert (truth.loc[lost, "lost_on"].groupby(groups).nunique() == 1).all()
    assert lost.groupby(groups).nunique().max() == 1
    closed = world.customers.dropna(subset="closed_on").set_index("customer_id")
    assert (closed["closed_on"] > truth.loc[closed.index, "lost_on"]).all()


def test_credit_notes_credit_a_document_of_the_same_customer_and_carry_no_work(world):
    notes = world.deliveries.dropna(subset="credited_document_id")
    invoices = (
        true_lines(world)
        .groupby("document_id")
        .agg(
            customer_id=("customer_id", "first"),
            delivered_on=("delivered_on", "min"),
            revenue_eur=("revenue_eur", "sum"),
        )
    )
    matched = invoices.loc[notes["credited_document_id"]]
    assert len(notes) > 20
    assert (matched["customer_id"].to_numpy() == notes["customer_id"].to_numpy()).all()
    assert (matched["delivered_on"].to_numpy() < notes["delivered_on"].to_numpy()).all()
    assert ((notes["revenue_eur"] < 0) & (-notes["revenue_eur"].to_numpy() <= matched["revenue_eur"].to_numpy())).all()
    assert notes[["parcels", "weight_kg", "customs_lines", "distance_km"]].isna().all(axis=None)


def test_the_same_seed_gives_the_same_world_and_another_seed_another(world):
    again = simulated_world(customers=80, months=12, seed=3)
    other = simulated_world(customers=80, months=12, seed=4)
    pd.testing.assert_frame_equal(world.deliveries, again.deliveries)
    pd.testing.assert_frame_equal(world.truth_customers, again.truth_customers)
    assert not world.truth_customers.equals(other.truth_customers)


@pytest.mark.parametrize(
    ("module", "part", "changed", "unchanged"),
    [
        (names, "names", "customers", "deliveries"),
        (clients, "closures", "customers", "truth_customers"),
        (clients, "contracts", "customers", "truth_hazard"),
        (work, "acts: claim", "interactions", "deliveries"),
        (work, "timesheets of sorting", "timesheets", "truth_activities"),
        (work, "capacity of hub", "capacity", "timesheets"),
    ],
)
def test_a_new_draw_of_one_part_leaves_the_others_as_they_were(world, monkeypatch, module, part, changed, unchanged):
    drawn = module.stream
    monkeypatch.setattr(module, "stream", lambda seed, name: drawn(seed + 1000 * (name == part), name))
    other = simulated_world(customers=80, months=12, seed=3)
    assert not getattr(world, changed).equals(getattr(other, changed))
    pd.testing.assert_frame_equal(getattr(world, unchanged), getattr(other, unchanged))


def test_the_economics_look_like_a_carriers(demonstration):
    truth, ledger = demonstration.truth_customers, demonstration.ledger
    revenue = ledger.loc[ledger["kind"] == "revenue", "amount_eur"].sum()
    full = np.sort(truth["full_margin_eur"])[::-1]
    assert 80_000 <= len(demonstration.deliveries) <= 120_000
    assert 0.05 <= full.sum() / revenue <= 0.09
    assert 0.20 <= (full < 0).mean() <= 0.35
    assert 1.2 <= full.cumsum().max() / full.sum() <= 1.8
    assert demonstration.deliveries["booked_margin_eur"].sum() > 2 * full.sum()
    assert 200 < demonstration.customers["group_id"].nunique() < 400


def test_clients_buy_a_share_of_their_wallet(demonstration):
    truth = demonstration.truth_customers.set_index("customer_id")
    opened_on = demonstration.customers.set_index("customer_id")["opened_on"]
    whole = (opened_on < pd.Timestamp("2022-01-01")) & ~(truth["lost_on"] <= pd.Timestamp("2025-12-31"))
    spend = demonstration.deliveries.groupby("customer_id")["revenue_eur"].sum()[whole[whole].index] / 4
    share = spend / truth["wallet_eur"][spend.index]
    assert len(share) > 50
    assert share.median() == pytest.approx(0.58, abs=0.08) and (share > 1).mean() < 0.08
    assert spend.corr(truth["wallet_eur"][spend.index], method="spearman") > 0.7


def test_most_pools_have_some_idle_capacity_and_december_is_overdriven(demonstration):
    pools = demonstration.truth_activities.groupby(["pool", "month"], as_index=False).agg(
        minutes=("minutes", "sum"), capacity_minutes=("capacity_minutes", "first")
    )
    idle = 1 - pools["minutes"] / pools["capacity_minutes"]
    assert idle.between(0.08, 0.20).mean() > 0.75
    overdriven = pools[idle < 0]
    assert set(overdriven["pool"]) == {"hub", "pick-up and delivery"}
    assert set(overdriven["month"].dt.month) == {12}
    stated = demonstration.capacity.assign(practical=lambda rows: rows["paid_minutes"] - rows["absence_minutes"]).merge(
        pools, on=["pool", "month"]
    )
    assert np.allclose(stated["practical"], stated["capacity_minutes"], atol=0.05)


def test_stated_minutes_are_the_truth_times_one_draw_per_activity_with_the_stated_variation():
    factors = []
    for seed in range(300):
        for true, stated in zip(ACTIVITIES, stated_activities(seed), strict=True):
            ratios = [said.minutes / was.minutes for said, was in zip(stated.equation, true.equation, strict=True)]
            assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=2e-3)
            factors.append(np.log(ratios[0]) / np.sqrt(np.log1p(true.coefficient_of_variation**2)))
    assert np.mean(factors) == pytest.approx(0, abs=4 / np.sqrt(len(factors)))
    assert np.std(factors) == pytest.approx(1, abs=4 / np.sqrt(2 * len(factors)))


def test_timesheets_follow_the_true_equations(world):
    for activity in ACTIVITIES:
        sheets = world.timesheets[world.timesheets["activity"] == activity.activity]
        counted = {term.counted(activity.level): term.minutes for term in activity.equation}
        expected = sum(minutes * sheets[count] for count, minutes in counted.items())
        noise = np.log(sheets["minutes"] / expected)
        assert len(sheets) == work.OBSERVATIONS_PER_ACTIVITY
        assert noise.mean() == pytest.approx(0, abs=0.07) and 0.06 < noise.std() < 0.15
        others = set(sheets.columns) - {"activity", "minutes", *counted}
        assert sheets[sorted(others)].isna().all(axis=None)


def test_the_market_is_of_its_own_stream_and_written_as_such_files_are(world):
    market = simulated_world(customers=20, months=3, seed=3).market
    pd.testing.assert_frame_equal(market, world.market)  # the market does not hang on the clients
    named = market["prospect_id"].notna()
    assert market.loc[named, "prospect_id"].is_unique and market.loc[named, "headcount"].notna().all()
    assert market.loc[~named, ["headcount_band", "n_companies"]].notna().all(axis=None)
    assert market.loc[~named, "n_companies"].ge(1).all()
    assert not market["naf_code"].str.fullmatch(r"\d\d\.\d\d[A-Z]").all()


@pytest.mark.parametrize("asked", [{"customers": 5}, {"months": 1}, {"seed": -1}])
def test_a_world_too_small_is_refused_by_name(asked):
    ((name, value),) = asked.items()
    with pytest.raises(ParamsError, match=rf"{name} must be at least \d+ .*got {value}"):
        simulated_world(**asked)
