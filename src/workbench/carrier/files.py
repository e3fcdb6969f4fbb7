"""The files the company hands over, written the way French systems write them, and the truth beside them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.carrier.dirt import dirty_customers, dirty_deliveries, dirty_survey
from workbench.carrier.params_file import params_text
from workbench.carrier.survey import NAMES, SurveyDesign
from workbench.carrier.world import World, simulated_world
from workbench.errors import ParamsError

TIMESHEET_COLUMNS = {
    "deliveries": "nb_livraisons",
    "deliveries_express_9h": "nb_livraisons_9h",
    "deliveries_europe_world": "nb_livraisons_export",
    "orders": "nb_commandes",
    "active_months": "nb_mois_actifs",
    "parcels": "nb_colis",
    "weight_kg": "poids_kg",
    "distance_km": "distance_km",
    "customs_lines": "lignes_douane",
    "sales_visit": "nb_visites",
    "quote": "nb_devis",
    "claim": "nb_reclamations",
    "invoice": "nb_factures",
}
# The columns of the survey: ours to theirs, as they stand in the params file.
SURVEY_SCORES = {
    "punctuality": "ponctualite",
    "undamaged_parcels": "colis_intacts",
    "pick_up": "enlevement",
    "tracking": "suivi",
    "customs": "douane",
    "claims_handling": "reclamations",
    "sales_contact": "commercial",
    "courtesy": "amabilite",
    "price": "prix",
    "invoicing": "facturation",
}


def simulate(
    folder: Path, *, customers: int = 400, months: int = 48, seed: int = 1, design: SurveyDesign | None = None
) -> Path:
    """Write a simulated express carrier: `inputs/`, a runnable `params.yaml`, and `truth/`, which no study may read.

    Parameters: folder, made where it does not exist, its files of these names replaced (a params.yaml that differs is
    kept as params.previous.yaml); customers, accounts in the customers file; months, length of the window that ends
    with 2025; seed, whole number from 0; design, of the survey (default: SurveyDesign()). The same arguments write the
    same bytes.
    Returns: the path of params.yaml. Raises: ParamsError where the folder is a file or a number is too small.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ParamsError(f"{folder} must be a folder to write the simulated carrier to; it is a file")
    world = simulated_world(customers=customers, months=months, seed=seed, design=design)
    inputs, truth = folder / "inputs", folder / "truth"
    for made in (inputs, truth):
        made.mkdir(parents=True, exist_ok=True)
    faults = [_write_customers(world, inputs), _write_deliveries(world, inputs), _write_survey(world, inputs)]
    _write_books(world, inputs)
    _write_market(world, inputs)
    _write_campaigns(world, inputs)
    _write_work(world, inputs)
    _write_truth(world, pd.concat(faults, ignore_index=True), truth)
    params = folder / "params.yaml"
    text = params_text(world.stated_activities, TIMESHEET_COLUMNS, SURVEY_SCORES)
    if params.exists() and params.read_text(encoding="utf-8") != text:
        # Somebody may have changed it by hand.
        params.replace(params.with_suffix(".previous.yaml"))
    params.write_text(text, encoding="utf-8", newline="\n")
    return params


def _write_customers(world: World, inputs: Path) -> pd.DataFrame:
    rows, faults = dirty_customers(world.customers, world.seed)
    table = {
        "code_client": rows["customer_id"],
        "raison_sociale": rows["name"],
        "code_groupe": rows["group_id"],
        "code_naf": rows["naf_code"],
        "effectif": rows["headcount"],
        "ca_keur": _number_texts(rows["turnover_eur"] / 1000, decimals=1),
        "region": rows["customer_zone"],
        "commercial": rows["salesperson"],
        "ouvert_le": _date_texts(rows["opened_on"]),
        "ferme_le": _date_texts(rows["closed_on"]),
        "motif_fermeture": rows["closure_reason"],
        "note_technologie": _number_texts(rows["technology_score"], decimals=0),
        "note_reputation": _number_texts(rows["reputation_score"], decimals=0),
        "note_international": _number_texts(rows["international_score"], decimals=0),
        "fin_contrat": _date_texts(rows["contract_end_on"]),
    }
    _write_csv(pd.DataFrame(table), inputs / "customers.csv", encoding="cp1252", line_end="\r\n")
    return _as_in_spreadsheet(faults, "customers.csv")


def _write_deliveries(world: World, inputs: Path) -> pd.DataFrame:
    rows, faults = dirty_deliveries(world.deliveries, world.seed)
    table = {
        "no_expedition": rows["delivery_id"],
        "no_commande": rows["order_id"],
        "no_piece": rows["document_id"],
        "piece_creditee": rows["credited_document_id"],
        "code_client": rows["customer_id"],
        "date_commande": _date_texts(rows["ordered_on"]),
        "date_promise": _date_texts(rows["promised_on"]),
        "date_livraison": rows["delivered_text"].fillna(_date_texts(rows["delivered_on"])),
        "date_saisie": _date_texts(rows["recorded_on"]),
        "produit": rows["product"],
        "zone": rows["delivery_zone"],
        "tarif_brut": _number_texts(rows["list_price_eur"], decimals=2),
        "ca_net": rows["revenue_text"].fillna(_number_texts(rows["revenue_eur"], decimals=2)),
        "achats_directs": _number_texts(rows["direct_purchases_eur"], decimals=2),
        "marge_fichier": _number_texts(rows["booked_margin_eur"], decimals=2),
        "nb_colis": _number_texts(rows["parcels"], decimals=0),
        "poids_kg": _number_texts(rows["weight_kg"], decimals=1),
        "lignes_douane": _number_texts(rows["customs_lines"], decimals=0),
        "distance_km": _number_texts(rows["distance_km"], decimals=0),
        "point_arret": rows["stop_id"],
        "tournee": rows["round_id"],
    }
    _write_csv(pd.DataFrame(table), inputs / "deliveries.csv")
    return _as_in_spreadsheet(faults, "deliveries.csv")


def _write_books(world: World, inputs: Path) -> None:
    products = world.products.rename(columns={"product": "produit", "range": "gamme"})
    _write_csv(products, inputs / "products.csv")
    ledger = {
        "mois": _date_texts(world.ledger["month"]),
        "nature": world.ledger["kind"],
        "service": world.ledger["pool"],
        "compte": world.ledger["account"],
        "montant": [f"{amount:,.2f}".replace(",", " ").replace(".", ",") for amount in world.ledger["amount_eur"]],
    }
    _write_csv(pd.DataFrame(ledger), inputs / "ledger.csv")
    changes = {
        "valable_des": _date_texts(world.price_changes["effective_on"]),
        "niveau": world.price_changes["level"],
        "objet": world.price_changes["item"],
        "hausse_pct": _number_texts(world.price_changes["change_share"] * 100, decimals=1),
    }
    _write_csv(pd.DataFrame(changes), inputs / "price_changes.csv")


def _write_campaigns(world: World, inputs: Path) -> None:
    table = {
        "campagne": world.campaigns["campaign_id"],
        "code_client": world.campaigns["customer_id"],
        "contacte_le": _date_texts(world.campaigns["contacted_on"]),
        "visite": world.campaigns["treated"],
        "tire_au_sort": world.campaigns["randomised"],
    }
    _write_csv(pd.DataFrame(table), inputs / "campaigns.csv")


def _write_market(world: World, inputs: Path) -> None:
    table = {
        "no_prospect": world.market["prospect_id"],
        "raison_sociale": world.market["name"],
        "code_naf": world.market["naf_code"],
        "effectif": world.market["headcount"],
        "tranche_effectifs": world.market["headcount_band"],
        "nb_entreprises": world.market["n_companies"],
    }
    _write_csv(pd.DataFrame(table), inputs / "market.csv")


def _write_survey(world: World, inputs: Path) -> pd.DataFrame:
    rows, faults = dirty_survey(world.survey, world.seed)
    table = {
        "no_repondant": rows["respondent_id"],
        "code_client": rows["customer_id"],
        "code_naf": rows["naf_code"],
        "effectif": _number_texts(rows["headcount"], decimals=0),
        "tranche_effectifs": rows["headcount_band"],
        "vague": rows["wave"],
        "date_reponse": _date_texts(rows["answered_on"]),
        "fournisseur": rows["supplier"].replace("us", "nous"),
        "fonction": rows["role"].map({"decides": "décideur", "buys": "acheteur", "uses": "utilisateur"}),
    }
    for name in NAMES:
        table[f"note_{SURVEY_SCORES[name]}"] = _number_texts(rows[name], decimals=0)
    table["note_prix"] = rows["price_text"].fillna(table["note_prix"])
    table["satisfaction_globale"] = _number_texts(rows["satisfaction"], decimals=0)
    table["intention_rachat"] = _number_texts(rows["loyalty_repurchase"], decimals=0)
    table["recommandation"] = _number_texts(rows["loyalty_recommendation"], decimals=0)
    table["difference_percue"] = _number_texts(rows["differentiation"], decimals=0)
    for name in NAMES:
        table[f"imp_{SURVEY_SCORES[name]}"] = _number_texts(rows[f"stated_{name}"], decimals=0)
    table["part_achats_pct"] = _number_texts(rows["purchases_share"], decimals=0)
    _write_csv(pd.DataFrame(table), inputs / "survey.csv", encoding="cp1252")
    return _as_in_spreadsheet(faults, "survey.csv")


def _write_work(world: World, inputs: Path) -> None:
    capacity = {"service": world.capacity["pool"], "mois": world.capacity["month"].dt.strftime("%m/%Y")}
    for ours, theirs in (("paid", "heures_payees"), ("absence", "heures_absence"), ("worked", "heures_travaillees")):
        capacity[theirs] = _number_texts(world.capacity[f"{ours}_minutes"] / 60, decimals=2)
    _write_csv(pd.DataFrame(capacity), inputs / "capacity.csv")
    sheets = {
        "activite": world.timesheets["activity"],
        "minutes": _number_texts(world.timesheets["minutes"], decimals=1),
    }
    for ours, theirs in TIMESHEET_COLUMNS.items():
        decimals = 1 if ours == "weight_kg" else 0
        sheets[theirs] = _number_texts(world.timesheets[ours], decimals=decimals)
    _write_csv(pd.DataFrame(sheets), inputs / "timesheets.csv")
    acts = world.interactions
    schema = [("code_client", pa.string()), ("mois", pa.date32()), ("acte", pa.string()), ("nombre", pa.int64())]
    columns = [acts["customer_id"], acts["month"], acts["driver"], acts["quantity"]]
    _write_parquet(columns, schema, inputs / "interactions.parquet")


def _write_truth(world: World, faults: pd.DataFrame, truth: Path) -> None:
    (values, effects), activities = world.futures, world.truth_activities
    customers = world.truth_customers.merge(values, on="customer_id", validate="one_to_one")
    kinds = {"customer_id": pa.string(), "last_order_on": pa.date32(), "lost_on": pa.date32()}
    schema = [(name, kinds.get(name, pa.float64())) for name in customers.columns]
    _write_parquet([customers[name] for name, _ in schema], schema, truth / "customers.parquet")
    kinds = {"month": pa.date32(), "pool": pa.string(), "activity": pa.string()}
    schema = [(name, kinds.get(name, pa.float64())) for name in activities.columns]
    _write_parquet([activities[name] for name, _ in schema], schema, truth / "activities.parquet")
    elasticities = world.truth_elasticities
    schema = [(name, pa.string() if name == "size" else pa.float64()) for name in elasticities.columns]
    _write_parquet([elasticities[name] for name, _ in schema], schema, truth / "elasticities.parquet")
    schema = [("customer_id", pa.string()), ("month", pa.date32()), ("hazard", pa.float64())]
    _write_parquet([world.truth_hazard[name] for name, _ in schema], schema, truth / "hazard.parquet")
    kinds = {"customer_id": pa.string(), "action": pa.string()}
    schema = [(name, kinds.get(name, pa.float64())) for name in effects.columns]
    _write_parquet([effects[name] for name, _ in schema], schema, truth / "effects.parquet")
    drivers, response = world.truth_drivers, world.truth_response
    schema = [(name, pa.string() if name in ("target", "attribute") else pa.float64()) for name in drivers]
    _write_parquet([drivers[name] for name, _ in schema], schema, truth / "drivers.parquet")
    schema = [(name, pa.bool_() if name == "diminishing" else pa.float64()) for name in response]
    _write_parquet([response[name] for name, _ in schema], schema, truth / "response.parquet")
    schema = [("file", pa.string()), ("row", pa.int64()), ("kind", pa.string())]
    _write_parquet([faults[name] for name, _ in schema], schema, truth / "dirt.parquet")


def _as_in_spreadsheet(faults: pd.DataFrame, file: str) -> pd.DataFrame:
    """Rows numbered as a spreadsheet shows them: the header is row 1, the first record row 2."""
    return pd.DataFrame({"file": file, "row": faults["row"] + 2, "kind": faults["kind"]})


def _date_texts(days: pd.Series) -> pd.Series:
    """dd/mm/yyyy; blank where there is no date."""
    codes, uniques = pd.factorize(days)
    texts = np.array([*uniques.strftime("%d/%m/%Y"), None], dtype=object)
    return pd.Series(texts[codes], index=days.index)


def _number_texts(values: pd.Series, *, decimals: int) -> pd.Series:
    """A decimal comma and so many decimals; blank where there is no number."""
    rounded = pa.array(values.to_numpy(float, na_value=np.nan).round(decimals), from_pandas=True)
    texts = pc.cast(pc.cast(rounded, pa.decimal128(18, decimals)), pa.string())
    return pd.Series(pc.replace_substring(texts, ".", ",").to_numpy(zero_copy_only=False), index=values.index)


def _write_csv(table: pd.DataFrame, path: Path, *, encoding: str = "utf-8", line_end: str = "\n") -> None:
    table.to_csv(path, sep=";", index=False, encoding=encoding, lineterminator=line_end)


def _write_parquet(columns: list[pd.Series], schema: list, path: Path) -> None:
    arrays = [pa.array(column, type=kind, from_pandas=True) for column, (_, kind) in zip(columns, schema, strict=True)]
    pq.write_table(pa.table(arrays, schema=pa.schema(schema)), path)
