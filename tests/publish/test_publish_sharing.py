import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from difference_attack import clients_amounts, isolated, published_numbers

from workbench.errors import RunFailed
from workbench.params import read_study
from workbench.publish.sharing import (
    check_unrecognisable,
    first_found,
    normalised,
    shareable_manifest,
    sought_in,
    sought_phrases,
)
from workbench.tables.run_folder import RunFolder

PRIVATE = [
    ("Élan & Fils S.A.R.L.", "name of a client"),
    ("L'Œuvre d'Anaïs", "name of a client"),
    ("<script>alert(1)</script>", "name of a client"),
    ("Manufacture Générale des Équipements", "name of a client"),
    ("3M", "name of a client"),
    ("Rows", "name of a client"),
    ("Lyon", "name of a client"),
    ("Express", "name of a client"),
    ("C-00123", "number of a client"),
    ("0042", "number of a client"),
    ("123456", "number of a client"),
    ("Zoé O'Neil", "name of a salesperson"),
]
SOUGHT = sought_phrases(PRIVATE, ["Transports Express", "Lyon"])


@pytest.fixture
def page(tmp_path):
    """Write a page around a piece of HTML; returns its path."""

    def page(piece, name="01_page.html"):
        file = tmp_path / name
        file.write_text(f"<!doctype html><title>t</title><body>{piece}</body>", encoding="utf-8")
        return file

    return page


@pytest.mark.parametrize(
    "piece",
    [
        "<td>Élan &amp; Fils S.A.R.L.</td>",
        "<p>By client, ELAN &#38; FILS S A R L earns most.</p>",
        '<div aria-label="whale of Elan &amp;amp; Fils S.A.R.L. and more"></div>',
        "<svg><text x='1'>C-00123</text></svg>",
        "<svg><text>Zoé <tspan>O&#x27;Neil</tspan></text></svg>",
        "<svg><text>Zo<tspan>é O'</tspan>Neil</text></svg>",
        "<tr><td>Zoé</td><td>O'Neil</td></tr>",
        "<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>",
        "<p>L’Œuvre d’Anaïs</p>",
        "<text>Manufacture Générale des…</text>",
        "<!-- c_00123 -->",
        "<style>.c-00123 { color: red }</style>",
        "<script>const clients = ['C-00123'];</script>",
        "<td>3M</td>",
        "<td>Rows</td>",
        "<td>Express</td>",
        "<td>123456</td>",
        '<td id="id-123456">x</td>',
        '<img alt="x" src="data:image/png;base64,QQ==">',
    ],
)
def test_a_client_is_found_wherever_it_stands(page, piece):
    with pytest.raises(RunFailed, match=r"01_page\.html: .+ holds"):
        check_unrecognisable(page(piece), SOUGHT)


@pytest.mark.parametrize(
    "piece",
    [
        "<p>Rows read: 123,456; 3M € of margin with Express in Lyon</p>",
        "<p>an elan of fils</p>",
        '<path d="M 123456 0042"/><td data-sort="123456">123,456</td>',
        "<td>0042</td>",
        "<td>Lyon</td>",
        "<p>C-001234</p>",
    ],
)
def test_amounts_and_words_of_the_report_are_not_taken_for_clients(page, piece):
    check_unrecognisable(page(piece), SOUGHT)


def test_what_is_not_sought_is_counted():
    assert SOUGHT.passed_over == 2  # Lyon is a zone too, 0042 is too short
    assert "10 names and numbers sought; 2 were not sought, being numbers of less than 5 digits" in str(SOUGHT)
    assert str(sought_phrases(PRIVATE[:2], [])).endswith("2 names and numbers sought")
    assert set(SOUGHT.whole) == {"3m", "rows", "express"}


def test_the_name_of_the_file_and_other_kinds_of_file_are_refused(page, tmp_path):
    with pytest.raises(RunFailed, match="the name of the file holds 'c 00123'"):
        check_unrecognisable(page("<p>x</p>", name="C-00123.html"), SOUGHT)
    other = tmp_path / "table.csv"
    other.write_text("x")
    with pytest.raises(RunFailed, match="pages and its manifest only"):
        check_unrecognisable(other, SOUGHT)


def test_a_json_file_is_searched_in_keys_and_values(tmp_path):
    file = tmp_path / "manifest.json"
    for content in ({"C-00123": 1}, {"a": [{"b": "of C-00123"}]}, {"a": "123456"}):
        file.write_text(json.dumps(content))
        with pytest.raises(RunFailed, match=r"manifest\.json: a value holds"):
            check_unrecognisable(file, SOUGHT)
    file.write_text(json.dumps({"a": 1.5, "b": None, "c": ["Lyon"], "rows_read": 123456}))
    check_unrecognisable(file, SOUGHT)


def test_many_clients_are_sought_in_little_time(page):
    many = sought_phrases(((f"Client number {n:06d}", "name of a client") for n in range(100_000)), ["Acme"])
    text = " ".join(f"word{n} client" for n in range(2_000))
    assert first_found(text, many) is None
    assert first_found(f"{text} client number 099999", many) == ("client number 0999", "name of a client")


def test_the_shared_report_holds_pages_and_manifest_only_and_no_client(report, small_study):
    folder, internal = report(edition="shared"), report(language="fr")
    assert sorted(path.name for path in folder.iterdir()) == [
        "01_data_audit.html", "02_margin_retreatment.html", "03_satisfaction_drivers.html", "04_churn_survival.html",
        "05_potential.html", "06_customer_value.html", "07_tariff_scenarios.html", "index.html", "manifest.json",
    ]  # fmt: skip
    customers = pd.read_parquet(internal / "checked" / "customers.parquet")
    published = "\n".join(path.read_text() for path in folder.iterdir())
    plain = f" {normalised(re.sub('<[^>]+>', ' ', published))} "
    for column in ("name", "customer_id", "group_id", "salesperson"):
        assert [name for name in customers[column].dropna() if f" {normalised(name)} " in plain] == []
    whole = f" {normalised((internal / 'index.html').read_text())} "
    assert any(f" {normalised(name)} " in whole for name in customers["name"])  # the internal report does name them
    assert str(small_study.parent) not in published and "shared edition" in published
    manifest = json.loads((folder / "manifest.json").read_text())
    assert all("/" not in one["file"] for one in manifest["inputs"])
    keys = "study as_of inputs params overrides versions commit seconds reconciliation"
    assert list(manifest) == keys.split()


def test_no_difference_of_published_totals_is_a_client(report):
    margins = pd.read_parquet(report(language="fr") / "tables" / "customer_margin.parquet")
    proofs = json.loads((report(language="fr") / "manifest.json").read_text())["reconciliation"]
    numbers, targets = published_numbers(report(edition="shared")), clients_amounts(margins)
    assert isolated(numbers, targets).empty
    totals = np.array([(one[key], 0.005) for one in proofs for key in ("total_eur", "not_attributable_eur")])
    cents = totals[np.abs(totals[:, 0] - totals[:, 0].round()) > 1e-6]
    assert len(cents) and not np.isin(cents[:, 0], numbers[:, 0]).any()
    # The attack finds the client that an axis lacks as soon as the totals of that axis and of another are published.
    client = margins.loc[margins["revenue_eur"].idxmax()]
    lacking = [
        (one["total_eur"] - client[f"{one['margin']}_margin_eur"], 0.005) for one in proofs if one["axis"] == "customer"
    ]
    assert client["customer_id"] in set(isolated(np.vstack([numbers, totals, lacking]), targets)["client"])


def test_a_leak_into_the_finished_report_is_found(report, small_study, tmp_path):
    study = read_study(small_study)
    internal = report(language="fr")
    sought = sought_in(RunFolder(internal, small_study), study)
    shared = shutil.copytree(report(edition="shared"), tmp_path / "shared")
    for file in shared.iterdir():
        check_unrecognisable(file, sought)
    with pytest.raises(RunFailed):
        check_unrecognisable(internal / "index.html", sought)
    client = pd.read_parquet(internal / "checked" / "customers.parquet")["name"].dropna().iloc[7]
    page = shared / "02_margin_retreatment.html"
    page.write_text(page.read_text().replace("<figcaption>", f"<figcaption>{client}, ", 1))
    with pytest.raises(RunFailed, match="02_margin_retreatment"):
        check_unrecognisable(page, sought)


def test_the_manifest_holds_no_amount_address_or_path(tmp_path):
    (tmp_path / "study.yaml").write_text(
        "study: acme\ncompany: Acme\nedition: shared\nas_of: 2026-06-30\n"
        "sources:\n"
        "  customers: {files: [../in/c.csv], columns: {customer_id: id}}\n"
        "  deliveries:\n    url: postgres://books.intern:5432/sales\n    query: select * from sold where c = 'Dupont'\n"
        "    user_variable: ACME_USER\n    columns: {delivery_id: id}\n"
        "potential: {sector_files: [{name: house, file: /jane/sectors.csv}]}\n"
        "value: {reference: ../2025/notes/value_reference.json}\n"
        "tariffs: {scenarios: [{scenario: named, change_share: 0.1, scope: {customers: ['0042']}}]}\n"
    )
    study = read_study(tmp_path / "study.yaml")
    amounts = {"eur_read": 9876.5, "eur_accepted": 9000.25, "eur_quarantined": 876.25}
    content = {
        "inputs": [
            {"table": "customers", "file": "C:\\jane\\c.csv", **amounts},
            {"table": "deliveries", "file": "postgres://books.intern:5432/sales [query]", **amounts},
        ],
        "params": study.model_dump(mode="json"),
        "overrides": {"value.reference": "/jane/value_reference.json"},
        "reconciliation": [
            {"margin": "full", "axis": "product", "total_eur": 12.5, "not_attributable_eur": 1.5, "ledger_eur": 14.0,
             "reference": "ledger", "difference_eur": 0.0},
        ],
    }  # fmt: skip
    told = shareable_manifest(content)
    assert [one["file"] for one in told["inputs"]] == ["c.csv", None]
    assert told["reconciliation"] == [{"margin": "full", "axis": "product", "reference": "ledger", "difference_eur": 0}]
    assert told["overrides"] == {"value.reference": None}
    text = json.dumps(told)
    assert [
        word
        for word in ("jane", "books.intern", "sold", "ACME", "0042", "/", "9876", "9000", "876.25", "12.5")
        if word in text
    ] == []
    assert {"c.csv", "sectors.csv", "value_reference.json"} <= set(re.findall(r"[\w.]+\.\w+", text))
    assert content["params"] == study.model_dump(mode="json")  # what was given is not modified
