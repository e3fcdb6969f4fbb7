"""What every params model has in common: nothing unknown is accepted, nothing changes after reading."""

from pydantic import BaseModel, ConfigDict


class Params(BaseModel):
    """A block of the params file: unknown keys are refused, values are frozen, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True)
