"""Whether satisfaction pays: revenue, or the share of purchases, as satisfaction or loyalty rises."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.competitive.resampling import HIGH, LOW
from workbench.competitive.shapes import FORMS, Spread, candidates, knots, spline, spline_slopes
from workbench.errors import DataError
from workbench.language import said, word

DIMINISHING, NOT_ESTABLISHED = "diminishing", "not_established"
LEAST_CLIENTS, LEAST_IN_CELL = 60, 10
FOLDS, REPEATS = 5, 6
# Samples in which the spline must have its knots.
LEAST_SPLINES = 0.5
REPORTED = (0.25, 0.50, 0.75)
JUDGED = (0.10, 0.90)
# The quantile of the ratio's draws that must be below 1. At 0.95 the verdict was announced under a straight line in 8 %
# of 400 simulations of 600 clients: many cells for few clients make the draws too narrow.
VERDICT = 0.975
ROUNDS = 4
# A cell's mean is at least this share of the mean of all, so that no cell has all the weight.
LEAST_LEVEL = 0.01
GRID = 41


@dataclass(frozen=True)
class Response:
    """How an outcome answers to a predictor on 0-100, other things being equal.

    row, by column of `revenue_response`: predictor, outcome, form, shape_verdict, slope_p25 with low and high, ... (in
    units of the outcome per point), slope_ratio (P90 over P10) with low and high, slope_ratio_bound, which decides the
    verdict, n. curve, a row per place, P5 to P95: score, outcome (of the average client), low, high, slope, slope_low,
    slope_high. losses, by form, the squared error on clients not seen over that of the linear form. why_not, a sentence
    where nothing was estimated.
    """

    row: dict[str, object]
    curve: pd.DataFrame
    losses: pd.Series
    why_not: str | None = None


def response(
    clients: pd.DataFrame,
    predictor: str,
    outcome: str,
    *,
    controls: Sequence[str] = (),
    cluster: str | None = None,
    seed: int,
    draws: int = 500,
) -> Response:
    """What one more point of the predictor brings, and whether it brings less and less.

    Parameters: clients, a row per client, not modified: predictor on 0-100; outcome, revenue in € or, in 0-1 and named
    with _share at the end, a share; controls, classes such as size and sector, crossed; cluster, the column of
    what is drawn together, a group of accounts (default: every row its own); rows that lack predictor or outcome are
    left out. draws, bootstrap samples of clusters, each fitted anew with its own knots.
    Raises: DataError for a predictor outside 0-100.
    Notes: revenue is a level of the cell of controls times a spline of the predictor, which holds when a point is worth
    more at a larger client; a share is a level of the cell plus a spline (assumption A35). Diminishing only where the
    slope at P90 over that at P10 has its 97.5 % bound below 1 (a slope at P10 that is not positive counts as no
    diminution) and the slope at P90 is not surely negative (its 95 % bound is at least 0); else not established
    (assumption A36). The form is the one with the least squared error in repeated cross-validation, clusters kept
    together, and is for show: log and root diminish by construction.
    """
    kept = clients.dropna(subset=[predictor, outcome])
    _check(kept, predictor)
    kept = kept.sort_values(predictor, kind="stable")
    together = np.arange(len(kept)) if cluster is None else pd.factorize(kept[cluster])[0]
    clusters = len(np.unique(together))
    why_not = _why_not(kept, predictor, outcome, clusters)
    if why_not is not None:
        return Response(_row_of_nothing(predictor, outcome, len(kept)), pd.DataFrame(), pd.Series(dtype=float), why_not)
    data = _Data(
        x=kept[predictor].to_numpy(float),
        y=kept[outcome].to_numpy(float),
        cell=cells(kept, controls),
        proportional=not outcome.endswith("_share"),
    )
    rng = np.random.default_rng([seed, 13])
    n = len(kept)
    grid = np.linspace(*data.spread(np.ones(n)).quantiles((0.05, 0.95)), GRID)
    point = _fitted(data, np.ones(n), grid)
    samples = (np.bincount(rng.integers(0, clusters, clusters), minlength=clusters)[together] for _ in range(draws))
    drawn = [_fitted(data, times.astype(float), grid) for times in samples]
    drawn = np.array([each for each in drawn if each is not None])
    if len(drawn) < LEAST_SPLINES * draws:
        why_not = _too_few_scores(predictor)
        return Response(_row_of_nothing(predictor, outcome, n), pd.DataFrame(), pd.Series(dtype=float), why_not)
    losses = _losses(data, together, rng)
    row = {"predictor": predictor, "outcome": outcome, "form": str(losses.idxmin()), **_judged(point, drawn), "n": n}
    low, high = np.quantile(drawn, [LOW, HIGH], axis=0)
    at = len(REPORTED) + len(JUDGED)
    curve = pd.DataFrame(
        {
            "score": grid,
            "outcome": point[at : at + GRID], "low": low[at : at + GRID], "high": high[at : at + GRID],
            "slope": point[at + GRID :], "slope_low": low[at + GRID :], "slope_high": high[at + GRID :],
        }
    )  # fmt: skip
    return Response(row, curve, losses)


def response_table(responses: Sequence[Response]) -> pd.DataFrame:
    """The table revenue_response: predictor, outcome, form, shape_verdict, slopes in € (revenue) or share, bounds."""
    rows = []
    for each in responses:
        unit = "_share" if str(each.row["outcome"]).endswith("_share") else "_eur"
        rows.append(
            {(f"{name}{unit}" if name.startswith("slope_p") else name): value for name, value in each.row.items()}
        )
    return pd.DataFrame(rows)


def cells(clients: pd.DataFrame, controls: Sequence[str]) -> np.ndarray:
    """Numbers of the cells of crossed controls; a cell with fewer than 10 clients joins the rest of its first control,
    and that rest, where it is as thin, all other clients of thin cells."""
    if not controls:
        return np.zeros(len(clients), dtype=int)
    parts = clients[list(controls)].astype("string").fillna("?")
    crossed = parts.agg("\x1f".join, axis=1)
    for wider in (parts.iloc[:, 0] + "\x1f\x1f", "\x1f\x1f\x1f"):
        thin = crossed.map(crossed.value_counts()) < LEAST_IN_CELL
        crossed = crossed.mask(thin, wider)
    return pd.factorize(crossed)[0]


@dataclass(frozen=True)
class _Data:
    """Clients sorted by x."""

    x: np.ndarray
    y: np.ndarray
    cell: np.ndarray
    proportional: bool

    def spread(self, weights: np.ndarray) -> Spread:
        return Spread(self.x, np.cumsum(weights))

    def levels(self, weights: np.ndarray, shape: np.ndarray) -> np.ndarray:
        """The level of each cell, of revenue over shape, or of a share less shape; cells without weight: of all."""
        top, bottom = (self.y * shape, shape**2) if self.proportional else (self.y - shape, np.ones_like(shape))
        summed = np.bincount(self.cell, weights * top, minlength=self.cell.max() + 1)
        total = np.bincount(self.cell, weights * bottom, minlength=self.cell.max() + 1)
        mean = summed.sum() / total.sum()
        level = np.divide(summed, total, out=np.full_like(summed, mean), where=total > 0)
        return np.maximum(level, LEAST_LEVEL * mean) if self.proportional else level

    def relative(self, level: np.ndarray) -> np.ndarray:
        """The outcome with the cell taken out: what the shape has to explain."""
        return self.y / level[self.cell] if self.proportional else self.y - level[self.cell]

    def fit(self, columns: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Levels and coefficients (constant first), in turn until they agree: least squares of the relative outcome."""
        shape = np.ones_like(self.y) if self.proportional else np.zeros_like(self.y)
        design = np.column_stack([np.ones_like(self.y), columns])
        root = np.sqrt(weights)[:, None]
        for _ in range(ROUNDS):
            level = self.levels(weights, shape)
            coefficient = np.linalg.lstsq(design * root, self.relative(level) * root[:, 0], rcond=1e-10)[0]
            shape = design @ coefficient
        return level, coefficient


def _fitted(data: _Data, weights: np.ndarray, grid: np.ndarray) -> np.ndarray | None:
    """Slopes at P25, P50, P75, P10, P90 of the sample, then the curve on the grid, then its slopes; None where the
    sample has too few distinct values for a spline."""
    spread = data.spread(weights)
    places = knots(spread)
    if places is None:
        return None
    level, coefficient = data.fit(spline(data.x, places), weights)
    average = np.average(level[data.cell], weights=weights)
    times, plus = (average, 0.0) if data.proportional else (1.0, average)
    at = np.concatenate([spread.quantiles(REPORTED + JUDGED), grid])
    slopes = spline_slopes(at, places) @ coefficient[1:] * times
    curve = (coefficient[0] + spline(grid, places) @ coefficient[1:]) * times + plus
    n = len(REPORTED) + len(JUDGED)
    return np.concatenate([slopes[:n], curve, slopes[n:]])


def _judged(point: np.ndarray, drawn: np.ndarray) -> dict[str, object]:
    n = len(REPORTED)
    low, high = np.quantile(drawn[:, :n], [LOW, HIGH], axis=0)
    ratios = _ratio(drawn[:, n], drawn[:, n + 1])
    ratio_low, ratio_high = np.quantile(ratios, [LOW, HIGH], method="higher")
    # Where returns have died out the slope at P90 is about 0, its estimate negative half of the time: the bound counts.
    bound = np.quantile(ratios, VERDICT, method="higher")
    diminishing = bound < 1 and np.quantile(drawn[:, n + 1], HIGH) >= 0
    slopes = {}
    for number, share in enumerate(REPORTED):
        name = f"slope_p{share * 100:.0f}"
        slopes |= {name: point[number], f"{name}_low": low[number], f"{name}_high": high[number]}
    return {
        "shape_verdict": DIMINISHING if diminishing else NOT_ESTABLISHED,
        **slopes,
        "slope_ratio": float(_ratio(point[[n]], point[[n + 1]])[0]),
        "slope_ratio_low": float(ratio_low),
        "slope_ratio_high": float(ratio_high),
        "slope_ratio_bound": float(bound),
    }


def _ratio(at_p10: np.ndarray, at_p90: np.ndarray) -> np.ndarray:
    """The slope at P90 over that at P10; infinite where the latter is not positive: nothing there to diminish."""
    return np.divide(at_p90, at_p10, out=np.full_like(at_p90, np.inf), where=at_p10 > 0)


def _losses(data: _Data, together: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """The squared error of each form on clusters left out, over that of the linear form."""
    lost = dict.fromkeys(FORMS, 0.0)
    for _ in range(REPEATS):
        fold = (rng.permutation(together.max() + 1) % FOLDS)[together]
        for held in range(FOLDS):
            trained = (fold != held).astype(float)
            spread = data.spread(trained)
            places = knots(spread)
            if places is None:
                continue
            # The levels of the spline serve all forms: only the shape differs.
            level, _ = data.fit(spline(data.x, places), trained)
            outcome = data.relative(level)
            for form in FORMS:
                tried = [
                    _squares(columns, outcome, trained, 1 - trained) for columns in candidates(form, data.x, spread)
                ]
                lost[form] += min(tried)[1]
    losses = pd.Series(lost)
    return losses / losses[FORMS[0]]


def _squares(columns: np.ndarray, outcome: np.ndarray, trained: np.ndarray, held: np.ndarray) -> tuple[float, float]:
    """Squared error of the rows fitted, and of those held out."""
    design = np.column_stack([np.ones_like(outcome), columns])
    gram = design.T @ (design * trained[:, None])
    coefficient = np.linalg.lstsq(gram, design.T @ (trained * outcome), rcond=1e-12)[0]
    error = (outcome - design @ coefficient) ** 2
    return float(trained @ error), float(held @ error)


def _why_not(kept: pd.DataFrame, predictor: str, outcome: str, clusters: int) -> str | None:
    if clusters < LEAST_CLIENTS:
        return said(
            "Only {n} clients, a group counting once, have {predictor} and {outcome}; {needed} are needed. The "
            "response is not estimated.",
            n=clusters,
            predictor=word(predictor),
            outcome=word(outcome),
            needed=LEAST_CLIENTS,
        )
    if knots(Spread(kept[predictor].to_numpy(float), np.arange(1.0, len(kept) + 1))) is None:
        return _too_few_scores(predictor)
    if kept[outcome].nunique() == 1:
        return said("{outcome} is the same for all clients. The response is not estimated.", outcome=word(outcome))
    return None


def _too_few_scores(predictor: str) -> str:
    return said(
        "{predictor} has too few different scores for a curve. The response is not estimated.",
        predictor=word(predictor),
    )


def _check(kept: pd.DataFrame, predictor: str) -> None:
    if not kept[predictor].between(0, 100).all():
        worst = kept[predictor].loc[~kept[predictor].between(0, 100)].iloc[0]
        raise DataError(
            f"response: {predictor} must be on 0-100 (got {worst:g}); bring it there by the bounds of its scale"
        )


def _row_of_nothing(predictor: str, outcome: str, n: int) -> dict[str, object]:
    names = [f"slope_p{share * 100:.0f}{side}" for share in REPORTED for side in ("", "_low", "_high")]
    ratio = dict.fromkeys(("slope_ratio", "slope_ratio_low", "slope_ratio_high", "slope_ratio_bound"), np.nan)
    start = {"predictor": predictor, "outcome": outcome, "form": None, "shape_verdict": NOT_ESTABLISHED}
    return {**start, **dict.fromkeys(names, np.nan), **ratio, "n": n}
