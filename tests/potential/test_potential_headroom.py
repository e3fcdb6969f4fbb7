"""Headroom, share of wallet, saturation, margin rates, and the scored market: by hand."""

import re

import numpy as np
import pandas as pd
import pytest
from clientele import clientele

from workbench.figures import plot_headroom, plot_market, plot_potential_map, plot_room
from workbench.params import Potential
from workbench.potential import (
    calibration,
    headroom_by,
    likely_headroom,
    market_by,
    potential_by_customer,
    scored_market,
    shareable_headroom,
    shareable_map,
    size_rates,
    wallet,
)
from workbench.potential.headroom import margin_rates
from workbench.potential.shares import OwnWallets
from workbench.wording import (
    potential_headline,
    say_calibration,
    say_clients,
    say_headroom,
    say_hidden_map,
    say_likely,
    say_market,
    say_potential,
    unmapped_sheet,
)

TOLD = Potential(draws=50)
CONTRACT = [
    "customer_id", "size_class", "sector", "current_eur", "potential_eur", "potential_low_eur", "potential_high_eur",
    "headroom_eur", "wallet_share", "saturated", "calibrated",
]  # fmt: skip


def margins_of(clients: pd.DataFrame, rate: float = 0.2) -> pd.DataFrame:
    revenue = clients["current_eur"]
    return pd.DataFrame(
        {"customer_id": clients["customer_id"], "revenue_eur": revenue, "practical_margin_eur": rate * revenue}
    )


@pytest.fixture(scope="module")
def found() -> tuple[pd.DataFrame, pd.DataFrame]:
    clients, _ = clientele(300, 1)
    clients = clients.assign(active=True, name=None, group_id=None)
    clients.loc[:4, "active"] = False
    clients.loc[5, "current_eur"] = -40.0
    clients.loc[5, "in_reference"] = False
    return clients, potential_by_customer(clients, wallet(clients, TOLD, seed=1), margins_of(clients))


def test_the_table_has_the_columns_of_the_contract_and_a_row_per_account(found):
    clients, table = found
    assert set(CONTRACT) <= set(table.columns)
    assert sorted(table["customer_id"]) == clients["customer_id"].tolist()
    assert not table["calibrated"].any()


def test_headroom_share_and_saturation_follow_from_potential_and_spend(found):
    table = found[1]
    bought = table["current_eur"].clip(lower=0)
    assert np.allclose(table["headroom_eur"], (table["potential_eur"] - bought).clip(lower=0), atol=0.011)
    assert table["wallet_share"].between(0, 1).all()
    assert (table["saturated"].astype(bool) == (bought > table["potential_eur"])).all()
    assert table.loc[table["saturated"].astype(bool), "headroom_eur"].eq(0).all()
    assert table.loc[table["saturated"].astype(bool), "potential_eur"].lt(table["current_eur"]).any(), "not floored"
    assert table["saturated"].mean() == pytest.approx(0.2, abs=0.05)
    assert np.allclose(table["headroom_margin_eur"], 0.2 * table["headroom_eur"], atol=0.011)
    credited = table[table["current_eur"] < 0].iloc[0]
    assert credited["headroom_eur"] == credited["potential_eur"] and credited["wallet_share"] == 0


def test_margin_rates_are_drawn_towards_the_rate_of_the_size():
    spend = pd.DataFrame({"customer_id": list("abcd"), "size_class": ["SME", "SME", "SME", None]})
    margins = pd.DataFrame(
        {"customer_id": list("abd"), "revenue_eur": [100.0, 300.0, 50.0], "practical_margin_eur": [-50.0, 90.0, 5.0]}
    )
    assert size_rates(margins, spend).to_dict() == {"": 0.1, "SME": 0.1}
    rates = margin_rates(margins, spend)
    assert rates["a"] == pytest.approx((-50 + 0.1 * 200) / 300)
    assert rates["b"] == pytest.approx((90 + 0.1 * 200) / 500)
    assert rates["c"] == pytest.approx(0.1)


def test_sums_by_sector_are_those_of_active_clients(found):
    clients, table = found
    groups = headroom_by(table, "sector")
    active = table[table["active"]]
    assert groups["n_customers"].sum() == len(clients) - 5
    assert groups["headroom_eur"].sum() == pytest.approx(active["headroom_eur"].sum())
    assert groups["headroom_eur"].is_monotonic_decreasing
    one = active[active["sector"] == groups["sector"].iloc[0]]
    within = np.minimum(one["current_eur"].clip(lower=0), one["potential_eur"]).sum()
    assert groups["wallet_share"].iloc[0] == pytest.approx(within / one["potential_eur"].sum(), abs=1e-4)
    assert "Most headroom: S" in say_headroom(groups, "sector", {}, unit="€").text
    assert plot_headroom(groups, "sector", {}, unit="€").caption.count("n = ") == 1


def test_the_market_is_scored_like_clients_of_its_size_and_sector(found):
    clients, _ = found
    estimated = wallet(clients, TOLD, seed=1)
    market = pd.DataFrame(
        {"prospect_id": ["P1", None, None], "size_class": ["large", "SME", None], "sector": ["S01", "S02", "S02"],
         "n_companies": [None, 40, 0]}
    )  # fmt: skip
    table = scored_market(market, estimated, pd.Series({"SME": 0.1, "large": 0.3, "": 0.2})).set_index("n_companies")
    own = estimated.potential[-1]
    assert table.loc[1, "potential_eur"] == pytest.approx(own[3, estimated.sectors.index("S01")], abs=0.01)
    cell = own[1, estimated.sectors.index("S02")]
    assert table.loc[40, "total_potential_eur"] == pytest.approx(40 * cell, abs=0.01)
    assert table.loc[40, "total_margin_eur"] == pytest.approx(4 * cell, abs=0.01)
    assert table.loc[0, "total_potential_eur"] == 0
    unsized = scored_market(market.iloc[[2]].assign(n_companies=1), estimated, pd.Series({"": 0.2})).iloc[0]
    assert unsized["total_margin_eur"] == pytest.approx(0.2 * unsized["total_potential_eur"], abs=0.01)
    sums = market_by(table.reset_index(), "sector").set_index("sector")
    assert sums.loc["S02", "n_companies"] == 40
    assert plot_market(sums.reset_index(), {"S02": "Textiles"}, unit="€").alt.count("Textiles") == 1
    assert "41 companies that are not clients" in say_market(table.reset_index(), {}, unit="€").text


def test_without_an_estimate_everything_says_so_and_nothing_is_drawn():
    clients, _ = clientele(20, 2)
    clients = clients.assign(active=True, name=None)
    nothing = wallet(clients, TOLD, seed=1)
    table = potential_by_customer(clients, nothing, margins_of(clients))
    assert table[["potential_eur", "headroom_eur", "saturated"]].isna().all(axis=None)
    market = scored_market(
        pd.DataFrame(columns=["size_class", "sector"], dtype=object), nothing, pd.Series(dtype=float)
    )
    assert potential_headline(table, market, None, unit="€").answer == "No potential is estimated for this study."
    shares = OwnWallets(pd.DataFrame(columns=["customer_id"]), 0.1, False, 20, 0)
    for told in (
        say_calibration(calibration(nothing, shares, asked=True, seed=1)),
        say_likely(likely_headroom(nothing, shares, clients), table, unit="€"),
    ):
        assert told.text == "No potential is estimated for this study."
    assert say_clients(table, unit="€").tone == say_potential(table, unit="€").tone == "warning"
    assert plot_room(table, unit="€") is None and plot_potential_map(nothing.cells(), {}, unit="€") is None
    assert plot_headroom(headroom_by(table, "sector"), "sector", {}, unit="€") is None
    assert "no market table" in say_market(market, {}, unit="€").text
    assert "not part of this run" in say_potential(None, unit="€").text


def test_thin_cells_are_marked_on_the_map(found):
    cells = wallet(found[0], TOLD, seed=1).cells()
    picture = plot_potential_map(cells, {}, unit="€")
    thin = int((cells["n_clients"] < 3).sum())
    assert thin and picture.svg.count("*)") == thin
    assert f"{thin} cells with fewer than 3" in picture.caption


def test_a_cell_of_one_group_is_not_on_the_shared_map(found):
    clients = found[0]
    cells = wallet(clients, TOLD, seed=1).cells()
    first = shareable_map(cells, clients, edition="shared").iloc[0]
    within = clients["size_class"].eq(first["size_class"]) & clients["sector"].eq(first["sector"])
    grouped = clients.assign(group_id=pd.Series("G", clients.index).where(within))
    told = shareable_map(cells, grouped, edition="shared")
    assert not (told["size_class"].eq(first["size_class"]) & told["sector"].eq(first["sector"])).any()


def test_the_shared_map_holds_no_cell_that_betrays_a_client_nor_its_amount(found):
    clients = found[0]
    cells = wallet(clients, TOLD, seed=1).cells()
    assert shareable_map(cells, clients, edition="internal") is cells
    told = shareable_map(cells, clients, edition="shared")
    picture = plot_potential_map(told, {}, unit="€", shared=True)
    assert 0 < len(told) < len(cells) and (told["n_clients"] >= 3).all()
    assert told[["potential_low_eur", "potential_high_eur"]].isna().all(axis=None)
    assert np.allclose(told["potential_eur"], told["potential_eur"].map(lambda amount: float(f"{amount:.1e}")))
    everything = picture.svg + picture.alt + picture.caption
    merged = cells.merge(told[["size_class", "sector"]], on=["size_class", "sector"], how="left", indicator=True)
    hidden = merged[merged["_merge"] == "left_only"]
    drawn = [int(n) for n in re.findall(r"\((\d+)\)</text>", picture.svg)]
    assert sorted(drawn) == sorted(told["n_clients"]), "what is drawn is what is shown, and nothing else"
    assert set(hidden["sector"]) - set(told["sector"])
    for sector in set(hidden["sector"]) - set(told["sector"]):
        assert sector not in everything
    assert "*" not in picture.caption and "too few to be shown" in picture.caption
    none = shareable_map(cells, clients.assign(group_id="G"), edition="shared")
    assert plot_potential_map(none, {}, unit="€") is None
    assert "enough comparable clients" in say_hidden_map(none, shared=True).text
    assert say_hidden_map(told, shared=True) is say_hidden_map(cells, shared=False) is None


def few_sizes(n_large: int) -> pd.DataFrame:
    """Five small clients, `n_large` large ones and two of unknown size, of whom each has room."""
    sizes = ["SME"] * 5 + ["large"] * n_large + [None] * 2
    bought = np.array([100.0, 120.0, 140.0, 160.0, 180.0, *[1234.0] * n_large, 55.0, 65.0])
    return pd.DataFrame(
        {
            "customer_id": [f"c{place}" for place in range(len(sizes))], "group_id": None, "size_class": sizes,
            "active": True, "current_eur": bought, "potential_eur": 2 * bought, "headroom_eur": bought,
            "headroom_margin_eur": bought / 10, "likely_headroom_eur": np.nan, "saturated": False, "calibrated": False,
        }
    )  # fmt: skip


def test_shared_headroom_puts_thin_sizes_together_and_rounds_the_amounts():
    clients = few_sizes(2)
    groups = headroom_by(clients, "size_class")
    assert shareable_headroom(groups, clients, "size_class", edition="internal") is groups
    told = shareable_headroom(groups, clients, "size_class", edition="shared")
    assert told["size_class"].tolist() == ["SME", "others (2 together)"]
    assert told["n_customers"].tolist() == [5, 4]
    assert told["headroom_eur"].tolist() == [700.0, 2600.0] and told["wallet_share"].tolist() == [0.5, 0.5]
    assert "headroom_margin_eur" not in told
    picture = plot_headroom(told, "size_class", {}, unit="€", shared=True)
    assert "Others (2 together)" in picture.svg and "two digits" in picture.caption


def test_a_thin_size_takes_another_with_it_and_nothing_is_shown_of_too_few():
    clients = few_sizes(3)
    known = clients[clients["size_class"].notna()]
    told = shareable_headroom(headroom_by(known, "size_class"), known, "size_class", edition="shared")
    assert told["size_class"].tolist() == ["large", "SME"]
    told = shareable_headroom(headroom_by(clients, "size_class"), clients, "size_class", edition="shared")
    assert told["size_class"].tolist() == ["large", "others (2 together)"]  # two of unknown size do not hide each other
    one_group = clients.assign(group_id="G")
    told = shareable_headroom(headroom_by(one_group, "size_class"), one_group, "size_class", edition="shared")
    assert told.empty and plot_headroom(told, "size_class", {}, unit="€", shared=True) is None


def test_a_shared_headline_of_one_group_is_not_given(found):
    table = found[1]
    none = pd.DataFrame({"total_potential_eur": [], "n_companies": []})
    told = potential_headline(table, none, None, unit="€", shared=True)
    assert told == potential_headline(table, none, None, unit="€")
    assert potential_headline(table.assign(group_id="G"), none, None, unit="€", shared=True) is None


def test_no_table_of_codes_where_each_has_a_sector():
    unmapped = pd.DataFrame({"naf_code": ["99.99Z"], "n_customers": [1], "revenue_eur": [10.0]})
    assert "99.99Z" in unmapped_sheet(unmapped, unit="€")._repr_html_()
    assert unmapped_sheet(unmapped.head(0), unit="€") is None
