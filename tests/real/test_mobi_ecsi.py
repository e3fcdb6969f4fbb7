"""Drivers of satisfaction with mobile operators (ECSI, 250 respondents) against a path model of the same data.

The path model is run here: PLS path modelling (mode A, centroid scheme, the algorithm of Tenenhaus et al., 2005) on the
structural model that comes with the data (R package semPLS). It should agree with LMG on who leads and who is last
among the direct effects on satisfaction: quality and expectation. Where it differs, and why:

- Image and value change places. Their direct effects are about equal; image goes together with quality more than value
  does, and LMG gives an attribute its part of what it shares with others.
- Expectation has the second largest total effect, nearly all of it through quality and value. LMG has no paths: what
  quality explains is credited to quality, whatever made quality. LMG is therefore read as what goes with satisfaction
  at a given moment, never as what a change upstream would bring.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.competitive.answers import answers_for
from workbench.competitive.importance import importance
from workbench.competitive.imputing import drawn_answers

pytestmark = pytest.mark.real
DRIVERS = ["Image", "Expectation", "Quality", "Value"]


def standard(values):
    return (values - values.mean(axis=0)) / values.std(axis=0)


def path_scores(items: pd.DataFrame, measured: pd.DataFrame, paths: pd.DataFrame) -> pd.DataFrame:
    """Scores of the latent variables by PLS, mode A, centroid scheme."""
    blocks = measured.groupby("source", sort=False)["target"].apply(list)
    items = standard(items)
    weights = {name: np.ones(len(block)) for name, block in blocks.items()}
    joined = pd.DataFrame(0.0, index=blocks.index, columns=blocks.index)
    for source, target in paths.itertuples(index=False):
        joined.loc[source, target] = joined.loc[target, source] = 1.0
    for _ in range(100):
        scores = standard(pd.DataFrame({name: items[blocks[name]] @ weights[name] for name in blocks.index}))
        inner = scores @ (joined * np.sign(scores.corr()))
        weights = {name: (items[blocks[name]].T @ inner[name]).to_numpy() for name in blocks.index}
    return scores


@pytest.fixture(scope="module")
def mobi(real_data):
    folder = real_data / "mobi_ecsi"
    items, measured, paths = (
        pd.read_csv(folder / name) for name in ("mobi.csv", "ECSImeasuremod.csv", "ECSIstrucmod.csv")
    )
    return path_scores(items, measured, paths), paths


@pytest.fixture(scope="module")
def effects(mobi) -> pd.DataFrame:
    """Direct and total effects of the path model on satisfaction."""
    scores, paths = mobi
    direct = pd.DataFrame(0.0, index=scores.columns, columns=scores.columns)
    for target, rows in paths.groupby("target"):
        sources = rows["source"].tolist()
        direct.loc[sources, target] = np.linalg.lstsq(scores[sources], scores[target], rcond=None)[0]
    total = np.linalg.inv(np.eye(len(direct)) - direct) - np.eye(len(direct))
    total = pd.DataFrame(total, index=direct.index, columns=direct.columns)
    return pd.DataFrame({"direct": direct["Satisfaction"], "total": total["Satisfaction"]}).loc[DRIVERS]


@pytest.fixture(scope="module")
def found(mobi):
    scores, _ = mobi
    # Scores have no scale of their own; any straight line through them has the same importance.
    bounded = 50 + 10 * scores
    answers = answers_for(bounded, "Satisfaction", attributes=DRIVERS)
    return importance(drawn_answers(answers, draws=500, seed=1))


def test_who_leads_and_who_is_last_is_that_of_the_direct_effects(effects, found):
    shares = found.table.set_index("attribute")["importance_share"]
    assert shares.idxmax() == effects["direct"].idxmax() == "Quality"
    assert shares.idxmin() == effects["direct"].idxmin() == "Expectation"
    assert found.p_order.loc["Quality"].drop("Quality").min() > 0.95
    assert found.table["johnson_share"].rank().tolist() == found.table["importance_share"].rank().tolist()


def test_what_differs_is_what_paths_tell_apart(effects, found):
    shares = found.table.set_index("attribute")["importance_share"]
    direct = effects["direct"] / effects["direct"].sum()
    assert shares["Image"] > direct["Image"] and shares["Image"] > shares["Value"]
    assert effects["direct"]["Image"] == pytest.approx(effects["direct"]["Value"], abs=0.03)
    assert effects["total"].rank()["Expectation"] == 3
    assert shares["Expectation"] < 0.2


def test_coefficients_on_the_blocks_are_the_paths(effects, found):
    """All four blocks point at satisfaction, so its path coefficients are the standardised regression's."""
    assert found.table["coefficient"].to_numpy() == pytest.approx(effects["direct"].to_numpy())
