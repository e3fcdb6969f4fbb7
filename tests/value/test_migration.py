"""Two runs compared: identical runs give nothing, steps close, arrivals and departures, params told from clients."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.value.migration import ABSENT, STEPS, comparison
from workbench.value.restated import changes
from workbench.value.snapshot import Snapshot
from workbench.wording import comparison_headline
from workbench.wording.comparison import say_changes, say_since


def sales(**clients: list[tuple]) -> pd.DataFrame:
    """Rows (product, deliveries, revenue, purchases, work) of each client."""
    rows = [(name, product, "near", *sums) for name, bought in clients.items() for product, *sums in bought]
    columns = ["customer_id", "product", "delivery_zone", "n_deliveries", "revenue_eur", "direct_purchases_eur",
               "activity_cost_eur"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def snapshot(bought: pd.DataFrame, *, as_of: str = "2024-12-31", **further: object) -> Snapshot:
    names = bought["customer_id"].unique()
    told = {
        "as_of": pd.Timestamp(as_of),
        "sales": bought,
        "clients": pd.DataFrame({"customer_id": names, "account_cost_eur": 10.0}),
        "names": pd.DataFrame({"customer_id": names, "name": [f"Client {name}" for name in names]}),
        "value": None,
        "churn": None,
        "potential": None,
        "months": pd.DataFrame({"month": ["2024-11", "2024-12"], "practical_margin_eur": [100.0, 50.0]}),
        "intake": pd.DataFrame({"table": ["customers", "deliveries"], "sha256": ["a", "b"], "rows_read": [3, 9]}),
        "params": {"as_of": as_of, "study": "s", "economic": {"idle_key": "revenue", "draws": 100},
                   "sources": {"deliveries": {"files": ["x.csv"], "separator": ";"}}},
    } | further  # fmt: skip
    return Snapshot(**told)


BEFORE = sales(
    A=[("air", 10, 1000.0, 300.0, 200.0), ("road", 5, 300.0, 50.0, 100.0)],
    B=[("air", 10, 500.0, 300.0, 250.0)],
    C=[("road", 4, 200.0, 20.0, 30.0)],
)
AFTER = sales(
    A=[("air", 12, 1320.0, 360.0, 300.0), ("sea", 1, 90.0, 10.0, 10.0)],
    B=[("air", 10, 900.0, 300.0, 250.0)],
    D=[("road", 2, 80.0, 10.0, 100.0)],
)


def test_identical_runs_have_no_migration_and_say_so():
    one = snapshot(BEFORE)
    made, changed = comparison(one, snapshot(BEFORE)), changes(one, snapshot(BEFORE))
    assert made.moved.empty and (made.clients[[f"{step}_eur" for step in STEPS]] == 0).all(axis=None)
    assert made.clients["main_reason"].isna().all()
    assert changed.is_none and changed.same_day and changed.restated_eur == 0 and changed.params.empty
    assert comparison_headline(made, changed, unit="€").answer.startswith("Nothing has changed")


def test_the_steps_of_each_client_are_the_change_of_its_margin():
    made = comparison(snapshot(BEFORE), snapshot(AFTER, as_of="2025-12-31"))
    clients = made.clients.set_index("customer_id")
    steps = clients[[f"{step}_eur" for step in STEPS]]
    change = clients["margin_after_eur"] - clients["margin_before_eur"]
    assert steps.sum(axis=1).to_numpy() == pytest.approx(change.to_numpy(), abs=0.05)
    assert clients.loc["A", ["margin_before_eur", "margin_after_eur"]].tolist() == [640.0, 720.0]
    # A bought 13 where it had bought 15, at 650 of margin before the account: volume 650 (13/15 - 1).
    assert clients.loc["A", "volume_eur"] == pytest.approx(650 * (13 / 15 - 1), abs=0.01)
    # 12 flights for 110 instead of 100 each; the work of each from 20 to 25.
    assert clients.loc["A", ["price_eur", "activity_costs_eur"]].tolist() == pytest.approx([120.0, -60.0])
    assert clients.loc["B", "price_eur"] == 400.0 and clients.loc["B", "main_reason"] == "price"
    assert clients.loc["C", ["after", "main_reason"]].tolist() == [ABSENT, "departure"]
    assert clients.loc["D", ["before", "main_reason"]].tolist() == [ABSENT, "arrival"]
    assert clients.loc["D", "arrival_eur"] == -40.0
    bridge = made.bridge
    assert bridge["amount_eur"].iloc[:-1].sum() == pytest.approx(bridge["amount_eur"].iloc[-1], abs=0.05)


def test_without_segments_clients_are_sorted_by_margin_with_the_earlier_cut():
    made = comparison(snapshot(BEFORE), snapshot(AFTER, as_of="2025-12-31"))
    assert made.by == "economic_level" and made.cut_eur == np.median([640.0, 140.0])
    clients = made.clients.set_index("customer_id")
    assert clients["before"].to_dict() == {"A": "high margin", "B": "negative margin", "C": "low margin", "D": ABSENT}
    assert clients["after"].to_dict() == {"A": "high margin", "B": "low margin", "C": ABSENT, "D": "negative margin"}
    assert made.counts.loc["negative margin", "low margin"] == 1 and made.counts.to_numpy().sum() == 4


def test_with_segments_in_both_runs_they_are_compared():
    then = pd.DataFrame({"customer_id": ["A", "B", "C"], "segment": ["stars", "lean", "lean"]})
    now = pd.DataFrame({"customer_id": ["A", "B", "D"], "segment": ["stars", "stars", "lean"]})
    risk = pd.DataFrame({"customer_id": ["A", "B"], "p_loss_12m": [0.1, 0.2]})
    made = comparison(
        snapshot(BEFORE, value=then, churn=risk),
        snapshot(AFTER, as_of="2025-12-31", value=now, churn=risk.assign(p_loss_12m=0.3)),
    )
    assert made.by == "segment" and made.counts.index.tolist() == ["lean", "stars", ABSENT]
    clients = made.clients.set_index("customer_id")
    assert clients.loc["B", ["before", "after"]].tolist() == ["lean", "stars"]
    assert clients.loc["A", ["p_loss_before", "p_loss_after"]].tolist() == [0.1, 0.3]
    one_only = comparison(snapshot(BEFORE, value=then), snapshot(AFTER, as_of="2025-12-31"))
    assert one_only.by == "economic_level"


def test_an_account_with_work_or_credit_notes_only_is_neither_won_nor_gone_and_its_cost_counts():
    """E had a credit note in one year and visits in both, F visits only: the bridge holds what both cost."""
    credited = sales(E=[("air", 0, -50.0, 0.0, 0.0)])
    accounts = pd.DataFrame({"customer_id": ["A", "B", "C", "E", "F"], "account_cost_eur": [10.0, 10, 10, 10, 40]})
    then = snapshot(pd.concat([BEFORE, credited], ignore_index=True), clients=accounts)
    later = pd.DataFrame({"customer_id": ["A", "B", "D", "E", "F"], "account_cost_eur": [10.0, 10, 10, 30, 0]})
    made = comparison(then, snapshot(AFTER, as_of="2025-12-31", clients=later))
    clients = made.clients.set_index("customer_id")
    assert clients.loc["E", ["state", "before", "after"]].tolist() == ["neither", ABSENT, ABSENT]
    assert clients.loc["E", ["margin_before_eur", "margin_after_eur"]].tolist() == [-60.0, -30.0]
    assert clients.loc["E", ["price_eur", "account_costs_eur", "arrival_eur"]].tolist() == [50.0, -20.0, 0.0]
    assert clients.loc["F", ["account_costs_eur", "main_reason"]].tolist() == [40.0, "account_costs"]
    assert made.counts.to_numpy().sum() == len(made.here) == 4 and not made.moved["customer_id"].isin(["E", "F"]).any()
    change = (clients["margin_after_eur"] - clients["margin_before_eur"]).to_numpy()
    assert clients[[f"{step}_eur" for step in STEPS]].sum(axis=1).to_numpy() == pytest.approx(change, abs=0.05)
    assert made.bridge["amount_eur"].iloc[0] == pytest.approx(clients["margin_before_eur"].sum())


def test_levels_cut_elsewhere_are_said_first_and_are_no_client_s_doing():
    """Without value.reference each run cuts at its own medians: nobody need have moved to have another segment."""
    then = pd.DataFrame({"customer_id": ["A", "B", "C"], "segment": ["stars", "stars", "lean"]})
    now = pd.DataFrame({"customer_id": ["A", "B", "D"], "segment": ["stars", "lean", "lean"]})
    plane = {"satisfaction_centre": 60.0, "satisfaction_unit": 10.0, "loyalty_centre": 55.0, "loyalty_unit": 12.0}
    cuts = {"economic": [1200.0], "competitive": [0.02], "future": [9000.0]}
    one = snapshot(BEFORE, value=then, frozen={"cut_points": cuts, "plane": plane})
    others = {"cut_points": cuts | {"economic": [1350.0], "future": []}, "plane": plane | {"loyalty_centre": 58.0}}
    other = snapshot(AFTER, as_of="2025-12-31", value=now, frozen=others)
    made = comparison(one, other)
    assert made.cuts["component"].tolist() == ["economic", "competitive", "future"]
    answer = comparison_headline(made, changes(one, other), unit="€").answer
    assert answer.startswith(
        "The runs cut the levels at different points (economic value at 1,200\u202f€, now at 1,350"
    )
    assert "competitive value at 0.02, now at 0.02 (centred anew); future value at 9,000\u202f€, now at none)" in answer
    assert "The margin is the clients' doing" in answer and "It is the clients' doing" not in answer
    since = say_since(made, one, unit="€")
    assert since.text.startswith("The runs cut the levels at different points") and since.tone == "warning"
    frozen = comparison(one, replace(other, frozen=one.frozen))
    assert frozen.cuts.empty
    assert comparison_headline(frozen, changes(one, other), unit="€").answer.startswith("1 of 2 clients")
    assert comparison(replace(one, value=None), other).cuts.empty
    assert comparison(replace(one, frozen={}), other).cuts.empty


def test_a_client_without_a_segment_then_and_gone_now_is_neither_won_nor_gone():
    then = pd.DataFrame({"customer_id": ["A", "B"], "segment": ["stars", "lean"]})
    now = pd.DataFrame({"customer_id": ["A", "B", "D"], "segment": ["stars", "stars", "lean"]})
    one, other = snapshot(BEFORE, value=then), snapshot(AFTER, as_of="2025-12-31", value=now)
    made = comparison(one, other)
    assert made.clients.set_index("customer_id").loc["C", ["before", "after"]].tolist() == [ABSENT, ABSENT]
    assert made.counts.to_numpy().sum() == 3
    answer = comparison_headline(made, changes(one, other), unit="€").answer
    assert "1 of 2 clients" in answer and "1 were won and 0 are gone" in answer


def test_what_params_may_have_done_is_never_called_the_clients_doing():
    one = snapshot(BEFORE)
    params = {**one.params, "economic": {"idle_key": "unallocated", "draws": 100}}
    other = replace(snapshot(AFTER, as_of="2025-12-31"), params=params)
    changed = changes(one, other)
    assert changed.months_restated == 0
    answer = comparison_headline(comparison(one, other), changed, unit="€").answer
    assert "Params are others too" in answer and "the clients' doing:" not in answer


def test_months_restated_up_and_down_are_restated_though_the_sum_is_not():
    one = snapshot(BEFORE)
    months = pd.DataFrame({"month": ["2024-11", "2024-12"], "practical_margin_eur": [105.0, 45.0]})
    changed = changes(one, replace(one, months=months))
    assert (changed.months_restated, changed.restated_eur) == (2, 0.0)
    told = say_changes(changed, unit="€")
    assert told.tone == "warning" and "2 have another margin" in told.text


def test_cents_of_rounding_restate_nothing():
    """Cents are shared over all months, so a run with a month more has others of its earlier ones a cent off."""
    one = snapshot(BEFORE)
    months = pd.DataFrame({"month": ["2024-11", "2024-12"], "practical_margin_eur": [100.02, 50.0 - 0.47]})
    other = replace(snapshot(AFTER, as_of="2025-12-31"), months=months)
    changed = changes(one, other)
    assert (changed.months, changed.months_restated, changed.restated_eur) == (2, 0, 0.0)
    answer = comparison_headline(comparison(one, other), changed, unit="€").answer
    assert "It is the clients' doing" in answer
    assert "2 months that both runs have have the margin they had." in say_changes(changed, unit="€").text


def test_where_nobody_moved_nobody_is_made_responsible():
    params = {**snapshot(BEFORE).params, "economic": {"idle_key": "unallocated", "draws": 100}}
    one, other = snapshot(BEFORE), replace(snapshot(BEFORE), params=params)
    answer = comparison_headline(comparison(one, other), changes(one, other), unit="€").answer
    assert answer.startswith("No client has moved; a year's margin went from") and "doing" not in answer


def test_params_and_files_are_told_apart_from_clients():
    one = snapshot(BEFORE)
    params = {**one.params, "economic": {"idle_key": "unallocated", "draws": 100},
              "sources": {"deliveries": {"files": ["y.csv", "x.csv"], "separator": ";"}}}  # fmt: skip
    intake = pd.DataFrame({"table": ["customers", "deliveries", "deliveries", "market"],
                           "sha256": ["c", "b", "d", "m"], "rows_read": [4, 9, 9, 2]})  # fmt: skip
    months = pd.DataFrame({"month": ["2024-12", "2025-01"], "practical_margin_eur": [57.0, 90.0]})
    other = replace(one, as_of=pd.Timestamp("2025-12-31"), params=params, intake=intake, months=months)
    changed = changes(one, other)
    assert changed.params.to_dict("records") == [
        {"key": "economic.idle_key", "before": "revenue", "after": "unallocated"}
    ]
    assert "1 param differs: economic.idle_key." in say_changes(changed, unit="€").text
    two = replace(changed, params=pd.concat([changed.params, changed.params]))
    assert "2 params differ: economic.idle_key, economic.idle_key." in say_changes(two, unit="€").text
    assert dict(zip(changed.files["table"], changed.files["state"], strict=True)) == {
        "customers": "replaced", "deliveries": "grown", "market": "new",
    }  # fmt: skip
    assert (changed.months, changed.restated_eur, changed.same_day, changed.is_none) == (1, 7.0, False, False)
