"""The study in words: what it was told, and which parts it has."""

from pathlib import PurePath

import pandas as pd

from workbench.params import Study
from workbench.wording.numbers import counted, day, share, short_money, symbol
from workbench.wording.shown import Card, Finding, Headline, Sheet

NEEDED_FOR = {
    "products": "product ranges",
    "interactions": "the work asked for by clients (visits, claims, invoices)",
    "ledger": "the company's whole margin and the cost of its departments",
    "capacity": "cost per minute and unused capacity",
    "timesheets": "time equations estimated from observation",
    "price_changes": "the effect of past tariff rises",
    "market": "what prospects and market cells could buy",
}


def params_sheet(study: Study, *blocks: str) -> Sheet:
    """The study's own values as a table: the root keys, and the scalar keys of the blocks named."""
    rows = [
        (key, getattr(study, key)) for key in ("study", "company", "edition", "as_of", "start_on", "currency", "seed")
    ]
    for block in blocks:
        values = getattr(study, block)
        rows += [
            (f"{block}.{key}", value)
            for key, value in values
            if isinstance(value, (str, int, float, bool)) or value is None
        ]
        rows += [(f"{block}.{key}", f"{len(value)} given") for key, value in values if isinstance(value, list)]
    table = pd.DataFrame([(key, "default" if value is None else str(value)) for key, value in rows])
    return Sheet(
        table.set_axis(["key", "value"], axis=1), "Parameters of this study, as checked.", symbol(study.currency)
    )


def say_parts(study: Study) -> Finding:
    """Which optional tables the study lacks, and what is therefore not in it."""
    given = study.sources.given()
    lacking = [f"{name} ({why})" for name, why in NEEDED_FOR.items() if name not in given]
    have = f"The study rests on {counted(len(given), 'table')}: {', '.join(given)}."
    return Finding(have if not lacking else f"{have} Not handed over, so not in the study: {'; '.join(lacking)}.")


def intake_headline(study: Study, intake: pd.DataFrame) -> Headline:
    """Whether the files can carry a study: rows and euros read, accepted and set aside."""
    unit = symbol(study.currency)
    read, aside = int(intake["rows_read"].sum()), int(intake["rows_quarantined"].sum())
    sales = intake[intake["table"].eq("deliveries")]
    euros, euros_aside = float(sales["eur_read"].sum()), float(sales["eur_quarantined"].sum())
    answer = (
        f"The files can carry the study: {share((read - aside) / read, 2)} of {counted(read, 'row')} are accepted; "
        f"{counted(aside, 'row')} are set aside, each with its reason."
    )
    return Headline(
        answer,
        (
            Card("Rows read", f"{read:,}", f"in {counted(len(intake), 'file')}"),
            Card("Rows set aside", f"{aside:,}", f"{share(aside / read, 2)} of rows read"),
            Card("Revenue read", short_money(euros, unit), "deliveries and credit notes"),
            Card(
                "Revenue set aside",
                short_money(euros_aside, unit),
                f"{share(euros_aside / euros if euros else None, 2)}",
            ),
        ),
    )


def intake_sheet(intake: pd.DataFrame, *, unit: str) -> Sheet:
    """Rows and amounts by file, as the manifest has them, without the folders and the hashes."""
    shown = intake.drop(columns="sha256").assign(file=intake["file"].map(lambda file: PurePath(file).name))
    return Sheet(shown, "Rows and amounts read, accepted and set aside by file; amounts where the table has one.", unit)


def say_quarantine(summary: pd.DataFrame) -> Finding:
    """The most frequent reasons for setting rows aside, and how near the limits they are."""
    if summary.empty:
        return Finding("No row broke a rule.")
    worst = summary.sort_values("n_rows", ascending=False).head(3)
    reasons = "; ".join(
        f"{row.table}: {row.rule.replace('_', ' ')}, {counted(row.n_rows, 'row')}" for row in worst.itertuples()
    )
    near = summary.assign(used=summary["share"] / summary["max_share"]).sort_values("used").iloc[-1]
    return Finding(
        f"Most rows were set aside for: {reasons}. Nearest to its limit is {near['table']} "
        f"({near['rule'].replace('_', ' ')}): {share(near['share'], 2)} of rows, limit {share(near['max_share'])}."
    )


def say_coverage(coverage: pd.DataFrame, as_of: pd.Timestamp) -> Finding:
    """What the accepted deliveries span, and which mapped columns are half empty or worse."""
    dates = coverage[coverage["table"].eq("deliveries") & coverage["column"].eq("delivered_on")].iloc[0]
    thin = coverage[coverage["filled_share"].between(0, 0.5, inclusive="neither")]
    names = ", ".join(f"{row.table}.{row.column} ({share(row.filled_share, 0)})" for row in thin.itertuples())
    rest = f" Less than half filled: {names}." if names else " Every column with values is at least half filled."
    return Finding(
        f"Accepted deliveries run from {dates['lowest']} to {dates['highest']}; the study is seen from {day(as_of)}."
        f"{rest}"
    )
