"""Kernels for notebooks: each forked from the process that runs the notebook, talking through private sockets."""

import asyncio
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from threadpoolctl import threadpool_limits

from workbench.publish.lifeline import end_with_parent
from workbench.publish.processes import THREADS

INLINE = "module://matplotlib_inline.backend_inline"


@dataclass(frozen=True)
class Surroundings:
    """What a kernel is given: a private folder, the file for what its process prints, and how many threads to use."""

    folder: Path
    printed: Path
    threads: int


def kernel_manager(surroundings: Surroundings) -> type[AsyncKernelManager]:
    """A kernel manager whose kernel is forked from this very process.

    TCP ports collide when kernels start together, so it talks through sockets in the private folder; start-up files in
    the user's IPython folder would change results, so it has one of its own.
    """

    class ForkedKernels(AsyncKernelManager):
        def __init__(self, **options):
            super().__init__(**options)
            self.transport = "ipc"
            self.connection_file = str(surroundings.folder / "kernel.json")
            self.ip = str(surroundings.folder / "channel")
            self.provisioner = _Forking(parent=self, kernel_spec=self.kernel_spec, kernel_id="forked")
            self.provisioner.surroundings = surroundings

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(**get_kernel_dict())

    return ForkedKernels


class _Forking(LocalProvisioner):
    surroundings: Surroundings

    async def launch_kernel(self, cmd: list[str], **options) -> dict:
        self.cwd = options.get("cwd") or Path.cwd()
        connection_file, parent = self.parent.connection_file, os.getpid()

        def serve() -> None:
            _be_kernel(connection_file, self.surroundings, folder=self.cwd, parent=parent)

        self.process = _Forked(serve)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class _Forked:
    """A forked process, with the few methods of Popen that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, serve: Callable[[], None]):
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                serve()
            except BaseException:  # noqa: BLE001 - nothing may return into the process that this one was forked from
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(0)

    def poll(self) -> int | None:
        return self._waited(os.WNOHANG)

    def wait(self) -> int | None:
        return self._waited(0)

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _waited(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode


def _be_kernel(connection_file: str, surroundings: Surroundings, *, folder: Path, parent: int) -> None:
    """Be a Jupyter kernel until it is shut down. Undoes what only the process forked from may hold."""
    end_with_parent(parent)
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGIO):
        signal.signal(signum, signal.SIG_DFL)
    asyncio.set_event_loop(None)
    nowhere, printed = os.open(os.devnull, os.O_RDONLY), os.open(surroundings.printed, os.O_WRONLY | os.O_APPEND)
    for ours, theirs in ((nowhere, 0), (printed, 1), (printed, 2)):
        os.dup2(ours, theirs)
    temporary = surroundings.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    tempfile.tempdir = None
    os.environ["TMPDIR"] = str(temporary)
    os.environ["IPYTHONDIR"] = str(surroundings.folder / "ipython")
    os.environ.update(dict.fromkeys(THREADS, str(surroundings.threads)))
    threadpool_limits(surroundings.threads)
    random.seed()
    np.random.seed()  # noqa: NPY002 - forked kernels must not share what a notebook may draw without a seed
    os.chdir(folder)
    if not os.environ.get("MPLBACKEND"):
        matplotlib.use(INLINE)
    app = IPKernelApp.instance(parent_handle=parent)
    app.initialize(["-f", connection_file, "--HistoryManager.enabled=False"])
    if "matplotlib.pyplot" in sys.modules:
        # Imported before the fork, it does not know of the kernel, and figures would vanish without a word.
        app.shell.enable_matplotlib("inline")
    app.start()
    app.close()
