"""Stops and rounds are shared whole, by the key of the params."""

from datetime import date

import pandas as pd
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import costed
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import economic
from workbench.errors import ParamsError
from workbench.params import Activity
from workbench.tables.empty import empty_table

DAY, NEXT = date(2024, 1, 10), date(2024, 1, 11)


def round_activity(*terms: dict) -> Activity:
    return Activity.model_validate(
        {"activity": "stopping", "pool": "rounds", "level": "delivery", "equation": list(terms)}
    )


STOP = round_activity({"minutes": 3, "shared_over": "stop"})
ROUND = round_activity({"minutes": 2, "per": "round_km", "shared_over": "round"})


def deliveries(rows: list[tuple]) -> pd.DataFrame:
    columns = ["customer_id", "delivered_on", "round_id", "stop_id", "weight_kg", "revenue_eur"]
    frame = pd.DataFrame(rows, columns=columns).astype({"weight_kg": float, "revenue_eur": float})
    frame["delivery_id"] = [f"D{i}" for i in range(len(frame))]
    return frame.assign(round_km=60.0)


ROWS = [
    ("A", DAY, "R1", "S1", 1, 10),
    ("B", DAY, "R1", "S1", 3, 10),
    ("C", DAY, "R1", "S2", 5, 10),
    ("C", DAY, "R1", "S2", 5, -10),  # a credit note: no work
    ("A", NEXT, "R1", "S1", 0, 10),
    ("B", NEXT, "R1", "S1", 0, 10),
    ("A", DAY, None, None, 2, 10),
]


def shares(rows: list[tuple], *, stop_key: str = "equal", round_key: str = "stops") -> pd.DataFrame:
    table = as_checked(deliveries(rows), "deliveries")
    period = economic.study_period(table, empty_table("ledger"), start_on=None, as_of=date(2024, 1, 31))
    studied = economic.period_deliveries(table, period, cost_share_low=0.0, cost_share_high=3.0)
    shared = economic.stops_and_rounds(studied, [STOP, ROUND], stop_key=stop_key, round_key=round_key)
    return shared.order_by("delivery_id").to_pandas()


def test_a_stop_is_shared_equally_or_by_a_driver():
    assert shares(ROWS)["stop_share"].tolist() == [0.5, 0.5, 1, 0, 0.5, 0.5, 1]
    # Where the key is 0 throughout (the next day's stop), the deliveries share equally.
    assert shares(ROWS, stop_key="weight_kg")["stop_share"].tolist() == [0.25, 0.75, 1, 0, 0.5, 0.5, 1]


def test_a_round_is_shared_by_its_stops_or_by_its_deliveries():
    assert shares(ROWS)["round_share"].tolist() == [0.25, 0.25, 0.5, 0, 0.5, 0.5, 1]
    third = pytest.approx(1 / 3)
    assert shares(ROWS, round_key="deliveries")["round_share"].tolist() == [third, third, third, 0, 0.5, 0.5, 1]


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.sampled_from([DAY, NEXT]),
            st.sampled_from(["R1", "R2", None]),
            st.sampled_from(["S1", "S2", None]),
            st.sampled_from([0, 0, 1, 2.5]),
            st.sampled_from([10, 10, 10, -5]),
        ),
        min_size=1,
        max_size=25,
    ),
    stop_key=st.sampled_from(["equal", "weight_kg"]),
    round_key=st.sampled_from(["stops", "deliveries"]),
)
def test_every_worked_stop_and_round_is_shared_exactly_once(rows, stop_key, round_key):
    rows = [*rows, ("A", DAY, "R1", "S1", 1, 10)]
    found = shares(rows, stop_key=stop_key, round_key=round_key)
    worked = found[found["worked"]]
    keys = ["delivered_on", "round_id", "stop_id"]
    at_stop = worked[worked["stop_id"].notna()]
    assert found["stop_share"].sum() == pytest.approx(
        at_stop.groupby(keys, dropna=False).ngroups + worked["stop_id"].isna().sum()
    )
    on_round = worked[worked["round_id"].notna()]
    assert found["round_share"].sum() == pytest.approx(
        on_round.groupby(keys[:2]).ngroups + worked["round_id"].isna().sum()
    )
    assert found.loc[~found["worked"], ["stop_share", "round_share"]].eq(0).all().all()


def test_the_minutes_of_stops_and_rounds_reach_the_clients_whole():
    frames = random_company()
    rows = deliveries(ROWS).drop(columns=["weight_kg"])
    rows["parcels"] = 1.0
    frames |= {"deliveries": rows, "customers": frames["customers"].assign(customer_id=[*"ABCDEFGHIJKL"])}
    frames["interactions"] = frames["interactions"].head(0)
    tables = {name: as_checked(frame, name) for name, frame in frames.items()}
    both = [STOP, ROUND.model_copy(update={"activity": "driving"})]
    table = tables["deliveries"]
    period = economic.study_period(table, empty_table("ledger"), start_on=None, as_of=date(2024, 1, 31))
    studied = economic.period_deliveries(table, period, cost_share_low=0.0, cost_share_high=3.0)
    shared = economic.stops_and_rounds(studied, both, stop_key="equal", round_key="stops")
    minutes = economic.customer_workload(shared, tables["interactions"], both, period=period)
    by_client = minutes.minutes.set_axis(minutes.cells["customer_id"])
    # Four stops: S1 and S2 of the day, S1 of the next, and the delivery without one; rounds of 60 km at 2 minutes.
    assert by_client["stopping"].to_dict() == pytest.approx({"A": 6.0, "B": 3.0, "C": 3.0})
    assert by_client["driving"].to_dict() == pytest.approx({"A": 30 + 60 + 120, "B": 30 + 60, "C": 60})


def test_deliveries_pass_untouched_where_nothing_is_shared(company):
    studied = costed(company, ACTIVITIES).studied
    assert economic.stops_and_rounds(studied, ACTIVITIES, stop_key="equal", round_key="stops") is studied


def test_sharing_over_stops_that_nobody_names_is_refused(company):
    studied = costed(company, ACTIVITIES).studied
    with pytest.raises(ParamsError, match="shared_over a stop, but no delivery has a stop_id"):
        economic.stops_and_rounds(studied, [STOP], stop_key="equal", round_key="stops")
    with pytest.raises(ParamsError, match="stop_key must be equal or a driver.*round_km, weight_kg.*got 'kilos'"):
        shares(ROWS, stop_key="kilos")


def test_only_deliveries_share_stops():
    with pytest.raises(ValueError, match="'shared_over' is only possible at level delivery"):
        Activity.model_validate(
            {"activity": "a", "pool": "p", "level": "order", "equation": [{"minutes": 1, "shared_over": "stop"}]}
        )
