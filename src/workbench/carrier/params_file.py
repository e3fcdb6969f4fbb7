"""The params file of the simulated carrier: the one a consultant reads first, and copies."""

from workbench.carrier.value_params import value_text
from workbench.carrier.window import AS_OF
from workbench.carrier.work import Activity, Term

COMPANY = "Transports Duvernay Express"

_HEAD = """\
# The study of {company}, a simulated express carrier.
#
# This file is the single truth of the study: what the client's files are, which of their columns is which of ours,
# and how minutes and money are shared. Copy it for a new client and change it from top to bottom. Every key is
# explained in params/README.md; a misspelt key is refused. Paths are relative to this file.

study: carrier                # names the folder of the reports: reports/carrier/{as_of}/
company: {company}
edition: internal             # clients are named
as_of: {as_of}             # the study sees nothing later
currency: EUR
seed: 1                       # of everything the study draws at random

sources:

  # An export of the billing system: Windows encoding, semicolons, decimal commas, French dates.
  customers:
    files: [inputs/customers.csv]
    encoding: cp1252
    separator: ";"
    decimal: ","
    date_format: "%d/%m/%Y"
    columns:                                  # ours: theirs
      customer_id: code_client
      name: raison_sociale
      group_id: code_groupe
      naf_code: code_naf
      headcount: effectif
      turnover_eur: {{expression: "[ca_keur] * 1000"}}       # theirs is in thousands of euros
      customer_zone: region                   # (a column they do not have can be a constant: {{constant: France}})
      salesperson: commercial
      opened_on: ouvert_le
      closed_on: ferme_le
      closure_reason: motif_fermeture
      technology_score: note_technologie      # what our own people say of the larger accounts, 0 to 10
      reputation_score: note_reputation
      international_score: note_international
      contract_end_on: fin_contrat            # most clients have no contract

  # The margin file: a row is a delivery, or a credit note (negative, with the document it credits).
  deliveries:
    files: [inputs/deliveries.csv]
    separator: ";"
    decimal: ","
    date_format: "%d/%m/%Y"
    max_quarantined_share: 0.05               # above this share of unusable rows the study does not start
    columns:
      delivery_id: no_expedition
      order_id: no_commande
      document_id: no_piece
      credited_document_id: piece_creditee
      customer_id: code_client
      ordered_on: date_commande
      promised_on: date_promise
      delivered_on: date_livraison
      recorded_on: date_saisie
      product: produit
      delivery_zone: zone
      list_price_eur: tarif_brut
      revenue_eur: ca_net
      direct_purchases_eur: achats_directs
      booked_margin_eur: marge_fichier        # the client's own figure, which the study retreats
      stop_id: point_arret                    # blank where a partner delivers
      round_id: tournee
    drivers:                                  # what makes work; blank counts as 0
      parcels: nb_colis
      weight_kg: poids_kg
      customs_lines: lignes_douane
      distance_km: distance_km

  products:
    files: [inputs/products.csv]
    separator: ";"
    columns:
      product: produit
      range: gamme

  # Visits, quotes, claims and invoices, counted by customer and month.
  interactions:
    files: [inputs/interactions.parquet]
    columns:
      customer_id: code_client
      month: mois
      driver: acte
      quantity: nombre

  # What accounting really booked; amounts are written 1 234,56.
  ledger:
    files: [inputs/ledger.csv]
    separator: ";"
    decimal: ","
    thousands: " "
    date_format: "%d/%m/%Y"
    columns:
      month: mois
      kind: nature
      pool: service
      account: compte
      amount_eur: montant

  # Time paid and time present, in hours.
  capacity:
    files: [inputs/capacity.csv]
    separator: ";"
    decimal: ","
    date_format: "%m/%Y"
    columns:
      pool: service
      month: mois
      paid_minutes: {{expression: "[heures_payees] * 60"}}
      absence_minutes: {{expression: "[heures_absence] * 60"}}
      worked_minutes: {{expression: "[heures_travaillees] * 60"}}

  # Observed periods of work: the minutes, and what was done in them.
  timesheets:
    files: [inputs/timesheets.csv]
    separator: ";"
    decimal: ","
    columns:
      observation_id: {{expression: "row_number()"}}          # their sheets are not numbered
      activity: activite
      minutes: minutes
    drivers:
{timesheet_drivers}

  price_changes:
    files: [inputs/price_changes.csv]
    separator: ";"
    decimal: ","
    date_format: "%d/%m/%Y"
    columns:
      effective_on: valable_des
      scope: {{expression: "[niveau] & ': ' & [objet]"}}
      change_share: {{expression: "[hausse_pct] / 100"}}

  # Companies that are not clients: some by name, the smaller ones counted by activity and headcount band.
  market:
    files: [inputs/market.csv]
    separator: ";"
    columns:
      prospect_id: no_prospect
      name: raison_sociale
      naf_code: code_naf
      headcount: effectif
      headcount_band: tranche_effectifs
      n_companies: nb_entreprises

  # Whom a campaign of the past was for, and who was left out of it by lot: what an action really does.
  campaigns:
    files: [inputs/campaigns.csv]
    separator: ";"
    date_format: "%d/%m/%Y"
    columns:
      campaign_id: campagne
      customer_id: code_client
      contacted_on: contacte_le
      treated: visite                         # 1 or 0
      randomised: tire_au_sort

  # The survey: a row is what a respondent says of one supplier; a respondent without a client code is not a client.
  survey:
    files: [inputs/survey.csv]
    encoding: cp1252
    separator: ";"
    date_format: "%d/%m/%Y"
    columns:
      respondent_id: no_repondant
      customer_id: code_client
      naf_code: code_naf                      # of a non-client's company, as its headcount
      headcount: effectif
      headcount_band: tranche_effectifs
      wave: vague
      answered_on: date_reponse
      supplier: fournisseur
      role: fonction
      satisfaction: satisfaction_globale
      differentiation: difference_percue
      purchases_share: {{expression: "[part_achats_pct] / 100"}}
    loyalty_items:                            # added up, they are loyalty
      repurchase: intention_rachat
      recommendation: recommandation
    attributes:                               # what is rated, named as you like
{attributes}
    stated_importance:                        # what respondents say is important, by attribute
{stated}

economic:

  # Ten activities. Each belongs to a pool (a department, as named in ledger and capacity) and serves a delivery, an
  # order or a customer. Its minutes are the sum of the terms: `minutes` once, or for each unit of the driver `per`,
  # and only `when` the delivery is so. `coefficient_of_variation` says how sure the client is of the minutes.
  activities:
"""

_FOOT = """
  # Whose minutes are used: those stated above, or those estimated from the timesheets (both are shown); and whether
  # each pool's minutes are scaled to the minutes worked.
  equations_from: params
  rescale_minutes: false

  # What counts as selling, for the return on commercial cost.
  commercial_activities: [sales_visits]

  # How the full margin carries what no minute pays for.
  idle_key: used_cost                         # unused capacity, in proportion to the used cost of its pool and month
  sustaining_key: revenue                     # management, systems, marketing, in proportion to the month's revenue

  # A booked cost (revenue - booked margin) outside these shares of revenue is implausible.
  implausible_cost_share_low: 0.0
  implausible_cost_share_high: 3.0
  late_credit_note_days: 60                   # a credit note that comes more days after the delivery is late

  draws: 1000                                 # Monte Carlo draws of the minutes
  delivery_margins: true                      # also write the margin of each delivery and order

competitive:

  our_name: nous                              # how the survey names us among the suppliers
  price_attribute: price                      # the attribute that the value map sets against the others

  # Scores are brought to 0-100 from the bounds of their scale; codes for "no answer" are no scores.
  scale: {lowest: 1, highest: 10, not_applicable: [99], refused: [98]}
  roles: {décideur: 0.5, acheteur: 0.3, utilisateur: 0.2}     # how much each counts in its account
  bootstrap_draws: 200

churn:

  # A client without a contract is lost when it is silent longer than its own rhythm explains.
  quantile: 0.99                              # of its own gaps between orders
  floor_days: 14                              # never lost before so many days
  cap_months: 12                              # always lost after so many months
  seasons: true                               # silence counts in business days
  closures: []                                # e.g. [{from_on: 2024-12-24, until_on: 2025-01-01}]
  segments: [headcount, customer_zone]        # what is compared; gaps are drawn towards those of the first
  claim_drivers: [claim]                      # which of the interactions are claims
  horizon_months: 36                          # how far ahead remaining months are counted
  landmarks: 3                                # dates in the past from which the foresight is tested
  landmark_step_months: 4
  alert_share: 0.5                            # clients that make so much of the margin are valued: their silence alerts

potential:

  # What a client could buy is what the upper fifth of comparable clients buys in a year.
  quantile: 0.80
  window_months: 12                           # the months up to as_of whose spend is annualised
  least_deliveries_a_year: 12                 # clients below this are not comparable
  active_within_months: 3                     # nor those without a delivery for longer
  group_size: largest                         # an account of a group has the size of the group's largest account
  nomenclature: naf_rev2                      # the vintage of the activity codes
  calibrate_with_survey: true                 # the survey's shares of purchases correct the level

tariffs:

  # The changes of the tariff that are tried, and over how many months.
  scenarios:
    - {scenario: all prices up 3 %, change_share: 0.03}
    - {scenario: microenterprises up 6 %, change_share: 0.06, scope: {sizes: [microenterprise]}}
    - {scenario: international up 5 %, change_share: 0.05, scope: {products: [International Express]}}
    - {scenario: larger clients down 4 %, change_share: -0.04, scope: {sizes: [mid-size, large]}}
  horizons_months: [12, 36]
  capacity_removed_after_months: 24           # until then the minutes of lost deliveries are paid all the same

  # How clients answer: estimated where past rises of single clients allow it, else what is believed here.
  elasticities_from: price_changes
  volume_elasticity:
    low: -1.8
    high: -0.2
    origin: sales direction, no study
  loss_elasticity:
    low: 0.0
    high: 8.0
    origin: sales direction, no study
  loss_months: 12                             # who has not left within a year of a rise stays as before
"""


def params_text(
    activities: tuple[Activity, ...], timesheet_columns: dict[str, str], survey_scores: dict[str, str]
) -> str:
    """The text of params.yaml: activities, as stated (never as they truly are); timesheet columns and attributes of
    the survey, ours to theirs."""
    drivers = "\n".join(f"      {ours}: {theirs}" for ours, theirs in timesheet_columns.items())
    attributes = "\n".join(f"      {ours}: note_{theirs}" for ours, theirs in survey_scores.items())
    stated = "\n".join(f"      {ours}: imp_{theirs}" for ours, theirs in survey_scores.items())
    head = _HEAD.format(company=COMPANY, as_of=AS_OF, timesheet_drivers=drivers, attributes=attributes, stated=stated)
    return head + "\n".join(_activity_text(activity) for activity in activities) + _FOOT + value_text()


def _activity_text(activity: Activity) -> str:
    lines = [
        f"    - activity: {activity.activity}",
        f"      pool: {activity.pool}",
        f"      level: {activity.level}",
        f"      coefficient_of_variation: {activity.coefficient_of_variation:.2f}",
        "      equation:",
    ]
    return "\n".join(lines + [f"        - {_term_text(term)}" for term in activity.equation]) + "\n"


def _term_text(term: Term) -> str:
    parts = [f"minutes: {term.minutes:.5f}"]
    if term.per:
        parts.append(f"per: {term.per}")
    for column, values in term.when.items():
        parts.append(f"when: {{{column}: [{', '.join(values)}]}}")
    return "{" + ", ".join(parts) + "}"
