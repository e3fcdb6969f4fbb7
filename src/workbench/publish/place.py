"""Where a run is built and how it takes its place: aside first, then exchanged as a whole."""

import ctypes
import errno
import fcntl
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import RunFailed

LEFTOVER = re.compile(r"\.(\d{4}-\d\d-\d\d)\.(\d+|previous)")
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the study's folder for one run, made where it is not there; what dead runs left in it is swept.

    Raises RunFailed where the folder cannot be written or another run of the study is under way.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / ".lock").open("w")
    except OSError as error:
        raise RunFailed(f"{home} cannot be written ({error.strerror}); choose another folder with --output") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunFailed(f"{home}: another run of this study is under way; wait until it has ended") from error
        _sweep(home)
        yield


@contextmanager
def built_aside(home: Path, name: str) -> Iterator[Path]:
    """A fresh folder `home/.<name>.<process>` to build in; it becomes `home/<name>` when the block ends well.

    When the block raises, what is at `home/<name>` stays as it was and the fresh folder is kept as
    `home/.failed-<name>`, no file of it being shared with another folder, until a run of this name ends well; after
    Ctrl-C it is removed. To be used while the study's folder is `locked`.
    """
    fresh = home / f".{name}.{os.getpid()}"
    fresh.mkdir()
    try:
        yield fresh
    except Exception as error:
        left_out = _made_its_own(fresh)
        if left_out:
            error.add_note(f"could not be copied and is not kept: {', '.join(left_out)}")
        forget_failed(home, name)
        fresh.rename(failed_folder(home, name))
        raise
    except BaseException:
        _remove(fresh)
        raise
    put_in_place(fresh, home / name)
    forget_failed(home, name)


def failed_folder(home: Path, name: str) -> Path:
    """Where what a run of this name made is kept for reading when it fails."""
    return home / f".failed-{name}"


def forget_failed(home: Path, name: str) -> None:
    """Remove what a failed run of this name left: it names clients, also where the report beside it does not."""
    _remove(failed_folder(home, name))


def put_in_place(fresh: Path, target: Path) -> None:
    """Make `fresh` the folder `target`; a reader sees the old folder or the new one, never a part of either."""
    if not target.exists():
        fresh.rename(target)
        return
    if _exchanged(fresh, target):
        _remove(fresh)
        return
    # No exchange on this system: for a moment there is no target; _sweep puts it back if we die right then.
    previous = target.with_name(f".{target.name}.previous")
    target.rename(previous)
    fresh.rename(target)
    _remove(previous)


def _made_its_own(folder: Path) -> list[str]:
    """Replace files that other folders hold too by copies, as people may write in the folder.

    Returns: what could not be copied (the disk may be full) and is no longer in the folder.
    """
    left_out = []
    for file in sorted(folder.rglob("*")):
        if file.is_symlink() or not file.is_file() or file.stat().st_nlink == 1:
            continue
        copy = file.with_name(f".{file.name}.copy")
        try:
            shutil.copy2(file, copy)
            copy.replace(file)
        except OSError:
            copy.unlink(missing_ok=True)
            file.unlink()
            left_out.append(str(file.relative_to(folder)))
    return left_out


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    if libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def _sweep(home: Path) -> None:
    """Remove what runs that are no more have left; called under the study's lock, so that no run is under way."""
    for folder in home.iterdir():
        leftover = LEFTOVER.fullmatch(folder.name)
        if leftover is None:
            continue
        target = home / leftover[1]
        if leftover[2] == "previous" and not target.exists():
            folder.rename(target)
        else:
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder that may not be there; the kernel of a killed run writes for up to a second after it."""
    for _ in range(20):
        if not folder.exists():
            return
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                raise
            time.sleep(0.2)
    raise RunFailed(f"{folder} cannot be removed: something still writes in it")
