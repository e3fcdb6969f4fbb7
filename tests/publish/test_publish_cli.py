import json
import subprocess
import sys

import pytest

from workbench import cli


def test_no_command_and_unknown_options_are_wrong_usage(capsys):
    for words in (
        [],
        ["run"],
        ["run", "a.yaml", "--jobs", "0"],
        ["run", "a.yaml", "--notebook-minutes", "0"],
        ["runn"],
        ["run", "a.yaml", "--lang", "de"],
        ["run", "a.yaml", "--edition", "secret"],
    ):
        with pytest.raises(SystemExit) as stopped:
            cli.main(words)
        assert stopped.value.code == 2
    capsys.readouterr()


def test_as_a_module_it_does_what_the_command_does():
    def asked(*words):
        return subprocess.run([sys.executable, "-m", "workbench.cli", *words], capture_output=True, text=True)

    assert json.loads(asked("schema").stdout)["properties"]["as_of"]
    wrong = asked("runn")
    assert wrong.returncode == 2 and "usage: workbench" in wrong.stderr


def test_a_missing_params_file_is_one_clear_message(tmp_path, capsys):
    for command in ("run", "check"):
        assert cli.main([command, str(tmp_path / "none.yaml")]) == 2
        told = capsys.readouterr()
        assert "none.yaml" in told.err and "Traceback" not in told.err and told.out == ""


def test_an_override_that_cannot_be_is_refused(params, capsys):
    assert cli.main(["run", str(params()), "--set", "economic.drawz=3"]) == 2
    assert "draws" in capsys.readouterr().err
    assert cli.main(["run", str(params()), "--set", "nonsense"]) == 2


def test_an_unknown_chapter_is_wrong_usage(params, tmp_path, notebooks, monkeypatch, capsys):
    from workbench.publish import runner

    monkeypatch.setattr(runner, "notebooks_folder", lambda: notebooks)
    assert cli.main(["run", str(params()), "--only", "07", "--output", str(tmp_path / "out")]) == 2
    assert "--only must be the number of a chapter" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_schema_prints_or_writes_the_same(tmp_path, capsys):
    assert cli.main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["properties"]["as_of"]
    assert cli.main(["schema", "--write", str(tmp_path / "schema.json")]) == 0
    assert (tmp_path / "schema.json").read_text() == printed
    assert capsys.readouterr().out == ""


FILES = {
    "c.csv": "id\nC1\nC2\n",
    "d.csv": "id,customer,day,eur\nD1,C1,2026-01-05,10.50\nD2,C2,2026-02-05,20.00\n",
}
COLUMNS = "{delivery_id: id, customer_id: customer, delivered_on: day, revenue_eur: eur}"


@pytest.fixture
def study(params):
    """A study whose two client files are there; returns its params file."""
    file = params()
    file.write_text(file.read_text().replace("{delivery_id: id}", COLUMNS))
    for name, text in FILES.items():
        (file.parent / name).write_text(text)
    return file


def test_check_tells_rows_and_euros_of_files_that_are_fine(study, capsys):
    assert cli.main(["check", str(study)]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert [line.removeprefix(f"{study}: ") for line in told.out.splitlines()] == [
        "customers: 2 rows read; 0 rows quarantined",
        "deliveries: 2 rows, 30.50 EUR read; 0 rows quarantined",
    ]


def test_check_tells_why_rows_were_set_aside(study, capsys):
    """`check` keeps no quarantine file, so it must say itself what the rows broke, with one of them."""
    study.write_text(study.read_text().replace(COLUMNS + "}", COLUMNS + ", max_quarantined_share: 0.9}"))
    (study.parent / "d.csv").write_text(FILES["d.csv"] + "D3,C1,2026-02-06,a lot\nD4,C9,2026-02-07,1.00\n")
    assert cli.main(["check", str(study)]) == 0
    told = [line.removeprefix(f"{study}: ") for line in capsys.readouterr().out.splitlines()]
    assert told[1:] == [
        "deliveries: 4 rows, 31.50 EUR read; 2 rows quarantined",
        "deliveries: quarantined: unknown_customer 1 row (e.g. d.csv row 5, customer_id 'C9')",
        "deliveries: quarantined: unreadable_value 1 row (e.g. d.csv row 4, revenue_eur 'a lot')",
    ]
    (study.parent / "c.csv").write_text("id\nC1\nC1\nC2\n")
    (study.parent / "d.csv").write_text(FILES["d.csv"].replace("D2,C2", "D2,C1"))
    study.write_text(study.read_text().replace("{customer_id: id}}", "{customer_id: id}, max_quarantined_share: 0.9}"))
    assert cli.main(["check", str(study)]) == 0
    assert "customers: 3 rows read; 1 row quarantined\n" in capsys.readouterr().out


def test_check_tells_announced_rises_and_lets_them_pass(study, capsys):
    source = "  price_changes: {files: [p.csv], columns: {effective_on: day, scope: of, change_share: rise}}\n"
    study.write_text(study.read_text() + source)
    (study.parent / "p.csv").write_text("day,of,rise\n2099-02-01,all,0.03\n")
    assert cli.main(["check", str(study)]) == 0
    told = capsys.readouterr()
    assert "price_changes: 1 row read; 0 rows quarantined" in told.out
    assert "to look at: price_changes: 1 of 1 come after as_of" in told.err and "the last on 2099-02-01" in told.err
    (study.parent / "p.csv").write_text("day,of,rise\n2025-02-01,all,0.03\n")
    assert cli.main(["check", str(study)]) == 0
    assert capsys.readouterr().err == ""


def test_check_tells_what_a_rise_names_and_nobody_has(study, capsys):
    source = "  price_changes: {files: [p.csv], columns: {effective_on: day, scope: of, change_share: rise}}\n"
    study.write_text(study.read_text() + source)
    rows = "2025-02-01,customer: C1,0.03\n2025-02-01,customer: C01,0.03\n2025-02-01,all,0.03\n"
    (study.parent / "p.csv").write_text(f"day,of,rise\n{rows}")
    assert cli.main(["check", str(study)]) == 0
    (told,) = capsys.readouterr().err.splitlines()
    assert "to look at: price_changes: scope customer: nothing in the files is named 'C01'; did you mean 'C1'?" in told


def test_check_tells_all_problems_of_all_files_at_once(study, capsys):
    (study.parent / "c.csv").unlink()
    (study.parent / "d.csv").write_text(FILES["d.csv"].replace("eur", "euros"))
    assert cli.main(["check", str(study)]) == 2
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert len(lines) >= 2 and all(line.startswith(f"{study}: ") for line in lines)
    assert "c.csv" in told.err and "d.csv" in told.err and told.out == ""


def test_check_tells_a_survey_in_which_nobody_rates_us(study, capsys):
    source = (
        "  survey: {files: [s.csv], columns: {respondent_id: who, customer_id: id, supplier: of, satisfaction: all},"
        " attributes: {price: price}}\n"
    )
    scales = "competitive: {our_name: Acme, scale: {lowest: 1, highest: 10}}\n"
    study.write_text(study.read_text() + source + scales)
    (study.parent / "s.csv").write_text("who,id,of,all,price\nR1,C1,ACME,8,7\nR2,C2,Rival,6,9\n")
    assert cli.main(["check", str(study)]) == 2
    told = capsys.readouterr()
    assert told.err == (
        f"{study}: survey: no row rates us; competitive.our_name is 'Acme', suppliers are ACME, Rival\n"
    )
    (study.parent / "s.csv").write_text("who,id,of,all,price\nR1,C1,Acme,8,7\nR2,C2,Rival,6,9\n")
    assert cli.main(["check", str(study)]) == 0


def test_check_tells_values_made_blank(study, capsys):
    study.write_text(
        study.read_text().replace(
            "{customer_id: id}}", "{customer_id: id, headcount: staff}, max_quarantined_share: 0.5}"
        )
    )
    (study.parent / "c.csv").write_text("id,staff\nC1,10\nC2,about 10\n")
    assert cli.main(["check", str(study)]) == 0
    told = capsys.readouterr()
    assert "customers: 2 rows read; 0 rows quarantined" in told.out
    assert "customers: values of headcount made blank: 1 (unreadable_value, e.g. c.csv row 3 about 10)" in told.out


def test_check_goes_on_after_params_that_are_wrong(study, tmp_path, capsys):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("studdy: x\n")
    assert cli.main(["check", str(wrong), str(study)]) == 2
    told = capsys.readouterr()
    assert "studdy" in told.err and "deliveries: 2 rows" in told.out


def test_check_refuses_what_the_run_would_refuse(study, capsys):
    settings = {
        "potential.sector_files": "[{name: ours, file: codes.csv}]",
        "value.reference": "frozen.json",
        "tariffs.scenarios": "[{scenario: a, change_share: 0.1, scope: {customers: [C1, C3], delivery_zones: [sea]}}]",
        "economic.activities": "[{activity: a, pool: p, level: delivery, equation: [{per: stops}]}]",
        "economic.equations_from": "timesheets",
    }
    assert cli.main(["check", str(study), *(f"--set={key}={value}" for key, value in settings.items())]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    for said in (
        "potential.sector_files: codes.csv: no such file",
        "value.reference: ",
        "scope.customers: nothing in the files is named 'C3'; they have C1, C2",
        "scope.delivery_zones: nothing in the files is named 'sea'; they have none",
        "a has a term without minutes and only 0 observations",
        "a needs the driver 'stops'",
    ):
        assert said in told.err
    assert "'C1'; " not in told.err


def test_check_refuses_a_driver_named_like_a_column_of_the_costing(study, capsys):
    assert cli.main(["check", str(study), "--set=sources.deliveries.drivers={worked: {constant: '1'}}"]) == 2
    assert "sources.deliveries.drivers: 'worked' is already the name of a column" in capsys.readouterr().err


def test_check_tells_names_without_effect_and_lets_them_pass(study, capsys):
    assert cli.main(["check", str(study), "--set=churn.claim_drivers=[complaint]"]) == 0
    told = capsys.readouterr()
    assert "to look at: churn.claim_drivers: nothing in the files is named 'complaint'" in told.err
    assert "deliveries: 2 rows" in told.out


def test_check_refuses_a_survey_that_does_not_rate_us(study, capsys):
    (study.parent / "s.csv").write_text("who,rated,speed\nR1,Acme,7\nR2,Other,5\n")
    source = "{files: [s.csv], columns: {respondent_id: who, supplier: rated}, attributes: {speed: speed}}"
    survey = [f"--set=sources.survey={source}", "--set=competitive.roles={buyer: 2.0}"]
    assert cli.main(["check", str(study), *survey]) == 2
    assert "survey: no row rates us; competitive.our_name is 'us', suppliers are Acme, Other" in capsys.readouterr().err
    assert cli.main(["check", str(study), *survey, "--set=competitive.our_name=Acme"]) == 0
    assert "competitive.roles: nothing in the files is named 'buyer'" in capsys.readouterr().err


def test_check_tells_a_campaign_without_anybody_held_out_and_lets_it_pass(study, capsys):
    columns = "{campaign_id: name, customer_id: id, contacted_on: day, treated: treated}"
    campaigns = f"--set=sources.campaigns={{files: [k.csv], columns: {columns}}}"
    rows = "name,id,day,treated\nspring,C1,2026-01-05,1\nspring,C2,2026-01-05,{treated}\n"
    (study.parent / "k.csv").write_text(rows.format(treated=1))
    assert cli.main(["check", str(study), campaigns]) == 0
    told = capsys.readouterr()
    assert "to look at: campaigns: everybody of 'spring' was contacted, 2 of 2 rows: without both" in told.err
    assert "hold some back, drawn by lot" in told.err and "campaigns: 2 rows read" in told.out
    (study.parent / "k.csv").write_text(rows.format(treated=0))
    assert cli.main(["check", str(study), campaigns]) == 0
    assert "everybody of 'spring'" not in capsys.readouterr().err


def test_check_tells_rows_that_an_earlier_as_of_leaves_out(study, capsys):
    assert cli.main(["check", str(study), "--set=as_of=2026-01-31"]) == 0
    assert "deliveries: rows dated after as_of 2026-01-31, left out: 1 (20.00 EUR)" in capsys.readouterr().out


def test_simulate_writes_a_study_that_can_be_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["simulate", "world", "--customers", "40", "--months", "14", "--seed", "3"]) == 0
    assert capsys.readouterr().out == "world/params.yaml\n"
    assert cli.main(["check", "world/params.yaml"]) == 0
