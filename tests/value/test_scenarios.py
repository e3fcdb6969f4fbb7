"""Scenarios over their draws: table, tornado, frontier, exposed clients, and what a shared report may show."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from tests.value.priced import base, tariffing
from workbench import value, wording
from workbench.params import Scenario, Scope, Tariffs
from workbench.value.scenarios import SCENARIO, cost_spread

RISE = Scenario(scenario="all up", change_share=0.05)
AIR = Scenario(scenario="air up", change_share=0.05, scope=Scope(products=["air"]))
NOTHING = Scenario(scenario="as it is", change_share=0.0)


def test_the_table_has_a_row_for_each_scenario_and_horizon_and_its_parts_fit():
    table = value.tariff_scenarios(tariffing(RISE, AIR), seed=1)
    assert list(table.columns) == SCENARIO
    assert list(zip(table["scenario"], table["horizon_months"], strict=True)) == [
        ("all up", 12), ("all up", 36), ("air up", 12), ("air up", 36),
    ]  # fmt: skip
    assert table["margin_after_eur"].to_numpy() == pytest.approx(
        (table["margin_before_eur"] + table["difference_eur"]).to_numpy(), abs=0.011
    )
    assert (table["difference_low_eur"] < table["difference_eur"]).all()
    assert (table["difference_eur"] < table["difference_high_eur"]).all()
    assert table["scope"].tolist() == ["", "", "products: air", "products: air"]
    assert (table["elasticity_origin"] == "hypothesis").all() and (table["n_clients"] == 3).all()
    short = table[table["horizon_months"] == 12]
    assert short["break_even_volume_loss"].to_numpy() == pytest.approx([0.05 / (0.05 + 100 / 150), 0.05 / 0.65])


def test_no_change_is_0_in_every_draw_and_the_same_seed_gives_the_same_table():
    row = value.tariff_scenarios(tariffing(NOTHING), seed=1).iloc[0]
    nothing = ["difference_eur", "difference_low_eur", "difference_high_eur", "lost_clients", "volume_loss", "p_gain"]
    assert (row[nothing] == 0).all()
    one, again, other = (value.tariff_scenarios(tariffing(RISE), seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not one["difference_low_eur"].equals(other["difference_low_eur"])


def test_the_interval_is_that_of_the_elasticity_where_nothing_else_is_unsure():
    """Nobody leaves: the change is a known function of ε alone, so its ends are those of ε's 90 %."""
    made = tariffing(RISE, volume=-1.0, loss=0.0, draws=4000, horizons_months=[12])
    made = value.Tariffing(
        made.base.__class__(made.base.clients, made.base.cells, type(made.base.stay)(np.zeros((1, 1)), 0.0, "params")),
        made.volume, made.loss, made.told, 0.0,
    )  # fmt: skip
    row = value.tariff_scenarios(made, seed=3).iloc[0]

    def change(elasticity: float) -> float:
        return 3 * 12 * (1.05**elasticity * (150 * 1.05 - 50) - 100)

    reach = 1.6448536 * 0.2
    ends = [change(-1.0 - reach), change(-1.0 + reach)]
    assert row["difference_eur"] == pytest.approx(change(-1.0), abs=0.01)
    assert [row["difference_low_eur"], row["difference_high_eur"]] == pytest.approx(ends, rel=0.06, abs=2.0)


def test_the_tornado_names_what_is_unsure_the_widest_first():
    table = value.tornado(tariffing(RISE), RISE, months=36, seed=1)
    assert set(table["factor"]) == {"volume_elasticity", "loss_elasticity", "hazard", "activity_cost"}
    width = (table["high_eur"] - table["low_eur"]).abs()
    assert width.is_monotonic_decreasing and (width > 0).all()
    central = value.tariff_scenarios(tariffing(RISE), seed=1).iloc[1]["difference_eur"]
    assert table["central_eur"].to_numpy() == pytest.approx(np.full(4, central), abs=0.01)
    more_elastic = table.set_index("factor").loc["volume_elasticity"]
    assert more_elastic["low_eur"] < more_elastic["high_eur"]


def test_along_the_frontier_more_clients_are_lost_as_the_price_rises():
    table = value.frontier(tariffing(RISE), RISE, months=36, seed=1)
    assert table["lost_clients"].is_monotonic_increasing
    still = table[table["change_share"] == 0].iloc[0]
    assert still["difference_eur"] == 0 and still["lost_clients"] == 0


def test_the_clients_most_exposed_add_up_to_the_scenario():
    made = tariffing(RISE, AIR)
    clients, table = value.exposed_clients(made), value.tariff_scenarios(made, seed=1)
    longest = table[table["horizon_months"] == 36].set_index("scenario")
    sums = clients.groupby("scenario")[["difference_eur", "p_lost_more"]].sum()
    assert sums["difference_eur"].to_dict() == pytest.approx(longest["difference_eur"].to_dict(), abs=0.05)
    assert sums["p_lost_more"].to_dict() == pytest.approx(longest["lost_clients"].to_dict())
    air = clients[clients["scenario"] == "air up"]
    assert air["price_change_share"].to_numpy() == pytest.approx(np.full(3, 0.05 * 100 / 150))


def test_a_price_that_is_tried_gives_the_row_the_params_would():
    asked = value.tried(tariffing(RISE), AIR, seed=1)
    pd.testing.assert_frame_equal(asked, value.tariff_scenarios(tariffing(AIR), seed=1))


def test_a_study_without_scenarios_has_an_empty_table():
    made = tariffing()
    assert value.tariff_scenarios(made, seed=1).empty and value.exposed_clients(made).empty
    assert value.first_scenario(made.told).change_share == 0.01


def test_a_shared_report_shows_no_scenario_of_few_clients():
    few = Scenario(scenario="two", change_share=0.05, scope=Scope(sizes=["SME", "mid-size"]))
    named = Scenario(scenario="named", change_share=0.05, scope=Scope(customers=["C0", "C1", "C2"]))
    table = value.tariff_scenarios(tariffing(RISE, few, named), seed=1)
    assert set(value.shareable_scenarios(table, edition="shared")["scenario"]) == {"all up"}
    assert len(value.shareable_scenarios(table, edition="internal")) == len(table)
    made = tariffing(RISE)
    of_one_group = replace(made, base=replace(made.base, clients=made.base.clients.assign(client=["C0", "G", "G"])))
    table = value.tariff_scenarios(of_one_group, seed=1)
    assert table["n_clients"].eq(3).all() and value.shareable_scenarios(table, edition="shared").empty


def _twelve(*scenarios: Scenario) -> value.Tariffing:
    """Twelve clients of unlike size: five microenterprises, three of SME, two mid-size, two large."""
    made = tariffing(*scenarios, horizons_months=[12])
    whole = base(clients=12)
    sizes = ["microenterprise"] * 5 + ["SME"] * 3 + ["mid-size"] * 2 + ["large"] * 2
    cells = whole.cells.assign(revenue_eur=whole.cells["revenue_eur"] * (1 + 0.13 * whole.cells["client"]))
    return replace(made, base=replace(whole, clients=whole.clients.assign(size_class=sizes), cells=cells))


def _told_by_subtraction(shown: pd.DataFrame, each: pd.Series) -> list[tuple]:
    """Sums and differences of published changes of margin that are those of one client, or of two."""
    few = {names: sum(each[name] for name in names) for n in (1, 2) for names in combinations(each.index, n)}
    totals = shown["difference_eur"].to_numpy()
    found = []
    for signs in product((-1, 0, 1), repeat=len(totals)):
        left = float(np.dot(signs, totals))
        found += [(signs, names) for names, amount in few.items() if abs(left - amount) < 0.02]
    return found


@pytest.mark.parametrize(
    ("scopes", "kept"),
    [
        # All but the two large ones: the rest is theirs.
        ([None, ["microenterprise", "SME", "mid-size"]], {"s0"}),
        # No two differ by few, but all three together leave the four of the other sizes in one step, two in the next.
        ([None, ["microenterprise"], ["SME"]], {"s0", "s1", "s2"}),
        ([None, ["microenterprise"], ["SME", "mid-size"]], {"s0", "s2"}),
        ([["microenterprise", "SME"], ["microenterprise", "mid-size", "SME"]], {"s1"}),
    ],
)
def test_no_published_change_less_others_is_that_of_one_client_or_two(scopes, kept):
    scenarios = [
        Scenario(scenario=f"s{n}", change_share=0.05, scope=Scope(sizes=sizes) if sizes else Scope())
        for n, sizes in enumerate(scopes)
    ]
    made = _twelve(*scenarios)
    table = value.tariff_scenarios(made, seed=1)
    each = value.exposed_clients(_twelve(RISE)).set_index("customer_id")["difference_eur"]
    shown = value.shareable_scenarios(table, edition="shared")
    assert set(shown["scenario"]) == kept
    assert _told_by_subtraction(shown, each) == []
    if len(kept) < len(scopes):
        assert _told_by_subtraction(table, each)  # what is withheld would have told it
    told = wording.say_withheld(shown, made.told)
    assert (told is None) == (len(kept) == len(scopes))
    assert told is None or "1 change of prices is left out of this edition" in told.text


def test_scenarios_that_are_all_hidden_are_not_said_to_be_untold():
    """The shared edition shows none of them: that is not to have told none in the params."""
    made = _twelve(Scenario(scenario="one client", change_share=0.02, scope=Scope(customers=["C0"])))
    shown = value.shareable_scenarios(value.tariff_scenarios(made, seed=1), edition="shared")
    assert shown.empty
    sentences = [
        wording.tariff_headline(shown, made.told, unit="€").answer,
        wording.say_tariffs(shown, made.told, unit="€").text,
        wording.say_break_even(shown, made.told).text,
    ]
    assert all(text.startswith("No change of prices that was tried can be shown") for text in sentences)
    assert wording.say_withheld(shown, made.told) is None
    untold = wording.tariff_headline(shown, Tariffs(scenarios=[]), unit="€").answer
    assert untold == "No change of prices is told in the params, so none is tried."


def test_two_prices_for_one_scope_tell_no_more_than_one():
    steeper = Scenario(scenario="all up more", change_share=0.09)
    shown = value.shareable_scenarios(value.tariff_scenarios(_twelve(RISE, steeper), seed=1), edition="shared")
    assert set(shown["scenario"]) == {"all up", "all up more"}


def test_costs_are_as_unsure_as_their_activities_together():
    from workbench.params import Activity

    def activity(name: str, variation: float) -> Activity:
        told = {"activity": name, "pool": "p", "level": "delivery", "equation": [{"minutes": 1}]}
        return Activity.model_validate(told | {"coefficient_of_variation": variation})

    costs = pd.DataFrame({"activity": ["a", "b", "a"], "used_eur": [20.0, 40.0, 10.0]})
    spread = cost_spread(costs, [activity("a", 0.3), activity("b", 0.1)])
    assert np.expm1(spread**2) ** 0.5 == pytest.approx(np.hypot(30 * 0.3, 40 * 0.1) / 70)
    assert cost_spread(costs.iloc[:0], []) == 0.0
