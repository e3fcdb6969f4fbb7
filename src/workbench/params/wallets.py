"""How future value is estimated: sizes, sectors, and what a comparable client spends."""

from typing import Literal

from pydantic import Field, model_validator

from workbench.params.model import Day, Params


class SizeThresholds(Params):
    """The limits of the size classes: below the headcount, and turnover or balance sheet at most so much."""

    micro_headcount: int = Field(10, ge=1, description="a microenterprise has fewer persons than this")
    micro_turnover_eur: float = Field(2e6, gt=0, description="and at most this turnover, in the study's currency")
    micro_balance_eur: float = Field(2e6, gt=0, description="or at most this balance sheet total")
    sme_headcount: int = Field(250, ge=1, description="an SME has fewer persons than this")
    sme_turnover_eur: float = Field(50e6, gt=0, description="and at most this turnover")
    sme_balance_eur: float = Field(43e6, gt=0, description="or at most this balance sheet total")
    mid_size_headcount: int = Field(5000, ge=1, description="a mid-size company has fewer persons than this")
    mid_size_turnover_eur: float = Field(1.5e9, gt=0, description="and at most this turnover")
    mid_size_balance_eur: float = Field(2e9, gt=0, description="or at most this balance sheet total")

    @model_validator(mode="after")
    def _classes_rise(self):
        for limit in ("headcount", "turnover_eur", "balance_eur"):
            rising = [getattr(self, f"{size}_{limit}") for size in ("micro", "sme", "mid_size")]
            if sorted(set(rising)) != rising:
                raise ValueError(f"{limit} must rise from micro to sme to mid_size (got {rising})")
        return self


class SectorFile(Params):
    """A nomenclature of activity codes handed over as a file: which code belongs to which sector."""

    name: str = Field(min_length=1, description="of this vintage, e.g. naf_2025 or naf_rev1")
    file: str = Field(
        min_length=1,
        description="CSV in UTF-8 with the columns code and sector, and label_en, label_fr if there are; "
        "relative to the params file",
    )
    grouping: Literal["a38", "nes36", "own"] = Field(
        "own", description="the sectors the file maps to; those of a38 and nes36 are checked against their lists"
    )
    valid_from: Day | None = Field(None, description="first day the nomenclature is in force")
    valid_until: Day | None = Field(None, description="last day it is in force")


class Potential(Params):
    """Future value: what each client could buy, from what comparable clients buy."""

    quantile: float = Field(0.80, ge=0.5, le=0.99, description="of annual spend among comparable clients")
    window_months: int = Field(12, ge=3, le=60, description="months up to as_of whose spend is annualised")
    least_deliveries_a_year: float = Field(12, ge=1, description="a client below this is not comparable")
    active_within_months: int = Field(
        3, ge=1, le=60, description="a client without a delivery for longer is lapsed, and not comparable"
    )
    group_size: Literal["largest", "sum", "own"] = Field(
        "largest",
        description="size of an account of a group: by the group's largest account, by their sum, or by its own",
    )
    sizes: SizeThresholds = Field(
        default_factory=SizeThresholds, description="size classes; default: the French decree of 2008"
    )
    nomenclature: str | None = Field(
        None, description="the vintage of the activity codes, e.g. naf_rev2; default: the one that knows most of them"
    )
    sector_files: list[SectorFile] = Field(
        default_factory=list, description="further nomenclatures besides naf_rev2 (36 sectors of A38)"
    )
    calibrate_with_survey: bool = Field(
        True,
        description="whether the shares of purchases that the survey tells, where there are any, correct its level",
    )
    draws: int = Field(200, ge=50, le=2000, description="bootstrap draws of the intervals")

    @model_validator(mode="after")
    def _nomenclatures_are_known(self):
        names = ["naf_rev2", *(one.name for one in self.sector_files)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"nomenclature named twice: {', '.join(twice)}")
        if self.nomenclature is not None and self.nomenclature not in names:
            raise ValueError(f"nomenclature must be one of {', '.join(names)} (got {self.nomenclature!r})")
        return self
