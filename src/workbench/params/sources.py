"""Where the client's files lie, how they are written, and which of their columns is which of ours."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from workbench.params.expressions import parse_expression
from workbench.params.model import Params

DATE_PARTS = frozenset("YymbBdHMSf")


class Mapping(Params):
    """Where one of our columns comes from: exactly one of a client column, a constant or an expression."""

    column: str | None = Field(None, min_length=1, description="name of the client's column, as in the file's header")
    constant: str | None = Field(None, description="the same value on every row, written as text")
    expression: str | None = Field(
        None,
        description=(
            "arithmetic (+ - * /) on columns in square brackets, & to join texts, 'text' in single quotes, "
            "row_number() for the row's number in its file"
        ),
    )

    @model_validator(mode="after")
    def _exactly_one(self):
        given = [name for name in ("column", "constant", "expression") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of column, constant or expression (got {', '.join(given) or 'none'})")
        return self

    @field_validator("expression")
    @classmethod
    def _can_be_parsed(cls, expression: str | None) -> str | None:
        if expression is not None:
            parse_expression(expression)
        return expression


def _column_or_mapping(value: object) -> object:
    if isinstance(value, str):
        return {"column": value}
    if isinstance(value, dict | Mapping):
        return value
    raise ValueError("must be the name of a client's column, in quotes if it looks like a number, or {expression: ...}")


AnyMapping = Annotated[Mapping, BeforeValidator(_column_or_mapping, json_schema_input_type=str | Mapping)]


class Source(Params):
    """One table of the client: its files, how they are written, and how their columns map to ours."""

    files: list[str] = Field(min_length=1, description="paths relative to the params file; several are read as one")
    format: Literal["csv", "parquet"] | None = Field(None, description="default: from the file's ending")
    encoding: str = Field("utf-8", description="of a CSV file, e.g. utf-8, cp1252, latin-1")
    separator: str = Field(
        ",",
        pattern=r'^[^"\r\n]$',
        description='one character between the fields of a CSV file, not a quote; a tab is "\\t" in double quotes',
    )
    decimal: Literal[".", ","] = Field(".", description="decimal mark of numbers written as text")
    thousands: Literal["", " ", ".", ",", "'"] = Field("", description="thousands separator of numbers written as text")
    date_format: str = Field("%Y-%m-%d", description="of dates written as text, e.g. %d/%m/%Y")
    missing: list[str] = Field([""], description="texts that mean 'no value'")
    columns: dict[str, AnyMapping] = Field(
        default_factory=dict,
        description="our column: the client's column name, or {column|constant|expression: ...}",
    )
    drivers: dict[str, AnyMapping] = Field(
        default_factory=dict,
        description="cost drivers (numbers, at least 0; blank counts as 0), mapped like columns, named as you like",
    )
    duplicates_on: list[str] = Field(
        default_factory=list,
        description="our columns that identify a row (default: the table's key); a later row like it is a duplicate",
    )
    max_quarantined_share: float = Field(
        0.05, ge=0, le=1, description="the study stops above this share of rows quarantined"
    )
    max_quarantined_share_by_rule: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict,
        description="a limit of its own for one rule; its rows then no longer count in max_quarantined_share",
    )

    @field_validator("encoding")
    @classmethod
    def _can_be_decoded(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError as error:
            raise ValueError("must be an encoding Python knows, e.g. utf-8, cp1252, latin-1, utf-16") from error
        return encoding

    @field_validator("date_format")
    @classmethod
    def _says_year_and_month(cls, date_format: str) -> str:
        parts = set(re.findall(r"%-?(.?)", date_format))
        if not parts <= DATE_PARTS or not parts & {"Y", "y"} or not parts & {"m", "b", "B"}:
            raise ValueError(f"must hold %Y and %m, as in %d/%m/%Y; possible are %{', %'.join(sorted(DATE_PARTS))}")
        return date_format

    @model_validator(mode="after")
    def _marks_differ(self):
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}; they must differ")
        return self


class Sources(Params):
    """The tables of the study; only customers and deliveries are indispensable."""

    customers: Source = Field(description="a row is a billing account")
    deliveries: Source = Field(description="a row is a delivery (any service act) or a credit note")
    products: Source | None = Field(None, description="a row is a product")
    interactions: Source | None = Field(None, description="a row is a customer, month and driver count")
    ledger: Source | None = Field(None, description="a row is a month and account amount, as booked")
    capacity: Source | None = Field(None, description="a row is a pool and month of paid, absent and worked minutes")
    timesheets: Source | None = Field(None, description="a row is an observed period of work")
    price_changes: Source | None = Field(None, description="a row is a tariff rise as applied")
    market: Source | None = Field(None, description="a row is a prospect company, or a cell of the market")

    def given(self) -> dict[str, Source]:
        """The sources the study has, by table name, in the order in which they are read."""
        return {name: getattr(self, name) for name in type(self).model_fields if getattr(self, name) is not None}
