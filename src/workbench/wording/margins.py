"""The economic component in words."""

import pandas as pd

from workbench.economic.margins import FileTotals
from workbench.economic.whale import WhaleCurve
from workbench.economic.workload import StudyPeriod
from workbench.language import marked, month_text, said, word
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline, Sheet

# A sign is called sure from this probability on.
SURE = 0.95
UNMET = ("activity", "column", "value", "known")


def margin_headline(
    margins: pd.DataFrame, whale: WhaleCurve, bridge: pd.DataFrame, *, n_months: int, unit: str
) -> Headline:
    """The answer of the margin chapter: what the clientele earns, who gives it away again, how sure."""
    booked, reached = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    retreated = _retreated(margins)
    values = {"who": who_earns(whale, unit), "months": counted(n_months, "month")}
    answer = (
        said("{who}, over {months}.", **values) if retreated else said("{who}, over {months}, as booked.", **values)
    )
    note, apart = said("{amount} as booked", amount=short_money(booked, unit)), round(reached - whale.total_eur, 2)
    if apart:
        note += said("; {amount} of it is no client's", amount=short_money(apart, unit))
    sure = said("as booked, without an interval")
    if margins["p_negative_margin"].notna().any():
        n_sure = number(margins["p_negative_margin"].ge(SURE).sum())
        sure = said("{n} of them with {share} probability or more", n=n_sure, share=share(SURE, 0))
    reached_name = said("Company margin, retreated") if retreated else said("Company margin, as booked")
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


def who_earns(whale: WhaleCurve, unit: str) -> str:
    """Who earns and who loses, in a clause that holds for any clientele."""
    peak, lost, total = (short_money(value, unit) for value in (whale.peak_eur, whale.lost_eur, whale.total_eur))
    everyone = counted(whale.n_customers, "client")
    if whale.peak_rank == 0:
        return said("None of {clients} earns anything: together they lose {lost}", clients=everyone, lost=lost)
    if whale.n_negative == 0:
        return said("None of {clients} loses money: together they earn {total}", clients=everyone, total=total)
    return said(
        "The clients with a positive margin ({earning} of {all}) make {peak}, those with a negative one ({losing}) "
        "lose {lost}: the result is {total}",
        earning=number(whale.peak_rank),
        all=number(whale.n_customers),
        peak=peak,
        losing=number(whale.n_negative),
        lost=lost,
        total=total,
    )


def _retreated(margins: pd.DataFrame) -> bool:
    return bool(margins["margin_origin"].eq("time-driven ABC").any())


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


def say_unmet(unmet: pd.DataFrame) -> Finding | None:
    """Conditions of time equations that never hold; None where every condition does."""
    if unmet.empty:
        return None
    conditions = "; ".join(
        said("{activity}: {column} {value} (the deliveries have {known})", **dict(zip(UNMET, row, strict=True)))
        for row in unmet.to_numpy()
    )
    text = said(
        "These conditions of time equations never hold, so their minutes are 0: {conditions}.", conditions=conditions
    )
    return Finding(text, tone="warning")


def say_unpriced(pools: pd.DataFrame, *, unit: str) -> Finding | None:
    """Pool-months whose work or cost has no price; None where every minute used has one."""
    free = pools[pools["used_minutes"].gt(0) & (pools["pool_eur"].eq(0) | ~pools["capacity_minutes"].gt(0))]
    negative = pools[pools["pool_eur"].lt(0)]
    parts = []
    if len(free):
        parts.append(
            said(
                "{months} with {minutes} minutes of work have no cost or no capacity, so this work is free for the "
                "clients and {amount} is nobody's: {pools}.",
                months=counted(len(free), "pool-month"),
                minutes=number(free["used_minutes"].sum()),
                amount=short_money(free["pool_eur"].sum(), unit),
                pools=_first(free),
            )
        )
    if len(negative):
        months = counted(len(negative), "pool-month")
        parts.append(
            said("{months} with a negative cost in the ledger: {pools}.", months=months, pools=_first(negative))
        )
    return Finding(" ".join(parts), tone="warning") if parts else None


def _first(pool_months: pd.DataFrame, most: int = 6) -> str:
    named = ", ".join(f"{row.pool} {row.month:%Y-%m}" for row in pool_months.head(most).itertuples())
    return said("{names} and others", names=named) if len(pool_months) > most else named


def say_books_set_aside(summary: pd.DataFrame) -> Finding | None:
    """Rows of the ledger or of capacity that intake set aside; None where there are none."""
    rows = summary[summary["table"].isin(["ledger", "capacity"])]
    if rows.empty:
        return None
    named = "; ".join(f"{word(r.table)}, {word(r.rule)}: {counted(r.n_rows, 'row')}" for r in rows.itertuples())
    text = said("The books are not complete, rows were set aside ({rows}); see quarantine/.", rows=named)
    return Finding(text, tone="warning")


def say_origin(margins: pd.DataFrame) -> Finding:
    """Whether margins are retreated or as booked, and what that means."""
    if _retreated(margins):
        return Finding(
            said(
                "Margins are retreated by time-driven ABC: minutes by activity, priced at what each department's "
                "capacity cost. The practical margin carries the minutes used; the full margin also carries unused "
                "capacity and sustaining costs."
            )
        )
    return Finding(
        said(
            "This study has no time equations, so margins are booked margins: they say nothing about what clients "
            "consume beyond the costs booked on their deliveries, and they have no interval."
        ),
        tone="warning",
    )


def say_bridge(bridge: pd.DataFrame, *, unit: str) -> Finding:
    """Where the bridge starts and ends, and its largest steps."""
    steps = bridge.iloc[1:-1]
    largest = steps.reindex(steps["amount_eur"].abs().sort_values(ascending=False).index).head(3)
    moved = "; ".join(
        f"{word(row.step)} {'+' if row.amount_eur > 0 else ''}{short_money(row.amount_eur, unit)}"
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
    if whale.peak_rank == 0 or whale.n_negative == 0:
        return Finding(f"{who_earns(whale, unit)}.")
    return Finding(
        said(
            "The earning clients alone, {earning} of {all}, make {peak} ({share}); the {losing} with a negative margin "
            "take {lost} of it away.",
            earning=number(whale.peak_rank),
            all=number(whale.n_customers),
            peak=short_money(whale.peak_eur, unit),
            share=_peak(whale),
            losing=number(whale.n_negative),
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
    return Finding(
        said(
            "How uncertain the minutes are (assumption A11) leaves, of {clients}: {earning} sure to earn money, "
            "{losing} sure to lose money (probability of at least {share}), and {open} whose sign is open.",
            clients=counted(len(active), "client"),
            earning=number(earning),
            losing=number(losing),
            share=share(SURE, 0),
            open=number(len(active) - earning - losing),
        )
    )


def margins_sheet(margins: pd.DataFrame, *, unit: str) -> Sheet:
    """The clients by full margin, the lowest first, with what a reader needs; the table `customer_margin` has all."""
    columns = [
        "customer_id", "name", "salesperson", "n_deliveries", "revenue_eur", "direct_purchases_eur",
        "activity_cost_eur", "practical_margin_eur", "full_margin_eur", "full_margin_low_eur", "full_margin_high_eur",
        "p_negative_margin", "cost_to_serve_share",
    ]  # fmt: skip
    return Sheet(margins.sort_values("full_margin_eur")[columns], "Clients, the lowest full margin first.", unit)


def axis_table(axis_margin: pd.DataFrame, axis: str) -> pd.DataFrame:
    """The rows of one axis of the table `axis_margin`, its values under the axis' own name."""
    return axis_margin[axis_margin["axis"].eq(axis)].drop(columns="axis").rename(columns={"value": axis})


def say_axis(table: pd.DataFrame, axis: str, *, label: str, unit: str) -> Finding:
    """The best and the worst value of an axis by full margin."""
    if table.empty:
        return Finding(said("The files do not tell the {axis}.", axis=word(label)), tone="warning")
    ranked = table.sort_values("full_margin_eur", ascending=False)
    best, worst = ranked.iloc[0], ranked.iloc[-1]
    if len(table) == 1:
        amount = short_money(best["full_margin_eur"], unit)
        return Finding(
            said("There is one {axis}, {value}: {amount}.", axis=word(label), value=best[axis], amount=amount)
        )
    losing = int(table["full_margin_eur"].lt(0).sum())
    some = marked(
        "By {axis}, {best} stands best ({most}) and {worst} worst ({least}); {losing} of {all} have a negative full "
        "margin."
    )
    none = marked(
        "By {axis}, {best} stands best ({most}) and {worst} worst ({least}); none of {all} has a negative full margin."
    )
    return Finding(
        said(
            some if losing else none,
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
    if whale.peak_share is None:
        return said("the total is not positive")
    return said("{share} of what is left", share=share(whale.peak_share))
