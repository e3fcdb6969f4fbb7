"""The 90 % interval of the potential holds the true quantile of a client's size and sector about that often."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from clientele import clientele

from workbench.params import Potential
from workbench.potential import evaluation, wallet
from workbench.potential.evaluation import GLOBAL
from workbench.potential.quantiles import Sisters


def in_groups(clients: pd.DataFrame, accounts: int) -> pd.DataFrame:
    """Each client as a group of so many accounts that all spend the same."""
    repeated = clients.loc[np.repeat(clients.index, accounts)].reset_index(drop=True)
    return repeated.assign(
        group_id="G" + repeated["customer_id"], customer_id=[f"{number:06d}" for number in range(len(repeated))]
    )


def coverage(seeds: range, n: int, *, accounts: int = 1, **spread: float) -> pd.DataFrame:
    """Per clientele: share of clients whose true quantile is in the interval, mean log bias, width in log units."""
    rows = []
    for seed in seeds:
        clients, true = clientele(n, seed, **spread)
        clients, true = in_groups(clients, accounts), np.repeat(true, accounts)
        found = wallet(clients, Potential(draws=60), seed=1).of(clients)
        inside = (found["potential_low_eur"] <= true) & (true <= found["potential_high_eur"])
        width = np.log(found["potential_high_eur"] / found["potential_low_eur"])
        rows.append((inside.mean(), np.log(found["potential_eur"] / true).mean(), width.mean()))
    return pd.DataFrame(rows, columns=["covered", "bias", "width"], index=seeds)


@pytest.mark.parametrize(("n", "least"), [(250, 0.80), (1000, 0.80)])
def test_intervals_hold_the_true_quantile(n, least):
    table = coverage(range(40, 43), n)
    assert least < table["covered"].mean() < 0.99
    assert abs(table["bias"].mean()) < 0.06


def test_intervals_hold_the_true_quantile_where_accounts_of_a_group_are_alike():
    table = coverage(range(40, 44), 250, accounts=5)
    assert 0.80 < table["covered"].mean() < 0.99


def test_the_judgement_counts_a_group_of_accounts_once():
    clients = in_groups(clientele(300, 45)[0], 5)
    found = wallet(clients, Potential(draws=50), seed=1)
    together = evaluation(found, seed=1)
    # The errors of 1,500 accounts that are 300 companies, by the formula for 300.
    companies = together.coverage["n_clients"] / 5
    assert np.allclose(together.coverage["standard_error"], np.sqrt(0.8 * 0.2 / companies))
    apart = evaluation(replace(found, spends=replace(found.spends, sisters=Sisters())), seed=1)
    wide, narrow = (
        one.losses.set_index("estimate").loc[GLOBAL, ["worse_by_low", "worse_by_high"]].diff().iloc[-1]
        for one in (together, apart)
    )
    assert wide > 1.5 * narrow


def test_where_many_clients_are_counted_groups_are_drawn_together_as_well(monkeypatch):
    clients = in_groups(clientele(300, 46)[0], 5)
    exact = wallet(clients, Potential(draws=60), seed=1).of(clients)
    monkeypatch.setattr(sys.modules["workbench.potential.wallet"], "EXACT_UP_TO", 100)
    counted = wallet(clients, Potential(draws=60), seed=1).of(clients)
    widths = (np.log(one["potential_high_eur"] / one["potential_low_eur"]).mean() for one in (exact, counted))
    assert np.divide(*widths) == pytest.approx(1, abs=0.1)


def test_intervals_narrow_with_clients_and_where_nothing_differs():
    thin, thick = coverage(range(50, 51), 250), coverage(range(50, 51), 2500)
    same = coverage(range(50, 51), 2500, between_sectors=0.0, between_cells=0.0)
    assert thin["width"].mean() > thick["width"].mean() > same["width"].mean()


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 1500, 6000])
@pytest.mark.parametrize(("between_sectors", "between_cells"), [(0.35, 0.25), (0.35, 0.0), (0.0, 0.0)])
def test_intervals_hold_the_true_quantile_over_many_clienteles(n, between_sectors, between_cells):
    table = coverage(range(200, 240), n, between_sectors=between_sectors, between_cells=between_cells)
    print(n, between_sectors, between_cells, table.mean().round(3).to_dict())  # noqa: T201
    assert 0.84 < table["covered"].mean() < 0.995
    assert abs(table["bias"].mean()) < 0.05
