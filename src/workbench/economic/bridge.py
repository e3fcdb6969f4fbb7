"""The bridge from the margin as booked to the margin as retreated, one step per correction, closed to the cent."""

from dataclasses import dataclass

import ibis
import pandas as pd

from workbench.economic.allocation import sustaining_cents
from workbench.economic.cents import half_up_cents, in_millionths, rounded_cents
from workbench.economic.margins import FileTotals
from workbench.economic.pools import Books, PoolCosts
from workbench.errors import BooksDoNotClose

STATE_STEPS = {
    "credit_note_matched": "credit_notes_matched",
    "credit_note_unmatched": "credit_notes_unmatched",
    "missing": "missing_booked_margins",
    "implausible": "implausible_booked_margins",
}


@dataclass(frozen=True)
class BookedRows:
    """The deliveries as the margin file has them: where they went and what was booked on them.

    quarantined: rule, n_rows, booked_cents, one row per rule. outside: rows and cents outside the study period.
    corrected: booked_state, n_rows, booked_cents, margin_cents (after correction), one row per state.
    """

    quarantined: pd.DataFrame
    outside_rows: int
    outside_cents: int
    corrected: pd.DataFrame

    @property
    def by_state(self) -> pd.DataFrame:
        """The studied rows by what their booked margin is worth: state, n_rows, booked_eur, corrected_eur."""
        table = self.corrected.rename_axis("booked_state").reset_index()
        euros = {"booked_margin_eur": table["booked_cents"] / 100, "corrected_margin_eur": table["margin_cents"] / 100}
        return table.assign(booked_state=table["booked_state"].str.replace("_", " "), **euros).drop(
            columns=["booked_cents", "margin_cents"]
        )


def booked_rows(deliveries: ibis.Table, studied: ibis.Table, quarantine_summary: pd.DataFrame) -> BookedRows:
    """Count and sum the booked margin of every row read, by what became of the row.

    Parameters: deliveries, all accepted rows; studied, those of `period_deliveries`; quarantine_summary, the intake's
    table. Returns: BookedRows, int64 cents. Notes: a credit note is matched when an accepted row of the same customer
    carries the document it credits. Where no booked margin is mapped, revenue less direct purchases stands for it.
    """
    mapped = margin_is_mapped(deliveries)
    everything = deliveries.aggregate(n=deliveries.count(), micro=_micro(_booked(deliveries, mapped)))
    inside = studied.aggregate(n=studied.count(), micro=_micro(_booked(studied, mapped)))
    everything, inside = (table.to_pyarrow().to_pylist()[0] for table in (everything, inside))

    marked = marked_rows(deliveries, studied, mapped=mapped)
    corrected = (
        marked.group_by("state")
        .aggregate(n_rows=marked.count(), booked=_micro(marked.booked), margin=_micro(marked.margin_eur))
        .order_by("state")
        .to_pandas()
        .set_index("state")
    )
    cents = corrected[["booked", "margin"]].apply(lambda micro: rounded_cents(micro.to_numpy()))
    corrected = corrected[["n_rows"]].join(cents.add_suffix("_cents"))

    of_deliveries = quarantine_summary[quarantine_summary["table"].eq("deliveries")].copy()
    booked = of_deliveries["booked_margin_eur"]
    if not mapped:
        booked = of_deliveries["revenue_eur"] - of_deliveries["direct_purchases_eur"].fillna(0)
    of_deliveries["booked_cents"] = (booked.fillna(0) * 100).round().astype("int64")
    return BookedRows(
        quarantined=of_deliveries[["rule", "n_rows", "booked_cents"]].reset_index(drop=True),
        outside_rows=int(everything["n"] - inside["n"]),
        outside_cents=half_up_cents(int(everything["micro"] - inside["micro"])),
        corrected=corrected,
    )


def step_of_rule(rule: str) -> str:
    """The step of the bridge that a quarantined row belongs to, by the rule it broke."""
    if rule == "duplicate_key":
        return "duplicates"
    if rule == "after_as_of":
        return "outside_period"
    return "orphan_deliveries" if rule.startswith("unknown_") else "unreadable_rows"


def margin_is_mapped(deliveries: ibis.Table) -> bool:
    """Whether the client's files book a margin at all."""
    return bool(deliveries.booked_margin_eur.notnull().any().to_pyarrow().as_py())


def marked_rows(deliveries: ibis.Table, studied: ibis.Table, *, mapped: bool) -> ibis.Table:
    """The studied rows with their state and the margin booked on them (columns state, booked)."""
    invoiced = deliveries.document_id.notnull() & deliveries.credited_document_id.isnull()
    invoices = deliveries.filter(invoiced).select(customer_id="customer_id", credited_document_id="document_id")
    invoices = invoices.distinct().mutate(invoice_known=True)
    joined = studied.left_join(invoices, ["customer_id", "credited_document_id"])
    state = ibis.ifelse(
        joined.booked_state == "credit_note",
        ibis.ifelse(joined.invoice_known.fill_null(False), "credit_note_matched", "credit_note_unmatched"),
        ibis.literal("booked") if not mapped else joined.booked_state,
    )
    return joined.mutate(state=state, booked=_booked(joined, mapped))


def margin_bridge(booked: BookedRows, costs: PoolCosts, books: Books, files: FileTotals) -> pd.DataFrame:
    """The table `margin_bridge`: from all rows read to the company's margin, in the fixed order of steps.

    Returns: step, n_rows, amount_eur, running_eur (the margin after the step). The first row is the booked margin of
    all rows read, the last the margin reached; a step is there only where the study has what it corrects with.
    Raises: BooksDoNotClose where the steps do not lead to the company's margin.
    """
    rules = booked.quarantined.set_index("rule")
    places = {rule: step_of_rule(rule) for rule in rules.index}
    removed = {
        step: _removed(rules, [rule for rule, place in places.items() if place == step])
        for step in ("unreadable_rows", "duplicates", "orphan_deliveries", "outside_period")
    }
    late_rows, late_cents = removed.pop("outside_period")
    steps = [
        *((step, *moved) for step, moved in removed.items()),
        ("outside_period", booked.outside_rows + late_rows, late_cents - booked.outside_cents),
    ]
    for state, step in STATE_STEPS.items():
        row = booked.corrected.reindex([state]).fillna(0).astype("int64").iloc[0]
        steps.append((step, int(row["n_rows"]), int(row["margin_cents"] - row["booked_cents"])))

    start = int(booked.corrected["booked_cents"].sum() + booked.outside_cents + rules["booked_cents"].sum())
    n_read = int(booked.corrected["n_rows"].sum() + booked.outside_rows + rules["n_rows"].sum())
    n_studied = int(booked.corrected["n_rows"].sum())
    corrected = int(booked.corrected["margin_cents"].sum())
    company = files.margin_cents
    if not costs.activities.empty:
        pools = costs.pools[["used_cents", "idle_cents", "overdriven_cents", "unassigned_cents"]].sum().astype("int64")
        contribution = files.revenue_cents - files.direct_purchases_cents
        steps.append(("standard_costs_replaced", n_studied, contribution - int(pools["used_cents"]) - corrected))
        steps.append(("unused_capacity", 0, -int(pools["idle_cents"])))
        steps.append(("overdriven_capacity", 0, int(pools["overdriven_cents"])))
        steps.append(("sustaining_costs", 0, -int(sustaining_cents(costs, books).sum())))
        months = books.months[["revenue_cents", "direct_purchases_cents"]].sum().astype("int64")
        beyond = int(months.iloc[0] - months.iloc[1]) - contribution - int(pools["unassigned_cents"])
        steps.append(("books_beyond_files", 0, beyond))
        company = books.margin_cents
    elif books.in_use:
        steps.append(("books_beyond_files", 0, books.margin_cents - files.margin_cents))
        company = books.margin_cents

    table = pd.DataFrame(
        [("booked_margin", n_read, start), *steps, ("retreated_margin", n_studied, company)],
        columns=["step", "n_rows", "cents"],
    )
    running = table["cents"].cumsum().where(table.index < len(table) - 1, company)
    if running.iloc[-2] != company:
        raise BooksDoNotClose(
            f"the margin bridge misses the company's margin by {(running.iloc[-2] - company) / 100:.2f}"
        )
    return pd.DataFrame(
        {
            "step": table["step"],
            "n_rows": table["n_rows"],
            "amount_eur": table["cents"] / 100,
            "running_eur": running / 100,
        }
    )


def _removed(rules: pd.DataFrame, names: list[str]) -> tuple[int, int]:
    return int(rules.loc[names, "n_rows"].sum()), -int(rules.loc[names, "booked_cents"].sum())


def _booked(rows: ibis.Table, mapped: bool) -> ibis.Expr:
    return rows.booked_margin_eur if mapped else rows.revenue_eur - rows.direct_purchases_eur.fill_null(0)


def _micro(amount: ibis.Expr) -> ibis.Expr:
    return in_millionths(amount.sum()).fill_null(0)
