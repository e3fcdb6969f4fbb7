"""How seconds grow with size, ours and the rivals' in one run: `python -m bench.growth [--picture FILE.png]`.

Wallets by clients, LMG by attributes, time-varying Cox by subjects, each measured once in processor time. Prints the
seconds and the slope of log seconds in log size (1 is linear growth), and draws them. relaimpo's figures are stored.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from bench import importance, survival, wallets
from bench.curves import draw_growth, slopes
from workbench.churn import cox_fit
from workbench.competitive.resampling import covariances, resamples
from workbench.competitive.subsets import lmg_values

CLIENTS, SUBJECTS, ATTRIBUTES = [10_000, 100_000, 1_000_000], [3_000, 10_000, 30_000, 100_000], [6, 8, 10, 12, 15, 18]
RESPONDENTS, BOOTSTRAPS, WALLET_DRAWS = 20_000, 1_000, 50
OURS = "this workbench"


def of_wallets(clients: int) -> dict[str, float]:
    """Seconds of each estimate of the clients' wallets."""
    table, _, size, sector = wallets.clients(clients, 1)
    estimates = {OURS: wallets.ours, "grouped": wallets.shrunk, "gradient boosting": wallets.boosted}
    if clients <= wallets.ADDITIVE_AT_MOST:
        estimates["additive QuantReg"] = wallets.additive
    return {name: seconds(estimate, table, size, sector, WALLET_DRAWS) for name, estimate in estimates.items()}


def of_importance(attributes: int) -> dict[str, float]:
    """Seconds of 1,000 bootstraps of LMG; the plain way is measured on a few and scaled."""
    answers = importance.survey(attributes, RESPONDENTS)
    scored = np.column_stack([answers.scores, answers.target])

    made = []

    def ours() -> None:
        made.append(covariances(scored, resamples(answers, draws=BOOTSTRAPS, seed=1).weights))
        lmg_values(made[0], [[at] for at in range(attributes)])

    own = {OURS: seconds(ours)}
    if attributes <= importance.PLAIN_UP_TO:
        some = made[0][: importance.PLAIN_REPLICATES]
        own["plain numpy"] = seconds(lambda: [importance.plain(one) for one in some]) * BOOTSTRAPS / len(some)
    stored = importance.RELAIMPO.get((attributes, RESPONDENTS))
    return own | ({"relaimpo (stored)": stored} if stored else {})  # milliseconds each are seconds for 1,000


def of_survival(subjects: int) -> dict[str, float]:
    """Seconds of a time-varying Cox fit."""
    table = survival.histories(subjects, 1, stretches=6)
    return {
        OURS: seconds(cox_fit, table, covariates=survival.NAMES),
        "lifelines": seconds(survival.of_lifelines, table),
    }


SERIES = {
    "wallets, 50 draws": ("clients", CLIENTS, of_wallets),
    "LMG, 1,000 bootstraps": ("attributes", ATTRIBUTES, of_importance),
    "time-varying Cox": ("subjects", SUBJECTS, of_survival),
}


def seconds(step: Callable, *given, **named) -> float:
    """Seconds of processor time of one call."""
    begun = time.process_time()
    step(*given, **named)
    return time.process_time() - begun


def measured(sizes: list[int], step: Callable[[int], dict[str, float]]) -> pd.DataFrame:
    """size, version, seconds; after one untimed call at the smallest size (imports, first use)."""
    step(sizes[0])
    return pd.DataFrame(
        [{"size": size, "version": version, "seconds": took} for size in sizes for version, took in step(size).items()]
    )


def main() -> int:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="where to draw the growth (PNG)")
    asked = parser.parse_args()
    figure, axes = plt.subplots(1, len(SERIES), figsize=(4.2 * len(SERIES), 3.8), layout="constrained")
    for axis, (title, (unit, sizes, step)) in zip(axes, SERIES.items(), strict=True):
        found = measured(sizes, step)
        print(f"{title}, seconds by {unit}")
        print(found.pivot(index="version", columns="size", values="seconds").round(3).to_string())
        print(
            "  log-log slope: " + ", ".join(f"{name} {slope:.2f}" for name, slope in slopes(found).items()), flush=True
        )
        draw_growth(axis, found, column="seconds", xlabel=unit, ylabel="seconds of processor time")
        axis.set_title(title, fontsize=10)
        axis.legend(frameon=False, fontsize=8)
    if asked.picture:
        figure.savefig(asked.picture, dpi=110)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
