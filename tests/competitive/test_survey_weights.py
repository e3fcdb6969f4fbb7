"""Raking: margins met, companies and not respondents weighted, trimmed, thin values together; coverage; reliability."""

import numpy as np
import pandas as pd
import pytest

from workbench.competitive.raking import OTHERS, kish, raked, weighting
from workbench.competitive.respondents import cronbach_alpha, weighting_effect
from workbench.errors import DataError


def frame(**counts) -> pd.DataFrame:
    sizes = np.repeat(list(counts), list(counts.values()))
    return pd.DataFrame({"customer_id": [f"C{number}" for number in range(len(sizes))], "size_class": sizes})


def answered(file: pd.DataFrame, **counts) -> pd.DataFrame:
    parts = [file[file["size_class"] == size].head(count) for size, count in counts.items()]
    return pd.concat(parts, ignore_index=True)


def weighed(respondents, file, most=5.0):
    return weighting(respondents, file, margins=["size_class"], company="customer_id", most=most)


def test_weights_bring_the_margins_of_those_who_answered_to_those_of_the_file():
    file = frame(small=80, large=20)
    respondents = answered(file, small=10, large=15)
    found = weighed(respondents, file)
    by_size = found.weight.groupby(respondents["size_class"]).sum()
    assert by_size.to_dict() == pytest.approx({"small": 80, "large": 20})
    margins = found.margins.set_index("value")
    assert margins.loc["large", ["target_share", "before_share", "after_share"]].tolist() == pytest.approx(
        [0.2, 0.6, 0.2]
    )
    assert found.n_effective == pytest.approx(kish(np.r_[np.full(10, 8.0), np.full(15, 20 / 15)]))


def test_respondents_of_one_account_share_its_weight():
    file = frame(small=50, large=50)
    respondents = answered(file, small=10, large=10)
    doubled = pd.concat([respondents, respondents[respondents["size_class"] == "large"]], ignore_index=True)
    found = weighed(doubled, file)
    by_account = found.weight.groupby(doubled["customer_id"]).sum()
    assert by_account.to_numpy() == pytest.approx(np.full(20, 5.0))


def test_no_account_weighs_more_than_so_many_times_the_mean():
    file = frame(small=90, large=10)
    respondents = answered(file, small=5, large=10)
    found = weighed(respondents, file, most=1.5)
    by_account = found.weight.groupby(respondents["customer_id"]).sum()
    assert by_account.max() <= 1.5 * by_account.mean() * 1.001
    assert found.n_trimmed == 5 and found.weight.sum() == pytest.approx(100) and found.apart_share > 0.2


def test_values_of_few_accounts_are_put_together_and_missing_ones_are_a_value():
    file = pd.concat([frame(small=40, rare=3), frame(other=5).assign(size_class=None)], ignore_index=True)
    file["customer_id"] = [f"C{number}" for number in range(len(file))]
    respondents = pd.concat([answered(file, small=10, rare=2), file[file["size_class"].isna()]], ignore_index=True)
    found = weighed(respondents, file)
    assert set(found.margins["value"]) == {"small", "unknown", OTHERS}
    assert found.margins["after_share"].to_numpy() == pytest.approx(found.margins["target_share"].to_numpy(), abs=1e-4)


def test_a_bootstrap_sample_is_raked_again():
    file = frame(small=80, large=20)
    respondents = answered(file, small=10, large=15)
    found = weighed(respondents, file)
    times = np.r_[np.full(10, 1), np.full(15, 3)]
    again = found.reweighted(times, rows=respondents.index)
    assert again[10:].sum() == pytest.approx(0.2, abs=1e-3)
    some = respondents.index[5:]
    assert found.reweighted(times[5:], rows=some).shape == (20,)


def test_raking_agrees_with_two_margins_fitted_by_hand():
    # Deming & Stephan (1940): cells 2x2 start equal, margins 0.7/0.3 and 0.4/0.6 give the product, as all start alike.
    codes = [np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])]
    targets = [np.array([0.7, 0.3]), np.array([0.4, 0.6])]
    found = raked(np.ones(4), codes, targets, company=np.arange(4), most=10)
    assert found == pytest.approx([0.28, 0.42, 0.12, 0.18], abs=1e-4)


def test_survey_weights_start_the_raking_and_zero_ones_are_refused():
    file = frame(small=20)
    respondents = answered(file, small=10).assign(weight=np.r_[np.full(5, 1.0), np.full(5, 3.0)])
    found = weighed(respondents, file)
    assert found.weight.iloc[9] / found.weight.iloc[0] == pytest.approx(3)
    with pytest.raises(DataError, match="every weight is 0"):
        weighed(respondents.assign(weight=0.0), file)


def test_what_weighting_changed_is_told_by_column():
    respondents = pd.DataFrame({"score": [0.0, 100.0, np.nan]})
    effect = weighting_effect(respondents, pd.Series([3.0, 1.0, 9.0]), ["score"])
    assert effect.iloc[0].tolist() == ["score", 50.0, 25.0, 2]


def test_alpha_is_that_of_the_textbook_formula():
    # Parallel items with correlation r have alpha k r / (1 + (k - 1) r): here k = 2.
    rng = np.random.default_rng(1)
    common = rng.normal(size=4000)
    items = pd.DataFrame({"a": common + rng.normal(size=4000), "b": common + rng.normal(size=4000)})
    r = items.corr().iloc[0, 1]
    assert cronbach_alpha(items) == pytest.approx(2 * r / (1 + r), abs=0.002)
    assert np.isnan(cronbach_alpha(items[["a"]]))
    assert np.isnan(cronbach_alpha(items.head(5)))
    assert np.isnan(cronbach_alpha(items.assign(a=1.0, b=1.0)))
