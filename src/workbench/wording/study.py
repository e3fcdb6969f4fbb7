"""The study in words: what it was told, and which parts it has."""

from datetime import date
from pathlib import PurePath

import pandas as pd

from workbench.language import marked, said, word
from workbench.params import AFTER_AS_OF, Study
from workbench.params.model import Params
from workbench.wording.numbers import counted, day, number, share, short_money, symbol
from workbench.wording.shown import Card, Finding, Headline, Sheet

MOST_NAMED = 8
PLAIN = (str, int, float, bool)
NEEDED_FOR = {
    "products": marked("product ranges"),
    "interactions": marked("the work asked for by clients (visits, claims, invoices)"),
    "ledger": marked("the company's whole margin and the cost of its departments"),
    "capacity": marked("cost per minute and unused capacity"),
    "timesheets": marked("time equations estimated from observation"),
    "price_changes": marked("the effect of past tariff rises"),
    "market": marked("what prospects and market cells could buy"),
    "survey": marked("what satisfies clients, where each stands beside competitors, and whether it pays"),
    "campaigns": marked("what actions really change"),
}


def params_sheet(study: Study, *blocks: str) -> Sheet:
    """The study's own values as a table: the root keys, and the keys of the blocks named."""
    rows = [
        (key, getattr(study, key))
        for key in ("study", "company", "edition", "language", "as_of", "start_on", "currency", "seed")
    ]
    for block in blocks:
        rows += _told(block, getattr(study, block))
    table = pd.DataFrame([(key, _written(value)) for key, value in rows])
    table = table.set_axis(["key", "value"], axis=1)
    return Sheet(table, "Parameters of this study, as checked.", symbol(study.currency))


def _written(value: object) -> str:
    """A value as the params file writes it."""
    if value is None:
        return said("default")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _told(block: str, values: Params) -> list[tuple[str, object]]:
    """Keys and values of a block: those of the blocks in it besides, of its lists how many entries they have."""
    rows = [(f"{block}.{key}", value) for key, value in values if isinstance(value, PLAIN) or value is None]
    # A report goes to people who need not know where files of ours lie.
    rows = [(key, PurePath(value).name if key == "value.reference" and value else value) for key, value in rows]
    for key, value in values:
        if isinstance(value, Params):
            rows += _told(f"{block}.{key}", value)
        elif isinstance(value, list):
            rows.append((f"{block}.{key}", said("{n} given", n=len(value))))
    return rows


def say_parts(study: Study, intake: pd.DataFrame) -> Finding:
    """Which tables the study rests on, which it lacks, and what is therefore not in it.

    Parameters: intake, rows_accepted per table and file: a table without an accepted row carries nothing.
    """
    given = study.sources.given()
    accepted = intake.groupby("table")["rows_accepted"].sum()
    filled = [name for name in given if accepted[name]]
    tables = {"tables": counted(len(filled), "table"), "names": ", ".join(word(name) for name in filled)}
    parts = [said("The study rests on {tables}: {names}.", **tables)]
    empty = [name for name in given if name not in filled]
    if empty:
        parts.append(said("Handed over without a row of use, so not in the study: {names}.", names=_with_use(empty)))
    lacking = [name for name in NEEDED_FOR if name not in given]
    if lacking:
        parts.append(said("Not handed over, so not in the study: {names}.", names=_with_use(lacking)))
    return Finding(" ".join(parts), tone="warning" if empty else "finding")


def _with_use(tables: list[str]) -> str:
    return "; ".join(
        f"{word(name)} ({said(NEEDED_FOR[name])})" if name in NEEDED_FOR else word(name) for name in tables
    )


def intake_headline(study: Study, intake: pd.DataFrame, summary: pd.DataFrame) -> Headline:
    """Whether the files can carry a study: rows and euros read, accepted and set aside; shared, rows only.

    Parameters: intake and summary, the intake's tables `intake` and `quarantine_summary`.
    """
    unit = symbol(study.currency)
    read, aside = int(intake["rows_read"].sum()), int(intake["rows_quarantined"].sum())
    sales = intake[intake["table"].eq("deliveries")]
    euros, euros_aside = float(sales["eur_read"].sum()), float(sales["eur_quarantined"].sum())
    answer = said(
        "The files can carry the study: {accepted} of {read} are accepted; {aside} are set aside, "
        "each with its reason.",
        accepted=share((read - aside) / read, 2),
        read=counted(read, "row"),
        aside=counted(aside, "row"),
    )
    later = int(summary.loc[summary["rule"].eq(AFTER_AS_OF), "n_rows"].sum())
    if later:
        answer += " " + said(
            "Of those set aside, {later} because of a day after {as_of}, from which the study is seen.",
            later=number(later),
            as_of=day(study.as_of),
        )
    cards = [
        Card(said("Rows read"), number(read), said("in {files}", files=counted(len(intake), "file"))),
        Card(said("Rows set aside"), number(aside), said("{share} of rows read", share=share(aside / read, 2))),
    ]
    if not study.is_shared:
        of_revenue = said("{share} of revenue read", share=share(euros_aside / euros if euros else None, 2))
        cards += [
            Card(said("Revenue read"), short_money(euros, unit), said("deliveries and credit notes")),
            Card(said("Revenue set aside"), short_money(euros_aside, unit), of_revenue),
        ]
    return Headline(answer, tuple(cards))


def intake_sheet(intake: pd.DataFrame, *, unit: str) -> Sheet:
    """Rows and amounts by file, as the manifest has them, without the folders and the hashes."""
    shown = intake.drop(columns="sha256").assign(file=intake["file"].map(lambda file: PurePath(file).name))
    return Sheet(shown, "Rows and amounts read, accepted and set aside by file; amounts where the table has one.", unit)


def say_quarantine(summary: pd.DataFrame) -> Finding:
    """The most frequent reasons for setting rows aside, and how near the limits they are; later rows are no faults."""
    summary = summary[summary["rule"].ne(AFTER_AS_OF)]
    if summary.empty:
        return Finding(said("No row broke a rule."))
    worst = summary.sort_values("n_rows", ascending=False).head(3)
    reasons = "; ".join(
        f"{word(row.table)}: {word(row.rule)}, {counted(row.n_rows, 'row')}" for row in worst.itertuples()
    )
    near = summary.assign(used=summary["share"] / summary["max_share"]).sort_values("used").iloc[-1]
    return Finding(
        said(
            "Most rows were set aside for: {reasons}. Nearest to its limit is {table} ({rule}): {share} of rows, "
            "limit {limit}.",
            reasons=reasons,
            table=word(near["table"]),
            rule=word(near["rule"]),
            share=share(near["share"], 2),
            limit=share(near["max_share"]),
        )
    )


def say_later(summary: pd.DataFrame, *, as_of: date, unit: str) -> Finding | None:
    """What of the files is of days after the one that the study is seen from; None where nothing is."""
    later = summary[summary["rule"].eq(AFTER_AS_OF)]
    if later.empty:
        return None
    sales = later[later["table"].eq("deliveries")]
    named = [f"{word(row.table)} {number(row.n_rows)}" for row in later.itertuples()]
    if len(sales):
        named.append(said("{revenue} of revenue", revenue=short_money(sales["revenue_eur"].sum(), unit)))
    text = said(
        "Set aside and listed, but no faults: {rows} of days after {as_of} ({named}). What has no day of its own "
        "(size, sector, salesperson) is as the files have it now, not as it was then.",
        rows=counted(int(later["n_rows"].sum()), "row"),
        as_of=day(as_of),
        named=", ".join(named),
    )
    return Finding(text, tone="warning")


def say_blanked(blanked: pd.DataFrame) -> Finding | None:
    """The values that could not be used and were made blank, their rows being kept; None where there are none."""
    if blanked.empty:
        return None
    named = "; ".join(
        f"{word(row.table)}, {row.column}: {counted(row.n_values, 'value')} ({word(row.rule)})"
        for row in blanked.itertuples()
    )
    text = said("Made blank, the rows kept: {values}; each is listed in quarantine/.", values=named)
    return Finding(text, tone="warning")


def say_coverage(coverage: pd.DataFrame, as_of: pd.Timestamp) -> Finding:
    """What the accepted deliveries span, and which mapped columns are half empty or worse."""
    dates = coverage[coverage["table"].eq("deliveries") & coverage["column"].eq("delivered_on")].iloc[0]
    thin = coverage[coverage["filled_share"].between(0, 0.5, inclusive="neither")]
    run = said(
        "Accepted deliveries run from {first} to {last}; the study is seen from {as_of}.",
        first=day(pd.Timestamp(dates["lowest"])),
        last=day(pd.Timestamp(dates["highest"])),
        as_of=day(as_of),
    )
    rises = coverage[coverage["table"].eq("price_changes") & coverage["column"].eq("effective_on")]["highest"].dropna()
    if pd.to_datetime(rises).gt(pd.Timestamp(as_of)).any():
        announced = said(
            "Tariff rises are announced up to {day}; before they are in force they change nothing in the study.",
            day=day(pd.to_datetime(rises).max()),
        )
        run = f"{run} {announced}"
    names = ", ".join(
        f"{row.table}.{row.column} ({share(row.filled_share, 0)})" for row in thin.head(MOST_NAMED).itertuples()
    )
    if len(thin) > MOST_NAMED:
        names = said("{names} and {n} more, pale in the figure", names=names, n=number(len(thin) - MOST_NAMED))
    if not names:
        return Finding(f"{run} {said('Every column with values is at least half filled.')}")
    return Finding(f"{run} {said('Less than half filled: {names}.', names=names)}")
