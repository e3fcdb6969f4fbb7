"""Sizes and sectors of the client companies.

The activity codes are sub-classes of NAF rev. 2, a few for each of the 36 groups of the aggregation A38 that remain
without households (TZ) and extraterritorial bodies (UZ). Origin: Insee, NAF rev. 2, table of sub-classes and
aggregated levels. Size classes follow French decree 2008-1354, by headcount and turnover.
"""

from dataclasses import dataclass

NAF_BY_SECTOR = {
    "AZ": ("01.13Z", "01.21Z", "01.61Z"),
    "BZ": ("08.11Z", "08.12Z"),
    "CA": ("10.51C", "10.71A", "11.02A"),
    "CB": ("13.96Z", "14.13Z", "15.12Z"),
    "CC": ("16.24Z", "17.21A", "18.12Z"),
    "CD": ("19.20Z",),
    "CE": ("20.30Z", "20.42Z", "20.59Z"),
    "CF": ("21.10Z", "21.20Z"),
    "CG": ("22.22Z", "22.29A", "23.13Z"),
    "CH": ("25.11Z", "25.62B", "25.73A"),
    "CI": ("26.11Z", "26.30Z", "26.51B"),
    "CJ": ("27.12Z", "27.32Z", "27.90Z"),
    "CK": ("28.13Z", "28.22Z", "28.99B"),
    "CL": ("29.32Z", "30.30Z"),
    "CM": ("31.09B", "32.50A", "33.12Z"),
    "DZ": ("35.13Z", "35.30Z"),
    "EZ": ("36.00Z", "38.11Z", "38.32Z"),
    "FZ": ("43.21A", "43.22A", "41.20B"),
    "GZ": ("46.69B", "46.46Z", "45.31Z", "47.91B"),
    "HZ": ("49.41B", "52.29B"),
    "IZ": ("55.10Z", "56.10A"),
    "JA": ("58.11Z", "58.14Z", "59.11B"),
    "JB": ("61.10Z", "61.20Z"),
    "JC": ("62.01Z", "62.02A"),
    "KZ": ("64.19Z", "65.12Z", "66.22Z"),
    "LZ": ("68.20B", "68.31Z"),
    "MA": ("69.10Z", "71.12B", "71.20B"),
    "MB": ("72.11Z", "72.19Z"),
    "MC": ("73.11Z", "74.20Z"),
    "NZ": ("77.29Z", "82.92Z"),
    "OZ": ("84.11Z", "84.23Z"),
    "PZ": ("85.42Z", "85.59A"),
    "QA": ("86.23Z", "86.90B"),
    "QB": ("87.10A", "88.10A"),
    "RZ": ("90.01Z", "93.12Z"),
    "SZ": ("95.11Z", "96.02A"),
}
SECTORS = tuple(NAF_BY_SECTOR)

# Sectors that send much: makers and traders. The others are clients too, but fewer.
FREQUENT_SECTORS = {"GZ": 9.0, "CA": 2.5, "CE": 2.0, "CF": 2.0, "CG": 2.0, "CH": 3.0, "CI": 2.5, "CK": 2.5, "CM": 2.5}
EXPORTING_SECTORS = ("CB", "CE", "CF", "CI", "CJ", "CK", "CL", "MB")


@dataclass(frozen=True)
class Size:
    """A size class: what its companies are like, and how they buy."""

    name: str
    share_of_groups: float
    headcount: tuple[int, int]
    turnover_per_head_eur: float
    most_turnover_eur: float
    wallet_eur: float
    discount_share: float
    monthly_hazard: float
    accounts: tuple[float, ...]
    monthly_visits: float
    monthly_quotes: float
    weekly_invoices_share: float


SIZES = (
    Size("micro", 0.44, (1, 9), 110_000, 2e6, 1_250, 0.03, 0.019, (0.96, 0.04), 0.03, 0.06, 0.0),
    Size("sme", 0.43, (10, 249), 160_000, 50e6, 3_100, 0.10, 0.013, (0.84, 0.11, 0.05), 0.08, 0.14, 0.05),
    Size("mid-size", 0.10, (250, 4_999), 210_000, 1.5e9, 8_000, 0.21, 0.009, (0.5, 0.25, 0.15, 0.1), 0.35, 0.3, 0.3),
    Size(
        "large",
        0.03,
        (5_000, 60_000),
        260_000,
        9e10,
        20_000,
        0.32,
        0.006,
        (0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05, 0.05),
        0.7,
        0.5,
        0.6,
    ),
)
