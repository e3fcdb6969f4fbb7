"""The study as its params file tells it: the root model."""

from calendar import monthrange
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from workbench.params.answers import Competitive
from workbench.params.costing import Economic
from workbench.params.crossing import Value
from workbench.params.lifetimes import Churn
from workbench.params.model import Day, Params
from workbench.params.sources import Sources
from workbench.params.tariffs import Tariffs
from workbench.params.wallets import Potential

STUDY_NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"


class Study(Params):
    """Everything a study is told; the params file is the single truth."""

    study: Annotated[str, Field(pattern=STUDY_NAME)] = Field(
        description="short name: lower-case letters, digits, - and _; names the folder of its reports"
    )
    company: str = Field(min_length=1, description="the client company's name, as printed on every page")
    edition: Literal["internal", "shared"] = Field(
        description="who may read the report; internal: clients are named; shared: no client can be recognised, and "
        "what names one is left out"
    )
    as_of: Day = Field(description="the date the study is seen from; nothing later is used")
    start_on: Day | None = Field(
        None, description="first day of the period whose margins are studied; default: the first month of the files"
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        "EUR", description="three capital letters, e.g. EUR: the one currency of all amounts"
    )
    engine: Literal["duckdb", "spark"] = Field(
        "duckdb",
        description="what sums the deliveries: duckdb, embedded; or spark, the session or cluster that the machine is "
        "configured for (needs requirements-spark.lock)",
    )
    language: Literal["en", "fr"] = Field("en", description="the language of the report: English or French")
    seed: int = Field(1, ge=0, description="of everything drawn at random")
    to_confirm: list[str] = Field(
        default_factory=list,
        description="sources whose guessed lines nobody has read yet; the study runs when it is empty",
    )
    sources: Sources = Field(description="the client's files")
    economic: Economic = Field(default_factory=Economic, description="economic value: margins")
    competitive: Competitive = Field(
        default_factory=Competitive, description="competitive value: the survey of clients and non-clients"
    )
    churn: Churn = Field(
        default_factory=Churn, description="competitive value over time: which clients leave, and when"
    )
    potential: Potential = Field(default_factory=Potential, description="future value: what clients could buy")
    value: Value = Field(default_factory=Value, description="the crossing of the three values")
    tariffs: Tariffs = Field(default_factory=Tariffs, description="tariff scenarios")

    _path: Path = PrivateAttr(default=Path())

    @property
    def path(self) -> Path:
        """The params file this study was read from."""
        return self._path

    @property
    def is_shared(self) -> bool:
        """Whether no client may be recognised in the report."""
        return self.edition == "shared"

    @property
    def folder(self) -> Path:
        """The folder that the files of the sources are relative to."""
        return self._path.parent

    @field_validator("to_confirm")
    @classmethod
    def _is_confirmed(cls, to_confirm: list[str]) -> list[str]:
        if to_confirm:
            raise ValueError(
                f"the guesses for {', '.join(to_confirm)} are to be confirmed; read the lines marked 'guessed' "
                "and '# ?', then take the name out of this list"
            )
        return to_confirm

    @model_validator(mode="after")
    def _months_are_whole(self):
        if self.start_on is not None and self.start_on.day != 1:
            raise ValueError(f"start_on must be the first day of a month (got {self.start_on}): margins are by month")
        last_day = monthrange(self.as_of.year, self.as_of.month)[1]
        if self.sources.ledger is not None and self.as_of.day != last_day:
            raise ValueError(
                f"as_of must be the last day of a month where there is a ledger (got {self.as_of}): a month's books "
                "cannot be held against a part of its deliveries"
            )
        return self

    @model_validator(mode="after")
    def _survey_is_told_of(self):
        survey, told = self.sources.survey, self.competitive
        if survey is None:
            return self
        if told.price_attribute is not None and told.price_attribute not in survey.attributes:
            raise ValueError(
                f"competitive.price_attribute must be one of the attributes of sources.survey "
                f"({', '.join(survey.attributes) or 'there are none'}; got {told.price_attribute!r})"
            )
        scored = survey.scored_columns
        unknown = sorted(set(told.scales) - set(scored))
        if unknown:
            raise ValueError(
                f"competitive.scales: {unknown[0]!r} is no column of scores; those are {', '.join(scored)}"
            )
        return self

    @model_validator(mode="after")
    def _frozen_levels_have_their_plane(self):
        frozen = "reference" if self.value.reference else "cut_points.competitive"
        survey = self.sources.survey
        if survey is None or self.competitive.plane is not None:
            return self
        if self.value.reference is None and not self.value.cut_points.competitive:
            return self
        # Without loyalty items or satisfaction no client has a place that could be compared.
        if survey.loyalty_items and "satisfaction" in survey.columns:
            raise ValueError(
                f"value.{frozen} needs competitive.plane: without it satisfaction and loyalty are centred anew in each "
                "run, and a better clientele cannot show; copy the four values that chapter 03 of the run it comes "
                f'from prints under "Where each client stands", or take value.{frozen} out'
            )
        return self

    @model_validator(mode="after")
    def _period_is_forward(self):
        if self.start_on is not None and self.start_on > self.as_of:
            raise ValueError(f"start_on {self.start_on} lies after as_of {self.as_of}")
        return self
