from workbench.params import read_study
from workbench.tables.column_guesses import TABLE_WORDS
from workbench.tables.contracts import CONTRACTS
from workbench.tables.fingerprints import source_fingerprints

PARAMS = """\
study: acme
company: Acme
edition: internal
as_of: 2026-06-30
sources:
  customers: {files: [c1.csv, c2.csv], columns: {customer_id: id}}
  deliveries: {files: [d.csv], columns: {delivery_id: id}}
potential:
  sector_files: [{name: ours, file: sectors.csv}]
"""


def test_every_file_that_the_params_name_counts(tmp_path):
    (tmp_path / "params.yaml").write_text(PARAMS)
    names = ("c1.csv", "c2.csv", "d.csv", "sectors.csv")
    for name in names[:-1]:
        (tmp_path / name).write_text("id\n1\n")
    study = read_study(tmp_path / "params.yaml")
    before = source_fingerprints(study)
    assert before["potential.sector_files"] == ["sectors.csv missing"]
    assert before["customers"][0].split()[1] == before["customers"][1].split()[1] == before["deliveries"][0].split()[1]
    for name in names:
        (tmp_path / name).write_text("id\n2\n")
        after = source_fingerprints(study)
        assert after != before, name
        before = after


def test_new_knows_words_for_every_table():
    assert TABLE_WORDS.keys() == CONTRACTS.keys()
