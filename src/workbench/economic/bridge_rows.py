"""The rows behind each step of the margin bridge, the credit notes one by one, and the booked costs that stand out."""

import ibis
import pandas as pd

from workbench.economic.allocation import Allocation, sustaining_cents
from workbench.economic.bridge import STATE_STEPS, margin_is_mapped, marked_rows, step_of_rule
from workbench.economic.pools import Books, PoolCosts
from workbench.economic.workload import Workload

ROW_SCHEMA = {
    "step": "string", "file": "string", "row": "int64", "delivery_id": "string", "customer_id": "string",
    "month": "date", "pool": "string", "booked_eur": "float64", "corrected_eur": "float64", "moved_eur": "float64",
}  # fmt: skip
MAD_TO_SIGMA = 1.4826


def bridge_rows(
    deliveries: ibis.Table,
    studied: ibis.Table,
    quarantined: ibis.Table,
    by_customer: Allocation,
    workload: Workload,
    costs: PoolCosts,
    books: Books,
) -> ibis.Table:
    """The table `bridge_rows`, as an expression: what each step of the bridge moved, row by row.

    Parameters: deliveries, all accepted rows; studied, those of `period_deliveries`; quarantined, file, row, rule and
    amounts of the rows set aside; by_customer and workload at customer × month; costs and books.
    Returns: step and what the row is: file and row (set aside), delivery_id and customer_id (credit notes, booked
    margins replaced, outside the period), customer_id (standard costs replaced), month and pool (idle, overdriven),
    month (sustaining, books beyond the files); booked_eur, corrected_eur, moved_eur (corrected - booked).
    A step's moved_eur sum to its amount in the bridge, but for the cents that amounts of more than two decimals leave.
    """
    mapped = margin_is_mapped(deliveries)
    parts = [
        _set_aside(quarantined, mapped),
        _outside(deliveries, studied, mapped),
        _corrected(deliveries, studied, mapped),
        ibis.memtable(_beyond_rows(by_customer, workload, costs, books), schema=ROW_SCHEMA),
    ]
    return ibis.union(*(_as_rows(part) for part in parts))


def credit_notes(deliveries: ibis.Table, studied: ibis.Table, *, late_days: int) -> ibis.Table:
    """The table `credit_notes`, as an expression: every credit note of the period beside the invoice it credits.

    Parameters: deliveries, all accepted rows, among which the invoice is looked for (same customer, document =
    credited document); studied; late_days, after how many days a note is late.
    Returns: delivery_id, customer_id, document_id, credited_document_id, delivered_on, credited_eur (positive),
    invoiced_eur (null where unmatched), kind (full, partial, above the invoice, unmatched), n_days_after (the last
    delivery of the invoice), late (false where unmatched), credited_share of the invoice.
    Notes: a note of the exact amount of its invoice, give or take half a cent, is full. An invoice may have several
    deliveries; a note that takes back one of them is partial.
    """
    worked = deliveries.filter(deliveries.document_id.notnull() & deliveries.credited_document_id.isnull())
    invoices = worked.group_by(["customer_id", "document_id"]).aggregate(
        invoiced_eur=worked.revenue_eur.sum().cast("float64"), invoiced_on=worked.delivered_on.max()
    )
    notes = studied.filter(studied.credit_note)
    both = notes.left_join(
        invoices,
        [notes.customer_id == invoices.customer_id, notes.credited_document_id == invoices.document_id],
        rname="of_{name}",
    )
    credited = -both.revenue_eur.cast("float64")
    days = both.delivered_on.delta(both.invoiced_on, unit="day")
    kind = ibis.cases(
        (both.invoiced_eur.isnull(), "unmatched"),
        (credited > both.invoiced_eur + 0.005, "above the invoice"),
        (credited > both.invoiced_eur - 0.005, "full"),
        else_="partial",
    )
    return both.select(
        "delivery_id", "customer_id", "document_id", "credited_document_id", "delivered_on", "invoiced_eur",
        credited_eur=credited, kind=kind, n_days_after=days, late=(days > late_days).fill_null(False),
        credited_share=credited / both.invoiced_eur.nullif(0.0),
    ).order_by("delivered_on", "delivery_id")  # fmt: skip


def booked_cost_outliers(studied: ibis.Table, *, score: float) -> ibis.Table:
    """The table `booked_cost_outliers`, as an expression: booked costs that the rule or the robust test doubts.

    Parameters: studied, from `period_deliveries`; score, robust standard deviations beyond which a cost stands out.
    Returns: delivery_id, customer_id, product, delivered_on, revenue_eur, booked_margin_eur, cost_share (booked cost /
    revenue), robust_score (null where the share is not above 0 or the product's shares do not vary), by_rule, by_test.
    Notes: the score is (log share - its product's median) / (1.4826 · median absolute deviation), after Iglewicz &
    Hoaglin (1993). Only the rule replaces a booked margin; the test lists what it finds (assumption A16).
    """
    known = studied.filter(studied.booked_state.isin(["booked", "implausible"]) & (studied.revenue_eur > 0))
    share = (known.revenue_eur - known.booked_margin_eur).cast("float64") / known.revenue_eur.cast("float64")
    known = known.mutate(cost_share=share, log_share=ibis.ifelse(share > 0, share, None).ln(), of=known.product)
    known = known.mutate(of=known.of.fill_null(""))
    medians = known.group_by("of").aggregate(middle=known.log_share.median())
    around = known.join(medians, "of").mutate(apart=lambda t: (t.log_share - t.middle).abs())
    spread = around.group_by("of").aggregate(spread=around.apart.median() * MAD_TO_SIGMA)
    scored = around.join(spread, "of").mutate(
        robust_score=lambda t: (t.log_share - t.middle) / t.spread.nullif(0.0),
        by_rule=lambda t: t.booked_state == "implausible",
    )
    tested = scored.mutate(by_test=(scored.robust_score.abs() > score).fill_null(False))
    return (
        tested.filter(tested.by_rule | tested.by_test)
        .select(
            "delivery_id", "customer_id", "product", "delivered_on", "cost_share", "robust_score", "by_rule", "by_test",
            revenue_eur=tested.revenue_eur.cast("float64"), booked_margin_eur=tested.booked_margin_eur.cast("float64"),
        )
        .order_by("delivery_id")
    )  # fmt: skip


def _set_aside(quarantined: ibis.Table, mapped: bool) -> ibis.Table:
    step = ibis.cases(
        *((quarantined.rule == rule, step_of_rule(rule)) for rule in ("duplicate_key", "after_as_of")),
        (quarantined.rule.startswith("unknown_"), step_of_rule("unknown_")),
        else_=step_of_rule("unreadable_value"),
    )
    booked = _booked(quarantined, mapped)
    return quarantined.select("file", "row", step=step, booked_eur=booked, corrected_eur=ibis.literal(0.0))


def _outside(deliveries: ibis.Table, studied: ibis.Table, mapped: bool) -> ibis.Table:
    # The period is one of days: a number may be that of a delivery outside and of the credit note inside.
    left = deliveries.anti_join(studied, "delivered_on")
    return left.select(
        "delivery_id", "customer_id", step=ibis.literal("outside_period"), booked_eur=_booked(left, mapped),
        corrected_eur=ibis.literal(0.0),
    )  # fmt: skip


def _corrected(deliveries: ibis.Table, studied: ibis.Table, mapped: bool) -> ibis.Table:
    marked = marked_rows(deliveries, studied, mapped=mapped)
    touched = marked.filter(marked.state.isin(list(STATE_STEPS)))
    return touched.select(
        "delivery_id", "customer_id", step=touched.state.cases(*STATE_STEPS.items()),
        booked_eur=touched.booked.fill_null(0).cast("float64"), corrected_eur=touched.margin_eur.cast("float64"),
    )  # fmt: skip


def _beyond_rows(by_customer: Allocation, workload: Workload, costs: PoolCosts, books: Books) -> pd.DataFrame:
    """The steps that are about clients, pools and months; of booked margins only what the books hold beyond them."""
    if costs.activities.empty:
        beyond = books.margin_cents - int(by_customer.cells["full_cents"].sum()) if books.in_use else 0
        rows = _moved("books_beyond_files", pd.DataFrame({"moved": [beyond]}))
        return _plain(rows[rows["corrected_eur"].ne(0)])
    cells = by_customer.cells.assign(margin_micro=workload.cells["margin_micro"])
    clients = cells.groupby("customer_id")[["margin_micro", "practical_cents"]].sum().reset_index()
    parts = [
        pd.DataFrame(
            {
                "step": "standard_costs_replaced",
                "customer_id": clients["customer_id"],
                "booked_eur": clients["margin_micro"] / 1e6,
                "corrected_eur": clients["practical_cents"] / 100,
            }
        )
    ]
    unborne = -int(by_customer.elsewhere["used"])
    if unborne:
        parts.append(_moved("standard_costs_replaced", pd.DataFrame({"moved": [unborne]})))
    pools = costs.pools
    for step, part, sign in (("unused_capacity", "idle", -1), ("overdriven_capacity", "overdriven", 1)):
        some = pools[pools[f"{part}_cents"].ne(0)]
        parts.append(_moved(step, some[["month", "pool"]].assign(moved=sign * some[f"{part}_cents"])))
    sustained = sustaining_cents(costs, books)
    parts.append(_moved("sustaining_costs", (-sustained).rename("moved").rename_axis("month").reset_index()))
    booked = books.months.set_index("month")
    contribution = booked["revenue_cents"] - booked["direct_purchases_cents"]
    filed = cells.groupby("month")[["revenue_cents", "direct_purchases_cents"]].sum()
    unassigned = pools.groupby("month")["unassigned_cents"].sum()
    beyond = contribution.sub(filed["revenue_cents"] - filed["direct_purchases_cents"], fill_value=0)
    beyond = beyond.sub(unassigned, fill_value=0).rename("moved").rename_axis("month").reset_index()
    parts.append(_moved("books_beyond_files", beyond))
    return pd.concat([_plain(part) for part in parts], ignore_index=True)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    full = rows.reindex(columns=list(ROW_SCHEMA)).astype(object)
    return full.where(full.notna(), None)


def _moved(step: str, rows: pd.DataFrame) -> pd.DataFrame:
    moved = rows["moved"] / 100
    return rows.drop(columns="moved").assign(step=step, booked_eur=0.0, corrected_eur=moved)


def _as_rows(part: ibis.Table) -> ibis.Table:
    full = part.mutate(moved_eur=part.corrected_eur - part.booked_eur)
    return full.select(
        **{name: (full[name] if name in full.columns else ibis.null()).cast(kind) for name, kind in ROW_SCHEMA.items()}
    )


def _booked(rows: ibis.Table, mapped: bool) -> ibis.Expr:
    booked = rows.booked_margin_eur if mapped else rows.revenue_eur - rows.direct_purchases_eur.fill_null(0)
    return booked.fill_null(0).cast("float64")
