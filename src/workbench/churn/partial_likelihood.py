"""The maximum of the partial likelihood by Newton's method, and the covariates for which there is none."""

from dataclasses import dataclass, replace

import numpy as np

from workbench.churn.risk_sets import Hazards, RiskSets, hazards, score_and_information

STEPS = 40
# The log-likelihood is flat beyond this relative gain; a coefficient that still moves by a tenth of the standard
# deviation of its covariate then has no finite maximum.
FLAT = 1e-10
RUNNING_AWAY = 0.1
# A covariate of which the others leave less than this share of its information adds nothing to them.
DEPENDENT = 1e-9


@dataclass(frozen=True)
class Maximum:
    """Coefficients (p,), zero for columns left out; found, the sums there; information (q, q) of the q columns used.

    used: positions of the columns with a coefficient. dependent, separating: positions of columns left out because
    the others tell all they do, or because their best coefficient is infinite. loglik_null: at zero.
    """

    coefficients: np.ndarray
    sets: RiskSets
    found: Hazards
    information: np.ndarray
    used: tuple[int, ...]
    dependent: tuple[int, ...]
    separating: tuple[int, ...]
    loglik_null: float


def maximum(sets: RiskSets) -> Maximum:
    """The coefficients that maximise the partial likelihood of the risk sets.

    Notes: Newton with halved steps on standardised columns; dependent columns are left out before, in their order,
    separating ones when the maximum runs away, one at a time. `sets` of the result has the used columns only.
    """
    centre = np.average(sets.x, axis=0, weights=sets.weight)
    spread = np.sqrt(np.average((sets.x - centre) ** 2, axis=0, weights=sets.weight))
    unit = np.where(spread > 0, spread, 1.0)
    scaled = replace(sets, x=(sets.x - centre) / unit)
    start = hazards(scaled, np.zeros(sets.x.shape[1]))
    used, dependent = _independent(score_and_information(scaled, start)[1], spread > 1e-12 * np.abs(centre))
    separating: list[int] = []
    while True:
        here = _with_columns(scaled, used)
        beta, runaway = _climbed(here)
        if runaway is None:
            break
        separating.append(used.pop(runaway))
    coefficients = np.zeros(sets.x.shape[1])
    coefficients[used] = beta / unit[used]
    kept = _with_columns(sets, used)
    found = hazards(kept, coefficients[used])
    information = score_and_information(kept, found)[1]
    return Maximum(
        coefficients, kept, found, information, tuple(used), tuple(dependent), tuple(separating), start.loglik
    )


def _with_columns(sets: RiskSets, used: list[int]) -> RiskSets:
    return sets if len(used) == sets.x.shape[1] else replace(sets, x=np.ascontiguousarray(sets.x[:, used]))


def _climbed(sets: RiskSets) -> tuple[np.ndarray, int | None]:
    """The maximum (p,) on standardised columns, or the position of a column that runs away."""
    beta = np.zeros(sets.x.shape[1])
    found = hazards(sets, beta)
    for _ in range(STEPS):
        score, information = score_and_information(sets, found)
        step = np.linalg.lstsq(information, score, rcond=1e-12)[0]
        tried = _halved(sets, found, beta, step)
        if tried is None:
            return beta, None
        step, after = tried
        gain = after.loglik - found.loglik
        beta, found = beta + step, after
        if gain <= FLAT * (1 + abs(found.loglik)):
            break
    worst = int(np.argmax(np.abs(step))) if len(step) else 0
    return beta, worst if len(step) and abs(step[worst]) > RUNNING_AWAY else None


def _halved(sets: RiskSets, found: Hazards, beta: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, Hazards] | None:
    """The step and the sums after it, halved until the likelihood does not fall; None where no step is left."""
    for _ in range(20):
        # exp overflows beyond 700: such a step is halved before it is tried.
        if np.abs(sets.x @ (beta + step)).max(initial=0.0) < 500:
            after = hazards(sets, beta + step)
            if after.loglik >= found.loglik - 1e-12 * abs(found.loglik):
                return step, after
        step = step / 2
    return None


def _independent(information: np.ndarray, varies: np.ndarray) -> tuple[list[int], list[int]]:
    """The columns that vary and tell more than those before them, and the others."""
    used: list[int] = []
    for column in range(len(information)):
        if not varies[column] or information[column, column] <= 0:
            continue
        told = information[np.ix_(used, used)]
        share = information[used, column]
        left = information[column, column] - (share @ np.linalg.solve(told, share) if used else 0.0)
        if left > DEPENDENT * information[column, column]:
            used.append(column)
    return used, [column for column in range(len(information)) if column not in used]
