"""The drivers of every target in one go, from the respondents of a wave, and by size of client and by competitor."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from workbench.competitive.answers import answers_for
from workbench.competitive.drivers import COLUMNS, drivers, drivers_by, relative_map
from workbench.competitive.importance import Importance
from workbench.competitive.imputing import Drawn, drawn_answers
from workbench.competitive.quadrants import Crossing, Map
from workbench.competitive.raking import Weighting
from workbench.competitive.respondents import CONTROLS, of_several
from workbench.competitive.scales import US, Survey
from workbench.params import Competitive

TARGETS = ("satisfaction", "loyalty", "differentiation", "volume")
LEAST_IN_SEGMENT = 40
# Of satisfaction, whose size classes rest on the same draws, and of everything else (assumption A31).
IMPUTATIONS, FEWER_IMPUTATIONS = 4, 2
BESIDE = ["attribute", "coefficient", "correlation", "sign_conflict"]


@dataclass(frozen=True)
class Found:
    """What drives each target.

    table: a row per target and attribute of the targets that could be estimated, the columns of `drivers` and
    coefficient, correlation, sign_conflict, likely_quadrant; importances and maps, by target (all of TARGETS that were
    asked); drawn, by target, the draws everything rests on.
    """

    table: pd.DataFrame
    importances: dict[str, Importance]
    maps: dict[str, Map]
    drawn: dict[str, Drawn]

    @property
    def main(self) -> str:
        """The target the chapter is built on: satisfaction, or the first that could be estimated, or was asked."""
        known = [name for name, one in self.importances.items() if one.is_estimated]
        return [*known, *self.importances, TARGETS[0]][0]

    @property
    def shares(self) -> pd.Series:
        """The importance of each attribute for the main target, index attribute; without rows where there is none."""
        return self.table[self.table["target"] == self.main].set_index("attribute")["importance_share"].astype(float)


def drivers_by_target(
    survey: Survey, respondents: pd.DataFrame, weights: Weighting, told: Competitive, *, seed: int
) -> Found:
    """The drivers of us, over all client respondents of the wave.

    Parameters: respondents, as `client_respondents` gives them; weights, theirs. Not modified.
    Notes: size, sector and seniority enter first. Each bootstrap sample draws groups of accounts with replacement and
    is raked anew. A target nobody was asked is left out.
    """
    rows = respondents.assign(weight=weights.weight)
    rivals = _rivals(survey, respondents)
    shared = {
        "stated": _stated(rows, survey),
        "rivals": rivals if len(rivals) else None,
        "crossing": Crossing(told.performance_line, told.importance_line),
        "scale_points": _scale_points(survey, told),
    }
    importances, maps, draws, tables = {}, {}, {}, []
    for target in TARGETS:
        if rows[target].isna().all():
            continue
        drawn = draws[target] = _drawn(survey, rows, target, told, seed=seed, weights=weights)
        table, importances[target], maps[target] = drivers(drawn, **shared)
        if table.empty:
            continue
        placed = maps[target].table[["attribute", "likely_quadrant"]]
        tables.append(table.merge(importances[target].table[BESIDE], on="attribute").merge(placed, on="attribute"))
    return Found(pd.concat(tables, ignore_index=True) if tables else _no_table(), importances, maps, draws)


def map_against_rivals(survey: Survey, respondents: pd.DataFrame, found: Found) -> Map | None:
    """The relative map of the main target, on the draws of `found`; None where nobody rated a competitor."""
    if found.main not in found.drawn:
        return None
    rivals = _rivals(survey, respondents)
    drawn, weighed = found.drawn[found.main], found.importances[found.main]
    return relative_map(drawn, weighed, rivals if len(rivals) else None)


def drivers_by_segment(
    survey: Survey, respondents: pd.DataFrame, found: Found, told: Competitive, *, seed: int
) -> pd.DataFrame:
    """The drivers of satisfaction by size class of client (us), and by competitor (all who rate it).

    Parameters: found, the drivers of all respondents. Returns: segment_by (size_class, supplier), segment, and the
    columns of `drivers`. A segment with fewer than LEAST_IN_SEGMENT respondents or too few clients (`of_several`),
    or whose satisfaction does not vary, is left out.
    Notes: a size class is a part of the same draws, with the same weights. Competitors are rated by clients and by
    non-clients alike, each respondent counting once (assumption A26).
    """
    shared = {
        "crossing": Crossing(told.performance_line, told.importance_line),
        "scale_points": _scale_points(survey, told),
    }
    parts = []
    if found.drawn.get("satisfaction") is not None and found.importances["satisfaction"].is_estimated:
        drawn = found.drawn["satisfaction"]
        size = _large_enough(respondents.loc[drawn.answers.rows].assign(weight=drawn.answers.weight), "size_class")
        sizes = drivers_by(size, lambda rows: _part(drawn, drawn.answers.rows.isin(rows)), **shared)
        parts.append(sizes.assign(segment_by="size_class"))
    rated = survey.of()
    rated = rated[(rated["supplier"] != US) & rated["satisfaction"].notna()]
    group = respondents.drop_duplicates("customer_id").set_index("customer_id")["cluster"]
    cluster = rated["customer_id"].map(group).fillna(rated["customer_id"]).fillna(rated["respondent_id"])
    rated = rated.assign(weight=1.0, cluster=cluster)
    supplier = _large_enough(rated, "supplier")
    suppliers = drivers_by(
        supplier, lambda rows: _drawn(survey, rated.loc[rows], "satisfaction", told, seed=seed), **shared
    )
    parts.append(suppliers.assign(segment_by="supplier"))
    together = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    together = together[together["why_not"].isna()].drop(columns="why_not")
    return together.reset_index(drop=True)


def _large_enough(rows: pd.DataFrame, by: str) -> pd.Series:
    """The groups with enough respondents, of several clients, whose satisfaction differs; None for the others.

    Parameters: rows, with satisfaction, weight and cluster.
    """
    known = rows[rows["satisfaction"].notna() & rows[by].notna()]
    kept = [
        value
        for value, each in known.groupby(by)
        if len(each) >= LEAST_IN_SEGMENT
        and each["satisfaction"].nunique() > 1
        and of_several(each["weight"].to_numpy(), each["cluster"].to_numpy())
    ]
    return rows[by].where(rows[by].isin(kept), None)


def _part(drawn: Drawn, kept: np.ndarray) -> Drawn:
    """The draws of some of the respondents; controls that no longer vary, and items nobody answered, are left out."""
    answers, samples = drawn.answers, drawn.samples
    scores = answers.scores[kept]
    known = ~np.isnan(scores)
    used = np.array([len(np.unique(column[mark])) > 1 for column, mark in zip(scores.T, known.T, strict=True)])
    controls = answers.controls[kept]
    part = replace(
        answers,
        attributes=tuple(name for name, one in zip(answers.attributes, used, strict=True) if one),
        scores=scores[:, used],
        not_applicable=answers.not_applicable[kept][:, used],
        target=answers.target[kept],
        controls=controls[:, np.ptp(controls, axis=0) > 0],
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
    """The answers of rows on a target, drawn; with weights, raked anew in each draw, size and sector controlled."""
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


def _stated(rows: pd.DataFrame, survey: Survey) -> pd.Series | None:
    """The mean stated importance of each attribute, 0-100; None where it was not asked."""
    means = {}
    for name in survey.attributes:
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


def _scale_points(survey: Survey, told: Competitive) -> dict[str, int]:
    scales = {name: told.scale_of(name) for name in survey.attributes}
    return {name: int(scale.highest - scale.lowest) + 1 for name, scale in scales.items()}


def _no_table() -> pd.DataFrame:
    return pd.DataFrame(columns=[*COLUMNS, *BESIDE[1:], "likely_quadrant"])
