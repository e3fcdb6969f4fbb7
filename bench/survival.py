"""Survival fits side by side: our solver against plain lifelines and statsmodels, and the chapter's fits at scale.

python -m bench.survival [--subjects 100000] [--clients 1000000] prints seconds (processor time, each once, in one run),
the ratio to lifelines, and the largest difference of a coefficient, for time-varying histories and for spells with late
entry, whose ends are whole days or all different; the retention curve of a million clients; then the seconds and peak
memory of the fits of a chapter: Cox on all spells, and on monthly histories of half of them, mended, and all scored.
"""

import argparse
import platform
import resource
import time

import lifelines
import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm

from workbench.churn import aft_fits, cox_fit, proportional_fit, retention_curve, scores, survival_model
from workbench.units import DAYS_A_MONTH

NAMES = [f"x{number}" for number in range(10)]
EFFECTS = np.linspace(-0.4, 0.5, 10)
# lifelines takes minutes, and gigabytes, beyond these.
LIFELINES_AT_MOST, STATSMODELS_AT_MOST = 1_000_000, 20_000


def spells(n: int, seed: int, *, whole_days: bool = True) -> pd.DataFrame:
    """Clients that enter late, lost at days of their life, or at any moment of it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 10))
    duration = rng.exponential(40 * np.exp(-x @ EFFECTS))
    if whole_days:
        duration = np.ceil(duration * 30.4) / 30.4
    entry = np.maximum(rng.uniform(-30, 60, n), 0.0)
    table = pd.DataFrame(x, columns=NAMES).assign(
        start=entry, stop=np.minimum(duration, entry + 48), event=duration <= entry + 48
    )
    table["customer_id"] = np.arange(n)
    return table[table["stop"] > table["start"]].reset_index(drop=True)


def histories(n: int, seed: int, *, stretches: int) -> pd.DataFrame:
    """Clients followed over stretches of two months, with covariates that change from one to the next."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, stretches, 10)).astype("float32")
    hazard = 0.05 * np.exp(x @ EFFECTS.astype("float32"))
    wait = rng.exponential(size=(n, stretches)) / hazard
    there = np.cumsum(wait < 2, axis=1) - (wait < 2) == 0
    client, stretch = np.nonzero(there)
    waited = wait[client, stretch]
    table = pd.DataFrame(x[client, stretch].astype(float), columns=NAMES)
    table["customer_id"], table["start"] = client, 2.0 * stretch
    table["stop"] = table["start"] + np.minimum(np.ceil(waited * 30.4) / 30.4, 2.0)
    table["event"] = waited < 2
    return table


def timed(step, *args, **kwargs) -> tuple[float, object]:
    begun = time.process_time()
    made = step(*args, **kwargs)
    return time.process_time() - begun, made


def of_lifelines(table: pd.DataFrame) -> np.ndarray:
    fitter = lifelines.CoxTimeVaryingFitter()
    fitter.fit(table, id_col="customer_id", event_col="event", start_col="start", stop_col="stop")
    return fitter.params_[NAMES].to_numpy()


def of_spells(table: pd.DataFrame) -> np.ndarray:
    fitter = lifelines.CoxPHFitter()
    fitter.fit(table.drop(columns="customer_id"), "stop", "event", entry_col="start")
    return fitter.params_[NAMES].to_numpy()


def of_statsmodels(table: pd.DataFrame) -> np.ndarray:
    model = sm.PHReg(table["stop"], table[NAMES], status=table["event"], entry=table["start"], ties="efron")
    return model.fit(disp=0).params


def side_by_side(title: str, table: pd.DataFrame, *, rivals: dict) -> None:
    print(f"{title}: {len(table):,} rows, {int(table['event'].sum()):,} losses")
    took, fit = timed(cox_fit, table, covariates=NAMES)
    ours = fit.coefficients["coefficient"].to_numpy(float)
    print(f"  ours         {took:8.2f} s (coefficients, clustered errors, baseline, concordance)")
    for name, (most, step) in rivals.items():
        if table["customer_id"].nunique() > most:
            print(f"  {name:12s} not run above {most:,}")
            continue
        seconds, found = timed(step, table)
        print(f"  {name:12s} {seconds:8.2f} s  {seconds / took:6.1f} x ours, coefficients within "
              f"{np.abs(ours - found).max():.0e}")  # fmt: skip


def curve(clients: int) -> None:
    """The retention curve of all clients, its errors by group, beside lifelines', whose errors are of accounts."""
    table = spells(clients * 8 // 5, 5).iloc[:clients]
    days = {name: (table[name] * 30.4).round() for name in ("start", "stop")}
    known = pd.DataFrame({"entry_days": days["start"], "duration_days": days["stop"], "lost": table["event"]})
    known = known[known["duration_days"] > known["entry_days"]].reset_index(drop=True).rename_axis("unit").reset_index()
    took, found = timed(retention_curve, known)
    fitter = lifelines.KaplanMeierFitter()
    seconds, fitted = timed(fitter.fit, known["duration_days"], known["lost"], entry=known["entry_days"])
    ours = found.curve.set_index("months")["p_alive"]
    off = np.abs(ours - fitted.predict(ours.index * DAYS_A_MONTH).to_numpy()).max()
    print(f"Kaplan-Meier of {len(known):,} spells: ours {took:.2f} s, lifelines {seconds:.2f} s, within {off:.0e}")


def chapter(clients: int) -> None:
    """The fits of the chapter at scale, and their peak memory with the tables they read."""
    table = spells(clients * 8 // 5, 3).iloc[:clients]
    total = 0.0
    took, _ = timed(proportional_fit, table, covariates=NAMES)
    print(f"chapter, {clients:,} clients: Cox tested and mended on {len(table):,} spells {took:.1f} s")
    total += took
    took, found = timed(aft_fits, table, covariates=NAMES, start="start", stop="stop", event="event")
    print(f"  three families of durations {took:.1f} s (on {found.n:,} clients)")
    total += took
    del table
    history = histories(clients // 2, 4, stretches=6)
    took, model = timed(survival_model, history, covariates=NAMES)
    print(f"  time-varying, tested and mended, {len(history):,} rows {took:.1f} s")
    total += took
    print(f"  fits in all {total:.1f} s; peak memory {peak_gib():.2f} GiB")
    del history
    rng = np.random.default_rng(5)
    people = pd.DataFrame(rng.normal(size=(clients, 10)), columns=NAMES)
    people = people.assign(customer_id=[f"C{number:07d}" for number in range(clients)], alive=True)
    people["age_months"] = rng.uniform(0, 12, clients)
    before = peak_gib()
    took, found = timed(scores, model, people, seed=1)
    print(f"  scoring {clients:,} clients over 36 months, {len(found.survival):,} rows of survival, {took:.1f} s, "
          f"peak memory {peak_gib():.2f} GiB ({before:.2f} before)")  # fmt: skip


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["rivals", "chapter"])
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}, lifelines {lifelines.__version__}, "
          f"statsmodels {statsmodels.__version__}; {platform.machine()}, {platform.system()}")  # fmt: skip
    if asked.only != "chapter":
        rivals = {"lifelines": (LIFELINES_AT_MOST, of_lifelines), "statsmodels": (STATSMODELS_AT_MOST, of_statsmodels)}
        side_by_side("time-varying", histories(asked.subjects, 1, stretches=6), rivals=rivals)
        side_by_side("time-varying", histories(asked.subjects // 10, 2, stretches=6), rivals=rivals)
        rivals = {"lifelines": (LIFELINES_AT_MOST, of_spells)}
        for ends, whole_days in (("whole days", True), ("all different", False)):
            n = asked.subjects // 5  # with late entry lifelines takes minutes beyond
            table = spells(n * 8 // 5, 6, whole_days=whole_days).iloc[:n]
            side_by_side(f"spells with late entry, ends {ends}", table, rivals=rivals)
        curve(asked.clients)
    if asked.only != "rivals":
        chapter(asked.clients)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
