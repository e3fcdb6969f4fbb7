"""Sentences on minutes, corrections row by row, cost to serve, reasons of losses, two years, territories."""

import pandas as pd

from workbench.economic.timesheets import LAMBDA_HIGH, LAMBDA_LOW, TimeEquations
from workbench.economic.whale import WhaleCurve
from workbench.language import marked, said, word
from workbench.wording.margins import who_earns
from workbench.wording.numbers import counted, money, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline

PERIOD_STEPS = {
    "volume": marked("volume"),
    "mix": marked("mix"),
    "price": marked("price"),
    "purchase_costs": marked("direct purchases"),
    "activity_costs": marked("work on deliveries"),
    "order_and_client_costs": marked("work on orders and clients"),
}
CREDITS = {
    "full": marked("full"),
    "partial": marked("partial"),
    "above the invoice": marked("above the invoice"),
    "unmatched": marked("unmatched"),
}


def retreatment_headline(
    whale: WhaleCurve,
    bridge: pd.DataFrame,
    reconciliation: pd.DataFrame,
    reasons: pd.DataFrame,
    margins: pd.DataFrame,
    *,
    n_months: int,
    unit: str,
) -> Headline:
    """The answer of the margin chapter: what is left of the booked margin, who takes it away, why, and the proof."""
    booked, left = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    worst = reasons[reasons["excess_eur"].gt(0)]
    because = ""
    if len(worst):
        because = said(
            ", most of all by {item}: {excess} above clients of their size",
            item=word(worst["item"].iloc[0]),
            excess=short_money(worst["excess_eur"].iloc[0], unit),
        )
    as_booked = margins["margin_origin"].eq("booked").all()
    apart = short_money(left - whale.total_eur, unit)
    one_sided = marked("Of {booked} booked in {months}, {left} is left. {who}.")
    at_costs_booked = marked(
        "Of {booked} booked in {months}, {left} stands after corrections, at costs as booked: {earning} {earned}, and "
        "{losing} {lost} of it away{apart}."
    )
    retreated = marked(
        "Of {booked} booked in {months}, {left} is earned: {earning} {earned}, and {losing} {lost} of it "
        "away{because}{apart}."
    )
    both_sides = at_costs_booked if as_booked else retreated
    answer = said(
        both_sides if whale.peak_rank and whale.n_negative else one_sided,
        booked=short_money(booked, unit),
        months=counted(n_months, "month"),
        left=short_money(left, unit),
        earning=counted(whale.peak_rank, "client earns", "clients earn"),
        earned=short_money(whale.peak_eur, unit),
        losing=counted(whale.n_negative, "takes", "take"),
        lost=short_money(whale.lost_eur, unit),
        because=because,
        apart=said("; {amount} is no client's", amount=apart) if round(left - whale.total_eur, 2) else "",
        who=who_earns(whale, unit),
    )
    in_books = reconciliation["reference"].eq("ledger").any()
    gap = reconciliation["difference_eur"].abs().max()
    axes = counted(reconciliation["axis"].nunique(), "axis", "axes")
    booked_text, peak_text = short_money(booked, unit), short_money(whale.peak_eur, unit)
    n_negative, n_customers = number(whale.n_negative), number(whale.n_customers)
    return Headline(
        answer,
        (
            Card(
                said("Margin, as booked") if as_booked else said("Margin retreated"),
                short_money(left, unit),
                said("{amount} before corrections", amount=booked_text)
                if as_booked
                else said("{amount} as booked", amount=booked_text),
            ),
            Card(said("Clients that cost money"), n_negative, said("of {whole}", whole=n_customers)),
            Card(said("What they take away"), short_money(whale.lost_eur, unit), said("of {whole}", whole=peak_text)),
            Card(
                said("Difference to the books") if in_books else said("Difference to the files"),
                money(gap, unit, 2),
                said("on {axes}; {amount} is no client's", axes=axes, amount=apart),
            ),
        ),
    )


def say_equations(equations: TimeEquations) -> Finding:
    """Where the minutes come from, and how far what is stated agrees with what was observed."""
    table = equations.table
    if table.empty:
        return Finding(
            said(
                "The study has no time equations: its margins are as booked, say nothing about what clients consume "
                "beyond that, and have no interval."
            ),
            tone="warning",
        )
    seen = table[table["estimated_minutes_per_unit"].notna()]
    if seen.empty:
        return Finding(said("All minutes are those stated in the params: no activity was observed often enough."))
    stated = seen[seen["stated_minutes_per_unit"].notna()]
    outside = stated[
        stated["stated_minutes_per_unit"].lt(stated["low_minutes_per_unit"])
        | stated["stated_minutes_per_unit"].gt(stated["high_minutes_per_unit"])
    ]
    used = table.groupby("activity")["origin"].first().eq("timesheets")
    sentences = [said("All minutes used are those stated in the params.")]
    if used.any():
        activities = counted(len(used), "activity", "activities")
        estimated = said(
            "{n} of {activities} have minutes estimated from timesheets.", n=used.sum(), activities=activities
        )
        sentences = [estimated]
    values = {"n": number(len(stated) - len(outside)), "terms": counted(len(stated), "term")}
    names = ", ".join(dict.fromkeys(word(name) for name in outside["activity"]))
    if names:
        sentences.append(
            said(
                "The 90 % interval of the observations holds the stated minutes in {n} of {terms}; it does not for "
                "{names}.",
                names=names,
                **values,
            )
        )
    else:
        sentences.append(
            said("The 90 % interval of the observations holds the stated minutes in {n} of {terms}.", **values)
        )
    if equations.unknown:
        unknown = ", ".join(word(name) for name in equations.unknown)
        sentences.append(said("Observed, but without an equation: {names}.", names=unknown))
    alarming = bool(equations.unknown) or (len(outside) > len(stated) / 2 and not used.all())
    return Finding(" ".join(sentences), tone="warning" if alarming else "finding")


def say_minutes_check(check: pd.DataFrame, *, rescaled: bool) -> Finding:
    """Whether the minutes that the equations explain are those that were worked, and what was done about it."""
    if check.empty:
        text = said("Minutes worked are not known, so the equations cannot be held against them.")
        return Finding(text, tone="warning")
    known = check[check["minutes_ratio"].notna()].sort_values("minutes_ratio")
    alerts = check[check["alert"]]
    pools = counted(len(check), "pool")
    sentences = [said("Minutes worked over minutes estimated could not be formed for any of {pools}.", pools=pools)]
    if len(known):
        low, high = known.iloc[0], known.iloc[-1]
        sentences = [
            said(
                "Minutes worked over minutes estimated (λ) lie between {low} ({lowest}) and {high} ({highest}) in "
                "{pools}.",
                low=number(low["minutes_ratio"], 2),
                lowest=low["pool"],
                high=number(high["minutes_ratio"], 2),
                highest=high["pool"],
                pools=counted(len(known), "pool"),
            )
        ]
    if len(alerts):
        sentences.append(
            said(
                "Outside {low} to {high}: {pools}; the equations of these pools need a second look.",
                low=number(LAMBDA_LOW, 1),
                high=number(LAMBDA_HIGH, 1),
                pools=", ".join(alerts["pool"]),
            )
        )
    if rescaled:
        sentences.append(said("The minutes of each pool were multiplied by its λ."))
    else:
        sentences.append(said("The minutes were not rescaled."))
    return Finding(" ".join(sentences), tone="warning" if len(alerts) else "finding")


def say_credit_notes(notes: pd.DataFrame, *, unit: str) -> Finding:
    """How many credit notes there are, what they credit, how late they come."""
    if notes.empty:
        return Finding(said("There is no credit note in the study period."))
    kinds = notes.groupby("kind")["credited_eur"].agg(["size", "sum"]).sort_values("size", ascending=False)
    each = ", ".join(
        f"{number(row['size'])} {said(CREDITS[kind])} ({short_money(row['sum'], unit)})"
        for kind, row in kinds.iterrows()
    )
    late = notes[notes["late"]]
    text = said(
        "{notes} take back {amount}: {each}.",
        notes=counted(len(notes), "credit note"),
        amount=short_money(notes["credited_eur"].sum(), unit),
        each=each,
    )
    days = notes["n_days_after"].median()
    if pd.notna(days):
        text += " " + said(
            "Half of those matched come within {days} days of the delivery; {n} are late ({amount}).",
            days=number(days),
            n=number(len(late)),
            amount=short_money(late["credited_eur"].sum(), unit),
        )
    return Finding(text, tone="warning" if kinds.index.isin(["above the invoice"]).any() else "finding")


def say_outliers(outliers: pd.DataFrame) -> Finding:
    """How many booked costs the rule and the robust test doubt."""
    if outliers.empty:
        return Finding(said("Neither the rule nor the outlier test doubts a booked cost."))
    only = outliers[outliers["by_test"] & ~outliers["by_rule"]]
    return Finding(
        said(
            "The rule calls {costs} implausible and replaces them; the outlier test finds {n} of these and {more} "
            "more, which stay as booked and are listed.",
            costs=counted(int(outliers["by_rule"].sum()), "booked cost"),
            n=number(int((outliers["by_test"] & outliers["by_rule"]).sum())),
            more=number(len(only)),
        ),
        tone="warning" if len(only) else "finding",
    )


def say_cost_to_serve(margins: pd.DataFrame) -> Finding:
    """What share of revenue the activities take, for all clients and for the dearest tenth."""
    shown = margins[margins["cost_to_serve_share"].notna()]
    if shown.empty:
        return Finding(said("No client has revenue, so there is no cost to serve."), tone="warning")
    together = shown["activity_cost_eur"].sum() / shown["revenue_eur"].sum()
    low, high = shown["cost_to_serve_share"].quantile([0.1, 0.9])
    above = shown["cost_to_serve_share"].gt(1)
    return Finding(
        said(
            "Activities take {share} of revenue. It is less than {low} for a tenth of clients and more than {high} for "
            "another; {clients} take more work than they pay.",
            share=share(together),
            low=share(low, 0),
            high=share(high, 0),
            clients=counted(int(above.sum()), "client"),
        )
    )


def say_reasons(reasons: pd.DataFrame, whale: WhaleCurve, *, unit: str) -> Finding:
    """What makes the unprofitable clients unprofitable."""
    above = reasons[reasons["excess_eur"].gt(0)].head(3)
    if whale.n_negative == 0:
        return Finding(said("No client has a negative full margin."))
    if above.empty:
        return Finding(
            said("The clients with a negative margin cost no more than clients of their size: it is their price.")
        )
    named = "; ".join(
        said(
            "{item} {excess} (in {clients})",
            item=word(row.item),
            excess=short_money(row.excess_eur, unit),
            clients=counted(row.n_clients, "client"),
        )
        for row in above.itertuples()
    )
    return Finding(
        said(
            "For the same revenue, the {clients} with a negative margin cost more than clients of their size in: "
            "{items}.",
            clients=counted(whale.n_negative, "client"),
            items=named,
        )
    )


def say_commercial_return(table: pd.DataFrame, *, unit: str) -> Finding:
    """Who earns most and least for what selling costs."""
    known = table[table["return_ratio"].notna()]
    if known.empty:
        return Finding(
            said(
                "The return on commercial cost is not known: it needs economic.commercial_activities and salespersons."
            ),
            tone="warning",
        )
    best, worst = known.iloc[0], known.iloc[-1]
    together = known["margin_before_sales_eur"].sum() / known["commercial_cost_eur"].sum()
    below = int(known["n_clients_below"].sum())
    return Finding(
        said(
            "One {unit} of commercial cost brings {ratio} {unit} of margin before that cost; most in the portfolio of "
            "{best} ({most}), least in that of {worst} ({least}). {clients} do not pay for the selling they get.",
            unit=unit,
            ratio=number(together, 1),
            best=best["salesperson"],
            most=number(best["return_ratio"], 1),
            worst=worst["salesperson"],
            least=number(worst["return_ratio"], 1),
            clients=counted(below, "client"),
        )
    )


def say_period_bridge(bridge: pd.DataFrame, *, unit: str) -> Finding:
    """Why the margin of the last year is not that of the year before."""
    if bridge.empty:
        text = said("The study period is shorter than two years: there is nothing to compare.")
        return Finding(text, tone="warning")
    first, last = bridge["amount_eur"].iloc[0], bridge["amount_eur"].iloc[-1]
    steps = bridge.iloc[1:-1]
    steps = steps.reindex(steps["amount_eur"].abs().sort_values(ascending=False).index)
    named = "; ".join(
        f"{said(PERIOD_STEPS[row.step])} {'+' if row.amount_eur > 0 else ''}{short_money(row.amount_eur, unit)}"
        for row in steps.itertuples()
    )
    values = {"first": short_money(first, unit), "last": short_money(last, unit), "steps": named}
    if last > first:
        return Finding(said("The practical margin rose from {first} to {last} in a year: {steps}.", **values))
    if last < first:
        return Finding(said("The practical margin fell from {first} to {last} in a year: {steps}.", **values))
    return Finding(said("The practical margin stayed at {last} in a year: {steps}.", **values))


def say_products(table: pd.DataFrame, *, unit: str) -> Finding:
    """The products with the highest and the lowest margin of revenue, and the largest change."""
    known = table[table["margin_share"].notna()].sort_values("margin_share")
    if known.empty:
        return Finding(said("The files do not tell the {axis}.", axis=word("product")), tone="warning")
    low, high = known.iloc[0], known.iloc[-1]
    text = said(
        "Before the costs of orders and clients, {best} keeps {most} of its revenue and {worst} {least}.",
        best=high["product"],
        most=share(high["margin_share"]),
        worst=low["product"],
        least=share(low["margin_share"]),
    )
    moved = known[known["margin_change_eur"].notna()]
    if len(moved):
        most = moved.loc[moved["margin_change_eur"].abs().idxmax()]
        sign = "+" if most["margin_change_eur"] > 0 else ""
        change = f"{sign}{short_money(most['margin_change_eur'], unit)}"
        largest = said(
            "The largest change in a year is that of {product}: {change}.", product=most["product"], change=change
        )
        text += f" {largest}"
    return Finding(text)


def say_territories(table: pd.DataFrame) -> Finding:
    """Which territories grow and which shrink, beyond what months vary by themselves."""
    if table.empty:
        return Finding(
            said("The trend by territory is not known: it needs customer_zone and two years of deliveries."),
            tone="warning",
        )
    parts = []
    for trend, nothing in (("growing", said("none is growing")), ("shrinking", said("none is shrinking"))):
        own = table[table["trend"].eq(trend)]
        named = ", ".join(
            f"{row.customer_zone} ({'+' if row.change_share > 0 else ''}{share(row.change_share, 0)})"
            for row in own.itertuples()
        )
        parts.append(f"{word(trend)}: {named}" if named else nothing)
    open_ = int(table["trend"].eq("not established").sum())
    return Finding(
        said(
            "Of {territories}, {trends}; for {n} neither is established.",
            territories=counted(len(table), "territory", "territories"),
            trends="; ".join(parts),
            n=number(open_),
        )
    )
