"""Survival models against R's survival, statsmodels 0.15.0 and lifelines 0.30.3.

`rossi` (432 released convicts, Rossi, Berk & Lenihan 1980) is shipped by lifelines. The numbers are those printed by R:
`coxph(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, data = Rossi)`, in Fox & Weisberg, "Cox
Proportional-Hazards Regression for Survival Data in R", 2018. `aml`: `survfit(Surv(time, status) ~ x, data = aml)`.
"""

import lifelines
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines.datasets import load_rossi
from lifelines.statistics import proportional_hazard_test
from scipy.optimize import minimize
from scipy.stats import fisk, lognorm, norm, weibull_min

from workbench.churn import aft_fits, cox_fit, proportionality
from workbench.churn.aft import FAMILIES
from workbench.churn.partial_likelihood import maximum
from workbench.churn.proportionality import with_pieces
from workbench.churn.risk_sets import hazards, risk_sets, score_residuals

ROSSI = {
    "fin": (-0.3794222, 0.1914, 0.0474),
    "age": (-0.0574377, 0.0220, 0.0090),
    "race": (0.3138998, 0.3080, 0.3081),
    "wexp": (-0.1497957, 0.2122, 0.4803),
    "mar": (-0.4337039, 0.3819, 0.2561),
    "paro": (-0.0848711, 0.1958, 0.6646),
    "prio": (0.0914971, 0.0286, 0.0014),
}
# group: time, at risk, events
AML = {
    "Maintained": [(9, 11, 1), (13, 10, 1), (18, 8, 1), (23, 7, 1), (31, 5, 1), (34, 4, 1), (48, 2, 1)],
    "Nonmaintained": [(5, 12, 2), (8, 10, 2), (12, 8, 1), (23, 6, 1), (27, 5, 1), (30, 4, 1), (33, 3, 1), (43, 2, 1),
                      (45, 1, 1)],
}  # fmt: skip
AML_DATA = {
    "Maintained": [(9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0)],
    "Nonmaintained": [(5, 1), (5, 1), (8, 1), (8, 1), (12, 1), (16, 0), (23, 1), (27, 1), (30, 1), (33, 1), (43, 1),
                      (45, 1)],
}  # fmt: skip


@pytest.fixture(scope="module")
def rossi():
    return load_rossi().assign(start=0.0)


@pytest.fixture(scope="module")
def late():
    """600 spells with late entry, tied losses and 3 covariates.

    No entry is at a time of loss: statsmodels counts such a row as at risk, R and we do not (start < t <= stop).
    """
    rng = np.random.default_rng(3)
    n = 600
    x = rng.normal(size=(n, 3))
    duration = np.ceil(rng.exponential(40 * np.exp(-x @ [0.5, -0.4, 0.2])))
    entry = np.floor(rng.uniform(0, 30, n)) + 0.5
    table = pd.DataFrame(x, columns=["a", "b", "c"]).assign(
        start=entry, stop=np.minimum(duration, entry + 24), event=duration <= entry + 24
    )
    table["group_id"] = [f"G{number}" for number in rng.integers(0, 150, n)]
    return table[table["stop"] > table["start"]].reset_index(drop=True)


def test_rossi_is_that_of_r(rossi):
    fit = cox_fit(rossi, covariates=list(ROSSI), stop="week", event="arrest")
    assert fit.loglik == pytest.approx(-658.748, abs=5e-4)
    table = fit.coefficients.set_index("covariate")
    for name, (coefficient, se, p) in ROSSI.items():
        assert table.loc[name, "coefficient"] == pytest.approx(coefficient, abs=5e-8)
        assert table.loc[name, "se_model"] == pytest.approx(se, abs=5e-5)
        z = table.loc[name, "coefficient"] / table.loc[name, "se_model"]
        assert 2 * norm.sf(abs(z)) == pytest.approx(p, abs=5e-5)


def test_stratified_baseline_of_aml_is_the_sum_of_events_over_those_at_risk():
    rows = [(group, 0.0, float(time), bool(seen)) for group, each in AML_DATA.items() for time, seen in each]
    table = pd.DataFrame(rows, columns=["x", "start", "stop", "event"])
    fit = cox_fit(table, covariates=[], strata=["x"], efron=False)
    for number, (group,) in enumerate(fit.levels):
        found = fit.baseline[fit.baseline["stratum"] == number]
        times, at_risk, events = zip(*AML[group], strict=True)
        assert found["months"].to_list() == list(times)
        assert found["at_risk"].to_list() == list(at_risk)
        expected = np.cumsum(np.array(events) / np.array(at_risk))
        np.testing.assert_allclose(found["cumulative_hazard"], expected, rtol=1e-12)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_late_entry_is_that_of_statsmodels(late, ties):
    covariates = ["a", "b", "c"]
    fit = cox_fit(late.drop(columns="group_id"), covariates=covariates, efron=ties == "efron")
    model = sm.PHReg(late["stop"], late[covariates], status=late["event"], entry=late["start"], ties=ties)
    expected = model.fit(disp=0)
    np.testing.assert_allclose(fit.coefficients["coefficient"], expected.params, atol=1e-8)
    np.testing.assert_allclose(fit.coefficients["se_model"], expected.bse, rtol=1e-6)
    assert fit.loglik == pytest.approx(expected.llf, abs=1e-6)


def test_clustered_errors_are_those_of_statsmodels(rossi):
    groups = np.arange(len(rossi)) // 4
    table = rossi.assign(group_id=groups)
    fit = cox_fit(table, covariates=list(ROSSI), stop="week", event="arrest", efron=False)
    model = sm.PHReg(rossi["week"], rossi[list(ROSSI)], status=rossi["arrest"], ties="breslow")
    np.testing.assert_allclose(fit.coefficients["se"], model.fit(groups=groups).bse, rtol=1e-6)


@pytest.mark.parametrize("efron", [False, True])
def test_residuals_are_the_change_of_the_coefficients_by_the_weight_of_a_row(efron):
    """The infinitesimal jackknife, by numerical differences: what the sandwich is made of, Efron's ties included."""
    rng = np.random.default_rng(3)
    n = 60
    entry = np.floor(rng.uniform(0, 6, n)) + 0.5
    rows = {"start": entry, "stop": entry + 0.5 + np.floor(rng.uniform(0, 6, n)), "event": rng.random(n) < 0.7}
    x = rng.normal(size=(n, 2))
    best = maximum(risk_sets(x, **rows, efron=efron))
    found = np.zeros((n, 2))
    found[best.sets.kept] = score_residuals(best.sets, best.found) @ np.linalg.inv(best.information)
    for row in range(n):
        ends = []
        for step in (1e-4, -1e-4):
            weight = np.ones(n)
            weight[row] += step
            ends.append(maximum(risk_sets(x, **rows, weight=weight, efron=efron)).coefficients)
        np.testing.assert_allclose(found[row], (ends[0] - ends[1]) / 2e-4, atol=1e-8)


def test_a_counting_process_is_that_of_lifelines(late):
    cut = with_pieces(late.assign(customer_id=np.arange(len(late))), {"a": 20.0})
    fit = cox_fit(cut, covariates=["a", "b", "c", "a_later"], efron=True)
    fitter = lifelines.CoxTimeVaryingFitter()
    columns = ["customer_id", "start", "stop", "event", "a", "b", "c", "a_later"]
    fitter.fit(cut[columns], id_col="customer_id", event_col="event", start_col="start", stop_col="stop")
    np.testing.assert_allclose(fit.coefficients["coefficient"], fitter.params_, atol=1e-5)
    np.testing.assert_allclose(fit.coefficients["se_model"], fitter.standard_errors_, rtol=1e-4)


def test_splitting_rows_changes_nothing(late):
    whole = cox_fit(late, covariates=["a", "b", "c"])
    split = cox_fit(with_pieces(late, {"a": 17.0}).drop(columns="a_later"), covariates=["a", "b", "c"])
    assert split.loglik == pytest.approx(whole.loglik, abs=1e-9)
    assert split.concordance == pytest.approx(whole.concordance, abs=1e-12)
    np.testing.assert_allclose(split.covariance, whole.covariance, rtol=1e-9)
    np.testing.assert_allclose(split.baseline["cumulative_hazard"], whole.baseline["cumulative_hazard"], rtol=1e-9)


def test_weights_are_repeated_rows_when_nothing_is_tied():
    rng = np.random.default_rng(5)
    x, stop, event = rng.normal(size=(200, 2)), rng.exponential(size=200), rng.random(200) < 0.7
    times = rng.integers(1, 4, 200)
    rows = np.repeat(np.arange(200), times)
    several = risk_sets(x[rows], start=np.zeros(len(rows)), stop=stop[rows], event=event[rows], efron=False)
    once = risk_sets(x, start=np.zeros(200), stop=stop, event=event, weight=times, efron=False)
    for at in ([0.0, 0.0], [0.3, -0.2]):
        assert hazards(several, np.array(at)).loglik == pytest.approx(hazards(once, np.array(at)).loglik, rel=1e-12)


def test_the_proportionality_test_is_the_score_test_of_an_interaction_with_rank(late):
    """Computed anew by statsmodels on rows split at every loss, with the covariate times the rank beside it."""
    rng = np.random.default_rng(9)
    table = late.drop(columns="group_id").assign(stop=late["stop"] + rng.uniform(-0.4, 0, len(late)))
    fit = cox_fit(table, covariates=["a", "b", "c"])
    found = proportionality(fit).set_index("covariate")
    times = np.sort(table.loc[table["event"], "stop"].unique())
    pieces = []
    for rank, (low, high) in enumerate(zip(np.r_[0.0, times[:-1]], times, strict=True)):
        here = table[(table["start"] < high) & (table["stop"] >= high)]
        pieces.append(
            here.assign(start=(low + high) / 2, event=here["event"] & (here["stop"] == high), stop=high, rank=rank)
        )
    split = pd.concat(pieces)
    for name in ("a", "b", "c"):
        design = split[["a", "b", "c"]].assign(more=split[name] * split["rank"])
        model = sm.PHReg(split["stop"], design, status=split["event"], entry=split["start"], ties="breslow")
        at = np.r_[fit.coefficients["coefficient"], 0.0]
        score, information = model.score(at), -model.hessian(at)
        statistic = score[3] ** 2 * np.linalg.inv(information)[3, 3]
        assert found.loc[name, "chi2"] == pytest.approx(statistic, rel=1e-6)


def test_the_proportionality_test_is_near_the_older_one_of_lifelines_where_information_is_steady():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3000, 2))
    stop = rng.exponential(np.exp(-x @ [0.2, 0.1]))
    table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "start": 0.0, "stop": stop, "event": True})
    found = proportionality(cox_fit(table, covariates=["a", "b"])).set_index("covariate")
    fitter = lifelines.CoxPHFitter().fit(table.drop(columns="start"), "stop", "event")
    older = proportional_hazard_test(fitter, table.drop(columns="start"), time_transform="rank").summary
    for name in ("a", "b"):
        assert found.loc[name, "chi2"] == pytest.approx(older.loc[name, "test_statistic"], rel=0.08, abs=0.02)


def test_lifelines_entry_has_a_wrong_baseline_and_ours_the_right_one():
    """Hazard 0.1 a month, so S(10) = 0.368; clients enter late and are seen only if they are still there.

    The defect is that of lifelines 0.30.3, measured in METHODS. If this fails because lifelines is right, ADR 0013 is
    to be read again.
    """
    rng = np.random.default_rng(1)
    n = 6000
    x, entry = rng.normal(size=n), rng.uniform(0, 20, n)
    duration = rng.exponential(10 * np.exp(-0.5 * x))
    seen = duration > entry
    table = pd.DataFrame({"x": x, "start": entry, "stop": np.minimum(duration, 30.0), "event": duration < 30.0})[seen]
    fit = cox_fit(table, covariates=["x"])
    at_ten = fit.baseline.loc[fit.baseline["months"] <= 10, "cumulative_hazard"].iloc[-1]
    effect = fit.coefficients["coefficient"].iloc[0]
    ours = np.exp(-at_ten * np.exp(-fit.centre["x"] * effect))
    fitter = lifelines.CoxPHFitter().fit(table, "stop", "event", entry_col="start")
    theirs = fitter.predict_survival_function(pd.DataFrame({"x": [0.0]}), times=[10.0]).iloc[0, 0]
    assert effect == pytest.approx(fitter.params_["x"], abs=1e-4)
    assert ours == pytest.approx(0.368, abs=0.04)
    assert abs(theirs - 0.368) > 0.15
    model = sm.PHReg(table["stop"], table[["x"]], status=table["event"], entry=table["start"]).fit(disp=0)
    time, hazard, _ = model.baseline_cumulative_hazard[0]
    assert np.exp(-hazard[np.searchsorted(np.asarray(time), 10.0) - 1]) == pytest.approx(ours, abs=0.002)


def test_accelerated_failure_times_under_late_entry_are_those_of_a_likelihood_by_hand(late):
    """Densities and survival functions of scipy: a loss gives f(t)/S(entry), a client still there S(t)/S(entry)."""
    found = aft_fits(late, covariates=["a"], start="start", stop="stop", event="event")
    a = (late["a"] - late["a"].mean()) / late["a"].std()
    families = {"Weibull": weibull_min, "log-normal": lognorm, "log-logistic": fisk}

    def minus_loglik(numbers, family):
        scale, shape = np.exp(numbers[0] + numbers[1] * a), np.exp(numbers[2])
        law = family(shape, scale=scale)
        seen = np.where(late["event"], law.logpdf(late["stop"]), law.logsf(late["stop"]))
        return -(seen - law.logsf(late["start"])).sum()

    for name, family in families.items():
        best = minimize(minus_loglik, [3.0, 0.0, 0.0], args=(family,), method="Nelder-Mead", options={"maxiter": 2000})
        row = found.comparison.set_index("family").loc[name]
        assert row["log_likelihood"] == pytest.approx(-best.fun, abs=2e-3)
        assert row["aic"] == pytest.approx(2 * best.fun + 6, abs=4e-3)
    assert found.comparison["aic"].is_monotonic_increasing


def test_errors_of_durations_are_the_robust_ones_of_lifelines_where_rows_are_single(late):
    """lifelines 0.30.3, `fit(..., robust=True)`: each row its own cluster."""
    few = late.head(60).drop(columns="group_id")
    columns = {"start": "start", "stop": "stop", "event": "event"}
    x = few[["a", "b"]]
    rows = ((x - x.mean()) / x.std()).assign(stop=few["stop"], event=few["event"].astype(int), start=few["start"])
    for name, family in FAMILIES.items():
        found = aft_fits(few, covariates=["a", "b"], families=[name], **columns).effects.set_index("covariate")
        fitted = family.fitter().fit(rows, "stop", "event", entry_col="start", robust=True)
        theirs = fitted.summary.loc[family.line]
        for covariate in ("a", "b"):
            assert found.loc[covariate, "coefficient"] == pytest.approx(theirs.loc[covariate, "coef"], rel=1e-6)
            assert found.loc[covariate, "se"] == pytest.approx(theirs.loc[covariate, "se(coef)"], rel=1e-5)


def test_clustered_errors_of_durations_do_not_see_where_a_spell_is_cut(late):
    """A spell cut in two is the same spell; and errors by group are not those of rows."""
    columns = {"start": "start", "stop": "stop", "event": "event"}
    whole = late.assign(customer_id=np.arange(len(late)).astype(str))
    middle = (whole["start"] + whole["stop"]) / 2
    cut = pd.concat([whole.assign(stop=middle, event=False), whole.assign(start=middle)], ignore_index=True)
    for name in FAMILIES:
        one, two, alone = (
            aft_fits(table, covariates=["a", "b"], families=[name], **columns).effects
            for table in (whole, cut, whole.drop(columns="group_id"))
        )
        # lifelines stops a little before the maximum, by up to a thirtieth of an error.
        pd.testing.assert_frame_equal(one, two, rtol=1e-2)
        assert (one["se"] / alone["se"] - 1).abs().max() > 0.01
