"""The work behind the sales: ten activities with true time equations, acts with customers, capacity, timesheets."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.nomenclature import SIZES
from workbench.carrier.service import Service
from workbench.carrier.tariff import CUSTOMS_ZONES
from workbench.carrier.window import Calendar

OBJECTS = {"delivery": "deliveries", "order": "orders", "customer": "active_months"}


@dataclass(frozen=True)
class Term:
    """So many minutes, per unit of a driver (or once per object), where a condition holds."""

    minutes: float
    per: str | None = None
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def counted(self, level: str) -> str:
        """The name of the count that multiplies the minutes, as in the timesheets."""
        values = [value for values in self.when.values() for value in values]
        return "_".join([self.per or OBJECTS[level], *values]).lower().replace(" ", "_")


@dataclass(frozen=True)
class Activity:
    """An activity: the pool that does it, the level it serves, its minutes, and how sure the client is of them."""

    activity: str
    pool: str
    level: str
    equation: tuple[Term, ...]
    coefficient_of_variation: float


ACTIVITIES = (
    Activity("pick_up", "pick-up and delivery", "delivery", (Term(2.6), Term(0.6, "parcels")), 0.12),
    Activity("sorting", "hub", "delivery", (Term(0.8), Term(0.9, "parcels"), Term(0.010, "weight_kg")), 0.08),
    Activity(
        "line_haul", "line-haul", "delivery", (Term(0.6), Term(0.008, "distance_km"), Term(0.012, "weight_kg")), 0.1
    ),
    Activity(
        "delivery",
        "pick-up and delivery",
        "delivery",
        (Term(5.5), Term(0.7, "parcels"), Term(4.0, when={"product": ("Express 9h",)})),
        0.12,
    ),
    Activity(
        "customs_clearance",
        "customs",
        "delivery",
        (Term(4.0, when={"delivery_zone": CUSTOMS_ZONES}), Term(3.0, "customs_lines")),
        0.15,
    ),
    Activity("order_taking", "customer service", "order", (Term(4.2), Term(0.2, "parcels")), 0.1),
    Activity("sales_visits", "sales", "customer", (Term(95.0, "sales_visit"), Term(28.0, "quote")), 0.2),
    Activity("claims", "customer service", "customer", (Term(32.0, "claim"),), 0.2),
    Activity("invoicing_and_collection", "administration", "customer", (Term(9.0, "invoice"),), 0.1),
    Activity("account_administration", "administration", "customer", (Term(10.0),), 0.2),
)
POOLS = tuple(dict.fromkeys(activity.pool for activity in ACTIVITIES))
PEAK_POOLS = ("pick-up and delivery", "hub")
HUNDREDTHS_OF_HOURS = 0.6  # minutes
LEAST_PRACTICAL_MINUTES = 600
CLAIMS_PER_DELIVERY = 0.03
OBSERVATIONS_PER_ACTIVITY = 40


def stated_activities(seed: int) -> tuple[Activity, ...]:
    """The activities as the params file states them.

    The whole equation of an activity is its truth times one log-normal draw of median 1 whose standard deviation over
    mean is the stated coefficient of variation.
    """
    stated = []
    for activity in ACTIVITIES:
        sigma = np.sqrt(np.log1p(activity.coefficient_of_variation**2))
        factor = float(np.exp(stream(seed, f"stated minutes of {activity.activity}").normal(0, sigma)))
        equation = tuple(Term(round(term.minutes * factor, 5), term.per, term.when) for term in activity.equation)
        stated.append(replace(activity, equation=equation))
    return tuple(stated)


def interaction_rows(
    accounts: pd.DataFrame, deliveries: pd.DataFrame, seed: int, *, calendar: Calendar, service: Service
) -> pd.DataFrame:
    """What was counted with each customer and month: customer_id, month, driver, quantity (at least 1)."""
    shape = (len(accounts), calendar.months)
    sent = _table(deliveries, calendar, shape)
    months = np.arange(calendar.months)
    lost = calendar.month_of(accounts["lost_on"].fillna(pd.Timestamp("2200-01-01")).to_numpy("datetime64[D]"))
    alive = (np.floor(accounts["starts"]).to_numpy()[:, None] <= months) & (months <= lost[:, None])
    demands = accounts["demands"].to_numpy()[:, None]
    trouble = service.claims_factor(accounts["group"].to_numpy()[:, None], months)
    visits = np.array([each.monthly_visits for each in SIZES])[accounts["size"]][:, None]
    quotes = np.array([each.monthly_quotes for each in SIZES])[accounts["size"]][:, None]
    expected = {
        "sales_visit": visits * demands * alive,
        "quote": quotes * demands * alive,
        "claim": CLAIMS_PER_DELIVERY * sent * demands * trouble,
    }
    counts = {driver: stream(seed, f"acts: {driver}").poisson(mean) for driver, mean in expected.items()}
    counts["invoice"] = np.where(sent > 0, accounts["invoices"].to_numpy()[:, None], 0)
    parts = []
    for driver, count in counts.items():
        account, month = np.nonzero(count)
        parts.append(
            pd.DataFrame({"account": account, "month": month, "driver": driver, "quantity": count[account, month]})
        )
    rows = pd.concat(parts).sort_values(["account", "month", "driver"], ignore_index=True)
    rows.insert(0, "customer_id", accounts["customer_id"].to_numpy()[rows["account"]])
    return rows


def true_minutes(
    deliveries: pd.DataFrame, interactions: pd.DataFrame, calendar: Calendar, *, count: int
) -> dict[str, np.ndarray]:
    """The true minutes of each activity, by account and month (shape (count, months)).

    A delivery counts in the month it was delivered, an order in the month of its first delivery, a customer's base
    term once in each month with a delivery or an act. Credit notes are not among `deliveries` and take no minutes.
    """
    objects = level_counts(deliveries, interactions, calendar)
    minutes = {}
    for activity in ACTIVITIES:
        rows = objects[activity.level]
        own = object_minutes(activity, rows)
        cell = rows["account"].to_numpy() * calendar.months + rows["month"].to_numpy()
        flat = np.bincount(cell, weights=own, minlength=count * calendar.months)
        minutes[activity.activity] = flat.reshape(count, calendar.months)
    return minutes


def object_minutes(activity: Activity, rows: pd.DataFrame) -> np.ndarray:
    """The minutes of an activity on each object of its level (rows as `level_counts` makes them)."""
    return sum(term.minutes * rows[term.counted(activity.level)].to_numpy(float) for term in activity.equation)


def level_counts(deliveries: pd.DataFrame, interactions: pd.DataFrame, calendar: Calendar) -> dict[str, pd.DataFrame]:
    """For each level its objects (delivery, order, customer's active month) with account, month and every count."""
    drivers = ["parcels", "weight_kg", "distance_km", "customs_lines"]
    per_delivery = deliveries[["account", "order_id", *drivers]].assign(
        month=calendar.month_of(deliveries["delivered_on"].to_numpy("datetime64[D]")),
        deliveries=1,
        deliveries_express_9h=(deliveries["product"] == "Express 9h").astype("int64"),
        deliveries_europe_world=deliveries["delivery_zone"].isin(CUSTOMS_ZONES).astype("int64"),
    )
    per_order = per_delivery.groupby("order_id", sort=False).agg(
        {"account": "first", "month": "min", **dict.fromkeys(drivers, "sum")}
    )
    acts = interactions.pivot_table(
        index=["account", "month"], columns="driver", values="quantity", aggfunc="sum", fill_value=0
    )
    active = per_delivery[["account", "month"]].drop_duplicates().set_index(["account", "month"])
    per_customer = acts.reindex(acts.index.union(active.index), fill_value=0)
    per_customer = per_customer.reindex(columns=["claim", "invoice", "quote", "sales_visit"], fill_value=0)
    return {
        "delivery": per_delivery,
        "order": per_order.assign(orders=1),
        "customer": per_customer.reset_index().assign(active_months=1),
    }


def capacity_rows(minutes: dict[str, np.ndarray], seed: int, calendar: Calendar) -> pd.DataFrame:
    """Capacity of each pool and month, in hundredths of hours: pool, month, paid, absence, worked.

    Practical capacity, paid less absence, leaves 8 to 20 % idle in most months; in December the hub and the rounds
    mostly work beyond it. It follows the work only in part, as planning does.
    """
    rows = []
    for pool in POOLS:
        rng = stream(seed, f"capacity of {pool}")
        used = sum(minutes[each.activity].sum(axis=0) for each in ACTIVITIES if each.pool == pool)
        planned = 0.85 * used + 0.15 * used.mean()
        idle = rng.uniform(0.09, 0.19, calendar.months)
        overrun = rng.uniform(0.02, 0.09, calendar.months)
        december = calendar.month_names.astype("int64") % 12 == 11
        practical = planned / (1 - idle)
        if pool in PEAK_POOLS:
            practical = np.where(december & (rng.random(calendar.months) < 0.8), used * (1 - overrun), practical)
        practical = np.maximum(practical, LEAST_PRACTICAL_MINUTES) / HUNDREDTHS_OF_HOURS
        paid = np.ceil(practical / (1 - rng.uniform(0.16, 0.24, calendar.months)))
        absence = np.floor(paid - practical)
        worked = np.rint(used / HUNDREDTHS_OF_HOURS * rng.normal(1.03, 0.02, calendar.months).clip(0.97, 1.1))
        rows.append(
            pd.DataFrame(
                {
                    "pool": pool,
                    "month": np.arange(calendar.months),
                    "paid": paid.astype("int64"),
                    "absence": absence.astype("int64"),
                    "worked": worked.astype("int64"),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def timesheet_rows(objects: dict[str, pd.DataFrame], seed: int) -> pd.DataFrame:
    """A sample of observed periods of work: activity, minutes, and the counts of what was done in the period.

    The minutes are the true equation on a handful of real objects, times a log-normal noise of 10 %. A count that the
    activity does not depend on stays blank.
    """
    parts = []
    for activity in ACTIVITIES:
        rng = stream(seed, f"timesheets of {activity.activity}")
        rows = objects[activity.level]
        counted = [term.counted(activity.level) for term in activity.equation]
        touched = rows[(rows[counted] > 0).any(axis=1)]
        if touched.empty:
            continue
        period = np.repeat(np.arange(OBSERVATIONS_PER_ACTIVITY), rng.integers(5, 41, OBSERVATIONS_PER_ACTIVITY))
        sample = touched[counted].iloc[rng.integers(0, len(touched), len(period))]
        observed = sample.groupby(period).sum().round(1)
        minutes = object_minutes(activity, observed) * np.exp(rng.normal(0, 0.1, len(observed)))
        parts.append(observed.assign(activity=activity.activity, minutes=np.round(minutes, 1)))
    sheets = pd.concat(parts, ignore_index=True)
    return sheets[["activity", "minutes", *sorted(set(sheets.columns) - {"activity", "minutes"})]]


def _table(deliveries: pd.DataFrame, calendar: Calendar, shape: tuple[int, int]) -> np.ndarray:
    month = calendar.month_of(deliveries["delivered_on"].to_numpy("datetime64[D]"))
    cell = deliveries["account"].to_numpy() * calendar.months + month
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
