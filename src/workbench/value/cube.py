"""The cube: a level on each of the three values, the weakest of them, and how sure a client's place is."""

from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.errors import ParamsError
from workbench.params import COMPONENTS, LEVELS, UNKNOWN, StrategyRule, Value
from workbench.units import Z90
from workbench.value.clientele import POSITION, Clientele

GRID = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Reference:
    """What is frozen at a first run, so that a later one can be held against it.

    as_of and clients: of the run it was made in; names: of the levels; cut_points: component → where levels end;
    percentiles: component → its 101 percentiles among the clients then (empty where it was unknown); merged: thin cell
    → cell it counts with, cells written `high-low-high` (economic, competitive, future); plane: the centre and unit
    that competitive values were measured from (keys of `competitive.plane`; empty without a survey): its cut points
    hold on that plane only.
    """

    as_of: str
    clients: int
    names: tuple[str, ...]
    cut_points: dict[str, list[float]]
    percentiles: dict[str, list[float]]
    merged: dict[str, str]
    plane: dict[str, float] = field(default_factory=dict)

    def note(self) -> dict:
        """What is written to notes/value_reference.json, for `value.reference` of the next dated run."""
        return asdict(self) | {"names": list(self.names)}


def frozen_reference(clients: Clientele, told: Value, *, as_of: str, earlier: dict | None) -> Reference:
    """The reference of an earlier run, as its note has it; without one, what this run proposes for the next.

    Parameters: earlier, what `note` wrote, None at a first run.
    Raises: ParamsError where the note is not one of ours, or has another number of levels.
    Notes: this run proposes the cut points of the params, or medians (thirds), and merges thin cells: a cell with fewer
    than least_cell clients counts with the neighbour along the future value that has most clients, so that its clients
    get a strategy meant for several. A component that no client has stays without cuts (assumption A93).
    """
    if earlier is not None:
        return _as_noted(earlier, told)
    here = clients.alive
    shares = np.arange(1, told.levels) / told.levels
    cuts, grids = {}, {}
    for component in COMPONENTS:
        values = here[POSITION[component]].dropna().astype(float)
        given = getattr(told.cut_points, component)
        proposed = np.quantile(values, shares).round(2).tolist() if len(values) else []
        cuts[component] = given or sorted(set(proposed))
        grids[component] = np.quantile(values, GRID).round(4).tolist() if len(values) else []
    fresh = Reference(as_of, len(here), LEVELS[told.levels], cuts, grids, {})
    counts = cells(levels(here, fresh)).value_counts().to_dict()
    merged = _merged(counts, fresh.names, told.least_cell)
    return replace(fresh, merged=merged, plane=_plane_of(clients.clients))


def _as_noted(earlier: dict, told: Value) -> Reference:
    try:
        frozen = Reference(**{**earlier, "names": tuple(earlier["names"])})
        complete = all(set(COMPONENTS) <= set(part) for part in (frozen.cut_points, frozen.percentiles))
    except (TypeError, KeyError):
        complete = False
    if not complete:
        raise ParamsError(
            f"value.reference: {told.reference} must be the value_reference.json of an earlier run; it is another file"
        )
    if len(frozen.names) != told.levels:
        raise ParamsError(
            f"value.reference: {told.reference} was made with {len(frozen.names)} levels, the params ask for "
            f"{told.levels}; levels can only change with a new reference"
        )
    return frozen


def _plane_of(clients: pd.DataFrame) -> dict[str, float]:
    """The plane on which chapter 03 placed the clients that answered: their scores are centre + unit · z."""
    measured = clients[clients["measured"].astype("boolean").fillna(False).astype(bool)]
    plane = {}
    for name in ("satisfaction", "loyalty"):
        score, z = measured[name].astype(float), measured[f"z_{name}"].astype(float)
        if z.nunique() < 2:
            return {}
        unit = (score.max() - score.min()) / (z.max() - z.min())
        plane[f"{name}_centre"] = round(float(score.max() - unit * z.max()), 4)
        plane[f"{name}_unit"] = round(float(unit), 4)
    return plane


def levels(table: pd.DataFrame, frozen: Reference) -> pd.DataFrame:
    """economic_level, competitive_level and future_level of each row: names of levels, `unknown` where it is not known.

    Parameters: table, with the columns of POSITION. Notes: a value at a cut point is above it.
    """
    found = {
        f"{component}_level": np.array([*frozen.names, UNKNOWN], dtype=object)[
            level_numbers(table[POSITION[component]].to_numpy(dtype=float), frozen, component)
        ]
        for component in COMPONENTS
    }
    return pd.DataFrame(found, index=table.index)


def level_numbers(values: np.ndarray, frozen: Reference, component: str) -> np.ndarray:
    """0 for the lowest level, and so on; −1 where the value is unknown or the reference has no cut points for it."""
    cuts = frozen.cut_points[component]
    number = np.searchsorted(np.asarray(cuts, dtype=float), values, side="right")
    return np.where(np.isnan(values) | (len(cuts) == 0), -1, number)


def cells(of: pd.DataFrame) -> pd.Series:
    """The cell of each client, written `high-low-unknown` in the order economic, competitive, future."""
    return of["economic_level"] + "-" + of["competitive_level"] + "-" + of["future_level"]


def weakest(table: pd.DataFrame, frozen: Reference) -> pd.Series:
    """The component with the lowest percentile among the clients of the reference run; ties in their order.

    Returns: economic, competitive or future; None where fewer than two components are known.
    """
    places = {
        component: np.interp(table[POSITION[component]].to_numpy(dtype=float), frozen.percentiles[component], GRID)
        for component in COMPONENTS
        if frozen.percentiles[component]
    }
    if len(places) < 2:
        return pd.Series(None, index=table.index, dtype=object)
    ranks = np.column_stack(list(places.values()))
    known = (~np.isnan(ranks)).sum(axis=1) >= 2
    first = np.where(np.isnan(ranks), np.inf, ranks).argmin(axis=1)
    return pd.Series(np.where(known, np.array(list(places), dtype=object)[first], None), index=table.index)


def segment_numbers(by_cell: pd.Series | np.ndarray, frozen: Reference, rules: list[StrategyRule]) -> np.ndarray:
    """The line of the strategy that each cell belongs to, thin cells counting with their neighbours."""
    names, codes = np.unique(np.asarray(by_cell, dtype=object).astype(str), return_inverse=True)
    lines = []
    for name in names:
        where = tuple(frozen.merged.get(name, name).split("-"))
        lines.append(next(line for line, rule in enumerate(rules) if rule.holds_for(where)))
    return np.array(lines, dtype=int)[codes].reshape(np.shape(by_cell))


def membership(clients: Clientele, frozen: Reference, rules: list[StrategyRule], margins: np.ndarray, seed: int):
    """The probability that each living client is in its segment, and in each of the segments.

    Parameters: margins, practical margin a year in each draw, shape (clients, draws), as `drawn_positions` draws it;
    seed, of the positions and potentials.
    Returns: line of the strategy of each client (int), p_segment (float), and the shape (clients, lines) of
    probabilities.
    Notes: the parts are drawn independently of each other. Positions in the survey have their standard errors;
    the potential of a size and sector is drawn once for all its clients, from its interval.
    """
    here = clients.alive
    drawn = {
        "economic": margins,
        "competitive": _drawn_positions(here, margins.shape[1], seed),
        "future": _drawn_potentials(here, margins.shape[1], seed),
    }
    number = {component: level_numbers(values, frozen, component) for component, values in drawn.items()}
    names = np.array([*frozen.names, UNKNOWN], dtype=object)
    base = len(names)
    code = sum((number[component] % base) * base**place for place, component in enumerate(COMPONENTS))
    present, back = np.unique(code, return_inverse=True)
    told = ["-".join(names[(one // base**place) % base] for place in range(len(COMPONENTS))) for one in present]
    line = segment_numbers(np.array(told, dtype=object), frozen, rules)[back].reshape(code.shape)
    shares = np.stack([(line == one).mean(axis=1) for one in range(len(rules))], axis=1)
    own = segment_numbers(cells(levels(here, frozen)).to_numpy(), frozen, rules)
    return own, shares[np.arange(len(here)), own], shares


def _merged(counts: dict[str, int], names: tuple[str, ...], least: int) -> dict[str, str]:
    merged = {}
    for cell, n in counts.items():
        economic, competitive, future = cell.split("-")
        if n >= least or future == UNKNOWN:
            continue
        place = names.index(future)
        beside = [names[one] for one in (place - 1, place + 1) if 0 <= one < len(names)]
        others = {f"{economic}-{competitive}-{one}": counts.get(f"{economic}-{competitive}-{one}", 0) for one in beside}
        best = max(others, key=others.get)
        # Of two thin neighbours the larger one takes the smaller one in, once.
        if others[best] > n or (others[best] == n and best < cell):
            merged[cell] = best
    return {cell: _end_of(merged, cell) for cell in merged}


def _end_of(merged: dict[str, str], cell: str) -> str:
    """Where a cell ends up when its neighbour was merged too; every step leads to a larger cell."""
    while cell in merged:
        cell = merged[cell]
    return cell


def _drawn_positions(here: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    """The mean of both z-scores in each draw: clients × draws, NaN where a client has none.

    The errors of both go together: who answers kindly does so twice. A measured place is drawn around its value drawn
    towards the mean of the measured ones, as far as their spread is error: the extreme ones are partly luck. An
    estimated place is an expectation already.
    """
    rng = np.random.default_rng([seed, 12])
    measured = here["measured"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    told = here["competitive"].to_numpy(dtype=float)
    one, other = (here[f"z_{name}_se"].to_numpy(dtype=float) for name in ("satisfaction", "loyalty"))
    correlation = here["z_error_correlation"].to_numpy(dtype=float)
    error = np.sqrt(one**2 + other**2 + 2 * correlation * one * other) / 2
    true_share, middle = 1.0, 0.0
    if measured.sum() > 1 and told[measured].var() > 0:
        middle = told[measured].mean()
        true_share = max(1 - (error[measured] ** 2).mean() / told[measured].var(), 0.0)
    centre = np.where(measured, middle + true_share * (told - middle), told)
    spread = np.where(measured, np.sqrt(true_share) * error, error)
    return centre[:, None] + spread[:, None] * rng.standard_normal((len(here), draws))


def _drawn_potentials(here: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    """Log-normal with the interval's own width on each side, one draw for all clients of a size and sector."""
    rng = np.random.default_rng([seed, 13])
    cell = pd.factorize(here["size_class"].astype(str) + "|" + here["sector"].astype(str))[0]
    told = rng.standard_normal((cell.max() + 1 if len(cell) else 0, draws))[cell]
    middle, low, high = (
        np.log(here[f"potential{end}_eur"].to_numpy(dtype=float))[:, None] for end in ("", "_low", "_high")
    )
    width = np.where(told < 0, middle - low, high - middle) / Z90
    return np.exp(middle + width * told)
