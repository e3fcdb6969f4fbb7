"""What a tariff scenario is priced on: each client's month by product and zone, and how long it would stay."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.confidentiality import clients_of
from workbench.errors import ParamsError
from workbench.params import Scope

MONEY = ("revenue_eur", "direct_purchases_eur", "activity_cost_eur")
LEAST_MONTHS = 3


@dataclass(frozen=True)
class Stay:
    """How long clients stay if prices stay: log_kept, the logarithm of P(still a client after m months).

    log_kept: months × clients, month 1 first; or, where all have one constant monthly loss, its one value (1 × 1).
    spread: the standard deviation of a common factor on all hazards (of its logarithm). origin: survival (chapter 04),
    params, or files; monthly_loss: its mean over the clients of the first month.
    """

    log_kept: np.ndarray
    spread: float
    origin: str

    @property
    def is_constant(self) -> bool:
        """Whether each client's hazard is the same in every month."""
        return len(self.log_kept) == 1

    @property
    def monthly_loss(self) -> float:
        """The mean probability of loss in the first month."""
        return float(-np.expm1(self.log_kept[0]).mean()) if self.log_kept.shape[1] else 0.0


@dataclass(frozen=True)
class TariffBase:
    """The clients of today, and what each buys in a month.

    clients: one row per client that is not lost: customer_id, name, size_class (null where not known), segment (null
    where no chapter gives one), client (whom the account counts with in a
    shared report), account_cost_eur (a month). cells: one row per client, product and zone: client (row
    number in clients), product, delivery_zone, and revenue_eur, direct_purchases_eur, activity_cost_eur a month.
    stay: of the clients, in their order.
    """

    clients: pd.DataFrame
    cells: pd.DataFrame
    stay: Stay


@dataclass(frozen=True)
class Side:
    """One scope's view of the base, euros a month, one value per client, in the order of the base's clients.

    revenue, direct, activity: of the deliveries whose price changes; other: revenue less direct purchases of the rest;
    other_activity: activities of the rest and of the account itself; share: of the client's revenue that is concerned
    (0 to 1).
    """

    revenue: np.ndarray
    direct: np.ndarray
    activity: np.ndarray
    other: np.ndarray
    other_activity: np.ndarray
    share: np.ndarray

    @property
    def concerned(self) -> np.ndarray:
        """Whether a price of the client changes."""
        return self.share > 0


def tariff_base(
    sales: pd.DataFrame, clients: pd.DataFrame, known: pd.DataFrame, *, stay: Stay, present: np.ndarray
) -> TariffBase:
    """The base of all scenarios.

    Parameters: sales and clients, the tables `client_sales` and `client_year` of chapter 02; known, customer_id, name,
    group_id, size_class, segment; stay, of the clients that are present; present, whether each row of clients
    is still a client. Returns: TariffBase.
    Notes: a month is the last year divided by the months since the client's first delivery in it, at least three
    (assumption A105).
    """
    here = clients[present].reset_index(drop=True)
    named = known[["customer_id", "name", "size_class", "segment"]]
    own = here[["customer_id"]].merge(named, on="customer_id", how="left", validate="one_to_one")
    months = here["n_months"].clip(lower=LEAST_MONTHS).to_numpy(float)
    own["client"] = own["customer_id"].map(clients_of(known))
    own["account_cost_eur"] = here["account_cost_eur"].to_numpy() / months
    client = pd.Index(here["customer_id"]).get_indexer(sales["customer_id"])
    cells = sales.assign(client=client)[client >= 0].reset_index(drop=True)
    for column in MONEY:
        cells[column] = cells[column] / months[cells["client"]]
    return TariffBase(own, cells[["client", "product", "delivery_zone", *MONEY]], stay)


def with_segments(customers: pd.DataFrame, customer_value: pd.DataFrame | None) -> pd.DataFrame:
    """The clients with their segment: that of the table `customer_value`; null where no chapter has made it."""
    if customer_value is None:
        return customers.assign(segment=None)
    return customers.assign(segment=customers["customer_id"].map(customer_value.set_index("customer_id")["segment"]))


def side_of(base: TariffBase, scope: Scope, *, where: str = "tariffs.scenarios") -> Side:
    """What of each client's month a scope concerns.

    Raises: ParamsError for a product, zone, segment or account that no delivery of the last year has, naming it.
    """
    cells, clients = base.cells, base.clients
    concerned = np.ones(len(cells), dtype=bool)
    for column, wanted in (("product", scope.products), ("delivery_zone", scope.delivery_zones)):
        if wanted is not None:
            _refuse_unknown(wanted, cells[column], f"{where}: scope.{column}s")
            concerned &= cells[column].isin(wanted).to_numpy()
    of_client = np.ones(len(clients), dtype=bool)
    for column, wanted in (("segment", scope.segments), ("customer_id", scope.customers)):
        if wanted is not None:
            _refuse_unknown(wanted, clients[column], f"{where}: scope.{column.removesuffix('_id')}s")
            of_client &= clients[column].isin(wanted).to_numpy()
    if scope.sizes is not None:
        of_client &= clients["size_class"].isin(scope.sizes).to_numpy()
    client = cells["client"].to_numpy()
    concerned &= of_client[client]
    sums = {}
    for column in MONEY:
        amount = cells[column].to_numpy()
        sums[column] = np.bincount(client[concerned], amount[concerned], len(clients))
        sums[f"all {column}"] = np.bincount(client, amount, len(clients))
    revenue, whole = sums["revenue_eur"], sums["all revenue_eur"]
    others = {column: sums[f"all {column}"] - sums[column] for column in MONEY}
    share = np.divide(revenue, whole, out=np.zeros(len(clients)), where=whole > 0).clip(0, 1)
    return Side(
        revenue=revenue,
        direct=sums["direct_purchases_eur"],
        activity=sums["activity_cost_eur"],
        other=others["revenue_eur"] - others["direct_purchases_eur"],
        other_activity=others["activity_cost_eur"] + clients["account_cost_eur"].to_numpy(),
        share=share,
    )


def _refuse_unknown(wanted: list[str], known: pd.Series, where: str) -> None:
    there = sorted(known.dropna().unique())
    unknown = [name for name in wanted if name not in set(there)]
    if unknown:
        named = ", ".join(map(str, there[:12])) + (", ..." if len(there) > 12 else "")
        raise ParamsError(f"{where} names {', '.join(unknown)}, which the last year does not have ({named or 'none'})")
