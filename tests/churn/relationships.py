"""Relationships with a known hazard: spells that enter late, and clients that order until they leave."""

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import gamma, norm

from workbench.churn import Landmark
from workbench.churn.landmarks import HALF_A_DAY

EFFECTS = {"claims": 0.5, "volume": -0.4}
SHAPE, SCALE = 0.8, 40.0  # Weibull durations at the centre: the hazard falls with age
REGULARITY = 2.0


def truncated_spells(n: int, seed: int, *, group_spread: float = 0.0, alike: float = 0.0) -> pd.DataFrame:
    """Weibull durations (SHAPE, SCALE) with EFFECTS on the log hazard, seen through a window of 48 months.

    Clients joined over ten years before its end; who left before it opened is not in the table (left truncation).
    group_spread: standard deviation of a log hazard common to the three or so accounts of a group. alike: correlation
    of the durations (normal scores) of its accounts, whose covariates are then the group's; the law of each account
    stays as it is, so that its coefficients are known.
    """
    rng = np.random.default_rng(seed)
    group = rng.integers(0, max(1, n // 3), n)
    x = {name: rng.normal(size=n) for name in EFFECTS}
    if group_spread or alike:
        x = {name: rng.normal(size=n)[group] for name in EFFECTS}
    line = sum(effect * x[name] for name, effect in EFFECTS.items())
    line = line + group_spread * rng.normal(size=n)[group]
    drawn = rng.exponential(size=n)
    if alike:
        score = np.sqrt(alike) * rng.normal(size=n)[group] + np.sqrt(1 - alike) * rng.normal(size=n)
        drawn = -norm.logsf(score)
    duration = SCALE * (drawn * np.exp(-line)) ** (1 / SHAPE)
    joined = rng.uniform(-120, 0, n)  # months before the end of the window
    entry = np.maximum(-48 - joined, 0)
    table = pd.DataFrame(
        {
            "customer_id": [f"C{number:06d}" for number in range(n)],
            "group_id": [f"G{number:05d}" for number in group],
            "entry_months": entry,
            "duration_months": np.minimum(duration, -joined),
            "lost": duration <= -joined,
            **x,
        }
    )
    return table[(duration > entry) & (-joined > entry)].reset_index(drop=True)


def true_survival(months: np.ndarray, line: np.ndarray | float = 0.0) -> np.ndarray:
    """The survival curve of truncated_spells without truncation."""
    return np.exp(-np.exp(line) * (np.asarray(months) / SCALE) ** SHAPE)


class Clientele:
    """Clients that order by their own rhythm until they leave; joined and last order in months of the calendar.

    Hazard a month: 0.02 exp(0.9 x), left only at orders. Orders are known from month 0 to `end`.
    """

    def __init__(self, n: int, seed: int, *, end: float = 60.0, effect: float = 0.9):
        rng = np.random.default_rng(seed)
        self.end, self.n = end, n
        self.group = rng.integers(0, max(1, n // 2), n)
        self.x = rng.normal(size=n)
        self.hazard = 0.02 * np.exp(effect * self.x)
        self.gap = np.exp(rng.normal(np.log(1.0), 0.5, n))
        self.joined = rng.uniform(-40, end, n)
        leaves = -np.expm1(-self.hazard * self.gap)
        n_orders = rng.geometric(leaves)
        client, month = [], []
        for one in range(n):
            most = int((end - self.joined[one]) / self.gap[one] * 2.5) + 30
            gaps = rng.gamma(REGULARITY, self.gap[one] / REGULARITY, min(n_orders[one] - 1, most))
            orders = self.joined[one] + np.r_[0.0, np.cumsum(gaps)]
            client.append(np.full(len(orders), one))
            month.append(orders)
        self.client, self.month = np.concatenate(client), np.concatenate(month)
        # The last order; later than `end` for who is a client still then.
        self.left = np.full(n, -np.inf)
        np.maximum.at(self.left, self.client, self.month)
        self.threshold = gamma.ppf(0.99, REGULARITY) / REGULARITY * self.gap

    def known_at(self, on: float) -> pd.DataFrame:
        """What the files tell at a date, a row per client with an order between month 0 and then."""
        inside = (self.month >= 0) & (self.month <= on)
        orders = pd.DataFrame({"client": self.client[inside], "month": self.month[inside]})
        seen = orders.groupby("client")["month"].agg(["min", "max", "size"])
        one = seen.index.to_numpy()
        table = pd.DataFrame(
            {
                "customer_id": [f"C{number:06d}" for number in one],
                "group_id": [f"G{number:05d}" for number in self.group[one]],
                "age_months": on - self.joined[one],
                "x": self.x[one],
                "gap_months": self.gap[one],
                "silent_months": on - seen["max"].to_numpy(),
                "repeats": seen["size"].to_numpy() - 1,
                "last_months": (seen["max"] - seen["min"]).to_numpy(),
                "seen_months": on - seen["min"].to_numpy(),
                "entry_months": np.maximum(seen["min"].to_numpy() - self.joined[one], 0.0),
                "last_on": seen["max"].to_numpy(),
                "threshold": self.threshold[one],
                "segment": np.where(self.x[one] > 0, "restless", "calm"),
                "client": one,
            }
        )
        silent = table["silent_months"] / table["gap_months"] * REGULARITY
        table["p_gap_longer"] = gamma.sf(silent, REGULARITY)
        return table

    def history_at(self, on: float) -> pd.DataFrame:
        """The counting process as known at a date: losses at the last order, others judged up to their threshold."""
        table = self.known_at(on)
        lost = table["silent_months"] > table["threshold"]
        joined = self.joined[table["client"]]
        stop = np.where(lost, table["last_on"] - joined + HALF_A_DAY, on - table["threshold"] - joined)
        rows = table.assign(start=table["entry_months"], stop=stop, event=lost)
        return rows.loc[rows["stop"] > rows["start"], ["customer_id", "group_id", "start", "stop", "event", "x"]]

    def people_at(self, on: float, *, told_at: float) -> pd.DataFrame:
        """The clients active at a date, with what became of them as the files tell it at `told_at`."""
        table = self.known_at(on)
        table = table[table["silent_months"] <= table["threshold"]].reset_index(drop=True)
        later = self.known_at(told_at).set_index("customer_id").loc[table["customer_id"]]
        gone = (later["silent_months"] > later["threshold"]).to_numpy()
        ended = np.where(gone, later["last_on"], told_at - later["threshold"]) - on
        table["lost"] = gone & (ended <= 12)
        table["followed_months"] = np.clip(ended, 0, 12)
        return table

    def landmark(self, on: float) -> Landmark:
        """The landmark at a date (in months), with an earlier one whose outcomes were known then."""
        past = on - 12 - 6
        return Landmark(
            on=date(2020 + int(on) // 12, int(on) % 12 + 1, 1),
            history=self.history_at(on),
            people=self.people_at(on, told_at=self.end),
            orders=self.known_at(on)[["customer_id", "repeats", "last_months", "seen_months"]],
            past=self.people_at(past, told_at=on) if past > 6 else None,
        )
