"""Effects that change with age, and the durations that are their remedy, against a world where both are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from relationships import EFFECTS, SHAPE, truncated_spells

from workbench import churn, wording
from workbench.churn.effects import effect_name


def seen_of(table: pd.DataFrame) -> churn.Foresight:
    """The model of some spells, with the clients themselves as those scored."""
    model = churn.survival_model(table, covariates=list(EFFECTS))
    return churn.Foresight(table, tuple(EFFECTS), model, None, None)


def as_rows(spells: pd.DataFrame) -> pd.DataFrame:
    return spells.rename(columns={"entry_months": "start", "duration_months": "stop", "lost": "event"})


def test_an_effect_that_ends_with_age_is_shown_before_and_after():
    rng = np.random.default_rng(5)
    n, cut = 4000, 10.0
    x = rng.normal(size=n)
    early = rng.exponential(size=n) / (0.05 * np.exp(-1.0 * x))
    duration = np.where(early < cut, early, cut + rng.exponential(size=n) / 0.05)
    table = pd.DataFrame(
        {
            "customer_id": np.arange(n).astype(str), "start": 0.0, "stop": np.minimum(duration, 40.0),
            "event": duration <= 40, "claims": x, "volume": rng.normal(size=n),
        }
    )  # fmt: skip
    seen = seen_of(table)
    effects = churn.covariate_effects(seen)
    claims = effects[effects["covariate"].eq("claims")].sort_values("from_months")
    assert len(claims) == 2 and len(effects) == 3
    before, after = claims.iloc[0], claims.iloc[1]
    step = before["high_value"] - before["low_value"]
    # The cut of the model is the median age of loss, which is near the true one here.
    assert before["until_months"] == after["from_months"] == pytest.approx(cut, abs=1)
    assert np.log(before["ratio"]) / step == pytest.approx(-1.0, abs=0.15)
    assert after["low"] < 1.1 and after["high"] > 0.9 and np.isnan(after["until_months"])
    assert "before" in effect_name(before) and "after" in effect_name(after)
    durations, fits = churn.duration_effects(seen, seed=1)
    text = wording.say_durations(durations, fits, seen).text
    assert ("read these durations instead" in text) == (not seen.model.mended.is_proportional)


def test_durations_recover_the_family_and_how_much_longer_clients_stay():
    seen = seen_of(as_rows(truncated_spells(6000, 3)))
    durations, fits = churn.duration_effects(seen, seed=1)
    assert fits.comparison["family"].iloc[0] == "Weibull"
    told = durations.set_index("covariate")
    for name, effect in EFFECTS.items():  # a hazard ratio of e^b stretches a Weibull time by e^(-b / shape)
        step = told.at[name, "high_value"] - told.at[name, "low_value"]
        assert np.log(told.at[name, "time_ratio"]) / step == pytest.approx(-effect / SHAPE, abs=0.12)
    assert "read those first" in wording.say_durations(durations, fits, seen).text


def test_a_share_that_fades_is_said_and_one_that_hardly_does_is_not():
    seen = seen_of(as_rows(truncated_spells(600, 3)))
    seen = replace(seen, scores=churn.scores(seen.model, seen.people.assign(age_months=seen.people["stop"]), seed=1))
    effects = churn.covariate_effects(seen)
    for share, said in ((0.72, True), (0.97, False)):
        told = wording.say_effects(effects, replace(seen, model=replace(seen.model, lasting=share))).text
        assert ("half a year on" in told) == said and ("72" in told) == said
