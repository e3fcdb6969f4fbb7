"""The whole of competitive value on a simulated survey, and on surveys that lack a part of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from carrier_survey import SOURCE, TOLD, checked_survey, classified, clients_of

from workbench import competitive, figures, wording
from workbench.carrier import simulated_world
from workbench.carrier.survey import RATED, REFUSED
from workbench.errors import DataError


@pytest.fixture(scope="module")
def world():
    return simulated_world(customers=300, months=26, seed=3)


@pytest.fixture(scope="module")
def clients(world):
    return clients_of(world)


class Study:
    """Everything the chapter computes."""

    def __init__(self, world, clients, *, rows=None, source=SOURCE, told=TOLD):
        rows = checked_survey(world) if rows is None else rows
        self.survey = competitive.scored_survey(rows, source, told)
        self.clients = clients
        self.respondents = competitive.client_respondents(self.survey, clients)
        self.weights = competitive.client_weights(self.respondents, clients, told)
        self.found = competitive.drivers_by_target(self.survey, self.respondents, self.weights, told, seed=1)
        self.segments = competitive.drivers_by_segment(self.survey, self.respondents, self.found, told, seed=1)
        self.relations = competitive.client_relations(
            self.survey, self.respondents, self.weights, clients, told, seed=1
        )
        others = competitive.non_client_weights(self.survey, classified(rows), classified(world.market), told)
        self.position = competitive.market_position(
            self.survey, self.respondents, self.weights, others=others, importance=self.found.shares, told=told, seed=1
        )
        answering = competitive.answering_clients(self.survey, clients, clients, told, wave=self.survey.wave)
        self.responses = competitive.responses(answering, told, seed=1)

    def said(self) -> str:
        """Everything the chapter says, and draws."""
        found, placed = self.found, self.found.maps.get(self.found.main)
        main = found.importances.get(found.main)
        money = self.clients[["customer_id", "revenue_eur"]]
        money = money.assign(practical_margin_eur=0.2 * money["revenue_eur"])
        counts = competitive.relation_counts(self.relations.table, money)
        alpha = competitive.cronbach_alpha(self.respondents[list(self.survey.loyalty_items)])
        parts = [
            wording.drivers_headline(found, self.segments, self.relations, self.responses, weights=self.weights),
            wording.say_respondents(self.survey, self.respondents, self.clients),
            wording.say_unanswered(self.survey),
            wording.say_reliability(alpha, self.survey),
            *([wording.say_importance(main), wording.say_stated(main)] if main else []),
            wording.say_map(placed),
            wording.say_segments(self.segments, found),
            wording.say_factors(found.table),
            wording.say_competitors(found.table[found.table["target"] == found.main], self.position),
            wording.say_relations(self.relations),
            wording.say_plane(self.relations),
            wording.say_placement(self.relations),
            wording.say_relation_margins(counts, unit="€"),
            wording.say_client_gaps(self.position),
            wording.say_value_map(self.position, us="Us"),
            wording.say_needs(self.position),
            wording.say_responses(self.responses, wave="1", unit="€"),
        ]
        drawn = [
            figures.plot_importance(main) if main else None,
            figures.plot_importance_map(placed) if placed else None,
            figures.plot_segments(self.segments),
            figures.plot_importance_map(
                competitive.map_against_rivals(self.survey, self.respondents, found), relative=True
            ),
            figures.plot_plane(self.relations),
            figures.plot_client_gaps(self.position, list(self.survey.attributes)),
            figures.plot_value_map(self.position, us="Us"),
            *figures.plot_responses(self.responses, unit="€"),
        ]
        assert all(picture.svg for picture in drawn if picture is not None)
        main_table = found.table[found.table["target"] == found.main]
        for sheet in (
            wording.drivers_sheet(found.table), wording.needs_sheet(self.position), wording.rivals_sheet(main_table)
        ):  # fmt: skip
            assert "<table" in sheet._repr_html_()
        return "\n".join(str(part) for part in parts if part is not None)


@pytest.fixture(scope="module")
def study(world, clients):
    return Study(world, clients)


def test_the_tables_have_their_columns(study):
    table = study.found.table
    assert set(table["target"]) == {"satisfaction", "loyalty", "differentiation", "volume"}
    assert table.groupby("target")["importance_share"].sum().to_numpy() == pytest.approx(1)
    assert {"performance", "relative_performance", "quadrant", "p_quadrant", "factor_type"} <= set(table)
    assert set(study.segments["segment_by"]) == {"size_class", "supplier"}
    relation = study.relations.table
    assert relation["customer_id"].is_unique and len(relation) == len(study.clients)
    assert relation[["z_satisfaction", "z_loyalty_se", "p_relation_type"]].notna().all(axis=None)
    # Kind answers are kind to both questions; so are the errors of a prediction.
    together = relation.groupby("measured")["z_error_correlation"].agg(["min", "max"])
    assert (together["min"] == together["max"]).all() and together["min"].gt(0.1).all()
    answered = set(study.respondents["customer_id"])
    assert set(relation.loc[relation["measured"], "customer_id"]) <= answered


def test_a_complete_survey_says_no_part_is_missing(study):
    said = study.said()
    for text in ("not asked", "unknown", "is not known", "no loyalty", "No competitor"):
        assert text not in said
    assert "Fix" in said or "undecided" in said


def filled(rows: pd.DataFrame) -> pd.DataFrame:
    """The last wave with every item answered, which leaves nothing to impute and is quick."""
    last = rows[rows["wave"] == "2025"].reset_index(drop=True)
    rng = np.random.default_rng(1)
    gaps = {name: last[name].isna() | (last[name] == REFUSED) for name in RATED}
    return last.assign(**{name: last[name].mask(gap, rng.integers(5, 9, len(last))) for name, gap in gaps.items()})


@pytest.mark.parametrize(
    "change, loyalty_items, sentences",
    [
        (
            lambda rows: rows[rows["supplier"] == "us"].assign(role=None, purchases_share=np.nan),
            SOURCE.loyalty_items,
            ["No competitor was rated", "Roles were not asked", "The share of purchases given to us was not asked"],
        ),
        (
            lambda rows: rows[rows["customer_id"].notna()],
            {},
            ["No company that is not a client answered", "There are no loyalty items", "no loyalty items, so clients"],
        ),
        (
            lambda rows: rows.assign(satisfaction=np.nan, differentiation=np.nan, tracking=99.0),
            SOURCE.loyalty_items,
            ["no overall satisfaction", "Perceived differentiation was not asked", "tracking: nobody answered it"],
        ),
        (
            lambda rows: rows.assign(punctuality=7.0, pick_up=rows["price"]),
            SOURCE.loyalty_items,
            ["punctuality: all", "Nearly determined by the other attributes"],
        ),
        (lambda rows: rows.assign(satisfaction=7.0), SOURCE.loyalty_items, ["for a plane"]),
    ],
    ids=["us alone", "clients alone", "no satisfaction", "constant and collinear", "constant satisfaction"],
)
def test_a_survey_that_lacks_a_part_does_the_rest_and_says_so(world, clients, change, loyalty_items, sentences):
    rows = change(filled(checked_survey(world))).reset_index(drop=True)
    source = SOURCE.model_copy(update={"loyalty_items": loyalty_items})
    said = Study(world, clients, rows=rows, source=source).said()
    for sentence in sentences:
        assert sentence in said


def test_a_handful_of_respondents_give_no_driver_and_a_reason(world, clients):
    rows = filled(checked_survey(world))
    ours = rows[(rows["supplier"] == "us") & rows["customer_id"].notna()]
    said = Study(world, clients, rows=ours.head(8).reset_index(drop=True)).said()
    assert "No driver could be estimated" in said and "respondents answered satisfaction and some attribute" in said


def test_a_survey_of_strangers_is_refused_in_a_sentence(world, clients):
    rows = filled(checked_survey(world)).assign(customer_id="X1")
    with pytest.raises(DataError, match="no client of the file rates us in wave 2025"):
        Study(world, clients, rows=rows)


def test_nothing_after_the_day_is_looked_at(world):
    then = clients_of(world, "2024-12-31")
    later = world.deliveries["delivered_on"] > pd.Timestamp("2024-12-31")
    assert later.any()
    earlier = type(world)(**{**world.__dict__, "deliveries": world.deliveries[~later]})
    pd.testing.assert_frame_equal(
        then.sort_values("customer_id", ignore_index=True),
        clients_of(earlier, "2024-12-31").sort_values("customer_id", ignore_index=True),
    )


def test_for_whom_is_said_also_where_no_size_is_sure(study):
    parts = study.found, study.relations, study.responses
    unsure = study.segments.assign(quadrant="undecided", likely_quadrant="to_improve")
    assert {"likely_quadrant", "p_quadrant"} <= set(study.segments)
    said = str(wording.drivers_headline(parts[0], unsure, *parts[1:], weights=study.weights))
    assert "For whom is not established; most likely for: " in said
    said = str(wording.drivers_headline(parts[0], study.segments.iloc[:0], *parts[1:], weights=study.weights))
    assert "cannot be told" in said


def test_the_relative_map_is_that_of_the_table(study):
    against = competitive.map_against_rivals(study.survey, study.respondents, study.found).table.set_index("attribute")
    table = study.found.table
    ours = table[table["target"] == study.found.main].set_index("attribute").loc[against.index]
    assert len(against) >= 5 and (against["performance"] == ours["relative_performance"]).all()
    assert (against["quadrant"] == ours["relative_quadrant"]).all()


def test_revenue_is_read_from_the_clients_of_the_wave_whatever_became_of_them(study, clients):
    answered = set(study.respondents["customer_id"])
    gone = sorted(answered)[:3]
    strangers = clients["customer_id"].isin(sorted(answered)[3:5])
    bought = clients[~clients["customer_id"].isin(gone)]
    found = competitive.answering_clients(study.survey, clients[~strangers], bought, TOLD, wave=study.survey.wave)
    revenue = found.set_index("customer_id")["revenue_eur"]
    assert (revenue[gone] == 0).all() and (revenue.drop(gone) > 0).all()
    assert set(revenue.index) == answered - set(sorted(answered)[3:5])
    grouped = found["cluster"].str.startswith("g ")
    groups = clients.set_index("customer_id")["group_id"].reindex(found["customer_id"])
    assert grouped.any() and (grouped.to_numpy() == groups.notna().to_numpy()).all()


def test_the_wave_of_the_response_has_its_last_day_and_the_day_its_revenue_is_counted_to(study):
    wave, answered, ends = competitive.response_wave(study.survey, pd.Timestamp("2025-12-31"))
    days = study.survey.of(supplier="us", clients=True, wave=wave)["answered_on"]
    assert wave == "2024" and answered == days.max() and ends == answered + pd.DateOffset(months=12)


def test_claims_are_those_of_the_last_twelve_whole_months(world):
    month = pd.to_datetime(world.interactions["month"])
    claims = world.interactions[(world.interactions["driver"] == "claim")].assign(month=month)
    for until, first, last in (("2025-12-31", "2025-01-01", "2025-12-01"), ("2025-11-14", "2024-11-01", "2025-10-01")):
        found = clients_of(world, until)
        inside = claims[claims["month"].between(first, last)].groupby("customer_id")["quantity"].sum()
        expected = found["customer_id"].map(inside).fillna(0).astype(float)
        told = found["claims_per_delivery"] * np.exp(found["log_deliveries"])
        assert told.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)


def test_claims_are_what_the_params_call_claims(world):
    renamed = replace(world, interactions=world.interactions.replace({"driver": {"claim": "complaint"}}))
    usual = clients_of(world)["claims_per_delivery"]
    named = clients_of(renamed, claims=("complaint", "damage"))["claims_per_delivery"]
    assert usual.gt(0).any() and np.allclose(named, usual)
    assert clients_of(renamed)["claims_per_delivery"].eq(0).all()
