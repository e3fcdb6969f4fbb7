"""Which table of ours a client's file seems to be, and which of its columns seems to be which of ours."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from workbench.tables.contracts import CONTRACTS, Column, Contract
from workbench.tables.file_guesses import GuessedColumn, GuessedFile

SURE, POSSIBLE = 0.74, 0.5
TABLE_LIKE, NOT_A_KEY = 0.45, 0.25

# What clients call these things, in French and English, without accents. A name of ours counts by itself.
TABLE_WORDS = {
    "customers": "clients comptes accounts customer client reseller",
    "deliveries": "livraisons expeditions marges ventes envois transport deliveries shipments sales retail margins",
    "products": "produits products articles items prestations",
    "interactions": "interactions actes visites contacts activites crm",
    "ledger": "ledger comptabilite grand livre ecritures balance charges accounting",
    "capacity": "capacity capacites heures effectifs presence hours",
    "timesheets": "timesheets releves temps observations chronometrage",
    "market": "marche prospects market",
    "campaigns": "campagnes campagne campaigns",
    "survey": "enquete satisfaction sondage barometre questionnaire",
    "price_changes": "price changes hausses tarifs tariff augmentations",
}
COLUMN_WORDS = {
    "customer_id": (
        "code client|no client|id client|client|compte|customer|customer number|account|account number|reseller"
    ),
    "name": "raison sociale|nom|nom client|denomination|company|company name|customer name|libelle",
    "group_id": "code groupe|groupe|maison mere|parent|parent company|group",
    "naf_code": "naf|code naf|ape|code ape|nace|sic|industry code",
    "headcount": "effectif|effectifs|salaries|nb salaries|employees|staff",
    "turnover_eur": "ca client|chiffre affaires client|turnover|annual turnover",
    "customer_zone": "region|pays|departement|zone client|country|territory",
    "salesperson": "commercial|vendeur|charge affaires|sales rep|sales representative|account manager",
    "opened_on": "ouvert le|date ouverture|date creation|opened|created|customer since",
    "contract_end_on": "fin contrat|date fin contrat|echeance|contract end|expiry",
    "closed_on": "ferme le|date fermeture|date cloture|closed|closed date",
    "closure_reason": "motif fermeture|motif cloture|raison depart|reason|closure reason",
    "technology_score": "note technologie|technology score",
    "reputation_score": "note reputation|reputation score",
    "international_score": "note international|international score",
    "delivery_id": (
        "no expedition|expedition|no livraison|livraison|bon livraison|recepisse|delivery|shipment|invoice line"
    ),
    "order_id": "no commande|commande|order|order number|order id",
    "document_id": "no piece|piece|no facture|facture|invoice|invoice number|document",
    "credited_document_id": "piece creditee|facture creditee|avoir sur|credited invoice|credit of",
    "ordered_on": "date commande|commande le|order date|ordered",
    "promised_on": "date promise|promis le|date prevue|promised date|due date",
    "delivered_on": "date livraison|livre le|date expedition|delivery date|delivered|ship date|invoice date|date",
    "recorded_on": "date saisie|saisi le|recorded|entry date",
    "product": "produit|prestation|service|article|product|item|stock code|description",
    "delivery_zone": "zone|zone livraison|destination|delivery zone|lane",
    "list_price_eur": "tarif brut|prix tarif|prix catalogue|list price|gross price",
    "revenue_eur": (
        "ca net|ca ht|ca|chiffre affaires|montant ht|montant|"
        "revenue|net revenue|sales|amount|net amount|sales amount|line total"
    ),
    "direct_purchases_eur": "achats directs|achats|sous traitance|direct purchases|subcontracting|purchases",
    "booked_margin_eur": "marge fichier|marge|marge brute|margin|gross margin",
    "currency": "devise|monnaie|currency",
    "stop_id": "arret|no arret|stop",
    "round_id": "tournee|no tournee|round|route",
    "range": "gamme|famille|range|category|family",
    "month": "mois|periode|month|period",
    "driver": "acte|type acte|nature acte|action|event|act",
    "quantity": "nombre|quantite|nb|quantity|count|number",
    "kind": "nature|type|sens|kind",
    "pool": "service|departement|centre|section|department|cost centre|pool",
    "account": "compte|no compte|account|account code",
    "amount_eur": "montant|solde|amount|balance",
    "paid_minutes": "minutes payees|paid minutes",
    "absence_minutes": "minutes absence|absence minutes",
    "worked_minutes": "minutes travaillees|worked minutes",
    "observation_id": "no observation|observation|numero|observation number",
    "activity": "activite|tache|activity|task",
    "minutes": "minutes|duree|temps|duration",
    "effective_on": "valable des|valable le|date effet|effective date|effective",
    "scope": "portee|perimetre|objet|scope|applies to",
    "prospect_id": "no prospect|prospect|siren|siret|company number",
    "headcount_band": "tranche effectifs|tranche effectif|tranche|size band|headcount class",
    "campaign_id": "campagne|campaign",
    "contacted_on": "contacte le|date contact|contacted|contact date",
    "treated": "contacte|visite|traite|treated",
    "randomised": "tire au sort|aleatoire|randomised|randomized",
    "n_companies": "nb entreprises|entreprises|nombre entreprises|companies|number companies",
    "respondent_id": "no repondant|repondant|interviewe|respondent",
    "answered_on": "date reponse|repondu le|date interview|answer date",
    "wave": "vague|campagne|wave",
    "supplier": "fournisseur|prestataire|transporteur|marque|supplier",
    "role": "fonction|role|poste",
    "weight": "poids redressement|ponderation|redressement|weighting",
    "satisfaction": "satisfaction globale|satisfaction generale|overall satisfaction",
    "differentiation": "difference percue|differenciation|perceived difference",
    "change_share": "hausse|hausse pct|taux|augmentation|change|increase|rise",
}


@dataclass(frozen=True)
class Candidate:
    """A client column that may be one of ours; likeness from 0 to 1."""

    ours: Column
    theirs: GuessedColumn
    likeness: float


@dataclass(frozen=True)
class GuessedTable:
    """A file as one of our tables. sure: the likeliest client column for ours; possible: what a person may choose."""

    contract: Contract
    sure: dict[str, Candidate]
    possible: tuple[Candidate, ...]
    likeness: float


def guessed_tables(file: GuessedFile) -> list[GuessedTable]:
    """What a file may be, the likeliest table first; empty where it is like none."""
    found = [_as_table(file, contract) for contract in CONTRACTS.values()]
    return sorted((one for one in found if one.likeness >= TABLE_LIKE), key=lambda one: -one.likeness)


def _as_table(file: GuessedFile, contract: Contract) -> GuessedTable:
    candidates = sorted(
        (
            Candidate(ours, theirs, likeness)
            for ours in contract.columns
            for theirs in file.columns
            if (likeness := _likeness(ours, theirs, contract)) >= POSSIBLE
        ),
        key=lambda one: -one.likeness,
    )
    sure: dict[str, Candidate] = {}
    taken: set[str] = set()
    for one in candidates:
        if one.likeness >= SURE and one.ours.name not in sure and one.theirs.name not in taken:
            sure[one.ours.name] = one
            taken.add(one.theirs.name)
    possible = tuple(one for one in candidates if one.ours.name not in sure and one.theirs.name not in taken)
    named = max(_similar(file.path.stem, word) for word in f"{contract.table} {TABLE_WORDS[contract.table]}".split())
    have = [name for name in contract.required if name in sure]
    likeness = 0.6 * named + 0.4 * len(have) / max(len(contract.required), 1)
    if any((key := sure.get(name)) and not key.theirs.is_unique for name in contract.key if len(contract.key) == 1):
        likeness -= NOT_A_KEY
    return GuessedTable(contract, sure, possible, likeness)


def _likeness(ours: Column, theirs: GuessedColumn, contract: Contract) -> float:
    """How much a client's column is like one of ours by name; 0 where its values cannot be that."""
    if not _can_be(ours, theirs):
        return 0.0
    words = [ours.name, *COLUMN_WORDS.get(ours.name, "").split("|")]
    likeness = max(_similar(theirs.name, word) for word in words)
    if contract.key == (ours.name,) and not theirs.is_unique:
        likeness -= 0.1
    return likeness


def _can_be(ours: Column, theirs: GuessedColumn) -> bool:
    if not theirs.values:
        return True
    if ours.kind in ("date", "month"):
        return bool(theirs.dates)
    if ours.kind in ("money", "number", "count"):
        return bool(theirs.marks)
    return not theirs.dates and (ours.kind == "id" or not theirs.marks or ours.name == "account")


def _similar(theirs: str, ours: str) -> float:
    """Likeness of two names, 1 where they are the same words in whatever order."""
    one, other = _words(theirs), _words(ours)
    if not one or not other:
        return 0.0
    if set(one) == set(other):
        return 1.0
    shared = len(set(one) & set(other)) / max(len(set(one)), len(set(other)))
    return max(0.9 * SequenceMatcher(None, " ".join(one), " ".join(other)).ratio(), 0.5 + 0.4 * shared if shared else 0)


def _words(name: str) -> Sequence[str]:
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    short = {"n": "no", "num": "no", "numero": "no", "number": "no", "nr": "no", "cde": "commande", "dt": "date"}
    left_out = {"key", "de", "du", "la", "le", "les", "d", "l", "of", "the", "eur", "euros"}
    return [short.get(word, word) for word in re.findall(r"[a-z]+|\d+", plain) if word not in left_out]
