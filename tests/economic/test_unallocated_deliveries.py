"""Deliveries accepted without a customer: costed like the others, borne by no client, and nothing is lost."""

from datetime import date

import numpy as np
import pytest
from company import ACTIVITIES, as_checked, random_company
from costed import Costed, costed

from workbench import economic
from workbench.tables.empty import empty_table


@pytest.fixture(scope="module")
def with_orphans() -> Costed:
    """The usual company, every seventh delivery without its customer."""
    frames = random_company()
    frames["deliveries"].loc[::7, "customer_id"] = None
    return costed({name: as_checked(frame, name) for name, frame in frames.items()}, ACTIVITIES)


def test_every_axis_closes_with_the_unallocated_on_its_line(with_orphans, whole):
    assert (with_orphans.reconciliation["difference_eur"] == 0).all()

    def apart(result):
        return result.reconciliation.set_index(["margin", "axis"])["not_attributable_eur"][("practical", "customer")]

    cells = with_orphans.by_customer.cells
    unallocated = cells.loc[cells["customer_id"].isna(), "practical_cents"].sum() / 100
    assert unallocated > 100
    assert apart(with_orphans) - apart(whole) == pytest.approx(unallocated, abs=1000)
    assert apart(with_orphans) != apart(whole)


def test_only_clients_have_margins_and_intervals(with_orphans):
    margins = with_orphans.margins
    assert margins["customer_id"].notna().all()
    active = margins[margins["n_deliveries"] > 0]
    assert (active["full_margin_low_eur"] <= active["full_margin_eur"]).all()
    assert (active["full_margin_eur"] <= active["full_margin_high_eur"]).all()


def test_each_delivery_has_its_margin(with_orphans):
    rows = economic.delivery_margins(with_orphans.studied, with_orphans.by_customer, with_orphans.sharing).to_pandas()
    cells = with_orphans.by_customer.cells
    assert rows["customer_id"].isna().sum() > 0
    assert not rows["full_margin_eur"].isna().any()
    unallocated = rows.loc[rows["customer_id"].isna(), "revenue_eur"].sum()
    assert np.isclose(unallocated, cells.loc[cells["customer_id"].isna(), "revenue_cents"].sum() / 100)


def test_the_last_year_is_of_clients_only(with_orphans):
    period = economic.study_period(
        with_orphans.studied, empty_table("ledger"), start_on=date(2024, 1, 1), as_of=date(2024, 3, 31)
    )
    year = economic.last_year(with_orphans.studied, with_orphans.by_customer, ACTIVITIES, period)
    assert year.sales["customer_id"].notna().all() and year.clients["customer_id"].notna().all()
    cells = with_orphans.by_customer.cells
    named = cells.loc[cells["customer_id"].notna(), "revenue_cents"].sum() / 100
    assert year.sales["revenue_eur"].sum() == pytest.approx(named, abs=0.005)
