"""Likely headroom: what is left of single wallets, by the answers of others and by an account's own."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from clientele import clientele

from workbench.figures import plot_room
from workbench.params import Potential
from workbench.potential import calibration, likely_headroom, own_wallets, potential_by_customer, wallet
from workbench.wording import clients_sheet, potential_headline, say_likely

TOLD, AS_OF = Potential(draws=50), date(2025, 12, 31)
ERROR = 0.05


@pytest.fixture(scope="module")
def known():
    """Clients whose share of purchases has nothing to do with their wallet; half of them tell it, with an error."""
    clients, _ = clientele(1500, 31, noise=0.6)
    rng = np.random.default_rng(331)
    share = rng.beta(4, 3, len(clients)).clip(0.08, 0.97)
    wallets = clients["current_eur"].to_numpy()
    spend = clients.assign(current_eur=wallets * share, active=True, exposure_months=12.0, group_id=None, name=None)
    answers = np.repeat(np.flatnonzero(rng.random(len(clients)) < 0.5), 2)
    survey = pd.DataFrame(
        {
            "customer_id": clients["customer_id"].to_numpy()[answers],
            "supplier": "us",
            "purchases_share": (share[answers] + rng.normal(0, ERROR, len(answers))).clip(0, 1),
            "answered_on": pd.Timestamp("2025-11-01"),
        }
    )
    left = pd.Series(wallets * (1 - share), index=clients["customer_id"].to_numpy())
    return spend, survey, wallet(spend, TOLD, seed=1), left


def estimated(spend, survey, wallets):
    shares = own_wallets(survey, spend, TOLD, our_name="us", as_of=AS_OF)
    found = calibration(wallets, shares, asked=True, seed=1).wallet
    return found, likely_headroom(found, shares, spend)


def borne_out(said: pd.Series, left: pd.Series) -> float:
    most = said.nlargest(len(said) // 10)
    return left[most.index].sum() / most.sum()


def test_what_is_left_is_told_far_better_than_by_headroom(known):
    spend, survey, wallets, left = known
    calibrated, likely = estimated(spend, survey, wallets)
    potential = pd.Series(calibrated.of(spend)["potential_eur"].to_numpy(), index=left.index)
    headroom = (potential - spend.set_index("customer_id")["current_eur"]).clip(lower=0)
    assert likely.headroom.index.equals(left.index)
    assert likely.headroom.sum() / left.sum() == pytest.approx(1, abs=0.06)
    assert borne_out(headroom, left) < 0.7 < 0.85 < borne_out(likely.headroom, left) < 1.15
    told = left.index.isin(survey["customer_id"])
    for answered, least in ((told, 0.85), (~told, 0.45)):
        rank = likely.headroom[answered].corr(left[answered], method="spearman")
        assert rank > least > headroom[answered].corr(left[answered], method="spearman")
    # What the page says of accounts left out is what is true of those that did not answer.
    silent = likely.headroom[~told].corr(left[~told], method="spearman")
    assert likely.rank_after == pytest.approx(silent, abs=0.06)
    assert likely.rank_before < likely.rank_after and likely.borne_out_before < likely.borne_out_after
    assert likely.borne_out_after == pytest.approx(1, abs=0.15)


def test_an_account_has_no_part_in_the_fit_that_it_is_scored_by(known):
    spend, survey, wallets, _ = known
    shares = own_wallets(survey, spend, TOLD, our_name="us", as_of=AS_OF)
    calibrated = calibration(wallets, shares, asked=True, seed=1).wallet
    before = likely_headroom(calibrated, shares, spend).headroom
    own = before.index.map(calibrated.fold) == 2
    accounts = shares.accounts.copy()
    accounts.loc[accounts["customer_id"].isin(before.index[own]), "wallet_eur"] *= 2
    after = likely_headroom(calibrated, replace(shares, accounts=accounts), spend).headroom
    silent = ~before.index.isin(survey["customer_id"])
    assert np.allclose(after[silent & own], before[silent & own])
    assert (after[silent & ~own] > 1.02 * before[silent & ~own]).all()


def test_an_answer_known_without_error_is_taken_as_it_is(known):
    spend, survey, wallets, _ = known
    shares = own_wallets(survey, spend, TOLD, our_name="us", as_of=AS_OF)
    calibrated = calibration(wallets, shares, asked=True, seed=1).wallet
    sure = likely_headroom(calibrated, replace(shares, error_share=1e-6), spend)
    own = shares.accounts.set_index("customer_id")
    said = (own["wallet_eur"] - own["current_eur"]).clip(lower=0)
    assert np.allclose(sure.headroom[said.index], said, rtol=1e-3, atol=0.1) and sure.own_share > 0.999
    unsure = likely_headroom(calibrated, replace(shares, error_share=10.0), spend)
    assert unsure.own_share < 0.01


def test_without_calibration_it_is_not_known_and_everything_says_so(known):
    spend, survey, wallets, _ = known
    shares = own_wallets(survey, spend, TOLD, our_name="us", as_of=AS_OF)
    likely = likely_headroom(wallets, shares, spend)
    margins = pd.DataFrame({"customer_id": spend["customer_id"], "revenue_eur": 100.0, "practical_margin_eur": 20.0})
    table = potential_by_customer(spend, wallets, margins, likely=likely.headroom)
    assert not likely.is_known and table["likely_headroom_eur"].isna().all()
    assert "is not known here" in say_likely(likely, table, unit="€").text
    assert "likely_headroom_eur" not in clients_sheet(table, {}, unit="€").table
    assert "largest headroom" in plot_room(table, unit="€").caption


def test_clients_without_spend_or_of_late_have_none_and_the_page_ranks_by_it(known):
    spend, survey, wallets, _ = known
    spend = spend.copy()
    spend.loc[0, "current_eur"], spend.loc[1, "exposure_months"], spend.loc[2, "active"] = -5.0, 2.0, False
    calibrated, likely = estimated(spend, survey, wallets)
    assert not set(spend["customer_id"].iloc[:3]) & set(likely.headroom.index)
    margins = pd.DataFrame({"customer_id": spend["customer_id"], "revenue_eur": 100.0, "practical_margin_eur": 20.0})
    table = potential_by_customer(spend, calibrated, margins, likely=likely.headroom)
    assert np.allclose(
        table["likely_headroom_margin_eur"], 0.2 * table["likely_headroom_eur"], atol=0.011, equal_nan=True
    )
    top = likely.headroom.idxmax()
    picture = plot_room(table, unit="€")
    assert (
        picture.alt.startswith(f"Clients with the most room: {top} ") and "largest likely headroom" in picture.caption
    )
    prospects = pd.DataFrame({"total_potential_eur": [np.nan]})
    cards = potential_headline(table, prospects, None, unit="€").cards
    assert cards[1].label == "Likely headroom"
    assert "rank correlations" in say_likely(likely, table, unit="€").text
