"""The last year by client, product and zone: its money is that of the margins, orders and accounts included."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import costed

from workbench import economic
from workbench.economic.workload import StudyPeriod

PERIOD = StudyPeriod(date(2024, 1, 1), date(2024, 3, 1))


def test_sales_and_accounts_add_up_to_the_margins_of_the_clients(whole):
    year = economic.last_year(whole.studied, whole.by_customer, ACTIVITIES, PERIOD)
    cells = whole.by_customer.cells
    sums = cells.groupby("customer_id")[["revenue_cents", "direct_purchases_cents", "used_cents"]].sum() / 100
    own = year.sales.groupby("customer_id")[["revenue_eur", "direct_purchases_eur", "activity_cost_eur"]].sum()
    upkeep = year.clients.set_index("customer_id")["account_cost_eur"]
    assert own["revenue_eur"].to_numpy() == pytest.approx(sums.loc[own.index, "revenue_cents"].to_numpy(), abs=0.03)
    assert own["direct_purchases_eur"].sum() == pytest.approx(sums["direct_purchases_cents"].sum(), abs=0.2)
    cost = own["activity_cost_eur"] + upkeep.reindex(own.index)
    known = sums.loc[own.index, "used_cents"]
    assert cost.to_numpy() == pytest.approx(known.to_numpy(), abs=0.02)
    assert (
        year.clients["n_months"].between(1, 3).all() and year.sales["n_deliveries"].sum() == cells["n_deliveries"].sum()
    )


def test_an_account_s_work_is_that_of_level_customer_only(whole):
    year = economic.last_year(whole.studied, whole.by_customer, ACTIVITIES, PERIOD)
    names = [activity.activity for activity in ACTIVITIES if activity.level == "customer"]
    cents = whole.by_customer.used_by_activity[names].sum(axis=1).groupby(whole.by_customer.cells["customer_id"]).sum()
    upkeep = year.clients.set_index("customer_id")["account_cost_eur"]
    assert upkeep.to_numpy() == pytest.approx(cents.reindex(upkeep.index).to_numpy() / 100)


def test_booked_margins_are_cost_too(whole):
    """Without time equations what the booked margin leaves of revenue and purchases is the work."""
    booked = whole.by_customer.__class__(whole.by_customer.cells, pd.DataFrame(index=whole.by_customer.cells.index),
                                        whole.by_customer.elsewhere)  # fmt: skip
    year = economic.last_year(whole.studied, booked, [], PERIOD)
    rows = whole.studied.to_pandas()
    margin = rows["margin_eur"].astype(float).sum()
    own = year.sales[["revenue_eur", "direct_purchases_eur", "activity_cost_eur"]].sum()
    assert own["revenue_eur"] - own["direct_purchases_eur"] - own["activity_cost_eur"] == pytest.approx(
        margin, abs=0.01
    )
    assert np.allclose(year.clients["account_cost_eur"], 0)


def test_a_client_that_only_cost_work_is_in_the_year():
    """Twelve clients, one of whom asked and took nothing: the year's money is that of all of them."""
    company = random_company()
    company["interactions"].loc[len(company["interactions"])] = ["C011", date(2024, 2, 1), "claim", 5.0]
    company["deliveries"] = company["deliveries"][company["deliveries"]["customer_id"].ne("C011")]
    whole = costed({name: as_checked(frame, name) for name, frame in company.items()}, ACTIVITIES)
    year = economic.last_year(whole.studied, whole.by_customer, ACTIVITIES, PERIOD)
    own = year.clients.set_index("customer_id").loc["C011"]
    assert own["account_cost_eur"] > 0 and own["n_months"] == 3 and pd.isna(own["last_delivery_on"])
    money = year.sales[["revenue_eur", "direct_purchases_eur", "activity_cost_eur"]].sum()
    margin = money["revenue_eur"] - money["direct_purchases_eur"] - money["activity_cost_eur"]
    margin -= year.clients["account_cost_eur"].sum()
    assert margin == pytest.approx(whole.by_customer.cells["practical_cents"].sum() / 100, abs=0.2)
