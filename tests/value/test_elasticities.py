"""Past rises as the files tell them, who is compared, and which elasticity a scenario then uses."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from workbench.params import Belief, Elasticity
from workbench.value import chosen_elasticities, client_rises, estimates, price_history
from workbench.value.elasticity import ALL, COLUMNS, Estimates, clustered_errors, size_places
from workbench.value.price_history import PriceHistory
from workbench.value.staying import staying, yearly_loss

AS_OF = pd.Timestamp("2025-12-31")
BELIEF = Elasticity(low=-1.5, high=-0.5, by_size={"large": Belief(low=-3.0, high=-2.0)})


def delivered(customer: str, *months: str, times: int = 1) -> pd.DataFrame:
    days = [pd.Timestamp(f"{month}-15").date() for month in months for _ in range(times)]
    return pd.DataFrame({"customer_id": customer, "delivered_on": days})


def deliveries(*parts: pd.DataFrame) -> ibis.Table:
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(revenue_eur=90.0, list_price_eur=100.0, booked_margin_eur=18.0)
    return ibis.memtable(rows.assign(credited_document_id=pd.Series([None] * len(rows), dtype="string")))


def months(first: str, last: str) -> list[str]:
    return pd.period_range(first, last, freq="M").astype(str).tolist()


def test_rises_of_single_clients_are_read_and_those_of_a_month_are_one():
    told = pd.DataFrame(
        {
            "effective_on": [date(2024, 4, 1), date(2024, 4, 10), date(2024, 1, 1), date(2024, 4, 1), date(2024, 4, 1)],
            "scope": ["customer: 0001", "Customer : 0001", "product: air", "customer: 0999", "0002"],
            "change_share": [0.10, 0.05, 0.03, 0.02, 0.02],
        }
    )
    rises = client_rises(told, pd.DataFrame({"customer_id": ["0001", "0002"]}))
    assert rises["customer_id"].tolist() == ["0001"] and rises["effective_on"].tolist() == [pd.Timestamp("2024-04-01")]
    assert rises["rise_share"].tolist() == pytest.approx([1.10 * 1.05 - 1])


def test_clients_are_compared_who_were_there_before_and_after_the_rise():
    rises = pd.DataFrame({"customer_id": ["A", "D"], "effective_on": pd.to_datetime(["2024-04-01", "2024-08-01"]),
                          "rise_share": [0.1, 0.1]})  # fmt: skip
    table = deliveries(
        delivered("A", *months("2022-06", "2025-12")),
        delivered("B", *months("2022-06", "2024-09")),  # lost within the year
        delivered("C", *months("2023-08", "2025-12")),  # new in the year before
        delivered("D", *months("2022-06", "2025-12")),  # its own price rises in the year after
        delivered("E", *months("2022-06", "2024-03")),  # not there any more on the day
        delivered("F", "2022-06", "2023-06", "2024-06", "2025-06"),  # too few
        delivered("G", *months("2022-06", "2025-12")[::-1], times=2),
    )
    known = pd.DataFrame({"customer_id": list("ABCDEFG"), "group_id": None, "size_class": "SME"})
    history = price_history(table, rises, known, as_of=AS_OF, silent_months=6)
    first = history.clients[history.clients["effective_on"] == pd.Timestamp("2024-04-01")].set_index("customer_id")
    assert first.index.tolist() == ["A", "B", "G"]
    assert first["rise_share"].tolist() == [0.1, 0.0, 0.0] and first["lost"].tolist() == [False, True, False]
    assert first.loc["G", ["n_before", "n_after", "trend"]].tolist() == [24, 24, 1.0]
    assert first["discount_share"].tolist() == pytest.approx([0.1] * 3)
    assert first["booked_margin_share"].tolist() == pytest.approx([0.2] * 3)
    assert first["placebo_before"].isna().all()  # the files begin less than two years before
    later = price_history(
        table, rises.assign(effective_on=pd.Timestamp("2025-01-01")), known, as_of=AS_OF, silent_months=6
    )
    assert later.clients.empty and later.reasons == {pd.Timestamp("2025-01-01"): "too recent"}


def test_the_placebo_needs_both_halves_of_its_year_before():
    rises = pd.DataFrame({"customer_id": ["A"], "effective_on": pd.to_datetime(["2024-04-01"]), "rise_share": [0.1]})
    table = deliveries(
        delivered("A", *months("2022-03", "2025-12")),
        delivered("B", *months("2022-03", "2022-09"), *months("2023-04", "2025-12")),  # silent in the second half
    )
    known = pd.DataFrame({"customer_id": ["A", "B"], "group_id": None, "size_class": "SME"})
    rows = price_history(table, rises, known, as_of=AS_OF, silent_months=6).clients.set_index("customer_id")
    assert rows.loc["A", ["placebo_before", "placebo_after", "placebo_trend"]].tolist() == [12, 12, 1.0]
    assert rows.loc["B", ["placebo_before", "placebo_after", "placebo_trend"]].isna().all()


def drawn_history(*, n: int = 4000, seed: int = 1, elasticity: float = -1.0, confounded: float = 0.0) -> PriceHistory:
    """Clients with a rise aimed at deep discounts; confounded, what a discount's deviation does to the next year."""
    rng = np.random.default_rng(seed)
    depth = rng.normal(size=n)
    rise = np.where(rng.random(n) < 1 / (1 + np.exp(1.5 - depth)), rng.choice([0.06, 0.1, 0.14], n), 0.0)
    before = rng.poisson(np.exp(rng.normal(3.2, 0.5, n))).clip(6)
    after = rng.poisson(before * (1 + rise) ** elasticity * np.exp(confounded * depth))
    lost = rng.random(n) < 1 - np.exp(-0.15 * np.exp(6.0 * rise))
    clients = pd.DataFrame(
        {
            "effective_on": pd.Timestamp("2024-04-01"), "customer_id": [f"C{at}" for at in range(n)], "group_id": None,
            "size_class": rng.choice(["SME", "microenterprise"], n), "rise_share": rise, "n_before": before,
            "n_after": np.where(lost, np.maximum(after // 2, 1), after), "trend": np.exp(rng.normal(0, 0.1, n)),
            "discount_share": 0.1 + 0.05 * depth, "booked_margin_share": np.nan, "lost": lost,
            "placebo_before": before.astype(float), "placebo_after": rng.poisson(before).astype(float),
            "placebo_trend": 1.0,
        }
    )  # fmt: skip
    rises = clients.loc[clients["rise_share"] > 0, ["customer_id", "effective_on", "rise_share"]]
    return PriceHistory(rises, clients, {})


def row(found: Estimates, elasticity: str, estimate: str, size: str = ALL) -> pd.Series:
    table = found.table
    keyed = table.set_index(["elasticity", "estimate", "size_class"])
    return keyed.loc[(elasticity, estimate, size)]


def test_the_adjusted_estimate_finds_what_the_naive_one_is_fooled_about():
    found = estimates(drawn_history(confounded=-0.10))
    adjusted, naive = row(found, "volume", "adjusted"), row(found, "volume", "naive")
    assert adjusted["low"] < -1.0 < adjusted["high"]
    assert naive["high"] < -1.0 - 0.3
    assert row(found, "volume", "placebo")["low"] < 0 < row(found, "volume", "placebo")["high"]
    loss = row(found, "loss", "adjusted")
    assert loss["low"] < 6.0 < loss["high"] and found.refused == {}


def test_a_placebo_that_is_not_0_refuses_the_estimate():
    history = drawn_history()
    clients = history.clients.copy()
    aimed = clients["rise_share"] > 0
    clients.loc[aimed, "placebo_after"] = (clients.loc[aimed, "placebo_after"] * 0.7).round().clip(lower=1)
    found = estimates(PriceHistory(history.rises, clients, {}))
    assert found.refused["volume"] == "placebo"
    used = chosen_elasticities(found, BELIEF, of="volume", wanted=True)
    assert used.origin == "hypothesis" and used.table.loc["SME", "value"] == -1.0


@pytest.mark.parametrize("n_affected", [0, 9])
def test_too_few_rises_leave_a_hypothesis(n_affected):
    history = drawn_history(n=600)
    aimed = history.clients.index[history.clients["rise_share"] > 0]
    clients = history.clients.drop(aimed[n_affected:])
    found = estimates(PriceHistory(history.rises, clients, {}))
    assert found.refused == {"volume": "few rises", "loss": "few rises"}
    assert found.table.empty and list(found.table.columns) == COLUMNS


def test_too_few_losses_leave_the_loss_a_hypothesis_and_the_volume_an_estimate():
    history = drawn_history(n=1500)
    clients = history.clients.assign(lost=False)
    found = estimates(PriceHistory(history.rises, clients, {}))
    assert found.refused == {"loss": "few losses"}
    assert chosen_elasticities(found, BELIEF, of="volume", wanted=True).origin != "hypothesis"


def test_clustered_errors_are_the_jackknife_over_groups():
    """A linear model, each group left out in turn: the spread of the estimates around that of all."""
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(30), rng.integers(1, 6, 30))
    design = np.column_stack([np.ones(len(groups)), rng.normal(size=len(groups)) + 0.5 * groups / 30])
    outcome = design @ [1.0, 2.0] + rng.normal(size=30)[groups] + rng.normal(size=len(groups))
    fitted = sm.GLM(outcome, design).fit()
    without = np.array([np.linalg.lstsq(design[groups != g], outcome[groups != g], rcond=None)[0] for g in range(30)])
    jackknife = np.sqrt(29 / 30 * ((without - np.asarray(fitted.params)) ** 2).sum(axis=0))
    assert clustered_errors(fitted, groups) == pytest.approx(jackknife, rel=1e-9)


def found_rows(*rows: tuple) -> Estimates:
    every = [("volume", size, "adjusted", (low + high) / 2, low, high, 20, 80) for size, low, high in rows]
    return Estimates(pd.DataFrame(every, columns=COLUMNS), {})


def test_a_size_uses_its_own_estimate_then_that_of_all_then_the_belief():
    found = found_rows((ALL, -1.2, -0.4), ("SME", -1.0, -0.6), ("mid-size", -4.0, 1.0))
    table = chosen_elasticities(found, BELIEF, of="volume", wanted=True).table
    assert table.loc["SME", ["value", "origin", "draw"]].tolist() == [-0.8, "estimate", "SME"]
    assert table.loc["mid-size", ["value", "draw"]].tolist() == [-0.8, ALL]  # its own says less than the belief
    assert table.loc["unknown", "draw"] == ALL
    wide = found_rows((ALL, -4.0, 2.0))
    believed = chosen_elasticities(wide, BELIEF, of="volume", wanted=True)
    assert believed.origin == "hypothesis" and believed.table.loc["large", "value"] == -2.5
    assert chosen_elasticities(found, BELIEF, of="volume", wanted=False).origin == "hypothesis"


def test_draws_of_sizes_that_share_an_estimate_move_together_and_have_its_spread():
    used = chosen_elasticities(found_rows((ALL, -1.2, -0.4), ("SME", -1.0, -0.6)), BELIEF, of="volume", wanted=True)
    draws = pd.DataFrame(used.draws(4000, np.random.default_rng(1)), columns=used.table.index)
    assert draws["large"].equals(draws["unknown"]) and abs(draws["large"].corr(draws["SME"])) < 0.1
    assert draws["large"].quantile([0.05, 0.95]).tolist() == pytest.approx([-1.2, -0.4], abs=0.03)
    assert used.table.index[size_places(pd.Series(["SME", None, "large"]))].tolist() == ["SME", "unknown", "large"]


def test_without_a_chapter_on_churn_all_have_the_rate_of_the_files():
    everyone = [delivered(f"C{at}", *months("2024-01", "2025-12")) for at in range(8)]
    lost = [delivered(f"L{at}", *months("2024-01", "2024-10")) for at in range(2)]
    past = yearly_loss(deliveries(*everyone, *lost), as_of=AS_OF, silent_months=6)
    assert past == (10, 2)
    clients = pd.DataFrame(
        {"customer_id": ["A", "B"], "last_delivery_on": pd.to_datetime(["2025-12-01", "2025-05-01"])}
    )
    told = {"as_of": AS_OF, "silent_months": 6, "past_loss": past}
    present, stay = staying(clients, None, monthly_loss=None, **told)
    assert present.tolist() == [True, False] and stay.origin == "files"
    assert (1 - stay.monthly_loss) ** 12 == pytest.approx(1 - 2.5 / 11)
    assert staying(clients, None, monthly_loss=0.03, **told)[1].monthly_loss == pytest.approx(0.03)


def test_the_chapter_on_churn_says_who_is_there_and_how_long_they_stay():
    ahead = np.arange(1, 25)
    survival = pd.concat(
        [
            pd.DataFrame({"customer_id": name, "months_ahead": ahead, "p_alive": np.exp(-rate * ahead),
                          "p_alive_low": np.exp(-2 * rate * ahead), "p_alive_high": np.exp(-rate / 2 * ahead)})
            for name, rate in (("B", 0.05), ("A", 0.01), ("only work", 0.01))
        ]
    )  # fmt: skip
    last = pd.to_datetime(["2020-01-01"] * 3 + [None])
    clients = pd.DataFrame({"customer_id": ["A", "X", "B", "only work"], "last_delivery_on": last})
    present, stay = staying(clients, survival, as_of=AS_OF, silent_months=6, monthly_loss=0.5, past_loss=(1, 0))
    assert present.tolist() == [True, False, True, False] and stay.origin == "survival"
    assert np.allclose(stay.log_kept, -np.outer(ahead, [0.01, 0.05]))
    assert stay.spread == pytest.approx(np.log(4) / 2 / 1.6448536)
