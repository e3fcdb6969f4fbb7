"""What a run of a study would refuse in its files, told before anything runs, and names that nothing in them has."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches

import ibis

from workbench.churn.history import KINDS, item_of, kind_of
from workbench.competitive import scored_survey
from workbench.economic import costing_problems
from workbench.errors import WorkbenchError
from workbench.params import Study
from workbench.tables import RunFolder, connect
from workbench.tables.nomenclatures import read_nomenclatures
from workbench.tables.references import read_value_reference

COSTED = ("deliveries", "interactions", "ledger", "capacity", "timesheets")


def handed_over_problems(study: Study) -> list[str]:
    """What is wrong with the files that the params name beside the sources, one sentence each."""
    return _refused(lambda: read_nomenclatures(study), lambda: read_value_reference(study))


def study_problems(study: Study, run: RunFolder) -> list[str]:
    """Why the chapters of a study could not be made from its checked tables, one sentence each; none where they can.

    What the steps of the run say themselves; and scopes of tariff scenarios, whose own step knows the last year only.
    """
    connection = connect()
    tables = {name: run.checked(name, connection) for name in COSTED}
    problems = costing_problems(tables, study.economic, start_on=study.start_on, as_of=study.as_of)
    source = study.sources.survey
    if source is not None:
        answers = run.checked("survey", connection).to_pandas()
        problems += _refused(lambda: scored_survey(answers, source, study.competitive))
    deliveries, customers = tables["deliveries"], run.checked("customers", connection)
    known = {
        "products": _values(deliveries, "product"),
        "delivery_zones": _values(deliveries, "delivery_zone"),
        "customers": _values(customers, "customer_id"),
        "segments": {rule.segment for rule in study.value.strategy},
    }
    for scenario in study.tariffs.scenarios:
        for key, values in known.items():
            where = f"tariffs.scenarios: {scenario.scenario}: scope.{key}"
            problems += _unknown(where, getattr(scenario.scope, key) or (), values)
    return problems


def unused_names(study: Study, run: RunFolder) -> list[str]:
    """Names in the params, and in tariff rises, that nothing in the files has: they change nothing; a sentence each."""
    connection = connect()
    found = []
    scopes = _values(run.checked("price_changes", connection), "scope")
    deliveries, customers = (run.checked(name, connection) for name in ("deliveries", "customers"))
    for kind, column in KINDS.items():
        named = sorted({item_of(scope) for scope in scopes if kind_of(scope) == kind})
        if named:
            sold = _values(customers if column == "customer_id" else deliveries, column)
            found += _unknown(f"price_changes: scope {kind}", named, sold)
    if "claim_drivers" in study.churn.model_fields_set:
        drivers = _values(run.checked("interactions", connection), "driver")
        found += _unknown("churn.claim_drivers", study.churn.claim_drivers, drivers)
    if study.sources.survey is not None:
        roles = _values(run.checked("survey", connection), "role")
        found += _unknown("competitive.roles", study.competitive.roles, roles)
    return found


def announced_rises(study: Study, run: RunFolder) -> list[str]:
    """Tariff rises that come after as_of, in one sentence: right where they are announced, else misdated."""
    rises = run.checked("price_changes", connect())
    days = rises.filter(rises.effective_on > study.as_of).effective_on.to_pandas()
    if days.empty:
        return []
    return [
        f"price_changes: {len(days):,} of {rises.count().to_pyarrow().as_py():,} come after as_of {study.as_of} (the "
        f"last on {days.max():%Y-%m-%d}): right where they are announced; before they are in force they change nothing"
    ]


def campaigns_without_lesson(run: RunFolder) -> list[str]:
    """Campaigns in which all clients were treated alike: nothing tells what they did; a sentence each."""
    rows = run.checked("campaigns", connect()).to_pandas()
    found = []
    for name, treated in rows.groupby("campaign_id")["treated"]:
        if treated.nunique() > 1:
            continue
        n, alike = len(treated), "was contacted" if treated.iloc[0] == 1 else "was held out (treated is 0)"
        found.append(
            f"campaigns: everybody of {name!r} {alike}, {n:,} of {n:,} rows: without both, nothing can be learnt of "
            "what it did; list who was held out with treated 0, and in the next campaign hold some back, drawn by lot"
        )
    return found


def _refused(*steps: Callable[[], object]) -> list[str]:
    said = []
    for step in steps:
        try:
            step()
        except WorkbenchError as error:
            said.append(str(error))
    return said


def _values(table: ibis.Table, column: str) -> set[str]:
    return set(table[[column]].distinct().to_pandas()[column].dropna())


def _unknown(where: str, names: Iterable[str], known: set[str]) -> list[str]:
    said = []
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"they have {', '.join(sorted(known)[:12]) or 'none'}"
            said.append(f"{where}: nothing in the files is named {name!r}; {hint}")
    return said
