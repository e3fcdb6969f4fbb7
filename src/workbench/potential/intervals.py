"""How sure the potential of a size and sector is: bootstrap of the whole recipe, and what shrinking leaves out."""

from dataclasses import dataclass

import numpy as np

from workbench.potential.quantiles import AdditiveFit, Spends, additive_fit, raw_cells, shrunk_cells

LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Strength:
    """How many clients a sector, and a cell, must have to be believed half: k of n / (n + k); infinite: never.

    doubt_sector, doubt_cell: the smallest k whose loss cross-validation cannot tell from that of the best.
    """

    k_sector: float
    k_cell: float
    doubt_sector: float
    doubt_cell: float


def interval_tables(
    spends: Spends,
    weight: np.ndarray,
    start: AdditiveFit,
    *,
    tau: float,
    strength: Strength,
    rng: np.random.Generator,
    draws: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The 5 % and 95 % bounds of the log quantile of each cell.

    Parameters: weight, of each row in the fit; start, the fit itself; strength, of the fit; draws, how many.
    Notes: each draw weights the clients anew (Poisson bootstrap) and fits again. A cell drawn towards the additive
    table keeps the part k / (n + k) of its own difference unseen. The variance between cells is v / k, v being what one
    client's spend leaves open about the quantile, so the unseen part is drawn as well (likewise for sectors), with the
    smallest k that cross-validation cannot tell from the best. Without it thin cells would look sure.
    """
    one_client = tau * (1 - tau) / start.density**2
    clients = spends.by_cell(weight)
    in_sector = clients.sum(axis=0)
    unseen_cell = np.sqrt(one_client / strength.doubt_cell) * _left_out(clients, strength.k_cell)
    unseen_sector = np.sqrt(one_client / strength.doubt_sector) * _left_out(in_sector, strength.k_sector)
    drawn = []
    for _ in range(draws):
        again = rng.poisson(weight).astype(float)
        additive = additive_fit(spends, again, tau, k_sector=strength.k_sector, start=start).table
        additive = additive + rng.normal(size=in_sector.shape) * unseen_sector
        raw, counted = raw_cells(spends, again, tau), spends.by_cell(again)
        table = shrunk_cells(additive, raw, counted, k_cell=strength.k_cell)
        drawn.append(table + rng.normal(size=table.shape) * unseen_cell)
    low, high = np.quantile(np.stack(drawn), [LOW, HIGH], axis=0)
    return low, high


def _left_out(clients: np.ndarray, k: float) -> np.ndarray:
    """The part of a difference that n / (n + k) leaves out."""
    return np.ones_like(clients) if np.isinf(k) else k / np.maximum(clients + k, 1e-9)
