"""Hooks of schemathesis: its requests are made by people of a real session, with their proofs.

It runs in a process of its own (SCHEMATHESIS_HOOKS) and is told of the people by a file, whose
path VISIOJURY_PEOPLE gives; beside it, at the end, it says what each operation was answered.
Every second request of an operation is as schemathesis made it, but for who asks.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import schemathesis
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from auth.jwk import from_public_key
from visiojury.rehearsal.device import DeviceKey

TOLD = Path(os.environ["VISIOJURY_PEOPLE"])
SITE: dict[str, Any] = json.loads(TOLD.read_text("utf-8"))
ANSWERS: dict[str, set[int]] = defaultdict(set)
TURNS: dict[str, itertools.count[int]] = defaultdict(itertools.count)
REAL = {
    "session_id": SITE["session_id"],
    "name": "minutes",
    "participant_id": "candidate",
    "seq": 1,
    "sha256": SITE["sha256"],
    "at_ms": time.time_ns() // 1_000_000,
}
BODIES: dict[str, Any] = {
    "POST /api/invitations/redeem": SITE["redeem"],
    "POST /api/stations/sign-in": {"participant_id": "chair", "code": "12345678"},
    "POST /api/stations/passkey/begin": {"participant_id": "chair"},
    "POST /api/stations/passkey/complete": {"participant_id": "chair", "credential": {}},
    "POST /api/sign-out": {},
    "POST /api/media-token": {"fingerprint": ":".join(["AB"] * 32)},
    "POST /api/sessions/{session_id}/files": SITE["pdf"].encode(),
}
BY = {
    "POST /api/media-token": "candidate",
    "POST /api/stations/sign-in": "station",
    "POST /api/stations/passkey/begin": "station",
    "POST /api/stations/passkey/complete": "station",
    "POST /api/sign-out": "manager",
    "POST /api/openid/begin": "examiner-2",
    "POST /api/openid/callback": "examiner-2",
    "POST /api/passkey/begin": "examiner-2",
    "POST /api/passkey/complete": "examiner-2",
    "POST /api/invitations/redeem": "examiner-2",
    "GET /api/sessions/{session_id}/files/{sha256}.pdf": "invigilator",
}
"""Who asks; the organiser, where nothing else is said."""


def device(pem: str) -> DeviceKey:
    made = DeviceKey()
    made._key = load_pem_private_key(pem.encode(), None)  # type: ignore[assignment]
    made._jwk = from_public_key(made._key.public_key())
    return made


DEVICES = {who: device(person["key"]) for who, person in SITE["people"].items()}


@schemathesis.serializer("application/pdf")
def pdf(context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    name = f"{case.method} {case.operation.path}"
    if next(TURNS[name]) % 2 == 0:
        case.path_parameters = {
            key: REAL.get(key, value) for key, value in (case.path_parameters or {}).items()
        }
        if name in BODIES:
            case.body = BODIES[name]
    schemes = {key for one in case.operation.definition.raw.get("security", []) for key in one}
    case.headers.update(_who_asks(name, schemes, case))


def _who_asks(name: str, schemes: set[str], case: Any) -> dict[str, str]:
    if schemes == {"admin"}:
        return {"Authorization": f"Bearer {SITE['admin']}"}
    if not schemes and name not in BY:
        return {}
    who = BY.get(name, "organiser")
    token = SITE["people"][who]["token"] if "device" in schemes else None
    url = SITE["origin"] + case.formatted_path
    proof = {"DPoP": DEVICES[who].proof(case.method, url, token=token)}
    return proof if token is None else {**proof, "Authorization": f"DPoP {token}"}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    ANSWERS[f"{case.method} {case.operation.path}"].add(response.status_code)


@atexit.register
def say() -> None:
    answers = {name: sorted(statuses) for name, statuses in ANSWERS.items()}
    TOLD.with_suffix(".answers").write_text(json.dumps(answers), encoding="utf-8")
