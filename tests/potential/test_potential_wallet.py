"""The wallet estimate: no leak, monotone, better than its parts on clients not seen, and clear words for poor data."""

import sys

import numpy as np
import pandas as pd
import pytest
from clientele import clientele

from workbench.figures import plot_estimates
from workbench.params import Potential
from workbench.potential import evaluation, wallet
from workbench.potential.evaluation import ADDITIVE, CHOSEN, GLOBAL, RAW, SIZE
from workbench.potential.wallet import LEAST_REFERENCE, reference_spends
from workbench.wording import say_estimate, say_held_out, say_signal, say_sizes

TOLD = Potential(draws=50)


@pytest.fixture(scope="module")
def many():
    clients, true = clientele(3000, 3)
    return clients, true, wallet(clients, TOLD, seed=1)


def test_a_clients_own_spend_never_enters_its_own_potential():
    clients, _ = clientele(300, 1)
    before = wallet(clients, TOLD, seed=1)
    fold = before.fold.reindex(clients["customer_id"]).to_numpy()
    own = fold == 2
    changed = clients.copy()
    changed.loc[own, "current_eur"] = np.random.default_rng(1).permutation(clients.loc[own, "current_eur"]) * 50
    after = wallet(changed, TOLD, seed=1)
    ratio = (after.of(changed) / before.of(clients)).to_numpy()
    # Rows stand in another order, so sums differ in their last digits.
    assert np.abs(ratio[own] - 1).max() < 1e-9
    assert np.abs(ratio[~own] - 1).max() > 0.1, "the others are estimated from it"
    assert not np.allclose(before.potential[-1], after.potential[-1])


def test_a_group_is_never_split_between_folds():
    clients, _ = clientele(200, 2)
    clients["group_id"] = np.where(np.arange(200) % 3 == 0, "G" + pd.Series(np.arange(200) // 12).astype(str), None)
    fold = clients["customer_id"].map(wallet(clients, TOLD, seed=1).fold)
    assert fold.groupby(clients["group_id"]).nunique().eq(1).all()
    assert fold.nunique() == 5


def test_potential_never_falls_with_size(many):
    assert (np.diff(many[2].potential[:, :4], axis=1) >= -1e-9).all()
    assert (many[2].low <= many[2].potential).all() and (many[2].potential <= many[2].high).all()


def test_it_beats_the_cell_alone_the_additive_part_size_alone_and_one_value(many):
    judged = evaluation(many[2], seed=1)
    losses = judged.losses.set_index("estimate")
    for other in (ADDITIVE, RAW, SIZE, GLOBAL):
        assert losses.loc[other, "worse_by_low"] > 0, other
    assert judged.has_signal
    assert losses.loc[CHOSEN, "pinball"] == losses["pinball"].min()
    assert "surely better than: size + sector, cell alone, size alone" in say_signal(judged).text


def test_held_out_coverage_is_tau(many):
    judged = evaluation(many[2], seed=1)
    assert judged.losses.set_index("estimate").loc[CHOSEN, "coverage_share"] == pytest.approx(0.80, abs=0.02)
    off = (judged.coverage["coverage_share"] - 0.80).abs()
    assert (off <= np.maximum(0.02, 2 * judged.coverage["standard_error"])).all()
    assert "Every size class is within" in say_held_out(judged).text


def test_where_size_and_sector_say_nothing_it_says_so():
    clients, _ = clientele(600, 4)
    clients["current_eur"] = np.random.default_rng(4).permutation(clients["current_eur"])
    judged = evaluation(wallet(clients, TOLD, seed=1), seed=1)
    assert not judged.has_signal
    assert say_signal(judged).tone == "warning" and "hardly any signal" in say_signal(judged).text


def test_very_many_clients_are_counted_and_nothing_else_changes(monkeypatch):
    clients, _ = clientele(2000, 5)
    exact = wallet(clients, TOLD, seed=1)
    monkeypatch.setattr(sys.modules["workbench.potential.wallet"], "EXACT_UP_TO", 100)
    counted = wallet(clients, TOLD, seed=1)
    assert counted.spends.counts.sum() == 2000
    assert len(counted.spends.cell) < 0.99 * len(exact.spends.cell)
    ratio = counted.of(clients)["potential_eur"] / exact.of(clients)["potential_eur"]
    assert np.abs(np.log(ratio)).median() < 0.02


def test_the_same_clients_in_another_order_give_the_same_potential():
    clients, _ = clientele(250, 6)
    mixed = clients.sample(frac=1, random_state=1)
    one, other = wallet(clients, TOLD, seed=1).of(clients), wallet(mixed, TOLD, seed=1).of(mixed)
    pd.testing.assert_frame_equal(one, other.sort_index())


def test_others_are_looked_up_in_the_table_of_all(many):
    found = many[2]
    stranger = pd.DataFrame({"size_class": ["SME", "SME", None], "sector": ["S03", "unheard of", None]})
    scored = found.of(stranger)
    assert scored["potential_eur"].notna().all()
    assert scored["potential_eur"].iloc[0] == found.potential[-1, 1, found.sectors.index("S03")]
    assert scored["potential_eur"].iloc[1] == found.potential[-1, 1, -1]


def test_fewer_than_thirty_comparable_clients():
    clients, _ = clientele(60, 7)
    clients["in_reference"] = np.arange(60) < LEAST_REFERENCE - 1
    found = wallet(clients, TOLD, seed=1)
    assert not found.is_estimated and found.of(clients).isna().all(axis=None) and found.cells().empty
    assert evaluation(found, seed=1) is None
    assert "Only 29 clients can serve as the measure of others, 30 are needed" in say_estimate(found).text
    clients["in_reference"] = np.arange(60) < LEAST_REFERENCE
    assert wallet(clients, TOLD, seed=1).is_estimated


def test_no_sizes_no_sectors_and_one_cell():
    clients, _ = clientele(200, 8)
    for column, other in (("size_class", "sector"), ("sector", "size")):
        blank = clients.assign(**{column: None})
        found = wallet(blank, TOLD, seed=1)
        assert found.of(blank)["potential_eur"].notna().all()
        judged = evaluation(found, seed=1)
        assert f"Estimated on 200 clients by {other} alone" in say_estimate(found).text
        assert judged.losses["estimate"].tolist() == [CHOSEN, GLOBAL], "the others would be the same estimate"
        assert "Not told apart" not in say_signal(judged).text and plot_estimates(judged) is not None
    assert "No account has a headcount or a turnover" in say_sizes(clients.assign(size_class=None)).text
    one = clients.assign(size_class="SME", sector="S01")
    found = wallet(one, TOLD, seed=1)
    assert found.of(one)["potential_eur"].nunique() <= 5, "one value per fold"
    assert "in one cell of size and sector" in say_estimate(found).text
    assert np.quantile(one["current_eur"], 0.8) == pytest.approx(found.potential[-1, 1, 0], rel=0.05)


def test_one_giant_does_not_move_its_cell():
    clients, _ = clientele(400, 9)
    giant = clients.index[clients["size_class"].eq("SME")][0]
    with_giant = clients.copy()
    with_giant.loc[giant, "current_eur"] = 1e12
    cell = clients.loc[[giant]]
    before = wallet(clients, TOLD, seed=1)
    after = wallet(with_giant, TOLD, seed=1)
    size, sector = before.cell_of(cell)
    assert "In 1 cell one client buys more than 85" in say_estimate(after).text
    assert "one client buys more" not in say_estimate(before).text
    cells = after.cells().set_index(["size_class", "sector"])
    assert cells.loc[tuple(cell[["size_class", "sector"]].iloc[0]), "largest_share"] > 0.999
    # One client among those of its cell can at most lift the cell's quantile to the next client's spend.
    assert after.potential[-1, size, sector] < 2 * before.potential[-1, size, sector]
    assert np.abs(np.log(after.of(clients)["potential_eur"] / before.of(clients)["potential_eur"])).median() < 0.1


def test_all_spending_the_same_is_no_error():
    clients, _ = clientele(100, 10)
    found = wallet(clients.assign(current_eur=1000.0), TOLD, seed=1)
    assert found.potential == pytest.approx(np.full_like(found.potential, 1000.0))


def test_reference_rows_hold_every_client_once():
    clients, _ = clientele(500, 11)
    made = reference_spends(
        clients, np.arange(500) % 5, ("microenterprise", "SME", "mid-size", "large", None), ("S00", None)
    )
    assert made.counts.sum() == 500 and (made.counts.sum(axis=0) == 100).all()
    assert (np.diff(made.cell) >= 0).all()
