"""How a survey is read: the scales of its answers, whom they count for, and what is frozen between two runs."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.params.model import Params


class Scale(Params):
    """The scale of an answer: its theoretical bounds, which end is good, and the codes that are no score."""

    lowest: float = Field(1, description="the lowest answer the questionnaire allows")
    highest: float = Field(10, description="the highest answer it allows")
    best: Literal["highest", "lowest"] = Field("highest", description="which end of the scale is the good one")
    not_applicable: list[float] = Field(
        default_factory=list, description="codes of respondents who do not use the service, e.g. [99]"
    )
    refused: list[float] = Field(
        default_factory=list, description="codes of respondents who would or could not answer, e.g. [98]"
    )

    @model_validator(mode="after")
    def _is_a_scale(self):
        if self.lowest >= self.highest:
            raise ValueError(f"lowest must be below highest (got {self.lowest:g} and {self.highest:g})")
        codes = [*self.not_applicable, *self.refused]
        scores = [code for code in codes if self.lowest <= code <= self.highest]
        if scores:
            raise ValueError(f"a code must lie outside the scale, where it can be no score (got {scores[0]:g})")
        if len(set(codes)) < len(codes):
            raise ValueError("a code has one meaning: it is listed twice under not_applicable and refused")
        return self

    def on_hundred(self, scores):
        """Scores (a Series or an array) on 0 to 100, 100 being the good end of the scale.

        >>> Scale(lowest=1, highest=10, best="lowest").on_hundred(10.0)
        0.0
        """
        share = (scores - self.lowest) / (self.highest - self.lowest)
        return 100 * (share if self.best == "highest" else 1 - share)


class Plane(Params):
    """Where the plane of satisfaction and loyalty has its centre, and its unit, on scores from 0 to 100."""

    satisfaction_centre: float = Field(ge=0, le=100, description="mean satisfaction of the clients at the first run")
    satisfaction_unit: float = Field(gt=0, le=100, description="its standard deviation then")
    loyalty_centre: float = Field(ge=0, le=100, description="mean loyalty then")
    loyalty_unit: float = Field(gt=0, le=100, description="its standard deviation then")


class Competitive(Params):
    """Competitive value: what clients and non-clients think of us and of our competitors."""

    our_name: str = Field("us", min_length=1, description="how the column supplier of the survey names us")
    price_attribute: str | None = Field(
        None, description="the attribute that is the price; the value map sets it against the mean of the others"
    )
    scale: Scale = Field(default_factory=Scale, description="the scale of all scores and stated importances")
    scales: dict[str, Scale] = Field(
        default_factory=dict,
        description="a scale of its own for one column: satisfaction, differentiation, an attribute, "
        "loyalty_<item>, stated_<attribute>",
    )
    roles: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="how much the answer of each role, as written in the survey, counts in its account; "
        "a role that is not listed counts as the mean of those listed",
    )
    wave: str | None = Field(None, description="the wave that is studied, as written in the survey; default: the last")
    most_weight: float = Field(
        5.0, ge=1, description="a weight for non-response is at most so many times the mean weight"
    )
    importance_line: float | None = Field(
        None, gt=0, lt=1, description="where the map is divided into important and not; default: the mean share"
    )
    performance_line: float | None = Field(
        None, gt=0, lt=100, description="where it is divided into well and badly rated; default: the mean score"
    )
    plane: Plane | None = Field(
        None,
        description="centre and unit of the plane, frozen at the first run so that a better clientele shows as "
        "better; default: those of this run, which the chapter prints to be copied here",
    )
    bootstrap_draws: int = Field(200, ge=50, le=5000, description="bootstrap draws of all intervals of the chapter")

    def scale_of(self, column: str) -> Scale:
        """The scale of a column of scores."""
        return self.scales.get(column, self.scale)
