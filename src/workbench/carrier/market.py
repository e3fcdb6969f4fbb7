"""The market around the carrier: the companies that are not its clients, as a bought address file would list them."""

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.names import company_names
from workbench.carrier.nomenclature import FREQUENT_SECTORS, NAF_BY_SECTOR, SECTORS, SIZES

PROSPECTS = 150
CELL_COMPANIES = 6.0
# Headcount bands of the company register below mid-size, and how common they are beside each other.
BANDS = {"01": 6.0, "02": 3.0, "03": 2.0, "11": 1.6, "12": 1.2, "21": 0.5, "22": 0.25, "31": 0.1}
WRITINGS = (str, str.lower, lambda code: code.replace(".", ""), lambda code: code.replace(".", " "))


def market_rows(seed: int) -> pd.DataFrame:
    """Prospect companies of the larger sizes, by name, and the smaller companies counted by activity and band.

    Returns: prospect_id and name (None in a cell), naf_code in the several ways of writing that such files have,
    headcount (blank in a cell), headcount_band (blank for a prospect), n_companies (blank for a prospect).
    """
    rng = stream(seed, "market")
    weights = np.array([FREQUENT_SECTORS.get(sector, 1.0) for sector in SECTORS])
    sector = rng.choice(len(SECTORS), PROSPECTS, p=weights / weights.sum())
    size = rng.choice(len(SIZES), PROSPECTS, p=[0.0, 0.4, 0.45, 0.15])
    low, high = np.array([each.headcount for each in SIZES])[size].T
    prospects = pd.DataFrame(
        {
            "prospect_id": [f"P{number:05d}" for number in 1 + rng.permutation(90_000)[:PROSPECTS]],
            "name": company_names(int(rng.integers(2**31)), PROSPECTS),
            "naf_code": _written(rng, sector),
            "headcount": np.floor(low * (high / low) ** rng.random(PROSPECTS)).astype("int64"),
        }
    )
    cells = pd.MultiIndex.from_product([range(len(SECTORS)), BANDS], names=["sector", "headcount_band"]).to_frame(
        index=False
    )
    common = cells["headcount_band"].map(BANDS).to_numpy() * weights[cells["sector"]]
    cells["n_companies"] = rng.poisson(CELL_COMPANIES * common)
    cells["naf_code"] = _written(rng, cells["sector"].to_numpy())
    rows = pd.concat([prospects, cells[cells["n_companies"] > 0].drop(columns="sector")], ignore_index=True)
    return rows.astype({"headcount": "Int64", "n_companies": "Int64"})


def _written(rng: np.random.Generator, sector: np.ndarray) -> list[str]:
    way = rng.integers(0, len(WRITINGS), len(sector))
    return [WRITINGS[one](NAF_BY_SECTOR[SECTORS[each]][0]) for one, each in zip(way, sector, strict=True)]
