"""Where we stand among our competitors, in the eyes of clients and of non-clients: all of it from one set of draws."""

from dataclasses import dataclass

import pandas as pd

from workbench.competitive.positioning import client_gaps, non_client_needs, raters, supplier_scores, value_map
from workbench.competitive.raking import Weighting
from workbench.competitive.respondents import MARKET_MARGINS, non_client_weights
from workbench.competitive.scales import Survey
from workbench.params import Competitive

OVERALL = ("satisfaction", "loyalty", "differentiation")


@dataclass(frozen=True)
class Position:
    """scores: `supplier_scores`; gaps: `client_gaps`; values: `value_map`; needs: `non_client_needs`; the last two
    without rows where nobody rates two suppliers, or there is no price; gaps and needs where there are no non-clients.
    weighting: of the non-clients, None where there are none."""

    scores: pd.DataFrame
    gaps: pd.DataFrame
    values: pd.DataFrame
    needs: pd.DataFrame
    weighting: Weighting | None


def market_position(
    survey: Survey,
    respondents: pd.DataFrame,
    weights: Weighting,
    *,
    companies: pd.DataFrame,
    market: pd.DataFrame,
    importance: pd.Series,
    told: Competitive,
    seed: int,
) -> Position:
    """The position of us and each competitor.

    Parameters: respondents and weights, of clients; companies, size_class and sector of the survey's rows; market, the
    companies that are not clients (size_class, sector, n_companies; may have no rows); importance, share by attribute.
    Notes: clients and non-clients keep their own weights, each of mean 1 (assumption A26).
    """
    person = respondents["respondent_id"].to_numpy()
    known = [pd.Series((weights.weight / weights.weight.mean()).to_numpy(), person)]
    others = survey.of(clients=False)
    own = None
    if len(others):
        own = non_client_weights(survey, companies.loc[others.index, MARKET_MARGINS], market, told)
        first = others.loc[own.weight.index, "respondent_id"].to_numpy()
        known.append(pd.Series((own.weight / own.weight.mean()).to_numpy(), first))
    clusters = pd.Series(respondents["cluster"].to_numpy(), person)
    rated = raters(survey, known, clusters, draws=told.bootstrap_draws, seed=seed)
    asked = [*survey.attributes, *(name for name in OVERALL if survey.table[name].notna().any())]
    gaps, needs = client_gaps(rated, asked), non_client_needs(rated, importance)
    if own is None:
        gaps, needs = gaps.iloc[:0], needs.iloc[:0]
    return Position(supplier_scores(rated, asked), gaps, value_map(rated, importance, told.price_attribute), needs, own)
