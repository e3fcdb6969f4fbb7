"""The economic component in words."""

import pandas as pd

from workbench.economic.margins import FileTotals
from workbench.economic.whale import WhaleCurve
from workbench.economic.workload import StudyPeriod
from workbench.language import marked, month_text, said, word
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline

# A sign is called sure from this probability on.
SURE = 0.95

STEPS = {
    "unreadable_rows": marked("unreadable rows"),
    "duplicates": marked("duplicates"),
    "orphan_deliveries": marked("orphan deliveries"),
    "outside_period": marked("rows outside the period"),
    "credit_notes_matched": marked("credit notes matched to their invoice"),
    "credit_notes_unmatched": marked("credit notes without their invoice"),
    "missing_booked_margins": marked("missing booked margins"),
    "implausible_booked_margins": marked("implausible booked margins"),
    "standard_costs_replaced": marked("standard costs replaced by activity costs"),
    "unused_capacity": marked("unused capacity"),
    "overdriven_capacity": marked("overdriven capacity"),
    "sustaining_costs": marked("sustaining costs"),
    "books_beyond_files": marked("what the books hold beyond the files"),
}


def margin_headline(
    margins: pd.DataFrame, whale: WhaleCurve, bridge: pd.DataFrame, *, n_months: int, unit: str
) -> Headline:
    """The answer of the margin chapter: what the clientele earns, who gives it away again, how sure."""
    booked, reached = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    retreated = margins["margin_origin"].eq("time-driven ABC").any()
    earned = short_money(whale.peak_eur, unit)
    values = {
        "earning": counted(whale.peak_rank, "client"),
        "all": number(whale.n_customers),
        "earned": earned,
        "losing": number(whale.n_negative),
        "lost": short_money(whale.lost_eur, unit),
        "left": short_money(whale.total_eur, unit),
        "months": counted(n_months, "month"),
    }
    answer = said(
        "{earning} of {all} earn {earned}; {losing} take {lost} of it away, and {left} is left, over {months}.",
        **values,
    )
    if not retreated:
        answer = said(
            "{earning} of {all} earn {earned}; {losing} take {lost} of it away, and {left} is left, over {months}, "
            "as booked.",
            **values,
        )
    note, apart = said("{amount} as booked", amount=short_money(booked, unit)), round(reached - whale.total_eur, 2)
    if apart:
        note += said("; {amount} of it is no client's", amount=short_money(apart, unit))
    sure = said("as booked, without an interval")
    if margins["p_negative_margin"].notna().any():
        n_sure = number(margins["p_negative_margin"].ge(SURE).sum())
        sure = said("{n} of them with {share} probability or more", n=n_sure, share=share(SURE, 0))
    reached_name = said("Company margin, retreated") if retreated else said("Margin, as booked")
    losers = said("by {clients}", clients=counted(whale.n_negative, "client"))
    return Headline(
        answer,
        (
            Card(reached_name, short_money(reached, unit), note),
            Card(said("Clients with a negative margin"), number(whale.n_negative), sure),
            Card(said("Margin at the peak"), short_money(whale.peak_eur, unit), _peak(whale)),
            Card(said("Lost after the peak"), short_money(whale.lost_eur, unit), losers),
        ),
    )


def say_period(period: StudyPeriod, files: FileTotals, *, unit: str) -> Finding:
    """What the margins rest on: months, deliveries and revenue."""
    return Finding(
        said(
            "The study period is {months}, from {first} to {last}: {deliveries} and their credit notes, {revenue} of "
            "revenue.",
            months=counted(period.n_months, "month"),
            first=month_text(period.first_month),
            last=month_text(period.last_month),
            deliveries=counted(files.n_deliveries, "delivery", "deliveries"),
            revenue=short_money(files.revenue_cents / 100, unit),
        )
    )


def say_origin(margins: pd.DataFrame) -> Finding:
    """Whether margins are retreated or as booked, and what that means."""
    if margins["margin_origin"].eq("time-driven ABC").any():
        return Finding(
            said(
                "Margins are retreated by time-driven ABC: minutes by activity, priced at what each department's "
                "capacity cost. The practical margin carries the minutes used; the full margin also carries unused "
                "capacity and sustaining costs."
            )
        )
    return Finding(
        said(
            "This study has no time equations and no ledger to price them, so margins are booked margins: they say "
            "nothing about what clients consume beyond the costs booked on their deliveries, and they have no interval."
        ),
        tone="warning",
    )


def say_bridge(bridge: pd.DataFrame, *, unit: str) -> Finding:
    """Where the bridge starts and ends, and its largest steps."""
    steps = bridge.iloc[1:-1]
    largest = steps.reindex(steps["amount_eur"].abs().sort_values(ascending=False).index).head(3)
    moved = "; ".join(
        f"{said(STEPS[row.step])} {'+' if row.amount_eur > 0 else ''}{short_money(row.amount_eur, unit)}"
        for row in largest.itertuples()
        if row.amount_eur
    )
    ends = said(
        "The files book a margin of {booked} on {rows}; {left} is left.",
        booked=short_money(bridge["amount_eur"].iloc[0], unit),
        rows=counted(int(bridge["n_rows"].iloc[0]), "row"),
        left=short_money(bridge["amount_eur"].iloc[-1], unit),
    )
    steps = said("The largest steps: {steps}.", steps=moved) if moved else said("No correction moved it.")
    return Finding(f"{ends} {steps}")


def say_pools(pools: pd.DataFrame, *, unit: str) -> Finding:
    """How much capacity stood idle, where most, and which pools worked beyond it."""
    if pools["capacity_minutes"].isna().all():
        return Finding(
            said("No capacity is known, so no cost per minute and no unused capacity can be shown."), tone="warning"
        )
    sums = pools.groupby("pool")[["pool_eur", "idle_eur", "overdriven_eur"]].sum()
    worst = sums["idle_eur"].idxmax()
    spent, idle = sums["pool_eur"].sum(), sums["idle_eur"].sum()
    over = pools[pools["overdriven_eur"].gt(0)]
    beyond = said("No pool worked beyond its practical capacity.")
    if len(over):
        beyond = said(
            "Beyond practical capacity: {months}, worth {amount} ({pools}).",
            months=counted(len(over), "pool-month"),
            amount=short_money(over["overdriven_eur"].sum(), unit),
            pools=", ".join(sorted(over["pool"].unique())),
        )
    paid = said(
        "Of {spent} spent on departments, {idle} ({share}) paid for capacity nobody used, most of it in {worst} "
        "({most}).",
        spent=short_money(spent, unit),
        idle=short_money(idle, unit),
        share=share(idle / spent),
        worst=worst,
        most=short_money(sums.loc[worst, "idle_eur"], unit),
    )
    return Finding(f"{paid} {beyond}")


def say_whale(whale: WhaleCurve, *, unit: str) -> Finding:
    """The whale curve in a sentence."""
    return Finding(
        said(
            "The {best} alone earn {peak}, {share}; {losing} lose {lost}.",
            best=counted(whale.peak_rank, "best client"),
            peak=short_money(whale.peak_eur, unit),
            share=_peak(whale),
            losing=counted(whale.n_negative, "client"),
            lost=short_money(whale.lost_eur, unit),
        )
    )


def say_uncertainty(margins: pd.DataFrame) -> Finding:
    """For how many clients the sign of the margin is sure."""
    active = margins[margins["n_deliveries"].gt(0) & margins["p_negative_margin"].notna()]
    if active.empty:
        return Finding(
            said("Booked margins have no interval: how wrong they may be cannot be told from the files."),
            tone="warning",
        )
    losing = int(active["p_negative_margin"].ge(SURE).sum())
    earning = int(active["p_negative_margin"].le(1 - SURE).sum())
    open_ = len(active) - losing - earning
    return Finding(
        said(
            "Given how uncertain the minutes are (assumption A11), {earning} of {all} earn money and {losing} lose "
            "money with a probability of at least {share}; for {open} the sign is open.",
            earning=counted(earning, "client"),
            all=number(len(active)),
            losing=number(losing),
            share=share(SURE, 0),
            open=number(open_),
        )
    )


def axis_table(axis_margin: pd.DataFrame, axis: str) -> pd.DataFrame:
    """The rows of one axis of the table `axis_margin`, its values under the axis' own name."""
    return axis_margin[axis_margin["axis"].eq(axis)].drop(columns="axis").rename(columns={"value": axis})


def say_axis(table: pd.DataFrame, axis: str, *, label: str, unit: str) -> Finding:
    """The best and the worst value of an axis by full margin."""
    if table.empty:
        return Finding(said("The files do not tell the {axis}.", axis=word(label)), tone="warning")
    ranked = table.sort_values("full_margin_eur", ascending=False)
    best, worst = ranked.iloc[0], ranked.iloc[-1]
    losing = int(table["full_margin_eur"].lt(0).sum())
    return Finding(
        said(
            "By {axis}, {best} earns most ({most}) and {worst} least ({least}); {losing} of {all} lose money in full.",
            axis=word(label),
            best=best[axis],
            most=short_money(best["full_margin_eur"], unit),
            worst=worst[axis],
            least=short_money(worst["full_margin_eur"], unit),
            losing=number(losing),
            all=number(len(table)),
        )
    )


def say_reconciliation(table: pd.DataFrame) -> Finding:
    """That every axis is the company's margin to the cent (a run where one is not has already stopped)."""
    values = {
        "sums": counted(len(table), "sum"),
        "axes": counted(table["axis"].nunique(), "axis", "axes"),
        "difference": number(table["difference_eur"].abs().max(), 2),
    }
    if table["reference"].eq("ledger").any():
        text = said("{sums} on {axes} checked against the ledger: the largest difference is {difference}.", **values)
    else:
        text = said(
            "{sums} on {axes} checked against the accepted rows (there is no ledger): the largest difference is "
            "{difference}.",
            **values,
        )
    return Finding(text)


def _peak(whale: WhaleCurve) -> str:
    return (
        said("no share: the total is not positive")
        if whale.peak_share is None
        else said("{share} of what is left", share=share(whale.peak_share))
    )
