"""How minutes and money are shared: activities, their time equations, and the keys of the full margin."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.params.model import Params


class Term(Params):
    """One term of a time equation: so many minutes, per unit of a driver, where a condition holds."""

    minutes: float = Field(ge=0, description="minutes for one unit of `per`")
    per: str | None = Field(
        None,
        min_length=1,
        description=(
            "the driver that multiplies the minutes; left out: once per object of the level "
            "(a delivery, an order, a customer's active month)"
        ),
    )
    when: dict[Literal["product", "delivery_zone"], Annotated[list[str], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="only deliveries whose column has one of these values (level delivery only)",
    )


class Activity(Params):
    """An activity of the company: the pool that does it, the level it serves, the minutes it takes."""

    activity: str = Field(min_length=1, description="its name, as printed")
    pool: str = Field(min_length=1, description="the department that does it, as named in ledger and capacity")
    level: Literal["delivery", "order", "customer"] = Field(
        description="what one act of it serves; drivers come from deliveries (delivery, order), interactions (customer)"
    )
    equation: list[Term] = Field(min_length=1, description="the terms that add up to its minutes")
    coefficient_of_variation: float = Field(
        0.15, ge=0, le=2, description="how uncertain its minutes are as a whole: standard deviation / value"
    )

    @model_validator(mode="after")
    def _conditions_need_deliveries(self):
        for term in self.equation:
            if term.when and self.level != "delivery":
                raise ValueError(f"{self.activity}: 'when' is only possible at level delivery (got level {self.level})")
        return self


class Economic(Params):
    """Economic value: time-driven ABC and the retreatment of the booked margins."""

    activities: list[Activity] = Field(
        default_factory=list,
        description="none: margins stay as booked, and the pages say so",
    )
    practical_capacity_share: float = Field(
        0.80, gt=0, le=1, description="of paid minutes, only where the capacity table has no absence_minutes"
    )
    idle_key: Literal["used_cost", "revenue", "unallocated"] = Field(
        "used_cost", description="how unused capacity is spread in the full margin"
    )
    sustaining_key: Literal["revenue", "deliveries", "unallocated"] = Field(
        "revenue", description="how sustaining costs are spread in the full margin"
    )
    implausible_cost_share_low: float = Field(
        0.0, description="a booked cost (revenue - booked margin) below this share of revenue is implausible"
    )
    implausible_cost_share_high: float = Field(
        3.0, description="a booked cost above this share of revenue is implausible"
    )
    draws: int = Field(1000, ge=100, le=20000, description="Monte Carlo draws of the minutes")
    delivery_margins: bool = Field(True, description="also write the margin of each delivery and order")

    @model_validator(mode="after")
    def _names_are_unique(self):
        names = [activity.activity for activity in self.activities]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"activity named twice: {', '.join(twice)}")
        if self.implausible_cost_share_low >= self.implausible_cost_share_high:
            raise ValueError("implausible_cost_share_low must be below implausible_cost_share_high")
        return self
