"""LMG with 1,000 bootstraps: our decomposition beside rivals, one run, ratios: `python -m bench.importance`.

Per replicate: covariance matrices of all resamples, then the decomposition over all subsets; raking and imputation are
not in it. Drawing the resamples is counted. Side by side: all subsets in plain numpy with one solve for each subset
(batched over subsets of one size) for a few replicates, and relaimpo, whose figures are stored: it is an R package that
is not installed here (relaimpo 2.2-7, R 4.2.2, measured on 22 November 2026 on a 2-core machine).
"""

import argparse
import math
import platform
import time
from itertools import combinations

import numpy as np

from workbench.competitive.answers import Answers
from workbench.competitive.resampling import covariances, resamples
from workbench.competitive.subsets import johnson_weights, lmg_values

# Milliseconds for one replicate, stored figures of relaimpo.
RELAIMPO = {(10, 2_000): 33.0, (15, 2_000): 2_126.0, (15, 20_000): 2_296.0, (20, 20_000): 38_000.0}
TARGET_SECONDS = {15: 3.0, 20: 30.0}
# The plain way takes too long beyond this.
PLAIN_UP_TO, PLAIN_REPLICATES = 15, 2


def survey(p: int, n: int) -> Answers:
    """Respondents with p correlated attributes and a target."""
    rng = np.random.default_rng(1)
    scores = 50 + 12 * (rng.normal(size=(n, p)) + rng.normal(size=(n, 1)))
    target = scores @ np.linspace(1, 0, p) / p + 5 * rng.normal(size=n)
    names, used = tuple(f"a{at}" for at in range(p)), np.zeros((n, p), dtype=bool)
    controls, rows = np.empty((n, 0)), np.arange(n)
    return Answers(names, scores, used, target, controls, np.ones(n), rows, rows, "target", {}, None)


def plain(found: np.ndarray) -> np.ndarray:
    """LMG of one covariance matrix, one linear system for each subset."""
    p = len(found) - 1
    explained = np.zeros(2**p)
    for size in range(1, p + 1):
        subsets = np.array(list(combinations(range(p), size)))
        with_target = found[subsets, -1]
        solved = np.linalg.solve(found[subsets[:, :, None], subsets[:, None, :]], with_target[..., None])[..., 0]
        explained[(1 << subsets).sum(axis=1)] = (with_target * solved).sum(axis=1) / found[-1, -1]
    subset = np.arange(2**p)
    size = np.bitwise_count(subset)
    gain = np.array([1 / (p * math.comb(p - 1, s)) for s in range(p)])
    values = []
    for at in range(p):
        without = subset[subset >> at & 1 == 0]
        values.append(gain[size[without]] @ (explained[without | 1 << at] - explained[without]))
    return np.array(values)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--largest", type=int, default=15, help="attributes of the largest case: 15 or 20")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}; {platform.machine()}, {platform.system()}")
    for p, n in RELAIMPO:
        if p > asked.largest:
            continue
        answers = survey(p, n)
        begun = time.perf_counter()
        samples = resamples(answers, draws=asked.draws, seed=1)
        drawn = time.perf_counter()
        found = covariances(np.column_stack([answers.scores, answers.target]), samples.weights)
        multiplied = time.perf_counter()
        values = lmg_values(found, [[at] for at in range(p)])
        seconds = time.perf_counter() - begun
        split = (drawn - begun, multiplied - drawn, begun + seconds - multiplied)
        begun = time.perf_counter()
        johnson_weights(found)
        johnson = time.perf_counter() - begun
        each = 1000 * seconds / asked.draws
        print(f"\np = {p}, n = {n:,}, {asked.draws:,} bootstraps")
        print(f"  ours      {each:10.3f} ms each, {seconds:6.2f} s (drawing {split[0]:.2f}, products {split[1]:.2f}, "
              f"subsets {split[2]:.2f})")  # fmt: skip
        if p in TARGET_SECONDS:
            aimed = TARGET_SECONDS[p] * asked.draws / 1000
            print(f"  target    {aimed:6.1f} s: {'met' if seconds <= aimed else 'missed'}")
        print(f"  johnson   {1000 * johnson / asked.draws:10.3f} ms each, without products")
        print(f"  relaimpo  {RELAIMPO[p, n]:10.0f} ms each (stored): {RELAIMPO[p, n] / each:,.0f} x ours")
        if p <= PLAIN_UP_TO:
            begun = time.perf_counter()
            expected = np.array([plain(one) for one in found[:PLAIN_REPLICATES]])
            took = 1000 * (time.perf_counter() - begun) / PLAIN_REPLICATES
            off = np.abs(expected - values[:PLAIN_REPLICATES]).max()
            print(f"  plain     {took:10.1f} ms each: {took / each:,.0f} x ours, values differ by at most {off:.0e}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
