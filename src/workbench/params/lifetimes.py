"""How losses of clients are dated and foreseen: rhythm, silence, segments, landmarks."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.params.model import Day, Params
from workbench.units import DAYS_A_MONTH


class Closure(Params):
    """Days on which the company, or its clients, are closed: no silence grows on them."""

    from_on: Day = Field(description="first day closed")
    until_on: Day = Field(description="last day closed")

    @model_validator(mode="after")
    def _is_forward(self):
        if self.until_on < self.from_on:
            raise ValueError(f"until_on {self.until_on} lies before from_on {self.from_on}")
        return self


Segment = Literal["headcount", "customer_zone", "salesperson", "naf_code"]


class Churn(Params):
    """Competitive value over time: which clients were lost and when, how long clients stay, who is at risk."""

    quantile: float = Field(
        0.99, ge=0.95, le=0.9999, description="of a client's own gaps between orders; a longer silence is a loss"
    )
    floor_days: float = Field(14, ge=1, description="no silence of fewer days is a loss")
    cap_months: float = Field(12, ge=1, le=60, description="any silence of more months is a loss")
    prior_gaps: float = Field(1, gt=0, description="gaps of its segment that a client's own gaps are averaged with")
    seasons: bool = Field(
        True, description="silence counts in business days: weekdays and months as fast as they are ordered on"
    )
    closures: list[Closure] = Field(default_factory=list, description="days on which no silence grows")
    segments: Annotated[list[Segment], Field(min_length=1)] = Field(
        ["headcount", "customer_zone"],
        description="columns of customers whose values are compared; gaps are drawn towards those of the first "
        "(headcount: fewer than 10, 10 to 249, 250 and more)",
    )
    sensitivity: Annotated[list[float], Field(min_length=1)] = Field(
        [0.95, 0.98, 0.99, 0.995],
        description="quantiles by which the losses are counted again, to show what hangs on it",
    )
    claim_drivers: list[str] = Field(["claim"], description="drivers of interactions that are claims")
    horizon_months: int = Field(
        36,
        ge=12,
        le=120,
        description="months ahead that remaining months are counted to; value.horizon_months and "
        "tariffs.horizons_months lie within it",
    )
    landmarks: int = Field(3, ge=1, le=8, description="dates in the past from which the foresight is tested")
    landmark_step_months: int = Field(4, ge=1, le=12, description="months between two landmarks")
    draws: int = Field(200, ge=50, le=2000, description="draws of the model for intervals")
    alert_share: float = Field(
        0.5, gt=0, le=1, description="share of the margin whose clients are valued: their silence raises an alert"
    )

    @model_validator(mode="after")
    def _rules_are_possible(self):
        longest = self.cap_months * DAYS_A_MONTH
        if self.floor_days > longest:
            raise ValueError(
                f"floor_days must be at most cap_months {self.cap_months:g}, which is {longest:.0f} days (got "
                f"{self.floor_days:g} days)"
            )
        wrong = [each for each in self.sensitivity if not 0.95 <= each <= 0.9999]
        if wrong:
            raise ValueError(f"sensitivity must be quantiles from 0.95 to 0.9999 (got {wrong})")
        if len(set(self.segments)) < len(self.segments):
            raise ValueError(f"segments must be named once each (got {self.segments})")
        return self
