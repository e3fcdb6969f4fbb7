"""What a client of its size and sector spends when a supplier has most of its purchases: estimated, cross-fitted."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from workbench.language import said
from workbench.params import Potential
from workbench.potential.intervals import Strength, group_effect, interval_tables, likely_strengths
from workbench.potential.quantiles import AdditiveFit, Sisters, Spends, additive_fit, raw_cells, shrunk_cells
from workbench.potential.sizes import SIZES, clusters

LEAST_REFERENCE = 30
FOLDS = 5
# Above so many clients log spend is rounded to a hundredth (1 %), which makes clients rows that can be counted.
EXACT_UP_TO, ROUNDED_TO = 20_000, 0.01
# Clients that a sector, or a cell, needs to be believed half; infinite: never. Chosen by cross-validation.
K_SECTOR = (1.0, 3.0, 10.0, 30.0, np.inf)
K_CELL = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, np.inf)

CELL_COLUMNS = (
    "size_class", "sector", "n_clients", "potential_eur", "potential_low_eur", "potential_high_eur", "largest_share",
)  # fmt: skip


@dataclass(frozen=True)
class Wallet:
    """The potential of every size and sector, as each client may know it.

    tau, the quantile; sectors, the levels of sector (the last one None, unknown); sizes likewise; potential, low, high:
    € a year, shape (FOLDS + 1, sizes, sectors), one table per fold fitted without its clients, the last one fitted on
    all; fold, by customer_id of the reference clients; spends, what was fitted; chosen, per table the strength that
    cross-validation took; why_not, a sentence where nothing could be estimated (then all else is empty); calibrated,
    whether answers on the share of purchases moved its level (fold then holds the accounts that answered as well).
    """

    tau: float
    sizes: tuple[str | None, ...]
    sectors: tuple[str | None, ...]
    potential: np.ndarray
    low: np.ndarray
    high: np.ndarray
    fold: pd.Series
    spends: Spends | None
    chosen: tuple[Strength, ...]
    n_reference: int
    why_not: str | None = None
    calibrated: bool = False

    @property
    def is_estimated(self) -> bool:
        """Whether there is a potential at all."""
        return self.why_not is None

    def of(self, companies: pd.DataFrame) -> pd.DataFrame:
        """potential_eur, potential_low_eur, potential_high_eur of companies with size_class and sector.

        A client with a fold is looked up in the table that was fitted without it and without its group; any other
        company, and a sector no reference client has, in the table fitted on all. NaN where nothing was estimated.
        """
        columns = ["potential_eur", "potential_low_eur", "potential_high_eur"]
        if not self.is_estimated:
            return pd.DataFrame(np.nan, index=companies.index, columns=columns)
        size, sector = self.cell_of(companies)
        fold = np.full(len(companies), FOLDS)
        if "customer_id" in companies:
            fold = companies["customer_id"].map(self.fold).fillna(FOLDS).to_numpy(int)
        found = np.column_stack([table[fold, size, sector] for table in (self.potential, self.low, self.high)])
        return pd.DataFrame(found, index=companies.index, columns=columns)

    def cell_of(self, companies: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the size and sector levels of companies (unknown, and sectors never seen: the last)."""
        return _levels(companies["size_class"], self.sizes), _levels(companies["sector"], self.sectors)

    def cells(self) -> pd.DataFrame:
        """One row per size and sector with reference clients, CELL_COLUMNS: the table fitted on all.

        largest_share: the part of the cell's spend that its largest client buys.
        """
        if not self.is_estimated:
            return pd.DataFrame(columns=list(CELL_COLUMNS))
        count = self.spends.counts.sum(axis=1)
        clients = self.spends.by_cell(count).astype(int)
        spent = np.exp(self.spends.log_spend)
        largest = np.zeros(clients.size)
        np.maximum.at(largest, self.spends.cell, spent)
        share = largest.reshape(clients.shape) / np.maximum(self.spends.by_cell(count * spent), 1e-12)
        size, sector = np.nonzero(clients)
        named = {
            "size_class": [self.sizes[place] for place in size],
            "sector": [self.sectors[place] for place in sector],
        }
        values = (clients, self.potential[-1], self.low[-1], self.high[-1], share)
        numbers = zip(CELL_COLUMNS[2:], (each[size, sector] for each in values), strict=True)
        return pd.DataFrame({**named, **dict(numbers)})


def wallet(clients: pd.DataFrame, told: Potential, *, seed: int) -> Wallet:
    """The tau quantile of annual spend by size and sector, with 90 % intervals.

    Parameters: clients, a row per account: customer_id, group_id (may be missing), size_class, sector, current_eur,
    in_reference; not modified. told, quantile and draws. seed, of the folds and draws.
    Notes: additive in size and sector, then n / (n + k) towards the cell, both strengths chosen by cross-validated
    pinball loss, monotone in size. Own sales are no feature: each fold is scored by a fit, and by strengths, that never
    saw it; a group is never split. References: Rosset, Perlich et al. (2005) on wallet estimation by high quantiles.
    """
    reference = clients[clients["in_reference"]].sort_values("customer_id")
    sizes = (*SIZES, None)
    sectors = (*sorted(clients.loc[clients["sector"].notna(), "sector"].unique()), None)
    if len(reference) < LEAST_REFERENCE:
        return _nothing(told, len(reference))
    fold = pd.Series(_folds(reference, seed), index=reference["customer_id"].to_numpy())
    spends = reference_spends(reference, fold.to_numpy(), sizes, sectors)
    fits = _Fits(spends, told.quantile)
    chosen = tuple(fits.strength(scored) for scored in [*range(FOLDS), None])
    rng = np.random.default_rng([seed, 7])
    tables = []
    for scored, strength in zip([*range(FOLDS), None], chosen, strict=True):
        start = fits.additive(scored, strength.k_sector)
        point = shrunk_cells(start.table, *fits.raw(scored), k_cell=strength.k_cell)
        low, high = interval_tables(
            spends,
            fits.left(scored),
            start,
            tau=told.quantile,
            strength=strength,
            rng=rng,
            draws=told.draws,
        )
        tables.append((point, np.minimum(low, point), np.maximum(high, point)))
    potential, low, high = (np.exp(np.stack(each)) for each in zip(*tables, strict=True))
    return Wallet(told.quantile, sizes, sectors, potential, low, high, fold, spends, chosen, len(reference))


def reference_spends(
    reference: pd.DataFrame, fold: np.ndarray, sizes: tuple[str | None, ...], sectors: tuple[str | None, ...]
) -> Spends:
    """The rows that are fitted: clients sorted by cell and spend, or, of very many clients, spends and their counts."""
    cell = _levels(reference["size_class"], sizes) * len(sectors) + _levels(reference["sector"], sectors)
    log_spend, rounded = np.log(reference["current_eur"].to_numpy(float)), 0.0
    if len(reference) > EXACT_UP_TO:
        step = np.rint(log_spend / ROUNDED_TO).astype("int64")
        least, width = step.min(), step.max() - step.min() + 1
        places, row = np.unique(cell * width + step - least, return_inverse=True)
        cell, log_spend = places // width, (places % width + least) * ROUNDED_TO
        counts = np.bincount(row * FOLDS + fold, minlength=len(places) * FOLDS).reshape(-1, FOLDS)
        rounded = ROUNDED_TO
    else:
        order = np.lexsort((log_spend, cell))
        cell, log_spend, row = cell[order], log_spend[order], np.argsort(order)
        counts = (fold[order][:, None] == np.arange(FOLDS)).astype("int64")
    cluster = clusters(reference)
    several = cluster.duplicated(keep=False).to_numpy()
    sisters = Sisters(row[several], fold[several], pd.factorize(cluster[several])[0])
    return Spends(cell, log_spend, counts.astype(float), len(sizes), len(sectors), rounded, sisters)


def pinball(rest: np.ndarray, tau: float) -> np.ndarray:
    """The pinball loss of each log spend less its predicted quantile."""
    return np.maximum(tau * rest, (tau - 1) * rest)


class _Fits:
    """The fits without one fold, or without two, each made once."""

    def __init__(self, spends: Spends, tau: float) -> None:
        self.spends, self.tau = spends, tau
        self._additive: dict[tuple, AdditiveFit] = {}
        self._raw: dict[tuple, tuple[np.ndarray, np.ndarray]] = {}

    def left(self, *without: int | None) -> list[int]:
        return [fold for fold in range(FOLDS) if fold not in without]

    def weight(self, *without: int | None) -> np.ndarray:
        return self.spends.counts[:, self.left(*without)].sum(axis=1)

    def additive(self, *key: int | float | None) -> AdditiveFit:
        *without, k_sector = key
        place = (frozenset(without) - {None}, k_sector)
        if place not in self._additive:
            self._additive[place] = additive_fit(
                self.spends, self.weight(*without), self.tau, k_sector=k_sector, start=self._additive.get((place[0], 1))
            )
        return self._additive[place]

    def raw(self, *without: int | None) -> tuple[np.ndarray, np.ndarray]:
        place = frozenset(without) - {None}
        if place not in self._raw:
            weight = self.weight(*without)
            self._raw[place] = raw_cells(self.spends, weight, self.tau), self.spends.by_cell(weight)
        return self._raw[place]

    def strength(self, scored: int | None) -> Strength:
        """The strengths with the least pinball loss on folds left out one at a time, `scored` never being seen."""
        held_out = self.left(scored)
        losses = sum(self._losses(scored, held) for held in held_out)
        best = np.unravel_index(losses.argmin(), losses.shape)
        effect = group_effect(self.spends, held_out, self.additive(scored, K_SECTOR[best[0]]), self.tau)
        likely = likely_strengths(losses, self.spends.counts[:, held_out].sum(), effect=effect)
        return Strength(K_SECTOR[best[0]], K_CELL[best[1]], np.array(list(product(K_SECTOR, K_CELL))), likely.ravel())

    def _losses(self, scored: int | None, held: int) -> np.ndarray:
        """The loss on one fold, fitted without it, for each strength: shape (K_SECTOR, K_CELL)."""
        rows = self.spends.counts[:, held] > 0
        count, log_spend, cell = self.spends.counts[rows, held], self.spends.log_spend[rows], self.spends.cell[rows]
        raw, clients = self.raw(scored, held)
        additive = [self.additive(scored, held, k_sector).table for k_sector in K_SECTOR]
        tables = [[shrunk_cells(table, raw, clients, k_cell=k_cell).ravel() for k_cell in K_CELL] for table in additive]
        return np.array([[count @ pinball(log_spend - table[cell], self.tau) for table in row] for row in tables])


def _folds(reference: pd.DataFrame, seed: int) -> np.ndarray:
    """A fold for each reference client, drawn by group, so that no group is on both sides."""
    numbers, names = pd.factorize(clusters(reference), sort=True)
    drawn = np.random.default_rng([seed, 5]).permutation(len(names)) % FOLDS
    return drawn[numbers]


def _levels(values: pd.Series, levels: tuple[str | None, ...]) -> np.ndarray:
    place = {level: number for number, level in enumerate(levels[:-1])}
    return values.map(place).fillna(len(levels) - 1).to_numpy(int)


def _nothing(told: Potential, n_reference: int) -> Wallet:
    empty = np.empty((0, 0, 0))
    why = said(
        "Only {n} clients can serve as the measure of others, {needed} are needed: active, with at least {deliveries} "
        "deliveries a year and positive revenue. No potential is estimated; lower least_deliveries_a_year or widen "
        "window_months if the clientele buys less often.",
        n=n_reference,
        needed=LEAST_REFERENCE,
        deliveries=f"{told.least_deliveries_a_year:g}",
    )
    return Wallet(told.quantile, (), (), empty, empty, empty, pd.Series(dtype=int), None, (), n_reference, why)
