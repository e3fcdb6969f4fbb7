"""The quantile in each cell: exact where it is plain, monotone in size, and as other programs have it."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from workbench.potential.quantiles import (
    Spends,
    additive_fit,
    grouped_quantiles,
    monotone_in_size,
    raw_cells,
    shrunk_cells,
    weighted_quantile,
)


def spends(cell: list[int], log_spend: list[float], *, n_sizes: int, n_sectors: int) -> tuple[Spends, np.ndarray]:
    order = np.lexsort((log_spend, cell))
    made = Spends(np.array(cell)[order], np.array(log_spend)[order], np.ones((len(cell), 1)), n_sizes, n_sectors)
    return made, np.ones(len(cell))


def test_a_weighted_quantile_is_that_of_the_repeated_values():
    rng = np.random.default_rng(1)
    values, weight = rng.normal(size=60), rng.integers(0, 5, 60)
    repeated = np.repeat(values, weight)
    for tau in (0.5, 0.8, 0.95):
        expected = np.quantile(repeated, tau, method="inverted_cdf")
        assert weighted_quantile(values, weight.astype(float), tau) == expected


def test_quantiles_of_groups_are_those_of_each_group_alone():
    rng = np.random.default_rng(2)
    group = np.sort(rng.integers(0, 7, 200))
    group = np.where(group == 3, 4, group)  # nobody in group 3
    values, weight = rng.normal(size=200), rng.integers(0, 3, 200).astype(float)
    order = np.lexsort((values, group))
    found = grouped_quantiles(values[order], weight[order], group[order], n_groups=7, tau=0.8)
    for number in range(7):
        own = np.repeat(values[group == number], weight[group == number].astype(int))
        if len(own):
            assert found[number] == np.quantile(own, 0.8, method="inverted_cdf")
        else:
            assert np.isnan(found[number])


def test_the_monotone_table_is_the_isotonic_regression_of_each_sector():
    rng = np.random.default_rng(3)
    table, weight = rng.normal(size=(5, 40)), rng.uniform(0.5, 20, (5, 40))
    found = monotone_in_size(table, weight)
    for sector in range(40):
        expected = IsotonicRegression().fit(np.arange(4), table[:4, sector], sample_weight=weight[:4, sector])
        assert found[:4, sector] == pytest.approx(expected.predict(np.arange(4)))
    assert (found[4] == table[4]).all(), "the unknown size is not between the others"


def test_cells_are_drawn_by_their_clients():
    additive, raw = np.array([[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]]), np.array([[1.4, np.nan], [2.4, 2.6], [0.0, 0.0]])
    clients = np.array([[10.0, 0.0], [30.0, 10.0], [1.0, 1.0]])
    found = shrunk_cells(additive, raw, clients, k_cell=10)
    assert found[:2] == pytest.approx(np.array([[1.2, 1.0], [2.3, 2.3]]))
    assert shrunk_cells(additive, raw, clients, k_cell=np.inf) == pytest.approx(additive)
    assert shrunk_cells(additive, raw, clients, k_cell=0)[0] == pytest.approx([1.4, 1.0]), "an empty cell is additive"


def test_the_additive_fit_leaves_tau_below_and_finds_additive_spend():
    rng = np.random.default_rng(4)
    size, sector = rng.integers(0, 4, 6000), rng.integers(0, 10, 6000)
    shift = np.linspace(-0.5, 0.5, 10)
    y = size + shift[sector] + rng.normal(0, 0.6, 6000)
    made, weight = spends((size * 11 + sector).tolist(), y.tolist(), n_sizes=5, n_sectors=11)
    fit = additive_fit(made, weight, 0.8, k_sector=1.0)
    below = made.log_spend <= fit.table.ravel()[made.cell] + 1e-12
    assert below.mean() == pytest.approx(0.8, abs=2 / 6000)
    true = np.arange(4)[:, None] + shift + 0.8416 * 0.6
    assert fit.table[:4, :10] == pytest.approx(true, abs=0.12)


def test_sectors_are_shrunk_by_their_clients_and_sizes_without_clients_take_their_neighbour():
    rng = np.random.default_rng(5)
    sector = np.array([0] * 400 + [1] * 5)
    y = np.where(sector == 1, 2.0, 0.0) + rng.normal(0, 0.3, 405)
    made, weight = spends((2 * 3 + sector).tolist(), y.tolist(), n_sizes=5, n_sectors=3)
    gap = {}
    for k_sector in (0.1, 10.0, 100.0, np.inf):
        fit = additive_fit(made, weight, 0.8, k_sector=k_sector)
        gap[k_sector] = fit.sector[1] - fit.sector[0]
        assert fit.size[:4] == pytest.approx([fit.size[2]] * 4), "only one size has clients"
    assert gap[0.1] > gap[10.0] > gap[100.0] > gap[np.inf] == 0
    assert gap[0.1] == pytest.approx(2.0, abs=0.35)


def test_a_cell_alone_is_its_own_quantile():
    made, weight = spends([0, 0, 0, 0, 0, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 9.0], n_sizes=2, n_sectors=2)
    assert raw_cells(made, weight, 0.8)[0, 0] == 4.0
    assert raw_cells(made, weight, 0.8)[1, 1] == 9.0
    assert np.isnan(raw_cells(made, weight, 0.8)[0, 1])


def test_quantiles_of_rounded_values_lie_within_their_step():
    values = np.sort(np.random.default_rng(3).normal(size=200_000))
    rounded, counts = np.unique(np.rint(values / 0.05), return_counts=True)
    group = np.zeros(len(rounded), int)
    exact = np.quantile(values, 0.8)
    told = [
        grouped_quantiles(rounded * 0.05, counts.astype(float), group, n_groups=1, tau=0.8, step=step)[0]
        for step in (0.0, 0.05)
    ]
    assert abs(told[1] - exact) < 0.001 < abs(told[0] - exact)
