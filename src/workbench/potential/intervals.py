"""How sure the potential of a size and sector is: bootstrap of the whole recipe, and what shrinking leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.potential.quantiles import AdditiveFit, Spends, additive_fit, raw_cells, shrunk_cells

LOW, HIGH = 0.05, 0.95
LEAST_K = 1.0


@dataclass(frozen=True)
class Strength:
    """How many clients a sector, and a cell, must have to be believed half: k of n / (n + k); infinite: never.

    likely: the strengths tried, rows of (k_sector, k_cell), with the probability of each; see `likely_strengths`.
    """

    k_sector: float
    k_cell: float
    tried: np.ndarray
    likely: np.ndarray


def likely_strengths(losses: np.ndarray, n_clients: float, *, effect: float) -> np.ndarray:
    """How likely each strength is, from its held-out pinball loss summed over n_clients (adds up to 1, same shape).

    Parameters: effect, how many accounts tell as much as one without a group (`Spends.design_effect`).
    Notes: the pinball loss over its mean is minus the log of an asymmetric Laplace likelihood (Yu & Moyeed, 2001).
    """
    better = (losses.min() - losses) / max(effect * losses.min() / n_clients, 1e-12)
    weight = np.exp(better)
    return weight / weight.sum()


def interval_tables(
    spends: Spends,
    folds: Sequence[int],
    start: AdditiveFit,
    *,
    tau: float,
    strength: Strength,
    rng: np.random.Generator,
    draws: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The 5 % and 95 % bounds of the log quantile of each cell.

    Parameters: folds, those in the fit; start, the fit itself; strength, of the fit; draws, how many.
    Notes: each draw weights the groups of clients anew (Poisson bootstrap) and fits again. A cell drawn towards the
    additive table keeps the part k / (n + k) of its own difference unseen. The variance between cells is v / k, v
    being what one client's spend leaves open about the quantile (`group_effect` times as much where groups have
    several accounts), so the unseen part is drawn as well, with a k drawn as likely as cross-validation makes it
    (likewise for sectors). Without it thin cells would look sure.
    """
    one_client = group_effect(spends, folds, start, tau) * tau * (1 - tau) / start.density**2
    clients = spends.by_cell(spends.counts[:, folds].sum(axis=1))
    in_sector = clients.sum(axis=0)
    cell_left, sector_left = _left_out(clients, strength.k_cell), _left_out(in_sector, strength.k_sector)
    told = strength.tried[rng.choice(len(strength.tried), draws, p=strength.likely)]
    between_sectors, between_cells = np.sqrt(one_client / np.maximum(told, LEAST_K)).T
    drawn = []
    for draw in range(draws):
        again = spends.drawn(rng, folds)
        additive = additive_fit(spends, again, tau, k_sector=strength.k_sector, start=start).table
        additive = additive + rng.normal(size=in_sector.shape) * between_sectors[draw] * sector_left
        raw, counted = raw_cells(spends, again, tau), spends.by_cell(again)
        table = shrunk_cells(additive, raw, counted, k_cell=strength.k_cell)
        drawn.append(table + rng.normal(size=table.shape) * between_cells[draw] * cell_left)
    low, high = np.quantile(np.stack(drawn), [LOW, HIGH], axis=0)
    return low, high


def group_effect(spends: Spends, folds: Sequence[int], fit: AdditiveFit, tau: float) -> float:
    """How many accounts tell as much about the quantile of a cell as one account without a group; 1 without groups."""
    above = tau - (spends.log_spend <= fit.table.ravel()[spends.cell])
    values = np.zeros_like(spends.counts)
    values[:, folds] = above[:, None]
    return spends.design_effect(values, spends.cell)


def _left_out(clients: np.ndarray, k: float) -> np.ndarray:
    """The part of a difference that n / (n + k) leaves out."""
    return np.ones_like(clients) if np.isinf(k) else k / np.maximum(clients + k, 1e-9)
