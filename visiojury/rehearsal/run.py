"""`visiojury rehearse`: an exam by robots, from the link to the verified minutes, and a report."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp

from auth.errors import AuthError
from auth.tokens import Tokens
from signaling import installation_key
from signaling import settings as configuration
from signaling.errors import SettingsError
from visiojury.documents.verification import verify_path
from visiojury.rehearsal import cast
from visiojury.rehearsal.client import Invitation
from visiojury.rehearsal.errors import OverdueError, RefusedError, RehearsalError
from visiojury.rehearsal.play import Play, Show
from visiojury.rehearsal.report import ROBOTS_LAG_S, Report, outages_seen, relay_seen
from visiojury.rehearsal.server import own_server

TOTAL_DUE_S = 58.0
"""Under a minute in all, or something is wrong with the machine."""
_STATS_TRIES, _STATS_PAUSE_S = 20, 0.2
_MS = 1000


def rehearse(
    *,
    url: str | None = None,
    config: Path | None = None,
    as_json: bool = False,
    keep: Path | None = None,
) -> int:
    """Hold a rehearsal and print its report; return the exit status, 0 if everything held.

    Args:
        url: of a running server, whose keys `config` names; None starts one for the purpose.
        config: the installation's configuration file; only read with `url`.
        as_json: one object on standard output and nothing else.
        keep: where the documents stay; None: a new directory, named in the output.
    """
    show: Show = _say_nothing if as_json else _say
    report, started_s = Report(), time.monotonic()
    try:
        directory = keep or Path(tempfile.mkdtemp(prefix="visiojury-rehearsal-"))
        directory.mkdir(parents=True, exist_ok=True)
        asyncio.run(_rehearse(report, url, config, directory, show))
    except* KeyboardInterrupt:
        report.failures.append("interrompue")
    except* RehearsalError as group:
        report.failures += [str(error) for error in _leaves(group)]
    except* SettingsError as group:
        report.failures += [str(error) for error in _leaves(group)]
    except* (AuthError, TimeoutError, aiohttp.ClientError, OSError) as group:
        report.failures += [f"{type(error).__name__} : {error}" for error in _leaves(group)]
    report.took_s = round(time.monotonic() - started_s, 1)
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _print_report(report)
    return 0 if report.ok else 1


async def _rehearse(
    report: Report, url: str | None, config: Path | None, directory: Path, show: Show
) -> None:
    async with asyncio.timeout(TOTAL_DUE_S), contextlib.AsyncExitStack() as stack:
        if url is None:
            scratch = stack.enter_context(_scratch())
            server = await stack.enter_async_context(own_server(scratch))
            url, config = server.url, server.config
            show("serveur de répétition démarré")
        http = await stack.enter_async_context(aiohttp.ClientSession())
        office = _Office(http, url.rstrip("/"), config)
        before = await office.relay_stats()
        play = Play(http, office.url, await office.create_session(), report=report, show=show)
        try:
            await play.run()
        finally:
            report.relay = relay_seen(before, await office.relay_stats())
        await _collect(play, report, directory)
        show("registre, procès-verbal, fiche d’incident et archive vérifiés")


class _Office:
    """Who sets the session up, with the installation's own key."""

    def __init__(self, http: aiohttp.ClientSession, url: str, config: Path | None) -> None:
        self.url = url
        self._http = http
        settings = configuration.load(config)
        found = installation_key.read(settings)
        if found is None:
            raise RehearsalError(
                f"{settings.keys} : aucune clé d’installation ; indiquez avec --config la "
                "configuration du serveur à éprouver, sur sa machine"
            )
        _, keys = found
        # Like the server: tokens are issued in the name of the first public address.
        self._tokens = Tokens(keys, next(iter(settings.http.origins), url))

    async def create_session(self) -> list[Invitation]:
        definition = asdict(cast.definition(now_ms=int(time.time() * _MS)))
        answer = await self._ask("POST", "/api/sessions", definition)
        return [Invitation.of(invitation) for invitation in answer["invitations"]]

    async def relay_stats(self) -> dict[str, Any]:
        """Return the relay's last figures; a relay that just started has none for a second."""
        for _ in range(_STATS_TRIES):
            try:
                return await self._ask("GET", "/api/relay", None)
            except RefusedError as error:
                if error.refusal != "relay_unavailable":
                    raise
                await asyncio.sleep(_STATS_PAUSE_S)
        raise OverdueError("chiffres du relais", waited_s=_STATS_TRIES * _STATS_PAUSE_S)

    async def _ask(self, method: str, path: str, body: object) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._tokens.admin()}"}
        async with self._http.request(
            method, self.url + path, json=body, headers=headers
        ) as response:
            answer: dict[str, Any] = await response.json()
            if not response.ok:
                raise RefusedError(
                    f"{method} {path}",
                    status=response.status,
                    refusal=str(answer.get("code")),
                    message=str(answer.get("detail")),
                )
            return answer


async def _collect(play: Play, report: Report, directory: Path) -> None:
    """Download what was made, verify it, and compare the record with the truth."""
    names = {
        "record": "record.jsonl",  # First: an incident sheet is held against it.
        "minutes": "documents/minutes.pdf",
        "incident": f"documents/incident-{cast.SITTING}.pdf",
        "archive": "archive.zip",
    }
    record = b""
    for name, path in names.items():
        target = directory / Path(path).name
        content = await play.organiser.download(path)
        target.write_bytes(content)
        report.documents[name] = str(target)
        record = record or content
        verdict = await asyncio.to_thread(verify_path, target, record=record)
        if not verdict.holds:
            report.failures.append(f"{target.name} : {verdict.text()}")
        if name == "record":
            report.record["verified"] = verdict.holds
    events = _events(directory / "record.jsonl")
    report.record["events"] = len(events)
    if play.truth is not None:
        report.outages, wrong = outages_seen(
            events,
            participant_id=cast.CANDIDATE,
            truth=play.truth,
            shown_after_s=play.shown_after_s,
        )
        report.failures += wrong


def _events(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["entry"]["event"] for line in lines]


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="visiojury-server-") as name:
        yield Path(name)


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _say(line: str) -> None:
    print(f"· {line}", file=sys.stderr, flush=True)


def _say_nothing(_line: str) -> None:
    return


def _print_report(report: Report) -> None:
    """Print the figures in words, for an operator."""
    for outage in report.outages:
        print(
            f"coupure {outage.stream} de {outage.injected_s:.1f} s : début à "
            f"{outage.start_error_s * _MS:+.0f} ms, durée à {outage.length_error_s * _MS:+.0f} ms, "
            f"affichée après {outage.shown_after_s:.2f} s"
        )
    if report.clock is not None:
        print(f"horloge : {report.clock.given_s:.0f} s rendues pour {report.clock.due_s:.1f} s")
    if report.join_s is not None:
        print(f"connexion : {report.join_s.p50:.2f} s (médiane), {report.join_s.max:.2f} s (pire)")
    if report.first_frame_s is not None:
        first = report.first_frame_s
        print(f"première image : {first.p50:.2f} s (médiane), {first.max:.2f} s (pire)")
    print(f"registre : {report.record['events']} événements")
    for name, path in report.documents.items():
        print(f"{name} : {path or 'absent'}")
    for failure in report.failures:
        print(f"ÉCHEC : {failure}")
    if report.failures and report.robots_lag_s > ROBOTS_LAG_S:
        print(
            f"Les automates ont pris jusqu’à {report.robots_lag_s:.1f} s de retard : cette machine "
            "est trop chargée pour qu’ils mesurent. Recommencez quand elle est libre."
        )
    held = "tout a tenu" if report.ok else f"{len(report.failures)} échec(s)"
    print(f"Répétition terminée en {report.took_s:.0f} s : {held}.")
