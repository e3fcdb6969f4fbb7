"""Driver cubes: one pass over the deliveries makes small tables of sums, from which all costs are linear algebra."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.economic.cents import MICRO
from workbench.economic.equations import Measure, check_drivers, measures, minutes_of, taken
from workbench.errors import DataError
from workbench.params import Activity

AMOUNTS = ("revenue_eur", "direct_purchases_eur", "booked_margin_eur")
LARGEST_WHOLE = 2**53


@dataclass(frozen=True)
class Workload:
    """What a grain of cells earned and took.

    cells: one row per cell: the grain's columns, month, n_deliveries (credit notes not counted), and the exact sums
    revenue_micro, direct_purchases_micro, margin_micro (corrected booked margin) in millionths of the currency.
    minutes: the same index, one column per activity; only the activities that this grain can bear.
    """

    cells: pd.DataFrame
    minutes: pd.DataFrame

    @property
    def minutes_by_month(self) -> pd.DataFrame:
        """Minutes of each activity, one row per month."""
        return self.minutes.groupby(self.cells["month"]).sum()


@dataclass(frozen=True)
class StudyPeriod:
    """The months whose margins are studied: first days of the first and the last month."""

    first_month: date
    last_month: date

    @property
    def n_months(self) -> int:
        """Number of calendar months, both ends counted."""
        return 12 * (self.last_month.year - self.first_month.year) + self.last_month.month - self.first_month.month + 1

    @property
    def table(self) -> pd.DataFrame:
        """The table `study_period`, one row, for the chapters that read what this one found."""
        months = {"first_month": [pd.Timestamp(self.first_month)], "last_month": [pd.Timestamp(self.last_month)]}
        return pd.DataFrame(months | {"n_months": [self.n_months]})

    def within(self, day: ibis.Expr) -> ibis.Expr:
        """Whether a day, or a month (its first day), lies in the period, as an Ibis condition.

        Compared as it is: a month cut out of every row first costs more, and no block of a file can be passed over.
        """
        last = (self.last_month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return day.between(ibis.literal(self.first_month), ibis.literal(last))


def study_period(deliveries: ibis.Table, ledger: ibis.Table, *, start_on: date | None, as_of: date) -> StudyPeriod:
    """The months to study: from start_on (None: the ledger's first month, else the first delivery's) to as_of's month.

    Parameters: deliveries and ledger, checked tables (the ledger may be empty).
    Raises: DataError where no accepted delivery lies in the period, naming it and what the files span.
    Notes: without start_on the books say where the study begins, so that one mistyped year does not add empty decades.
    """
    dates = deliveries.aggregate(first=deliveries.delivered_on.min(), last=deliveries.delivered_on.max())
    span = dates.to_pyarrow().to_pylist()[0]
    first = start_on or ledger.month.min().to_pyarrow().as_py() or span["first"] or as_of
    period = StudyPeriod(first.replace(day=1), as_of.replace(day=1))
    inside = deliveries.filter(period.within(deliveries.delivered_on))
    if inside.count().to_pyarrow().as_py() == 0:
        raise DataError(
            f"deliveries: none of the accepted rows was delivered from {period.first_month:%Y-%m} to "
            f"{period.last_month:%Y-%m} (they run from {span['first']} to {span['last']}); correct start_on or as_of, "
            "or see in quarantine/ why rows were set aside"
        )
    return period


def period_deliveries(
    deliveries: ibis.Table, period: StudyPeriod, *, cost_share_low: float, cost_share_high: float
) -> ibis.Table:
    """Accepted deliveries of the study period, with what the costing needs to know of each.

    Parameters: deliveries, the checked table; period, judged by delivered_on; cost_share_low and cost_share_high, the
    plausible range of booked cost / revenue.
    Returns: the rows of the period, plus month, credit_note, worked (not a credit note), booked_state (booked,
    missing, implausible, credit_note) and margin_eur: the booked margin where it can be believed, revenue less direct
    purchases where it cannot (assumptions A3, A4, A5).
    """
    known = deliveries.filter(period.within(deliveries.delivered_on))
    contribution = known.revenue_eur - known.direct_purchases_eur.fill_null(0)
    credit_note = known.credited_document_id.notnull() | (known.revenue_eur < 0)
    cost_share = (known.revenue_eur - known.booked_margin_eur).cast("float64") / known.revenue_eur.cast("float64")
    implausible = (known.revenue_eur > 0) & ((cost_share < cost_share_low) | (cost_share > cost_share_high))
    state = ibis.cases(
        (credit_note, "credit_note"),
        (known.booked_margin_eur.isnull(), "missing"),
        (implausible, "implausible"),
        else_="booked",
    )
    # The condition once more instead of the state: comparing texts in every row would cost more than the sums.
    margin = ibis.ifelse(
        credit_note | known.booked_margin_eur.isnull() | implausible, contribution, known.booked_margin_eur
    )
    return known.mutate(
        month=known.delivered_on.truncate("M").cast("date"),
        credit_note=credit_note,
        worked=~credit_note,
        booked_state=state,
        margin_eur=margin.cast("decimal(18, 6)"),
    )


def delivery_workload(deliveries: ibis.Table, activities: list[Activity], *, by: list[str]) -> Workload:
    """Sums by the columns of `by` and month of what deliveries earned and took (activities of level delivery).

    Parameters: deliveries, from `period_deliveries`; activities, all of the study; by, grain beside month.
    Returns: a Workload. Raises: ParamsError for a driver that the deliveries do not have.
    """
    of_level = _of_level(activities, "delivery")
    check_drivers(of_level, known=delivery_drivers(deliveries), where="deliveries (sources.deliveries.drivers)")
    keys = [*by, "month"]
    cube = deliveries.group_by(keys).aggregate(
        n_deliveries=deliveries.count(where=deliveries.worked),
        revenue_micro=deliveries.revenue_eur.sum(),
        direct_purchases_micro=deliveries.direct_purchases_eur.sum(),
        margin_micro=deliveries.margin_eur.sum(),
        **{f"minutes of {activity.activity}": taken(activity, deliveries).sum() for activity in of_level},
    )
    cells, minutes = exact_sums(cube, keys)
    return Workload(cells, minutes.set_axis([activity.activity for activity in of_level], axis=1))


def customer_workload(
    deliveries: ibis.Table, interactions: ibis.Table, activities: list[Activity], *, period: StudyPeriod
) -> Workload:
    """What each customer earned and took in each month, over all levels of activity but the company's own.

    Parameters: deliveries, from `period_deliveries`; interactions, the checked table (may be empty); activities of
    every level; period, which bounds the interactions. Returns: a Workload with one cell per customer_id and month
    that has a delivery, a credit note or an interaction. Raises: ParamsError for a driver that no table has.
    Notes: an order belongs to the month of its earliest delivery, and its customer; a customer-level term without a
    driver counts once in each month with work for that customer (assumptions A6, A7).
    """
    keys = ["customer_id", "month"]
    ordered = order_workload(deliveries, activities)
    delivered = ordered.cells.set_index(keys)
    asked = _interaction_sums(interactions, _of_level(activities, "customer"), period).set_index(keys)
    active = delivered["n_deliveries"].gt(0).reindex(delivered.index.union(asked.index), fill_value=False)
    active |= asked.sum(axis=1).gt(0).reindex(active.index, fill_value=False)
    asked = asked.reindex(active.index, fill_value=0.0).assign(**{Measure(None).name: active.astype(float)})

    every = delivered.index.union(asked.index)
    minutes = [
        ordered.minutes.set_axis(delivered.index).reindex(every, fill_value=0.0),
        minutes_of(asked, _of_level(activities, "customer")).reindex(every, fill_value=0.0),
    ]
    caused = [activity.activity for activity in activities if activity.level != "company"]
    joined = pd.concat(minutes, axis=1)[caused]
    return Workload(delivered.reindex(every, fill_value=0).reset_index(), joined.reset_index(drop=True))


def minutes_by_month(workload: Workload, activities: list[Activity], period: StudyPeriod) -> pd.DataFrame:
    """Minutes of every activity, one row per month: those of the cells, and those of level company.

    Parameters: workload, at customer × month; activities, all of the study; period, whose every month has the company's
    minutes. Returns: index month, one column per activity.
    """
    company = {
        activity.activity: sum(term.minutes for term in activity.equation)
        for activity in _of_level(activities, "company")
    }
    summed = workload.minutes_by_month
    if company:
        months = pd.date_range(period.first_month, periods=period.n_months, freq="MS", name="month", unit="s")
        summed = summed.reindex(summed.index.union(months), fill_value=0.0)
    return summed.assign(**company)[[activity.activity for activity in activities]]


def order_workload(deliveries: ibis.Table, activities: list[Activity]) -> Workload:
    """Sums by customer and month of what deliveries and orders took: the activities of both levels.

    Parameters: deliveries, from `period_deliveries`; activities, all of the study. Returns: a Workload.
    Raises: ParamsError for a driver that the deliveries do not have.
    """
    keys = ["customer_id", "month"]
    served = delivery_workload(deliveries, activities, by=["customer_id"])
    delivered = served.cells.set_index(keys)
    taken = _of_level(activities, "order")
    ordered, acts = exact_sums(order_sums(deliveries, activities, by=keys), keys)
    orders = acts.set_axis(pd.MultiIndex.from_frame(ordered))
    every = delivered.index.union(orders.index)
    minutes = [
        served.minutes.set_axis(delivered.index).reindex(every, fill_value=0.0),
        minutes_of(orders, taken).reindex(every, fill_value=0.0),
    ]
    cells = delivered.reindex(every, fill_value=0).reset_index()
    return Workload(cells, pd.concat(minutes, axis=1).reset_index(drop=True))


def order_sums(deliveries: ibis.Table, activities: list[Activity], *, by: list[str]) -> ibis.Table:
    """Sums of the order-level measures over whole orders, grouped by columns among customer_id, order_id, month.

    Notes: an order's month is that of its first delivery; rows without an order are no order.
    """
    of_level = _of_level(activities, "order")
    check_drivers(of_level, known=delivery_drivers(deliveries), where="deliveries (sources.deliveries.drivers)")
    needed = [measure for measure in measures(of_level) if measure.driver is not None]
    worked = deliveries.filter(deliveries.worked & deliveries.order_id.notnull())
    orders = worked.group_by(["customer_id", "order_id"]).aggregate(
        month=worked.month.min(), **{measure.name: measure.amount(worked).sum() for measure in needed}
    )
    return orders.group_by(by).aggregate(
        **{Measure(None).name: orders.count().cast("float64") * MICRO},
        **{measure.name: orders[measure.name].sum() for measure in needed},
    )


def exact_sums(sums: ibis.Table, keys: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An aggregate brought home, rows sorted by the keys (null first).

    Returns: the keys with counts and amounts (int64; decimals as millionths, null as 0), and sums of millionths held
    as floats, in units. Raises: OverflowError for a sum that is no longer exact.
    Notes: sums stay decimal in the engine, where adding them is cheap and exact; scaling each row before the sum is
    several times slower. Rows are sorted here, by the codes of their keys, since a wide sort of texts is slow too.
    """
    schema = sums.schema()
    decimals = [name for name, dtype in schema.items() if dtype.is_decimal()]
    table = sums.mutate(**{name: sums[name].cast("decimal(38, 6)") for name in decimals}).to_pyarrow()
    coded = {key: _coded(table[key]) for key in keys}
    order = _order(coded)
    whole = [name for name in table.column_names if name not in keys and not schema[name].is_floating()]
    quantities = [name for name in table.column_names if name not in keys and schema[name].is_floating()]
    amounts = pd.DataFrame(_taken(table, whole, order, dtype=np.int64).T, columns=whole, copy=False)
    for place, key in enumerate(keys):
        values, codes = coded[key]
        amounts.insert(place, key, values.take(codes[order], allow_fill=True))
    units = _taken(table, quantities, order, dtype=np.float64)
    units /= MICRO
    return amounts, pd.DataFrame(units.T, columns=quantities, copy=False)


def _order(coded: dict[str, tuple[pd.api.extensions.ExtensionArray, np.ndarray]]) -> np.ndarray:
    """Rows in the order of their keys' codes, of which no two rows have the same."""
    codes = [code + 1 for _, code in coded.values()]
    return np.argsort(np.ravel_multi_index(codes, [len(values) + 1 for values, _ in coded.values()]))


def _taken(table: pa.Table, names: list[str], order: np.ndarray, *, dtype: type) -> np.ndarray:
    """Columns of a table in another order, one below the other: transposed, a DataFrame holds them as they are."""
    block = np.empty((len(names), len(order)), dtype=dtype)
    for name, row in zip(names, block, strict=True):
        home = _millionths if pa.types.is_decimal(table.schema.field(name).type) else _whole
        np.take(home(table[name]), order, out=row, mode="clip")
    return block


def _coded(column: pa.ChunkedArray) -> tuple[pd.api.extensions.ExtensionArray, np.ndarray]:
    """The different values of a key in order, and each row's place among them, -1 for null."""
    encoded = pa.chunked_array(column).combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pandas(date_as_object=False)
    ranked = values.argsort().to_numpy()
    rank = np.empty(len(ranked) + 1, dtype=np.int64)
    rank[ranked], rank[-1] = np.arange(len(ranked)), -1
    return pd.Series(values.to_numpy()[ranked]).array, rank[encoded.indices.fill_null(-1).to_numpy()]


def _whole(column: pa.ChunkedArray) -> np.ndarray:
    """Counts, or sums of whole numbers held as floats. Raises OverflowError where a float cannot hold them exactly."""
    values = column.to_numpy()
    if values.dtype.kind == "f" and (abs(values) >= LARGEST_WHOLE).any():
        raise OverflowError("a sum of minutes or drivers exceeds what can be added up exactly (9,007,199,254)")
    return values


def _millionths(column: pa.ChunkedArray) -> np.ndarray:
    """DECIMAL(38, 6) as int64 millionths. Raises OverflowError for an amount that int64 cannot hold."""
    whole = pa.chunked_array(column.fill_null(Decimal(0))).combine_chunks()
    words = np.frombuffer(whole.buffers()[1], dtype=np.int64).reshape(-1, 2)[whole.offset : whole.offset + len(whole)]
    if not (words[:, 1] == words[:, 0] >> 63).all():
        raise OverflowError("a sum of amounts exceeds what 64 bits of millionths can hold")
    return words[:, 0]


def _interaction_sums(interactions: ibis.Table, activities: list[Activity], period: StudyPeriod) -> pd.DataFrame:
    """Quantities per customer and month of the period, one column per driver."""
    known = interactions.driver.as_table().distinct().to_pandas()["driver"]
    check_drivers(activities, known=known, where="interactions (column driver)")
    within = interactions.filter(period.within(interactions.month))
    keys = ["customer_id", "month", "driver"]
    long = within.group_by(keys).aggregate(quantity=within.quantity.sum()).order_by(keys).to_pandas()
    wide = long.set_index(keys)["quantity"].unstack("driver")
    wide = wide.reindex(columns=sorted(known)).fillna(0.0).rename(columns=lambda driver: Measure(driver).name)
    return wide.rename_axis(columns=None).reset_index()


def _of_level(activities: list[Activity], level: str) -> list[Activity]:
    return [activity for activity in activities if activity.level == level]


def delivery_drivers(deliveries: ibis.Table) -> list[str]:
    """The cost drivers that a checked deliveries table has."""
    shares = ("stop_share", "round_share")
    return [name for name, dtype in deliveries.schema().items() if dtype.is_floating() and name not in shares]
