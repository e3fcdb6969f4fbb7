"""High quantiles of spend in 144 cells: our estimate against its rivals, in error and in processor time.

python -m bench.wallets [--clients 10000] [--seeds 20] [--draws 200] prints, per estimate, the root mean square error of
the log quantile over clients against the truth (median over seeds), the median and the greatest of its ratios to the
best rival of the same seed, and seconds of processor time; ours include cross-fitting, cross-validation and intervals.
"""

import argparse
import platform
import statistics
import time
import warnings

import numpy as np
import pandas as pd
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.ensemble import HistGradientBoostingRegressor

from workbench import potential
from workbench.params import Potential
from workbench.potential.sizes import SIZES

TAU, Z = 0.80, 0.8416212335729143
SECTORS = 36
NOISE = 0.7
# statsmodels' QuantReg takes about a minute at a million clients; it is not run above this.
ADDITIVE_AT_MOST = 20_000


def clients(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Clients with log-normal spend: their table, the true log quantile of each, size and sector numbers."""
    rng = np.random.default_rng(seed)
    size = rng.choice(4, n, p=[0.30, 0.45, 0.18, 0.07])
    sector = rng.choice(SECTORS, n, p=rng.dirichlet(np.ones(SECTORS)))
    middle = np.log([1_200, 3_000, 8_000, 20_000])[:, None] + rng.normal(0, 0.35, SECTORS)
    middle = (middle + rng.normal(0, 0.25, (4, SECTORS)))[size, sector]
    table = pd.DataFrame(
        {
            "customer_id": np.char.zfill(np.arange(n).astype(str), 8).astype(object),
            "size_class": np.array(SIZES, dtype=object)[size],
            "sector": np.array([f"S{number:02d}" for number in range(SECTORS)], dtype=object)[sector],
            "current_eur": np.exp(middle + rng.normal(0, NOISE, n)),
            "in_reference": True,
        }
    )
    return table, middle + Z * NOISE, size, sector


def ours(table: pd.DataFrame, size: np.ndarray, sector: np.ndarray, draws: int) -> np.ndarray:
    found = potential.wallet(table, Potential(quantile=TAU, draws=draws), seed=1)
    return np.log(found.potential[-1][found.cell_of(table)])


def shrunk(table: pd.DataFrame, size: np.ndarray, sector: np.ndarray, draws: int) -> np.ndarray:
    """Cell quantile drawn towards size + sector means of quantiles with a fixed strength."""
    spend = pd.DataFrame({"y": np.log(table["current_eur"]), "size": size, "sector": sector})
    overall = spend["y"].quantile(TAU)
    by_size, by_sector = (spend.groupby(by)["y"].quantile(TAU) for by in ("size", "sector"))
    cells = spend.groupby(["size", "sector"])["y"].agg(["size", lambda y: y.quantile(TAU)]).set_axis(["n", "q"], axis=1)
    additive = by_size.loc[cells.index.get_level_values(0)].to_numpy() - overall
    additive = additive + by_sector.loc[cells.index.get_level_values(1)].to_numpy()
    cells["q"] = additive + cells["n"] / (cells["n"] + 10) * (cells["q"] - additive)
    return cells["q"].loc[pd.MultiIndex.from_arrays([size, sector])].to_numpy()


def boosted(table: pd.DataFrame, size: np.ndarray, sector: np.ndarray, draws: int) -> np.ndarray:
    features = np.column_stack([size, sector])
    model = HistGradientBoostingRegressor(loss="quantile", quantile=TAU, categorical_features=[1], random_state=1)
    return model.fit(features, np.log(table["current_eur"])).predict(features)


def additive(table: pd.DataFrame, size: np.ndarray, sector: np.ndarray, draws: int) -> np.ndarray:
    used = np.unique(sector)
    features = np.column_stack([size == one for one in range(4)] + [sector == one for one in used[1:]]).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return features @ sm.QuantReg(np.log(table["current_eur"]).to_numpy(), features).fit(TAU).params


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args()
    estimates = {"this estimate": ours, "grouped, k = 10": shrunk, "gradient boosting": boosted}
    if asked.clients <= ADDITIVE_AT_MOST:
        estimates["additive QuantReg"] = additive
    errors, seconds = {name: [] for name in estimates}, {name: [] for name in estimates}
    for seed in range(asked.seeds):
        table, true, size, sector = clients(asked.clients, seed)
        for name, estimate in estimates.items():
            begun = time.process_time()
            found = estimate(table, size, sector, asked.draws)
            seconds[name].append(time.process_time() - begun)
            errors[name].append(float(np.sqrt(np.mean((found - true) ** 2))))
    middle = {name: statistics.median(each) for name, each in errors.items()}
    rivals = [errors[name] for name in estimates if name != "this estimate"]
    best = [min(each) for each in zip(*rivals, strict=True)]
    print(f"{asked.clients:,} clients, {4 * SECTORS} cells, {asked.draws} draws, median of {asked.seeds} seeds")
    print(f"Python {platform.python_version()}, numpy {np.__version__}, scikit-learn {sklearn.__version__}, "
          f"statsmodels {statsmodels.__version__}; {platform.machine()}, {platform.system()}")  # fmt: skip
    for name in estimates:
        took = statistics.median(seconds[name])
        ratios = [error / least for error, least in zip(errors[name], best, strict=True)]
        print(f"{name:20s} error {middle[name]:.4f}  {statistics.median(ratios):5.2f} x best rival (at most "
              f"{max(ratios):.2f})  {took:8.2f} s")  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
