"""What each table must be: columns, units, ranges, keys and references, declared once.

Intake generates its checks from these declarations, the documentation prints them, and the simulated carrier writes
files that they accept.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "date", "month", "money", "number", "count"]


@dataclass(frozen=True)
class Column:
    """A column we know: how it is read, its unit, and what its values must be.

    `happened`: a date that tells what has happened, so that nothing later than the study's as_of is accepted.
    `known_on`: the date column on which its value came to be known: where that is later than as_of, it is made blank.
    `as_in_study`: the key of the params that every value must equal. `refers_to`: table and column that must have it.
    `scored`: an answer on the scale that the params declare for the column.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    as_in_study: str | None = None
    refers_to: tuple[str, str] | None = None
    happened: bool = False
    known_on: str | None = None
    scored: bool = False


@dataclass(frozen=True)
class Contract:
    """A table we know: its columns, the key that makes a row unique, and the amount its euros are counted in.

    `added`: names of the columns that the study itself adds, which no column named by the params may have.
    `keeps_rows`: a value of an optional column that cannot be used is made blank, instead of its row being set aside.
    """

    table: str
    row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    amount: str | None = None
    has_drivers: bool = False
    has_items: bool = False
    added: tuple[str, ...] = ()
    keeps_rows: bool = False

    def column(self, name: str) -> Column:
        """The declaration of one column. Raises KeyError for a name that is not declared."""
        return {column.name: column for column in self.columns}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all declared columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns without which the table cannot be used."""
        return tuple(column.name for column in self.columns if column.required)


CUSTOMERS = Contract(
    table="customers",
    row_is="a billing account",
    key=("customer_id",),
    # An account set aside takes its deliveries with it: too much for a headcount that cannot be read.
    keeps_rows=True,
    columns=(
        Column("customer_id", "id", "the account's number", required=True),
        Column("name", "text", "name of the account"),
        Column("group_id", "id", "parent company; a group has many accounts"),
        Column("naf_code", "id", "activity code of the company register"),
        Column("headcount", "count", "employees", unit="persons", at_least=0),
        Column("turnover_eur", "money", "annual turnover of the client company", unit="€ a year", at_least=0),
        Column(
            "headcount_band", "id", "headcount band of the company register (00 to 53), where headcount is not known"
        ),
        Column("balance_sheet_eur", "money", "balance sheet total of the client company", unit="€", at_least=0),
        Column("customer_zone", "text", "where the account is"),
        Column("salesperson", "text", "who looks after the account"),
        Column("opened_on", "date", "day the account was opened", happened=True),
        Column("contract_end_on", "date", "day the contract ends, where there is one"),
        # An account that was closed later was a client at as_of, and nobody knew that it would leave.
        Column("closed_on", "date", "day the account was closed", known_on="closed_on"),
        Column("closure_reason", "text", "why it was closed", known_on="closed_on"),
        Column("technology_score", "number", "how much it stands for in technology, as the company scores it"),
        Column("reputation_score", "number", "likewise its reputation"),
        Column("international_score", "number", "likewise its international presence"),
    ),
)

DELIVERIES = Contract(
    table="deliveries",
    row_is="a delivery (any service act) or a credit note",
    # Exports often give a credit note the number of the delivery it credits; that is no duplicate of it.
    key=("delivery_id", "credited_document_id"),
    amount="revenue_eur",
    has_drivers=True,
    added=("month", "credit_note", "worked", "booked_state", "margin_eur", "stop_share", "round_share"),
    columns=(
        Column("delivery_id", "id", "number of the delivery", required=True),
        Column("order_id", "id", "number of the order; an order has one or more deliveries"),
        Column("document_id", "id", "invoice (or credit note) the row is on"),
        Column("credited_document_id", "id", "on a credit note: the invoice it credits"),
        Column("customer_id", "id", "the account served", required=True, refers_to=("customers", "customer_id")),
        Column("ordered_on", "date", "day of the order", happened=True),
        Column("promised_on", "date", "day promised"),
        Column("delivered_on", "date", "day of the delivery", required=True, happened=True),
        Column("recorded_on", "date", "day the row entered the client's system", happened=True),
        Column("product", "text", "product sold"),
        Column("delivery_zone", "text", "zone delivered to"),
        Column("list_price_eur", "money", "price before discounts", unit="€"),
        Column("revenue_eur", "money", "revenue, negative on a credit note", unit="€", required=True),
        Column("direct_purchases_eur", "money", "purchases made for this delivery", unit="€"),
        Column("booked_margin_eur", "money", "margin in the client's own margin file", unit="€"),
        Column("currency", "text", "currency of the amounts, the study's", as_in_study="currency"),
        Column("stop_id", "id", "stop of a round"),
        Column("round_id", "id", "round of a vehicle"),
    ),
)

PRODUCTS = Contract(
    table="products",
    row_is="a product",
    key=("product",),
    columns=(
        Column("product", "text", "product, as in deliveries", required=True),
        Column("range", "text", "product range"),
    ),
)

INTERACTIONS = Contract(
    table="interactions",
    row_is="a customer, month and driver count",
    key=("customer_id", "month", "driver"),
    columns=(
        Column("customer_id", "id", "the account", required=True, refers_to=("customers", "customer_id")),
        Column("month", "month", "month of the acts", required=True, happened=True),
        Column("driver", "text", "what was counted: sales_visit, quote, claim, invoice, ...", required=True),
        Column("quantity", "number", "how many", required=True, at_least=0),
    ),
)

LEDGER = Contract(
    table="ledger",
    row_is="a month and account amount, as booked",
    # Books have many postings on one account and month; only a posting number, if mapped, could tell a repetition.
    key=(),
    amount="amount_eur",
    columns=(
        Column("month", "month", "month booked", required=True, happened=True),
        Column(
            "kind",
            "text",
            "what the amount is",
            required=True,
            one_of=("revenue", "direct_purchases", "pool", "sustaining"),
        ),
        Column("pool", "text", "department, for kind pool"),
        Column("account", "text", "account of the books"),
        Column("amount_eur", "money", "amount; revenue and costs are positive", unit="€", required=True),
        Column("currency", "text", "currency of the amounts, the study's", as_in_study="currency"),
    ),
)

CAPACITY = Contract(
    table="capacity",
    row_is="a pool and month",
    key=("pool", "month"),
    columns=(
        Column("pool", "text", "department", required=True),
        Column("month", "month", "month", required=True, happened=True),
        Column("paid_minutes", "number", "minutes paid", unit="minutes", required=True, at_least=0),
        Column("absence_minutes", "number", "leave, breaks, training, meetings", unit="minutes", at_least=0),
        Column("worked_minutes", "number", "minutes worked, as clocked", unit="minutes", at_least=0),
    ),
)

TIMESHEETS = Contract(
    table="timesheets",
    row_is="an observed period of work (a sample)",
    key=("observation_id",),
    has_drivers=True,
    columns=(
        Column("observation_id", "id", "number of the observation", required=True),
        Column("activity", "text", "activity observed", required=True),
        Column("minutes", "number", "minutes observed", unit="minutes", required=True, at_least=0),
    ),
)

PRICE_CHANGES = Contract(
    table="price_changes",
    row_is="a tariff rise, as applied or announced",
    key=("effective_on", "scope"),
    columns=(
        # What is announced is known at as_of; no model looks at a rise before it is in force.
        Column("effective_on", "date", "first day of the new tariff", required=True),
        Column("scope", "text", "product, zone, size or customer concerned", required=True),
        Column("change_share", "number", "change of the price", unit="share", required=True, at_least=-1),
    ),
)

MARKET = Contract(
    table="market",
    row_is="a prospect company, or a cell of the market: so many companies alike",
    key=("prospect_id", "naf_code", "headcount", "headcount_band"),
    columns=(
        Column("prospect_id", "id", "number of the prospect; blank in a cell of the market"),
        Column("name", "text", "name of the prospect"),
        Column("naf_code", "id", "activity code of the company register"),
        Column("headcount", "count", "employees", unit="persons", at_least=0),
        Column(
            "headcount_band", "id", "headcount band of the company register (00 to 53), where headcount is not known"
        ),
        Column("turnover_eur", "money", "annual turnover", unit="€ a year", at_least=0),
        Column("balance_sheet_eur", "money", "balance sheet total", unit="€", at_least=0),
        Column("n_companies", "count", "companies in the cell; blank counts as one", unit="companies", at_least=0),
    ),
)

SURVEY = Contract(
    table="survey",
    row_is="a respondent's rating of one supplier in one wave",
    key=("respondent_id", "supplier", "wave"),
    has_items=True,
    columns=(
        Column("respondent_id", "id", "number of the respondent", required=True),
        Column(
            "customer_id", "id", "the account; blank for a non-client", refers_to=("customers", "customer_id")
        ),
        Column("answered_on", "date", "day of the answer", happened=True),
        Column("wave", "id", "wave of the survey"),
        Column("supplier", "text", "the supplier that is rated: us or a competitor", required=True),
        Column("role", "text", "what the respondent does in the purchase: decides, buys, uses, ..."),
        Column("weight", "number", "weight of the respondent, where the survey comes with one", above=0),
        Column("naf_code", "id", "activity code of a non-client's company"),
        Column("headcount", "count", "employees of a non-client's company", unit="persons", at_least=0),
        Column("headcount_band", "id", "headcount band of a non-client's company, where headcount is not known"),
        Column("satisfaction", "number", "overall satisfaction with the supplier", scored=True),
        Column("differentiation", "number", "how different from others the supplier seems", scored=True),
        Column(
            "purchases_share", "number", "share of its purchases that the company gives us", unit="share", at_least=0,
            at_most=1,
        ),
    ),
)  # fmt: skip

CAMPAIGNS = Contract(
    table="campaigns",
    row_is="a client of a campaign: contacted, or held out to compare with",
    key=("campaign_id", "customer_id"),
    columns=(
        Column("campaign_id", "id", "the campaign", required=True),
        Column("customer_id", "id", "the account", required=True, refers_to=("customers", "customer_id")),
        Column("contacted_on", "date", "day of the contact; of those held out, the day they would have been contacted",
               required=True, happened=True),
        Column("treated", "count", "1 where contacted, 0 where held out", required=True, at_least=0, at_most=1),
        Column("randomised", "count", "1 where the lot decided who was contacted", at_least=0, at_most=1),
    ),
)  # fmt: skip

CONTRACTS = {
    contract.table: contract
    for contract in (
        CUSTOMERS, DELIVERIES, PRODUCTS, INTERACTIONS, LEDGER, CAPACITY, TIMESHEETS, PRICE_CHANGES, MARKET, CAMPAIGNS,
        SURVEY,
    )
}  # fmt: skip
