"""Which changes of the tariff are tried, and what is believed of the clients' answer to them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.language import marked
from workbench.params.model import Params

Size = Literal["microenterprise", "SME", "mid-size", "large"]
Names = Annotated[list[str], Field(min_length=1)]


class Scope(Params):
    """Whose prices change, and for what: a delivery must meet every list that is given; none given: all deliveries."""

    products: Names | None = Field(None, description="these products, as in deliveries")
    delivery_zones: Names | None = Field(None, description="deliveries to these zones")
    sizes: Annotated[list[Size], Field(min_length=1)] | None = Field(None, description="clients of these size classes")
    segments: Names | None = Field(None, description="clients of these segments of chapter 06")
    customers: Names | None = Field(None, description="these accounts, by customer_id")


class Scenario(Params):
    """One change of the tariff that is tried."""

    scenario: str = Field(min_length=1, description="its name, as printed")
    change_share: float = Field(gt=-0.9, le=5, description="change of the price: 0.03 is a rise of 3 %, -0.05 a cut")
    scope: Scope = Field(default_factory=Scope, description="whose prices change; default: all")


class Belief(Params):
    """What is believed of an elasticity: the middle 90 % of a normal distribution, and who believes it."""

    low: float = Field(ge=-50, le=50, description="lower end of its 90 % interval")
    high: float = Field(ge=-50, le=50, description="upper end of its 90 % interval")

    @model_validator(mode="after")
    def _ends_rise(self):
        if self.low > self.high:
            raise ValueError(f"low must not be above high (got {self.low} and {self.high})")
        return self


class Elasticity(Belief):
    """A belief for all clients, and others for sizes of which more is known."""

    by_size: dict[Size, Belief] = Field(default_factory=dict, description="sizes for which it is another")
    origin: str = Field(marked("default of the workbench"), min_length=1, description="where it comes from, as printed")


class Tariffs(Params):
    """Tariff scenarios: what a change of prices brings, what it costs in clients, and how sure that is."""

    scenarios: list[Scenario] = Field(
        default_factory=lambda: [Scenario(scenario="all prices up 3 %", change_share=0.03)],
        description="the changes that are tried",
    )
    horizons_months: list[Annotated[int, Field(ge=1, le=36)]] = Field(
        default_factory=lambda: [12, 36], min_length=1, description="over how many months each is counted, rising"
    )
    capacity_removed_after_months: int = Field(
        24,
        ge=1,
        description=(
            "from this horizon on the minutes a lost delivery took are saved with their cost; before it only direct "
            "purchases are"
        ),
    )
    elasticities_from: Literal["price_changes", "params"] = Field(
        "price_changes",
        description=(
            "price_changes: estimated from past rises of single clients where these allow it, else those below; "
            "params: always those below"
        ),
    )
    volume_elasticity: Elasticity = Field(
        default_factory=lambda: Elasticity(low=-1.8, high=-0.2),
        description="of the volume of a client that stays, to its own price: -1 is 1 % less for 1 % more",
    )
    loss_elasticity: Elasticity = Field(
        default_factory=lambda: Elasticity(low=0.0, high=8.0),
        description="of the hazard of loss: a rise of 0.05 multiplies it by exp(0.05 times this)",
    )
    loss_months: int | None = Field(
        None, ge=1, description="how long after the change the hazard is another; default: for good"
    )
    monthly_loss: float | None = Field(
        None,
        ge=0,
        lt=1,
        description=(
            "share of clients lost in an ordinary month, where no chapter on churn says it; default: as in the files"
        ),
    )
    silent_months: int = Field(
        6,
        ge=1,
        le=24,
        description="a client without a delivery for so long is taken for lost, where no chapter says it",
    )
    draws: int = Field(500, ge=100, le=20000, description="Monte Carlo draws of the intervals")

    @model_validator(mode="after")
    def _names_and_horizons_are_distinct(self):
        names = [scenario.scenario for scenario in self.scenarios]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"scenario named twice: {', '.join(twice)}")
        if sorted(set(self.horizons_months)) != self.horizons_months:
            raise ValueError(f"horizons_months must rise (got {self.horizons_months})")
        return self
