"""One campaign of the past, drawn by lot: some groups were visited, as many were not, and the hazard answered."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.window import BURN_IN_MONTHS, Calendar

CAMPAIGN = "account review 2024"
CONTACTED_ON = np.datetime64("2024-07-01", "D")
ASKED_SHARE = 0.6
FOLLOWED_MONTHS = 12
# What the visit does to the hazard of every group that was visited, while it is followed.
HAZARD_RATIO = 0.6


@dataclass(frozen=True)
class Campaign:
    """Which groups took part, and which of them were visited: shape (groups,) each."""

    asked: np.ndarray
    treated: np.ndarray

    def on_hazard(self, hazard: np.ndarray, calendar: Calendar) -> np.ndarray:
        """The hazard of each group and month with the campaign; hazard is not modified."""
        first = BURN_IN_MONTHS + int(calendar.month_of(CONTACTED_ON[None])[0])
        if first < BURN_IN_MONTHS:
            return hazard
        answered = hazard.copy()
        answered[self.treated, first : first + FOLLOWED_MONTHS] *= HAZARD_RATIO
        return answered

    def rows(self, accounts: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
        """The file of the campaign: its accounts that were clients on the day, treated or not (1, 0); none where the
        window opens after it."""
        group = accounts["group"].to_numpy()
        there = accounts["starts_on"].to_numpy("datetime64[D]") < CONTACTED_ON
        there &= ~(accounts["lost_on"].to_numpy("datetime64[D]") < CONTACTED_ON)
        there &= self.asked[group] & (calendar.opens_on <= CONTACTED_ON)
        return pd.DataFrame(
            {
                "campaign_id": CAMPAIGN,
                "customer_id": accounts.loc[there, "customer_id"].to_numpy(),
                "contacted_on": np.full(there.sum(), CONTACTED_ON).astype("datetime64[s]"),
                "treated": self.treated[group[there]].astype("int64"),
                "randomised": np.ones(there.sum(), dtype="int64"),
            }
        )


def drawn_campaign(groups: int, seed: int) -> Campaign:
    """Whom the lot put into the campaign, and into its treated half."""
    rng = stream(seed, "campaign")
    asked = rng.random(groups) < ASKED_SHARE
    return Campaign(asked, asked & (rng.random(groups) < 0.5))
