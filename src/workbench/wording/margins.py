"""The economic component in words."""

import pandas as pd

from workbench.economic.margins import FileTotals
from workbench.economic.whale import WhaleCurve
from workbench.economic.workload import StudyPeriod
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline

# A sign is called sure from this probability on.
SURE = 0.95


def margin_headline(
    margins: pd.DataFrame, whale: WhaleCurve, bridge: pd.DataFrame, *, n_months: int, unit: str
) -> Headline:
    """The answer of the margin chapter: what the clientele earns, who gives it away again, how sure."""
    booked, reached = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    retreated = _retreated(margins)
    answer = f"{_who_earns(whale, unit)}, over {counted(n_months, 'month')}{'' if retreated else ', as booked'}."
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
            Card("Company margin" + (", retreated" if retreated else ", as booked"), short_money(reached, unit), note),
            Card("Clients with a negative margin", number(whale.n_negative), sure),
            Card("Margin at the peak", short_money(whale.peak_eur, unit), _peak(whale)),
            Card("Lost after the peak", short_money(whale.lost_eur, unit), f"by {counted(whale.n_negative, 'client')}"),
        ),
    )


def _who_earns(whale: WhaleCurve, unit: str) -> str:
    """Who earns and who loses, in a clause that holds for any clientele."""
    peak, lost, total = (short_money(value, unit) for value in (whale.peak_eur, whale.lost_eur, whale.total_eur))
    everyone = counted(whale.n_customers, "client")
    if whale.peak_rank == 0:
        return f"None of {everyone} earns anything: together they lose {lost}"
    if whale.n_negative == 0:
        return f"None of {everyone} loses money: together they earn {total}"
    return (
        f"The clients with a positive margin ({number(whale.peak_rank)} of {number(whale.n_customers)}) make {peak}, "
        f"those with a negative one ({number(whale.n_negative)}) lose {lost}: the result is {total}"
    )


def _retreated(margins: pd.DataFrame) -> bool:
    return bool(margins["margin_origin"].eq("time-driven ABC").any())


def say_period(period: StudyPeriod, files: FileTotals, *, unit: str) -> Finding:
    """What the margins rest on: months, deliveries and revenue."""
    return Finding(
        f"The study period is {counted(period.n_months, 'month')}, from {period.first_month:%B %Y} to "
        f"{period.last_month:%B %Y}: {counted(files.n_deliveries, 'delivery', 'deliveries')} and their credit notes, "
        f"{short_money(files.revenue_cents / 100, unit)} of revenue."
    )


def say_unmet(unmet: pd.DataFrame) -> Finding | None:
    """Conditions of time equations that never hold; None where every condition does."""
    if unmet.empty:
        return None
    said = "; ".join(f"{row[0]}: {row[1]} {row[2]} (the deliveries have {row[3]})" for row in unmet.to_numpy())
    return Finding(f"These conditions of time equations never hold, so their minutes are 0: {said}.", tone="warning")


def say_unpriced(pools: pd.DataFrame, *, unit: str) -> Finding | None:
    """Pool-months whose work or cost has no price; None where every minute used has one."""
    free = pools[pools["used_minutes"].gt(0) & (pools["pool_eur"].eq(0) | ~pools["capacity_minutes"].gt(0))]
    negative = pools[pools["pool_eur"].lt(0)]
    parts = []
    if len(free):
        parts.append(
            f"{counted(len(free), 'pool-month')} with {number(free['used_minutes'].sum())} minutes of work have no "
            f"cost or no capacity, so this work is free for the clients and "
            f"{short_money(free['pool_eur'].sum(), unit)} is nobody's: {_first(free)}."
        )
    if len(negative):
        parts.append(f"{counted(len(negative), 'pool-month')} with a negative cost in the ledger: {_first(negative)}.")
    return Finding(" ".join(parts), tone="warning") if parts else None


def _first(pool_months: pd.DataFrame, most: int = 6) -> str:
    said = ", ".join(f"{row.pool} {row.month:%Y-%m}" for row in pool_months.head(most).itertuples())
    return said + (" and others" if len(pool_months) > most else "")


def say_books_set_aside(summary: pd.DataFrame) -> Finding | None:
    """Rows of the ledger or of capacity that intake set aside; None where there are none."""
    rows = summary[summary["table"].isin(["ledger", "capacity"])]
    if rows.empty:
        return None
    said = "; ".join(f"{r.table}, {r.rule.replace('_', ' ')}: {counted(r.n_rows, 'row')}" for r in rows.itertuples())
    return Finding(f"The books are not complete, rows were set aside ({said}); see quarantine/.", tone="warning")


def say_origin(margins: pd.DataFrame) -> Finding:
    """Whether margins are retreated or as booked, and what that means."""
    if _retreated(margins):
        return Finding(
            "Margins are retreated by time-driven ABC: minutes by activity, priced at what each department's capacity "
            "cost. The practical margin carries the minutes used; the full margin also carries unused capacity and "
            "sustaining costs."
        )
    return Finding(
        "This study has no time equations, so margins are booked margins: they say nothing "
        "about what clients consume beyond the costs booked on their deliveries, and they have no interval.",
        tone="warning",
    )


def say_bridge(bridge: pd.DataFrame, *, unit: str) -> Finding:
    """Where the bridge starts and ends, and its largest steps."""
    steps = bridge.iloc[1:-1]
    largest = steps.reindex(steps["amount_eur"].abs().sort_values(ascending=False).index).head(3)
    moved = "; ".join(
        f"{row.step.replace('_', ' ')} {'+' if row.amount_eur > 0 else ''}{short_money(row.amount_eur, unit)}"
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
    if whale.peak_rank == 0 or whale.n_negative == 0:
        return Finding(f"{_who_earns(whale, unit)}.")
    return Finding(
        f"The earning clients alone, {number(whale.peak_rank)} of {number(whale.n_customers)}, make "
        f"{short_money(whale.peak_eur, unit)} ({_peak(whale)}); the {number(whale.n_negative)} with a negative margin "
        f"take {short_money(whale.lost_eur, unit)} of it away."
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
    return Finding(
        f"How uncertain the minutes are (assumption A11) leaves, of {counted(len(active), 'client')}: "
        f"{number(earning)} sure to earn money, {number(losing)} sure to lose money (probability of at least "
        f"{share(SURE, 0)}), and {number(len(active) - earning - losing)} whose sign is open."
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
    if len(table) == 1:
        return Finding(f"There is one {label}, {best[axis]}: {short_money(best['full_margin_eur'], unit)}.")
    losing = int(table["full_margin_eur"].lt(0).sum())
    return Finding(
        f"By {label}, {best[axis]} stands best ({short_money(best['full_margin_eur'], unit)}) and {worst[axis]} worst "
        f"({short_money(worst['full_margin_eur'], unit)}); {number(losing)} of {number(len(table))} have a negative "
        "full margin."
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
    return "the total is not positive" if whale.peak_share is None else f"{share(whale.peak_share)} of what is left"
