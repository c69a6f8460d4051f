"""A server started from the command line, as an operator would, and what an office does with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from auth.keys import InstallationKeys
from auth.tokens import Tokens
from signaling import demonstration
from visiojury.exam.people import Participant
from visiojury.rehearsal.client import Invitation
from visiojury.rehearsal.ports import LOCAL, free_port

VISIOJURY = Path(sys.executable).with_name("visiojury")
READY_S = 60.0
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""An operator's second start finds what the first has compiled."""

CANDIDATE, CHAIR, EXAMINER = "candidate", "presidente", "examinateur-1"
ABSENT_EXAMINER = "examinatrice-2"
INVIGILATOR, ORGANISER = "referent", "organisatrice"
SITTING = "epreuve-1"


@dataclass
class Site:
    """Owns its processes: `stop` ends them whatever happened."""

    directory: Path
    hosts: tuple[str, ...] = (LOCAL,)
    """Addresses at which people reach it; more than one: it listens on all."""
    settings: str = ""
    """More of them, as TOML."""
    http_port: int = 0
    process: subprocess.Popen[bytes] | None = None
    invitations: dict[str, Invitation] = field(default_factory=dict)
    session_id: str = ""

    def __post_init__(self) -> None:
        bind = LOCAL if self.hosts == (LOCAL,) else "0.0.0.0"
        self.http_port, self.metrics_port = free_port(bind), free_port()
        self.relay_port = free_port(bind)
        self.config.write_text(
            f"""\
data = "data"
[http]
host = "{bind}"
port = {self.http_port}
origins = {json.dumps([self.origin(host) for host in self.hosts])}
[metrics]
port = {self.metrics_port}
[relay]
host = "{bind}"
port = {self.relay_port}
announce = {json.dumps(self.hosts)}
{self.settings}""",
            encoding="utf-8",
        )

    @property
    def config(self) -> Path:
        return self.directory / "visiojury.toml"

    @property
    def database(self) -> Path:
        return self.directory / "data" / "record.db"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def origin(self, host: str = LOCAL) -> str:
        return f"http://{host}:{self.http_port}"

    # --- life -------------------------------------------------------------------------------

    def start(self) -> float:
        """Start and wait until it is ready; return how long that took, in seconds."""
        began = time.monotonic()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(VISIOJURY), "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_ENVIRONMENT,
            )
        while time.monotonic() - began < READY_S:
            if self.process.poll() is not None:
                break
            if self._is_ready():
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(f"no server after {READY_S} s:\n{self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, no goodbye."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int | None:
        """End it in good order, or by force; return its exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin()}/readyz", timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    # --- the office -------------------------------------------------------------------------

    def admin_token(self) -> str:
        keys = InstallationKeys.load_or_create(self.directory / "data" / "keys")
        return Tokens(keys, self.origin(self.hosts[0])).admin()

    def create_session(
        self,
        *,
        duration_s: int = 600,
        sittings: int = 1,
        crowd: int = 0,
        guests: tuple[Participant, ...] = (),
    ) -> dict[str, Invitation]:
        """Create a session and return the invitation of each person.

        Args:
            duration_s: of each sitting.
            sittings: all of the one candidate; the first is `SITTING`.
            crowd: candidates more, in no sitting.
            guests: people more.
        """
        self.session_id = f"e2e-{time.time_ns()}"
        definition = demonstration.definition(
            self.session_id, now_ms=int(time.time() * 1000), duration_s=duration_s
        )
        (plan,) = definition.sittings
        plans = [
            replace(
                plan,
                sitting_id=f"epreuve-{n + 1}",
                planned_ms=plan.planned_ms + n * duration_s * 1000,
            )
            for n in range(sittings)
        ]
        one = next(p for p in definition.participants if p.participant_id == CANDIDATE)
        others = [replace(one, participant_id=f"{CANDIDATE}-{n + 2}") for n in range(crowd)]
        participants = (*definition.participants, *others, *guests)
        definition = replace(definition, sittings=tuple(plans), participants=participants)
        answer = self.ask("/api/sessions", asdict(definition))
        self.invitations = {i["participant_id"]: Invitation.of(i) for i in answer["invitations"]}
        return self.invitations

    def ask(self, path: str, body: object = None) -> dict[str, Any]:
        """Ask as the administration; POST when there is a body."""
        request = urllib.request.Request(
            self.origin() + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.admin_token()}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            answer: dict[str, Any] = json.loads(response.read())
            return answer

    def link(self, who: str, host: str = LOCAL, *, query: str = "") -> str:
        """Return a person's link as seen from `host`."""
        return f"{self.origin(host)}/{query}#invitation={self.invitations[who].secret}"

    def verify(self, path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(VISIOJURY), "verify", str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def event_types(events: Iterable[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]
