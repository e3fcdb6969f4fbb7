"""Two runs of a study compared: who moved from which segment to which, and what moved each client."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.economic.periods import item_steps
from workbench.params import COMPONENTS
from workbench.tables.references import AS_PRINTED
from workbench.value.snapshot import Snapshot

CUTS = ["component", "before", "after", "on_another_plane"]
CELL = ["customer_id", "product", "delivery_zone"]
STEPS = ("volume", "mix", "price", "purchase_costs", "activity_costs", "account_costs", "arrival", "departure")
LEVELS = ("high margin", "low margin", "negative margin")
ABSENT = "not a client"
SUMS = {
    "n_deliveries": "n_deliveries", "revenue_eur": "revenue", "direct_purchases_eur": "direct_purchases",
    "activity_cost_eur": "used",
}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """What happened to the clients between two runs.

    by: segment, or economic level where not both runs have segments. clients: one row per client of either year, and
    per account that only had work or credit notes in one, absent where it had no delivery:
    customer_id, name, before, after (the segment or level), margin_before_eur, STEPS with _eur, margin_after_eur (the
    practical margin of the year up to each run), main_reason, p_loss_before, p_loss_after, potential_before_eur,
    potential_after_eur (null where the runs have none). cut_eur: the margin that parts high from low (levels only).
    cuts: the values that the two runs cut at different points, so that a client may have another segment without
    having moved (segments only): component, before, after (lists of cut points), on_another_plane (whether the runs
    measure it from different centres).
    """

    by: str
    clients: pd.DataFrame
    cut_eur: float
    cuts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CUTS))

    @property
    def moved(self) -> pd.DataFrame:
        """The clients whose segment or level is another."""
        return self.clients[self.clients["before"].ne(self.clients["after"])]

    @property
    def here(self) -> pd.DataFrame:
        """The clients of either run, without those of neither."""
        return self.clients[~(self.clients["before"].eq(ABSENT) & self.clients["after"].eq(ABSENT))]

    @property
    def counts(self) -> pd.DataFrame:
        """How many clients went from each segment (rows) to each (columns), without those of neither."""
        order, here = _order(self.by, self.clients), self.here
        table = pd.crosstab(here["before"], here["after"])
        return table.reindex(
            index=[name for name in order if name in table.index],
            columns=[name for name in order if name in table.columns],
        )

    @property
    def bridge(self) -> pd.DataFrame:
        """The margin of all clients from one year to the other: step, amount_eur, running_eur."""
        steps = {step: self.clients[f"{step}_eur"].sum() for step in STEPS}
        first, last = self.clients["margin_before_eur"].sum(), self.clients["margin_after_eur"].sum()
        amounts = {"margin_before": first, **steps, "margin_after": last}
        table = pd.DataFrame({"step": list(amounts), "amount_eur": list(amounts.values())})
        running = table["amount_eur"].cumsum().where(table.index < len(table) - 1, last)
        return table.assign(running_eur=running)


def comparison(earlier: Snapshot, later: Snapshot) -> Comparison:
    """The clients of two runs side by side.

    Parameters: earlier and later, of one study. Returns: Comparison.
    Notes: the steps are those of the margin from year to year (assumption A18), client by client, and add up to the
    change of its margin; a client without a delivery in one of the two years arrives or leaves with its whole margin.
    An account that only had work or credit notes in both was a client in neither: what it cost is in the steps of
    those who stayed. Where not both runs have segments, clients are compared by economic level: a margin below 0,
    and above it the lower and the upper half by the earlier run's middle, which stays where it was (assumption A111).
    """
    moves = client_moves(earlier, later)
    both = earlier.value is not None and later.value is not None
    cut = 0.0
    if both:
        tables = (earlier.value, later.value)
        sides = [moves["customer_id"].map(table.set_index("customer_id")["segment"]) for table in tables]
    else:
        margin = moves["margin_before_eur"]
        cut = float(margin[margin > 0].median()) if margin.gt(0).any() else 0.0
        sides = [_levels(moves[f"margin_{side}_eur"], cut) for side in ("before", "after")]
    present = (moves["state"].isin(["stayed", "left"]), moves["state"].isin(["stayed", "arrived"]))
    for side, values, here in zip(("before", "after"), sides, present, strict=True):
        moves[side] = values.where(here, ABSENT).fillna(ABSENT)
    for column, name in (("p_loss_12m", "p_loss"), ("potential_eur", "potential")):
        for side, run in (("before", earlier), ("after", later)):
            table = run.churn if name == "p_loss" else run.potential
            ending = "" if name == "p_loss" else "_eur"
            known = None if table is None else table.set_index("customer_id")[column]
            moves[f"{name}_{side}{ending}"] = np.nan if known is None else moves["customer_id"].map(known).astype(float)
    named = pd.concat([later.names, earlier.names]).drop_duplicates("customer_id").set_index("customer_id")["name"]
    moves.insert(1, "name", moves["customer_id"].map(named))
    if not both:
        return Comparison("economic_level", moves, cut)
    return Comparison("segment", moves, cut, _cut_elsewhere(earlier.frozen, later.frozen))


def comparison_with_earlier(later: Snapshot, earlier: Snapshot | None) -> Comparison | None:
    """`comparison`, or None where there is no earlier run."""
    return None if earlier is None else comparison(earlier, later)


def client_moves(earlier: Snapshot, later: Snapshot) -> pd.DataFrame:
    """What moved the margin of each client of either year.

    Returns: customer_id, state (stayed, arrived, left, or neither: work or credit notes only), margin_before_eur,
    STEPS with _eur, margin_after_eur, main_reason (the step with the largest amount; null where nothing moved); sorted
    by customer_id.
    """
    before, after = (_items(run.sales) for run in (earlier, later))
    every = before.index.union(after.index)
    before, after = (table.reindex(every, fill_value=0.0) for table in (before, after))
    ids = pd.Index(pd.concat([run.clients["customer_id"] for run in (earlier, later)]))
    ids = ids.union(every.get_level_values("customer_id")).unique().sort_values()
    of = ids.get_indexer(every.get_level_values("customer_id"))
    steps = item_steps(before, after, of).reindex(range(len(ids)), fill_value=0.0).set_axis(ids)
    upkeep = [
        run.clients.set_index("customer_id")["account_cost_eur"].reindex(ids, fill_value=0.0)
        for run in (earlier, later)
    ]
    steps["account_costs"] = upkeep[0] - upkeep[1]
    margins = []
    for table, cost in zip((before, after), upkeep, strict=True):
        sold = table["revenue"] - table["direct_purchases"] - table["used"]
        margins.append(pd.Series(np.bincount(of, sold, len(ids)), index=ids) - cost)
    here = [np.bincount(of, table["n_deliveries"], len(ids)) > 0 for table in (before, after)]
    state = np.select([~here[0] & ~here[1], ~here[0], ~here[1]], ["neither", "arrived", "left"], "stayed")
    change = margins[1] - margins[0]
    steps = steps.mul(np.isin(state, ["stayed", "neither"]), axis=0)
    steps["arrival"] = change.where(state == "arrived", 0.0)
    steps["departure"] = change.where(state == "left", 0.0)
    steps = steps[list(STEPS)]
    table = pd.DataFrame({"customer_id": ids, "state": state, "margin_before_eur": margins[0].to_numpy()})
    for step in STEPS:
        table[f"{step}_eur"] = steps[step].to_numpy().round(2)
    table["margin_after_eur"] = margins[1].to_numpy()
    largest = steps.abs()
    table["main_reason"] = largest.idxmax(axis=1).where(largest.max(axis=1) >= 0.005, None).to_numpy()
    return table


def _cut_elsewhere(before: dict, after: dict) -> pd.DataFrame:
    """The values whose cut points, or whose plane, differ between two notes value_reference; of one nothing is told."""
    if not before or not after:
        return pd.DataFrame(columns=CUTS)
    planes = [note.get("plane") or {} for note in (before, after)]
    shifted = any(abs(planes[0][name] - planes[1][name]) > AS_PRINTED for name in set(planes[0]) & set(planes[1]))
    rows = []
    for component in COMPONENTS:
        cuts = [note["cut_points"][component] for note in (before, after)]
        on_another_plane = shifted and component == "competitive" and all(cuts)
        if cuts[0] != cuts[1] or on_another_plane:
            rows.append((component, *cuts, on_another_plane))
    return pd.DataFrame(rows, columns=CUTS)


def _items(sales: pd.DataFrame) -> pd.DataFrame:
    keyed = sales.assign(product=sales["product"].fillna(""), delivery_zone=sales["delivery_zone"].fillna(""))
    return keyed.groupby(CELL)[list(SUMS)].sum().set_axis(list(SUMS.values()), axis=1).astype(float)


def _levels(margin: pd.Series, cut: float) -> pd.Series:
    return pd.Series(np.select([margin < 0, margin < cut], [LEVELS[2], LEVELS[1]], LEVELS[0]), index=margin.index)


def _order(by: str, clients: pd.DataFrame) -> list[str]:
    if by == "economic_level":
        return [*LEVELS, ABSENT]
    names = set(clients["before"]) | set(clients["after"])
    return [*sorted(names - {ABSENT}), ABSENT]
