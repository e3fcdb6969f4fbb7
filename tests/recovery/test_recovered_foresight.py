"""The foresight of clients against the carrier's true losses (lost_on) and true hazards, at landmarks in the past.

The model knows dated losses only and its judgement judged ones; here both are held against what the files never tell.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.carrier import simulated_world
from workbench.carrier.campaigns import HAZARD_RATIO
from workbench.carrier.window import BURN_IN_MONTHS
from workbench.churn import known_at, p_alive, survival_model
from workbench.churn.known import landmark, landmark_days
from workbench.churn.landmarks import MODEL, predictions
from workbench.churn.covariates import told_covariates
from workbench.churn.outlook import months_ahead

sys.path.insert(0, str(Path(__file__).parents[1] / "churn"))
from carrier_files import LAST_DAY, files_of

YEAR_DAYS, YEAR_MONTHS = 365, 12


def foretold(seed: int, *, customers: int) -> pd.DataFrame:
    """A row for each client judged at each landmark of a world: what was foretold and what was true.

    told: the probability of being lost a year later; true: whether it was; expected: with its true hazard (1 for who
    was gone); judged: what the files tell of it; still: `p_alive`, orders_again: whether its group ever did; calm:
    `expected` without the visits of the campaign, which no file tells before they are made.
    """
    world = simulated_world(customers=customers, seed=seed)
    files, accounts = files_of(world), world.lives.accounts.set_index("customer_id")
    now, hazard = known_at(files, LAST_DAY), world.lives.hazard
    visited = world.lives.campaign.on_hazard(np.ones_like(hazard), world.calendar) < 1
    last_on = now.rhythm.table.set_index("unit")["last_on"]
    parts = []
    for on in landmark_days(now):
        mark = landmark(files, on, now=now, seed=1)
        people, covariates = mark.people, told_covariates(mark.history)
        model = survival_model(mark.history, covariates=covariates)
        begins = np.datetime64(on, "D") + 1
        own = accounts.loc[people["customer_id"]]
        lost_on, group = own["lost_on"].to_numpy("datetime64[D]"), own["group"].to_numpy()
        month = BURN_IN_MONTHS + world.calendar.month_of(begins[None])[0]
        year = slice(month, month + YEAR_MONTHS)
        gone = lost_on < begins
        lived = hazard[group, year], hazard[group, year] / np.where(visited[group, year], HAZARD_RATIO, 1.0)
        expected, calm = (np.where(gone, 1.0, -np.expm1(-each.sum(axis=1))) for each in lived)
        parts.append(
            pd.DataFrame(
                {
                    "seed": seed,
                    "landmark": len(parts),
                    "told": predictions(mark, covariates=covariates)[0][MODEL][:, -1],
                    "true": lost_on < begins + YEAR_DAYS,
                    "expected": expected,
                    "calm": calm,
                    "judged": np.where(people["lost"], 1.0, np.where(people["followed_months"] < YEAR_MONTHS, np.nan, 0.0)),
                    "still": p_alive(people, months_ahead(model, people, 1).hazard),
                    "orders_again": last_on.loc[people["unit"]].to_numpy("datetime64[D]") >= begins,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def summary(table: pd.DataFrame) -> pd.Series:
    """True, expected and judged losses over those foretold, and clients told gone over those that were."""
    sums = table[["told", "true", "expected", "calm"]].sum()
    judged = table[table["judged"].notna()]
    return pd.Series(
        {
            "true": sums["true"] / sums["told"],
            "expected": sums["expected"] / sums["told"],
            "calm": sums["calm"] / sums["told"],
            "judged": judged["judged"].sum() / judged["told"].sum(),
            "gone": (1 - table["still"]).sum() / (~table["orders_again"]).sum(),
        }
    )


if __name__ == "__main__":
    import time
    rows = []
    for seed in map(int, sys.argv[2:]):
        begun = time.time()
        t = foretold(seed, customers=int(sys.argv[1]))
        t.to_pickle(f"/tmp/churn4/foretold_{sys.argv[1]}_{seed}.pkl")
        rows.append(summary(t)); print(seed, round(time.time() - begun), rows[-1].round(3).to_dict(), t.groupby("landmark").apply(summary, include_groups=False).round(3).to_dict("list"), flush=True)
    print(pd.DataFrame(rows).agg(["mean", "std"]).round(3).to_string())
