"""Stops and rounds: what several deliveries were done for together, each carries its share of."""

import ibis

from workbench.economic.workload import delivery_drivers
from workbench.errors import ParamsError
from workbench.params import Activity

ROUND = ["delivered_on", "round_id"]
STOP = [*ROUND, "stop_id"]


def stops_and_rounds(studied: ibis.Table, activities: list[Activity], *, stop_key: str, round_key: str) -> ibis.Table:
    """The deliveries with the columns stop_share and round_share that terms `shared_over` a stop or a round need.

    Parameters: studied, from `period_deliveries`; activities; stop_key, "equal" or a driver of the deliveries;
    round_key, "stops" (each stop of a round carries the same) or "deliveries".
    Returns: the same rows; the same table where no term is shared. The shares of a stop's (a round's) worked
    deliveries sum to 1; those of credit notes are 0.
    Raises: ParamsError where a term is shared over stops or rounds that no delivery names, or by an unknown driver.
    Notes: a stop is a stop_id of a round on a day. A delivery without a stop_id (round_id) is a stop (round) of its own
    (assumption A13). Deliveries of a stop whose key is 0 throughout share it equally.
    """
    shared = {term.shared_over for activity in activities for term in activity.equation} - {None}
    if not shared:
        return studied
    _check_known(studied, shared, stop_key)
    worked = studied.worked.fill_null(False)
    of_stop, of_round = ibis.window(group_by=STOP), ibis.window(group_by=ROUND)
    one = ibis.ifelse(worked, 1.0, 0.0)
    weight = one if stop_key == "equal" else ibis.ifelse(worked, studied[stop_key].fill_null(0.0), 0.0)
    total, count = weight.sum().over(of_stop), one.sum().over(of_stop)
    within = ibis.cases((~worked, 0.0), (total > 0, weight / total), else_=1.0 / count.nullif(0.0))
    within = ibis.ifelse(studied.stop_id.isnull(), one, within)
    stopped = studied.mutate(stop_share=within)
    # Summed over a round, the shares of its stops are the number of its stops.
    by_stop = stopped.stop_share / stopped.stop_share.sum().over(of_round).nullif(0.0)
    each = ibis.ifelse(stopped.worked.fill_null(False), 1.0, 0.0)
    equally = each / each.sum().over(of_round).nullif(0.0)
    share = (by_stop if round_key == "stops" else equally).fill_null(0.0)
    return stopped.mutate(round_share=ibis.ifelse(stopped.round_id.isnull(), each, share))


def _check_known(studied: ibis.Table, shared: set[str], stop_key: str) -> None:
    for over in sorted(shared):
        if not bool(studied[f"{over}_id"].notnull().any().to_pyarrow().as_py()):
            raise ParamsError(
                f"economic.activities: a term is shared_over a {over}, but no delivery has a {over}_id; map it in "
                "sources.deliveries or leave shared_over out"
            )
    known = delivery_drivers(studied)
    if stop_key != "equal" and stop_key not in known:
        raise ParamsError(
            f"economic.stop_key must be equal or a driver of the deliveries ({', '.join(sorted(known)) or 'none'}); "
            f"got {stop_key!r}"
        )
