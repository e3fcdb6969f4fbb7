"""The table customer_relation: every client on the plane, measured where it answered, estimated where it did not."""

from dataclasses import dataclass

import pandas as pd

from workbench.competitive.accounts import account_opinions
from workbench.competitive.placement import Placement, placement
from workbench.competitive.plane import can_have_plane, estimated_relations, measured_relations, plane_of
from workbench.competitive.raking import Weighting
from workbench.competitive.scales import US, Survey
from workbench.language import said
from workbench.params import Competitive, Plane

LEAST_ACCOUNTS = 10
COLUMNS = (
    "customer_id", "satisfaction", "loyalty", "relation_type", "p_relation_type", "measured", "z_satisfaction",
    "z_loyalty", "z_satisfaction_se", "z_loyalty_se", "z_error_correlation", "jones_sasser", "n_respondents",
)  # fmt: skip


@dataclass(frozen=True)
class Relations:
    """Where each client stands.

    table: COLUMNS, a row per client placed; plane: centre and unit used (None: no plane); is_frozen: whether they are
    those of the params; placed: the model for those who did not answer (None: no plane); n_clients: of the file;
    why_not: a sentence where there is no plane (the table then has no rows).
    """

    table: pd.DataFrame
    plane: Plane | None
    is_frozen: bool
    placed: Placement | None
    n_clients: int
    why_not: str | None = None


def client_relations(
    survey: Survey,
    respondents: pd.DataFrame,
    weights: Weighting,
    clients: pd.DataFrame,
    told: Competitive,
    *,
    seed: int,
) -> Relations:
    """The relation of every client of the file.

    Parameters: respondents and weights of the wave; clients, as `client_behaviour` gives them. Not modified.
    Notes: who answered satisfaction or loyalty only is placed by the model, like who answered nothing.
    """
    opinions = account_opinions(respondents, told.roles)
    why_not = _why_not(opinions)
    if why_not is not None:
        empty = pd.DataFrame(columns=list(COLUMNS)).astype({"p_relation_type": float, "measured": bool})
        return Relations(empty, None, told.plane is not None, None, len(clients), why_not)
    weight = weights.weight.groupby(respondents["customer_id"]).sum()
    plane = plane_of(opinions, weight, told.plane)
    measured = measured_relations(opinions, plane, seed=seed)
    placed = placement(measured, clients, earlier_opinions(survey, told), seed=seed)
    others = estimated_relations(placed.customer_id, placed.z, placed.se, placed.correlation, plane, seed=seed)
    table = pd.concat([measured, others] if len(others) else [measured], ignore_index=True)
    return Relations(table.reindex(columns=list(COLUMNS)), plane, told.plane is not None, placed, len(clients))


def earlier_opinions(survey: Survey, told: Competitive) -> pd.DataFrame:
    """The last answer of each account before the wave: customer_id, satisfaction, loyalty."""
    ours = survey.table[(survey.table["supplier"] == US) & survey.table["customer_id"].notna()]
    before = survey.waves[: survey.waves.index(survey.wave)]
    waves = [account_opinions(ours[ours["wave"] == wave], told.roles) for wave in before if wave in set(ours["wave"])]
    columns = ["customer_id", "satisfaction", "loyalty"]
    if not waves:
        return pd.DataFrame(columns=columns)
    return pd.concat(waves)[columns].groupby("customer_id").last().reset_index()


def _why_not(opinions: pd.DataFrame) -> str | None:
    if opinions["loyalty"].isna().all():
        return said("The survey has no loyalty items, so clients cannot be placed by satisfaction and loyalty.")
    if opinions["satisfaction"].isna().all():
        return said("The survey has no overall satisfaction, so clients cannot be placed by satisfaction and loyalty.")
    both = len(opinions.dropna(subset=["satisfaction", "loyalty"]))
    if both < LEAST_ACCOUNTS or not can_have_plane(opinions):
        return said(
            "Only {n} accounts answered satisfaction and loyalty with any difference between them; {needed} are needed "
            "for a plane.",
            n=both,
            needed=LEAST_ACCOUNTS,
        )
    return None
