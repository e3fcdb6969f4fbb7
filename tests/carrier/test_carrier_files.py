"""The files of the simulated carrier: reproducible, nothing from the future, every fault listed where it lies."""

import csv
import hashlib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from workbench.carrier import simulate, simulated_world
from workbench.carrier.dirt import DELIVERY_FAULTS, HOSTILE_NAMES
from workbench.carrier.work import ACTIVITIES
from workbench.errors import ParamsError
from workbench.params import Study
from workbench.params.expressions import parse_expression
from workbench.tables.contracts import CONTRACTS

SIZE = {"customers": 60, "months": 12, "seed": 10}
AS_OF = date(2025, 12, 31)
QUARANTINED = {"duplicate_row", "orphan_delivery", "unreadable_date", "unreadable_amount"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("carrier") / "made" / "here"
    assert simulate(folder, **SIZE) == folder / "params.yaml"
    return folder


@pytest.fixture(scope="module")
def study(folder) -> Study:
    return Study.model_validate(YAML(typ="safe").load(folder / "params.yaml"))


def records(folder: Path, name: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    with (folder / "inputs" / name).open(encoding=encoding, newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";", strict=True))


def faults(folder: Path, file: str) -> dict[str, list[int]]:
    dirt = pd.read_parquet(folder / "truth" / "dirt.parquet")
    return dirt[dirt["file"] == file].groupby("kind")["row"].apply(list).to_dict()


def day(text: str) -> date | None:
    """The date of a French text, None where it is not one."""
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()
    except ValueError:
        return None


def amount(text: str) -> Decimal:
    return Decimal(text.replace(" ", "").replace(",", "."))


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_arguments_write_the_same_bytes(folder, tmp_path):
    simulate(tmp_path / "again", **SIZE)
    simulate(tmp_path / "other", **{**SIZE, "seed": 6})
    again, other = digests(tmp_path / "again"), digests(tmp_path / "other")
    assert digests(folder) == again
    same = {name for name in again if again[name] == other[name]}
    # Twelve months open after the campaign of the past: its file has no rows.
    assert same == {
        "inputs/campaigns.csv", "inputs/products.csv", "truth/elasticities.parquet", "truth/response.parquet",
    }  # fmt: skip


def test_nothing_after_as_of_reaches_a_file(folder):
    happened = {
        "customers.csv": ["ouvert_le", "ferme_le"],
        "deliveries.csv": ["date_commande", "date_livraison", "date_saisie"],
        "ledger.csv": ["mois"],
        "price_changes.csv": ["valable_des"],
    }
    for name, columns in happened.items():
        for column in columns:
            texts = [row[column] for row in records(folder, name, "cp1252" if name == "customers.csv" else "utf-8")]
            days = [day(text) for text in texts if day(text)]
            assert days and max(days) <= AS_OF, (name, column)
    assert max(row["mois"][3:] + row["mois"][:2] for row in records(folder, "capacity.csv")) == "202512"
    assert max(pq.read_table(folder / "inputs" / "interactions.parquet")["mois"].to_pylist()) == date(2025, 12, 1)


def test_the_truth_has_its_columns_and_one_row_per_account(folder):
    customers = pq.read_table(folder / "truth" / "customers.parquet")
    assert customers.column_names == [
        "customer_id",
        "practical_margin_eur",
        "full_margin_eur",
        "wallet_eur",
        "last_order_on",
        "lost_on",
        "satisfaction",
        "loyalty",
        "expected_future_margin_eur",
        "realised_future_margin_eur",
    ]
    assert str(customers.schema.field("lost_on").type) == "date32[day]"
    assert customers["expected_future_margin_eur"].null_count == 0
    accounts = [row["code_client"] for row in records(folder, "customers.csv", "cp1252")]
    assert sorted(set(accounts)) == sorted(customers["customer_id"].to_pylist()) and len(set(accounts)) == 60
    activities = pq.read_table(folder / "truth" / "activities.parquet")
    assert activities.column_names == ["month", "pool", "activity", "minutes", "capacity_minutes", "pool_eur"]
    assert activities.num_rows == 12 * len(ACTIVITIES)


def test_each_fault_of_the_deliveries_lies_where_it_is_listed_and_nowhere_else(folder):
    rows = dict(enumerate(records(folder, "deliveries.csv"), start=2))
    listed = faults(folder, "deliveries.csv")
    assert set(listed) == {*DELIVERY_FAULTS, "unmatched_credit_note"}
    accounts = {row["code_client"] for row in records(folder, "customers.csv", "cp1252")}
    documents = {row["no_piece"] for row in rows.values()}

    def share_of_cost(row) -> Decimal | None:
        if (
            row["marge_fichier"] == ""
            or row["piece_creditee"]
            or not row["ca_net"][0].isdigit()
            or "O" in row["ca_net"]
        ):
            return None
        return 1 - amount(row["marge_fichier"]) / amount(row["ca_net"])

    seen, found = set(), {kind: [] for kind in listed}
    for number, row in rows.items():
        note = row["piece_creditee"] != ""
        cost = share_of_cost(row)
        dated, entered = day(row["date_livraison"]), day(row["date_saisie"])
        is_so = {
            "duplicate_row": row["no_expedition"] in seen,
            "orphan_delivery": row["code_client"] not in accounts,
            "unreadable_date": dated is None,
            "unreadable_amount": not row["ca_net"].lstrip("-").replace(",", "").isdigit(),
            "missing_booked_margin": row["marge_fichier"] == "",
            "implausible_booked_margin": cost is not None and not 0 <= cost <= 3,
            "late_entry": dated is not None and (entered - dated).days >= 30,
            "unmatched_credit_note": note and row["piece_creditee"] not in documents,
        }
        seen.add(row["no_expedition"])
        for kind, so in is_so.items():
            found[kind] += [number] if so else []
    assert found == listed
    share = sum(len(listed[kind]) for kind in QUARANTINED) / len(rows)
    assert 0.005 < share < 0.03


def test_a_duplicate_is_the_whole_record_again(folder):
    rows = records(folder, "deliveries.csv")
    for number in faults(folder, "deliveries.csv")["duplicate_row"]:
        assert rows[number - 2] in rows[: number - 2]


def test_each_fault_of_the_customers_lies_where_it_is_listed(folder):
    rows = records(folder, "customers.csv", "cp1252")
    listed = faults(folder, "customers.csv")
    assert set(listed) == {"hostile_name", "missing_size", "duplicated_customer"}
    found = {"hostile_name": [], "missing_size": [], "duplicated_customer": []}
    seen = set()
    for number, row in enumerate(rows, start=2):
        found["hostile_name"] += [number] if row["raison_sociale"] in HOSTILE_NAMES else []
        found["missing_size"] += [number] if row["effectif"] == "" and row["ca_keur"] == "" else []
        found["duplicated_customer"] += [number] if row["code_client"] in seen else []
        seen.add(row["code_client"])
    assert found == listed
    assert len(listed["duplicated_customer"]) / len(rows) < 0.05
    assert {rows[number - 2]["raison_sociale"] for number in listed["hostile_name"]} == set(HOSTILE_NAMES)


def test_the_files_say_what_the_world_is_but_for_the_listed_faults(folder):
    world = simulated_world(**SIZE)
    listed = {number for rows in faults(folder, "deliveries.csv").values() for number in rows}
    written = [row for number, row in enumerate(records(folder, "deliveries.csv"), start=2) if number not in listed]
    clean = world.deliveries.set_index("delivery_id")
    for row in written:
        true = clean.loc[row["no_expedition"]]
        assert amount(row["ca_net"]) == Decimal(f"{true['revenue_eur']:.2f}")
        assert day(row["date_livraison"]) == true["delivered_on"].date()
        assert row["nb_colis"] == ("" if pd.isna(true["parcels"]) else f"{true['parcels']:.0f}")
        assert row["code_client"] == true["customer_id"]
    assert len(written) > 0.9 * len(clean)
    total = sum(amount(row["montant"]) for row in records(folder, "ledger.csv"))
    assert total == Decimal(f"{world.ledger['amount_eur'].sum():.2f}")


def test_the_params_are_valid_and_map_columns_that_are_in_the_files(folder, study):
    assert (study.study, study.as_of, study.edition) == ("carrier", AS_OF, "internal")
    for table, source in study.sources.given().items():
        (file,) = source.files
        if file.endswith(".parquet"):
            header = pq.read_schema(folder / file).names
        else:
            with (folder / file).open(encoding=source.encoding, newline="") as lines:
                header = next(csv.reader(lines, delimiter=source.separator))
        assert set(source.columns) <= set(CONTRACTS[table].names)
        assert set(CONTRACTS[table].required) <= set(source.columns)
        for mapping in [*source.columns.values(), *source.drivers.values()]:
            used = {mapping.column} if mapping.column else parse_expression(mapping.expression).columns
            assert used <= set(header), (table, mapping)
    pools = {row["service"] for row in records(folder, "capacity.csv")}
    assert {activity.pool for activity in study.economic.activities} == pools
    assert pools == {row["service"] for row in records(folder, "ledger.csv") if row["nature"] == "pool"}


def test_the_params_never_hold_the_true_minutes(study):
    for stated, true in zip(study.economic.activities, ACTIVITIES, strict=True):
        assert (stated.activity, stated.pool, stated.level) == (true.activity, true.pool, true.level)
        assert stated.coefficient_of_variation == true.coefficient_of_variation
        for said, was in zip(stated.equation, true.equation, strict=True):
            assert said.minutes != was.minutes
            assert (said.per, said.when) == (was.per, {column: list(values) for column, values in was.when.items()})


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(ParamsError, match=r"taken must be a folder .* it is a file"):
        simulate(tmp_path / "taken", **SIZE)
    assert (tmp_path / "taken").read_text() == "mine"
