"""The baseline hazard in bands of age: smooth enough to say what the next months hold, and beyond the data."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from workbench.churn.checks import cluster_codes
from workbench.churn.cox import LEAST_AT_RISK, CoxFit
from workbench.errors import DataError

LEAST_EVENTS = 20
MOST_BANDS = 24


@dataclass(frozen=True)
class Bands:
    """The hazard at the centre of the fit, constant within bands of months since the first order.

    edges: (k + 1,) months, of each stratum; the last band has no end. hazard: (k,) a month. events: (k,) it rests on.
    means: (k, p) mean covariates of the exposure, less the centre. known_until: the age up to which LEAST_AT_RISK were
    at risk; beyond it the last band goes on (an exponential tail). All by stratum. excess: by how much clustering
    inflates the variance of the baseline.
    """

    edges: tuple[np.ndarray, ...]
    hazard: tuple[np.ndarray, ...]
    events: tuple[np.ndarray, ...]
    means: tuple[np.ndarray, ...]
    known_until: tuple[float, ...]
    excess: float

    def cumulative(self, months: np.ndarray, stratum: int) -> np.ndarray:
        """The cumulative hazard (n,) from 0 to each of months (n,)."""
        return _piled(self.edges[stratum], self.hazard[stratum], months)

    def cumulative_means(self, months: np.ndarray, stratum: int) -> np.ndarray:
        """The integral (n, p) of hazard times mean covariates: minus the derivative of `cumulative`."""
        rates = self.hazard[stratum][:, None] * self.means[stratum]
        piled = [_piled(self.edges[stratum], column, months) for column in rates.T]
        return np.column_stack(piled) if piled else np.zeros((len(months), 0))

    def variance(self, low: np.ndarray, high: np.ndarray, stratum: int) -> np.ndarray:
        """The variance (n,) of the cumulative hazard between two ages, of the events it rests on alone."""
        total = np.zeros(len(low))
        edges = self.edges[stratum]
        for begin, end, rate, events in zip(
            edges[:-1], edges[1:], self.hazard[stratum], self.events[stratum], strict=True
        ):
            lived = rate * np.clip(np.minimum(high, end) - np.maximum(low, begin), 0.0, None)
            total += lived**2 / max(events, 1)
        return self.excess * total


def _piled(edges: np.ndarray, rates: np.ndarray, months: np.ndarray) -> np.ndarray:
    """The integral (n,) from 0 of a step function; its last step has no end."""
    at_edges = np.r_[0.0, np.cumsum(rates[:-1] * np.diff(edges[:-1]))]
    return np.interp(months, edges[:-1], at_edges) + rates[-1] * np.clip(months - edges[-2], 0.0, None)


def baseline_bands(
    fit: CoxFit,
    table: pd.DataFrame,
    *,
    start: str = "start",
    stop: str = "stop",
    event: str = "event",
) -> Bands:
    """The hazard of each band: its events over the exposure of its rows, weighted by their hazard ratio.

    Parameters: fit, of the table; table, as given to `cox_fit`; not modified.
    Notes: the maximum-likelihood hazard of a piecewise exponential model at the coefficients of the fit; edges are
    quantiles of the event times, with at least LEAST_EVENTS events a band. Early and late risk sets of a few clients,
    which make the steps of a Breslow baseline jump, weigh by their exposure only.
    """
    if fit.best is None:
        raise DataError(f"baseline: there is no fitted model. {fit.why_not}")
    stratum = fit.stratum_of(table)
    begun, ended = table[start].to_numpy(float), table[stop].to_numpy(float)
    weight = table["weight"].to_numpy(float) if "weight" in table else np.ones(len(table))
    lost, line = table[event].to_numpy(bool), fit.log_hazard(table)
    away = table[fit.covariates].to_numpy(float) - fit.centre.to_numpy()
    risk = weight * np.exp(line)
    parts = []
    for number in range(len(fit.levels)):
        here = stratum == number
        edges, spell = _edges(ended[here & lost]), (begun[here], ended[here])
        rates = _rates(edges, *spell, lost=lost[here], risk=risk[here], weight=weight[here], away=away[here])
        parts.append((edges, *rates, _known_until(*spell)))
    edges, hazard, events, means, known = (tuple(each) for each in zip(*parts, strict=True))
    return Bands(edges, hazard, events, means, known, _excess(fit, table))


def _edges(event_times: np.ndarray) -> np.ndarray:
    bands = int(np.clip(len(event_times) // LEAST_EVENTS, 1, MOST_BANDS))
    inner = np.quantile(event_times, np.arange(1, bands) / bands) if len(event_times) else np.array([])
    return np.r_[0.0, np.unique(inner[inner > 0]), np.inf]


def _rates(edges, begun, ended, *, lost, risk, weight, away) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hazard, events, means = [], [], []
    for low, high in pairwise(edges):
        exposure = risk * np.clip(np.minimum(ended, high) - np.maximum(begun, low), 0.0, None)
        inside = lost & (ended > low) & (ended <= high)
        total = exposure.sum()
        hazard.append(weight[inside].sum() / total if total > 0 else 0.0)
        events.append(inside.sum())
        means.append(exposure @ away / total if total > 0 else np.zeros(away.shape[1]))
    return np.array(hazard), np.array(events), np.array(means)


def _known_until(begun: np.ndarray, ended: np.ndarray) -> float:
    """The latest age at which LEAST_AT_RISK (or a tenth, of few) are at risk."""
    moments = np.sort(ended)
    there = len(ended) - np.arange(len(ended)) - (len(begun) - np.searchsorted(np.sort(begun), moments, side="left"))
    enough = np.flatnonzero(there >= min(LEAST_AT_RISK, max(1, len(ended) // 10)))
    return float(moments[enough[-1]]) if len(enough) else 0.0


def _excess(fit: CoxFit, table: pd.DataFrame) -> float:
    """The variance of the log cumulative hazard, summed by cluster, over that of independent rows; at least 1."""
    sets, found = fit.best.sets, fit.best.found
    jump = found.a0 / np.maximum(sets.died, 1)
    total = np.r_[0.0, np.cumsum(found.b0)]
    moved = np.where(sets.event, jump[sets.last - 1] * sets.weight, 0.0)
    moved -= found.risk * (total[sets.last] - total[sets.first])
    clusters = cluster_codes(table)[sets.kept]
    return float(max(1.0, (np.bincount(clusters, moved) ** 2).sum() / found.b0.sum()))
