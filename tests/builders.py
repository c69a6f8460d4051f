"""Sample sessions, made by the real rules: definition, decide, react. For any test.

story = Story()
story.open_sitting()
story.cut("candidate", 6.0)
story.decide_all()
story.close_and_deliberate()
story.entries            # chained entries, sealed at the end
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import count

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from visiojury.exam import commands as cmd
from visiojury.exam import events as ev
from visiojury.exam.conduct import left_under_cap_s, provisional_s
from visiojury.exam.decide import decide
from visiojury.exam.definition import create
from visiojury.exam.media import STREAMS
from visiojury.exam.people import Attendance, Diploma, Office, Participant, Presence, Role
from visiojury.exam.react import react
from visiojury.exam.register import counting
from visiojury.exam.state import Session
from visiojury.record.entry import Actor, Draft, Entry
from visiojury.record.link import link
from visiojury.record.samples import QualitySample
from visiojury.record.seal import make_seal

DAY_MS = 1_781_514_000_000
"""15 June 2026, 09:00:00 UTC: 11 h in Paris, 5 h in Martinique."""
HOUR_S = 3600.0
SITTING = "sitting-1"

GRAND_EST = Office(
    office_id="grand-est",
    name="DREETS Grand Est",
    region="Grand Est",
    time_zone="Europe/Paris",
    address="6 rue Gustave-Adolphe Hirn, 67000 Strasbourg",
    contact="03 00 00 00 01",
)
MARTINIQUE = Office(
    office_id="martinique",
    name="DEETS Martinique",
    region="Martinique",
    time_zone="America/Martinique",
    address="Route de la Pointe des Sables, 97200 Fort-de-France",
    contact="05 00 00 00 02",
)
BRITTANY = replace(
    MARTINIQUE,
    office_id="bretagne",
    name="DREETS Bretagne",
    region="Bretagne",
    time_zone="Europe/Paris",
    address="3 bis avenue de Belle Fontaine, 35510 Cesson-Sévigné",
)
DEIS = Diploma(
    code="DEIS",
    title="Diplôme d’État d’ingénierie sociale",
    blocks=(
        "Bloc 1 – Produire une expertise en intervention sociale",
        "Bloc 2 – Concevoir et conduire une action",
        "Bloc 3 – Communiquer et animer les ressources humaines",
    ),
    commission_minimum=2,
)


def person(
    participant_id: str, given: str, family: str, role: Role, office: Office, presence: str
) -> Participant:
    return Participant(
        participant_id=participant_id,
        given_name=given,
        family_name=family,
        role=role,
        office_id=office.office_id,
        presence="on_site" if presence == "on_site" else "remote",
    )


def people(host: Office = BRITTANY) -> tuple[Participant, ...]:
    return (
        person("organiser", "Odile", "Organisatrice", Role.ORGANISER, GRAND_EST, "on_site"),
        person("manager", "Renée", "Responsable", Role.SESSION_MANAGER, GRAND_EST, "on_site"),
        person("invigilator", "Rémi", "Référent", Role.INVIGILATOR, host, "on_site"),
        person("candidate", "Camille", "Candidate", Role.CANDIDATE, host, "on_site"),
        person("chair", "Paule", "Présidente", Role.CHAIR, GRAND_EST, "on_site"),
        person("examiner-1", "Émile", "Examinateur", Role.EXAMINER, GRAND_EST, "remote"),
        person("examiner-2", "Élise", "Experte", Role.EXAMINER, GRAND_EST, "remote"),
    )


def definition(host: Office = BRITTANY, **changes: object) -> cmd.SessionDefinition:
    plan = cmd.SittingPlan(
        sitting_id=SITTING,
        candidate_id="candidate",
        examiner_ids=("chair", "examiner-1", "examiner-2"),
        host_office_id=host.office_id,
        planned_ms=DAY_MS,
        duration_s=1800,
    )
    plain = cmd.SessionDefinition(
        session_id="deis-2026",
        purpose="exam",
        title="DEIS par la VAE, session de juin 2026",
        diploma=DEIS,
        route="vae",
        organising_office_id=GRAND_EST.office_id,
        offices=(GRAND_EST, host),
        participants=people(host),
        sittings=(plan,),
        results_ms=DAY_MS + 4 * 24 * 3600 * 1000,
        results_place="https://grand-est.example/resultats",
        is_open=True,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class SealingKey:
    """A P-256 key, the same in every process: the bytes of a sealed sample never change."""

    def __init__(self, secret: int = 0xC0FFEE) -> None:
        self._key = ec.derive_private_key(secret, ec.SECP256R1())

    def sign(self, data: bytes) -> bytes:
        der = self._key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32) + s.to_bytes(32)

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": _base64url(numbers.x.to_bytes(32)),
            "y": _base64url(numbers.y.to_bytes(32)),
        }


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def entry_ids() -> Callable[[], str]:
    """Return what makes the identifiers of a story's entries, for a store to make them too."""
    numbers = count(1)
    return lambda: hashlib.sha256(f"entry {next(numbers)}".encode()).hexdigest()[:32]


WRAPPING_KEY = bytes(range(32))
"""What test stores wrap the keys of people with."""


def key_of(subject: str) -> bytes:
    """Return the key of a subject, the same each time."""
    return hashlib.sha256(b"key of " + subject.encode()).digest()


def sample(**changes: object) -> QualitySample:
    """Ten seconds of the candidate's sound."""
    plain = QualitySample(
        session_id="deis-2026",
        participant_id="candidate",
        stream="audio",
        direction="sent",
        from_ms=DAY_MS,
        to_ms=DAY_MS + 10_000,
        seconds=10,
        packets=495,
        lost=5,
        jitter_ms=3.5,
        rtt_ms=None,
        bitrate_bps=32_000,
        frames=0,
        glitches=1,
        freezes=0,
        score=92,
        score_min=40,
        mos=4.1,
    )
    changed = replace(plain, **changes)  # type: ignore[arg-type]
    return replace(changed, to_ms=changed.from_ms + 10_000)


class Story:
    """A session told step by step, at instants that only `wait` moves."""

    def __init__(self, plan: cmd.SessionDefinition | None = None) -> None:
        self.definition = plan or definition()
        self.session = Session()
        self.drafts: list[Draft] = []
        self.now_ms = DAY_MS - 2 * 3600 * 1000
        self._outages_decided: set[str] = set()
        self._record(create(self.definition, now_ms=self.now_ms), by="organiser")

    # --- the tools ---------------------------------------------------------------------------

    @property
    def entries(self) -> list[Entry]:
        """The story so far, chained; identifiers are the same each time."""
        return link(self.definition.session_id, self.drafts, new_id=entry_ids(), key_of=key_of)

    def again(self) -> Story:
        """Return a story that goes on from here and leaves this one as it is."""
        other = copy(self)
        other.drafts, other.session = list(self.drafts), Session()
        for draft in self.drafts:
            by = None if draft.actor is None else draft.actor.participant_id
            other.session.apply(draft.event, by=by)
        return other

    def wait(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)

    def act(self, by: str, command: cmd.Command) -> None:
        """Have `by` ask for `command`; the rules decide what happens."""
        actor = self.session.subject(by)
        self._record(decide(self.session, command, actor=actor, now_ms=self.now_ms), by=by)
        self._react()

    def observe(self, *events: ev.Event) -> None:
        """Have the server see `events`."""
        self._record(events, by=None)
        self._react()

    def _react(self) -> None:
        while events := react(self.session, self.now_ms):
            self._record(events, by=None)

    def _record(self, events: Iterable[ev.Event], *, by: str | None) -> None:
        for event in events:
            actor = self._actor(by) if by else None
            self.drafts.append(
                Draft(
                    event=event,
                    actor=actor,
                    received_ms=self.now_ms,
                    monotonic_ms=self.now_ms - DAY_MS + 10**8,
                    boot_id="boot-1",
                )
            )
            self.session.apply(event, by=by)

    def _actor(self, by: str) -> Actor:
        plan = {p.participant_id: p for p in self.definition.participants}
        return Actor(
            participant_id=by,
            role=(plan.get(by) or self.session.subject(by)).role,
            authentication="invitation+code",
            device_key=f"key-{by}",
        )

    # --- the steps ---------------------------------------------------------------------------

    def connect(self, *who: str) -> None:
        for participant_id in who:
            check = self.session.checks.get(participant_id)
            self.observe(
                ev.MediaBound(
                    at_ms=self.now_ms,
                    participant_id=participant_id,
                    fingerprint="sha-256 AB:CD",
                    device_key=f"key-{participant_id}",
                    checked_by=None if check is None else check.checked_by,
                ),
                *(
                    ev.MediaStarted(at_ms=self.now_ms, participant_id=participant_id, stream=stream)
                    for stream in STREAMS
                ),
            )

    def redeem(self, who: str, key: str) -> None:
        """Have `who` open their link with the device key of that thumbprint."""
        access_id = f"access-{who}"
        self.observe(
            ev.InvitationIssued(
                at_ms=self.now_ms,
                invitation_id=access_id,
                participant_id=who,
                secret_digest="s" * 43,
                code_digest=None,
                not_before_ms=0,
                expires_ms=DAY_MS * 2,
            ),
            ev.InvitationRedeemed(at_ms=self.now_ms, invitation_id=access_id, device_key=key),
        )

    def check(self, who: str, presence: Presence | None = None) -> None:
        """Have the organiser check an examiner, seen as they are expected if nothing is said."""
        self.act(
            "organiser",
            cmd.CheckIdentity(participant_id=who, document="identity_card", presence=presence),
        )

    def receive(self, sitting_id: str = SITTING) -> None:
        """On duty, identities checked, attestation signed, everyone connected, admitted."""
        for agent in ("organiser", "invigilator"):
            self.act(agent, cmd.TakeDuty())
        plan = self.session.sitting(sitting_id).plan
        for examiner_id in plan.examiner_ids:
            if examiner_id not in self.session.checks:
                self.act(
                    "organiser",
                    cmd.CheckIdentity(participant_id=examiner_id, document="identity_card"),
                )
                self.connect(examiner_id)
                self.wait(41.5)
        for guest in (plan.candidate_id, plan.assistant_id):
            if guest is not None:
                self.act(
                    "invigilator", cmd.CheckIdentity(participant_id=guest, document="passport")
                )
                self.wait(65)
        self.act("invigilator", cmd.SignAttestation(sitting_id=sitting_id))
        self.connect(plan.candidate_id)
        self.wait(20)
        self.act("invigilator", cmd.Admit(sitting_id=sitting_id))

    def open_sitting(self, sitting_id: str = SITTING) -> None:
        """Everything up to the start, 72.4 s after the planned instant."""
        self.receive(sitting_id)
        planned_ms = self.session.sitting(sitting_id).plan.planned_ms
        self.now_ms = max(self.now_ms, planned_ms + 72_400)
        self.act("chair", cmd.Start(sitting_id=sitting_id))

    def cut(
        self, who: str, seconds: float, *, cause: ev.Cause = "uplink", detected_s: float = 1.0
    ) -> None:
        """Cut both streams of `who` for `seconds`; time moves to 0.6 s after their return."""
        start_ms = self.now_ms
        end_ms = start_ms + round(seconds * 1000)
        self.wait(detected_s)
        for stream in STREAMS:
            self.observe(
                ev.MediaInterrupted(
                    at_ms=start_ms,
                    participant_id=who,
                    stream=stream,
                    cause=cause,
                    detected_ms=self.now_ms,
                )
            )
        self.now_ms = end_ms + 600
        for stream in STREAMS:
            self.observe(
                ev.MediaRestored(at_ms=end_ms, participant_id=who, stream=stream, cause=cause)
            )

    def restart(self, seconds: float) -> None:
        """Kill the server for `seconds`; everybody comes back at once."""
        start_ms = self.now_ms
        self.wait(seconds)
        self.observe(ev.ServiceInterrupted(at_ms=start_ms, part="server", resumed_ms=self.now_ms))
        for who, media in list(self.session.media.items()):
            self.observe(
                *(
                    ev.MediaRestored(
                        at_ms=self.now_ms, participant_id=who, stream=stream, cause="relay"
                    )
                    for stream in STREAMS
                    if media.streams[stream].interrupted_ms is not None
                )
            )
            self.connect(who)
        self.wait(0.5)

    def decide_all(self, sitting_id: str = SITTING, *, granted_s: int | None = None) -> None:
        """Have the chair confirm each outage, or give `granted_s` of each, under the cap."""
        sitting = self.session.sitting(sitting_id)
        for outage in sitting.outages:
            if outage.decision is not None:
                continue
            length_s = provisional_s(sitting, outage, self.now_ms)
            left_s = left_under_cap_s(sitting, outage, self.now_ms)
            wanted_s = length_s if granted_s is None else granted_s
            self.act(
                "chair",
                cmd.DecideExtension(
                    sitting_id=sitting_id,
                    outage_id=outage.outage_id,
                    granted_s=min(length_s, left_s, wanted_s),
                    reason="" if granted_s is None else "La phrase interrompue a été reprise.",
                ),
            )
            self.wait(4)

    def close_sitting(self, sitting_id: str = SITTING) -> None:
        reading = self.session.sitting(sitting_id).read_clock(self.now_ms)
        assert reading is not None
        self.now_ms = max(self.now_ms, reading.end_due_ms)
        self.act("chair", cmd.Close(sitting_id=sitting_id))

    def deliberate(self, outcome: ev.Outcome = "full", *, blocks: tuple[str, ...] = ()) -> None:
        self.wait(600)
        self.act("chair", cmd.OpenDeliberation())
        for member in self.session.jury():
            self.wait(5)
            self.answer(member.participant_id)
        for sitting in list(self.session.sittings.values()):
            if sitting.state.value == "closed":
                self.vote(sitting.plan.candidate_id, outcome, blocks)
        self.wait(30)
        self.act("chair", cmd.CloseDeliberation())

    def hear(self, *who: str) -> None:
        """Have the chair try the sound of `who`, both ways."""
        for member_id in who:
            self.act("chair", cmd.TryHearing(participant_id=member_id, hears=True, is_heard=True))

    def answer(self, who: str, attendance: Attendance | None = None) -> None:
        """Have `who` answer the roll call, as they are expected where nothing else is said."""
        how = attendance or self.session.participant(who).presence
        if how == "remote":
            self.hear(who)
        self.act("chair", cmd.AnswerRollCall(participant_id=who, attendance=how))

    def vote(self, candidate_id: str, outcome: ev.Outcome, blocks: tuple[str, ...] = ()) -> None:
        self.act(
            "chair",
            cmd.ProposeDecision(candidate_id=candidate_id, outcome=outcome, blocks=blocks),
        )
        for member_id in counting(self.session, candidate_id):
            self.wait(3)
            self.act(member_id, cmd.CastVote(candidate_id=candidate_id, ballot="for"))
        self.act("chair", cmd.AdoptDecision(candidate_id=candidate_id))

    def seal_over(self, entries: Sequence[Entry], key: SealingKey) -> Draft:
        """Return the seal on entries that a store has made of this story."""
        event = make_seal(entries, key.sign, key.jwk, at_ms=self.now_ms)
        return replace(self.drafts[-1], event=event, actor=None, act_id=None)

    def seal(
        self, key: SealingKey | None = None, *, entries: Sequence[Entry] | None = None
    ) -> None:
        """Seal the story so far; whoever has chained it already hands in its entries."""
        signer = key or SealingKey()
        self._record(
            [make_seal(entries or self.entries, signer.sign, signer.jwk, at_ms=self.now_ms)],
            by=None,
        )


def sealed_story(*, cuts: Iterable[tuple[str, float]] = (("candidate", 6.0),)) -> Story:
    """A whole session of one sitting, from its creation to the seal."""
    story = Story()
    story.open_sitting()
    for who, seconds in cuts:
        story.wait(240)
        story.cut(who, seconds)
    story.decide_all()
    story.close_sitting()
    story.deliberate()
    story.seal()
    return story


def overseas_definition() -> cmd.SessionDefinition:
    """Two candidates in Martinique, one with an assistant and more time; a third in Brittany."""
    base = definition(MARTINIQUE)
    (plan,) = base.sittings
    guests = (
        person("assistant", "Anne", "Aidante", Role.ASSISTANT, MARTINIQUE, "on_site"),
        person("candidate-2", "Dominique", "Deuxième", Role.CANDIDATE, MARTINIQUE, "on_site"),
        person("candidate-3", "Claude", "Troisième", Role.CANDIDATE, MARTINIQUE, "on_site"),
    )
    first = replace(plan, assistant_id="assistant", adjustment_percent=33)
    second = replace(
        plan, sitting_id="sitting-2", candidate_id="candidate-2", planned_ms=DAY_MS + 5_400_000
    )
    third = replace(
        plan, sitting_id="sitting-3", candidate_id="candidate-3", planned_ms=DAY_MS + 10_800_000
    )
    return replace(
        base, participants=(*base.participants, *guests), sittings=(first, second, third)
    )


def eventful_story(keys: Mapping[str, str] | None = None) -> Story:
    """A session in which nearly everything happens that a session can bring.

    Args:
        keys: by participant, thumbprint of the device key that their link is redeemed with.
    """
    story = Story(overseas_definition())
    for who, key in (keys or {}).items():
        story.redeem(who, key)
    story.open_sitting()
    story.wait(300.25)
    story.cut("candidate", 6.12)
    story.wait(60)
    story.cut("examiner-2", 10.0, cause="capture")  # Two examiners remain: it stops nothing.
    story.decide_all()
    story.act("candidate", cmd.CallHelp())
    story.wait(37.5)
    story.act("invigilator", cmd.AnswerHelp(help_id="help-1"))
    story.act("chair", cmd.Pause(sitting_id=SITTING, reason="Évacuation du bâtiment."))
    story.wait(420)
    story.act("chair", cmd.Resume(sitting_id=SITTING))
    story.wait(30)
    story.restart(7.5)
    story.decide_all(granted_s=5)
    story.close_sitting()
    _postponed(story)
    story.act("invigilator", cmd.MarkAbsent(sitting_id="sitting-3"))
    story.wait(600)
    story.deliberate("partial", blocks=DEIS.blocks[:2])
    story.seal()
    return story


def _postponed(story: Story) -> None:
    """The second sitting: one outage up to the cap and beyond it, then a postponement."""
    story.open_sitting("sitting-2")
    story.wait(120)
    story.cut("candidate-2", 700.0)
    story.act(
        "examiner-1",
        cmd.RequestPostponement(
            sitting_id="sitting-2", reason="Liaison perdue plus de onze minutes."
        ),
    )
    for agent in ("invigilator", "organiser"):
        story.wait(45)
        story.act(agent, cmd.AgreePostponement(sitting_id="sitting-2"))
