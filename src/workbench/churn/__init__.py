"""Which clients were lost and when, how long clients stay, who will leave, and what speeds it."""

from workbench.churn.aft import AftFits, aft_fits
from workbench.churn.alerts import alert_list, valued
from workbench.churn.cox import CoxFit, cox_fit
from workbench.churn.effects import covariate_effects, duration_effects
from workbench.churn.erosion import erosion_spells
from workbench.churn.foresight import (
    Foresight,
    churn_by_customer,
    expected_losses,
    foresight,
    of_period,
    outlook_tables,
    tested_foresight,
)
from workbench.churn.known import ClientFiles, Known, client_files, known_at
from workbench.churn.landmarks import Evaluation, Landmark, evaluation, landmark_dates
from workbench.churn.outlook import SurvivalModel, p_alive, survival_model
from workbench.churn.proportionality import ProportionalFit, proportional_fit, proportionality
from workbench.churn.scores import Scores, scores
from workbench.churn.spells import spells_at_risk
from workbench.churn.survival import (
    Retention,
    loss_rates,
    reasons_for_leaving,
    retention_by,
    retention_curve,
    rule_sensitivity,
    segment_tests,
)

__all__ = [
    "AftFits",
    "ClientFiles",
    "CoxFit",
    "Evaluation",
    "Foresight",
    "Known",
    "Landmark",
    "ProportionalFit",
    "Retention",
    "Scores",
    "SurvivalModel",
    "aft_fits",
    "alert_list",
    "churn_by_customer",
    "client_files",
    "covariate_effects",
    "cox_fit",
    "duration_effects",
    "erosion_spells",
    "evaluation",
    "expected_losses",
    "foresight",
    "known_at",
    "landmark_dates",
    "loss_rates",
    "of_period",
    "outlook_tables",
    "p_alive",
    "proportional_fit",
    "proportionality",
    "reasons_for_leaving",
    "retention_by",
    "retention_curve",
    "rule_sensitivity",
    "scores",
    "segment_tests",
    "spells_at_risk",
    "survival_model",
    "tested_foresight",
    "valued",
]
