"""The additive fit against QuantReg of statsmodels 0.15.0, an independent program for the same problem.

It is fitted here, not stored: statsmodels is a dependency. Our check function is smoothed, so what must agree is the
loss it is judged by (within 0.3 %) and the fitted quantiles (within a few hundredths of log spend).
"""

import numpy as np
import statsmodels.api as sm

from workbench.potential.quantiles import Spends, additive_fit
from workbench.potential.wallet import pinball


def test_the_additive_quantile_is_that_of_statsmodels():
    rng = np.random.default_rng(7)
    n, n_sectors = 4000, 12
    size, sector = rng.integers(0, 4, n), rng.integers(0, n_sectors, n)
    y = 0.9 * size + np.linspace(-0.4, 0.4, n_sectors)[sector] + rng.normal(0, 0.7, n) * (1 + 0.2 * size)
    features = np.column_stack([size == one for one in range(4)] + [sector == one for one in range(1, n_sectors)])
    expected = features.astype(float) @ sm.QuantReg(y, features.astype(float)).fit(0.8).params
    order = np.lexsort((y, size * (n_sectors + 1) + sector))
    cell = (size * (n_sectors + 1) + sector)[order]
    made = Spends(cell, y[order], np.ones((n, 1)), 5, n_sectors + 1)
    found = additive_fit(made, np.ones(n), 0.8, k_sector=1e-6).table.ravel()[cell]
    loss, best = pinball(y[order] - found, 0.8).mean(), pinball(y - expected, 0.8).mean()
    assert best <= loss < 1.003 * best
    assert np.sqrt(np.mean((found - expected[order]) ** 2)) < 0.03
