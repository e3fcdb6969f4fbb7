import numpy as np
import pandas as pd
import pytest
from handmade import MONTHS, handmade

from workbench.errors import DataError
from workbench.value import expected_margins
from workbench.value.credibility import _credible
from workbench.value.lifetime import Draws, drawn_margins


def margins_since(since: list[str], rate: float = 10.0) -> tuple[pd.DataFrame, pd.Series]:
    """Clients who bring the same a month since the day each came."""
    days = pd.Series(pd.to_datetime(since), index=pd.Index([f"c{n}" for n in range(len(since))], name="customer_id"))
    rows = []
    for client, day in days.items():
        for month in MONTHS:
            there = (month + pd.DateOffset(months=1) - max(day, month)).days / month.days_in_month
            if there > 0:
                rows.append((client, month, 2, 100.0 * there, rate * there, 5.0 * there))
    columns = ["customer_id", "month", "n_deliveries", "revenue_eur", "practical_margin_eur", "used_sorting_eur"]
    return pd.DataFrame(rows, columns=columns), days


def test_a_client_of_half_a_year_is_as_good_a_month_as_one_of_a_year():
    monthly, since = margins_since(["2024-01-01"] * 12 + ["2025-07-01", "2025-10-16"])
    found = expected_margins(monthly, since, pd.Series(None, index=since.index, dtype=object), margin_months=12)
    assert found.table["own_eur"].to_numpy() == pytest.approx(10.0)
    assert found.table["margin_eur"].to_numpy() == pytest.approx(10.0)
    assert found.used["sorting"].to_numpy() == pytest.approx(5.0)
    assert found.table["season_months"].to_numpy()[-2:] == pytest.approx([6.0, 2 + 16 / 31])


def test_few_months_count_for_less_and_widen_the_interval():
    made = handmade(300, 3)
    since = pd.Series(pd.Timestamp("2020-01-01"), index=made.truth.index)
    since.iloc[:50] = pd.Timestamp("2025-11-01")
    monthly = made.monthly
    late = monthly["customer_id"].isin(since.index[:50]) & (monthly["month"] < "2025-11-01")
    found = expected_margins(monthly[~late], since, pd.Series("all", index=since.index), margin_months=12).table
    assert found["credibility_share"].iloc[:50].max() < found["credibility_share"].iloc[50:].min()
    like = found["margin_se_eur"] / found["own_eur"].abs().clip(lower=1)
    assert like.iloc[:50].median() > 1.5 * like.iloc[50:].median()


def test_the_sum_over_clients_with_equal_months_is_that_of_their_own():
    made = handmade(400, 4)
    since = pd.Series(pd.Timestamp("2020-01-01"), index=made.truth.index)
    found = expected_margins(made.monthly, since, made.upstream["potential"].set_index("customer_id")["size_class"],
                             margin_months=12)  # fmt: skip
    assert found.table["margin_eur"].sum() == pytest.approx(found.table["own_eur"].sum(), rel=1e-9)
    assert found.table["credibility_share"].between(0.3, 1).all()


def test_a_season_is_not_taken_for_the_margin_of_a_new_client():
    """December brings twice an ordinary month to all; who came in December is no better than the others."""
    monthly, since = margins_since(["2024-01-01"] * 30 + ["2025-12-01"])
    december = monthly["month"].eq("2025-12-01")
    for column in ("revenue_eur", "practical_margin_eur", "used_sorting_eur"):
        monthly[column] = np.where(december, 2.0, 1.0) * monthly[column]
    found = expected_margins(monthly, since, pd.Series("all", index=since.index), margin_months=12).table
    assert found["own_eur"].iloc[-1] == pytest.approx(found["own_eur"].iloc[0])  # 20 without the season


def noisy(spread: float, seed: int, *, n: int = 25, noise: float = 800.0):
    """Clients whose true monthly margins differ by a spread, and twelve months of each with noise."""
    rng = np.random.default_rng(seed)
    since = pd.Series(pd.Timestamp("2020-01-01"), index=pd.Index([f"c{at:02d}" for at in range(n)], name="customer_id"))
    true = 1000 + spread * rng.standard_normal(n)
    rows = pd.DataFrame({"customer_id": np.repeat(since.index, 12), "month": np.tile(MONTHS, n), "n_deliveries": 4})
    rows["practical_margin_eur"] = np.repeat(true, 12) + noise * rng.standard_normal(12 * n)
    rows = rows.assign(revenue_eur=2000.0, used_sorting_eur=100.0)
    group = pd.Series("all", index=since.index)
    return true, expected_margins(rows, since, group, margin_months=12)


@pytest.mark.parametrize(("spread", "least", "most"), [(50.0, 0.88, 1.0), (150.0, 0.88, 1.0), (1000.0, 0.85, 0.95)])
def test_intervals_hold_the_true_margins_also_of_clients_who_are_alike(spread, least, most):
    """90 % intervals, over 60 clienteles, of each client and of the sum over all."""
    held, sums = [], []
    for seed in range(60):
        true, found = noisy(spread, seed)
        off = found.table["margin_eur"].to_numpy() - true
        held.append((np.abs(off) <= 1.6449 * found.table["margin_se_eur"]).mean())
        drawn = drawn_margins(found, Draws(pd.DataFrame(), 400, seed)).sum(axis=0)
        low, high = np.quantile(drawn, [0.05, 0.95])
        sums.append(low <= true.sum() <= high)
    assert least <= np.mean(held) <= most
    assert 0.80 <= np.mean(sums) <= 0.98


def test_clients_who_are_all_alike_still_have_their_work():
    """Where noise hides every difference, each client counts as the mean, of its work as of its margin."""
    alike = [
        found for _, found in (noisy(0.0, seed) for seed in range(8)) if found.table["credibility_share"].eq(0).all()
    ]
    assert alike
    for found in alike:
        assert found.used["sorting"].to_numpy() == pytest.approx(100.0)


def test_a_client_of_whom_nobody_knows_since_when_is_refused():
    monthly, since = margins_since(["2024-01-01"] * 11)
    since.iloc[3] = pd.NaT
    with pytest.raises(DataError, match="nothing tells when c3 became a client"):
        expected_margins(monthly, since, pd.Series("all", index=since.index), margin_months=12)


def test_hachemeister_as_published():
    """Bühlmann-Straub on Hachemeister's five states (1975), as the vignette 'credibility' of R's actuar prints it.

    Command there: `cm(~state, hachemeister, ratios = ratio.1:ratio.12, weights = weight.1:weight.12)`; within variance
    139120026, between 89639, collective premium 1684. R is not run here.
    """
    ratios = np.array([
        [1738, 1642, 1794, 2051, 2079, 2234, 2032, 2035, 2115, 2262, 2267, 2517],
        [1364, 1408, 1597, 1444, 1342, 1675, 1470, 1448, 1464, 1831, 1612, 1471],
        [1759, 1685, 1479, 1763, 1674, 2103, 1502, 1622, 1828, 2155, 2233, 2059],
        [1223, 1146, 1010, 1257, 1426, 1532, 1953, 1123, 1343, 1243, 1762, 1306],
        [1456, 1499, 1609, 1741, 1482, 1572, 1606, 1735, 1607, 1573, 1613, 1690],
    ])  # fmt: skip
    weights = np.array([
        [7861, 9251, 8706, 8575, 7917, 8263, 9456, 8003, 7365, 7832, 7849, 9077],
        [1622, 1742, 1523, 1515, 1622, 1602, 1964, 1515, 1527, 1748, 1654, 1861],
        [1147, 1357, 1329, 1204, 998, 1077, 1277, 1218, 896, 1003, 1108, 1121],
        [407, 396, 348, 341, 315, 328, 352, 331, 287, 384, 321, 342],
        [2902, 3172, 3046, 3068, 2693, 2910, 3275, 2697, 2663, 3017, 3242, 3425],
    ])  # fmt: skip
    weight = weights.sum(axis=1).astype(float)
    own = (ratios * weights).sum(axis=1) / weight
    squares = (weights * (ratios - own[:, None]) ** 2).sum(axis=1)
    share, mean, _, _ = _credible(own, weight, squares, np.full(5, 11), served=np.ones(5))
    assert squares.sum() / 55 == pytest.approx(139_120_026, rel=1e-6)
    assert share == pytest.approx([0.9847, 0.9276, 0.8985, 0.7279, 0.9588], abs=5e-5)
    assert mean[0] == pytest.approx(1684, abs=0.5)
    assert share * own + (1 - share) * mean == pytest.approx([2055, 1524, 1793, 1443, 1603], abs=0.5)
