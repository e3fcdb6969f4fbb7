"""The answers one analysis works on: scores of one supplier, a target, weights, and what is missing why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import DataError
from workbench.language import said, word

LEAST_RESPONDENTS = 10


@dataclass(frozen=True)
class Answers:
    """One row per respondent (n), in the order of the frame they came from.

    attributes, p names; scores, (n, p) on 0-100, NaN where there is no answer; not_applicable, (n, p), true where the
    respondent cannot answer because it does not use the service; target, (n,); controls, (n, c) numbers; weight, (n,)
    positive; cluster, (n,) numbers: rows with the same are drawn together. rows, the index labels of the frame.
    why_not, a sentence where the answers carry no analysis (too few, or a target that does not vary), else None.
    left_out, by attribute that cannot be used, the sentence that says why.
    """

    attributes: tuple[str, ...]
    scores: np.ndarray
    not_applicable: np.ndarray
    target: np.ndarray
    controls: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray
    rows: pd.Index
    target_name: str
    left_out: dict[str, str]
    why_not: str | None

    @property
    def n(self) -> int:
        """Respondents (rows)."""
        return len(self.target)

    @property
    def n_effective(self) -> float:
        """Kish: how many equally weighted respondents would say as much."""
        return float(self.weight.sum() ** 2 / (self.weight**2).sum()) if self.n else 0.0


def answers_for(
    frame: pd.DataFrame,
    target: str,
    *,
    attributes: Sequence[str],
    controls: Sequence[str] = (),
    not_applicable: pd.DataFrame | None = None,
    weight: str | None = None,
    cluster: str | None = None,
) -> Answers:
    """The answers of a frame on one target: its rows with the target and at least one attribute answered.

    Parameters: frame, a row per respondent and supplier, not modified: attributes and target on 0-100, NaN where there
    is no answer; controls, text or numbers, unknown ones being a class of their own; weight, positive; cluster, the
    respondent or account (default, and where it is unknown: every row its own). not_applicable, frame's index, a
    true-or-false column for each attribute that knows it: true where the service is not used; an unmarked NaN is an
    unanswered item.
    Raises: DataError for columns that are absent, scores outside 0-100, weights that are not positive.
    Notes: a row without target says nothing about what explains it (von Hippel, 2007), nor does one without a score.
    """
    _check_columns(frame, [*attributes, target, *controls, *filter(None, [weight, cluster])])
    marks = pd.DataFrame(False, index=frame.index, columns=list(attributes))
    if not_applicable is not None:
        marks.update(not_applicable.reindex(columns=[name for name in attributes if name in not_applicable]))
    _check_scores(frame, attributes, marks.to_numpy(bool))
    scores = frame[list(attributes)].astype(float)
    kept = (frame[target].notna() & scores.notna().any(axis=1)).to_numpy()
    scores, marks = scores[kept], marks[kept]
    left_out = _left_out(scores)
    usable = [name for name in attributes if name not in left_out]
    weights = _checked_weights(frame, weight)[kept]
    given = frame[target].to_numpy(float)[kept]
    return Answers(
        attributes=tuple(usable),
        scores=scores[usable].to_numpy(float),
        not_applicable=marks[usable].to_numpy(bool),
        target=given,
        controls=control_columns(frame.loc[kept, list(controls)]),
        weight=weights,
        cluster=_clusters(frame, cluster)[kept],
        rows=frame.index[kept],
        target_name=target,
        left_out=left_out,
        why_not=_why_not(target, given, usable),
    )


def control_columns(controls: pd.DataFrame) -> np.ndarray:
    """Controls as numbers, (rows, columns): text as one column per class but the most frequent, numbers as they are
    with a column that marks the unknown ones (filled by their mean). Columns without variance are left out."""
    columns = []
    for name in controls:
        values = controls[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            known = values.astype(float)
            columns += [known.fillna(known.mean()).to_numpy(), known.isna().to_numpy(float)]
        else:
            classes = values.astype("string").fillna("?")
            columns += [(classes == one).to_numpy(float) for one in classes.value_counts().index[1:]]
    table = np.column_stack(columns) if columns else np.empty((len(controls), 0))
    return table[:, np.ptp(table, axis=0) > 0] if len(table) else table[:, :0]


def _clusters(frame: pd.DataFrame, cluster: str | None) -> np.ndarray:
    """A number for each cluster; a row without one (a non-client has no account) is its own."""
    if cluster is None:
        return np.arange(len(frame))
    number, names = pd.factorize(frame[cluster])
    return np.where(number < 0, len(names) + np.arange(len(frame)), number)


def _why_not(target: str, given: np.ndarray, usable: list[str]) -> str | None:
    if len(given) < max(LEAST_RESPONDENTS, len(usable) + 2):
        return said(
            "Only {n} respondents answered {target} and some attribute; {needed} are needed for {p} attributes. "
            "Nothing is estimated: ask more respondents, or analyse fewer attributes.",
            n=len(given),
            target=word(target),
            needed=max(LEAST_RESPONDENTS, len(usable) + 2),
            p=len(usable),
        )
    if np.ptp(given) == 0:
        return said(
            "All {n} respondents gave {target} the same score, so nothing can explain a difference in it.",
            n=len(given),
            target=word(target),
        )
    if not usable:
        return said("No attribute has answers that differ, so nothing can explain {target}.", target=word(target))
    return None


def _left_out(scores: pd.DataFrame) -> dict[str, str]:
    """Attributes without an answer, or with the same answer of all."""
    said_of = {}
    for name in scores:
        answered = scores[name].dropna()
        if answered.empty:
            said_of[name] = said("{attribute}: nobody answered it, so it is left out.", attribute=word(name))
        elif answered.nunique() == 1:
            said_of[name] = said(
                "{attribute}: all {n} respondents gave the same score, so it is left out.",
                attribute=word(name),
                n=len(answered),
            )
    return said_of


def _check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    absent = [name for name in names if name not in frame]
    if absent:
        raise DataError(f"survey: must have the columns {', '.join(absent)} (has {', '.join(map(str, frame.columns))})")
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise DataError(
            f"survey: {', '.join(twice)} must serve once, as attribute, target or control; take it out once"
        )


def _check_scores(frame: pd.DataFrame, attributes: Sequence[str], marks: np.ndarray) -> None:
    scores = frame[list(attributes)].to_numpy(float)
    outside = (scores < 0) | (scores > 100)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise DataError(
            f"survey: {attributes[column]} must be on 0-100 (got {scores[row, column]:g} at {frame.index[row]}, "
            f"{outside.sum()} such scores); declare the scale and its codes for refusals"
        )
    both = marks & ~np.isnan(scores)
    if both.any():
        row, column = np.argwhere(both)[0]
        raise DataError(
            f"survey: {attributes[column]} at {frame.index[row]} is marked not applicable and has the score "
            f"{scores[row, column]:g} ({both.sum()} such answers); it must be one or the other"
        )


def _checked_weights(frame: pd.DataFrame, weight: str | None) -> np.ndarray:
    if weight is None:
        return np.ones(len(frame))
    values = frame[weight].to_numpy(float)
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        raise DataError(
            f"survey: {weight} must be positive (got {values[wrong][0]:g} at {frame.index[wrong][0]}, {wrong.sum()} "
            "such rows); leave respondents out that shall not count"
        )
    return values
