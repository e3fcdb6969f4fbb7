"""Competitive value against the simulated truth: weights, performance, drivers of the whole recipe, types, response."""

import numpy as np
import pandas as pd
import pytest

from workbench import competitive
from workbench.carrier import World, simulated_world
from workbench.carrier.survey import INFORMED, NAMES, POINTS, SIZE_SHIFT, SurveyDesign
from workbench.competitive.plane import relation_types
from workbench.potential.sizes import SIZES


@pytest.fixture(scope="module")
def carrier(carrier_survey):
    return Studied(simulated_world(customers=1500, months=26, seed=8), carrier_survey)


class Studied:
    """The respondents of a world, weighted, beside its truth."""

    def __init__(self, world: World, made):
        self.world, self.told = world, made.TOLD
        self.clients = made.clients_of(world)
        self.survey = competitive.scored_survey(made.checked_survey(world), made.SOURCE, made.TOLD)
        self.respondents = competitive.client_respondents(self.survey, self.clients)
        self.weights = competitive.client_weights(self.respondents, self.clients, made.TOLD)
        truth = world.truth_drivers.drop_duplicates("attribute").set_index("attribute")
        self.performance = truth.loc[list(NAMES), "performance"]

    def means(self, *, weighted: bool) -> pd.Series:
        effect = competitive.weighting_effect(self.respondents, self.weights.weight, list(NAMES))
        return effect.set_index("column")["weighted_score" if weighted else "plain_score"]


def test_weighting_takes_away_what_non_response_by_size_and_revenue_does(carrier):
    plain = (carrier.means(weighted=False) - carrier.performance).mean()
    weighted = (carrier.means(weighted=True) - carrier.performance).mean()
    print(f"bias of performance: plain {plain:.2f}, weighted {weighted:.2f} points")  # noqa: T201
    # The large answer more, in number of persons and of accounts, and are more critical.
    assert plain < -0.5
    assert abs(weighted) < 0.6


def test_where_the_satisfied_answer_more_weighting_does_not_help(carrier_survey):
    design = SurveyDesign(non_response="not_at_random")
    selected = Studied(simulated_world(customers=1500, months=13, seed=8, design=design), carrier_survey)
    assert (selected.means(weighted=True) - selected.performance).mean() > 1.5


def test_drivers_of_the_whole_recipe_recover_the_population_shares(carrier):
    found = competitive.drivers_by_target(
        carrier.survey, carrier.respondents, carrier.weights, carrier.told, seed=1
    ).table.set_index(["target", "attribute"])
    truth = carrier.world.truth_drivers.set_index(["target", "attribute"])["lmg_share"]
    both = found.join(truth, how="inner")
    both = both[both.index.get_level_values("target") != "volume"]
    off = (both["importance_share"] - both["lmg_share"]).abs()
    large = both[both["lmg_share"] > 0.02]
    covered = large["lmg_share"].between(large["importance_low"], large["importance_high"]).mean()
    print(f"mean error of a share {off.mean():.4f}, covered {covered:.2f}")  # noqa: T201
    assert off.mean() < 0.025
    assert covered > 0.70
    first = found.loc["satisfaction", "importance_share"].idxmax()
    assert first == truth.loc["satisfaction"].idxmax()


def test_probabilities_of_types_are_borne_out_and_the_model_beats_the_mean(carrier):
    relations = competitive.client_relations(
        carrier.survey, carrier.respondents, carrier.weights, carrier.clients, carrier.told, seed=1
    )
    table = relations.table.merge(carrier.world.truth_customers, on="customer_id", suffixes=("", "_true"))
    # Larger clients give fewer points for the same opinion: that is part of what a client would truly answer.
    size = carrier.clients.set_index("customer_id")["size_class"].map(dict(zip(SIZES, SIZE_SHIFT, strict=True)))
    shift = table["customer_id"].map(size).fillna(0.0) / POINTS
    # The truth is standard normal; the plane is scaled by what accounts answer, so it is brought to the same scale.
    unit = {name: table.loc[table["measured"], f"z_{name}"].std() for name in ("satisfaction", "loyalty")}
    views = {name: table[f"{name}_true"] + shift * (1 if name == "satisfaction" else 1 / INFORMED) for name in unit}
    true = np.column_stack([(view - view.mean()) * unit[name] for name, view in views.items()])
    right = pd.Series(relation_types(true) == table["relation_type"].to_numpy())
    for measured, tolerance in ((True, 0.05), (False, 0.10)):
        part = (table["measured"] == measured).to_numpy()
        claimed = table.loc[part, "p_relation_type"].mean()
        print(f"measured {measured}: claimed {claimed:.3f}, right {right[part].mean():.3f}, n {part.sum()}")  # noqa: T201
        assert right[part].mean() == pytest.approx(claimed, abs=tolerance)
    sure = table["measured"] & (table["p_relation_type"] >= 0.8)
    assert right[sure.to_numpy()].mean() > 0.7
    assert (relations.placed.judged["r2"] > 0.02).all()
    estimated = ~table["measured"]
    assert table.loc[estimated, "z_satisfaction"].corr(table.loc[estimated, "satisfaction_true"]) > 0.1


def test_the_share_of_purchases_rises_with_satisfaction_as_it_truly_does(carrier):
    answering = competitive.answering_clients(
        carrier.survey, carrier.clients, carrier.clients, carrier.told, wave=carrier.survey.wave
    )
    found = competitive.responses(answering, carrier.told, seed=1)
    row = next(
        each.row
        for each in found
        if (each.row["predictor"], each.row["outcome"]) == ("satisfaction", "purchases_share")
    )
    curve = carrier.world.truth_response.set_index("score")["purchases_share"]
    at = answering["satisfaction"].median()
    true = np.interp([at - 5, at + 5], curve.index, curve)
    # An answer is the truth with an error, so the slope on answers is flatter than the true one.
    assert row["slope_p50_low"] > 0
    assert 0.3 * np.diff(true)[0] / 10 < row["slope_p50"] < 1.5 * np.diff(true)[0] / 10


@pytest.mark.slow
def test_over_worlds_intervals_of_shares_cover_and_weighted_means_are_unbiased(carrier_survey):
    covered, bias = [], []
    told = carrier_survey.TOLD.model_copy(update={"bootstrap_draws": 200})
    for seed in range(40, 52):
        studied = Studied(simulated_world(customers=800, months=13, seed=seed), carrier_survey)
        table = competitive.drivers_by_target(
            studied.survey, studied.respondents, studied.weights, told, seed=1
        ).table.merge(studied.world.truth_drivers, on=["target", "attribute"], suffixes=("", "_true"))
        large = table[(table["lmg_share"] > 0.02) & (table["target"] != "volume")]
        covered.append(large["lmg_share"].between(large["importance_low"], large["importance_high"]).mean())
        bias.append((studied.means(weighted=True) - studied.performance).mean())
    print(f"covered {np.mean(covered):.3f}, bias {np.mean(bias):.3f} ± {np.std(bias) / np.sqrt(12):.3f}")  # noqa: T201
    assert np.mean(covered) > 0.82
    assert abs(np.mean(bias)) < 0.8
