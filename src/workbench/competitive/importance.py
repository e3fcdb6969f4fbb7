"""What makes the difference: how much of satisfaction, or of loyalty, each attribute explains, and how sure that is."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.competitive.answers import Answers
from workbench.competitive.imputing import Drawn, indicators
from workbench.competitive.resampling import covariances, interval
from workbench.competitive.subsets import johnson_weights, lmg_values, r2, without_controls
from workbench.language import decimal_text, said, word

# Beyond this many attributes Johnson's relative weights stand for LMG.
LARGEST_LMG = 16
WEAK_R2, LEAST_PER_ATTRIBUTE = 0.3, 10
# An attribute that leaves less of its variance to itself than this is as good as a mixture of the others.
COLLINEAR_BELOW = 0.05
COLUMNS = (
    "target", "attribute", "importance_share", "importance_low", "importance_high", "importance_r2",
    "importance_r2_low", "importance_r2_high", "stated_importance", "johnson_share", "coefficient", "correlation",
    "sign_conflict", "n",
)  # fmt: skip


@dataclass(frozen=True)
class Importance:
    """The derived importance of p attributes for one target, with B bootstrap draws.

    table, a row per attribute, columns COLUMNS: importance_share sums to 1, importance_r2 to r2 beyond controls;
    coefficient, standardised, all attributes and controls together; correlation, of zero order; sign_conflict, true
    where these two differ in sign. r2, of all; r2_controls, of the controls alone. share_draws, (B, p). p_order, the
    probability that the attribute of the row matters more than that of the column. method, lmg or johnson. notes,
    sentences about what to mind. why_not, a sentence where nothing was estimated (all else is empty).
    """

    table: pd.DataFrame
    r2: float
    r2_controls: float
    share_draws: np.ndarray
    p_order: pd.DataFrame
    method: str
    notes: tuple[str, ...]
    why_not: str | None = None
    n_effective: float = field(default=0.0)

    @property
    def is_estimated(self) -> bool:
        """Whether there is an importance at all."""
        return self.why_not is None


def importance(drawn: Drawn, *, stated: pd.Series | None = None, largest_lmg: int = LARGEST_LMG) -> Importance:
    """The share of each attribute in what the attributes explain of the target beyond the controls.

    Parameters: drawn, answers with their imputations and bootstrap samples; the point estimate is the mean over the
    imputations. stated, by attribute, what respondents say matters (any unit), shown beside. largest_lmg, the most
    attributes that LMG is taken for.
    Notes: controls enter first; an attribute and its not-applicable indicator are one block. Intervals are percentiles
    of the draws, 90 % (assumption A32). A share cannot be below 0, so they never cover a true 0.
    References: Lindeman, Merenda & Gold (1980); Grömping (2006); Johnson (2000).
    """
    answers = drawn.answers
    if answers.why_not is not None:
        return nothing(answers.why_not)
    recipe = _Recipe(answers, largest_lmg)
    points = [recipe.shares(recipe.covariances(scores, answers.weight[None])) for scores in drawn.completed]
    parts, johnson, total, controls = (np.mean([point[k] for point in points], axis=0)[0] for k in range(4))
    draws = recipe.drawn(drawn)
    beyond = draws.sum(axis=1)
    # A sample in which the target is explained by nothing has no shares.
    share_draws = np.divide(draws, beyond[:, None], out=np.full_like(draws, np.nan), where=beyond[:, None] > 0)
    coefficient, correlation, alone = recipe.coefficients(drawn.completed)
    low, high = interval(share_draws)
    r2_low, r2_high = interval(draws)
    table = pd.DataFrame(
        {
            "target": answers.target_name,
            "attribute": list(answers.attributes),
            "importance_share": parts / parts.sum(),
            "importance_low": low,
            "importance_high": high,
            "importance_r2": parts,
            "importance_r2_low": r2_low,
            "importance_r2_high": r2_high,
            "stated_importance": np.nan if stated is None else stated.reindex(answers.attributes).to_numpy(float),
            "johnson_share": johnson / johnson.sum(),
            "coefficient": coefficient,
            "correlation": correlation,
            "sign_conflict": coefficient * correlation < 0,
            "n": (~np.isnan(answers.scores)).sum(axis=0),
        },
        columns=list(COLUMNS),
    )
    return Importance(
        table=table,
        r2=float(total),
        r2_controls=float(controls),
        share_draws=share_draws,
        p_order=p_order(share_draws, answers.attributes),
        method=recipe.method,
        notes=_notes(answers, float(total), table, alone),
        n_effective=answers.n_effective,
    )


def p_order(share_draws: np.ndarray, attributes: tuple[str, ...]) -> pd.DataFrame:
    """The share of draws in which the attribute of the row is above that of the column, ties counting half."""
    above = (share_draws[:, :, None] > share_draws[:, None, :]).mean(axis=0)
    return pd.DataFrame((above + 1 - above.T) / 2, index=list(attributes), columns=list(attributes))


def nothing(why_not: str) -> Importance:
    """An importance that could not be estimated, with the sentence that says why."""
    empty = np.empty((0, 0))
    return Importance(pd.DataFrame(columns=list(COLUMNS)), np.nan, np.nan, empty, pd.DataFrame(), "", (), why_not)


class _Recipe:
    """The columns of an analysis and what is made of their covariances."""

    def __init__(self, answers: Answers, largest_lmg: int) -> None:
        self.answers, self.marks = answers, indicators(answers)
        self.n_controls = answers.controls.shape[1]
        self.method = "lmg" if len(answers.attributes) <= largest_lmg else "johnson"
        ends = self.n_controls + np.cumsum([1 + mark.shape[1] for mark in self.marks])
        self.blocks = [list(range(end - 1 - mark.shape[1], end)) for end, mark in zip(ends, self.marks, strict=True)]
        self.attributes = [block[0] for block in self.blocks]

    def covariances(self, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
        blocks = [np.column_stack([scores[:, at], mark]) for at, mark in enumerate(self.marks)]
        columns = np.column_stack([self.answers.controls, *blocks, self.answers.target])
        return covariances(columns / np.where(columns.std(axis=0) > 0, columns.std(axis=0), 1), weights)

    def values(self, found: np.ndarray) -> np.ndarray:
        return lmg_values(found, self.blocks) if self.method == "lmg" else self.johnson(found)

    def johnson(self, found: np.ndarray) -> np.ndarray:
        left = without_controls(found, self.n_controls)
        weights = johnson_weights(left) * (left[:, -1, -1] / found[:, -1, -1])[:, None]
        first = np.array([block[0] for block in self.blocks]) - self.n_controls
        return np.add.reduceat(weights, first, axis=1)

    def shares(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """R² by attribute, Johnson's, R² of all, and of the controls."""
        controls = [*range(self.n_controls), found.shape[1] - 1]
        return (
            self.values(found),
            self.johnson(found),
            r2(found),
            r2(found[np.ix_(range(len(found)), controls, controls)]),
        )

    def drawn(self, drawn: Drawn) -> np.ndarray:
        made = np.empty((len(drawn.samples.weights), len(self.blocks)))
        for scores, draws in drawn.each():
            made[draws] = self.values(self.covariances(scores, drawn.samples.weights[draws]))
        return made

    def coefficients(self, completed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Standardised coefficients, zero-order correlations, and the share of variance each attribute has alone."""
        found = np.mean([self.covariances(scores, self.answers.weight[None])[0] for scores in completed], axis=0)
        scale = np.sqrt(np.diag(found))
        correlations = found / scale[:, None] / scale
        inverse = np.linalg.pinv(correlations[:-1, :-1], hermitian=True, rcond=1e-10)
        alone = 1 / np.maximum(np.diag(inverse), 1)
        # A column that others determine has no inverse of its own; what the rest leaves of it says so.
        alone = np.where(np.abs(np.diag(inverse @ correlations[:-1, :-1]) - 1) > 1e-6, 0, alone)
        return (
            (inverse @ correlations[:-1, -1])[self.attributes],
            correlations[self.attributes, -1],
            alone[self.attributes],
        )


def _notes(answers: Answers, total: float, table: pd.DataFrame, alone: np.ndarray) -> tuple[str, ...]:
    """What to mind, as sentences, the gravest first."""
    notes = list(answers.left_out.values())
    p = len(answers.attributes)
    if total < WEAK_R2:
        notes.append(
            said(
                "The attributes and controls explain only {share} % of {target}: what matters most may not have been "
                "asked.",
                share=decimal_text(100 * total),
                target=word(answers.target_name),
            )
        )
    if answers.n < LEAST_PER_ATTRIBUTE * p:
        notes.append(
            said(
                "{n} respondents for {p} attributes: fewer than {least} each, so shares are rough.",
                n=answers.n,
                p=p,
                least=LEAST_PER_ATTRIBUTE,
            )
        )
    mixed = [name for name, own in zip(answers.attributes, alone, strict=True) if own < COLLINEAR_BELOW]
    if mixed:
        notes.append(
            said(
                "Nearly determined by the other attributes: {names}. Their importance is shared out among them and "
                "says little about each; merge them, or ask fewer.",
                names=", ".join(map(word, mixed)),
            )
        )
    conflicts = table.loc[table["sign_conflict"], "attribute"].tolist()
    if conflicts:
        notes.append(
            said(
                "Coefficient and correlation differ in sign for {names}: read the importance, not the coefficient.",
                names=", ".join(map(word, conflicts)),
            )
        )
    return tuple(notes)
