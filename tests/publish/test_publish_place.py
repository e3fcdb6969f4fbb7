import fcntl

import pytest
from small_notebooks import contents

from workbench.errors import RunFailed
from workbench.publish import place
from workbench.publish.place import built_aside, locked, put_in_place

DAY = "2026-06-30"


def filled(folder, text):
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / text).write_text(text)
    return folder


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "no exchange on this system"])
def test_the_new_folder_takes_the_place_of_the_old_one_whole(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(place, "_exchanged", lambda one, other: False)
    put_in_place(filled(tmp_path / ".new", "new"), filled(tmp_path / DAY, "old"))
    assert contents(tmp_path) == {f"{DAY}/index.html": b"new", f"{DAY}/new": b"new"}


def test_a_block_that_ends_well_publishes(tmp_path):
    with locked(tmp_path / "acme"), built_aside(tmp_path / "acme", DAY) as folder:
        assert folder.name.startswith(".") and folder.parent == tmp_path / "acme"
        (folder / "index.html").write_text("new")
    assert (tmp_path / "acme" / DAY / "index.html").read_text() == "new"
    assert not folder.exists()


def test_a_block_that_raises_leaves_the_old_folder_and_keeps_the_new_one_for_reading(tmp_path):
    filled(tmp_path / DAY, "old")
    for text in ("first", "second"):
        with pytest.raises(RunFailed), locked(tmp_path), built_aside(tmp_path, DAY) as folder:
            (folder / text).write_text(text)
            raise RunFailed(text)
    assert contents(tmp_path / DAY) == {"index.html": b"old", "old": b"old"}
    assert contents(tmp_path / f".failed-{DAY}") == {"second": b"second"}
    assert not list(tmp_path.glob(f".{DAY}*"))


def failed_run(home, day, *linked):
    with pytest.raises(RunFailed, match="x"), locked(home), built_aside(home, day) as folder:
        (folder / day).write_text("made")
        for file in linked:
            (folder / file.name).hardlink_to(file)
        raise RunFailed("x")


def test_two_dates_that_fail_both_keep_theirs_until_a_run_of_theirs_ends_well(tmp_path):
    failed_run(tmp_path, DAY)
    failed_run(tmp_path, "2025-06-30")
    assert sorted(contents(tmp_path)) == [".failed-2025-06-30/2025-06-30", f".failed-{DAY}/{DAY}", ".lock"]
    with locked(tmp_path), built_aside(tmp_path, DAY) as folder:
        (folder / "index.html").write_text("names nobody")
    assert sorted(contents(tmp_path)) == [".failed-2025-06-30/2025-06-30", ".lock", f"{DAY}/index.html"]


def test_what_failed_shares_no_file_with_the_published_run(tmp_path, monkeypatch):
    published = filled(tmp_path / DAY, "old") / "old"
    failed_run(tmp_path, DAY, published)
    kept = tmp_path / f".failed-{DAY}" / "old"
    kept.write_text("changed by a person")
    assert published.read_text() == "old" and not list(tmp_path.rglob("*.copy"))

    def no_space(file, copy):
        copy.write_text("o")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(place.shutil, "copy2", no_space)
    failed_run(tmp_path, DAY, published)
    assert set(contents(tmp_path / f".failed-{DAY}")) == {DAY} and published.read_text() == "old"


def test_an_interrupted_block_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path), built_aside(tmp_path, DAY) as folder:
        (folder / "half").write_text("half")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_what_dead_runs_left_is_swept(tmp_path):
    filled(tmp_path / f".{DAY}.123", "half")
    filled(tmp_path / ".2025-06-30.77", "half")
    filled(tmp_path / "2025-06-30", "another date")
    with locked(tmp_path), built_aside(tmp_path, DAY) as folder:
        assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name, ".lock", "2025-06-30"]


def test_a_run_that_died_between_two_renames_is_mended(tmp_path):
    filled(tmp_path / f".{DAY}.previous", "old")
    with pytest.raises(RunFailed), locked(tmp_path), built_aside(tmp_path, DAY):
        raise RunFailed("x")
    assert (tmp_path / DAY / "old").exists()


def test_a_second_run_of_a_study_under_way_is_refused(tmp_path):
    with (tmp_path / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RunFailed, match="another run of this study is under way"), locked(tmp_path):
            pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFailed, match=r"cannot be written .*--output"), locked(tmp_path / "file"):
        pass
