"""A PostgreSQL server of the tests' own: a new cluster on a loopback port, ended with the tests."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

PASSWORD = "p@ss/word: 1%"


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


class PostgresServer:
    """A running server; `url` is its address without user and password, `run` what psql says to a script."""

    def __init__(self, bin_folder: Path, folder: Path):
        self.bin, self.folder = bin_folder, folder
        # The server refuses to run as root; Debian's package makes a user for it.
        self.user = "postgres" if os.geteuid() == 0 else None
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        if self.user:
            for path in (folder, secret):
                shutil.chown(path, self.user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._call(
            "initdb",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--username=reader",
            f"--pwfile={secret}",
            "-D",
            str(folder / "data"),
        )
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={folder} -c fsync=off"
        self._call("pg_ctl", "-D", str(folder / "data"), "-o", options, "-w", "-l", str(folder / "log"), "start")

    @property
    def url(self) -> str:
        return f"postgres://127.0.0.1:{self.port}/postgres"

    def run(self, script: str) -> None:
        """Run SQL as the owner of everything."""
        self._call(
            "psql",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "reader",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            script,
            "postgres",
        )

    def close(self) -> None:
        """End the server, and wait until it has ended; how pg_ctl leaves does not matter once it has."""
        running = self.folder / "data" / "postmaster.pid"
        try:
            self._call("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        except AssertionError:
            deadline = time.monotonic() + 60
            while running.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not running.exists(), "the PostgreSQL server of the tests does not end"

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.bin / program, *arguments],
            user=self.user,
            env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD, "LC_ALL": "C"},
            cwd=self.folder,
            stdout=subprocess.PIPE if program == "psql" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "psql" else subprocess.DEVNULL,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"
