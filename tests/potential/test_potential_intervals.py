"""The 90 % interval of the potential holds the true quantile of a client's size and sector about that often."""

import numpy as np
import pandas as pd
import pytest
from clientele import clientele

from workbench.params import Potential
from workbench.potential import wallet


def coverage(seeds: range, n: int, **spread: float) -> pd.DataFrame:
    """Per clientele: share of clients whose true quantile is in the interval, mean log bias, width in log units."""
    rows = []
    for seed in seeds:
        clients, true = clientele(n, seed, **spread)
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
