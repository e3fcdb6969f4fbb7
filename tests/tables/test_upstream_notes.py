"""A note of a chapter is read where its tables are: by the summary, which works in a folder of its own."""

from workbench.tables import RunFolder


def test_a_note_is_looked_up_where_tables_are(tmp_path):
    file = tmp_path / "params.yaml"
    RunFolder(tmp_path / "06", file).write_note("value_reference", {"clients": 3})
    assert RunFolder(tmp_path / "00", file).read_note("value_reference") == {}
    assert RunFolder(tmp_path / "00", file, upstream=(tmp_path / "06",)).read_note("value_reference") == {"clients": 3}
