"""Reading a params file: good ones are read, bad ones are refused with place, key, what came and the way out."""

import datetime
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ParamsError
from workbench.params import read_study
from workbench.params.document import read_document
from workbench.params.reading import parsed_override

GOOD = """\
study: acme
company: Acme
edition: internal
as_of: 2025-12-31
sources:
  customers:
    files: [customers.csv]
    columns:
      customer_id: Code client
  deliveries:
    files: [deliveries.csv]
    columns:
      delivery_id: {expression: "[Bon] & '-' & row_number()"}
      revenue_eur: CA
economic:
  activities:
    - activity: delivery
      pool: drivers
      level: delivery
      equation:
        - minutes: 4
        - minutes: 0.7
          per: parcels
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a params file named acme.yaml in the working folder and returns its relative path."""
    monkeypatch.chdir(tmp_path)

    def write(text: str | bytes) -> Path:
        path = Path("acme.yaml")
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def refusal(path, **kwargs) -> list[str]:
    with pytest.raises(ParamsError) as caught:
        read_study(path, **kwargs)
    return str(caught.value).splitlines()


def test_a_good_file_is_read(written, tmp_path):
    study = read_study(written(GOOD))
    assert study.as_of == datetime.date(2025, 12, 31)
    assert study.sources.customers.columns["customer_id"].column == "Code client"
    assert study.economic.activities[0].equation[1].minutes == 0.7
    assert study.path == tmp_path / "acme.yaml"
    assert study.folder == tmp_path


def test_a_quoted_date_and_a_byte_order_mark_are_fine(written):
    text = GOOD.replace("2025-12-31", '"2025-12-31"')
    assert read_study(written(b"\xef\xbb\xbf" + text.encode())).as_of == datetime.date(2025, 12, 31)


def test_yes_and_no_are_texts(written):
    assert read_study(written(GOOD.replace("pool: drivers", "pool: no"))).economic.activities[0].pool == "no"


def test_blanks_in_quotes_are_kept(written):
    text = GOOD.replace(
        "    files: [customers.csv]\n", '    files: [customers.csv]\n    separator: "\\t"\n    missing: [" "]\n'
    )
    source = read_study(written(text.replace("Code client", '" Code "'))).sources.customers
    assert (source.separator, source.missing, source.columns["customer_id"].column) == ("\t", [" "], " Code ")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "minutes: 4",
            "minutes: -3",
            "acme.yaml:21:20: economic.activities.0.equation.0.minutes: must be at least 0 (got '-3')",
        ),
        (
            "minutes: 4",
            "minutes: true",
            "acme.yaml:21:20: economic.activities.0.equation.0.minutes: must be a number (got 'true')",
        ),
        (
            "minutes: 4",
            "minutes: '4'",
            "acme.yaml:21:20: economic.activities.0.equation.0.minutes: must be a number (got '4')",
        ),
        (
            "minutes: 4",
            "minutes: .nan",
            "acme.yaml:21:20: economic.activities.0.equation.0.minutes: must be a finite number (got '.nan')",
        ),
        (
            "pool: drivers",
            "pool: 0042",
            "acme.yaml:18:13: economic.activities.0.pool: must be a text; write it in quotes (got '0042')",
        ),
        (
            "pool: drivers",
            "pool:",
            "acme.yaml:18:7: economic.activities.0.pool: must be a text; write it in quotes (got nothing)",
        ),
        ("study: acme", "study: Acme SA", "acme.yaml:1:8: study: must be: short name: lower-case letters"),
        ("study: acme", "study: ../up", "acme.yaml:1:8: study: must be: short name: lower-case letters"),
        (
            "edition: internal",
            "edition: public",
            "acme.yaml:3:10: edition: must be one of 'internal' or 'shared' (got 'public')",
        ),
        ("edition: internal", "edition: internal\nlanguage: de", "language: must be one of 'en' or 'fr' (got 'de')"),
        ("edition: internal\n", "", "acme.yaml:1:1: edition: is missing; it says: who may read the report"),
        (
            "    files: [deliveries.csv]\n",
            "",
            "acme.yaml:11:5: sources.deliveries: give exactly one of files, url or from_deliveries (got none)",
        ),
        (
            "[deliveries.csv]",
            "deliveries.csv",
            "acme.yaml:11:12: sources.deliveries.files: must be a list, e.g. [one, two] (got",
        ),
        ("[deliveries.csv]", "[]", "acme.yaml:11:12: sources.deliveries.files: must not be empty"),
        (
            "as_of: 2025-12-31",
            "as_of: 20251231",
            "acme.yaml:4:8: as_of: must be a date written YYYY-MM-DD (got '20251231')",
        ),
        (
            "as_of: 2025-12-31",
            "as_of: 31/12/2025",
            "acme.yaml:4:8: as_of: must be a date written YYYY-MM-DD (got '31/12/2025')",
        ),
        ("as_of: 2025-12-31", "as_of: 2025-12-31 10:00:00", "acme.yaml:4:8: as_of: must be a date written YYYY-MM-DD"),
        ("as_of: 2025-12-31", "as_of: 2025-02-30", "acme.yaml:4:8: '2025-02-30' is not a possible date or number"),
        (
            "as_of: 2025-12-31",
            "as_of: '2025-02-30'",
            "acme.yaml:4:8: as_of: day is out of range for month (got '2025-02-30')",
        ),
        (
            "as_of: 2025-12-31",
            "as_of: 2025-12-31\nstart_on: 2026-01-01",
            "acme.yaml:1:1: start_on 2026-01-01 lies after as_of",
        ),
        (
            "    files: [customers.csv]",
            "    files: [c.csv]\n    seperator: ;",
            "unknown key 'seperator'; did you mean 'separator'?",
        ),
        (
            "edition: internal",
            "edition: internal\nzzz: 1",
            "acme.yaml:4:1: unknown key 'zzz'; possible here: study, company, edition",
        ),
        (
            "minutes: 4",
            "minutes: 4\n          when: {produit: [a]}",
            "22:18: economic.activities.0.equation.0.when: unknown key 'produit'",
        ),
        (
            "minutes: 4",
            "minutes: 4\n          when: {product: []}",
            "22:27: economic.activities.0.equation.0.when.product: must not be empty",
        ),
        (
            "level: delivery",
            "level: order\n      coefficient_of_variation: 3",
            "20:33: economic.activities.0.coefficient_of_variation: must be at most 2",
        ),
        (
            "company: Acme",
            "company: Acme\ncompany: Other",
            "acme.yaml:3:1: the key 'company' is given twice (first at acme.yaml:2:1)",
        ),
        (
            "revenue_eur: CA",
            "revenue_eur: 12",
            "acme.yaml:14:20: sources.deliveries.columns.revenue_eur: must be the name of a client's column",
        ),
        (
            "revenue_eur: CA",
            'revenue_eur: ""',
            "acme.yaml:14:20: sources.deliveries.columns.revenue_eur: must not be empty (got '')",
        ),
        (
            "revenue_eur: CA",
            "revenue_eur: {}",
            "acme.yaml:14:20: sources.deliveries.columns.revenue_eur: give exactly one of column",
        ),
        (
            "revenue_eur: CA",
            "revenue_eur: {expression: \"open('x')\"}",
            "acme.yaml:14:33: sources.deliveries.columns.revenue_eur.expression: 'open' at position 1 is not possible",
        ),
        ("revenue_eur: CA", "revenue_eur: &x CA", "acme.yaml:14:20: anchors and aliases (&x) are not accepted"),
        (
            "revenue_eur: CA",
            "revenue_eur: !!python/name:os.system x",
            "acme.yaml:14:20: the tag 'tag:yaml.org,2002:python/name:os.system'",
        ),
        (
            "revenue_eur: CA",
            "<<: {revenue_eur: CA}",
            "acme.yaml:14:7: anchors, merges and tags are not accepted (key '<<')",
        ),
        ("revenue_eur: CA", "? [a]\n      : CA", "acme.yaml:14:9: a key must be a plain text"),
        (
            "revenue_eur: CA",
            "\trevenue_eur: CA",
            "acme.yaml:14:7: not valid YAML: a tab stands where only spaces are allowed",
        ),
        ("revenue_eur: CA", "revenue_eur: [CA", "not valid YAML"),
        (
            "revenue_eur: CA",
            "revenue_eur: CA: HT",
            "acme.yaml:14:22: not valid YAML: mapping values are not allowed here",
        ),
        ("revenue_eur: CA", "revenue_eur: *undefined", "acme.yaml:14:20: not valid YAML: found undefined alias"),
        ("revenue_eur: CA", "revenue_eur: \x07", "acme.yaml:14: not valid YAML: the character U+0007 is not allowed"),
        (
            "files: [deliveries.csv]",
            "files: [d.csv]\n    encoding: utf-88",
            "sources.deliveries.encoding: must be an encoding Python knows",
        ),
        (
            "files: [deliveries.csv]",
            "files: [d.csv]\n    encoding: rot13",
            "sources.deliveries.encoding: must be an encoding Python knows",
        ),
        (
            "files: [deliveries.csv]",
            "files: [d.csv]\n    date_format: dd/mm/yyyy",
            "sources.deliveries.date_format: must hold %Y and %m",
        ),
        (
            "files: [deliveries.csv]",
            'files: [d.csv]\n    date_format: "%Y-%m-%Q"',
            "sources.deliveries.date_format: must hold %Y and %m",
        ),
        (
            "files: [deliveries.csv]",
            'files: [d.csv]\n    separator: ";;"',
            "sources.deliveries.separator: must be: one character",
        ),
        (
            "files: [deliveries.csv]",
            'files: [d.csv]\n    decimal: ","\n    thousands: ","',
            "decimal and thousands are both ','",
        ),
    ],
)
def test_a_bad_value_is_refused_with_its_place(written, old, new, line):
    assert GOOD.count(old) == 1
    lines = refusal(written(GOOD.replace(old, new)))
    assert len(lines) == 1, lines
    assert line in lines[0]


def test_all_problems_come_at_once_in_the_order_of_the_file(written):
    text = GOOD.replace("company: Acme", "compani: Acme").replace("minutes: 4", "minutes: x").replace("CA\n", "&y CA\n")
    lines = refusal(written(text), overrides={"economic.draws": 1, "seed": "x"})
    assert [re.match(r"acme.yaml:\d+|--set \S+", line).group() for line in lines] == [
        "acme.yaml:1",
        "acme.yaml:2",
        "acme.yaml:14",
        "acme.yaml:21",
        "--set economic.draws:",
        "--set seed:",
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "acme.yaml: must be a block of keys that begins with 'study: <name>' (got nothing)"),
        (b"# nothing yet\n", "acme.yaml: must be a block of keys that begins with 'study: <name>' (got nothing)"),
        (b"- a\n", "acme.yaml: must be a block of keys that begins with 'study: <name>' (got a list)"),
        (b"acme\n", "acme.yaml: must be a block of keys that begins with 'study: <name>' (got 'acme')"),
        (b"study: acme\ncompany: Soci\xe9t\xe9\n", "acme.yaml:2: must be UTF-8 text (got byte 0xe9); save it as UTF-8"),
        (b"a: 1\n---\nb: 2\n", "acme.yaml:2:1: not valid YAML: expected a single document"),
        (b"[" * 5000, "acme.yaml: blocks are nested too deeply to be a params file"),
    ],
)
def test_a_file_that_is_no_params_file_is_refused(written, content, line):
    lines = refusal(written(content))
    assert len(lines) == 1
    assert lines[0].startswith(line)


def test_a_missing_file_is_refused_with_the_nearest_name(written):
    written(GOOD)
    assert refusal("acmee.yaml") == ["acmee.yaml: no such file; did you mean acme.yaml?"]
    assert refusal("none/x.yaml") == ["none/x.yaml: no such file; check the path of the params file"]
    assert refusal(".") == [".: must be a file (got a folder); name the .yaml file of the study"]


def test_overrides_are_laid_over_the_file(written):
    overrides = {
        "economic.draws": 500,
        "sources.deliveries.encoding": "cp1252",
        "economic.activities.0.equation.1.minutes": 2,
        "as_of": "2025-06-30",
        "sources.ledger": {"files": ["ledger.csv"]},
        "sources.ledger.separator": ";",
    }
    study = read_study(written(GOOD), overrides=overrides)
    assert study.economic.draws == 500
    assert study.sources.deliveries.encoding == "cp1252"
    assert [term.minutes for term in study.economic.activities[0].equation] == [4, 2]
    assert study.as_of == datetime.date(2025, 6, 30)
    assert (study.sources.ledger.files, study.sources.ledger.separator) == (["ledger.csv"], ";")
    assert overrides["sources.ledger"] == {"files": ["ledger.csv"]}


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("economic.drawz", 500, "--set economic.drawz: economic: unknown key 'drawz'; did you mean 'draws'?"),
        (
            "sources.deliverys.encoding",
            "x",
            "--set sources.deliverys.encoding: sources: unknown key 'deliverys'; did you mean",
        ),
        ("economic.draws", "500", "--set economic.draws: must be a whole number (got '500')"),
        (
            "economic.activities.0.pool",
            4,
            "--set economic.activities.0.pool: must be a text; write it in quotes (got '4')",
        ),
        (
            "economic.activities.1.pool",
            "x",
            "--set economic.activities.1.pool: economic.activities is a list of 1, counted from 0",
        ),
        (
            "economic.activities.last.pool",
            "x",
            "--set economic.activities.last.pool: economic.activities is a list of 1",
        ),
        ("study.name", "x", "--set study.name: study is a plain value without keys of its own; set study itself"),
        ("economic..draws", 1, "--set economic..draws: must be a dotted key, e.g. economic.draws"),
        ("sources.customers", {"files": []}, "--set sources.customers: sources.customers.files: must not be empty"),
        (
            "sources.ledger.encoding",
            "utf-8",
            "--set sources.ledger.encoding: sources.ledger: give exactly one of files, url",
        ),
    ],
)
def test_a_bad_override_is_refused_by_its_own_name(written, key, value, line):
    lines = refusal(written(GOOD), overrides={key: value})
    assert len(lines) == 1
    assert lines[0].startswith(line)


def test_an_override_mends_what_the_file_has_wrong(written):
    path = written(GOOD.replace("Code client", "12"))
    refusal(path)
    assert read_study(path, overrides={"sources.customers.columns.customer_id": "12"})


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a.b=3", ("a.b", 3)),
        ("a=x=y", ("a", "x=y")),
        ("a=[1, two]", ("a", [1, "two"])),
        ("a={expression: '[x] - [y]'}", ("a", {"expression": "[x] - [y]"})),
        ("a=2025-06-30", ("a", datetime.date(2025, 6, 30))),
        ("a=true", ("a", True)),
        ("a=no", ("a", "no")),
        ("a=;", ("a", ";")),
        ("a=','", ("a", ",")),
        ("a=", ("a", None)),
    ],
)
def test_an_override_of_the_command_line_is_read_as_yaml(text, parsed):
    assert parsed_override(text) == parsed


@pytest.mark.parametrize("text", ["a", "=3", " =3", "a=,", "a=[1", "a=&x 1", "a=!!python/name:os.system x"])
def test_an_override_that_cannot_be_read_is_refused(text):
    with pytest.raises(ParamsError, match=r"^--set "):
        parsed_override(text)


@settings(max_examples=150)
@given(st.text(alphabet="ab:-[]{},'\"\n \t#&*!?|>%01.é\x00", max_size=60))
def test_any_text_is_either_read_or_refused_as_params(text):
    try:
        document = read_document(text, name="x.yaml")
    except ParamsError as error:
        assert str(error).startswith("x.yaml:")
    else:
        assert all(place.startswith("x.yaml") for place in document.values.values())


@pytest.mark.parametrize(
    ("tariffs", "message"),
    [
        ("{horizons_months: [36, 12]}", "horizons_months must rise (got [36, 12])"),
        (
            "{scenarios: [{scenario: a, change_share: 0.1}, {scenario: a, change_share: 0.2}]}",
            "scenario named twice: a",
        ),
        ("{scenarios: [{scenario: a, change_share: -1.0}]}", "must be above -0.9"),
        ("{volume_elasticity: {low: -0.2, high: -1.8}}", "low must not be above high (got -0.2 and -1.8)"),
        ("{scenarios: [{scenario: a, change_share: 0.1, scope: {product: [x]}}]}", "products"),
        ("{scenarios: [{scenario: a, change_share: 0.1, scope: {products: []}}]}", "scope.products"),
        ("{scenarios: [{scenario: a, change_share: 0.1, scope: {sizes: [SMB]}}]}", "SME"),
    ],
)
def test_tariffs_that_cannot_be_are_refused_by_name(written, tariffs, message):
    with pytest.raises(ParamsError) as refused:
        read_study(written(GOOD + f"tariffs: {tariffs}\n"))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("frozen", "key"),
    [("reference: first.json", "reference"), ("cut_points: {competitive: [0.2]}", "cut_points.competitive")],
)
def test_frozen_levels_without_the_plane_of_their_run_are_refused(written, frozen, key):
    survey = """\
  survey:
    files: [survey.csv]
    columns: {respondent_id: id, supplier: of, satisfaction: q1}
    attributes: {speed: q2}
    loyalty_items: {again: q3}
"""
    text = GOOD.replace("economic:\n", survey + f"value:\n  {frozen}\neconomic:\n")
    (told,) = refusal(written(text))
    assert f"value.{key} needs competitive.plane" in told and "Where each client stands" in told
    assert f"take value.{key} out" in told
    plane = "{satisfaction_centre: 60, satisfaction_unit: 15, loyalty_centre: 55, loyalty_unit: 20}"
    read_study(written(text + f"competitive:\n  plane: {plane}\n"))
    # Nobody has a place to be compared: nothing is asked for.
    read_study(written(text.replace("    loyalty_items: {again: q3}\n", "")))
    read_study(written(text.replace(survey, "")))
    # Amounts are not centred on anything.
    read_study(written(text.replace(frozen, "cut_points: {economic: [100.0], future: [1000.0]}")))


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (
            "churn: {horizon_months: 24}\n",
            "value.horizon_months (36) and tariffs.horizons_months (36) must not go beyond churn.horizon_months (24)",
        ),
        (
            "churn: {horizon_months: 24}\nvalue: {horizon_months: 24}\n",
            "tariffs.horizons_months (36) must not go beyond churn.horizon_months (24)",
        ),
        ("value: {horizon_months: 48}\n", "value.horizon_months (48) must not go beyond churn.horizon_months (36)"),
        # The year's risk of loss, which every chapter reads, needs its twelve months.
        ("churn: {horizon_months: 11}\n", "churn.horizon_months: must be at least 12 (got '11')"),
    ],
)
def test_horizons_beyond_what_chapter_04_foresees_are_refused(written, blocks, message):
    with pytest.raises(ParamsError, match=re.escape(message)):
        read_study(written(GOOD + blocks))


def test_horizons_that_chapter_04_foresees_are_read(written):
    blocks = "churn: {horizon_months: 12}\nvalue: {horizon_months: 12}\ntariffs: {horizons_months: [12]}\n"
    assert read_study(written(GOOD + blocks)).churn.horizon_months == 12


def test_a_floor_above_the_cap_is_refused_with_both_in_days(written):
    (told,) = refusal(written(GOOD + "churn: {floor_days: 400, cap_months: 12}\n"))
    assert "floor_days must be at most cap_months 12, which is 365 days (got 400 days)" in told
    read_study(written(GOOD + "churn: {floor_days: 365, cap_months: 12}\n"))
