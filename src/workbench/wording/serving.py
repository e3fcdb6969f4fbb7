"""Sentences on minutes, corrections row by row, cost to serve, reasons of losses, two years, territories."""

import pandas as pd

from workbench.economic.timesheets import LAMBDA_HIGH, LAMBDA_LOW, TimeEquations
from workbench.economic.whale import WhaleCurve
from workbench.wording.numbers import counted, money, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline

PERIOD_STEPS = {
    "volume": "volume",
    "mix": "mix",
    "price": "price",
    "purchase_costs": "direct purchases",
    "activity_costs": "work on deliveries",
    "order_and_client_costs": "work on orders and clients",
}


def retreatment_headline(
    whale: WhaleCurve,
    bridge: pd.DataFrame,
    reconciliation: pd.DataFrame,
    reasons: pd.DataFrame,
    *,
    n_months: int,
    unit: str,
) -> Headline:
    """The answer of the margin chapter: what is left of the booked margin, who takes it away, why, and the proof."""
    booked, left = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    worst = reasons[reasons["excess_eur"].gt(0)]
    because = (
        f", most of all by {_item(worst['item'].iloc[0])}: {short_money(worst['excess_eur'].iloc[0], unit)} above "
        "clients of their size"
        if len(worst)
        else ""
    )
    answer = (
        f"Of {short_money(booked, unit)} booked in {counted(n_months, 'month')}, {short_money(left, unit)} is earned: "
        f"{counted(whale.peak_rank, 'client earns', 'clients earn')} {short_money(whale.peak_eur, unit)}, and "
        f"{counted(whale.n_negative, 'takes', 'take')} {short_money(whale.lost_eur, unit)} of it away{because}."
    )
    in_books = reconciliation["reference"].eq("ledger").any()
    gap = reconciliation["difference_eur"].abs().max()
    apart = left - whale.total_eur
    return Headline(
        answer,
        (
            Card("Margin retreated", short_money(left, unit), f"{short_money(booked, unit)} as booked"),
            Card("Clients that cost money", number(whale.n_negative), f"of {number(whale.n_customers)}"),
            Card("What they take away", short_money(whale.lost_eur, unit), f"of {short_money(whale.peak_eur, unit)}"),
            Card(
                "Difference to the books" if in_books else "Difference to the files",
                money(gap, unit, 2),
                f"on {counted(reconciliation['axis'].nunique(), 'axis', 'axes')}; "
                f"{short_money(apart, unit)} is no client's",
            ),
        ),
    )


def say_equations(equations: TimeEquations) -> Finding:
    """Where the minutes come from, and how far what is stated agrees with what was observed."""
    table = equations.table
    if table.empty:
        return Finding(
            "The study has no time equations: its margins are as booked, say nothing about what clients consume beyond "
            "that, and have no interval.",
            tone="warning",
        )
    seen = table[table["estimated_minutes_per_unit"].notna()]
    if seen.empty:
        return Finding("All minutes are those stated in the params: no activity was observed often enough.")
    stated = seen[seen["stated_minutes_per_unit"].notna()]
    outside = stated[
        stated["stated_minutes_per_unit"].lt(stated["low_minutes_per_unit"])
        | stated["stated_minutes_per_unit"].gt(stated["high_minutes_per_unit"])
    ]
    used = table.groupby("activity")["origin"].first().eq("timesheets")
    origin = (
        f"{number(used.sum())} of {counted(len(used), 'activity', 'activities')} have minutes estimated from timesheets"
        if used.any()
        else "All minutes used are those stated in the params"
    )
    text = (
        f"{origin}. The 90 % interval of the observations holds the stated "
        f"minutes in {number(len(stated) - len(outside))} of {counted(len(stated), 'term')}"
    )
    names = list(dict.fromkeys(_item(name) for name in outside["activity"]))
    text += f"; it does not for {', '.join(names)}." if names else "."
    if equations.unknown:
        text += f" Observed, but without an equation: {', '.join(_item(name) for name in equations.unknown)}."
    alarming = bool(equations.unknown) or (len(outside) > len(stated) / 2 and not used.all())
    return Finding(text, tone="warning" if alarming else "finding")


def say_minutes_check(check: pd.DataFrame, *, rescaled: bool) -> Finding:
    """Whether the minutes that the equations explain are those that were worked, and what was done about it."""
    if check.empty:
        return Finding("Minutes worked are not known, so the equations cannot be held against them.", tone="warning")
    known = check[check["minutes_ratio"].notna()].sort_values("minutes_ratio")
    alerts = check[check["alert"]]
    text = f"Minutes worked over minutes estimated could not be formed for any of {counted(len(check), 'pool')}."
    if len(known):
        low, high = known.iloc[0], known.iloc[-1]
        text = (
            f"Minutes worked over minutes estimated (λ) lie between {number(low['minutes_ratio'], 2)} ({low['pool']}) "
            f"and {number(high['minutes_ratio'], 2)} ({high['pool']}) in {counted(len(known), 'pool')}."
        )
    if len(alerts):
        text += (
            f" Outside {LAMBDA_LOW} to {LAMBDA_HIGH}: {', '.join(alerts['pool'])}; the equations of these pools need a "
            "second look."
        )
    text += " The minutes of each pool were multiplied by its λ." if rescaled else " The minutes were not rescaled."
    return Finding(text, tone="warning" if len(alerts) else "finding")


def say_credit_notes(notes: pd.DataFrame, *, unit: str) -> Finding:
    """How many credit notes there are, what they credit, how late they come."""
    if notes.empty:
        return Finding("There is no credit note in the study period.")
    kinds = notes.groupby("kind")["credited_eur"].agg(["size", "sum"]).sort_values("size", ascending=False)
    each = ", ".join(
        f"{number(row['size'])} {kind} ({short_money(row['sum'], unit)})" for kind, row in kinds.iterrows()
    )
    late = notes[notes["late"]]
    text = f"{counted(len(notes), 'credit note')} take back {short_money(notes['credited_eur'].sum(), unit)}: {each}."
    days = notes["n_days_after"].median()
    if pd.notna(days):
        text += (
            f" Half of those matched come within {number(days)} days of the delivery; {number(len(late))} are late "
            f"({short_money(late['credited_eur'].sum(), unit)})."
        )
    return Finding(text, tone="warning" if kinds.index.isin(["above the invoice"]).any() else "finding")


def say_outliers(outliers: pd.DataFrame) -> Finding:
    """How many booked costs the rule and the robust test doubt."""
    if outliers.empty:
        return Finding("Neither the rule nor the outlier test doubts a booked cost.")
    only = outliers[outliers["by_test"] & ~outliers["by_rule"]]
    return Finding(
        f"The rule calls {counted(int(outliers['by_rule'].sum()), 'booked cost')} implausible and replaces them; the "
        f"outlier test finds {number(int((outliers['by_test'] & outliers['by_rule']).sum()))} of these and "
        f"{number(len(only))} more, which stay as booked and are listed.",
        tone="warning" if len(only) else "finding",
    )


def say_cost_to_serve(margins: pd.DataFrame) -> Finding:
    """What share of revenue the activities take, for all clients and for the dearest tenth."""
    shown = margins[margins["cost_to_serve_share"].notna()]
    if shown.empty:
        return Finding("No client has revenue, so there is no cost to serve.", tone="warning")
    together = shown["activity_cost_eur"].sum() / shown["revenue_eur"].sum()
    low, high = shown["cost_to_serve_share"].quantile([0.1, 0.9])
    above = shown["cost_to_serve_share"].gt(1)
    return Finding(
        f"Activities take {share(together)} of revenue. It is less than {share(low, 0)} for a tenth of clients and "
        f"more than {share(high, 0)} for another; {counted(int(above.sum()), 'client')} take more work than they pay."
    )


def say_reasons(reasons: pd.DataFrame, whale: WhaleCurve, *, unit: str) -> Finding:
    """What makes the unprofitable clients unprofitable."""
    above = reasons[reasons["excess_eur"].gt(0)].head(3)
    if whale.n_negative == 0:
        return Finding("No client has a negative full margin.")
    if above.empty:
        return Finding("The clients with a negative margin cost no more than clients of their size: it is their price.")
    named = "; ".join(
        f"{_item(row.item)} {short_money(row.excess_eur, unit)} (in {counted(row.n_clients, 'client')})"
        for row in above.itertuples()
    )
    return Finding(
        f"For the same revenue, the {counted(whale.n_negative, 'client')} with a negative margin cost more than "
        f"clients of their size in: {named}."
    )


def say_commercial_return(table: pd.DataFrame, *, unit: str) -> Finding:
    """Who earns most and least for what selling costs."""
    known = table[table["return_ratio"].notna()]
    if known.empty:
        return Finding(
            "The return on commercial cost is not known: it needs economic.commercial_activities and salespersons.",
            tone="warning",
        )
    best, worst = known.iloc[0], known.iloc[-1]
    together = known["margin_before_sales_eur"].sum() / known["commercial_cost_eur"].sum()
    below = int(known["n_clients_below"].sum())
    return Finding(
        f"One {unit} of commercial cost brings {number(together, 1)} {unit} of margin before that cost; most in the "
        f"portfolio of {best['salesperson']} ({number(best['return_ratio'], 1)}), least in that of "
        f"{worst['salesperson']} ({number(worst['return_ratio'], 1)}). {counted(below, 'client')} do not pay for the "
        "selling they get."
    )


def say_period_bridge(bridge: pd.DataFrame, *, unit: str) -> Finding:
    """Why the margin of the last year is not that of the year before."""
    if bridge.empty:
        return Finding("The study period is shorter than two years: there is nothing to compare.", tone="warning")
    first, last = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    steps = bridge.iloc[1:-1]
    steps = steps.reindex(steps["amount_eur"].abs().sort_values(ascending=False).index)
    named = "; ".join(
        f"{PERIOD_STEPS[row.step]} {'+' if row.amount_eur > 0 else ''}{short_money(row.amount_eur, unit)}"
        for row in steps.itertuples()
    )
    word = "rose" if last > first else "fell" if last < first else "stayed"
    return Finding(
        f"The practical margin {word} from {short_money(first, unit)} to {short_money(last, unit)} in a year: {named}."
    )


def say_products(table: pd.DataFrame, *, unit: str) -> Finding:
    """The products with the highest and the lowest margin of revenue, and the largest change."""
    known = table[table["margin_share"].notna()].sort_values("margin_share")
    if known.empty:
        return Finding("The files do not tell the product.", tone="warning")
    low, high = known.iloc[0], known.iloc[-1]
    text = (
        f"Before the costs of orders and clients, {high['product']} keeps {share(high['margin_share'])} of its revenue "
        f"and {low['product']} {share(low['margin_share'])}."
    )
    moved = known[known["margin_change_eur"].notna()]
    if len(moved):
        most = moved.loc[moved["margin_change_eur"].abs().idxmax()]
        sign = "+" if most["margin_change_eur"] > 0 else ""
        text += (
            f" The largest change in a year is that of {most['product']}: {sign}"
            f"{short_money(most['margin_change_eur'], unit)}."
        )
    return Finding(text)


def say_territories(table: pd.DataFrame) -> Finding:
    """Which territories grow and which shrink, beyond what months vary by themselves."""
    if table.empty:
        return Finding(
            "The trend by territory is not known: it needs customer_zone and two years of deliveries.", tone="warning"
        )
    parts = []
    for trend in ("growing", "shrinking"):
        own = table[table["trend"].eq(trend)]
        named = ", ".join(
            f"{row.customer_zone} ({'+' if row.change_share > 0 else ''}{share(row.change_share, 0)})"
            for row in own.itertuples()
        )
        parts.append(f"{trend}: {named}" if named else f"none is {trend}")
    open_ = int(table["trend"].eq("not established").sum())
    return Finding(
        f"Of {counted(len(table), 'territory', 'territories')}, {'; '.join(parts)}; for {number(open_)} neither is "
        "established."
    )


def _item(name: str) -> str:
    return name.replace("_", " ")
