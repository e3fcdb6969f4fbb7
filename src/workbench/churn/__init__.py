"""Survival of relationships: who is lost, when, and what speeds it."""

from workbench.churn.aft import AftFits, aft_fits
from workbench.churn.cox import CoxFit, cox_fit
from workbench.churn.landmarks import Evaluation, Landmark, evaluation, landmark_dates
from workbench.churn.outlook import SurvivalModel, p_alive, survival_model
from workbench.churn.proportionality import ProportionalFit, proportional_fit, proportionality
from workbench.churn.scores import Scores, scores

__all__ = [
    "AftFits",
    "CoxFit",
    "Evaluation",
    "Landmark",
    "ProportionalFit",
    "Scores",
    "SurvivalModel",
    "aft_fits",
    "cox_fit",
    "evaluation",
    "landmark_dates",
    "p_alive",
    "proportional_fit",
    "proportionality",
    "scores",
    "survival_model",
]
