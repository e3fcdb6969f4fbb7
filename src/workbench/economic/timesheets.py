"""Time equations estimated from timesheets, and the minutes they explain held against the minutes worked."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.optimize import nnls

from workbench.economic.workload import Workload
from workbench.errors import ParamsError
from workbench.params import Activity, Term

OBJECTS = {"delivery": "deliveries", "order": "orders", "customer": "active_months", "company": "months"}
SHARED = {"stop": "stops", "round": "rounds"}
FEWEST_OBSERVATIONS = 10
REPLICATES = 1000
REWEIGHTED = 3
LAMBDA_LOW, LAMBDA_HIGH = 0.8, 1.2
EQUATION_COLUMNS = [
    "activity", "term", "stated_minutes_per_unit", "estimated_minutes_per_unit", "low_minutes_per_unit",
    "high_minutes_per_unit", "n_observations", "origin",
]  # fmt: skip


@dataclass(frozen=True)
class TimeEquations:
    """The equations a study uses, and where their minutes come from.

    activities: as in the params, with the minutes that are used and how uncertain they are. table: one row per term:
    activity, term (the name of its count), stated_minutes_per_unit (of the params), estimated_minutes_per_unit with
    the 90 % interval low_minutes_per_unit and high_minutes_per_unit (null where the activity was not observed enough),
    n_observations, origin (params or timesheets). unknown: observed activities that the params do not name.
    """

    activities: list[Activity]
    table: pd.DataFrame
    unknown: tuple[str, ...]


def count_name(term: Term, level: str) -> str:
    """The column of the timesheets that counts what a term multiplies.

    The driver, or the objects of the level where there is none (deliveries, orders, active_months, months; stops or
    rounds where the term is shared over them), followed by the values of its conditions: `deliveries_express_9h`.
    """
    objects = SHARED[term.shared_over] if term.shared_over else OBJECTS[level]
    values = [value for values in term.when.values() for value in values]
    return "_".join([term.per or objects, *values]).lower().replace(" ", "_")


def time_equations(
    activities: list[Activity], timesheets: ibis.Table, *, equations_from: str, seed: int
) -> TimeEquations:
    """The time equations of a study, as stated or as estimated from observed work.

    Parameters: activities of the params; timesheets, the checked table (may be empty): activity, minutes and a float
    column per count, named as by `count_name`, blank = 0; equations_from, "params" or "timesheets"; seed.
    Returns: TimeEquations. With "timesheets" an activity observed at least 10 times has its estimated minutes, and as
    coefficient of variation that of the minutes which the bootstrap predicts for the observed work; any other keeps
    its stated ones.
    Raises: ParamsError where a count is missing from the timesheets, or where minutes are neither stated nor observed.
    Notes: non-negative least squares (scipy's nnls, Lawson & Hanson), each observation divided by its fitted minutes,
    because long periods are off by more minutes than short ones (assumption A15); three rounds of that suffice.
    Intervals are percentiles of 1,000 resamplings of the observations; minutes whose truth is near 0 are not covered.
    """
    observed = timesheets.to_pandas()
    rows, used = [], []
    rng = np.random.default_rng(seed)
    for activity in activities:
        seen, counts = observed_work(activity, observed, equations_from=equations_from)
        terms = [count_name(term, activity.level) for term in activity.equation]
        stated = [term.minutes for term in activity.equation]
        estimated, low, high, spread = (
            (np.full(len(terms), np.nan), np.full(len(terms), np.nan), np.full(len(terms), np.nan), 0.0)
            if counts is None
            else _estimates(counts, seen["minutes"].to_numpy(dtype=float), rng)
        )
        origin = "timesheets" if equations_from == "timesheets" and counts is not None else "params"
        rows += [
            (activity.activity, *term, len(seen), origin)
            for term in zip(terms, stated, estimated, low, high, strict=True)
        ]
        used.append(_estimated(activity, estimated, spread) if origin == "timesheets" else activity)
    table = pd.DataFrame(rows, columns=EQUATION_COLUMNS).astype({"stated_minutes_per_unit": float})
    known = {activity.activity for activity in activities}
    return TimeEquations(used, table, tuple(sorted(set(observed["activity"]) - known)))


def observed_work(
    activity: Activity, observed: pd.DataFrame, *, equations_from: str
) -> tuple[pd.DataFrame, np.ndarray | None]:
    """The observations of an activity, and what its terms count in them, shape (n, terms): None for fewer than 10.

    Raises: as `time_equations`.
    """
    seen = observed[observed["activity"].eq(activity.activity)]
    enough = len(seen) >= FEWEST_OBSERVATIONS
    terms = [count_name(term, activity.level) for term in activity.equation]
    counts = _counts(seen, terms, activity) if enough else None
    if any(term.minutes is None for term in activity.equation) and not (enough and equations_from == "timesheets"):
        raise ParamsError(
            f"economic.activities: {activity.activity} has a term without minutes and only {len(seen)} "
            f"observations in the timesheets ({FEWEST_OBSERVATIONS} are needed); state its minutes or observe it"
        )
    return seen, counts


def minutes_check(minutes: pd.DataFrame, capacity: ibis.Table, activities: list[Activity]) -> pd.DataFrame:
    """The table `minutes_check`: minutes worked against minutes estimated, by pool.

    Parameters: minutes, of `minutes_by_month`; capacity, the checked table; activities, naming the pools.
    Returns: pool, n_months (with worked minutes known), worked_minutes, estimated_minutes, minutes_ratio (worked /
    estimated, λ; null where nothing was estimated), alert (ratio outside 0.8 to 1.2); pools without worked minutes
    are not in it.
    References: Cardinaels & Labro, "On the Determinants of Measurement Error in Time-Driven Costing" (2008): declared
    minutes are overestimated.
    """
    columns = ["pool", "n_months", "worked_minutes", "estimated_minutes", "minutes_ratio", "alert"]
    if not activities:
        return pd.DataFrame(columns=columns)
    worked = capacity.filter(capacity.worked_minutes.notnull()).select("pool", "month", "worked_minutes").to_pandas()
    worked["month"] = pd.to_datetime(worked["month"])
    names = {activity.activity: activity.pool for activity in activities}
    by_pool = minutes.T.groupby(names).sum().T.rename_axis(columns="pool")
    by_pool.index = pd.to_datetime(by_pool.index).rename("month")
    both = worked.set_index(["pool", "month"])["worked_minutes"].groupby(level=[0, 1]).sum().to_frame()
    long = by_pool.stack().rename("estimated_minutes").reorder_levels(["pool", "month"])
    both = both.join(long, how="inner").reset_index()
    sums = both.groupby("pool").agg(
        n_months=("month", "nunique"),
        worked_minutes=("worked_minutes", "sum"),
        estimated_minutes=("estimated_minutes", "sum"),
    )
    ratio = (sums["worked_minutes"] / sums["estimated_minutes"]).where(sums["estimated_minutes"] > 0)
    sums["minutes_ratio"] = ratio
    sums["alert"] = ratio.isna() | ratio.lt(LAMBDA_LOW) | ratio.gt(LAMBDA_HIGH)
    return sums.reset_index()[columns]


def rescaled(
    workload: Workload, activities: list[Activity], check: pd.DataFrame, *, wanted: bool
) -> tuple[Workload, list[Activity]]:
    """The workload and the equations with each pool's minutes multiplied by its worked / estimated minutes.

    Parameters: workload, at customer × month; check, of `minutes_check`; wanted, else both come back as they are.
    Returns: a Workload and activities. A pool without a ratio above 0 keeps its minutes.
    """
    if not wanted:
        return workload, activities
    ratio = check.set_index("pool")["minutes_ratio"]
    factor = {each.activity: float(ratio.get(each.pool, np.nan)) for each in activities}
    factor = {name: value if value > 0 else 1.0 for name, value in factor.items()}
    minutes = workload.minutes.mul(pd.Series(factor).reindex(workload.minutes.columns), axis=1)
    return Workload(workload.cells, minutes), [_scaled(each, factor[each.activity]) for each in activities]


def _counts(seen: pd.DataFrame, terms: list[str], activity: Activity) -> np.ndarray:
    for name in terms:
        if name not in seen:
            have = ", ".join(column for column in seen if column not in ("observation_id", "activity", "minutes"))
            raise ParamsError(
                f"sources.timesheets.drivers: the equation of {activity.activity} needs the count {name!r}, which the "
                f"timesheets do not have (they have {have or 'none'}); map it or correct the equation"
            )
    return seen[terms].fillna(0.0).to_numpy(dtype=float)


def _estimates(counts: np.ndarray, minutes: np.ndarray, rng: np.random.Generator) -> tuple:
    """Minutes per count, their bounds, and the coefficient of variation of the minutes they predict together."""
    estimated = _fitted(counts, minutes)
    drawn = rng.integers(0, len(minutes), (REPLICATES, len(minutes)))
    replicates = np.array([_fitted(counts[rows], minutes[rows]) for rows in drawn])
    low, high = np.quantile(replicates, [0.05, 0.95], axis=0)
    predicted = replicates @ counts.sum(axis=0)
    mean = predicted.mean()
    return estimated, low, high, float(predicted.std() / mean) if mean > 0 else 0.0


def _fitted(counts: np.ndarray, minutes: np.ndarray) -> np.ndarray:
    """Non-negative minutes per count by least squares of relative errors."""
    weight = np.ones(len(minutes))
    for _ in range(REWEIGHTED):
        found, _ = nnls(counts * weight[:, None], minutes * weight)
        fitted = counts @ found
        weight = 1 / np.maximum(fitted, max(fitted.mean() * 0.05, 1e-9))
    return found


def _estimated(activity: Activity, minutes: np.ndarray, spread: float) -> Activity:
    equation = [
        term.model_copy(update={"minutes": float(own)}) for term, own in zip(activity.equation, minutes, strict=True)
    ]
    return activity.model_copy(update={"equation": equation, "coefficient_of_variation": spread})


def _scaled(activity: Activity, factor: float) -> Activity:
    equation = [term.model_copy(update={"minutes": term.minutes * factor}) for term in activity.equation]
    return activity.model_copy(update={"equation": equation})
