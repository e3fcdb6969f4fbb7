"""Weights for who did not answer: raking to the margins of the file, trimmed, for every bootstrap sample again."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import DataError

OTHERS, UNKNOWN = "others", "unknown"
LEAST_ANSWERS = 5
ROUNDS, CLOSE_ENOUGH = 30, 1e-4
TRIMMINGS = 5


@dataclass(frozen=True)
class Weighting:
    """What makes respondents stand for a file.

    weight: by row of the respondents, sums to the companies of the file; start: the weight before raking; margins: one
    row per margin and value: margin, value, target_share, before_share, after_share, n_companies (that answered);
    n_effective: of companies (Kish); codes and targets, the margins as numbers, by which a sample is raked again;
    n_trimmed, companies at the limit; apart_share, the largest gap between margin and target that is left.
    """

    weight: pd.Series
    start: np.ndarray
    margins: pd.DataFrame
    n_effective: float
    codes: tuple[np.ndarray, ...]
    targets: tuple[np.ndarray, ...]
    company: np.ndarray
    most: float
    n_trimmed: int
    apart_share: float

    def reweighted(self, times: np.ndarray, *, rows: pd.Index) -> np.ndarray:
        """The weights of a sample in which each of these rows was drawn so many times: raked and trimmed again."""
        at = self.weight.index.get_indexer(rows)
        codes = [code[at] for code in self.codes]
        return raked(self.start[at] * times, codes, self.targets, company=self.company[at], most=self.most)


def weighting(
    respondents: pd.DataFrame, frame: pd.DataFrame, *, margins: list[str], company: str, most: float
) -> Weighting:
    """Weights of respondents so that the companies that answered have the margins of their file.

    Parameters: respondents, one row each with `company` (its id), the margins, weight (of the survey itself, may be
    missing); frame, one row per company (or cell, with n_companies) and the margins; not modified. most, a company's
    weight is at most so many times the mean.
    Raises: DataError for survey weights that are all 0 or missing where some are given.
    Notes: respondents of one company share its weight. A value with fewer than LEAST_ANSWERS companies is put together
    with the others of its margin. Missing values are a value of their own. References: Deming & Stephan (1940).
    """
    given = respondents["weight"].astype(float) if "weight" in respondents else pd.Series(np.nan, respondents.index)
    if given.notna().any() and not given.fillna(0).gt(0).any():
        raise DataError("survey: every weight is 0; leave the column weight out, or give the weights of the survey")
    base = given.fillna(given.mean() if given.notna().any() else 1.0).to_numpy()
    ids = pd.factorize(respondents[company])[0]
    start = base / np.maximum(np.bincount(ids, weights=base)[ids], 1e-300)
    design = np.bincount(ids, weights=base) / np.bincount(ids)
    start = start * (design / design.mean())[ids]
    counts = frame["n_companies"].to_numpy(float) if "n_companies" in frame else np.ones(len(frame))
    rows, codes, targets = [], [], []
    for margin in margins:
        values, code, target = _margin(respondents, frame, margin, ids, counts)
        if len(target) > 1:
            codes.append(code)
            targets.append(target)
            rows += [(margin, value) for value in values]
    weight = raked(start, codes, targets, company=ids, most=most)
    by_company = np.bincount(ids, weights=weight)
    table = _margin_table(rows, codes, targets, start, weight, ids)
    apart = (table["after_share"] - table["target_share"]).abs().max() if len(table) else 0.0
    return Weighting(
        weight=pd.Series(weight * counts.sum() / max(weight.sum(), 1e-300), respondents.index),
        start=start,
        margins=table,
        n_effective=kish(by_company),
        codes=tuple(codes),
        targets=tuple(targets),
        company=ids,
        most=most,
        n_trimmed=int((by_company >= most * by_company.mean() * (1 - 1e-9)).sum()),
        apart_share=float(apart),
    )


def kish(weight: np.ndarray) -> float:
    """How many equally weighted units would say as much: (sum of w)² / sum of w².

    >>> kish(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    squares = (weight**2).sum()
    return float(weight.sum() ** 2 / squares) if squares > 0 else 0.0


def raked(
    start: np.ndarray,
    codes: tuple[np.ndarray, ...] | list[np.ndarray],
    targets: tuple[np.ndarray, ...] | list[np.ndarray],
    *,
    company: np.ndarray,
    most: float,
) -> np.ndarray:
    """Weights, sum 1, whose margins are the targets, no company above `most` times the mean.

    Parameters: start, (n,) at least 0; codes, per margin the value of each row; targets, per margin the share of each
    value; company, (n,) numbers. Notes: a value that no row has is left out and the others take its share. Trimming
    and raking take turns; the trimmed weights come last, so margins may stay off a little.
    """
    weight = start / start.sum()
    for _ in range(TRIMMINGS):
        weight = _raked(weight, codes, targets)
        trimmed = _trimmed(weight, company, most)
        if trimmed is weight:
            break
        weight = trimmed
    return weight / weight.sum()


def _trimmed(weight: np.ndarray, company: np.ndarray, most: float) -> np.ndarray:
    """No company above `most` times the mean, the others taking what is cut off; the same weights where none is."""
    by_company = np.bincount(company, weights=weight)
    limit = most * by_company.sum() / max((by_company > 0).sum(), 1)
    held = np.zeros(len(by_company), dtype=bool)
    while (over := (by_company > limit * (1 + 1e-9)) & ~held).any():
        held |= over
        factor = np.where(held, limit / np.maximum(by_company, 1e-300), 1.0)
        rest = by_company[~held].sum()
        factor[~held] = max(by_company.sum() - limit * held.sum(), 0) / rest if rest > 0 else 1.0
        weight = weight * factor[company]
        by_company = by_company * factor
    return weight


def _raked(weight: np.ndarray, codes, targets) -> np.ndarray:
    for _ in range(ROUNDS):
        furthest = 0.0
        for code, target in zip(codes, targets, strict=True):
            now = np.bincount(code, weights=weight, minlength=len(target))
            there = now > 0
            wanted = np.where(there, target, 0) / target[there].sum()
            factor = np.divide(wanted, now, out=np.ones_like(now), where=there)
            furthest = max(furthest, np.abs(factor[there] - 1).max())
            weight = weight * factor[code]
        if furthest < CLOSE_ENOUGH:
            break
    return weight


def _margin(
    respondents: pd.DataFrame, frame: pd.DataFrame, margin: str, ids: np.ndarray, counts: np.ndarray
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The values of a margin, the value of each respondent, and the share of each value in the file."""
    asked = respondents[margin].astype(object).where(respondents[margin].notna(), UNKNOWN)
    filed = frame[margin].astype(object).where(frame[margin].notna(), UNKNOWN)
    answered = pd.Series(asked.to_numpy()).groupby(ids).first().value_counts()
    common = [value for value in answered.index if answered[value] >= LEAST_ANSWERS and (filed == value).any()]
    shares = pd.Series(counts).groupby(filed.where(filed.isin(common), OTHERS).to_numpy()).sum()
    named = asked.where(asked.isin(common), OTHERS)
    values = [value for value in [*common, OTHERS] if (named == value).any()]
    # Nobody stands for the others of the file where none of them answered.
    target = shares.reindex(values).fillna(0.0)
    if OTHERS in values and target[OTHERS] == 0:
        target[OTHERS] = (named == OTHERS).mean() * target.sum()
    place = {value: number for number, value in enumerate(values)}
    return values, named.map(place).to_numpy(int), (target / target.sum()).to_numpy()


def _margin_table(rows, codes, targets, start: np.ndarray, weight: np.ndarray, ids: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["margin", "value"])
    columns = {"target_share": [], "before_share": [], "after_share": [], "n_companies": []}
    for code, target in zip(codes, targets, strict=True):
        size = len(target)
        columns["target_share"] += list(target)
        columns["before_share"] += list(np.bincount(code, weights=start, minlength=size) / start.sum())
        columns["after_share"] += list(np.bincount(code, weights=weight, minlength=size) / weight.sum())
        columns["n_companies"] += [len(np.unique(ids[code == value])) for value in range(size)]
    return table.assign(**columns)
