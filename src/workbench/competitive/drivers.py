"""The drivers of every target in one go, from the respondents of a wave: importance, map, factor types, by segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from workbench.competitive.answers import answers_for
from workbench.competitive.asymmetry import factor_types, tetraclasse
from workbench.competitive.importance import Importance, importance
from workbench.competitive.imputing import Drawn, drawn_answers
from workbench.competitive.quadrants import Crossing, Map, performance, quadrant_map, relative_performance
from workbench.competitive.raking import Weighting
from workbench.competitive.respondents import CONTROLS
from workbench.competitive.scales import US, Survey
from workbench.params import Competitive

TARGETS = ("satisfaction", "loyalty", "differentiation", "volume")
LEAST_IN_SEGMENT = 40
IMPUTATIONS, SEGMENT_IMPUTATIONS = 5, 2
DRIVER_COLUMNS = (
    "target", "attribute", "importance_share", "importance_low", "importance_high", "importance_r2",
    "stated_importance", "performance", "performance_low", "performance_high", "relative_performance",
    "relative_to_best", "quadrant", "p_quadrant", "likely_quadrant", "factor_type", "p_factor_type", "tetraclasse",
    "p_tetraclasse", "correlation", "coefficient", "sign_conflict", "n",
)  # fmt: skip
SEGMENT_COLUMNS = ("segment_by", "segment", *(name for name in DRIVER_COLUMNS if not name.startswith("relative")))


@dataclass(frozen=True)
class Drivers:
    """What drives each target.

    table: DRIVER_COLUMNS, a row per target and attribute of the targets that could be estimated; importances and maps,
    by target (all of TARGETS that were asked); relative, the map of satisfaction against the competitors' mean (None:
    nobody rates a competitor too); best_table: the table's attributes for satisfaction with relative values.
    """

    table: pd.DataFrame
    importances: dict[str, Importance]
    maps: dict[str, Map]
    relative: Map | None

    @property
    def main(self) -> str:
        """The target the chapter is built on: satisfaction, or the first that could be estimated."""
        known = [name for name in TARGETS if name in self.importances and self.importances[name].is_estimated]
        return known[0] if known else TARGETS[0]


def drivers(survey: Survey, respondents: pd.DataFrame, weights: Weighting, told: Competitive, *, seed: int) -> Drivers:
    """The drivers of us, over all client respondents of the wave.

    Parameters: respondents, as `client_respondents` gives them; weights, theirs. Not modified.
    Notes: size, sector and seniority enter first. Each bootstrap sample draws groups of accounts with replacement and
    is raked anew.
    """
    rows = respondents.assign(weight=weights.weight)
    stated = _stated(rows, survey.attributes)
    rivals = _rivals(survey, respondents)
    crossing = Crossing(told.performance_line, told.importance_line)
    importances, maps, tables, relative = {}, {}, [], None
    for target in TARGETS:
        if rows[target].isna().all():
            continue
        drawn = _drawn(survey, rows, target, weights, told.bootstrap_draws, seed)
        found = importances[target] = importance(drawn, stated=stated)
        if not found.is_estimated:
            maps[target] = quadrant_map(found, np.empty(0), np.empty((0, 0)))
            continue
        x, x_draws = performance(drawn)
        maps[target] = quadrant_map(found, x, x_draws, crossing=crossing)
        table = _joined(found, maps[target])
        if len(rivals):
            mean, mean_draws, raters = relative_performance(drawn, rivals)
            table["relative_performance"] = mean
            table["relative_to_best"] = relative_performance(drawn, rivals, best=True)[0]
            if target == "satisfaction" and not np.isnan(mean).all():
                relative = quadrant_map(
                    found, mean, mean_draws, crossing=Crossing(1.0, told.importance_line), raters=raters
                )
        if target == "satisfaction":
            points = _scale_points(told)
            table = table.merge(factor_types(drawn, scale_points=points)[["attribute", "factor_type", "p_factor_type"]])
            table = table.merge(tetraclasse(drawn)[["attribute", "tetraclasse", "p_tetraclasse"]])
        tables.append(table)
    together = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return Drivers(together.reindex(columns=list(DRIVER_COLUMNS)), importances, maps, relative)


def drivers_by_segment(
    survey: Survey, respondents: pd.DataFrame, weights: Weighting, told: Competitive, *, seed: int
) -> pd.DataFrame:
    """The drivers of satisfaction by size class of client (us), and by competitor (all who rate it).

    Returns: SEGMENT_COLUMNS. A segment with fewer than LEAST_IN_SEGMENT respondents, or without satisfaction, is left
    out. Competitors are rated by clients and by non-clients alike, each respondent once (assumption A26).
    """
    rows = respondents.assign(weight=weights.weight)
    parts = []
    for size, group in rows.groupby("size_class"):
        parts.append(_segment(survey, group, ("size_class", size), told, weights, seed))
    for supplier in survey.competitors:
        rated = survey.of(supplier=supplier)
        rated = rated.assign(weight=1.0, cluster=rated["customer_id"].fillna(rated["respondent_id"]))
        parts.append(_segment(survey, rated, ("supplier", supplier), told, None, seed))
    found = [part for part in parts if part is not None]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    return table.reindex(columns=list(SEGMENT_COLUMNS))


def _segment(
    survey: Survey,
    rows: pd.DataFrame,
    segment: tuple[str, str],
    told: Competitive,
    weights: Weighting | None,
    seed: int,
) -> pd.DataFrame | None:
    if rows["satisfaction"].notna().sum() < LEAST_IN_SEGMENT:
        return None
    drawn = _drawn(
        survey, rows, "satisfaction", weights, told.bootstrap_draws, seed, imputations=SEGMENT_IMPUTATIONS, controls=()
    )
    found = importance(drawn)
    if not found.is_estimated:
        return None
    x, x_draws = performance(drawn)
    table = _joined(found, quadrant_map(found, x, x_draws, crossing=Crossing(told.performance_line)))
    return table.assign(segment_by=segment[0], segment=segment[1])


def _drawn(
    survey: Survey,
    rows: pd.DataFrame,
    target: str,
    weights: Weighting | None,
    draws: int,
    seed: int,
    *,
    imputations: int = IMPUTATIONS,
    controls: Sequence[str] = tuple(CONTROLS),
) -> Drawn:
    answers = answers_for(
        rows,
        target,
        attributes=survey.attributes,
        controls=controls,
        not_applicable=survey.not_applicable.loc[rows.index],
        weight="weight",
        cluster="cluster",
    )
    again = None if weights is None else partial(weights.reweighted, rows=answers.rows)
    return drawn_answers(answers, draws=draws, seed=seed, imputations=imputations, reweighted=again)


def _joined(found: Importance, placed: Map) -> pd.DataFrame:
    """The importances with their place on the map."""
    columns = ["attribute", "performance", "performance_low", "performance_high", "quadrant", "p_quadrant",
               "likely_quadrant"]  # fmt: skip
    return found.table.merge(placed.table[columns], on="attribute", how="left")


def _stated(rows: pd.DataFrame, attributes: Sequence[str]) -> pd.Series | None:
    """The mean stated importance of each attribute, 0-100; None where it was not asked."""
    means = {}
    for name in attributes:
        column = f"stated_{name}"
        known = rows[column].notna() if column in rows else pd.Series(False, rows.index)
        if known.any():
            means[name] = np.average(rows.loc[known, column], weights=rows.loc[known, "weight"])
    return pd.Series(means) if means else None


def _rivals(survey: Survey, respondents: pd.DataFrame) -> pd.DataFrame:
    """The ratings of competitors by our client respondents, `respondent` being the label of their row about us."""
    label = pd.Series(respondents.index, index=respondents["respondent_id"])
    rows = survey.of(clients=True)
    rows = rows[(rows["supplier"] != US) & rows["respondent_id"].isin(label.index)]
    return rows.assign(respondent=rows["respondent_id"].map(label))[["respondent", "supplier", *survey.attributes]]


def _scale_points(told: Competitive) -> int:
    return int(told.scale.highest - told.scale.lowest) + 1
