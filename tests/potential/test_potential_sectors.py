"""Activity codes: the shipped mapping is whole, messy codes are put in order, nothing is guessed."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.params import Study
from workbench.potential import sector_reading, unmapped_sectors
from workbench.tables.nomenclatures import Nomenclature, read_nomenclatures
from workbench.wording import say_sectors

AS_OF = date(2025, 12, 31)


def study(folder: Path, **potential) -> Study:
    told = Study.model_validate(
        {
            "study": "acme",
            "company": "Acme",
            "edition": "internal",
            "as_of": "2025-12-31",
            "sources": {"customers": {"files": ["c.csv"]}, "deliveries": {"files": ["d.csv"]}},
            "potential": potential,
        }
    )
    told._path = folder / "acme.yaml"
    return told


@pytest.fixture(scope="module")
def shipped() -> Nomenclature:
    return read_nomenclatures(study(Path()))[0]


def read(codes: list, *nomenclatures: Nomenclature, declared: str | None = None):
    return sector_reading(pd.Series(codes, dtype=object), list(nomenclatures), declared=declared, as_of=AS_OF)


def test_728_of_732_sub_classes_belong_to_36_sectors_and_the_four_others_are_these(shipped):
    codes = shipped.codes
    assert len(codes) == codes["code"].nunique() == 732
    assert codes["sector"].notna().sum() == 728
    assert codes["sector"].nunique() == 36
    assert codes.loc[codes["sector"].isna(), "code"].tolist() == ["97.00Z", "98.10Z", "98.20Z", "99.00Z"]


def test_every_sector_has_a_label_in_both_languages(shipped):
    assert set(shipped.labels["sector"]) == set(shipped.codes["sector"].dropna())
    assert shipped.labels[["label_en", "label_fr"]].notna().all(axis=None)
    labels = shipped.labels.set_index("sector")
    assert labels.loc["HZ", ["label_en", "label_fr"]].tolist() == [
        "Transportation and storage",
        "Transports et entreposage",
    ]


@pytest.mark.parametrize(
    ("code", "sector"),
    [
        ("49.41A", "HZ"),
        ("4941a", "HZ"),
        (" 49 41 A ", "HZ"),
        ("49.41", "HZ"),  # all sub-classes of the class are in one sector
        ("4941", "HZ"),
        ("01.13Z", "AZ"),
        ("113Z", None),  # a lost zero, or a code of NAF rev. 1: not guessed
        ("60.2L", None),  # NAF rev. 1
        ("49", None),
        ("97.00Z", None),
        ("n.c.", None),
        ("", None),
        (None, None),
    ],
)
def test_messy_codes_are_put_in_order_and_others_left_unknown(shipped, code, sector):
    assert read([code, "62.01Z"], shipped).sector.tolist() == [sector, "JC"]


def test_a_class_whose_sub_classes_lie_in_two_sectors_stays_unknown():
    codes = pd.DataFrame({"code": ["10.10A", "10.10B", "10.20A", "10.20B"], "sector": ["X", "Y", "X", "X"]})
    own = Nomenclature("own", codes, pd.DataFrame({"sector": ["X", "Y"], "label_en": None, "label_fr": None}))
    assert read(["1010", "1020", "1010B"], own).sector.tolist() == [None, "X", "Y"]
    assert read(["1020"], own).names == {"X": "X", "Y": "Y"}


def other_vintage(**validity) -> Nomenclature:
    codes = pd.DataFrame({"code": ["60.2L", "60.2M", "49.41A"], "sector": ["K0", "K0", "Z9"]})
    labels = pd.DataFrame({"sector": ["K0", "Z9"], "label_en": ["Transport", "Other"], "label_fr": None})
    return Nomenclature("naf_rev1", codes, labels, **validity)


def test_the_vintage_is_the_one_that_knows_most_codes_and_never_mixed(shipped):
    older = other_vintage(valid_until=date(2007, 12, 31))
    reading = read(["602L", "60.2m", "49.41A", "62.01Z"], shipped, older)
    assert reading.nomenclature.name == "naf_rev1"
    assert reading.sector.tolist() == ["K0", "K0", "Z9", None]
    assert (reading.n_coded, reading.n_mapped, reading.in_force) == (4, 3, False)
    reading = read(["602L", "49.41A", "62.01Z", "10.51C"], shipped, older)
    assert reading.nomenclature.name == "naf_rev2"
    assert reading.sector.tolist() == [None, "HZ", "JC", "CA"]


def test_equal_vintages_are_told_apart_by_their_dates_and_a_declared_one_is_kept(shipped):
    older = other_vintage(valid_until=date(2007, 12, 31))
    for order in ((shipped, older), (older, shipped)):
        assert read(["49.41A"], *order).nomenclature.name == "naf_rev2"
    assert read(["49.41A", "62.01Z"], shipped, older, declared="naf_rev1").sector.tolist() == ["Z9", None]
    with pytest.raises(DataError, match="must be one of naf_rev2"):
        read(["49.41A"], shipped, declared="naf_1993")


def test_codes_of_a_vintage_without_a_table_and_one_no_longer_in_force_are_told_of(shipped):
    foreign = ["60.2L", "62.01Z", "51.5A", "51.4N"]
    reading = read(foreign, shipped)
    unmapped = unmapped_sectors(pd.Series(foreign), reading, pd.Series([5.0] * 4))
    told = say_sectors(reading, unmapped, unit="€")
    assert reading.n_mapped == 1 and told.tone == "warning" and "they are of another vintage" in told.text
    older = read(["60.2L"], other_vintage(valid_until=date(2007, 12, 31)))
    told = say_sectors(older, unmapped.head(0), unit="€")
    assert told.tone == "warning" and "naf_rev1 was not in force at the study's date" in told.text


def test_no_codes_at_all(shipped):
    reading = read([None, "", " "], shipped)
    assert (reading.nomenclature, reading.n_coded) == (None, 0)
    assert reading.sector.isna().all()
    nothing = unmapped_sectors(pd.Series([None, "", " "]), reading, pd.Series([1.0, 1.0, 1.0]))
    assert "the potential rests on size alone" in say_sectors(reading, nothing, unit="€").text


def test_unmapped_codes_are_listed_with_their_revenue(shipped):
    codes = pd.Series(["60.2L", "49.41A", "60.2L", None])
    found = unmapped_sectors(codes, read(codes.tolist(), shipped), pd.Series([10.0, 5.0, 7.0, 30.0]))
    assert found.to_dict("records") == [
        {"naf_code": None, "n_customers": 1, "revenue_eur": 30.0},
        {"naf_code": "60.2L", "n_customers": 2, "revenue_eur": 17.0},
    ]


def test_a_file_handed_over_is_read_with_its_dates(tmp_path):
    (tmp_path / "naf2025.csv").write_text("code,sector,label_en\n49.41Y,HZ,x\n01.11Y,AZ,y\n", encoding="utf-8")
    file = {"name": "naf_2025", "file": "naf2025.csv", "grouping": "a38", "valid_from": "2027-01-01"}
    new = read_nomenclatures(study(tmp_path, sector_files=[file]))[1]
    assert not new.in_force(AS_OF) and new.in_force(date(2027, 1, 1))
    reading = read(["4941y"], new)
    assert reading.sector.tolist() == ["HZ"] and reading.names["HZ"] == "Transportation and storage"


@pytest.mark.parametrize(
    ("text", "grouping", "sentence"),
    [
        ("code;sector\n1;2\n", "own", "must have the columns code, sector"),
        ("code,sector\nA,1\nA,2\n", "own", "A is there twice"),
        ("code,sector\n60.2L,HZ\n", "nes36", "must map to the 36 sectors of nes36 .*HZ"),
        ("code,sector\n60.2L,K0\n", "a38", "must map to the 36 sectors of a38 .*K0"),
        ("code,sector\n01.11Z,AZ,x\n", "own", "a line has more fields than the header"),
        ("", "own", "must be a CSV file in UTF-8"),
        (None, "own", "no such file"),
    ],
)
def test_a_file_that_cannot_be_a_nomenclature_is_refused(tmp_path, text, grouping, sentence):
    if text is not None:
        (tmp_path / "codes.csv").write_text(text, encoding="utf-8")
    file = {"name": "other", "file": "codes.csv", "grouping": grouping}
    with pytest.raises(DataError, match=sentence):
        read_nomenclatures(study(tmp_path, sector_files=[file]))


def test_a_comma_at_the_end_of_lines_is_nothing_and_a_code_may_have_no_sector(tmp_path):
    (tmp_path / "codes.csv").write_text("code,sector\n01.11Z,AZ,\n01.12Z\n", encoding="utf-8")
    file = {"name": "own", "file": "codes.csv", "grouping": "own"}
    (_, own) = read_nomenclatures(study(tmp_path, sector_files=[file]))
    assert own.codes.values.tolist() == [["01.11Z", "AZ"], ["01.12Z", None]]


def test_a_file_may_map_to_the_36_codes_of_the_nes(tmp_path):
    (tmp_path / "rev1.csv").write_text("code,sector\n60.2L,K0\n", encoding="utf-8")
    file = {"name": "naf_rev1", "file": "rev1.csv", "grouping": "nes36"}
    (_, old) = read_nomenclatures(study(tmp_path, sector_files=[file]))
    assert len(old.labels) == 36
    assert read(["602L"], old).names == {"K0": "K0"}, "no label of the NES is certain"
