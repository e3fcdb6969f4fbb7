"""What is left of an effect half a year on, in worlds where it is known."""

import numpy as np
import pandas as pd
import pytest
from relationships import truncated_spells

from workbench.churn import survival_model
from workbench.churn.fading import LAG_MONTHS
from workbench.churn.outlook import months_ahead

MONTHS = 30


def monthly_rows(n: int, seed: int, *, persistence: float) -> pd.DataFrame:
    """Clients with a covariate that keeps this much of itself from month to month; hazard 0.03 exp(0.8 x) a month."""
    rng = np.random.default_rng(seed)
    x, there, parts = rng.normal(size=n), np.ones(n, dtype=bool), []
    for month in range(MONTHS):
        lost = there & (rng.random(n) < -np.expm1(-0.03 * np.exp(0.8 * x)))
        here = np.flatnonzero(there)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": here.astype(str),
                    "start": month,
                    "stop": month + 1.0,
                    "event": lost[here],
                    "x": x[here],
                }
            )
        )
        there &= ~lost
        x = persistence * x + np.sqrt(1 - persistence**2) * rng.normal(size=n)
    return pd.concat(parts, ignore_index=True).astype({"start": float})


def test_what_stays_as_it_is_lasts():
    model = survival_model(monthly_rows(1500, 1, persistence=1.0), covariates=["x"])
    assert model.lasting == pytest.approx(1.0, abs=0.06)


def test_a_covariate_that_fades_lasts_as_long_as_it_does():
    """Half a year later 0.9^6 = 0.53 of a covariate is left, and as much of what it foretells."""
    rows = monthly_rows(4000, 2, persistence=0.9)
    before = rows.copy()
    model = survival_model(rows, covariates=["x"])
    pd.testing.assert_frame_equal(rows, before)
    assert model.lasting == pytest.approx(0.9**LAG_MONTHS, abs=0.12)
    named = model.mended.fit.coefficients.set_index("covariate")["coefficient"]
    assert named["x"] == pytest.approx(0.8, abs=0.08), "the effect of today stays what it is"
    people = pd.DataFrame({"x": [-1.0, 1.0], "age_months": [10.0, 10.0]})
    low, high = months_ahead(model, people, 6).hazard
    assert np.log(high / low) == pytest.approx(2 * model.lasting * named["x"], rel=1e-9)


def test_of_few_losses_the_share_is_drawn_to_all():
    few = survival_model(monthly_rows(60, 3, persistence=0.0), covariates=["x"])
    many = survival_model(monthly_rows(3000, 3, persistence=0.0), covariates=["x"])
    assert many.lasting < 0.2 and many.lasting + 0.2 < few.lasting <= 1.0


def test_the_foresight_in_all_is_that_of_the_losses():
    """With part of the effects the baseline is another: as many losses are told of the rows as came."""
    rows = monthly_rows(3000, 4, persistence=0.8)
    model = survival_model(rows, covariates=["x"])
    told = months_ahead(model, rows.assign(age_months=rows["start"]), 1.0).hazard.sum()
    assert model.lasting < 0.7 and told == pytest.approx(rows["event"].sum(), rel=1e-6)


def test_an_effect_that_turns_with_age_does_not_seem_to_fade():
    """Its covariate never changes: what it does before and after the cut is in the model, and lasts."""
    rng = np.random.default_rng(6)
    rows = monthly_rows(3000, 6, persistence=1.0)
    x = rows.groupby("customer_id")["x"].first()
    clients = pd.DataFrame({"customer_id": x.index, "x": x.to_numpy()})
    early = rng.exponential(size=len(clients)) / (0.03 * np.exp(clients["x"]))
    duration = np.where(
        early < 10, early, 10 + rng.exponential(size=len(clients)) / (0.03 * np.exp(-0.6 * clients["x"]))
    )
    parts = []
    for month in range(MONTHS):
        here = duration > month
        parts.append(
            clients[here].assign(
                start=float(month), stop=np.minimum(duration[here], month + 1.0), event=duration[here] <= month + 1
            )
        )
    model = survival_model(pd.concat(parts, ignore_index=True), covariates=["x"])
    assert model.mended.cut_months and model.lasting > 0.85


def test_spells_of_one_row_say_nothing_of_fading():
    spells = truncated_spells(800, 5).rename(
        columns={"entry_months": "start", "duration_months": "stop", "lost": "event"}
    )
    assert survival_model(spells, covariates=["claims"]).lasting == 1.0
