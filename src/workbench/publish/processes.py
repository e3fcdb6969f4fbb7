"""Work in processes of their own, forked from a server that imported the libraries once; they end with their runner."""

import asyncio
import atexit
import fcntl
import multiprocessing
import os
import select
import shutil
import signal
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from pkgutil import resolve_name

from workbench.errors import RunFailed

SERVER = multiprocessing.get_context("forkserver")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# What keeps the server from starting threads: it only imports.
SINGLE = dict.fromkeys(THREADS, "1") | {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
SCRATCH = "workbench-"
LEAVING_SECONDS = 10
LONGEST_BASE = 55  # the path of a Unix socket holds 107 bytes, and ours lie three steps further down


class ElsewhereError(Exception):
    """The traceback of a process of its own, as text: the cause of the error that it sent."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


async def in_own_process(name: str, *arguments: object, seconds: float | None = None) -> object:
    """What a function returns that is called in a process of its own.

    Parameters: name, of the function, `package.module.function`, so that only that process need import it; arguments,
    and what it returns, must be picklable; seconds, after which the process is ended.
    Raises: what the function raises; TimeoutError; RunFailed where the process dies without a word. When the awaiting
    task is cancelled the process is ended; when this very process dies, in whatever way, the other ends by itself.
    """
    ours, theirs = SERVER.Pipe()
    process = SERVER.Process(target=_answer, args=(theirs, dict(os.environ), name, arguments))
    try:
        _keep_server_in_scratch()
        with _environment_of_server():
            SERVER.set_forkserver_preload(["workbench.publish.tied_server", "workbench.publish.warm"])
            process.start()
        theirs.close()
        async with asyncio.timeout(seconds):
            await _readable(ours)
        try:
            returned, error, told = ours.recv()
        except EOFError as ended:
            process.join()
            raise RunFailed(
                f"the process of {name.rpartition('.')[2]} ended by itself (exit code {process.exitcode}); "
                "out of memory is the usual cause"
            ) from ended
        process.join(LEAVING_SECONDS)
    finally:
        ours.close()
        if process.pid is not None:
            if process.is_alive():
                process.kill()
            process.join()
            process.close()
    if error is not None:
        raise error from ElsewhereError(told)
    return returned


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A private folder for sockets and temporary files, removed at the end; those of runners that died are swept."""
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > LONGEST_BASE:
        raise RunFailed(f"{base} is too long a path for sockets (at most {LONGEST_BASE} bytes); set a shorter TMPDIR")
    for left in base.glob(f"{SCRATCH}[0-9]*-*"):
        held = _hold(left)
        if held is not None:
            _remove(left, held)
    folder, held = _held_folder()
    try:
        yield folder
    finally:
        _remove(folder, held)


def _held_folder() -> tuple[Path, int]:
    """A fresh folder and the descriptor that holds it; another runner may sweep it in the moment before it is held."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-"))
        held = _hold(folder)
        if held is not None:
            return folder, held


def _hold(folder: Path) -> int | None:
    """Lock a folder of this user until the descriptor returned is closed, in whatever way its process ends.

    Returns None where another process holds it, or where it is gone. A lock is seen by every process that sees the
    folder, also by one in a container, which does not see the number of the process that holds it.
    """
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # gone by now, of another user, or no folder: not ours in any case
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    if os.fstat(held).st_uid == os.getuid() and folder.exists():
        return held
    os.close(held)
    return None


def _remove(folder: Path, held: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(held)


def _answer(line: Connection, environment: dict[str, str], name: str, arguments: tuple) -> None:
    """In the process of its own: call the function and send what came of it."""
    os.setsid()  # Ctrl-C in the terminal is for the runner, which then ends this process
    _end_with_peer(line)
    os.environ.clear()
    os.environ.update(environment)
    returned, error, told = None, None, ""
    try:
        returned = resolve_name(name)(*arguments)
    except Exception as raised:  # noqa: BLE001 - sent to the runner, where it is raised again
        error, told = raised, traceback.format_exc()
    line.send((returned, error, told))


def _end_with_peer(line: Connection) -> None:
    """Have the system end this process by SIGIO when the other end of the line is closed, from which nothing comes."""
    # A child must not hold the line open: the runner would not see this process end.
    os.register_at_fork(after_in_child=line.close)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(line.fileno(), fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(line.fileno(), fcntl.F_SETFL, fcntl.fcntl(line.fileno(), fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([line], [], [], 0)[0]:
        os._exit(1)


async def _readable(line: Connection) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(line.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(line.fileno())


@cache
def _keep_server_in_scratch() -> None:
    """Have multiprocessing put its socket where it is swept: it would leave a folder behind each time it is killed."""
    folder, held = _held_folder()
    multiprocessing.current_process()._config["tempdir"] = str(folder)
    atexit.register(_remove, folder, held)


@contextmanager
def _environment_of_server() -> Iterator[None]:
    wanted = SINGLE | {"WORKBENCH_RUNNER": str(os.getpid())}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
