"""The four classes of the decree, bands of the register, and the group rule."""

import numpy as np
import pandas as pd
import pytest

from workbench.params import SizeThresholds
from workbench.potential import size_classes
from workbench.potential.sizes import BAND_HEADCOUNT


def size(**measures) -> str | None:
    return size_classes(pd.DataFrame({name: [value] for name, value in measures.items()}), SizeThresholds()).iloc[0]


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ({"headcount": 9, "turnover_eur": 2e6}, "microenterprise"),
        ({"headcount": 10, "turnover_eur": 2e6}, "SME"),
        ({"headcount": 9, "turnover_eur": 2e6 + 1}, "SME"),
        ({"headcount": 9, "turnover_eur": 3e6, "balance_sheet_eur": 1.9e6}, "microenterprise"),
        ({"headcount": 249, "turnover_eur": 60e6, "balance_sheet_eur": 43e6}, "SME"),
        ({"headcount": 249, "turnover_eur": 60e6, "balance_sheet_eur": 44e6}, "mid-size"),
        ({"headcount": 250, "turnover_eur": 1e6}, "mid-size"),
        ({"headcount": 4999, "turnover_eur": 1.5e9}, "mid-size"),
        ({"headcount": 5000, "turnover_eur": 1.0}, "large"),
        ({"headcount": 4999, "turnover_eur": 1.6e9}, "large"),
        ({"headcount": 4999, "turnover_eur": 1.6e9, "balance_sheet_eur": 2e9}, "mid-size"),
        ({"headcount": 3}, "microenterprise"),
        ({"headcount": np.nan, "turnover_eur": 51e6}, "mid-size"),
        ({"headcount": np.nan, "turnover_eur": np.nan}, None),
        ({"headcount": np.nan, "headcount_band": "NN"}, None),
        ({"headcount": 0}, "microenterprise"),
    ],
)
def test_the_classes_of_the_decree(measures, expected):
    assert size(**measures) == expected


def test_every_band_of_the_register_lies_within_one_class():
    classes = [size(headcount_band=band) for band in BAND_HEADCOUNT]
    assert classes == ["microenterprise"] * 4 + ["SME"] * 5 + ["mid-size"] * 4 + ["large"] * 2
    assert size(headcount=12, headcount_band="53") == "SME", "the headcount itself goes before its band"
    assert size(headcount_band="3") == "microenterprise", "a spreadsheet drops the zero of 03"


def test_an_account_of_a_large_group_is_not_a_microenterprise():
    accounts = pd.DataFrame(
        {"group_id": ["G1", "G1", "G1", None, None], "headcount": [6000.0, 4.0, np.nan, 4.0, 200.0]}
    )
    before = accounts.copy()

    def by(rule: str) -> list:
        return size_classes(accounts, SizeThresholds(), group_size=rule).tolist()

    assert by("largest") == ["large", "large", "large", "microenterprise", "SME"]
    assert by("own") == ["large", "microenterprise", None, "microenterprise", "SME"]
    accounts["headcount"] = [150.0, 120.0, np.nan, 4.0, 200.0]
    assert by("largest")[:3] == ["SME"] * 3
    assert by("sum")[:3] == ["mid-size"] * 3
    pd.testing.assert_frame_equal(accounts.drop(columns="headcount"), before.drop(columns="headcount"))


def test_thresholds_come_from_the_params():
    own = SizeThresholds(micro_headcount=50, micro_turnover_eur=9e6)
    assert size_classes(pd.DataFrame({"headcount": [49], "turnover_eur": [9e6]}), own).tolist() == ["microenterprise"]
    with pytest.raises(ValueError, match="headcount must rise from micro to sme to mid_size"):
        SizeThresholds(micro_headcount=300)
