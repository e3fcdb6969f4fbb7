"""The economic component in words."""

import pandas as pd

from workbench.economic.margins import FileTotals
from workbench.economic.whale import WhaleCurve
from workbench.economic.workload import StudyPeriod
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline

# A sign is called sure from this probability on.
SURE = 0.95

STEPS = {
    "unreadable_rows": "unreadable rows",
    "duplicates": "duplicates",
    "orphan_deliveries": "orphan deliveries",
    "outside_period": "rows outside the period",
    "credit_notes_matched": "credit notes matched to their invoice",
    "credit_notes_unmatched": "credit notes without their invoice",
    "missing_booked_margins": "missing booked margins",
    "implausible_booked_margins": "implausible booked margins",
    "standard_costs_replaced": "standard costs replaced by activity costs",
    "unused_capacity": "unused capacity",
    "overdriven_capacity": "overdriven capacity",
    "sustaining_costs": "sustaining costs",
    "books_beyond_files": "what the books hold beyond the files",
}


def margin_headline(
    margins: pd.DataFrame, whale: WhaleCurve, bridge: pd.DataFrame, *, n_months: int, unit: str
) -> Headline:
    """The answer of the margin chapter: what the clientele earns, who gives it away again, how sure."""
    booked, reached = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    retreated = margins["margin_origin"].eq("time-driven ABC").any()
    earned = short_money(whale.peak_eur, unit)
    answer = (
        f"{counted(whale.peak_rank, 'client')} of {number(whale.n_customers)} earn {earned}; "
        f"{number(whale.n_negative)} take {short_money(whale.lost_eur, unit)} of it away, and "
        f"{short_money(whale.total_eur, unit)} is left, over {counted(n_months, 'month')}"
        f"{'' if retreated else ', as booked'}."
    )
    note, apart = f"{short_money(booked, unit)} as booked", round(reached - whale.total_eur, 2)
    if apart:
        note += f"; {short_money(apart, unit)} of it is no client's"
    sure = "as booked, without an interval"
    if margins["p_negative_margin"].notna().any():
        n_sure = number(margins["p_negative_margin"].ge(SURE).sum())
        sure = f"{n_sure} of them with {share(SURE, 0)} probability or more"
    return Headline(
        answer,
        (
            Card("Company margin, retreated" if retreated else "Margin, as booked", short_money(reached, unit), note),
            Card("Clients with a negative margin", number(whale.n_negative), sure),
            Card("Margin at the peak", short_money(whale.peak_eur, unit), _peak(whale)),
            Card("Lost after the peak", short_money(whale.lost_eur, unit), f"by {counted(whale.n_negative, 'client')}"),
        ),
    )


def say_period(period: StudyPeriod, files: FileTotals, *, unit: str) -> Finding:
    """What the margins rest on: months, deliveries and revenue."""
    return Finding(
        f"The study period is {counted(period.n_months, 'month')}, from {period.first_month:%B %Y} to "
        f"{period.last_month:%B %Y}: {counted(files.n_deliveries, 'delivery', 'deliveries')} and their credit notes, "
        f"{short_money(files.revenue_cents / 100, unit)} of revenue."
    )


def say_origin(margins: pd.DataFrame) -> Finding:
    """Whether margins are retreated or as booked, and what that means."""
    if margins["margin_origin"].eq("time-driven ABC").any():
        return Finding(
            "Margins are retreated by time-driven ABC: minutes by activity, priced at what each department's capacity "
            "cost. The practical margin carries the minutes used; the full margin also carries unused capacity and "
            "sustaining costs."
        )
    return Finding(
        "This study has no time equations and no ledger to price them, so margins are booked margins: they say nothing "
        "about what clients consume beyond the costs booked on their deliveries, and they have no interval.",
        tone="warning",
    )


def say_bridge(bridge: pd.DataFrame, *, unit: str) -> Finding:
    """Where the bridge starts and ends, and its largest steps."""
    steps = bridge.iloc[1:-1]
    largest = steps.reindex(steps["amount_eur"].abs().sort_values(ascending=False).index).head(3)
    moved = "; ".join(
        f"{STEPS[row.step]} {'+' if row.amount_eur > 0 else ''}{short_money(row.amount_eur, unit)}"
        for row in largest.itertuples()
        if row.amount_eur
    )
    return Finding(
        f"The files book a margin of {short_money(bridge['amount_eur'].iloc[0], unit)} on "
        f"{counted(int(bridge['n_rows'].iloc[0]), 'row')}; {short_money(bridge['amount_eur'].iloc[-1], unit)} is left. "
        + (f"The largest steps: {moved}." if moved else "No correction moved it.")
    )


def say_pools(pools: pd.DataFrame, *, unit: str) -> Finding:
    """How much capacity stood idle, where most, and which pools worked beyond it."""
    if pools["capacity_minutes"].isna().all():
        return Finding(
            "No capacity is known, so no cost per minute and no unused capacity can be shown.", tone="warning"
        )
    sums = pools.groupby("pool")[["pool_eur", "idle_eur", "overdriven_eur"]].sum()
    worst = sums["idle_eur"].idxmax()
    spent, idle = sums["pool_eur"].sum(), sums["idle_eur"].sum()
    over = pools[pools["overdriven_eur"].gt(0)]
    beyond = (
        f" Beyond practical capacity: {counted(len(over), 'pool-month')}, worth "
        f"{short_money(over['overdriven_eur'].sum(), unit)} ({', '.join(sorted(over['pool'].unique()))})."
        if len(over)
        else " No pool worked beyond its practical capacity."
    )
    return Finding(
        f"Of {short_money(spent, unit)} spent on departments, {short_money(idle, unit)} ({share(idle / spent)}) paid "
        f"for capacity nobody used, most of it in {worst} "
        f"({short_money(sums.loc[worst, 'idle_eur'], unit)}).{beyond}"
    )


def say_whale(whale: WhaleCurve, *, unit: str) -> Finding:
    """The whale curve in a sentence."""
    lost = f"{counted(whale.n_negative, 'client')} lose {short_money(whale.lost_eur, unit)}"
    return Finding(
        f"The {counted(whale.peak_rank, 'best client')} alone earn {short_money(whale.peak_eur, unit)}, "
        f"{_peak(whale)}; {lost}."
    )


def say_uncertainty(margins: pd.DataFrame) -> Finding:
    """For how many clients the sign of the margin is sure."""
    active = margins[margins["n_deliveries"].gt(0) & margins["p_negative_margin"].notna()]
    if active.empty:
        return Finding(
            "Booked margins have no interval: how wrong they may be cannot be told from the files.", tone="warning"
        )
    losing = int(active["p_negative_margin"].ge(SURE).sum())
    earning = int(active["p_negative_margin"].le(1 - SURE).sum())
    open_ = len(active) - losing - earning
    return Finding(
        f"Given how uncertain the minutes are (assumption A11), {counted(earning, 'client')} of {number(len(active))} "
        f"earn money and {number(losing)} lose money with a probability of at least {share(SURE, 0)}; for "
        f"{number(open_)} the sign is open."
    )


def axis_table(axis_margin: pd.DataFrame, axis: str) -> pd.DataFrame:
    """The rows of one axis of the table `axis_margin`, its values under the axis' own name."""
    return axis_margin[axis_margin["axis"].eq(axis)].drop(columns="axis").rename(columns={"value": axis})


def say_axis(table: pd.DataFrame, axis: str, *, label: str, unit: str) -> Finding:
    """The best and the worst value of an axis by full margin."""
    if table.empty:
        return Finding(f"The files do not tell the {label}.", tone="warning")
    ranked = table.sort_values("full_margin_eur", ascending=False)
    best, worst = ranked.iloc[0], ranked.iloc[-1]
    losing = int(table["full_margin_eur"].lt(0).sum())
    return Finding(
        f"By {label}, {best[axis]} earns most ({short_money(best['full_margin_eur'], unit)}) and {worst[axis]} least "
        f"({short_money(worst['full_margin_eur'], unit)}); {number(losing)} of {number(len(table))} lose money in full."
    )


def say_reconciliation(table: pd.DataFrame) -> Finding:
    """That every axis is the company's margin to the cent (a run where one is not has already stopped)."""
    against = "ledger" if table["reference"].eq("ledger").any() else "accepted rows (there is no ledger)"
    axes = counted(table["axis"].nunique(), "axis", "axes")
    return Finding(
        f"{counted(len(table), 'sum')} on {axes} checked against the {against}: "
        f"the largest difference is {number(table['difference_eur'].abs().max(), 2)}."
    )


def _peak(whale: WhaleCurve) -> str:
    return (
        "no share: the total is not positive"
        if whale.peak_share is None
        else f"{share(whale.peak_share)} of what is left"
    )
