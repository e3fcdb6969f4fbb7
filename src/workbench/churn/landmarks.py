"""The survival model judged on time it has not seen: fitted with what a date knew, followed for a year after it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from workbench.churn.accuracy import Outcome, brier, outcome, rates, reference_brier, uno_c
from workbench.churn.buy_till_die import buy_till_die_fit
from workbench.churn.outlook import loss_by_month, survival_by_month, survival_model
from workbench.errors import DataError
from workbench.language import date_text, decimal_text, said, word
from workbench.units import DAYS_A_MONTH

HORIZON = 12
DRAWS = 200
MODEL, RECENCY, CONSTANT, BG_NBD = "survival", "recency", "constant_hazard", "BG/NBD"
# Clients judged at a landmark; of more a sample is drawn, which leaves concordance an interval of two points.
MOST_JUDGED = 5_000
NEEDED = (
    "customer_id", "group_id", "age_months", "gap_months", "p_gap_longer", "silent_months", "followed_months", "lost",
)  # fmt: skip
LEAST_HISTORY = 6
HALF_A_DAY = 0.5 / DAYS_A_MONTH
DECILES = 10
LEAST_IN_CELL = 10


@dataclass(frozen=True)
class Landmark:
    """A date with what was known at it, and what came after.

    on: the date L. history: the counting process as known at L (customer_id, group_id, start, stop, event, covariates),
    losses decided by what the files told then. people: clients active at L, a row each, with customer_id, group_id
    (null: a group of its own), age_months, the covariates, gap_months, p_gap_longer and delay_months (as
    `loss_by_month`), silent_months, a segment (optional), all as known at L, and, from later files, followed_months (0
    and more, up to 12) and lost: who never ordered after L and whose loss is dated before it is lost with 0 months.
    orders: every client with an order by L, with customer_id, repeats (orders after the first), last_months (from the
    first to the last order) and seen_months (from the first order to L). past: a table like people at an earlier
    landmark, its outcomes as known at L; None where the files are too short.
    """

    on: date
    history: pd.DataFrame
    people: pd.DataFrame
    orders: pd.DataFrame
    past: pd.DataFrame | None = None


@dataclass(frozen=True)
class Evaluation:
    """How near the predictions came. Intervals are 90 %, of a bootstrap over groups of clients.

    metrics: the table churn_evaluation: landmark, model, metric (brier, scaled_brier, integrated_brier, uno_c,
    observed_to_predicted), value, low, high. calibration: landmark, by (decile, segment), level, n, predicted,
    observed, low, high, of the survival model. verdicts: baseline,
    n_landmarks, gain (mean over landmarks of the scaled Brier score of the model less that of the baseline), low, high,
    verdict (better, worse, not_established). notes: sentences.
    """

    metrics: pd.DataFrame
    calibration: pd.DataFrame
    verdicts: pd.DataFrame
    notes: tuple[str, ...]


def evaluation(landmarks: Sequence[Landmark], *, covariates: Sequence[str], seed: int) -> Evaluation:
    """The model and its baselines at each landmark, with intervals and a verdict against each baseline.

    Notes: predictions come from `predictions`, which is not given the outcomes. A group's draw is the same at every
    landmark and for every model, so that differences are paired. The models are not fitted again in the bootstrap: its
    intervals are of the judgement, not of the fit.
    """
    landmarks = [each for each in landmarks if len(each.people)]
    notes = [] if landmarks else [said("No client was active at any landmark: nothing to judge.")]
    drawn = _drawn_groups([each.people for each in landmarks], seed) if landmarks else None
    metrics, cells, gains = [], [], []
    for landmark in landmarks:
        _check_people(landmark.people, landmark.on)
        people, remark = _judged(landmark, seed)
        notes += remark
        found = outcome(people["followed_months"].to_numpy(float), people["lost"].to_numpy(bool), horizon=HORIZON)
        if not found.lost.any() or found.lost.all():
            on = date_text(landmark.on)
            notes.append(said("At {on} the clients followed were all kept or all lost: nothing to judge.", on=on))
            continue
        predicted, remarks = predictions(
            replace(landmark, people=people.drop(columns=["followed_months", "lost"])), covariates=covariates
        )
        notes += remarks
        weights = drawn.loc[_groups(people)].to_numpy().T
        scaled = {}
        for name, p_loss in predicted.items():
            measured, scaled[name] = _measured(found, p_loss, weights)
            metrics += [(landmark.on, name, metric, *_with_bounds(values)) for metric, values in measured.items()]
        if MODEL in scaled:
            gains.append({name: scaled[MODEL] - values for name, values in scaled.items() if name != MODEL})
            cells += _calibration(landmark.on, people, found, predicted[MODEL][:, -1], weights)
    columns = ["landmark", "model", "metric", "value", "low", "high"]
    return Evaluation(
        metrics=pd.DataFrame(metrics, columns=columns),
        calibration=pd.DataFrame(
            cells, columns=["landmark", "by", "level", "n", "predicted", "observed", "low", "high"]
        ),
        verdicts=_verdicts(gains),
        notes=tuple(dict.fromkeys(notes)),
    )


def landmark_dates(
    *, first_on: date, ends_on: date, threshold_months: float, spacing_months: int = 6, count: int = 3
) -> list[date]:
    """The first days of months at which the model can be judged, the latest last; fewer, or none, of a short file.

    Parameters: first_on, ends_on, of the orders; threshold_months, the silence after which the slowest client judged
    counts as lost. Notes: the last landmark leaves HORIZON months and that silence before the end of the files; the
    first has LEAST_HISTORY months behind it.
    """
    last = pd.Timestamp(ends_on) - pd.Timedelta(days=threshold_months * DAYS_A_MONTH) - pd.DateOffset(months=HORIZON)
    earliest = pd.Timestamp(first_on) + pd.DateOffset(months=LEAST_HISTORY)
    dates = [last.normalize().replace(day=1) - pd.DateOffset(months=spacing_months * back) for back in range(count)]
    return [each.date() for each in reversed(dates) if each >= earliest]


def predictions(landmark: Landmark, *, covariates: Sequence[str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """The probability (n, 12) of being lost by each month after the landmark, by each model that can be fitted.

    Returns: by model name, and a sentence for each that cannot. Notes: `people` needs no outcomes and they are not
    read. The survival model counts the chance that a silent client is gone already (`p_alive`).
    """
    people, predicted, notes = landmark.people, {}, []
    model = survival_model(landmark.history, covariates=covariates)
    if model.bands is None:
        notes.append(str(model.why_not))
    else:
        predicted[MODEL] = loss_by_month(model, people, HORIZON)
    exposure = (landmark.history["stop"] - landmark.history["start"]).sum()
    rate = landmark.history["event"].sum() / exposure
    predicted[CONSTANT] = np.tile(-np.expm1(-rate * np.arange(1, HORIZON + 1)), (len(people), 1))
    if landmark.past is None:
        notes.append(
            said(
                "At {on} the baseline {name} is left out: the files before it are too short for it.",
                on=date_text(landmark.on),
                name=word(RECENCY),
            )
        )
    else:
        predicted[RECENCY] = _of_recency(landmark.past, people)
    if (landmark.orders["repeats"] > 0).any():
        predicted[BG_NBD] = _of_buy_till_die(landmark)
    else:
        notes.append(
            said(
                "At {on} the baseline {name} is left out: no client had ordered twice.",
                on=date_text(landmark.on),
                name=word(BG_NBD),
            )
        )
    return predicted, notes


def _of_recency(past: pd.DataFrame, people: pd.DataFrame) -> np.ndarray:
    """Losses foretold from the months of silence alone, as they went after an earlier landmark."""
    followed = past["followed_months"].to_numpy(float)
    rows = pd.DataFrame(
        {
            "start": 0.0,
            "stop": np.clip(followed, HALF_A_DAY, HORIZON),
            "event": past["lost"].to_numpy(bool) & (followed <= HORIZON),
            "silence": np.log1p(past["silent_months"].to_numpy(float)),
        }
    )
    model = survival_model(rows, covariates=["silence"])
    if model.bands is None:  # nobody was lost then: the baseline foretells that again
        return np.zeros((len(people), HORIZON))
    now = pd.DataFrame({"age_months": 0.0, "silence": np.log1p(people["silent_months"].to_numpy(float))})
    return 1 - survival_by_month(model, now, HORIZON)


def _of_buy_till_die(landmark: Landmark) -> np.ndarray:
    """Losses foretold by BG/NBD, fitted to every client with an order before the landmark."""
    named = {"repeats": "repeats", "last": "last_months", "age": "seen_months"}
    model = buy_till_die_fit(**{name: landmark.orders[column].to_numpy(float) for name, column in named.items()})
    own = landmark.orders.set_index("customer_id").loc[landmark.people["customer_id"]]
    own = {name: own[column].to_numpy(float) for name, column in named.items()}
    return np.column_stack([1 - model.p_kept(ahead, **own) for ahead in range(1, HORIZON + 1)])


def _judged(landmark: Landmark, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """The clients judged, and a sentence where they are a sample."""
    people = landmark.people
    if len(people) <= MOST_JUDGED:
        return people, []
    on, n, total = date_text(landmark.on), decimal_text(MOST_JUDGED), decimal_text(len(people))
    remark = said("At {on} a random {n} of the {total} clients active are judged.", on=on, n=n, total=total)
    return people.sample(MOST_JUDGED, random_state=seed), [remark]


def _check_people(people: pd.DataFrame, on: date) -> None:
    missing = [name for name in NEEDED if name not in people]
    if missing:
        raise DataError(f"landmark {on}: people lack the columns {missing}")
    followed = people["followed_months"].to_numpy(float)
    if not (followed >= 0).all():
        raise DataError(f"landmark {on}: followed_months is unknown or negative for {(~(followed >= 0)).sum()} clients")
    twice = people.loc[people["customer_id"].duplicated(), "customer_id"]
    if len(twice):
        raise DataError(f"landmark {on}: people must have one row a client; {twice.iloc[0]} has several")


def _groups(people: pd.DataFrame) -> pd.Series:
    own = "client " + people["customer_id"].astype("string")
    return ("group " + people["group_id"].astype("string")).fillna(own).astype(object)


def _drawn_groups(tables: Sequence[pd.DataFrame], seed: int) -> pd.DataFrame:
    """How often each group (index) is in each draw; the first column is every group once."""
    names = pd.unique(pd.concat([_groups(each) for each in tables]))
    drawn = np.random.default_rng([seed, 51]).multinomial(len(names), np.full(len(names), 1 / len(names)), DRAWS)
    return pd.DataFrame(np.vstack([np.ones((1, len(names)), dtype=int), drawn]).T, index=names)


def _measured(found: Outcome, p_loss: np.ndarray, weights: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Each metric (draws,), and the scaled Brier score by itself."""
    score, usual = brier(found, p_loss, weights), reference_brier(found, weights)
    scaled = 1 - _ratio(score[:, -1], usual[:, -1])
    observed, told = rates(found, p_loss[:, -1], weights)
    measured = {
        "brier": score[:, -1],
        "scaled_brier": scaled,
        "integrated_brier": score.mean(axis=1),
        "uno_c": uno_c(found, p_loss[:, -1], weights),
        "observed_to_predicted": _ratio(observed, told),
    }
    return measured, scaled


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """NaN where there is nothing to divide by (a draw in which nobody was lost)."""
    return np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)


def _with_bounds(values: np.ndarray) -> tuple[float, float, float]:
    drawn = values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(drawn, [0.05, 0.95]) if len(drawn) else (np.nan, np.nan)
    return float(values[0]), float(low), float(high)


def _calibration(
    on: date, people: pd.DataFrame, found: Outcome, p_loss: np.ndarray, weights: np.ndarray
) -> list[tuple]:
    """Predicted and observed shares lost, by decile of the prediction and by segment."""
    decile = np.minimum((pd.Series(p_loss).rank(method="first").to_numpy() - 1) * DECILES // len(p_loss), DECILES - 1)
    ways = {"decile": pd.Series(decile.astype(int) + 1).astype(str).to_numpy(dtype=object)}
    if "segment" in people:
        ways["segment"] = people["segment"].to_numpy(dtype=object)
    cells = []
    for by, levels in ways.items():
        for level in pd.unique(levels[pd.notna(levels)]):
            here = levels == level
            if here.sum() >= LEAST_IN_CELL:
                observed, told = rates(found, p_loss, weights * here)
                cells.append((on, by, level, int(here.sum()), float(told[0]), *_with_bounds(observed)))
    return sorted(cells, key=lambda cell: (cell[1], cell[4]))


def _verdicts(gains: Sequence[dict[str, np.ndarray]]) -> pd.DataFrame:
    """Against each baseline, over the landmarks that have it: the mean gain, its interval, and what may be said."""
    rows = []
    for name in [RECENCY, CONSTANT, BG_NBD]:
        has = [each[name] for each in gains if name in each]
        if has:
            value, low, high = _with_bounds(np.mean(has, axis=0))
            verdict = "better" if low > 0 else "worse" if high < 0 else "not_established"
            rows.append((name, len(has), value, low, high, verdict))
    return pd.DataFrame(rows, columns=["baseline", "n_landmarks", "gain", "low", "high", "verdict"])
