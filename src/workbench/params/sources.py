"""Where the client's files lie, how they are written, and which of their columns is which of ours."""

import re
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from workbench.params.expressions import parse_expression
from workbench.params.model import Params

DATE_PARTS = frozenset("YymbBdHMSf")
DERIVED_KEYS = frozenset(
    ("from_deliveries", "columns", "group_id_is", "max_quarantined_share", "max_quarantined_share_by_rule")
)
# The rule of what is dated after the study's as_of: rows of files that were extracted later.
AFTER_AS_OF = "after_as_of"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


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
    """One table of the client: where it lies, how it is written, and how its columns map to ours."""

    files: list[str] = Field(
        default_factory=list,
        min_length=1,
        description=(
            "paths relative to the params file; several are read as one, and a pattern (deliveries_*.csv) stands for "
            "all files that match it, by name"
        ),
    )
    url: str | None = Field(
        None,
        description=(
            "instead of files, a database: duckdb:///file or sqlite:///file, relative to the params file (four "
            "slashes: absolute), postgres://host:port/name, or any other that Ibis reaches; never with user or password"
        ),
    )
    table: str | None = Field(None, min_length=1, description="with url: the table or view, as table or schema.table")
    query: str | None = Field(None, min_length=1, description="with url, instead of table: one SELECT, in its own SQL")
    user_variable: str | None = Field(
        None, pattern=VARIABLE, description="with url: the environment variable that holds the user's name"
    )
    password_variable: str | None = Field(
        None, pattern=VARIABLE, description="with url: the environment variable that holds the password"
    )
    from_deliveries: bool = Field(
        False,
        description=(
            "customers only, instead of files: an account for each customer_id of the deliveries' files, its columns "
            "mapped to theirs; the first value found in file order counts"
        ),
    )
    format: Literal["csv", "parquet", "excel"] | None = Field(None, description="default: from the file's ending")
    sheet: str | None = Field(
        None,
        min_length=1,
        description=(
            "of an Excel file: a sheet's name, or a pattern (2024-*) for several read as one; default: the only sheet"
        ),
    )
    header_row: int | None = Field(
        None,
        ge=1,
        description=(
            "of an Excel file: the (first) row of the header; default: the first row that has all mapped columns"
        ),
    )
    header_lines: int = Field(
        1,
        ge=1,
        le=5,
        description="of an Excel file: rows the header takes; titles above one another are joined by a space",
    )
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
    attributes: dict[str, AnyMapping] = Field(
        default_factory=dict,
        description="survey only: the attributes of the service that are rated, mapped like columns, named as you like",
    )
    stated_importance: dict[str, AnyMapping] = Field(
        default_factory=dict, description="survey only: how important respondents say each attribute is, by attribute"
    )
    loyalty_items: dict[str, AnyMapping] = Field(
        default_factory=dict,
        description="survey only: the answers whose mean is loyalty (intentions to buy again, to recommend, ...)",
    )
    duplicates_on: list[str] | None = Field(
        None,
        description=(
            "our columns and drivers that identify a row (default: the table's key); a later row like it is a "
            "duplicate; []: no row is"
        ),
    )
    orphans: Literal["quarantine", "unallocated"] = Field(
        "quarantine",
        description=(
            "deliveries only: rows without a known customer are quarantined, or accepted without a customer, their "
            "margin then on the not-attributable line"
        ),
    )
    group_id_is: Literal["group", "parent"] = Field(
        "group",
        description=(
            "customers only: what group_id holds: the group's own id, or the id of the parent account, which is "
            "followed up to the account at the top"
        ),
    )
    max_quarantined_share: float = Field(
        0.05, ge=0, le=1, description="the study stops above this share of rows quarantined"
    )
    max_quarantined_share_by_rule: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict,
        description="a limit of its own for one rule; its rows then no longer count in max_quarantined_share; what "
        "lies after as_of (rule after_as_of) is no fault, and has no limit unless one is given here",
    )

    def quarantine_limit(self, rule: str) -> float:
        """The share of rows quarantined for a rule above which the study stops; 1 for what only lies after as_of."""
        usual = 1.0 if rule == AFTER_AS_OF else self.max_quarantined_share
        return self.max_quarantined_share_by_rule.get(rule, usual)

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

    @field_validator("url")
    @classmethod
    def _is_a_database_without_secrets(cls, url: str | None) -> str | None:
        if url is None:
            return url
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise ValueError("must be a database address, e.g. duckdb:///inputs/sales.duckdb") from error
        if "@" in parts.netloc or {"user", "password"} & {key.lower() for key in parse_qs(parts.query)}:
            raise PydanticCustomError(
                "secret",
                "must hold no user and no password; put them in environment variables and name those under "
                "user_variable and password_variable",
            )
        if not parts.scheme or "://" not in url:
            raise ValueError("must be a database address, e.g. duckdb:///inputs/sales.duckdb")
        return url

    @model_validator(mode="after")
    def _comes_from_one_place(self):
        places = {"files": self.files, "url": self.url, "from_deliveries": self.from_deliveries}
        given = [name for name, value in places.items() if value]
        if len(given) != 1:
            raise ValueError(f"give exactly one of files, url or from_deliveries (got {', '.join(given) or 'none'})")
        if (self.table is None) == (self.query is None) and self.url:
            raise ValueError("give table or query with url, and not both")
        of_url = ("table", "query", "user_variable", "password_variable")
        of_files = ("format", "sheet", "header_row", "header_lines", "encoding", "separator")
        told_there = sorted(self.model_fields_set - DERIVED_KEYS) if self.from_deliveries else []
        if told_there:
            raise ValueError(
                f"{' and '.join(told_there)} is told under deliveries where customers come from_deliveries; take it out"
            )
        for names, place in ((of_url, "url"), (of_files, "files")):
            needless = [name for name in names if name in self.model_fields_set and getattr(self, name) is not None]
            if needless and given != [place]:
                raise ValueError(f"{' and '.join(needless)} can only be given with {place}")
        return self

    @model_validator(mode="after")
    def _stated_is_rated(self):
        unknown = [name for name in self.stated_importance if name not in self.attributes]
        if unknown:
            raise ValueError(
                f"stated_importance names {unknown[0]!r}, which is none of the attributes "
                f"({', '.join(self.attributes) or 'there are none'})"
            )
        return self

    @property
    def item_columns(self) -> dict[str, Mapping]:
        """Our columns of a survey that the params name: attributes, stated_<attribute>, loyalty_<item>."""
        stated = {f"stated_{name}": mapping for name, mapping in self.stated_importance.items()}
        loyalty = {f"loyalty_{name}": mapping for name, mapping in self.loyalty_items.items()}
        return self.attributes | stated | loyalty

    @property
    def scored_columns(self) -> list[str]:
        """The columns of a survey that hold scores on a scale."""
        return [*self.item_columns, *(name for name in ("satisfaction", "differentiation") if name in self.columns)]

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
    price_changes: Source | None = Field(None, description="a row is a tariff rise, as applied or announced")
    market: Source | None = Field(None, description="a row is a prospect company, or a cell of the market")
    campaigns: Source | None = Field(None, description="a row is a client of a campaign, contacted or held out")
    survey: Source | None = Field(None, description="a row is a respondent's rating of one supplier")

    @model_validator(mode="after")
    def _keys_of_single_tables(self):
        of_one = {"from_deliveries": "customers", "group_id_is": "customers", "orphans": "deliveries"}
        of_one |= dict.fromkeys(("attributes", "stated_importance", "loyalty_items"), "survey")
        for key, table in of_one.items():
            default = Source.model_fields[key].get_default(call_default_factory=True)
            for name, source in self.given().items():
                if name != table and getattr(source, key) != default:
                    raise ValueError(f"{name}.{key}: {key} is a key of {table} only; take it out")
        return self

    def given(self) -> dict[str, Source]:
        """The sources the study has, by table name, in the order in which they are read."""
        return {name: getattr(self, name) for name in type(self).model_fields if getattr(self, name) is not None}
