"""A clientele with known quantiles: log-normal spend by size and sector."""

import numpy as np
import pandas as pd

from workbench.potential.sizes import SIZES

Z80 = 0.8416212335729143  # norm.ppf(0.80)
N_SECTORS = 36


def clientele(
    n: int, seed: int, *, between_sectors: float = 0.35, between_cells: float = 0.25, noise: float = 0.7
) -> tuple[pd.DataFrame, np.ndarray]:
    """The clients (customer_id, size_class, sector, current_eur, in_reference) and the true 0.80 quantile of each."""
    rng = np.random.default_rng(seed)
    size = rng.choice(4, n, p=[0.30, 0.45, 0.18, 0.07])
    sector = rng.choice(N_SECTORS, n, p=rng.dirichlet(np.ones(N_SECTORS)))
    middle = np.log([1_200, 3_000, 8_000, 20_000])[:, None] + rng.normal(0, between_sectors, N_SECTORS)
    middle = (middle + rng.normal(0, between_cells, (4, N_SECTORS)))[size, sector]
    clients = pd.DataFrame(
        {
            "customer_id": [f"{number:06d}" for number in range(n)],
            "size_class": np.array(SIZES, dtype=object)[size],
            "sector": np.array([f"S{number:02d}" for number in range(N_SECTORS)], dtype=object)[sector],
            "current_eur": np.exp(middle + rng.normal(0, noise, n)),
            "in_reference": True,
        }
    )
    return clients, np.exp(middle + Z80 * noise)
