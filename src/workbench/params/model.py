"""What every params model has in common: nothing unknown is accepted, nothing changes after reading."""

import re
from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Params(BaseModel):
    """A block of the params file: unknown keys are refused, values are frozen, never converted, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


def _day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    return value


Day = Annotated[date, BeforeValidator(_day)]
