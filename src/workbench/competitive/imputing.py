"""What is missing in the scores: unanswered items drawn several times, services not used filled by the mean."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# scikit-learn asks for this import: IterativeImputer may still change between its versions.
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer
from threadpoolctl import threadpool_limits

from workbench.competitive.answers import Answers
from workbench.competitive.resampling import Resamples, Reweighted, resamples

ROUNDS = 4
LOWEST, HIGHEST = 0.0, 100.0


@dataclass(frozen=True)
class Drawn:
    """Answers with all that chance decides, so that every result of a study rests on the same draws.

    samples, B bootstrap samples; completed, (imputations, rows, attributes), scores without gaps for the point
    estimates; drawn_completed, likewise, imputation m fitted on sample m: draw b uses number b modulo their number.
    """

    answers: Answers
    samples: Resamples
    completed: np.ndarray
    drawn_completed: np.ndarray

    def each(self) -> Iterator[tuple[np.ndarray, slice]]:
        """The scores of each imputation and the draws that use them."""
        for number, scores in enumerate(self.drawn_completed):
            yield scores, slice(number, None, len(self.drawn_completed))


def drawn_answers(
    answers: Answers, *, draws: int, seed: int, imputations: int = 10, reweighted: Reweighted | None = None
) -> Drawn:
    """Bootstrap samples and imputations of some answers.

    Parameters: imputations, how many where items are unanswered (as many as draws: the whole recipe runs in each);
    reweighted, see `resamples`. Answers with a why_not are given back without draws.
    """
    if answers.why_not is not None:
        none = np.empty((0, answers.n))
        return Drawn(
            answers, Resamples(none.astype(np.int16), none), answers.scores[None][:0], answers.scores[None][:0]
        )
    samples = resamples(answers, draws=draws, seed=seed, reweighted=reweighted)
    completed = completed_scores(answers, imputations=imputations, seed=seed)
    drawn_completed = completed_scores(answers, imputations=min(imputations, draws), seed=seed, samples=samples)
    return Drawn(answers, samples, completed, drawn_completed)


def completed_scores(answers: Answers, *, imputations: int, seed: int, samples: Resamples | None = None) -> np.ndarray:
    """The scores without gaps, shape (imputations, rows, attributes); one only where no item is unanswered.

    Parameters: samples, bootstrap samples: imputation m is fitted on the rows of sample m, so that with as many
    imputations as samples the whole recipe runs in each; without them it is fitted on all rows.
    Notes: chained Bayesian ridge regressions with draws from their posterior, target, controls, weight and what is not
    applicable among the predictors (assumption A31). A service that is not used is filled with the mean of those who
    use it; with its indicator beside it any other value would give the same R² (assumption A30).
    """
    filled = _with_means_where_not_applicable(answers)
    if not np.isnan(filled).any():
        return filled[None]
    columns = _predictors(answers, filled)
    made = np.empty((imputations, *filled.shape))
    with threadpool_limits(1):
        for number in range(imputations):
            rows = np.arange(answers.n) if samples is None else np.repeat(np.arange(answers.n), samples.times[number])
            made[number] = _drawn(columns, rows, filled.shape[1], seed=[seed, number])
    return made


def indicators(answers: Answers) -> list[np.ndarray]:
    """For each attribute, the column that marks where it is not applicable: (rows, 1), or (rows, 0) if it always is
    applicable."""
    marks = answers.not_applicable
    return [
        marks[:, [at]].astype(float) if marks[:, at].any() else np.empty((len(marks), 0))
        for at in range(marks.shape[1])
    ]


def _with_means_where_not_applicable(answers: Answers) -> np.ndarray:
    answered = ~np.isnan(answers.scores)
    weight = answers.weight[:, None] * answered
    means = (weight * np.where(answered, answers.scores, 0)).sum(axis=0) / weight.sum(axis=0)
    return np.where(answers.not_applicable, means, answers.scores)


def _predictors(answers: Answers, filled: np.ndarray) -> np.ndarray:
    """All that predicts an unanswered item, the items first; what does not vary or is unknown is left out."""
    beside = np.column_stack([*indicators(answers), answers.target, answers.controls, np.log(answers.weight)])
    return np.column_stack([filled, beside[:, np.ptp(beside, axis=0) > 0]])


def _drawn(columns: np.ndarray, rows: np.ndarray, items: int, *, seed: list[int]) -> np.ndarray:
    # Only what has gaps in the fit is imputed afterwards: an item that lost its gaps in the sample gets a row with one.
    gaps = np.isnan(columns)
    rows = np.append(rows, gaps[:, gaps.any(axis=0) & ~gaps[rows].any(axis=0)].argmax(axis=0))
    bounds = np.column_stack([[LOWEST, HIGHEST]] * items + [[-np.inf, np.inf]] * (columns.shape[1] - items))
    imputer = IterativeImputer(
        sample_posterior=True,
        max_iter=ROUNDS,
        min_value=bounds[0],
        max_value=bounds[1],
        random_state=int(np.random.default_rng(seed).integers(2**31)),
        keep_empty_features=True,
        skip_complete=True,
    )
    with warnings.catch_warnings():
        # A sampler does not converge to one value; scikit-learn warns that it has not (22 Nov 2026).
        warnings.simplefilter("ignore", ConvergenceWarning)
        imputer.fit(columns[rows])
    return imputer.transform(columns)[:, :items]
