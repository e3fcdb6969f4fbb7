"""Activity codes become sectors: messy codes put in order, the vintage declared or detected, nothing guessed."""

import re
from dataclasses import dataclass
from datetime import date

import pandas as pd

from workbench import language
from workbench.errors import DataError
from workbench.tables.nomenclatures import Nomenclature

NOT_A_SIGN = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True)
class SectorReading:
    """What the codes of a table say.

    sector: one value per row (None where unknown), index as the codes; nomenclature: the vintage they were read by,
    None where no row has a code; n_coded, n_mapped: rows with a code, rows with a sector; in_force: whether that
    vintage was in force at the study's date.
    """

    sector: pd.Series
    nomenclature: Nomenclature | None
    n_coded: int
    n_mapped: int
    in_force: bool

    @property
    def names(self) -> dict[str, str]:
        """The name of each sector in the language spoken, its code where no name is certain."""
        if self.nomenclature is None:
            return {}
        codes = sorted(self.nomenclature.codes["sector"].dropna().unique())
        label = f"label_{language.current()}"
        labels = self.nomenclature.labels.dropna(subset=label).set_index("sector")[label]
        return {code: labels.get(code, code) for code in codes}


def sector_reading(
    codes: pd.Series, nomenclatures: list[Nomenclature], *, declared: str | None, as_of: date
) -> SectorReading:
    """The sector of each activity code.

    Parameters: codes, text as the client's files have it (None: no code); nomenclatures, those the study knows;
    declared, the name of the one to use, None to take the one that knows the most codes (in force at as_of, where two
    know as many: the codes of a file are of one vintage, assumption A62).
    A code is compared without dots, spaces and case. A class without its letter gets a sector only where all its
    sub-classes have the same one. A code of another vintage stays without sector: prefixes are never compared across.
    Raises: DataError where the declared nomenclature is not among them.
    """
    known = {one.name: one for one in nomenclatures}
    if declared is not None and declared not in known:
        raise DataError(f"potential.nomenclature must be one of {', '.join(known)} (got {declared!r})")
    tried = [known[declared]] if declared else nomenclatures
    plain = codes.map(normal_code, na_action="ignore")
    plain = plain.where(plain.notna() & plain.ne(""), None)
    if plain.isna().all():
        return SectorReading(plain.astype(object).where(plain.notna(), None), None, 0, 0, in_force=True)
    read = [(one, plain.map(_sectors_by_code(one), na_action="ignore")) for one in tried]
    best, sector = max(read, key=lambda pair: (pair[1].notna().sum(), pair[0].in_force(as_of)))
    return SectorReading(
        sector=sector.astype(object).where(sector.notna(), None),
        nomenclature=best,
        n_coded=int(plain.notna().sum()),
        n_mapped=int(sector.notna().sum()),
        in_force=best.in_force(as_of),
    )


def normal_code(code: str) -> str:
    """A code as codes are compared: capitals and digits only.

    >>> normal_code(" 49 41a")
    '4941A'
    """
    return NOT_A_SIGN.sub("", code.upper())


def unmapped_sectors(codes: pd.Series, reading: SectorReading, revenue_eur: pd.Series) -> pd.DataFrame:
    """Codes that have no sector, as written, with the accounts and the revenue that hang on them, largest first.

    Parameters: codes and revenue_eur, one value per account, same index. Returns: naf_code (None: no code at all),
    n_customers, revenue_eur.
    """
    lost = pd.DataFrame({"naf_code": codes, "revenue_eur": revenue_eur})[reading.sector.isna()]
    found = lost.groupby("naf_code", dropna=False)["revenue_eur"].agg(n_customers="size", revenue_eur="sum")
    found = found.reset_index().sort_values(["revenue_eur", "naf_code"], ascending=[False, True], ignore_index=True)
    return found.assign(naf_code=found["naf_code"].astype(object).where(found["naf_code"].notna(), None))


def _sectors_by_code(nomenclature: Nomenclature) -> dict[str, str]:
    """Sector by normal code, and by class without its letter where its sub-classes agree."""
    codes = nomenclature.codes
    full = pd.Series(codes["sector"].to_numpy(), index=codes["code"].map(normal_code))
    lettered = full[full.index.str.fullmatch(r"[0-9]{4}[A-Z]")]
    by_class = lettered.fillna("").groupby(lettered.index.str[:4])
    short = by_class.first()[by_class.nunique().eq(1)]
    found = {**short, **full.dropna()}
    return {code: sector for code, sector in found.items() if sector}
