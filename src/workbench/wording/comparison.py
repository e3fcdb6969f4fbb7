"""Two runs compared, in words."""

import pandas as pd

from workbench.language import date_text, marked, said, said_count, word
from workbench.value.migration import ABSENT, Comparison
from workbench.value.restated import Changes
from workbench.value.snapshot import Snapshot
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline, Sheet

REASONS = {
    "volume": marked("volume"),
    "mix": marked("mix"),
    "price": marked("price"),
    "purchase_costs": marked("direct purchases"),
    "activity_costs": marked("work on deliveries and orders"),
    "account_costs": marked("work on accounts"),
    "arrival": marked("clients won"),
    "departure": marked("clients gone"),
}
SHOWN = [
    "customer_id", "name", "before", "after", "margin_before_eur", "margin_after_eur", "main_reason", "volume_eur",
    "mix_eur", "price_eur", "purchase_costs_eur", "activity_costs_eur", "account_costs_eur", "p_loss_before",
    "p_loss_after", "potential_before_eur", "potential_after_eur",
]  # fmt: skip
STATES = {
    "grown": marked("with further files"),
    "replaced": marked("replaced"),
    "new": marked("new"),
    "gone": marked("no longer there"),
    "unknown": marked("from a database, of which nothing can be told"),
}


def comparison_headline(made: Comparison, changed: Changes, *, unit: str) -> Headline:
    """The answer of the page: how many moved, how the margin moved, and whose doing it is."""
    before, after = made.clients["margin_before_eur"].sum(), made.clients["margin_after_eur"].sum()
    stay = made.clients[made.clients["before"].ne(ABSENT) & made.clients["after"].ne(ABSENT)]
    moved = int(stay["before"].ne(stay["after"]).sum())
    absent = {side: made.clients[side].eq(ABSENT) for side in ("before", "after")}
    won, gone = (absent["before"] & ~absent["after"]).sum(), (absent["after"] & ~absent["before"]).sum()
    if changed.is_none and changed.same_day and made.moved.empty:
        answer = said("Nothing has changed: both runs have the same data and params, and no client has moved.")
    elif made.moved.empty:
        answer = said(
            "No client has moved; a year's margin went from {before} to {after}.",
            before=short_money(before, unit),
            after=short_money(after, unit),
        )
    else:
        answer = said(
            "{moved} of {stay} who are in both runs moved, {won} were won and {gone} are gone; a year's margin went "
            "from {before} to {after}. {why}",
            moved=number(moved),
            stay=counted(len(stay), "client"),
            won=number(int(won)),
            gone=number(int(gone)),
            before=short_money(before, unit),
            after=short_money(after, unit),
            why=_whose(changed, made),
        )
    answer = " ".join(filter(None, (_say_cuts(made, unit=unit), answer)))
    cards = (
        Card(said("Margin of a year"), short_money(after, unit),
             said("before: {amount}", amount=short_money(before, unit))),
        Card(said("Clients that moved"), number(moved), said("of {n} in both runs", n=number(len(stay)))),
        Card(said("Won and gone"), f"{number(int(won))} / {number(int(gone))}", said("clients")),
        Card(said("Past restated"), short_money(changed.restated_eur, unit),
             said("by params, files or late entries, in {months} of both", months=counted(changed.months, "month"))),
    )  # fmt: skip
    return Headline(answer, cards)


def say_since(made: Comparison | None, earlier: Snapshot | None, *, unit: str) -> Finding:
    """In the summary: what has moved since the study's last run, and where to read more; or that there is none."""
    if made is None or earlier is None:
        return Finding(said("There is no earlier run of this study beside this one to compare it with."))
    moved = said(
        "Since {day} {n} of {clients} moved, were won or are gone.",
        day=date_text(earlier.as_of),
        n=number(len(made.moved)),
        clients=counted(len(made.here), "client"),
    )
    more = said("The command workbench compare tells in a page what of it is the doing of params or files.")
    sentences = (_say_cuts(made, unit=unit), moved, say_moves(made, unit=unit).text, more)
    return Finding(" ".join(filter(None, sentences)), tone="warning" if len(made.cuts) else "finding")


def say_migrations(made: Comparison) -> Finding:
    """The largest movement between segments, and by what clients are sorted."""
    moved = made.moved
    by = said("Clients are sorted by segment.") if made.by == "segment" else said(
        "No chapter gives segments in both runs, so clients are sorted by margin."
    )  # fmt: skip
    if moved.empty:
        return Finding(f"{by} {said('No client has moved.')}")
    ways = moved.groupby(["before", "after"]).size().sort_values(ascending=False, kind="stable")
    (start, end), n = ways.index[0], int(ways.iloc[0])
    most = said(
        "The most went from {before} to {after}: {clients}.",
        before=said(word(start)),
        after=said(word(end)),
        clients=counted(n, "client"),
    )
    return Finding(f"{by} {most}")


def say_moves(made: Comparison, *, unit: str) -> Finding:
    """What raised and what lowered the margin most, and how risk and potential moved where they are known."""
    steps = made.bridge.iloc[1:-1].set_index("step")["amount_eur"]
    steps = steps[steps.round(2).ne(0)].sort_values(key=abs, ascending=False, kind="stable")
    if steps.empty:
        sentences = [said("No client's margin has moved.")]
    else:
        named = "; ".join(f"{said(REASONS[step])} {_signed(amount, unit)}" for step, amount in steps.items())
        sentences = [said("What moved the margin: {steps}.", steps=named)]
    both = made.clients.dropna(subset=["p_loss_before", "p_loss_after"])
    if len(both):
        sentences.append(
            said(
                "Of {clients} with a risk in both runs, the mean probability of loss within a year went from {before} "
                "to {after}.",
                clients=counted(len(both), "client"),
                before=share(both["p_loss_before"].mean()),
                after=share(both["p_loss_after"].mean()),
            )
        )
    both = made.clients.dropna(subset=["potential_before_eur", "potential_after_eur"])
    if len(both):
        sentences.append(
            said(
                "The potential of {clients} went from {before} to {after} a year.",
                clients=counted(len(both), "client"),
                before=short_money(both["potential_before_eur"].sum(), unit),
                after=short_money(both["potential_after_eur"].sum(), unit),
            )
        )
    return Finding(" ".join(sentences))


def say_changes(changed: Changes, *, unit: str) -> Finding:
    """What changed in params and files, and what that did to the months both runs have."""
    sentences = []
    other = changed.files[changed.files["state"].ne("same")]
    if other.empty:
        sentences.append(said("Every client file is the same."))
    else:
        named = "; ".join(f"{word(row.table)}: {said(STATES[row.state])}" for row in other.itertuples())
        sentences.append(said("Client files that are others: {files}.", files=named))
    if changed.params.empty:
        sentences.append(said("No param that matters is another."))
    else:
        keys = ", ".join(changed.params["key"].head(5)) + ("…" if len(changed.params) > 5 else "")
        n = len(changed.params)
        told = {"count": number(n), "keys": keys}
        sentences.append(said_count(n, "{count} param differs: {keys}.", "{count} params differ: {keys}.", **told))
    if changed.months_restated:
        sentences.append(
            said(
                "Of {months} that both runs have, {n} have another margin, by {amount} in all: that is restated, no "
                "client moved it.",
                months=counted(changed.months, "month"),
                n=number(changed.months_restated),
                amount=short_money(changed.restated_eur, unit),
            )
        )
    elif changed.months:
        sentences.append(
            said("{months} that both runs have have the margin they had.", months=counted(changed.months, "month"))
        )
    return Finding(" ".join(sentences), tone="warning" if changed.months_restated else "finding")


def moves_sheet(made: Comparison, *, unit: str) -> Sheet:
    """The clients, those that moved first, with what moved them."""
    clients = made.clients
    moved = clients["before"].ne(clients["after"])
    change = (clients["margin_after_eur"] - clients["margin_before_eur"]).abs()
    order = pd.DataFrame({"moved": ~moved, "change": -change}).sort_values(["moved", "change"], kind="stable").index
    shown = clients.loc[order, SHOWN].dropna(axis=1, how="all")
    return Sheet(shown, marked("Clients, those that moved first, with what moved the margin of a year."), unit)


def changes_sheets(changed: Changes, *, unit: str) -> tuple[Sheet | None, Sheet]:
    """Params that differ, and the client files of both runs."""
    params = None
    if len(changed.params):
        params = Sheet(changed.params, marked("Params that differ between the runs."), unit)
    files = changed.files.rename(columns={"rows_before": "rows_earlier", "rows_after": "rows_later"})
    return params, Sheet(files, marked("Client files of both runs, in rows read."), unit)


def _say_cuts(made: Comparison, *, unit: str) -> str:
    """Where the runs cut the levels at different points: by how much, and what that does; empty where they do not."""
    if made.cuts.empty:
        return ""
    named = []
    for row in made.cuts.itertuples():
        then, now = (_cut_points(row.component, points, unit=unit) for points in (row.before, row.after))
        on = f" ({said('centred anew')})" if row.on_another_plane else ""
        named.append(said("{value} at {before}, now at {after}", value=word(f"{row.component} value"), before=then,
                          after=now) + on)  # fmt: skip
    return said(
        "The runs cut the levels at different points ({cuts}): some clients have another segment though they did not "
        "move. To hold runs together, give the later one value.reference.",
        cuts="; ".join(named),
    )


def _cut_points(component: str, points: list[float], *, unit: str) -> str:
    if not points:
        return said("none")
    if component == "competitive":
        return ", ".join(number(point, 2) for point in points)
    return ", ".join(short_money(point, unit) for point in points)


def _whose(changed: Changes, made: Comparison) -> str:
    """One sentence on how much of it is the clients' doing."""
    if changed.is_none and changed.same_day:
        return said("Data and params are the same in both runs: what moved is the method's doing, not the clients'.")
    if changed.files["state"].eq("same").all() and changed.same_day:
        return said("The data are the same in both runs: what moved is the doing of params, not of clients.")
    if changed.months_restated:
        return said("Part of it is no client's doing: params, corrected files or late entries restate the past.")
    if not changed.params.empty:
        return said("Params are others too: part of it may be their doing, though they restate no month.")
    if len(made.cuts):
        return said("The margin is the clients' doing: nothing has restated the months both runs have.")
    return said("It is the clients' doing: nothing has restated the months both runs have.")


def _signed(value: float, unit: str) -> str:
    return f"+{short_money(value, unit)}" if value > 0 else short_money(value, unit)
