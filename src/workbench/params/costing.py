"""How minutes and money are shared: activities, their time equations, and the keys of the full margin."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.params.model import Params


class Term(Params):
    """One term of a time equation: so many minutes, per unit of a driver, where a condition holds."""

    minutes: float | None = Field(
        None,
        ge=0,
        description=(
            "minutes for one unit of `per`; may only be left out where `economic.equations_from` is timesheets "
            "and the activity was observed"
        ),
    )
    per: str | None = Field(
        None,
        min_length=1,
        description=(
            "the driver that multiplies the minutes; left out: once per object of the level "
            "(a delivery, an order, a customer's active month, a month of the company)"
        ),
    )
    when: dict[Literal["product", "delivery_zone"], Annotated[list[str], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="only deliveries whose column has one of these values (level delivery only)",
    )
    shared_over: Literal["stop", "round"] | None = Field(
        None,
        description=(
            "the minutes are for a whole stop or round (`per`: a driver that every delivery of it repeats, such as the "
            "round's kilometres), and its deliveries share them by `stop_key` and `round_key` (level delivery only)"
        ),
    )


class Activity(Params):
    """An activity of the company: the pool that does it, the level it serves, the minutes it takes."""

    activity: str = Field(min_length=1, description="its name, as printed")
    pool: str = Field(min_length=1, description="the department that does it, as named in ledger and capacity")
    level: Literal["delivery", "order", "customer", "company"] = Field(
        description=(
            "what one act of it serves; drivers come from deliveries (delivery, order), interactions (customer); "
            "company: so many minutes a month that no customer causes, a sustaining cost"
        )
    )
    equation: list[Term] = Field(min_length=1, description="the terms that add up to its minutes")
    coefficient_of_variation: float = Field(
        0.15, ge=0, le=2, description="how uncertain its minutes are as a whole: standard deviation / value"
    )

    @model_validator(mode="after")
    def _terms_fit_the_level(self):
        for term in self.equation:
            if term.when and self.level != "delivery":
                raise ValueError(f"{self.activity}: 'when' is only possible at level delivery (got level {self.level})")
            if term.shared_over and self.level != "delivery":
                raise ValueError(
                    f"{self.activity}: 'shared_over' is only possible at level delivery (got level {self.level})"
                )
            if term.per and self.level == "company":
                raise ValueError(
                    f"{self.activity}: an activity of level company has minutes a month and no driver (got {term.per})"
                )
        return self


class Economic(Params):
    """Economic value: time-driven ABC and the retreatment of the booked margins."""

    activities: list[Activity] = Field(
        default_factory=list,
        description="none: margins stay as booked, and the pages say so",
    )
    equations_from: Literal["params", "timesheets"] = Field(
        "params",
        description=(
            "timesheets: the minutes are estimated from sources.timesheets for every activity observed there, and "
            "those of the params are only shown beside them"
        ),
    )
    rescale_minutes: bool = Field(
        False, description="multiply the minutes of each pool by its worked / estimated minutes, where these are known"
    )
    stop_key: str = Field(
        "equal",
        min_length=1,
        description="how the deliveries of a stop share it: equal, or in proportion to a driver such as weight_kg",
    )
    round_key: Literal["stops", "deliveries"] = Field(
        "stops", description="how a round is shared: equally by its stops, or equally by its deliveries"
    )
    commercial_activities: list[str] = Field(
        default_factory=list,
        description="activities whose cost is commercial, for the return on commercial cost by salesperson",
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
    outlier_score: float = Field(
        6.0,
        ge=2,
        description=(
            "a booked cost whose logarithm lies further from its product's median than this many robust standard "
            "deviations is listed as an outlier (listed, not corrected)"
        ),
    )
    late_credit_note_days: int = Field(
        60, ge=0, description="a credit note is late when it comes more days after the delivery it credits"
    )
    draws: int = Field(1000, ge=100, le=20000, description="Monte Carlo draws of the minutes")
    delivery_margins: bool = Field(True, description="also write the margin of each delivery and order")

    @model_validator(mode="after")
    def _names_are_unique(self):
        names = [activity.activity for activity in self.activities]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"activity named twice: {', '.join(twice)}")
        unknown = sorted(set(self.commercial_activities) - set(names))
        if unknown:
            raise ValueError(f"commercial_activities names no activity: {', '.join(unknown)}")
        silent = [each.activity for each in self.activities if any(term.minutes is None for term in each.equation)]
        if silent and self.equations_from == "params":
            raise ValueError(
                f"{silent[0]}: a term has no minutes; give them, or set equations_from to timesheets to estimate them"
            )
        shared = {term.shared_over for activity in self.activities for term in activity.equation} - {None}
        for key, of in (("stop_key", {"stop", "round"}), ("round_key", {"round"})):
            if getattr(self, key) != type(self).model_fields[key].default and not shared & of:
                raise ValueError(f"{key} is given, but no term is shared_over a {' or '.join(sorted(of))}; take it out")
        if self.implausible_cost_share_low >= self.implausible_cost_share_high:
            raise ValueError("implausible_cost_share_low must be below implausible_cost_share_high")
        return self
