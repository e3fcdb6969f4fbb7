"""The drivers of every target in one go, from the respondents of a wave: importance, map, factor types, by segment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
# Of satisfaction, whose size classes rest on the same draws, and of everything else.
IMPUTATIONS, FEWER_IMPUTATIONS = 4, 2
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
    nobody rates a competitor too); drawn, by target, the draws everything rests on.
    """

    table: pd.DataFrame
    importances: dict[str, Importance]
    maps: dict[str, Map]
    relative: Map | None
    drawn: dict[str, Drawn]

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
    importances, maps, draws, tables, relative = {}, {}, {}, [], None
    for target in TARGETS:
        if rows[target].isna().all():
            continue
        drawn = draws[target] = _drawn(survey, rows, target, told, seed=seed, weights=weights)
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
    return Drivers(together.reindex(columns=list(DRIVER_COLUMNS)), importances, maps, relative, draws)


def drivers_by_segment(
    survey: Survey, respondents: pd.DataFrame, found: Drivers, told: Competitive, *, seed: int
) -> pd.DataFrame:
    """The drivers of satisfaction by size class of client (us), and by competitor (all who rate it).

    Parameters: found, the drivers of all respondents. Returns: SEGMENT_COLUMNS. A segment with fewer than
    LEAST_IN_SEGMENT respondents is left out.
    Notes: a size class is a part of the same draws, with the same weights. Competitors are rated by clients and by
    non-clients alike, each respondent counting once (assumption A26).
    """
    parts = []
    if "satisfaction" in found.drawn:
        drawn = found.drawn["satisfaction"]
        size = respondents["size_class"].reindex(drawn.answers.rows)
        parts += [
            _segment(_part(drawn, (size == one).to_numpy()), "size_class", one)
            for one in sorted(size.dropna().unique())
        ]
    for supplier in survey.competitors:
        rated = survey.of(supplier=supplier)
        rated = rated.assign(weight=1.0, cluster=rated["customer_id"].fillna(rated["respondent_id"]))
        if rated["satisfaction"].notna().sum() >= LEAST_IN_SEGMENT:
            drawn = _drawn(survey, rated, "satisfaction", told, seed=seed)
            parts.append(_segment(drawn, "supplier", supplier))
    known = [part for part in parts if part is not None]
    table = pd.concat(known, ignore_index=True) if known else pd.DataFrame()
    return table.reindex(columns=list(SEGMENT_COLUMNS))


def _segment(drawn: Drawn, segment_by: str, segment: str) -> pd.DataFrame | None:
    if drawn.answers.n < LEAST_IN_SEGMENT:
        return None
    found = importance(drawn)
    if not found.is_estimated:
        return None
    return _joined(found, quadrant_map(found, *performance(drawn))).assign(segment_by=segment_by, segment=segment)


def _part(drawn: Drawn, kept: np.ndarray) -> Drawn:
    """The draws of some of the respondents; controls that no longer vary, and items nobody answered, are left out."""
    answers, samples = drawn.answers, drawn.samples
    used = np.array([np.ptp(column[~np.isnan(column)]) > 0 if (~np.isnan(column)).any() else False
                     for column in answers.scores[kept].T])  # fmt: skip
    controls = answers.controls[kept]
    part = replace(
        answers,
        attributes=tuple(name for name, one in zip(answers.attributes, used, strict=True) if one),
        scores=answers.scores[kept][:, used],
        not_applicable=answers.not_applicable[kept][:, used],
        target=answers.target[kept],
        controls=controls[:, np.ptp(controls, axis=0) > 0] if kept.any() else controls,
        weight=answers.weight[kept],
        cluster=pd.factorize(answers.cluster[kept])[0],
        rows=answers.rows[kept],
    )
    return Drawn(
        part,
        replace(samples, times=samples.times[:, kept], weights=samples.weights[:, kept]),
        drawn.completed[:, kept][:, :, used],
        drawn.drawn_completed[:, kept][:, :, used],
    )


def _drawn(
    survey: Survey,
    rows: pd.DataFrame,
    target: str,
    told: Competitive,
    *,
    seed: int,
    weights: Weighting | None = None,
) -> Drawn:
    """The answers of rows on a target, drawn; with weights, raked anew in each draw and controlled."""
    answers = answers_for(
        rows,
        target,
        attributes=survey.attributes,
        controls=CONTROLS if weights else (),
        not_applicable=survey.not_applicable.loc[rows.index],
        weight="weight",
        cluster="cluster",
    )
    again = partial(weights.reweighted, rows=answers.rows) if weights else None
    imputations = IMPUTATIONS if weights and target == "satisfaction" else FEWER_IMPUTATIONS
    return drawn_answers(answers, draws=told.bootstrap_draws, seed=seed, imputations=imputations, reweighted=again)


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
