import pytest

from workbench.errors import ParamsError
from workbench.publish import graph
from workbench.publish.graph import Needs, chapters_in, notebooks_folder, running_order, upstream_within


@pytest.fixture
def folder(tmp_path):
    for name in ("00_summary", "01_data_audit", "02_margin_retreatment"):
        (tmp_path / f"{name}.ipynb").write_text("{}")
    return tmp_path


@pytest.fixture
def with_survey(folder, monkeypatch):
    monkeypatch.setitem(graph.NEEDS, "03", Needs(chapters=("01",), tables=("survey",)))
    monkeypatch.setitem(graph.NEEDS, "06", Needs(chapters=("02", "03")))
    (folder / "03_satisfaction_drivers.ipynb").write_text("{}")
    (folder / "06_customer_value.ipynb").write_text("{}")
    return folder


def numbers(order):
    return [chapter.number for chapter in order]


def test_each_chapter_runs_after_what_it_needs_and_the_summary_last(folder):
    assert numbers(running_order(chapters_in(folder), tables=["customers"])) == ["01", "02", "00"]


def test_only_brings_what_it_needs_and_the_summary_where_that_can_run(folder):
    known = chapters_in(folder)
    assert numbers(running_order(known, tables=[], only="01")) == ["01"]
    assert numbers(running_order(known, tables=[], only="02")) == ["01", "02", "00"]
    assert numbers(running_order(known, tables=[], only="00")) == ["01", "02", "00"]


def test_a_chapter_whose_table_is_missing_is_left_out_with_what_rests_on_it(with_survey):
    known = chapters_in(with_survey)
    assert numbers(running_order(known, tables=["customers"])) == ["01", "02", "00"]
    order = numbers(running_order(known, tables=["customers", "survey"]))
    assert order.index("06") > order.index("03") > order.index("01")
    assert order[-1] == "00"


def test_a_chapter_runs_after_those_it_reads_where_the_study_has_them(folder, with_survey, monkeypatch):
    monkeypatch.setitem(graph.NEEDS, "07", Needs(chapters=("02",), where_made=("03", "06")))
    (folder / "07_tariff_scenarios.ipynb").write_text("{}")
    known = chapters_in(folder)
    order = running_order(known, tables=["survey"])
    assert numbers(order).index("07") > numbers(order).index("06")
    assert upstream_within(order)["07"] == ["01", "02", "03", "06"]
    without = running_order(known, tables=[])
    assert numbers(without) == ["01", "02", "07", "00"]
    assert upstream_within(without)["07"] == ["01", "02"]
    assert set(numbers(running_order(known, tables=["survey"], only="07"))) == {"01", "02", "03", "06", "07", "00"}


def test_only_of_a_chapter_without_its_table_is_refused(with_survey):
    with pytest.raises(ParamsError, match="--only 06: 06_customer_value needs the table survey"):
        running_order(chapters_in(with_survey), tables=["customers"], only="06")


def test_only_of_an_unknown_chapter_names_the_known_ones(folder):
    with pytest.raises(ParamsError, match=r"02_margin_retreatment.*got '09'"):
        running_order(chapters_in(folder), tables=[], only="09")


def test_titles_and_pages(folder):
    known = chapters_in(folder)
    assert (known["00"].title, known["00"].page) == ("Summary", "index.html")
    assert (known["02"].title, known["02"].page) == ("Margin retreatment", "02_margin_retreatment.html")


def test_two_notebooks_with_one_number_are_refused(folder):
    (folder / "02_other.ipynb").write_text("{}")
    with pytest.raises(ParamsError, match="two notebooks have number 02"):
        chapters_in(folder)


def test_a_chapter_nobody_declared_is_refused(folder):
    (folder / "09_new.ipynb").write_text("{}")
    with pytest.raises(ParamsError, match="chapter 09 is unknown"):
        chapters_in(folder)


def test_a_missing_upstream_notebook_is_refused(folder):
    (folder / "01_data_audit.ipynb").unlink()
    with pytest.raises(ParamsError, match="no notebook with number 01"):
        chapters_in(folder)


def test_a_copy_beside_the_notebooks_is_not_a_chapter(folder):
    (folder / "02_margin_retreatment-Copy1.ipynb").write_text("{}")
    assert len(chapters_in(folder)) == 3


def test_the_folder_of_notebooks_is_found_above_the_working_folder(folder, tmp_path_factory, monkeypatch):
    project = tmp_path_factory.mktemp("project")
    (project / "deep" / "er").mkdir(parents=True)
    folder.rename(project / "notebooks")
    monkeypatch.setattr(graph.workbench, "__file__", str(project / "elsewhere" / "src" / "workbench" / "__init__.py"))
    monkeypatch.chdir(project / "deep" / "er")
    assert notebooks_folder() == project / "notebooks"
    (project / "notebooks" / "00_summary.ipynb").unlink()
    with pytest.raises(ParamsError, match="no folder notebooks/"):
        notebooks_folder()


@pytest.fixture
def crossing(folder, monkeypatch):
    monkeypatch.setitem(graph.NEEDS, "05", Needs(chapters=("01", "02")))
    monkeypatch.setitem(graph.NEEDS, "06", Needs(chapters=("02",), where_made=("03", "05")))
    monkeypatch.setitem(graph.NEEDS, "03", Needs(chapters=("01",), tables=("survey",)))
    for name in ("03_satisfaction_drivers", "05_potential", "06_customer_value"):
        (folder / f"{name}.ipynb").write_text("{}")
    return chapters_in(folder)


def test_a_chapter_runs_after_those_it_reads_where_they_are_made(crossing):
    with_all = numbers(running_order(crossing, tables=["survey"]))
    assert with_all.index("06") > max(with_all.index("03"), with_all.index("05"))
    without = running_order(crossing, tables=[])
    assert numbers(without) == ["01", "02", "05", "06", "00"]
    assert graph.upstream_within(without)["06"] == ["01", "02", "05"]


def test_only_brings_what_a_chapter_reads_where_the_study_has_it(crossing):
    assert set(numbers(running_order(crossing, tables=["survey"], only="06"))) == {"00", "01", "02", "03", "05", "06"}
    assert set(numbers(running_order(crossing, tables=[], only="06"))) == {"00", "01", "02", "05", "06"}


def test_a_chapter_is_there_without_those_it_only_reads(crossing):
    (crossing["05"].notebook).unlink()
    known = chapters_in(crossing["01"].notebook.parent)
    assert numbers(running_order(known, tables=[])) == ["01", "02", "06", "00"]
