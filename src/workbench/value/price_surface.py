"""Totals over all clients when prices move: a smooth surface, found once, on which all draws and all prices lie."""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.chebyshev import chebpts1, chebvander

from workbench.value.tariff_base import Side, Stay
from workbench.value.tariffs import Horizon, kept

EUROS = ("revenue", "direct", "activity", "other", "other_activity")


@dataclass(frozen=True)
class Axis:
    """One thing that moves, from low to high, and the Chebyshev nodes at which sums over the clients are taken."""

    low: float
    high: float

    @property
    def nodes(self) -> np.ndarray:
        """Where to take the sums: the wider, the more; one where nothing moves."""
        if self.high == self.low:
            return np.array([self.low])
        return (self.low + self.high + (self.high - self.low) * chebpts1(6 + int(6 * (self.high - self.low)))) / 2

    def weights(self, at: np.ndarray) -> np.ndarray:
        """The share of each node, shape (..., nodes), in the value at points within the ends."""
        nodes = self.nodes
        if len(nodes) == 1:
            return np.ones((*np.shape(at), 1))
        return chebvander(self._unit(at), len(nodes) - 1) @ np.linalg.inv(chebvander(self._unit(nodes), len(nodes) - 1))

    def _unit(self, at: np.ndarray) -> np.ndarray:
        return (2 * np.asarray(at) - self.low - self.high) / (self.high - self.low)


@dataclass(frozen=True)
class PriceSurface:
    """Sums over the clients of a size of what they keep, by a common factor on hazards and one on those of the scope.

    hazard: axis of the logarithm of the factor on all hazards; loss: axis of the loss elasticity times the change of
    the price, which acts on each client by its share of the scope. sums: hazard node × loss node × size × EUROS, each
    times the months kept within the horizon; staying: the same without the last axis, clients kept at its end.
    Notes: a sum over clients is a smooth function of both, so that a polynomial through few nodes gives it: a
    thousand draws at twenty prices take the passes over the clients that the nodes take, not twenty thousand.
    References: Trefethen, Approximation Theory and Approximation Practice, SIAM 2013, chapter 8.
    """

    hazard: Axis
    loss: Axis
    sums: np.ndarray
    staying: np.ndarray

    def totals(
        self,
        horizon: Horizon,
        *,
        change: float,
        volume: np.ndarray,
        loss: np.ndarray,
        hazard: np.ndarray,
        cost: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The sums over clients of `before`, `difference` and `lost_more` of `price_change`, one for each draw.

        Parameters: horizon, that of the surface; change; volume and loss, elasticities, shape (draws, sizes); hazard
        and cost, common factors, shape (draws,).
        """
        still, still_end = self._at(hazard, np.zeros_like(loss))
        moved, moved_end = self._at(hazard, loss * change)
        saved = float(horizon.capacity_removed)

        def margin(kept_by: np.ndarray, bought: np.ndarray | float, price: float, costs: float) -> np.ndarray:
            revenue, direct, activity, other, account = np.moveaxis(kept_by, -1, 0)
            of_scope = bought * (revenue * price - direct - costs * cost[:, None] * activity)
            return (of_scope + other - costs * cost[:, None] * account).sum(axis=1)

        bought = np.exp(volume * np.log1p(change))
        difference = margin(moved, bought, 1.0 + change, saved) - margin(still, 1.0, 1.0, saved)
        return margin(still, 1.0, 1.0, 1.0), difference, (still_end - moved_end).sum(axis=1)

    def _at(self, hazard: np.ndarray, loss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ways = self.hazard.weights(np.log(hazard)), self.loss.weights(loss)
        of_sums = np.einsum("dh,dsl,hlse->dse", *ways, self.sums, optimize=True)
        return of_sums, np.einsum("dh,dsl,hls->ds", *ways, self.staying, optimize=True)


def price_surface(
    side: Side,
    stay: Stay,
    horizon: Horizon,
    *,
    sizes: np.ndarray,
    hazard: np.ndarray,
    loss: np.ndarray,
    changes: np.ndarray,
) -> PriceSurface:
    """The surface of one scope and one horizon, wide enough for all draws and all changes.

    Parameters: side and stay, of the clients; sizes, the place of each client's size, shape (clients,); hazard, the
    drawn factors; loss, the drawn elasticities, shape (draws, sizes); changes, of the price.
    """
    moves = np.array([0.0, *(end * change for end in (loss.min(), loss.max()) for change in changes)])
    axes = Axis(*np.log([hazard.min(), hazard.max()])), Axis(moves.min(), moves.max())
    euros = np.column_stack([getattr(side, name) for name in EUROS])
    n_sizes = loss.shape[1]
    shape = len(axes[0].nodes), len(axes[1].nodes), n_sizes
    sums, staying = np.empty((*shape, len(EUROS))), np.empty(shape)
    for row, common in enumerate(axes[0].nodes):
        log_kept = stay.log_kept * np.exp(common)
        for column, move in enumerate(axes[1].nodes):
            months, end = kept(log_kept, np.exp(move * side.share), horizon.months, horizon.loss_months)
            euros_kept = euros * np.broadcast_to(months, side.share.shape)[:, None]
            sums[row, column] = np.column_stack([np.bincount(sizes, each, n_sizes) for each in euros_kept.T])
            staying[row, column] = np.bincount(sizes, np.broadcast_to(end, side.share.shape), n_sizes)
    return PriceSurface(*axes, sums, staying)
