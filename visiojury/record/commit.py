"""Group commit: what arrives together from many sessions is one transaction, one sync to disk.

A commit waits for the disk some milliseconds, whatever it holds. Appends that arrive meanwhile
wait together and make the next transaction. Each is told after it. One that cannot be written
(another writer was there first) spoils its own and no other.

No statement here counts rows, which drivers do not all do for many at once: a head that bears
the digest of our last entry was moved by us, for nobody else can have made that digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update
from sqlalchemy.types import Boolean

from visiojury.exam.events import InvitationIssued, RecordSealed
from visiojury.record.engines import upsert
from visiojury.record.entry import Draft, Entry
from visiojury.record.errors import StoreError
from visiojury.record.keyring import Keyring, erased_with
from visiojury.record.leases import first_owner, lost
from visiojury.record.link import link
from visiojury.record.schema import ENTRY, HEAD, INVITATION, PERSON_KEY

Place = tuple[int, str]
"""Number and digest of a session's last entry."""
FENCED = ("writer_conflict", "lease_lost")
"""Codes of what keeps one session's appends from being written, and no other's."""

_MOVE = (
    update(HEAD)
    .where(
        HEAD.c.session_id == bindparam("of"),
        HEAD.c.seq == bindparam("known_seq"),
        HEAD.c.digest == bindparam("known_digest"),
        HEAD.c.epoch == bindparam("known_epoch"),
    )
    .values(
        seq=bindparam("last_seq"),
        digest=bindparam("last_digest"),
        is_closed=or_(HEAD.c.is_closed, bindparam("closes", type_=Boolean)),
    )
)


@dataclass(slots=True, eq=False)
class Request:
    """One append that waits: its drafts, then its entries or why there are none."""

    session_id: str
    drafts: Sequence[Draft]
    keyring: Keyring
    """The keys of the session's subjects."""
    epoch: int
    """Under which its writer owns the session (leases.py)."""
    entries: list[Entry] = field(default_factory=list)
    error: Exception | None = None
    is_done: bool = False
    is_abandoned: bool = False
    """Whoever asked has gone without an answer."""

    @property
    def is_settled(self) -> bool:
        """Whether `answer` has one."""
        return self.is_done or self.error is not None

    def answer(self) -> list[Entry]:
        """Return what was committed. Raises: StoreError, as found."""
        if self.error is not None:
            raise self.error
        assert self.is_done, "a request is answered after its transaction"
        return self.entries


def chain_up(
    requests: Iterable[Request], heads: Mapping[str, Place], new_id: Callable[[], str]
) -> list[Request]:
    """Give each request its entries, one behind the other where they are of one session.

    Returns:
        Those that could be spelled; the others have their error.
    """
    ends = dict(heads)
    spelled: list[Request] = []
    for request in requests:
        last = ends.get(request.session_id)
        try:
            request.entries = link(
                request.session_id,
                request.drafts,
                new_id=new_id,
                key_of=request.keyring.key_of,
                last=last,
            )
            request.keyring.destroy(erased_with(request.entries))
        except Exception as error:  # noqa: BLE001 - a bug of one session's: told to its caller, kept from the others.
            request.error = error
            continue
        ends[request.session_id] = place_of(request)
        spelled.append(request)
    return spelled


def place_of(request: Request) -> Place:
    last = request.entries[-1]
    return last.seq, last.digest


def write(
    connection: Connection,
    requests: Sequence[Request],
    heads: Mapping[str, Place],
    *,
    node: str | None,
) -> None:
    """Write all of them in one transaction, or nothing and an error.

    Args:
        connection: in a transaction that is the caller's to commit.
        requests: as `chain_up` gave them their entries.
        heads: where the chains ended when the writer last looked; of new sessions there is none.
        node: who owns what is new; None: one server has this database for itself.

    Raises:
        StoreError: `writer_conflict`: a head does not stand where `heads` says;
            `lease_lost`: another server has taken the session.
        IntegrityError: the same as the first, found by the database.
    """
    ends = {request.session_id: place_of(request) for request in requests}
    epochs = {request.session_id: request.epoch for request in requests}
    closing = {request.session_id for request in requests if _closes(request)}
    # Always in one order: two writers that wait for each other's rows would wait for ever.
    known = [session_id for session_id in sorted(ends) if session_id in heads]
    new = [session_id for session_id in sorted(ends) if session_id not in heads]
    if known:
        moves = [_move(heads[s], ends[s], s, epoch=epochs[s], closes=s in closing) for s in known]
        connection.execute(_MOVE, moves)
        # Before the entries: a stale owner's would stand where the new one's are already.
        _see_moved(connection, {s: (ends[s], epochs[s]) for s in known})
    if new:
        rows = [_head(ends[s], s, closes=s in closing) for s in new]
        connection.execute(insert(HEAD).values(first_owner(node)), rows)
    connection.execute(insert(ENTRY), [_row(e) for r in requests for e in r.entries])
    if keys := _key_rows(requests):
        connection.execute(upsert(connection, PERSON_KEY), keys)
    if invitations := _invitation_rows(requests):
        connection.execute(upsert(connection, INVITATION), invitations)


def _see_moved(connection: Connection, ends: dict[str, tuple[Place, int]]) -> None:
    """Raises: StoreError, `lease_lost`, `writer_conflict`."""
    found = connection.execute(
        select(HEAD.c.session_id, HEAD.c.digest, HEAD.c.epoch).where(
            HEAD.c.session_id.in_(list(ends))
        )
    )
    heads = {str(row.session_id): (str(row.digest), int(row.epoch)) for row in found}
    for session_id, ((_, digest), epoch) in ends.items():
        there = heads.get(session_id)
        if there is not None and there[1] != epoch:
            raise lost(session_id)
        if there != (digest, epoch):
            raise conflict(session_id)


def conflict(session_id: str) -> StoreError:
    return StoreError(
        "writer_conflict",
        f"session {session_id} was written by somebody else, or not loaded first;"
        " nothing was written; load it again",
    )


def _closes(request: Request) -> bool:
    return any(isinstance(draft.event, RecordSealed) for draft in request.drafts)


def _move(
    known: Place, last: Place, session_id: str, *, epoch: int, closes: bool
) -> dict[str, Any]:
    (known_seq, known_digest), (last_seq, last_digest) = known, last
    return {
        "of": session_id,
        "known_seq": known_seq,
        "known_digest": known_digest,
        "known_epoch": epoch,
        "last_seq": last_seq,
        "last_digest": last_digest,
        "closes": closes,
    }


def _head(last: Place, session_id: str, *, closes: bool) -> dict[str, Any]:
    return {"session_id": session_id, "seq": last[0], "digest": last[1], "is_closed": closes}


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "session_id": entry.session_id,
        "seq": entry.seq,
        "entry_id": entry.entry_id,
        "body": entry.raw.decode(),
        "digest": entry.digest,
    }


def _key_rows(requests: Iterable[Request]) -> list[dict[str, Any]]:
    """Return the keys made or destroyed by `requests`: written with them, or not at all."""
    rings = {request.session_id: request.keyring for request in requests}
    return [
        {"session_id": session_id, "subject": subject, "wrapped": wrapped}
        for session_id, ring in sorted(rings.items())
        for subject, wrapped in ring.unstored().items()
    ]


def _invitation_rows(requests: Iterable[Request]) -> list[dict[str, Any]]:
    return [
        {
            "session_id": entry.session_id,
            "invitation_id": entry.event.invitation_id,
            "secret_digest": entry.event.secret_digest,
        }
        for request in requests
        for entry in request.entries
        if isinstance(entry.event, InvitationIssued)
    ]
