"""Tables that cannot bear a survival model, or hardly: a clear sentence each, and no warning from deep inside."""

import numpy as np
import pytest
from relationships import EFFECTS, truncated_spells

from workbench.churn import aft_fits, cox_fit, proportional_fit, scores, survival_model
from workbench.churn.buy_till_die import buy_till_die_fit
from workbench.errors import DataError

COVARIATES = list(EFFECTS)


@pytest.fixture
def table():
    spells = truncated_spells(400, 1)
    return spells.rename(columns={"entry_months": "start", "duration_months": "stop", "lost": "event"})


def test_nobody_lost_is_a_sentence_not_an_error(table):
    model = survival_model(table.assign(event=False), covariates=COVARIATES)
    assert model.bands is None and f"None of the {len(table)} clients was lost" in model.why_not
    assert model.mended.fit.coefficients.empty
    with pytest.raises(DataError, match="no model to score with"):
        scores(model, table.assign(age_months=10.0), seed=1)


def test_everybody_lost_is_fitted_and_said(table):
    fit = cox_fit(table.assign(event=True), covariates=COVARIATES)
    assert any("were lost: what keeps one cannot be seen" in note for note in fit.notes)
    assert len(fit.coefficients) == 2


def test_one_client_is_a_sentence(table):
    fit = cox_fit(table.iloc[:1].assign(event=True), covariates=COVARIATES)
    assert "compares clients" in fit.why_not and fit.best is None


def test_two_clients_are_no_crash(table):
    fit = cox_fit(table.iloc[:2].assign(start=0.0, stop=[3.0, 5.0], event=True), covariates=COVARIATES)
    assert fit.why_not is None and len(fit.notes) >= 1


def test_few_losses_are_said(table):
    few = table.assign(event=np.arange(len(table)) < 4)
    assert any("Only 4 losses" in note for note in cox_fit(few, covariates=COVARIATES).notes)


def test_late_entries_all_over_are_said(table):
    late = table.assign(start=table["start"] + 7.46, stop=table["stop"] + 7.46)
    fit = cox_fit(late, covariates=COVARIATES)
    assert any("nothing is known of the first 7.4 months" in note for note in fit.notes)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [("stop", -2.0, "negative duration"), ("start", -1.0, "entry before the first order"),
     ("stop", 0.0, "not after its entry"), ("claims", np.nan, "claims is unknown or infinite in 1 of"),
     ("claims", np.inf, "claims is unknown or infinite"), ("stop", np.nan, "stop is unknown")],
)  # fmt: skip
def test_impossible_rows_are_refused_with_their_place(table, column, value, told):
    table.loc[table.index[7], column] = value
    with pytest.raises(DataError, match=told) as refusal:
        cox_fit(table, covariates=COVARIATES)
    assert "7" in str(refusal.value)


def test_a_missing_column_is_named(table):
    with pytest.raises(DataError, match="'late_share'"):
        cox_fit(table, covariates=["late_share"])


def test_an_unknown_event_is_refused(table):
    with pytest.raises(DataError, match="event is unknown"):
        cox_fit(table.assign(event=table["event"].astype(object).where(table.index != 3, None)), covariates=COVARIATES)


def test_a_constant_covariate_is_left_out_and_named(table):
    fit = cox_fit(table.assign(zone=3.0), covariates=[*COVARIATES, "zone"])
    assert fit.covariates == COVARIATES
    assert any(note.startswith("zone is left out") for note in fit.notes)
    plain = cox_fit(table, covariates=COVARIATES)
    np.testing.assert_allclose(fit.coefficients["coefficient"], plain.coefficients["coefficient"], rtol=1e-9)


def test_a_covariate_that_repeats_others_is_left_out(table):
    both = table.assign(both=2 * table["claims"] - table["volume"] + 5)
    fit = cox_fit(both, covariates=[*COVARIATES, "both"])
    assert fit.covariates == COVARIATES and any("both is left out" in note for note in fit.notes)


def test_perfect_separation_is_left_out_and_named(table):
    """A covariate known only after the loss: the lost all have 1, the others 0."""
    leaked = table.assign(closing=table["event"].astype(float))
    fit = cox_fit(leaked, covariates=[*COVARIATES, "closing"])
    assert fit.covariates == COVARIATES
    assert any(note.startswith("closing is left out: it tells the lost") for note in fit.notes)
    assert np.isfinite(fit.coefficients[["coefficient", "se"]].to_numpy()).all()


def test_no_covariate_at_all_is_a_baseline(table):
    fit = cox_fit(table, covariates=[])
    assert fit.coefficients.empty and fit.baseline["cumulative_hazard"].is_monotonic_increasing
    model = survival_model(table.assign(zone=1.0), covariates=["zone"])
    found = scores(model, table.assign(age_months=12.0, zone=1.0), seed=1)
    assert found.customers["p_loss_12m"].between(0, 1).all() and found.customers["driver_1"].isna().all()


def test_a_wild_covariate_is_no_crash(table):
    wild = table.assign(claims=np.where(table.index == 5, 1e9, table["claims"]))
    fit = cox_fit(wild, covariates=COVARIATES)
    assert np.isfinite(fit.coefficients["coefficient"]).all()


def test_durations_that_no_family_fits_are_said(table):
    alike = table.assign(start=0.0, stop=5.0, event=False)
    found = aft_fits(alike, covariates=COVARIATES, start="start", stop="stop", event="event")
    assert found.best is None or len(found.comparison) + len(found.notes) == 3
    assert len(found.comparison) + len(found.notes) == 3


def test_clients_that_order_once_have_no_rate():
    with pytest.raises(DataError, match="nobody ordered twice"):
        buy_till_die_fit(repeats=np.zeros(5), last=np.zeros(5), age=np.full(5, 10.0))
    with pytest.raises(DataError, match="after the end"):
        buy_till_die_fit(repeats=np.ones(2), last=np.array([3.0, 12.0]), age=np.full(2, 10.0))


def test_proportionality_of_nothing_is_no_crash(table):
    assert proportional_fit(table.assign(event=False), covariates=COVARIATES).done == ()
