"""Elasticities from past rises of single clients: differences in differences, adjusted for whose prices were raised."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from workbench.params import Belief, Elasticity
from workbench.potential.sizes import SIZES
from workbench.units import Z90
from workbench.value.price_history import PriceHistory

ALL = "all"
LEAST_GROUPS = 10
LEAST_LOST = 10
COLUMNS = ["elasticity", "size_class", "estimate", "value", "low", "high", "n_affected", "n_others"]


@dataclass(frozen=True)
class Estimates:
    """What past rises say of the elasticities.

    table: elasticity (volume, loss), size_class (all, or a size with enough affected groups), estimate (adjusted,
    naive, placebo), value, low, high (90 %), n_affected, n_others (clients). refused: elasticity → why it stays a
    hypothesis, a name of REFUSALS.
    """

    table: pd.DataFrame
    refused: dict[str, str]


KNOWN_SIZES = (*SIZES, "unknown")


def size_places(size_class: pd.Series) -> np.ndarray:
    """The place of each client's size in KNOWN_SIZES, the rows of every table of elasticities."""
    return pd.Index(KNOWN_SIZES).get_indexer(size_class.where(size_class.isin(SIZES), "unknown"))


@dataclass(frozen=True)
class Elasticities:
    """One elasticity as scenarios use it, by size.

    table: index size_class (KNOWN_SIZES), value, deviation, draw (sizes with the same name have one draw
    between them), origin (estimate, hypothesis).
    """

    table: pd.DataFrame

    @property
    def origin(self) -> str:
        """estimate, hypothesis, or both."""
        origins = sorted(set(self.table["origin"]))
        return origins[0] if len(origins) == 1 else "both"

    @property
    def values(self) -> np.ndarray:
        """The central value of each row of the table."""
        return self.table["value"].to_numpy()

    def draws(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n draws of the table's values, n × rows."""
        names = list(dict.fromkeys(self.table["draw"]))
        shared = rng.standard_normal((n, len(names)))[:, [names.index(name) for name in self.table["draw"]]]
        return self.table["value"].to_numpy() + shared * self.table["deviation"].to_numpy()


def estimates(history: PriceHistory) -> Estimates:
    """The elasticities of volume and of loss that past rises of single clients show.

    Parameters: history. Returns: Estimates.
    Notes: volume: Poisson regression of the deliveries of the year after on log(1 + rise), for clients who stay that
    year; loss: complementary log-log of being lost within the year on the rise. Adjusted for what may have led to the
    rise: volume and trend of the year before, discount, booked margin, size; naive is without, as if the clients whose
    prices rose were like the others. Errors are clustered by group (`clustered_errors`), with Student's t of the
    affected groups less one. The placebo is the adjusted estimate a year earlier, when there was nothing to answer to:
    where it is not near 0, the adjustment does not do, and the volume's elasticity stays a hypothesis (assumption
    A108). Fewer than 10 affected groups, or 10 losses among them and among the others, are not enough.
    """
    rows = history.clients.copy()
    refused = {}
    if rows.empty or _groups(rows) < LEAST_GROUPS:
        return Estimates(pd.DataFrame(columns=COLUMNS), dict.fromkeys(("volume", "loss"), "few rises"))
    parts = []
    stayed = rows[rows["n_after"].gt(0) & ~rows["lost"]].reset_index(drop=True)
    if _groups(stayed) < LEAST_GROUPS:
        refused["volume"] = "few rises"
    else:
        parts += [_volume(stayed, "adjusted"), _volume(stayed, "naive")]
        earlier = stayed.dropna(subset=["placebo_before", "placebo_after", "placebo_trend"])
        earlier = earlier[earlier["placebo_after"].gt(0)].reset_index(drop=True)
        if _groups(earlier) >= LEAST_GROUPS:
            shifted = {"n_before": "placebo_before", "n_after": "placebo_after", "trend": "placebo_trend"}
            placebo = _volume(earlier.assign(**{ours: earlier[column] for ours, column in shifted.items()}), "placebo")
            parts.append(placebo)
            everyone = placebo[placebo["size_class"].eq(ALL)].iloc[0]
            if not everyone["low"] <= 0 <= everyone["high"]:
                refused["volume"] = "placebo"
    lost = rows.groupby(rows["rise_share"].ne(0))["lost"].sum().reindex([False, True], fill_value=0)
    if lost.min() < LEAST_LOST:
        refused["loss"] = "few losses"
    else:
        parts += [_loss(rows, "adjusted"), _loss(rows, "naive")]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    return Estimates(table, refused)


def chosen_elasticities(found: Estimates, told: Elasticity, *, of: str, wanted: bool) -> Elasticities:
    """The elasticity to use for each size: its own estimate, else that of all sizes, else what the params believe.

    Parameters: found; told, the params' belief; of, volume or loss; wanted, whether estimates are to be used at all.
    Notes: an estimate whose interval is wider than the belief's says less than it, and does not replace it.
    """
    usable = wanted and of not in found.refused
    rows = found.table[found.table["elasticity"].eq(of) & found.table["estimate"].eq("adjusted")]
    known = rows.set_index("size_class")
    width = known["high"] - known["low"]
    table = []
    for size in KNOWN_SIZES:
        belief: Belief = told.by_size.get(size, told)
        sure = width[width.le(belief.high - belief.low)] if usable else width.iloc[:0]
        name = next((one for one in (size, ALL) if one in sure.index), None)
        low, high = (belief.low, belief.high) if name is None else known.loc[name, ["low", "high"]]
        origin = ("belief", "hypothesis") if name is None else (name, "estimate")
        table.append((size, (low + high) / 2, (high - low) / (2 * Z90), *origin))
    columns = ["size_class", "value", "deviation", "draw", "origin"]
    return Elasticities(pd.DataFrame(table, columns=columns).set_index("size_class"))


def clustered_errors(fitted, groups: np.ndarray) -> np.ndarray:
    """Standard errors of a fitted GLM when clients of one group go together, as a jackknife over groups has them.

    Parameters: fitted, results of statsmodels' GLM; groups, the number of each row's group.
    Notes: statsmodels' own are too small where a few large groups weigh much. Each group's residuals are set off by its
    leverage (CR3), at the weights of the fit: for a linear model exactly the jackknife.
    References: Bell & McCaffrey (2002); MacKinnon, Nielsen & Webb (2023).
    """
    root = np.sqrt(fitted.model.family.weights(fitted.mu))
    design, residual = fitted.model.exog * root[:, None], fitted.resid_working * root
    inverse = np.linalg.pinv(design.T @ design)
    order = np.argsort(groups, kind="stable")
    scores = []
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        own = design[rows]
        # A group that alone decides a coefficient has leverage 1: nothing can be said without it.
        outside = np.eye(len(rows)) - own @ inverse @ own.T
        scores.append(own.T @ np.linalg.pinv(outside) @ residual[rows])
    spread = np.array(scores) @ inverse
    n = len(scores)
    return np.sqrt((n - 1) / n * (spread**2).sum(axis=0))


def _volume(rows: pd.DataFrame, estimate: str) -> pd.DataFrame:
    family, dose = sm.families.Poisson(), np.log1p(rows["rise_share"])
    offset = np.log(rows["n_before"]) if estimate == "naive" else None
    controls = _controls(rows, adjusted=estimate != "naive")
    model = _Model(rows, rows["n_after"], controls, family, offset)
    return _by_size("volume", estimate, model, dose)


def _loss(rows: pd.DataFrame, estimate: str) -> pd.DataFrame:
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    controls = _controls(rows, adjusted=estimate != "naive", outcome=rows["lost"])
    return _by_size("loss", estimate, _Model(rows, rows["lost"], controls, family), rows["rise_share"])


@dataclass(frozen=True)
class _Model:
    """A regression but for the rises: its rows, outcome, controls, family and offset."""

    rows: pd.DataFrame
    outcome: pd.Series
    controls: pd.DataFrame
    family: sm.families.Family
    offset: pd.Series | None = None

    def effects(self, doses: pd.DataFrame) -> dict[str, tuple[float, float]]:
        """Coefficient and clustered standard error of each dose."""
        design = pd.concat([self.controls, doses], axis=1).astype(float)
        fitted = sm.GLM(self.outcome.astype(float), design, family=self.family, offset=self.offset).fit()
        errors = dict(zip(design.columns, clustered_errors(fitted, _clusters(self.rows)), strict=True))
        return {name: (float(fitted.params[name]), float(errors[name])) for name in doses}


def _by_size(elasticity: str, estimate: str, model: _Model, dose: pd.Series) -> pd.DataFrame:
    """The estimate for all sizes together, and each size's own where it has enough of it."""
    rows = model.rows
    together = _row(elasticity, estimate, ALL, rows, *model.effects(pd.DataFrame({ALL: dose}))[ALL])
    enough = {size: part for size, part in rows.groupby("size_class") if _is_enough(part, elasticity)}
    if len(enough) == 0 or rows["size_class"].nunique() == 1:
        return pd.DataFrame([together], columns=COLUMNS)
    doses = {size: dose.where(rows["size_class"].eq(size), 0.0) for size in enough}
    others = dose.where(~rows["size_class"].isin(list(enough)), 0.0)
    apart = model.effects(pd.DataFrame(doses | ({"other sizes": others} if others.ne(0).any() else {})))
    own = [_row(elasticity, estimate, size, enough[size], *apart[size]) for size in enough]
    return pd.DataFrame([together, *own], columns=COLUMNS)


def _is_enough(part: pd.DataFrame, elasticity: str) -> bool:
    if elasticity == "volume":
        return _groups(part) >= LEAST_GROUPS
    lost = part.groupby(part["rise_share"].ne(0))["lost"].sum().reindex([False, True], fill_value=0)
    return bool(lost.min() >= LEAST_LOST)


def _row(elasticity: str, estimate: str, size: str, rows: pd.DataFrame, value: float, error: float) -> tuple:
    affected = int(rows["rise_share"].ne(0).sum())
    reach = stats.t.ppf(0.95, max(_groups(rows) - 1, 1)) * error
    return (elasticity, size, estimate, value, value - reach, value + reach, affected, len(rows) - affected)


def _controls(rows: pd.DataFrame, *, adjusted: bool, outcome: pd.Series | None = None) -> pd.DataFrame:
    """What the outcome would hang on without the rise; constant columns are left out.

    A size without enough of both outcomes has no level of its own, which could not be estimated.
    """
    size = rows["size_class"].fillna("unknown")
    if outcome is not None:
        both = outcome.groupby(size).agg(lambda own: min(own.sum(), (~own).sum()))
        size = size.where(size.map(both).ge(LEAST_LOST), "others")
    date = rows["effective_on"].astype("string")
    levels = pd.get_dummies(size + " " + date, dtype=float)
    if not adjusted:
        return levels
    volume = np.log(rows["n_before"])
    parts = {"trend": np.log(rows["trend"])}
    for name in sorted(size.unique()):
        parts[f"volume {name}"] = (volume - volume.mean()).where(size.eq(name), 0.0)
    for column in ("discount_share", "booked_margin_share"):
        known = rows[column].astype(float)
        if known.notna().any():
            parts[column] = known.fillna(known.median()) - known.median()
            if known.isna().any():
                parts[f"{column} unknown"] = known.isna().astype(float)
    further = pd.DataFrame(parts)
    return pd.concat([levels, further.loc[:, further.nunique() > 1]], axis=1)


def _clusters(rows: pd.DataFrame) -> np.ndarray:
    """The group of each client; one without a group is its own (assumption A12)."""
    return pd.factorize(rows["group_id"].fillna(rows["customer_id"]))[0]


def _groups(rows: pd.DataFrame) -> int:
    """How many groups have a client whose price rose."""
    return len(np.unique(_clusters(rows)[rows["rise_share"].ne(0).to_numpy()]))
