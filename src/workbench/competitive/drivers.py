"""The table of drivers: for one target, what each attribute weighs, how we do on it, and what kind of factor it is."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from workbench.competitive.asymmetry import factor_types, tetraclasse
from workbench.competitive.importance import Importance, importance
from workbench.competitive.imputing import Drawn
from workbench.competitive.quadrants import (
    Crossing,
    Map,
    against_the_best,
    performance,
    quadrant_map,
    relative_performance,
)

BETTER_OR_WORSE = Crossing(performance=1.0)
COLUMNS = (
    "target", "attribute", "importance_share", "importance_low", "importance_high", "importance_r2",
    "stated_importance", "performance", "performance_low", "performance_high", "relative_performance",
    "relative_performance_low", "relative_performance_high", "relative_to_best", "relative_to_best_low",
    "relative_to_best_high", "best_competitor", "p_best_competitor", "quadrant", "p_quadrant", "relative_quadrant",
    "p_relative_quadrant", "factor_type", "p_factor_type", "tetraclasse", "n",
)  # fmt: skip


def drivers(
    drawn: Drawn,
    *,
    stated: pd.Series | None = None,
    rivals: pd.DataFrame | None = None,
    crossing: Crossing | None = None,
    scale_points: Mapping[str, int] | None = None,
) -> tuple[pd.DataFrame, Importance, Map]:
    """A row per attribute, columns COLUMNS, with the importance and the map behind it.

    Parameters: drawn, the answers on one target about us, or about one competitor, or of one segment; stated, see
    `importance`; rivals, see `relative_performance` (None: the relative columns are empty); crossing, of the absolute
    map; scale_points, of the answers to each attribute (default 10), for the types.
    Notes: all columns rest on the same draws. The relative map asks whether we are better (above 1) than the mean of
    the competitors the same respondents use. Where nothing could be estimated the table is empty and importance says
    why.
    """
    weighed = importance(drawn, stated=stated)
    if not weighed.is_estimated:
        return pd.DataFrame(columns=list(COLUMNS)), weighed, quadrant_map(weighed, np.empty(0), np.empty((0, 0)))
    absolute = quadrant_map(weighed, *performance(drawn), crossing=crossing)
    parts = [
        weighed.table,
        absolute.table[["attribute", "performance", "performance_low", "performance_high", "quadrant", "p_quadrant"]],
        _relative(drawn, weighed, rivals),
        factor_types(drawn, scale_points=scale_points)[["attribute", "factor_type", "p_factor_type"]],
        tetraclasse(drawn, scale_points=scale_points)[["attribute", "tetraclasse"]],
    ]
    table = parts[0]
    for part in parts[1:]:
        table = table.merge(part, on="attribute", how="left", validate="1:1")
    return table[list(COLUMNS)], weighed, absolute


def drivers_by(groups: pd.Series, analysed: Callable[[pd.Index], Drawn], **told: object) -> pd.DataFrame:
    """The rows of `drivers` for each group of respondents (segment, supplier), with the column segment first.

    Returns: segment, the columns of `drivers`, likely_quadrant (named also where it is undecided), why_not.
    Parameters: groups, by row label of the survey, missing ones in no group; analysed, what makes the drawn answers of
    some rows; told, handed on to `drivers`. A group whose answers carry no analysis has one row, without attribute,
    with the reason in why_not.
    """
    rows = []
    for name, members in groups.groupby(groups, sort=True):
        table, weighed, placed = drivers(analysed(members.index), **told)
        if weighed.is_estimated:
            table = table.merge(placed.table[["attribute", "likely_quadrant"]], on="attribute")
        else:
            table = pd.DataFrame({"attribute": [None]})
        rows.append(table.assign(segment=name, why_not=weighed.why_not))
    columns = ["segment", *COLUMNS, "likely_quadrant", "why_not"]
    return pd.concat(rows, ignore_index=True).reindex(columns=columns) if rows else pd.DataFrame(columns=columns)


def relative_map(drawn: Drawn, weighed: Importance, rivals: pd.DataFrame | None) -> Map | None:
    """The map of importance against our score over the mean of the competitors the same respondents use; 1 is the line.

    Parameters: rivals, see `relative_performance`. None where there are none, or nothing was estimated.
    """
    if rivals is None or not weighed.is_estimated:
        return None
    ratio, draws, raters = relative_performance(drawn, rivals)
    return quadrant_map(weighed, ratio, draws, crossing=BETTER_OR_WORSE, raters=raters)


def _relative(drawn: Drawn, weighed: Importance, rivals: pd.DataFrame | None) -> pd.DataFrame:
    """By attribute: relative performance with bounds, against the best, and its quadrant; unknown without rivals."""
    if rivals is None:
        unknown = [name for name in COLUMNS if "relative" in name or "best" in name]
        texts = dict.fromkeys(("relative_quadrant", "best_competitor"))
        return weighed.table[["attribute"]].assign(**dict.fromkeys(unknown, np.nan) | texts)
    ratio = relative_performance(drawn, rivals)[0]
    found = relative_map(drawn, weighed, rivals).table
    bounds = found.set_axis(found["attribute"]).reindex(weighed.table["attribute"])
    table = pd.DataFrame(
        {
            "attribute": weighed.table["attribute"],
            "relative_performance": ratio,
            "relative_performance_low": bounds["performance_low"].to_numpy(),
            "relative_performance_high": bounds["performance_high"].to_numpy(),
            "relative_quadrant": bounds["quadrant"].to_numpy(),
            "p_relative_quadrant": bounds["p_quadrant"].to_numpy(),
        }
    )
    return table.merge(against_the_best(drawn, rivals), on="attribute", validate="1:1")
