"""Whether a study can be costed, before anything is computed: every reason why not, at once."""

from collections.abc import Callable, Mapping
from datetime import date

import ibis

from workbench.economic.equations import check_drivers
from workbench.economic.pools import books_of, check_pools
from workbench.economic.rounds import stops_and_rounds
from workbench.economic.timesheets import observed_work
from workbench.economic.workload import delivery_drivers, period_deliveries, study_period
from workbench.errors import WorkbenchError
from workbench.params import Economic

LEVELS = {"delivery": "deliveries", "order": "deliveries", "customer": "interactions"}


def costing_problems(
    tables: Mapping[str, ibis.Table], told: Economic, *, start_on: date | None, as_of: date
) -> list[str]:
    """Why the margins of a study could not be computed, one sentence each; none where they can.

    Parameters: tables, the checked deliveries, interactions, ledger, capacity and timesheets (those the study lacks
    without rows); told, the params of the chapter; start_on and as_of, the study's.
    """
    problems: list[str] = []

    def tried(step: Callable, *args: object, **kwargs: object) -> object:
        try:
            return step(*args, **kwargs)
        except WorkbenchError as error:
            problems.append(str(error))
            return None

    deliveries, interactions = tables["deliveries"], tables["interactions"]
    known = {
        "deliveries": delivery_drivers(deliveries),
        "interactions": list(interactions[["driver"]].distinct().to_pandas()["driver"]),
    }
    for activity in told.activities:
        if activity.level in LEVELS:
            table = LEVELS[activity.level]
            tried(check_drivers, [activity], known=known[table], where=table)
    observed = tables["timesheets"].to_pandas()
    for activity in told.activities:
        tried(observed_work, activity, observed, equations_from=told.equations_from)
    period = tried(study_period, deliveries, tables["ledger"], start_on=start_on, as_of=as_of)
    if period is not None:
        share = told.practical_capacity_share
        books = tried(books_of, tables["ledger"], tables["capacity"], period, capacity_share=share)
        for activity in told.activities if books is not None else []:
            tried(check_pools, [activity], books)
        low, high = told.implausible_cost_share_low, told.implausible_cost_share_high
        studied = period_deliveries(deliveries, period, cost_share_low=low, cost_share_high=high)
        tried(stops_and_rounds, studied, told.activities, stop_key=told.stop_key, round_key=told.round_key)
    return list(dict.fromkeys(problems))
