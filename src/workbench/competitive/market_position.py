"""Where we stand among our competitors, in the eyes of clients and of non-clients: all of it from one set of draws."""

from dataclasses import dataclass

import pandas as pd

from workbench.competitive.positioning import client_gaps, non_client_needs, raters, supplier_scores, value_map
from workbench.competitive.raking import Weighting
from workbench.competitive.scales import Survey
from workbench.params import Competitive

OVERALL = ("satisfaction", "loyalty", "differentiation")


@dataclass(frozen=True)
class Position:
    """scores: `supplier_scores`; gaps: `client_gaps`; values: `value_map`; needs: `non_client_needs`; the last two
    without rows where nobody rates two suppliers, or there is no price; gaps and needs where there are no non-clients.
    """

    scores: pd.DataFrame
    gaps: pd.DataFrame
    values: pd.DataFrame
    needs: pd.DataFrame


def market_position(
    survey: Survey,
    respondents: pd.DataFrame,
    weights: Weighting,
    *,
    others: Weighting | None,
    importance: pd.Series,
    told: Competitive,
    seed: int,
) -> Position:
    """The position of us and each competitor.

    Parameters: respondents and weights, of clients; others, weights of the non-clients (`non_client_weights`);
    importance, share by attribute.
    Notes: clients and non-clients keep their own weights, each of mean 1 (assumption A26).
    """
    person = respondents["respondent_id"].to_numpy()
    known = [pd.Series((weights.weight / weights.weight.mean()).to_numpy(), person)]
    if others is not None:
        first = survey.table.loc[others.weight.index, "respondent_id"].to_numpy()
        known.append(pd.Series((others.weight / others.weight.mean()).to_numpy(), first))
    clusters = pd.Series(respondents["cluster"].to_numpy(), person)
    rated = raters(survey, known, clusters, draws=told.bootstrap_draws, seed=seed)
    asked = [*survey.attributes, *(name for name in OVERALL if survey.table[name].notna().any())]
    gaps, needs = client_gaps(rated, asked), non_client_needs(rated, importance)
    if others is None:
        gaps, needs = gaps.iloc[:0], needs.iloc[:0]
    return Position(supplier_scores(rated, asked), gaps, value_map(rated, importance, told.price_attribute), needs)
