"""Time equations: the minutes that a delivery takes, and those that come out of sums of drivers."""

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import pandas as pd

from workbench.economic.cents import MICRO
from workbench.errors import ParamsError
from workbench.params import Activity, Term


@dataclass(frozen=True)
class Measure:
    """A sum that a time equation needs: a driver (None: the objects themselves) where a condition holds."""

    driver: str | None
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    shared_over: str | None = None

    @classmethod
    def of(cls, term: Term) -> "Measure":
        """The measure that a term multiplies."""
        when = tuple(sorted((column, tuple(sorted(values))) for column, values in term.when.items()))
        return cls(term.per, when, term.shared_over)

    @property
    def name(self) -> str:
        """Column name of the sum, the same wherever it is computed."""
        condition = "".join(f" {column}={'|'.join(values)}" for column, values in self.when)
        shared = f" a {self.shared_over}" if self.shared_over else ""
        return f"{'number of acts' if self.driver is None else f'sum of {self.driver}'}{shared}{condition}"

    def quantity(self, deliveries: ibis.Table) -> ibis.Expr:
        """What a delivery that is worked has of it, as a float: 0 for a blank or where the condition fails.

        Of a stop or a round it has its share (the columns stop_share and round_share of `stops_and_rounds`).
        """
        quantity = ibis.literal(1.0) if self.driver is None else deliveries[self.driver].fill_null(0.0)
        if self.shared_over is not None:
            quantity = quantity * deliveries[f"{self.shared_over}_share"]
        if not self.when:
            return quantity
        holds = ibis.and_(*(deliveries[column].isin(values) for column, values in self.when))
        return ibis.ifelse(holds.fill_null(False), quantity, 0.0)

    def amount(self, deliveries: ibis.Table) -> ibis.Expr:
        """What one delivery adds to the sum, in whole millionths: 0 for a credit note or where the condition fails."""
        return _worked_millionths(deliveries, self.quantity(deliveries))


def taken(activity: Activity, deliveries: ibis.Table) -> ibis.Expr:
    """Whole millionths of a minute that an activity takes for each delivery: 0 for a credit note.

    Summed, they are the minutes of a cell: one sum for an activity is cheaper than one for each driver in it.
    """
    minutes = [term.minutes * Measure.of(term).quantity(deliveries) for term in activity.equation]
    return _worked_millionths(deliveries, sum(minutes[1:], minutes[0]))


def _worked_millionths(deliveries: ibis.Table, quantity: ibis.Expr) -> ibis.Expr:
    """A quantity of the worked deliveries as whole millionths, in floats.

    Whole numbers, because sums of others depend on the order in which threads finish, and a cent could change between
    two runs; floats, because no engine sums anything faster (exact below 2**53). Halves go up: engines round them
    differently, and floor is cheaper than round.
    """
    return ibis.ifelse(deliveries.worked.fill_null(False), (quantity * MICRO + 0.5).floor().cast("float64"), 0.0)


def measures(activities: Iterable[Activity]) -> list[Measure]:
    """The distinct sums that the equations of these activities need, in order of first use."""
    return list(dict.fromkeys(Measure.of(term) for activity in activities for term in activity.equation))


def minutes_of(sums: pd.DataFrame, activities: Iterable[Activity]) -> pd.DataFrame:
    """Minutes of each activity from sums of drivers: t = base + Σ per · driver, term by term.

    Parameters: sums, one row per cell, a float column per measure (named `Measure.name`); activities, whose equations
    are evaluated. Returns: same index, one column per activity, in minutes.
    References: Kaplan & Anderson, "Time-Driven Activity-Based Costing", HBR 2004.
    """
    minutes = {
        activity.activity: sum(term.minutes * sums[Measure.of(term).name] for term in activity.equation)
        for activity in activities
    }
    return pd.DataFrame(minutes, index=sums.index, dtype=float)


def check_drivers(activities: Iterable[Activity], *, known: Iterable[str], where: str) -> None:
    """Refuse an equation whose driver the data do not have.

    Raises: ParamsError naming the activity, the driver and the drivers there are.
    """
    known = sorted(known)
    for activity in activities:
        for term in activity.equation:
            if term.per is not None and term.per not in known:
                raise ParamsError(
                    f"economic.activities: {activity.activity} needs the driver {term.per!r}, which {where} does not "
                    f"have (it has {', '.join(known) or 'none'}); map it or correct the equation"
                )


def unmet_conditions(deliveries: ibis.Table, activities: Iterable[Activity]) -> pd.DataFrame:
    """Conditions of time equations that no delivery of the period meets: activity, column, values, known_values.

    Parameters: deliveries, from `period_deliveries`; activities, all of the study. A condition without any match costs
    nothing, whether the company has stopped the service or the value is misspelt: only a reader can tell.
    """
    wanted = {
        (activity.activity, column, tuple(values))
        for activity in activities
        for term in activity.equation
        for column, values in term.when.items()
    }
    columns = sorted({column for _, column, _ in wanted})
    known = {column: set(deliveries[[column]].distinct().to_pandas()[column].dropna()) for column in columns}
    unmet = [
        (activity, column, ", ".join(values), ", ".join(sorted(known[column])[:12]))
        for activity, column, values in sorted(wanted)
        if not known[column] & set(values)
    ]
    return pd.DataFrame(unmet, columns=["activity", "column", "values", "known_values"])
