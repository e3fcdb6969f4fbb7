"""`workbench new`: what is proposed is right, marked as a guess, and does not run before it is confirmed."""

import re
import shutil
from pathlib import Path

import pytest
from workbooks import workbook

from workbench import cli
from workbench.carrier import simulate
from workbench.errors import ParamsError
from workbench.params import read_study
from workbench.tables.column_guesses import guessed_tables
from workbench.tables.file_guesses import common_marks, guessed_file, marks_differ
from workbench.tables.proposed_params import write_proposed_params


@pytest.fixture(scope="module")
def carrier(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("carrier")
    simulate(folder, customers=60, months=14, seed=3)
    return folder


def proposed(tmp_path, folder) -> tuple[Path, str]:
    target = write_proposed_params("acme", folder=folder, params=tmp_path / "params")
    return target, target.read_text(encoding="utf-8")


def confirmed(text: str) -> str:
    """The text as a consultant who agrees with every first choice leaves it."""
    text = re.sub(r"(?m)^(\s*)# \? ( *)(\w+):(?! *#| *$)", r"\1\2\3:", text)
    text = re.sub(r"(?m)^( *)# \? (drivers|attributes):", r"\1\2:", text)
    text = re.sub(r"(?m)^to_confirm:.*$", "", text)
    for key, value in (("company", "Acme"), ("edition", "internal"), ("as_of", "2025-12-31")):
        text = re.sub(rf"(?m)^{key}:", f"{key}: {value}", text)
    return text


def test_the_simulated_client_is_read_with_the_guesses_alone(tmp_path, carrier, capsys):
    target, text = proposed(tmp_path, carrier / "inputs")
    text = confirmed(text)
    # What only a person can know: hours are not minutes, a sheet without numbers has none, what a scale is, who we are.
    text += "\ncompetitive:\n  our_name: nous\n  scale: {lowest: 0, highest: 100}\n"
    text = re.sub(r'(?m)^( *)(\w+)_minutes: "?(heures_\w+)"?', r'\1\2_minutes: {expression: "[\3] * 60"}', text)
    text = re.sub(r"(?m)^ *# \? observation_id:.*$", '      observation_id: {expression: "row_number()"}', text)
    target.write_text(text, encoding="utf-8")
    study = read_study(target)
    truth = read_study(carrier / "params.yaml")
    # So short a window has no campaign: a file with titles alone is no table.
    assert set(study.sources.given()) == set(truth.sources.given()) - {"campaigns"}
    assert "campaigns.csv: not used, as it is no CSV or Parquet file with a header and rows" in text
    for table, guess in study.sources.given().items():
        source = truth.sources.given()[table]
        for key in ("encoding", "separator", "decimal", "thousands", "date_format"):
            if source.files[0].endswith(".csv") and key in source.model_fields_set:
                assert getattr(guess, key) == getattr(source, key), (table, key)
        plain = {name: mapping.column for name, mapping in source.columns.items() if mapping.column}
        guessed = {name: mapping.column for name, mapping in guess.columns.items()}
        assert plain.items() <= guessed.items(), table
    assert cli.main(["check", str(target)]) == 0, capsys.readouterr().err


def test_it_does_not_run_before_a_person_has_confirmed_it(tmp_path, carrier):
    target, text = proposed(tmp_path, carrier / "inputs")
    with pytest.raises(ParamsError) as refused:
        read_study(target)
    told = str(refused.value)
    for key in ("company", "edition", "as_of", "to_confirm: the guesses for customers, deliveries, products"):
        assert f": {key}" in told
    mapped = [line for line in text.splitlines() if re.match(r"    +\w+: \S", line) and "guessed" not in line]
    assert mapped == [], "every line that says something of the files must say that it is guessed"
    some = re.sub(r"(?m)^to_confirm:.*$", "to_confirm: [ledger]", text)
    target.write_text(some)
    with pytest.raises(ParamsError, match="the guesses for ledger are to be confirmed"):
        read_study(target)


def test_dates_that_can_be_read_in_two_ways_are_not_decided(tmp_path):
    (tmp_path / "ledger.csv").write_text("month;kind;amount\n01/02/2025;revenue;5\n01/03/2025;revenue;6\n")
    _, text = proposed(tmp_path, tmp_path)
    assert '# ? date_format: "%d/%m/%Y"   # or %m/%d/%Y: no day in the first rows decides' in text
    assert "\n    date_format" not in text


@pytest.mark.parametrize(
    ("numbers", "marks", "differ"),
    [
        (["12,50", "1 234,56"], [(",", " ")], False),
        (["12.50", "1,234.56"], [(".", ",")], False),
        (["1.234,56"], [(",", ".")], False),
        (["1,234", "5,678"], [(",", ""), (".", ","), (",", " "), (",", ".")], True),
        (["1", "-22"], None, False),
        (["1\u202f234,5"], [(",", " ")], False),
    ],
)
def test_decimal_marks_are_guessed_and_two_readings_noticed(tmp_path, numbers, marks, differ):
    file = tmp_path / "sales.csv"
    file.write_text("id;amount\n" + "\n".join(f"A{n};{number}" for n, number in enumerate(numbers)))
    columns = guessed_file(file).columns
    found = common_marks(columns)
    assert marks is None or set(found) == set(marks)
    assert marks_differ(columns, found) is differ


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_encoding_and_separator_are_guessed(tmp_path, encoding, separator):
    rows = [["Code client", "Raison sociale"], ["001", "Câblerie d'Évreux"], ["002", "Forêt"]]
    file = tmp_path / "clients.csv"
    file.write_text("\n".join(separator.join(row) for row in rows), encoding=encoding)
    guess = guessed_file(file)
    assert guess.encoding == encoding.removesuffix("-sig") and guess.separator == separator
    (table, *_) = guessed_tables(guess)
    assert table.contract.table == "customers"
    assert {ours: one.theirs.name for ours, one in table.sure.items()} == {
        "customer_id": "Code client",
        "name": "Raison sociale",
    }


def test_files_of_one_table_go_together_and_what_is_not_read_is_named(tmp_path):
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    for month in ("01", "02"):
        (inputs / f"ventes_2025-{month}.csv").write_text("no_livraison;client;livre_le;ca_ht\nL1;C1;31/01/2025;5,50\n")
    (inputs / "photo.jpg").write_bytes(b"\xff\xd8\0\0")
    (inputs / "notes.txt").write_text("call them on monday")
    _, text = proposed(tmp_path, inputs)
    assert "files: [../inputs/ventes_2025-01.csv, ../inputs/ventes_2025-02.csv]" in text
    assert "# ? ../inputs/notes.txt" in text and "# ? ../inputs/photo.jpg" in text
    assert "# ? files:   # no file was found that looks like it" in text


def test_excel_files_are_said_to_be_nobody_s_guess(tmp_path):
    """Nobody looked into them, so nobody can say that they are like no table."""
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "clients.XLSX").write_bytes(workbook({"S": [["Code client", "Raison sociale"], ["C1", "Forêt"]]}))
    (inputs / "notes.txt").write_text("call them on monday\nor on tuesday")
    _, text = proposed(tmp_path, inputs)
    assert "# ? ../inputs/clients.XLSX: an Excel file, not looked at; write its source by hand" in text
    assert "# ? ../inputs/notes.txt: not used, as it is no CSV" in text
    (inputs / "things.csv").write_text("colour,shape\nred,round\n")
    _, text = proposed(tmp_path / "again", inputs)
    assert "things.csv: like no table of ours, not used" in text


def test_hostile_names_and_values_stay_comments_or_quoted_texts(tmp_path):
    header = 'no livraison;"client # x";"livre_le";"ca: {ht}"'
    (tmp_path / "ventes.csv").write_text(
        f'{header}\n"L1\u2028study: evil\x85edition: internal";C1;31/01/2025;5,50\n', encoding="utf-8"
    )
    target, text = proposed(tmp_path, tmp_path)
    assert len(re.findall(r"(?m)^study:", text)) == 1 and "\u2028" not in text and "\x85" not in text
    with pytest.raises(ParamsError) as refused:
        read_study(target)
    assert "not valid YAML" not in str(refused.value)


def test_what_cannot_be_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for words, said in (
        (["../acme"], "cannot name a study"),
        (["Acme"], "cannot name a study"),
        (["acme", "--from", "nowhere"], "there is no such folder"),
        (["acme", "--from", "empty"], "holds no CSV or Parquet file"),
    ):
        assert cli.main(["new", *words]) == 2
        told = capsys.readouterr()
        assert said in told.err and told.out == "" and not (tmp_path / "params").exists()
    assert cli.main(["new", "acme"]) == 0
    assert capsys.readouterr().out == "params/acme.yaml\n"
    assert cli.main(["new", "acme"]) == 2
    assert "is there already" in capsys.readouterr().err
    shutil.rmtree("params")
