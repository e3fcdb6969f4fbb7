"""A high quantile of spend in each cell of size and sector: additive, then drawn towards the cell, monotone in size.

Everything works on one table of reference clients, sorted by cell and by log spend, each row with its weight: folds
and bootstrap draws are other weights on the same rows, so that a million clients cost as much as their cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

NORMAL = NormalDist()
NARROWEST_SPREAD = 0.02
NARROWEST_BANDWIDTH = 0.05
# A cell without clients still takes part in the order of sizes; much less would drown in rounding.
LEAST_MASS = 1e-3


@dataclass(frozen=True)
class Sisters:
    """The reference accounts whose group has several: row of Spends, fold, and group, numbered from 0 (int64 each)."""

    row: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="int64"))
    fold: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="int64"))
    group: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="int64"))


@dataclass(frozen=True)
class Spends:
    """Log annual spend of the reference clients, sorted by cell and spend.

    cell: size level × n_sectors + sector (int64); log_spend (float64); counts: clients of each row and fold, shape
    (rows, folds). The last size level is the unknown size, which is not held to lie between the others; the last
    sector is the unknown one. step: what log_spend was rounded to, 0 where it was not. sisters: the accounts, among
    those counted, that are no chance of their own.
    """

    cell: np.ndarray
    log_spend: np.ndarray
    counts: np.ndarray
    n_sizes: int
    n_sectors: int
    step: float = 0.0
    sisters: Sisters = field(default_factory=Sisters)

    def drawn(self, rng: np.random.Generator, folds: Sequence[int]) -> np.ndarray:
        """How often each row is drawn (rows,) from some folds: Poisson bootstrap, all accounts of a group together."""
        kept = np.isin(self.sisters.fold, folds)
        row, group = self.sisters.row[kept], self.sisters.group[kept]
        alone = self.counts[:, folds].sum(axis=1) - np.bincount(row, minlength=len(self.cell))
        times = rng.poisson(1.0, group.max(initial=-1) + 1)
        return rng.poisson(alone) + np.bincount(row, times[group], minlength=len(self.cell))

    def design_effect(self, values: np.ndarray, part: np.ndarray) -> float:
        """How many times the variance of sums of values is that of as many accounts without groups; at least 1.

        Parameters: values (rows, folds), with mean about 0; part (rows,), whole numbers: sums are of each part alone.
        """
        sisters, squares = self.sisters, values**2
        own = squares[sisters.row, sisters.fold]
        _, together = np.unique(sisters.group * (part.max() + 1) + part[sisters.row], return_inverse=True)
        summed = np.bincount(together, values[sisters.row, sisters.fold])
        usual = (self.counts * squares).sum()
        return max(float((usual - own.sum() + (summed**2).sum()) / usual), 1.0) if usual > 0 else 1.0

    def by_cell(self, values: np.ndarray) -> np.ndarray:
        """Sums of row values by cell, shape (n_sizes, n_sectors)."""
        cells = self.n_sizes * self.n_sectors
        return np.bincount(self.cell, values, minlength=cells).reshape(self.n_sizes, self.n_sectors)

    @cached_property
    def size_order(self) -> np.ndarray:
        """The rows sorted by size and spend."""
        return np.lexsort((self.log_spend, self.cell // self.n_sectors))


@dataclass(frozen=True)
class AdditiveFit:
    """Log quantile = size + sector: the effects, and the density of log spend at the quantile, per client."""

    size: np.ndarray
    sector: np.ndarray
    density: float

    @property
    def table(self) -> np.ndarray:
        """The additive quantile of each cell, shape (n_sizes, n_sectors)."""
        return self.size[:, None] + self.sector[None, :]


def size_fit(spends: Spends, weight: np.ndarray, tau: float) -> AdditiveFit:
    """The quantile of each size alone, monotone; sectors make no difference. A size without clients: its neighbours'.

    Parameters: weight, of each row (0: not in the fit); tau, the quantile.
    """
    order, by_size = spends.size_order, spends.by_cell(weight).sum(axis=1)
    raw = grouped_quantiles(spends.log_spend[order], weight[order], spends.cell[order] // spends.n_sectors,
                            n_groups=spends.n_sizes, tau=tau)  # fmt: skip
    overall = weighted_quantile(spends.log_spend, weight, tau)
    size = monotone_in_size(_filled(raw, by_size, overall)[:, None], by_size[:, None])[:, 0]
    density = _normal_density(_spread_within_sizes(spends, weight), tau)
    return AdditiveFit(size, np.zeros(spends.n_sectors), density)


def additive_fit(
    spends: Spends, weight: np.ndarray, tau: float, *, k_sector: float, start: AdditiveFit | None = None
) -> AdditiveFit:
    """Additive quantile regression of log spend on size and sector, a sector being shrunk like n / (n + k_sector).

    Parameters: weight, of each row (0: not in the fit); tau, the quantile; k_sector, clients, above 0, infinite for
    size alone; start, a fit near this one (the same rows, other weights).
    Notes: the check function is smoothed over a bandwidth (a logistic kernel), which makes it convex and twice
    differentiable, so that Newton's method needs sums by cell only; the common level is then moved so that exactly
    tau of the weight lies below. Sizes without clients take their neighbours' value.
    References: Fernandes, Guerre & Horta (2021); He, Pan, Tan & Zhou (2023). tests/reference compares it with
    QuantReg of statsmodels.
    """
    if np.isinf(k_sector):
        return size_fit(spends, weight, tau)
    near = start or size_fit(spends, weight, tau)
    n_sizes, total, by_cell = spends.n_sizes, weight.sum(), spends.by_cell(weight)
    by_size = by_cell.sum(axis=1)
    spread = _spread_within_sizes(spends, weight)
    n_effects = np.count_nonzero(by_size) + np.count_nonzero(by_cell.sum(axis=0))
    rate = ((n_effects + np.log(total)) / total) ** 0.4
    bandwidth = spread * max(NARROWEST_BANDWIDTH, np.sqrt(tau * (1 - tau)) * rate)
    ridge = k_sector * _normal_density(spread, tau)
    pinned = np.where(by_size > 0, 0.0, 1.0)

    def rest_of(effects: np.ndarray) -> np.ndarray:
        table = effects[:n_sizes, None] + effects[None, n_sizes:]
        return spends.log_spend - table.ravel()[spends.cell]

    def loss(effects: np.ndarray) -> tuple[float, np.ndarray]:
        rest, sector, off = rest_of(effects), effects[n_sizes:], effects[:n_sizes] - near.size
        value = weight @ (tau * rest + bandwidth * np.logaddexp(0, -rest / bandwidth))
        value += (ridge * (sector @ sector) + pinned @ off**2) / 2
        slope = spends.by_cell(weight * (expit(-rest / bandwidth) - tau))
        gradient = np.concatenate([slope.sum(axis=1) + pinned * off, slope.sum(axis=0) + ridge * sector])
        return value / total, gradient / total

    def curvature(effects: np.ndarray) -> np.ndarray:
        below = expit(-rest_of(effects) / bandwidth)
        bend = spends.by_cell(weight * below * (1 - below) / bandwidth)
        size, sector = np.diag(bend.sum(axis=1) + pinned), np.diag(bend.sum(axis=0) + ridge)
        return np.block([[size, bend], [bend.T, sector]]) / total

    found = minimize(
        loss, np.concatenate([near.size, near.sector]), jac=True, hess=curvature, method="trust-exact",
        options={"gtol": 1e-4},
    ).x  # fmt: skip
    rest = rest_of(found)
    size = _filled(found[:n_sizes] + weighted_quantile(rest, weight, tau), by_size, near.size[-1])
    size = monotone_in_size(size[:, None], by_size[:, None])[:, 0]
    return AdditiveFit(size, found[n_sizes:], _normal_density(_spread(rest, weight), tau))


def raw_cells(spends: Spends, weight: np.ndarray, tau: float) -> np.ndarray:
    """The quantile of each cell by itself, NaN where it has no clients; shape (n_sizes, n_sectors)."""
    cells = spends.n_sizes * spends.n_sectors
    raw = grouped_quantiles(spends.log_spend, weight, spends.cell, n_groups=cells, tau=tau, step=spends.step)
    return raw.reshape(spends.n_sizes, spends.n_sectors)


def shrunk_cells(additive: np.ndarray, raw: np.ndarray, clients: np.ndarray, *, k_cell: float) -> np.ndarray:
    """additive + n / (n + k) · (cell − additive), monotone in size; an empty cell is the additive one.

    Parameters: all of shape (n_sizes, n_sectors), the last size being the unknown one; k_cell, clients, at least 0,
    infinite for the additive table.
    """
    pull = np.zeros_like(clients) if np.isinf(k_cell) else clients / np.maximum(clients + k_cell, 1e-9)
    drawn = additive + np.where(clients > 0, pull * (np.nan_to_num(raw) - additive), 0.0)
    return monotone_in_size(drawn, clients + min(k_cell, 1e6))


def monotone_in_size(table: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The nearest table that never falls from a size to the next larger one (least squares, by column).

    The last row, the unknown size, stays as it is. Notes: the min–max form of isotonic regression (Barlow et al.,
    1972), which does all sectors at once; tests/potential compares it with scikit-learn's.
    """
    known, mass = table[:-1], np.maximum(weight[:-1], LEAST_MASS)
    sums = np.vstack([np.zeros_like(known[:1]), np.cumsum(known * mass, axis=0)])
    masses = np.vstack([np.zeros_like(known[:1]), np.cumsum(mass, axis=0)])
    sizes = range(len(known))
    mean = {(a, b): (sums[b + 1] - sums[a]) / (masses[b + 1] - masses[a]) for a in sizes for b in sizes if a <= b}
    risen = [
        np.max([np.min([mean[a, b] for b in sizes if b >= size], axis=0) for a in sizes if a <= size], axis=0)
        for size in sizes
    ]
    return np.vstack([*risen, table[-1:]])


def weighted_quantile(values: np.ndarray, weight: np.ndarray, tau: float) -> float:
    """The smallest value that has at least tau of the weight at or below it."""
    order = np.argsort(values)
    below = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(below, tau * below[-1] * (1 - 1e-12))])


def grouped_quantiles(
    values: np.ndarray, weight: np.ndarray, group: np.ndarray, *, n_groups: int, tau: float, step: float = 0.0
) -> np.ndarray:
    """`weighted_quantile` of each group (numbered from 0), NaN without weight; rows sorted by group and value.

    step: what the values were rounded to; the quantile then lies within its step as far as its weight is used up.
    """
    ends = np.searchsorted(group, np.arange(1, n_groups + 1))
    below = np.concatenate([[0.0], np.cumsum(weight)])
    upto = below[ends]
    before = np.concatenate([[0.0], upto[:-1]])
    place = np.searchsorted(below[1:], before + tau * (upto - before) * (1 - 1e-9))
    place = np.minimum(place, len(values) - 1)
    has_weight = upto - before > 1e-9
    within = (before + tau * (upto - before) - below[place]) / np.maximum(weight[place], 1e-9) - 0.5
    return np.where(has_weight, values[place] + step * np.clip(within, -0.5, 0.5), np.nan)


def _filled(by_size: np.ndarray, clients: np.ndarray, overall: float) -> np.ndarray:
    """Sizes without clients take their nearest smaller neighbour's value, or the next larger; unknown: the overall."""
    has = clients > 0
    filled = by_size.copy()
    known = np.flatnonzero(has[:-1])
    levels = np.arange(len(by_size) - 1)
    if len(known):
        nearest = known[np.maximum(np.searchsorted(known, levels, side="right") - 1, 0)]
        filled[:-1] = np.where(has[:-1], by_size[:-1], by_size[nearest])
    else:
        filled[:-1] = overall
    filled[-1] = by_size[-1] if has[-1] else overall
    return filled


def _spread(rest: np.ndarray, weight: np.ndarray) -> float:
    mean = weight @ rest / weight.sum()
    return max(float(np.sqrt(weight @ (rest - mean) ** 2 / weight.sum())), NARROWEST_SPREAD)


def _spread_within_sizes(spends: Spends, weight: np.ndarray) -> float:
    clients = np.maximum(spends.by_cell(weight).sum(axis=1), 1e-9)
    mean = spends.by_cell(weight * spends.log_spend).sum(axis=1) / clients
    return _spread(spends.log_spend - mean[spends.cell // spends.n_sectors], weight)


def _normal_density(spread: float, tau: float) -> float:
    """The density of log spend at its tau quantile, as if normal: what a client tells about the quantile."""
    return NORMAL.pdf(NORMAL.inv_cdf(tau)) / spread
