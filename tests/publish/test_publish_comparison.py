"""`workbench compare`, the run it is told to read, and the earlier run that a summary finds."""

import json
import resource

import pandas as pd
import pytest

from workbench.cli import main
from workbench.tables import RunFolder
from workbench.tables.upstream import earlier_run, read_upstream, write_upstream


def written_run(home, as_of: str, *, revenue: float = 100.0, **params: object):
    """The folder of a run with what a comparison reads: three clients, one month."""
    folder = home / as_of
    run = RunFolder(folder, home / "params.yaml")
    ids = ["A", "B", "C"]
    money = {"direct_purchases_eur": 10.0, "activity_cost_eur": 40.0}
    run.write_tables(
        client_sales=pd.DataFrame({"customer_id": ids, "product": "air", "delivery_zone": "near", "n_deliveries": 4,
                                   "revenue_eur": [revenue, 60.0, 20.0], **money}),
        client_year=pd.DataFrame({"customer_id": ids, "n_months": 12, "account_cost_eur": 5.0,
                                  "last_delivery_on": pd.Timestamp(as_of)}),
        customer_margin=pd.DataFrame({"customer_id": ids, "name": ["<b>Ann & Co</b>", "Bo", "Cy"]}),
        axis_margin=pd.DataFrame({"axis": "month", "value": ["2024-12"], "practical_margin_eur": [revenue]}),
        intake=pd.DataFrame({"table": ["deliveries"], "sha256": ["a"], "rows_read": [12]}),
    )  # fmt: skip
    told = {"study": "acme", "company": "Acme", "currency": "EUR", "language": "en", "edition": "internal",
            "as_of": as_of} | params  # fmt: skip
    about = {"study": told["study"], "as_of": as_of, "params": told}
    (folder / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def test_two_runs_are_compared_in_either_order_on_one_page(tmp_path, capsys):
    old, new = written_run(tmp_path, "2024-12-31"), written_run(tmp_path, "2025-12-31", revenue=150.0)
    assert main(["compare", str(new), str(old)]) == 0
    page = tmp_path / "comparison_2024-12-31_2025-12-31.html"
    assert capsys.readouterr().out.strip().endswith(page.name)
    text = page.read_text(encoding="utf-8")
    assert "What has changed in our clientele from 31 December 2024 to 31 December 2025?" in text
    assert "&lt;b&gt;Ann &amp; Co&lt;/b&gt;" in text and "<b>Ann" not in text
    assert "Past restated" in text and "price +50" in text
    assert 'src="http' not in text and 'href="http' not in text


def test_runs_that_cut_levels_elsewhere_say_so_on_the_page(tmp_path):
    runs = []
    for as_of, cut in (("2024-12-31", 100.0), ("2025-12-31", 250.0)):
        run = RunFolder(written_run(tmp_path, as_of), tmp_path / "params.yaml")
        run.write_tables(customer_value=pd.DataFrame({"customer_id": ["A", "B", "C"], "segment": "stars"}))
        run.write_note("value_reference", {"cut_points": {"economic": [cut], "competitive": [], "future": []}})
        runs.append(str(run.path))
    assert main(["compare", *runs]) == 0
    text = (tmp_path / "comparison_2024-12-31_2025-12-31.html").read_text(encoding="utf-8")
    assert "cut the levels at different points (economic value at 100" in text


def test_a_page_in_french_goes_where_it_is_asked_to(tmp_path):
    old, new = written_run(tmp_path, "2024-12-31"), written_run(tmp_path, "2025-12-31")
    assert main(["compare", str(old), str(new), "--lang", "fr", "--output", str(tmp_path / "page.html")]) == 0
    assert "Qu'est-ce qui a changé" in (tmp_path / "page.html").read_text(encoding="utf-8").replace("&#x27;", "'")


def test_two_runs_on_the_same_data_have_no_migration_and_say_so(tmp_path):
    old, again = written_run(tmp_path / "one", "2024-12-31"), written_run(tmp_path / "two", "2024-12-31")
    assert main(["compare", str(old), str(again), "--output", str(tmp_path / "page.html")]) == 0
    assert "Nothing has changed" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"study": "other"}, "compare: both runs must be of one study (got acme and other)"),
        ({"currency": "USD"}, "compare: both runs must be of one currency (got EUR and USD)"),
        ({"edition": "shared"}, "a shared run keeps no tables to compare"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(tmp_path, capsys, params, message):
    old, new = written_run(tmp_path, "2024-12-31"), written_run(tmp_path, "2025-12-31", **params)
    assert main(["compare", str(old), str(new)]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_a_run_or_without_its_tables_is_refused(tmp_path, capsys):
    new = written_run(tmp_path, "2025-12-31")
    assert main(["compare", str(tmp_path / "nowhere"), str(new)]) == 2
    assert "must be the folder of a published run" in capsys.readouterr().err
    old = written_run(tmp_path, "2023-12-31")
    (old / "tables" / "client_sales.parquet").unlink()
    assert main(["compare", str(old), str(new)]) == 2
    assert "workbench run params/acme.yaml --only 02" in capsys.readouterr().err


@pytest.mark.parametrize("manifest", ["{}", "[]", '{"study": "acme", "as_of": "2024-12-31", "params": {}}'])
def test_a_manifest_that_does_not_say_what_was_run_is_refused(tmp_path, capsys, manifest):
    old, new = written_run(tmp_path, "2024-12-31"), written_run(tmp_path, "2025-12-31")
    (old / "manifest.json").write_text(manifest)
    assert main(["compare", str(old), str(new)]) == 2
    assert "its manifest.json does not say" in capsys.readouterr().err


def test_a_run_is_not_compared_with_itself(tmp_path, capsys):
    run = written_run(tmp_path, "2024-12-31")
    assert main(["compare", str(run), str(run / ".." / run.name)]) == 2
    assert "are the same run; give two runs of one study" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.html"))


def test_a_page_that_cannot_be_written_leaves_the_one_that_was_there(tmp_path, capsys):
    old, new = written_run(tmp_path, "2024-12-31"), written_run(tmp_path, "2025-12-31")
    page = tmp_path / "page.html"
    page.write_text("as it was")
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, whole[1]))  # as a full disk, after the first bytes
    try:
        code = main(["compare", str(old), str(new), "--output", str(page)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, whole)
    assert code == 2 and "page.html cannot be written" in capsys.readouterr().err
    assert page.read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2024-12-31", "2025-12-31", "page.html"]


def test_the_earlier_run_is_the_last_before_that_can_be_compared(tmp_path):
    assert earlier_run(tmp_path / "none", "2025-12-31") is None
    for as_of in ("2022-12-31", "2023-12-31", "2025-12-31"):
        written_run(tmp_path, as_of)
    (tmp_path / "2024-12-31").mkdir()
    assert earlier_run(tmp_path, "2025-12-31") == tmp_path / "2023-12-31"
    assert earlier_run(tmp_path, "2022-12-31") is None


def test_a_chapter_is_told_the_earlier_run_besides_those_it_needs(tmp_path):
    assert read_upstream(tmp_path) == ((), None)
    write_upstream(tmp_path, [tmp_path / "a"], earlier=tmp_path / "b")
    assert read_upstream(tmp_path) == ((tmp_path / "a",), tmp_path / "b")
