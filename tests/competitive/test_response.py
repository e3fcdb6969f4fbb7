"""The response of revenue: slopes by hand, the spline against patsy's, verdicts and clear words."""

import numpy as np
import pandas as pd
import pytest
from patsy import cr
from surveys import SHARE_A_POINT, revenues

from workbench.competitive.response import DIMINISHING, NOT_ESTABLISHED, cells, response, response_table
from workbench.competitive.shapes import FORMS, Spread, candidates, knots, spline, spline_slopes
from workbench.errors import DataError


def test_the_spline_spans_the_natural_cubic_splines_of_patsy():
    x, places = np.linspace(0, 100, 201), np.array([10.0, 35.0, 60.0, 90.0])
    ours = np.column_stack([np.ones_like(x), spline(x, places)])
    theirs = np.asarray(cr(x, knots=places[1:-1], lower_bound=10.0, upper_bound=90.0))
    inside = (x >= 10) & (x <= 90)
    fitted = ours[inside] @ np.linalg.lstsq(ours[inside], theirs[inside], rcond=None)[0]
    assert fitted == pytest.approx(theirs[inside], abs=1e-8)


def test_the_slopes_are_the_derivative():
    x, places = np.linspace(0, 100, 301), np.array([10.0, 35.0, 60.0, 90.0])
    step = 1e-4
    expected = (spline(x + step, places) - spline(x - step, places)) / (2 * step)
    assert spline_slopes(x, places) == pytest.approx(expected, abs=1e-6)
    assert spline_slopes(np.array([92.0, 99.0]), places)[0] == pytest.approx(spline_slopes(np.array([99.0]), places)[0])


def test_weighted_quantiles_are_those_of_repeated_values():
    values, times = np.arange(10.0), np.array([1, 3, 2, 1, 1, 5, 1, 2, 2, 2])
    found = Spread(values, np.cumsum(times).astype(float)).quantiles((0.1, 0.5, 0.9))
    assert found == pytest.approx(
        np.quantile(np.repeat(values, times), [0.1, 0.5, 0.9], method="inverted_cdf"), abs=1.0
    )


def test_all_seven_forms_are_tried():
    x = np.sort(np.random.default_rng(1).uniform(0, 100, 200))
    spread = Spread(x, np.arange(1.0, 201.0))
    assert len(FORMS) == 7
    assert all(len(candidates(form, x, spread)) >= 1 for form in FORMS)
    assert knots(Spread(np.repeat([10.0, 50.0], 10), np.arange(1.0, 21.0))) is None


def test_a_straight_line_without_noise_is_found():
    clients = revenues(3000, 1, bend=None, noise=0.0)
    row = response(clients, "satisfaction", "revenue_eur", controls=["size", "sector"], seed=1, draws=30).row
    levels = clients["revenue_eur"] / (1 + 0.02 * clients["satisfaction"])
    for name in ("slope_p25", "slope_p50", "slope_p75"):
        assert row[name] == pytest.approx(0.02 * levels.mean(), rel=1e-5)
    assert row["slope_ratio"] == pytest.approx(1, rel=1e-4)


def test_size_does_not_pass_for_satisfaction():
    """Size raises satisfaction and revenue; without satisfaction in the formula the slope is about nothing."""
    clients = revenues(1500, 2, bend=None, gain=0.0)
    told = response(clients, "satisfaction", "revenue_eur", controls=["size", "sector"], seed=1, draws=100).row
    naive = response(clients, "satisfaction", "revenue_eur", seed=1, draws=100).row
    assert naive["slope_p50_low"] > 0
    assert told["slope_p50_low"] < 0 < told["slope_p50_high"] or abs(told["slope_p50"]) < 0.2 * naive["slope_p50"]


def test_a_share_of_purchases_rises_by_what_it_rises():
    row = response(
        revenues(800, 3, bend=None), "satisfaction", "purchases_share", controls=["size"], seed=1, draws=100
    ).row
    assert row["slope_p50"] == pytest.approx(SHARE_A_POINT, rel=0.15)


def test_a_clear_saturation_is_diminishing_and_its_form_is_bent():
    found = response(
        revenues(1500, 4, bend=15.0, noise=0.2),
        "satisfaction",
        "revenue_eur",
        controls=["size", "sector"],
        seed=1,
        draws=100,
    )
    assert found.row["shape_verdict"] == DIMINISHING
    assert found.row["slope_ratio_bound"] < 1
    assert found.row["form"] in ("saturating", "log", "spline")
    assert found.losses["linear"] == 1 and found.losses.min() < 0.97
    assert found.curve["score"].is_monotonic_increasing and (found.curve["low"] <= found.curve["high"]).all()


def test_returns_that_turn_to_loss_are_not_called_diminishing():
    clients = revenues(1500, 5, bend=None, noise=0.1)
    way = clients["satisfaction"] / 100
    clients["revenue_eur"] = (
        1000 * (1 + 6 * way - 6 * way**2) * np.exp(0.05 * np.random.default_rng(1).normal(size=1500))
    )
    found = response(clients, "satisfaction", "revenue_eur", seed=1, draws=100).row
    assert found["slope_ratio"] < 0
    assert found["shape_verdict"] == NOT_ESTABLISHED


def test_the_interval_of_clients_in_groups_covers_the_true_slope():
    """75 groups of four accounts alike: as if they were 300, the interval of 90 % covered in 65 % of worlds."""
    covered = 0
    worlds = 60
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(75), 4)
        score = np.clip(60 + 12 * rng.normal(size=75)[group] + 6 * rng.normal(size=300), 0, 100)
        log_noise = 0.8 * rng.normal(size=75)[group] + 0.4 * rng.normal(size=300)
        revenue = 1000 * (1 + 0.01 * (score - 60)) * np.exp(log_noise - (0.64 + 0.16) / 2)
        clients = pd.DataFrame({"satisfaction": score, "revenue_eur": revenue, "group": group})
        row = response(clients, "satisfaction", "revenue_eur", cluster="group", seed=seed, draws=60).row
        covered += row["slope_p50_low"] <= 10 <= row["slope_p50_high"]
    assert covered / worlds > 0.78


def test_groups_are_counted_once_where_too_few_clients_are_there():
    clients = revenues(100, 7, bend=None).assign(group=np.arange(100) // 2)
    found = response(clients, "satisfaction", "revenue_eur", cluster="group", seed=1, draws=20)
    assert "Only 50 clients, a group counting once" in found.why_not


def test_thin_cells_join_the_rest_of_their_size():
    sizes = pd.DataFrame(
        {"size": ["a"] * 30 + ["b"] * 12, "sector": ["x"] * 20 + ["y"] * 6 + ["z"] * 4 + ["x"] * 9 + ["y"] * 3}
    )
    found = cells(sizes, ["size", "sector"])
    assert len(set(found)) == 3
    assert len(set(found[20:30])) == 1 and len(set(found[30:])) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda clients: clients.head(1), "Only 1 clients"),
        (lambda clients: clients.assign(satisfaction=np.nan), "Only 0 clients"),
        (lambda clients: clients.assign(satisfaction=50.0), "too few different scores"),
        (lambda clients: clients.assign(revenue_eur=1.0), "the same for all clients"),
    ],
)
def test_clients_that_carry_nothing_say_why(change, sentence):
    found = response(change(revenues(100, 7, bend=None)), "satisfaction", "revenue_eur", seed=1, draws=20)
    assert sentence in found.why_not
    assert found.row["shape_verdict"] == NOT_ESTABLISHED and np.isnan(found.row["slope_p50"])


def test_a_score_off_its_scale_is_refused():
    clients = revenues(100, 7, bend=None)
    clients.loc[3, "satisfaction"] = 101.0
    with pytest.raises(DataError, match="must be on 0-100 .got 101"):
        response(clients, "satisfaction", "revenue_eur", seed=1, draws=20)


def test_the_table_names_its_units():
    clients = revenues(200, 8, bend=None)
    rows = [
        response(clients, "satisfaction", outcome, seed=1, draws=20) for outcome in ("revenue_eur", "purchases_share")
    ]
    table = response_table(rows)
    assert {"predictor", "form", "shape_verdict", "slope_p25_eur", "slope_p50_low_eur", "slope_p75_share"} <= set(table)
    assert table["slope_p25_eur"].notna().tolist() == [True, False]
