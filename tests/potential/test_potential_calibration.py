"""Own wallets from answers, and the level of the potential they give: by hand, and on clienteles with known shares."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from clientele import clientele

from workbench.figures import plot_level
from workbench.params import Potential
from workbench.potential import calibration, likely_headroom, own_wallets, wallet
from workbench.potential.shares import ASSUMED_ERROR
from workbench.wording import say_calibration, say_shares

TOLD, AS_OF = Potential(draws=50), date(2025, 12, 31)


def spend_of(clients: pd.DataFrame) -> pd.DataFrame:
    return clients.assign(active=True, exposure_months=12.0, group_id=None)


def answers(customers, shares, *, day="2025-11-01", supplier="us") -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": customers, "supplier": supplier, "purchases_share": shares, "answered_on": pd.Timestamp(day)}
    )


def told_by(survey: pd.DataFrame, spend: pd.DataFrame):
    return own_wallets(survey, spend, TOLD, our_name="us", as_of=AS_OF)


def small() -> pd.DataFrame:
    return spend_of(
        pd.DataFrame(
            {"customer_id": list("abcd"), "size_class": "SME", "sector": None, "current_eur": [100.0, 50.0, 80.0, 10.0]}
        )
    )


def test_an_own_wallet_is_spend_over_share_less_what_the_error_of_answers_adds():
    found = told_by(pd.concat([answers(["a", "a"], [0.4, 0.6]), answers(["b"], [0.25])]), small())
    accounts = found.accounts.set_index("customer_id")
    assert accounts["share"].to_dict() == {"a": 0.5, "b": 0.25} and accounts["n_answers"].to_dict() == {"a": 2, "b": 1}
    assert not found.is_error_estimated and found.error_share == ASSUMED_ERROR
    assert accounts.loc["a", "wallet_eur"] == pytest.approx(100 * 0.5 / (0.25 + 0.01 / 2))
    assert accounts.loc["b", "wallet_eur"] == pytest.approx(50 * 0.25 / (0.0625 + 0.01))
    assert accounts["weight"].sum() == found.n_active == 4


@pytest.mark.parametrize(
    ("survey", "why"),
    [
        (answers(["a"], [0.5], day="2024-12-31"), "before the window of the spend"),
        (answers(["a"], [0.5], supplier="Rapidis"), "about another supplier"),
        (answers([None], [0.5]), "of a non-client"),
        (answers(["a"], [np.nan]), "left blank"),
        (answers(["z"], [0.5]), "of an account not in the files"),
    ],
)
def test_answers_that_tell_nothing_of_our_share_now_are_not_used(survey, why):
    found = told_by(survey, small())
    assert found.accounts.empty, why
    assert say_shares(found).tone == "warning"


def test_an_undated_answer_counts_and_a_share_of_nearly_nothing_does_not():
    survey = answers(["a", "b", "c"], [0.5, 0.0, 0.04])
    survey.loc[0, "answered_on"] = pd.NaT
    found = told_by(survey, small())
    assert found.accounts["customer_id"].tolist() == ["a"] and found.n_unusable == 2
    assert "2 accounts that buy tell a share of nearly nothing" in say_shares(found).text


def test_shares_near_zero_cannot_make_a_wallet_of_any_size():
    found = told_by(answers(list("abcd"), [0.05, 0.06, 0.08, 0.10]), small())
    most = found.accounts["current_eur"] / (2 * found.error_share)
    assert (found.accounts["wallet_eur"] <= most + 1e-9).all()


def test_the_error_of_an_answer_is_that_within_accounts():
    rng = np.random.default_rng(1)
    customers = np.repeat([f"{number:03d}" for number in range(200)], 2)
    true = np.repeat(rng.uniform(0.3, 0.8, 200), 2)
    spend = spend_of(
        pd.DataFrame({"customer_id": np.unique(customers), "size_class": "SME", "sector": "S", "current_eur": 100.0})
    )
    found = told_by(answers(customers, true + rng.normal(0, 0.06, 400)), spend)
    assert found.is_error_estimated and found.error_share == pytest.approx(0.06, abs=0.006)
    # Spend is 100, so the truth is 100 / share: spend / share itself would be 1 % too much, the estimate is not.
    ratio = found.accounts["wallet_eur"].sum() / (100 / true[::2]).sum()
    assert ratio == pytest.approx(1, abs=0.01)


@pytest.fixture(scope="module")
def known():
    """A clientele, its wallet estimate, and shares told by most: large clients give half, the others four fifths."""
    clients, _ = clientele(1200, 21)
    spend = spend_of(clients)
    rng = np.random.default_rng(221)
    mean = np.where(spend["size_class"].isin(["mid-size", "large"]), 0.4, 0.8)
    share = (mean + rng.uniform(-0.1, 0.1, len(spend))).clip(0.05, 1)
    survey = answers(spend["customer_id"], share)[rng.random(len(spend)) < 0.6]
    return spend, survey, wallet(spend, TOLD, seed=1), spend["current_eur"] / share


def test_the_sum_of_potentials_becomes_that_of_wallets_in_every_size(known):
    spend, survey, estimated, true = known
    found = calibration(estimated, told_by(survey, spend), asked=True, seed=1)
    assert found.why_not is None and found.wallet.calibrated
    after, before = found.wallet.of(spend)["potential_eur"], estimated.of(spend)["potential_eur"]
    for size in spend["size_class"].unique():
        here = spend["size_class"] == size
        off = [abs(np.log(one[here].sum() / true[here].sum())) for one in (before, after)]
        assert off[1] < 0.15, size
    assert abs(np.log(after.sum() / true.sum())) < 0.10 < abs(np.log(before.sum() / true.sum()))
    assert abs(np.log(found.ratio_after)) < 0.05 < abs(np.log(found.ratio_before))
    sizes = found.levels[found.levels["by"] == "size_class"].set_index("value")["factor"]
    # Twice as much in truth; few large clients answer, so theirs is drawn to all.
    assert 1.3 < sizes["large"] / sizes["SME"] < 2.2
    assert (np.diff(found.wallet.potential[:, :4], axis=1) >= -1e-9).all(), "still never falling with size"
    assert (found.wallet.low <= found.wallet.potential).all() and (found.wallet.potential <= found.wallet.high).all()
    width = np.log(found.wallet.high / found.wallet.low) - np.log(estimated.high / estimated.low)
    assert (width > -1e-9).all(), "no surer than before"
    said = say_calibration(found).text
    assert "By the answers of" in said and "On accounts left out" in said
    assert "all accounts that answered" in plot_level(found, {}).alt


def test_an_account_never_answers_for_its_own_potential(known):
    spend, survey, estimated, _ = known
    before = calibration(estimated, told_by(survey, spend), asked=True, seed=1).wallet
    own = spend["customer_id"].map(before.fold).eq(2)
    changed = survey.copy()
    mine = changed["customer_id"].isin(spend.loc[own, "customer_id"])
    changed.loc[mine, "purchases_share"] = 0.1
    after = calibration(estimated, told_by(changed, spend), asked=True, seed=1).wallet
    ratio = (after.of(spend)["potential_eur"] / before.of(spend)["potential_eur"]).to_numpy()
    # Of one answer each, the error of answers is assumed: no account tells another's.
    assert np.abs(ratio[own] - 1).max() < 1e-9
    assert np.median(np.abs(ratio[~own] - 1)) > 0.05


def test_few_answers_no_answers_and_params_that_do_not_ask_leave_the_potential_as_it_was(known):
    spend, survey, estimated, _ = known
    for told, asked, why in (
        (told_by(survey.head(29), spend), True, "30 are needed"),
        (told_by(survey.head(0), spend), True, "only 0 tell"),
        (told_by(survey, spend), False, "calibrate_with_survey: false"),
    ):
        found = calibration(estimated, told, asked=asked, seed=1)
        assert found.wallet is estimated and not found.wallet.calibrated
        assert why in say_calibration(found).text and say_calibration(found).tone == "warning"
        assert plot_level(found, {}) is None


def test_a_size_without_answers_takes_the_factor_of_all_with_more_doubt(known):
    spend, survey, estimated, _ = known
    large = spend.loc[spend["size_class"] == "large", "customer_id"]
    found = calibration(estimated, told_by(survey[~survey["customer_id"].isin(large)], spend), asked=True, seed=1)
    assert set(found.levels.loc[found.levels["by"] == "size_class", "value"]) == {"microenterprise", "SME", "mid-size"}
    width = np.log(found.wallet.high[-1] / found.wallet.low[-1]) - np.log(estimated.high[-1] / estimated.low[-1])
    assert width[3].min() > width[1].max()


def test_who_answers_does_not_move_the_level():
    """Those who buy much answer more often; weights by size and band of spend undo it."""
    clients, _ = clientele(3000, 22, between_sectors=0, between_cells=0)
    spend = spend_of(clients)
    rng = np.random.default_rng(222)
    true = spend["current_eur"] / 0.5
    rank = spend["current_eur"].rank(pct=True)
    survey = answers(spend["customer_id"], 0.5)[rng.random(len(spend)) < 0.1 + 0.8 * rank]
    told = told_by(survey, spend)
    assert told.accounts["weight"].sum() == pytest.approx(len(spend), rel=0.01)
    weighted = np.average(told.accounts["current_eur"], weights=told.accounts["weight"])
    assert weighted == pytest.approx(spend["current_eur"].mean(), rel=0.05)
    assert told.accounts["current_eur"].mean() > 1.2 * spend["current_eur"].mean(), "unweighted it would be far off"
    found = calibration(wallet(spend, TOLD, seed=1), told, asked=True, seed=1)
    assert abs(np.log(found.wallet.of(spend)["potential_eur"].sum() / true.sum())) < 0.08


def test_one_giant_that_answers_sets_nobody_elses_level(known):
    """A client with thousands of times the spend of its like, whose answer says that we have half of its purchases."""
    spend, survey, _, _ = known
    giant = survey["customer_id"].iloc[0]
    with_giant = spend.copy()
    with_giant.loc[with_giant["customer_id"] == giant, "current_eur"] *= 3000
    found, likely = {}, {}
    for name, each in (("without", spend), ("with", with_giant)):
        told = told_by(survey, each)
        found[name] = calibration(wallet(each, TOLD, seed=1), told, asked=True, seed=1)
        likely[name] = likely_headroom(found[name].wallet, told, each).headroom.drop(giant)
    assert (found["without"].n_beyond, found["with"].n_beyond) == (0, 1)
    said = say_calibration(found["with"]).text
    assert "1 account that answered buys more than 20 times the potential" in said
    assert "left out of the level" not in say_calibration(found["without"]).text
    others = spend[spend["customer_id"] != giant]
    ratio = [found[name].wallet.of(others)["potential_eur"].sum() for name in ("with", "without")]
    assert ratio[0] / ratio[1] == pytest.approx(1, abs=0.05)
    assert likely["with"].sum() / likely["without"].sum() == pytest.approx(1, abs=0.05)
