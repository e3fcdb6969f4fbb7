"""The potential judged on clients it has not seen: pinball loss against plainer estimates, and coverage."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.potential.quantiles import additive_fit, raw_cells, shrunk_cells, weighted_quantile
from workbench.potential.wallet import FOLDS, Wallet, pinball

CHOSEN, ADDITIVE, RAW, SIZE, GLOBAL = "this estimate", "size + sector", "cell alone", "size alone", "one for all"
DRAWS = 200
# Below this reduction of the loss of one value for all, size and sector hardly tell who could buy more.
HARDLY = 0.05
LOSS_COLUMNS = ("estimate", "pinball", "worse_by_share", "worse_by_low", "worse_by_high", "coverage_share")


@dataclass(frozen=True)
class Evaluation:
    """How the estimate does on held-out clients.

    losses: one row per estimate: estimate, pinball (mean loss of log spend, per client), worse_by_share (its loss over
    that of the chosen estimate, less 1) with worse_by_low, worse_by_high (90 %), coverage_share (clients at or below
    it). coverage: one row per size class: size_class, n_clients, coverage_share, standard_error. gain_share: how much
    of the loss of one value for all the estimate saves, with gain_low, gain_high. tau, the quantile meant.
    """

    losses: pd.DataFrame
    coverage: pd.DataFrame
    gain_share: float
    gain_low: float
    gain_high: float
    tau: float

    @property
    def has_signal(self) -> bool:
        """Whether size and sector save a loss worth the name, and surely some."""
        return self.gain_share >= HARDLY and self.gain_low > 0


def evaluation(wallet: Wallet, *, seed: int) -> Evaluation | None:
    """Held-out pinball loss and coverage of the potential and of plainer estimates; None where there is none.

    Parameters: wallet, as estimated; seed, of the bootstrap over groups of clients, for the intervals of
    differences.
    Notes: every estimate is fitted on the same folds without the clients it is judged on; `size + sector` has the
    strength of sectors chosen for this estimate, `cell alone` falls back on it where a cell is empty. Where all clients
    are of one size or one sector these are the same estimate, and only one value for all is left to compare with.
    """
    if not wallet.is_estimated:
        return None
    spends, tau = wallet.spends, wallet.tau
    rows, fold = np.nonzero(spends.counts)
    count = spends.counts[rows, fold]
    names = (CHOSEN, ADDITIVE, RAW, SIZE, GLOBAL) if _is_crossed(wallet) else (CHOSEN, GLOBAL)
    predicted = {name: np.empty(len(rows)) for name in names}
    for held in range(FOLDS):
        here = fold == held
        tables = _tables(wallet, held)
        for name in names:
            predicted[name][here] = tables[name].ravel()[spends.cell[rows[here]]]
    rest = {name: spends.log_spend[rows] - values for name, values in predicted.items()}
    loss = {name: pinball(one, tau) for name, one in rest.items()}
    rng = np.random.default_rng([seed, 11])
    again = [count @ loss[CHOSEN]], {name: [count @ one] for name, one in loss.items()}
    for _ in range(DRAWS):
        weight = np.stack([spends.drawn(rng, [held]) for held in range(FOLDS)], axis=1)[rows, fold]
        again[0].append(weight @ loss[CHOSEN])
        for name, one in loss.items():
            again[1][name].append(weight @ one)
    worse = {name: np.array(sums) / np.maximum(np.array(again[0]), 1e-12) - 1 for name, sums in again[1].items()}
    saved = 1 - np.array(again[0]) / np.maximum(np.array(again[1][GLOBAL]), 1e-12)
    losses = pd.DataFrame(
        [
            (name, count @ loss[name] / count.sum(), worse[name][0], *_bounds(worse[name][1:]),
             count @ (rest[name] <= 1e-9) / count.sum())
            for name in loss
        ],
        columns=list(LOSS_COLUMNS),
    )  # fmt: skip
    covered = np.zeros_like(spends.counts)
    covered[rows, fold] = rest[CHOSEN] <= 1e-9
    coverage = _coverage(wallet, covered)
    return Evaluation(losses, coverage, float(saved[0]), *_bounds(saved[1:]), tau)


def _is_crossed(wallet: Wallet) -> bool:
    """Whether the reference clients are of several sizes and several sectors."""
    size, sector = np.divmod(wallet.spends.cell, wallet.spends.n_sectors)
    return len(np.unique(size)) > 1 and len(np.unique(sector)) > 1


def _tables(wallet: Wallet, held: int) -> dict[str, np.ndarray]:
    """Log quantiles of every cell by every estimate, fitted without one fold."""
    spends, tau = wallet.spends, wallet.tau
    weight = spends.counts.sum(axis=1) - spends.counts[:, held]
    additive = additive_fit(spends, weight, tau, k_sector=wallet.chosen[held].k_sector).table
    raw, clients = raw_cells(spends, weight, tau), spends.by_cell(weight)
    return {
        CHOSEN: np.log(wallet.potential[held]),
        ADDITIVE: shrunk_cells(additive, raw, clients, k_cell=np.inf),
        RAW: np.where(clients > 0, raw, additive),
        SIZE: additive_fit(spends, weight, tau, k_sector=np.inf).table,
        GLOBAL: np.full_like(additive, weighted_quantile(spends.log_spend, weight, tau)),
    }


def _coverage(wallet: Wallet, covered: np.ndarray) -> pd.DataFrame:
    """By size, from whether the accounts of each row and fold are covered; errors count what a group has in common."""
    spends, tau, rows = wallet.spends, wallet.tau, []
    size = spends.cell // spends.n_sectors
    for level, name in enumerate(wallet.sizes):
        here = (size == level)[:, None]
        count = here * spends.counts
        if clients := count.sum():
            effect = spends.design_effect(here * (covered - tau), size)
            error = np.sqrt(effect * tau * (1 - tau) / clients)
            rows.append((name, int(clients), (count * covered).sum() / clients, error))
    return pd.DataFrame(rows, columns=["size_class", "n_clients", "coverage_share", "standard_error"])


def _bounds(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.05, 0.95])
    return float(low), float(high)


def loss_table(judged: Evaluation | None) -> pd.DataFrame:
    """The table `potential_evaluation`: the losses of all estimates; no rows where nothing was estimated."""
    return pd.DataFrame(columns=list(LOSS_COLUMNS), dtype="float64") if judged is None else judged.losses
