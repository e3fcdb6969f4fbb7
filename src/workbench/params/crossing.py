"""How the three values are crossed: lifetime value, levels, strategy, and the actions a budget can pay."""

from itertools import product
from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.language import marked
from workbench.params.model import Params

LEVELS = {2: ("low", "high"), 3: ("low", "middle", "high")}
UNKNOWN = "unknown"
Level = Literal["low", "middle", "high", "unknown"]
Levels = Annotated[list[Level], Field(default_factory=list)]


class CutPoints(Params):
    """Where one level ends and the next begins: one value for two levels, two rising ones for three."""

    economic: list[float] = Field(default_factory=list, description="practical margin a year, in the study's currency")
    competitive: list[float] = Field(
        default_factory=list,
        description="mean of satisfaction and loyalty in units of competitive.plane, which must be given as well",
    )
    future: list[float] = Field(default_factory=list, description="potential a year, in the study's currency")


class StrategyRule(Params):
    """One line of the strategy: clients with these levels are this segment and get this treatment."""

    segment: str = Field(min_length=1, description="its name, as printed")
    economic: Levels = Field(description="levels of the economic value this line is for; left out: any")
    competitive: Levels = Field(description="likewise of the competitive value; unknown: the client is in no survey")
    future: Levels = Field(description="likewise of the future value")
    service_level: str = Field(min_length=1, description="how these clients are served")
    effort: str = Field(min_length=1, description="retention or acquisition effort spent on them")
    terms: str = Field(min_length=1, description="commercial terms they are offered")

    def holds_for(self, levels: tuple[str, str, str]) -> bool:
        """Whether a client of these levels (economic, competitive, future) is meant."""
        wanted = (self.economic, self.competitive, self.future)
        return all(not told or level in told for told, level in zip(wanted, levels, strict=True))


def _rule(levels: str, segment: str, service_level: str, effort: str, terms: str) -> StrategyRule:
    """A default line; levels as three letters: h high, l low, u unknown, - any."""
    names = {"h": ["high"], "l": ["low"], "u": ["unknown"], "-": []}
    economic, competitive, future = (names[letter] for letter in levels)
    return StrategyRule(
        segment=segment, economic=economic, competitive=competitive, future=future,
        service_level=service_level, effort=effort, terms=terms,
    )  # fmt: skip


# Two levels each. The first eight lines cross all three values; the next four are for clients in no survey; the last
# two for those of whom only the margin is known.
USUAL_STRATEGY = (
    _rule(
        "hhh",
        marked("pillars"),
        marked("premium"),
        marked("retain, then develop"),
        marked("long agreement, named contact"),
    ),
    _rule("hhl", marked("faithful earners"), marked("premium"), marked("retain"), marked("keep the terms, thank")),
    _rule(
        "hlh",
        marked("prizes at risk"),
        marked("premium"),
        marked("retain first"),
        marked("repair what they complain about, then offer"),
    ),
    _rule(
        "hll",
        marked("earners at risk"),
        marked("standard"),
        marked("retain where it is cheap"),
        marked("repair what they complain about"),
    ),
    _rule(
        "lhh",
        marked("to develop"),
        marked("standard"),
        marked("develop"),
        marked("offer for volume, at a price that earns"),
    ),
    _rule(
        "lhl",
        marked("friends that cost"),
        marked("basic"),
        marked("none"),
        marked("raise the price or lower the cost to serve"),
    ),
    _rule(
        "llh",
        marked("to win"),
        marked("standard"),
        marked("win as a new client"),
        marked("offer for volume, at a price that earns"),
    ),
    _rule("lll", marked("marginal"), marked("basic"), marked("none"), marked("list price")),
    _rule(
        "huh",
        marked("earning, with room"),
        marked("premium"),
        marked("retain, then develop"),
        marked("offer for volume"),
    ),
    _rule("hul", marked("earning, little room"), marked("premium"), marked("retain"), marked("keep the terms")),
    _rule(
        "luh",
        marked("room, little margin"),
        marked("standard"),
        marked("develop"),
        marked("offer for volume, at a price that earns"),
    ),
    _rule("lul", marked("little of both"), marked("basic"), marked("none"), marked("list price")),
    _rule("h--", marked("earning"), marked("premium"), marked("retain"), marked("keep the terms")),
    _rule("l--", marked("little margin"), marked("basic"), marked("none"), marked("list price")),
)


class KeyAccounts(Params):
    """Who is a key account: by revenue, or by what revenue does not tell."""

    least_revenue_eur: float | None = Field(None, gt=0, description="revenue a year; none: revenue alone makes none")
    least_score: float | None = Field(
        None, description="weighted mean of the client company's own scores; none: scores alone make none"
    )
    technology_weight: float = Field(1.0, ge=0, description="weight of technology_score in that mean")
    reputation_weight: float = Field(1.0, ge=0, description="weight of reputation_score")
    international_weight: float = Field(1.0, ge=0, description="weight of international_score")


class PlannedAction(Params):
    """Something the company can do with a client: what it costs, what it changes, and how often it can be done."""

    action: str = Field(min_length=1, description="its name, as printed")
    cost_eur: float = Field(gt=0, description="for one client, in the study's currency")
    capacity: int | None = Field(
        None, ge=0, description="clients it can be done with; none: as many as the budget pays"
    )
    segments: list[str] = Field(default_factory=list, description="only for clients of these segments; none: for all")
    hazard_ratio: float = Field(1.0, gt=0, le=10, description="what multiplies the hazard of loss over the horizon")
    headroom_share: float = Field(0.0, ge=0, le=1, description="share of the headroom that is won")
    price_change_share: float = Field(0.0, ge=-0.5, le=1, description="change of the client's prices")
    volume_change_share: float = Field(0.0, ge=-1, le=1, description="change of its volume that goes with it")
    cost_to_serve_share: float = Field(0.0, ge=0, le=1, description="share of the client's activity cost saved")
    effect_variation: float = Field(
        0.3, ge=0, le=2, description="how uncertain the effect is as a whole: standard deviation / value"
    )

    @model_validator(mode="after")
    def _does_something(self):
        changes = (self.headroom_share, self.price_change_share, self.volume_change_share, self.cost_to_serve_share)
        if self.hazard_ratio == 1 and not any(changes):
            raise ValueError(f"{self.action}: an action must change something; give it a hazard_ratio or a share")
        return self


class Value(Params):
    """The crossing of the three values."""

    margin_months: int = Field(12, ge=3, le=60, description="last months whose practical margin counts as today's")
    horizon_months: int = Field(36, ge=1, le=120, description="months ahead that lifetime value looks")
    discount_rate: float = Field(0.08, ge=0, le=1, description="a year, on top of inflation")
    draws: int = Field(200, ge=100, le=2000, description="joint draws of the parts, for intervals and probabilities")
    levels: Literal[2, 3] = Field(2, description="levels of each component")
    cut_points: CutPoints = Field(
        default_factory=CutPoints, description="none: the medians (or thirds) of this run's clients, to be frozen"
    )
    reference: str | None = Field(
        None,
        description="the file value_reference.json of an earlier run (its folder notes/), relative to the params file: "
        "cut points, percentiles and merged cells stay those of that run; with a survey, its competitive.plane must "
        "be given as well",
    )
    least_cell: int = Field(10, ge=1, description="a cell with fewer clients is merged along the future value")
    strategy: list[StrategyRule] = Field(
        default_factory=lambda: list(USUAL_STRATEGY), min_length=1, description="the first line that holds counts"
    )
    key_accounts: KeyAccounts = Field(default_factory=KeyAccounts, description="who is a key account")
    actions: list[PlannedAction] = Field(default_factory=list, description="none: no plan is made")
    budget_eur: float | None = Field(None, gt=0, description="that the plan may spend; none: no plan is made")
    plan_draws: int = Field(100, ge=20, le=1000, description="of the draws, how many the plan is made again for")

    @model_validator(mode="after")
    def _cut_points_fit(self):
        for component, points in self.cut_points:
            if points and (len(points) != self.levels - 1 or sorted(set(points)) != points):
                raise ValueError(
                    f"cut_points.{component} must hold {self.levels - 1} rising values for {self.levels} levels "
                    f"(got {points})"
                )
            if points and self.reference is not None:
                raise ValueError(
                    f"cut_points.{component} is given, but cut points are those of reference; take one out"
                )
        return self

    @model_validator(mode="after")
    def _every_client_has_a_line(self):
        known = LEVELS[self.levels]
        for levels in product(known, (*known, UNKNOWN), (*known, UNKNOWN)):
            if not any(rule.holds_for(levels) for rule in self.strategy):
                told = ", ".join(f"{name} {level}" for name, level in zip(COMPONENTS, levels, strict=True))
                raise ValueError(
                    f"strategy has no line for clients with {told}; add one, or a last line without levels"
                )
        return self

    @model_validator(mode="after")
    def _actions_are_known(self):
        names = [one.action for one in self.actions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"action named twice: {', '.join(twice)}")
        segments = {rule.segment for rule in self.strategy}
        for one in self.actions:
            unknown = sorted(set(one.segments) - segments)
            if unknown:
                raise ValueError(f"{one.action}: no line of strategy names the segment {', '.join(unknown)}")
        if bool(self.actions) != (self.budget_eur is not None):
            raise ValueError("a plan needs both actions and budget_eur; give both or none")
        return self


COMPONENTS = ("economic", "competitive", "future")
