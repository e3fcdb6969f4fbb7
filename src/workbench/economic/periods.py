"""The last twelve months against the twelve before: why the margin moved, which products and territories did."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from workbench.economic.allocation import Allocation
from workbench.economic.cents import rounded_cents
from workbench.economic.workload import StudyPeriod

YEAR = 12
SUMS = ["n_deliveries", "revenue_cents", "direct_purchases_cents", "used_cents"]
ITEM_SUMS = ["n_deliveries", "revenue", "direct_purchases", "used"]
STEPS = ("volume", "mix", "price", "purchase_costs", "activity_costs", "order_and_client_costs")


@dataclass(frozen=True)
class TwoYears:
    """The months of the last year of the study period and of the year before it."""

    before: tuple[pd.Timestamp, ...]
    after: tuple[pd.Timestamp, ...]


def last_two_years(period: StudyPeriod) -> TwoYears | None:
    """The last 12 months and the 12 before; None where the study period is shorter than 24 months."""
    if period.n_months < 2 * YEAR:
        return None
    months = tuple(pd.date_range(end=pd.Timestamp(period.last_month), periods=2 * YEAR, freq="MS"))
    return TwoYears(months[:YEAR], months[YEAR:])


def period_bridge(sold: Allocation, by_customer: Allocation, years: TwoYears | None) -> pd.DataFrame:
    """The table `period_bridge`: the practical margin of one year to the next, by volume, mix, price and cost.

    Parameters: sold, an allocation by product, delivery_zone and month; by_customer, at customer × month; years, None
    where the study period is too short: then the table has no rows.
    Returns: step, amount_eur, running_eur: margin_before, volume, mix, price, purchase_costs, activity_costs,
    order_and_client_costs, margin_after. The steps lead from the one margin to the other to the cent.
    Notes: an item is a product in a zone, its volume its deliveries. Volume: more deliveries at last year's average
    margin; mix: other items among them; price: revenue per delivery of the same item (heavier parcels count as
    price); costs: purchases and minutes per delivery of the same item at this year's rates. An item that is new is
    mix, at its own margin. The costs of orders and clients have no product, and are a step of their own.
    Where there were no deliveries the year before, there is no average to speak of, and volume is 0.
    """
    if years is None:
        return pd.DataFrame(columns=["step", "amount_eur", "running_eur"])
    before, after = _items(sold, years)
    rest = _totals(by_customer, years) - np.array([_margin(before), _margin(after)])
    together = item_steps(*(table.set_axis(ITEM_SUMS, axis=1) for table in (before, after)), np.zeros(len(before), int))
    steps = together.sum().to_dict() | {"order_and_client_costs": rest[1] - rest[0]}
    first, last = _totals(by_customer, years)
    cents = rounded_cents(np.array([round(steps[step] * 10_000) for step in STEPS], dtype=np.int64))
    cents[-1] += last - first - cents.sum()
    table = pd.DataFrame({"step": ["margin_before", *STEPS, "margin_after"], "cents": [first, *cents, last]})
    running = table["cents"].cumsum().where(table.index < len(table) - 1, last)
    return pd.DataFrame({"step": table["step"], "amount_eur": table["cents"] / 100, "running_eur": running / 100})


def item_steps(before: pd.DataFrame, after: pd.DataFrame, of: np.ndarray) -> pd.DataFrame:
    """What moved the margin of each of several sets of items from one year to the next: volume, mix, price and cost.

    Parameters: before and after, one row per item, the same items in the same order: n_deliveries, revenue,
    direct_purchases, used; of, the number of the set each item belongs to, from 0.
    Returns: index the numbers of the sets; volume, mix, price, purchase_costs, activity_costs, which add up to the
    change of revenue less direct purchases less used. Notes: as `period_bridge`.
    """
    old = before["n_deliveries"] > 0
    base, count = before.where(old, after), before["n_deliveries"].where(old, after["n_deliveries"])
    unit = base[ITEM_SUMS[1:]].div(count, axis=0).where(count > 0, 0.0)
    expected = unit.mul(after["n_deliveries"], axis=0)
    # What was only credited the year before, without a delivery, is no volume: it ends with its price.
    moved = after[ITEM_SUMS[1:]] - expected - before[ITEM_SUMS[1:]].where(~old, 0.0)
    parts = pd.DataFrame(
        {
            "expected": expected["revenue"] - expected["direct_purchases"] - expected["used"],
            "served": (before["revenue"] - before["direct_purchases"] - before["used"]).where(old, 0.0),
            "then": before["n_deliveries"],
            "now": after["n_deliveries"],
            "price": moved["revenue"],
            "purchase_costs": -moved["direct_purchases"],
            "activity_costs": -moved["used"],
        }
    )
    sums = parts.groupby(of).sum()
    growth = (sums["now"] / sums["then"]).where(sums["then"] > 0, 1.0)
    sums["volume"] = (growth - 1) * sums["served"]
    sums["mix"] = sums["expected"] - growth * sums["served"]
    return sums[["volume", "mix", "price", "purchase_costs", "activity_costs"]]


def product_performance(sold: Allocation, years: TwoYears | None) -> pd.DataFrame:
    """The table `product_performance`: each product over the study period, and its last year against the one before.

    Parameters: sold, by product (delivery_zone and month); years, None where the period is too short: then the
    columns of change are null. Returns: product, n_deliveries, revenue_eur, practical_margin_eur, margin_share (of
    revenue; null where that is not above 0), revenue_per_delivery_eur, cost_per_delivery_eur, revenue_change_share,
    margin_change_eur (the last year less the year before), the largest revenue first. Costs of orders and clients
    have no product.
    """
    cells = sold.cells
    sums = cells.groupby("product")[[*SUMS, "practical_cents"]].sum()
    table = pd.DataFrame({"n_deliveries": sums["n_deliveries"]})
    table["revenue_eur"] = sums["revenue_cents"] / 100
    table["practical_margin_eur"] = sums["practical_cents"] / 100
    table["margin_share"] = _ratio(table["practical_margin_eur"], table["revenue_eur"])
    table["revenue_per_delivery_eur"] = _ratio(table["revenue_eur"], table["n_deliveries"])
    cost = (sums["direct_purchases_cents"] + sums["used_cents"]) / 100
    table["cost_per_delivery_eur"] = _ratio(cost, table["n_deliveries"])
    table["revenue_change_share"] = np.nan
    table["margin_change_eur"] = np.nan
    if years is not None:
        month = pd.to_datetime(cells["month"])
        then, now = (
            cells[month.isin(span)].groupby("product")[["revenue_cents", "practical_cents"]].sum()
            .reindex(table.index, fill_value=0) / 100
            for span in (years.before, years.after)
        )  # fmt: skip
        table["revenue_change_share"] = _ratio(now["revenue_cents"], then["revenue_cents"]) - 1
        table["margin_change_eur"] = now["practical_cents"] - then["practical_cents"]
    return table.reset_index().sort_values("revenue_eur", ascending=False, ignore_index=True)


def territory_trend(by_customer: Allocation, customers: pd.DataFrame, years: TwoYears | None) -> pd.DataFrame:
    """The table `territory_trend`: revenue of the last year against the year before, by the zone of the client.

    Parameters: by_customer, at customer × month; customers, customer_id, customer_zone; years.
    Returns: customer_zone, n_clients (with revenue in either year), revenue_before_eur, revenue_after_eur,
    change_share, change_low_share, change_high_share (90 %), trend (growing, shrinking, not established); an empty
    table where no zone is known or the period is shorter than two years.
    Notes: the interval is that of the mean of twelve differences, each month less the same month a year before, by
    Student's t: season cancels; months are taken as independent.
    """
    columns = ["customer_zone", "n_clients", "revenue_before_eur", "revenue_after_eur", "change_share",
               "change_low_share", "change_high_share", "trend"]  # fmt: skip
    cells = by_customer.cells
    zone = cells["customer_id"].map(customers.set_index("customer_id")["customer_zone"])
    if years is None or zone.isna().all():
        return pd.DataFrame(columns=columns)
    month = pd.to_datetime(cells["month"])
    monthly = (
        (cells["revenue_cents"] / 100).groupby([zone.rename("customer_zone"), month]).sum().unstack(fill_value=0.0)
    )
    before, after = (
        monthly.reindex(columns=list(span), fill_value=0.0).to_numpy() for span in (years.before, years.after)
    )
    within = month.isin([*years.before, *years.after]) & cells["revenue_cents"].ne(0)
    change = after - before
    mean, error = change.mean(axis=1), change.std(axis=1, ddof=1) / np.sqrt(YEAR)
    reach = stats.t.ppf(0.95, YEAR - 1) * error
    base = before.mean(axis=1)
    low, high = (
        (np.divide(mean + way * reach, base, out=np.full(len(base), np.nan), where=base > 0)) for way in (-1, 1)
    )
    table = pd.DataFrame(
        {
            "customer_zone": monthly.index,
            "n_clients": cells[within]["customer_id"]
            .groupby(zone[within])
            .nunique()
            .reindex(monthly.index, fill_value=0),
            "revenue_before_eur": before.sum(axis=1),
            "revenue_after_eur": after.sum(axis=1),
            "change_share": np.divide(mean, base, out=np.full(len(base), np.nan), where=base > 0),
            "change_low_share": low,
            "change_high_share": high,
            "trend": np.select([mean - reach > 0, mean + reach < 0], ["growing", "shrinking"], "not established"),
        }
    )
    return table.sort_values("revenue_after_eur", ascending=False, ignore_index=True)[columns]


def _items(sold: Allocation, years: TwoYears) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sums by product and zone of the year before and the last year, over the same items."""
    cells = sold.cells
    keys = [cells["product"].fillna(""), cells["delivery_zone"].fillna("")]
    month = pd.to_datetime(cells["month"])
    before, after = (
        cells[month.isin(span)].groupby([key[month.isin(span)] for key in keys])[SUMS].sum()
        for span in (years.before, years.after)
    )
    every = before.index.union(after.index)
    return before.reindex(every, fill_value=0), after.reindex(every, fill_value=0)


def _totals(by_customer: Allocation, years: TwoYears) -> np.ndarray:
    """Practical margin of all clients in the year before and in the last year, in cents."""
    month = pd.to_datetime(by_customer.cells["month"])
    practical = by_customer.cells["practical_cents"]
    return np.array([int(practical[month.isin(span)].sum()) for span in (years.before, years.after)])


def _margin(items: pd.DataFrame) -> int:
    return int((items["revenue_cents"] - items["direct_purchases_cents"] - items["used_cents"]).sum())


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0)).astype(float)
