"""LMG and Johnson's relative weights on R's data set swiss, against relaimpo 2.2-7 under R 4.2.2.

Expected values: printed by R and kept to 12 digits,

    m <- lm(Fertility ~ ., swiss)
    calc.relimp(m, type = c("lmg", "first"))                       # package relaimpo
    # johnson_rel_weight: Johnson (2000), from the eigenvectors of cor(swiss[-1])

The data are R's `swiss` (47 French-speaking provinces of Switzerland, 1888, from Mosteller & Tukey 1977, in the package
datasets), small enough to be held here.
"""

import numpy as np
import pytest

from workbench.competitive.subsets import johnson_weights, lmg_values, r2

# Fertility, Agriculture, Examination, Education, Catholic, Infant.Mortality
SWISS = """
80.2 17.0 15 12 9.96 22.2
83.1 45.1 6 9 84.84 22.2
92.5 39.7 5 5 93.4 20.2
85.8 36.5 12 7 33.77 20.3
76.9 43.5 17 15 5.16 20.6
76.1 35.3 9 7 90.57 26.6
83.8 70.2 16 7 92.85 23.6
92.4 67.8 14 8 97.16 24.9
82.4 53.3 12 7 97.67 21.0
82.9 45.2 16 13 91.38 24.4
87.1 64.5 14 6 98.61 24.5
64.1 62.0 21 12 8.52 16.5
66.9 67.5 14 7 2.27 19.1
68.9 60.7 19 12 4.43 22.7
61.7 69.3 22 5 2.82 18.7
68.3 72.6 18 2 24.2 21.2
71.7 34.0 17 8 3.3 20.0
55.7 19.4 26 28 12.11 20.2
54.3 15.2 31 20 2.15 10.8
65.1 73.0 19 9 2.84 20.0
65.5 59.8 22 10 5.23 18.0
65.0 55.1 14 3 4.52 22.4
56.6 50.9 22 12 15.14 16.7
57.4 54.1 20 6 4.2 15.3
72.5 71.2 12 1 2.4 21.0
74.2 58.1 14 8 5.23 23.8
72.0 63.5 6 3 2.56 18.0
60.5 60.8 16 10 7.72 16.3
58.3 26.8 25 19 18.46 20.9
65.4 49.5 15 8 6.1 22.5
75.5 85.9 3 2 99.71 15.1
69.3 84.9 7 6 99.68 19.8
77.3 89.7 5 2 100.0 18.3
70.5 78.2 12 6 98.96 19.4
79.4 64.9 7 3 98.22 20.2
65.0 75.9 9 9 99.06 17.8
92.2 84.6 3 3 99.46 16.3
79.3 63.1 13 13 96.83 18.1
70.4 38.4 26 12 5.62 20.3
65.7 7.7 29 11 13.79 20.5
72.7 16.7 22 13 11.22 18.9
64.4 17.6 35 32 16.92 23.0
77.6 37.6 15 7 4.97 20.0
67.6 18.7 25 7 8.65 19.5
35.0 1.2 37 53 42.34 18.0
44.7 46.6 16 29 50.43 18.2
42.8 27.7 22 29 58.33 19.3
"""
LMG = [0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265]
JOHNSON = [0.048416895812, 0.154708249806, 0.271964104646, 0.114680029948, 0.116965721381]
FIRST = [0.124664909906, 0.417164470501, 0.440615646724, 0.215003501619, 0.173518927325]
R2 = 0.706735001593


@pytest.fixture(scope="module")
def covariance() -> np.ndarray:
    """Of the five predictors and, last, fertility: shape (1, 6, 6)."""
    rows = np.array([line.split() for line in SWISS.strip().splitlines()], dtype=float)
    return np.cov(np.roll(rows, -1, axis=1), rowvar=False)[None]


def test_lmg_on_swiss_is_that_of_relaimpo(covariance):
    found = lmg_values(covariance, [[column] for column in range(5)])[0]
    assert found == pytest.approx(LMG, abs=1e-11)
    assert found.sum() == pytest.approx(R2, abs=1e-11)
    assert r2(covariance)[0] == pytest.approx(R2, abs=1e-11)


def test_johnson_on_swiss_is_that_of_r(covariance):
    assert johnson_weights(covariance)[0] == pytest.approx(JOHNSON, abs=1e-11)


def test_what_each_explains_alone_is_that_of_relaimpo(covariance):
    alone = [r2(covariance[:, [column, 5]][:, :, [column, 5]])[0] for column in range(5)]
    assert alone == pytest.approx(FIRST, abs=1e-11)
