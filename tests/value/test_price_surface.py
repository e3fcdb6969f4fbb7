"""Totals read off the surface against the same draws priced client by client."""

from itertools import product

import numpy as np
import pytest

from workbench.value import price_surface as module
from workbench.value import tariffs
from workbench.value.price_surface import Axis, price_surface
from workbench.value.tariff_base import Side, Stay
from workbench.value.tariffs import Answer, Horizon, price_change

N, SIZES, DRAWS = 400, 5, 40


def clientele(*, own_survival: bool, seed: int = 1) -> tuple[Side, Stay, np.ndarray]:
    """Clients of every share of the scope, from nearly safe to nearly gone."""
    rng = np.random.default_rng(seed)
    euros = {name: rng.gamma(2, 50, N) for name in ("revenue", "direct", "activity", "other", "other_activity")}
    share = np.where(rng.random(N) < 0.3, rng.integers(0, 2, N), rng.random(N))
    hazard = np.exp(rng.normal(-4, 1.5, N)) * rng.uniform(0.5, 1.5, (36, N))
    log_kept = -np.cumsum(hazard, axis=0) if own_survival else np.array([[-0.02]])
    return Side(**euros, share=share), Stay(log_kept, 0.2, "survival"), rng.integers(0, SIZES, N)


def drawn(*, sure: bool, seed: int = 2) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    spread = 0.0 if sure else 1.0
    return {
        "volume": -0.8 + 0.3 * spread * rng.normal(size=(DRAWS, SIZES)),
        "loss": 4.0 + 2.0 * spread * rng.normal(size=(DRAWS, SIZES)),
        "hazard": np.exp(0.25 * spread * rng.normal(size=DRAWS)),
        "cost": np.exp(0.1 * spread * rng.normal(size=DRAWS)),
    }


@pytest.mark.parametrize(("own_survival", "sure", "removed"), list(product([True, False], repeat=3)))
@pytest.mark.parametrize("loss_months", [None, 6, 48])
def test_totals_are_those_of_every_client_priced_apart(own_survival, sure, removed, loss_months):
    side, stay, sizes = clientele(own_survival=own_survival)
    horizon, draws, changes = Horizon(36, removed, loss_months), drawn(sure=sure), np.array([-0.06, 0.03, 0.15])
    surface = price_surface(
        side, stay, horizon, sizes=sizes, hazard=draws["hazard"], loss=draws["loss"], changes=changes
    )
    for change in changes:
        found = np.array(surface.totals(horizon, change=change, **draws))
        for at in range(DRAWS):
            made = price_change(
                side,
                stay,
                Answer(draws["volume"][at, sizes], draws["loss"][at, sizes]),
                horizon,
                change=change,
                cost_factor=draws["cost"][at],
                hazard_factor=draws["hazard"][at],
            )
            exact = made.before.sum(), made.difference.sum(), np.broadcast_to(made.lost_more, N).sum()
            assert found[:, at] == pytest.approx(exact, rel=1e-6)


def test_no_change_brings_nothing_at_all():
    side, stay, sizes = clientele(own_survival=True)
    draws, horizon = drawn(sure=False), Horizon(36, True)
    surface = price_surface(
        side, stay, horizon, sizes=sizes, hazard=draws["hazard"], loss=draws["loss"], changes=np.array([0.0, 0.05])
    )
    _, difference, lost_more = surface.totals(horizon, change=0.0, **draws)
    assert (difference == 0).all() and (lost_more == 0).all()


def test_what_does_not_move_needs_one_node():
    assert len(Axis(0.3, 0.3).nodes) == 1
    assert Axis(0.3, 0.3).weights(np.array([0.3, 0.3])).tolist() == [[1.0], [1.0]]


def test_a_thousand_draws_at_many_prices_take_few_passes_over_the_clients(monkeypatch):
    passes = []

    def counted(*told):
        passes.append(told)
        return tariffs.kept(*told)

    monkeypatch.setattr(module, "kept", counted)
    side, stay, sizes = clientele(own_survival=True)
    draws = {name: np.tile(values.T, 25).T for name, values in drawn(sure=False).items()}
    horizon, prices = Horizon(36, True), np.linspace(-0.06, 0.15, 22)
    surface = price_surface(
        side, stay, horizon, sizes=sizes, hazard=draws["hazard"], loss=draws["loss"], changes=prices
    )
    for change in prices:
        surface.totals(horizon, change=change, **draws)
    assert 1 < len(passes) < 400
