"""One sitting put into French words: times, outages, pauses, postponement, commission."""

from __future__ import annotations

from visiojury.documents import french, words
from visiojury.documents.facts import Act, Interruption
from visiojury.documents.french import NBSP
from visiojury.documents.telling import Data, Tale, Times, rows
from visiojury.documents.timeline import timeline
from visiojury.exam import events as ev
from visiojury.exam.clock import SECOND_MS, cap_s, whole_seconds
from visiojury.exam.sitting import Outage, Sitting
from visiojury.exam.transitions import SittingState

_VOID = frozenset({SittingState.POSTPONED, SittingState.VOIDED})


def sitting_data(tale: Tale, sitting: Sitting) -> Data:
    """Return everything that the minutes say of a sitting."""
    plan, session = sitting.plan, tale.session
    host = session.office(plan.host_office_id)
    times = tale.times(sitting.started_ms or plan.planned_ms, host)
    return {
        "candidate": tale.name(plan.candidate_id),
        "state": words.STATES[sitting.state],
        "is_void": sitting.state in _VOID,
        "is_started": sitting.started_ms is not None,
        "date": times.day,
        "clocks": times.heading,
        "facts": _facts(tale, sitting, times),
        "timeline": timeline(tale, sitting, times),
        "commission": [_examiner(tale, sitting, who, times) for who in plan.examiner_ids],
        "outages": [outage_data(tale, sitting, outage, times) for outage in sitting.outages],
        "pauses": _pauses(tale, sitting, times),
        "postponement": _postponement(tale, sitting, times),
    }


def _facts(tale: Tale, sitting: Sitting, times: Times) -> list[Data]:
    plan = sitting.plan
    host = tale.session.office(plan.host_office_id)
    facts = [
        ("Lieu", f"{host.name}, {host.address}"),
        ("Identité du candidat", tale.identity(plan.candidate_id, times)),
    ]
    if plan.assistant_id is not None:
        checked = tale.identity(plan.assistant_id, times)
        facts.append(
            ("Personne assistant le candidat", f"{tale.name(plan.assistant_id)} ; {checked}")
        )
    facts += [
        ("Attestation signée", _by(tale, sitting, ev.AttestationSigned, times)),
        ("Candidat admis", _by(tale, sitting, ev.CandidateAdmitted, times)),
        ("Début prévu", times.planned(plan.planned_ms)),
        ("Durée réglementaire", french.seconds(plan.duration_s)),
    ]
    if plan.adjustment_s:
        facts.append(
            ("Temps majoré", f"{french.seconds(plan.adjustment_s)}, sur prescription médicale")
        )
    if plan.follows_sitting_id is not None:
        facts.append(("Fait suite à l’épreuve", plan.follows_sitting_id))
    return rows([*facts, *clock_rows(sitting, times), *_ending(tale, sitting, times)])


def _ending(tale: Tale, sitting: Sitting, times: Times) -> list[tuple[str, str]]:
    """Return why nothing counts of a sitting, where a person had to say so (D9, D12)."""
    if sitting.ending is None:
        return []
    act = next(a for a in tale.facts.of_sitting(sitting.sitting_id) if a.event is sitting.ending)
    when = times.sentence(sitting.ending.at_ms)
    said = f"{words.STATES[sitting.state]}, {when}, par {tale.name(act.by)}"
    reason = sitting.ending.reason
    return [("Issue", f"{said}, motif{NBSP}: {reason}" if reason else said)]


def clock_rows(sitting: Sitting, times: Times) -> list[tuple[str, str]]:
    """Return what the exam clock said: start, time lost and given back, end due, end."""
    reading = sitting.read_clock(sitting.ended_ms or 0)
    if reading is None or sitting.started_ms is None:
        return []
    ended_ms = sitting.ended_ms
    told = [("Début", times.sentence(sitting.started_ms))]
    if sitting.started is not None and sitting.started.late_s:
        told.append(("Retard au début", french.seconds(sitting.started.late_s)))
    if ended_ms is None:
        return told
    cap = french.seconds(cap_s(sitting.plan.duration_s))
    paused_ms = sum((pause.end_ms or ended_ms) - pause.start_ms for pause in sitting.pauses)
    if paused_ms:
        told.append(("Pauses", french.length(paused_ms)))
    lost_ms = sum((outage.end_ms or ended_ms) - outage.start_ms for outage in sitting.outages)
    told.append(("Temps perdu par défaillance", french.length(lost_ms)))
    if sitting.state is SittingState.POSTPONED:
        told.append(("Interrompue", times.sentence(ended_ms)))
    else:
        given = french.seconds(reading.extension_ms // 1000)
        limit = f"sur {cap} au plus (un tiers de la durée réglementaire)"
        told += [
            ("Prolongation accordée", f"{given}, {limit}"),
            ("Fin due", times.sentence(reading.end_due_ms)),
            ("Fin", f"{times.sentence(ended_ms)}{_beside(ended_ms - reading.end_due_ms)}"),
        ]
    told.append(("Durée constatée", french.length(ended_ms - sitting.started_ms)))
    if sitting.is_postponement_advised:
        told.append(("Plafond", "atteint : seul un report restait possible"))
    return told


def lost_words(sitting: Sitting) -> str:
    """Return the total length of the outages that have ended."""
    lengths = [o.end_ms - o.start_ms for o in sitting.outages if o.end_ms is not None]
    if not lengths:
        return "aucune défaillance mesurée"
    return f"{french.length(sum(lengths))} ({french.counted(len(lengths), 'défaillance')})"


def _beside(late_ms: int) -> str:
    """Return how far from the end due a sitting was closed; nothing within a second."""
    if abs(late_ms) < SECOND_MS:
        return ""
    side = "après" if late_ms > 0 else "avant"
    return f", soit {french.length(abs(late_ms))} {side} la fin due"


def _by(tale: Tale, sitting: Sitting, kind: type[ev.SittingEvent], times: Times) -> str:
    """Return when an act of the sitting was done and by whom."""
    for act in tale.facts.of_sitting(sitting.sitting_id):
        if isinstance(act.event, kind):
            return f"{times.sentence(act.event.at_ms)}, par {tale.name(act.by)}"
    return "non"


def _examiner(tale: Tale, sitting: Sitting, examiner_id: str, times: Times) -> Data:
    person = tale.session.participant(examiner_id)
    end_ms = sitting.ended_ms or 0
    present: list[Data] = []
    for connection in tale.facts.carried(examiner_id, tale.facts.connections):
        if sitting.started_ms is None:
            continue
        start_ms = max(connection.start_ms, sitting.started_ms)
        stop_ms = min(end_ms if connection.end_ms is None else connection.end_ms, end_ms)
        if stop_ms > start_ms:
            present.append({"start": times.cell(start_ms), "end": times.cell(stop_ms)})
    return {
        "name": tale.name(examiner_id),
        "role": words.ROLES[person.role],
        "where": words.ATTENDANCE[person.presence],
        "present": present,
    }


def outage_data(tale: Tale, sitting: Sitting, outage: Outage, times: Times) -> Data:
    """Return one outage: bounds to the tenth of a second, side, and what was decided on it."""
    end_ms = outage.end_ms
    counted = sitting.counted_ms(outage, outage.start_ms if end_ms is None else end_ms)
    return {
        "number": str(sitting.outages.index(outage) + 1),
        "start": times.cell(outage.start_ms, precise=True),
        "end": times.cell(end_ms, precise=True),
        "length": "en cours" if end_ms is None else french.length(end_ms - outage.start_ms),
        "origin": _origin(tale, outage),
        "provisional": french.seconds(whole_seconds(counted)),
        "granted": None if outage.decision is None else french.seconds(outage.decision.granted_s),
        "decision": _decision(tale, sitting, outage),
        "decided": times.cell(None if outage.decision is None else outage.decision.at_ms),
    }


def _origin(tale: Tale, outage: Outage) -> list[str]:
    declaration = outage.declaration
    if declaration is None:
        return tale.origin(outage.hindrances)
    side, stream = words.SIDES[declaration.side], words.DECLARED_STREAMS[declaration.stream]
    who = tale.name(outage.declared_by)
    return [f"{side} ({stream})", f"déclarée par {who}{NBSP}: {declaration.description}"]


def _decision(tale: Tale, sitting: Sitting, outage: Outage) -> list[str]:
    decision = outage.decision
    if decision is None:
        is_void = sitting.state is SittingState.POSTPONED
        return ["sans décision : la prestation ne compte pas" if is_void else "à décider"]
    act = next(a for a in tale.facts.of_sitting(sitting.sitting_id) if a.event is decision)
    length, left = french.seconds(decision.provisional_s), decision.left_under_cap_s
    lines = [
        f"{_verb(decision)} par {tale.name(act.by)}",
        f"sur {length} ; reste {french.seconds(left)} sous le plafond",
    ]
    return [*lines, f"motif{NBSP}: {decision.reason}"] if decision.reason else lines


def _verb(decision: ev.ExtensionDecided) -> str:
    if decision.granted_s >= decision.provisional_s:
        return "accordé"
    if decision.left_under_cap_s == 0:
        return "limité au plafond"
    return "réduit" if decision.granted_s else "refusé"


def _pauses(tale: Tale, sitting: Sitting, times: Times) -> list[Data]:
    authors = [
        act.by
        for act in tale.facts.of_sitting(sitting.sitting_id)
        if isinstance(act.event, ev.SittingPaused)
    ]
    return [
        {
            "start": times.cell(pause.start_ms),
            "end": times.cell(pause.end_ms),
            "length": "—" if pause.end_ms is None else french.length(pause.end_ms - pause.start_ms),
            "by": tale.name(author),
            "reason": pause.reason or "—",
        }
        for pause, author in zip(sitting.pauses, authors, strict=True)
    ]


def _postponement(tale: Tale, sitting: Sitting, times: Times) -> list[str]:
    """Return the steps of a postponement, one sentence each; empty if none was asked for."""
    acts = tale.facts.of_sitting(sitting.sitting_id)
    return [sentence for act in acts if (sentence := _step(tale, act, times))]


def _step(tale: Tale, act: Act, times: Times) -> str | None:
    event = act.event
    match event:
        case ev.PostponementRequested():
            reason = f"{NBSP}: {event.reason}" if event.reason else ""
            who = tale.name(act.by)
            return f"Demandé par {who} à {times.sentence(event.at_ms)}{reason}"
        case ev.PostponementAgreed():
            office = tale.office_name(event.office_id)
            who = tale.name(act.by)
            return f"Accord ({office}) par {who}, à {times.sentence(event.at_ms)}"
        case ev.SittingPostponed():
            when = times.sentence(event.at_ms)
            return f"Report décidé conjointement à {when} ; la prestation interrompue ne compte pas"
        case _:
            return None


def outcome_data(told: Tale, sitting: Sitting) -> Data:
    """Return what the jury decided on a sitting's candidate, or why it did not."""
    candidate_id = sitting.plan.candidate_id
    decision = told.session.deliberation.decisions.get(candidate_id)
    adopted = None if decision is None else decision.adopted
    if adopted is None:
        outcome = f"sans décision : {words.STATES[sitting.state]}"
    else:
        outcome = words.OUTCOMES[adopted.outcome]
    return {
        "candidate": told.name(candidate_id),
        "outcome": outcome,
        "blocks": [] if adopted is None else list(adopted.blocks),
    }


def quiet_incidents(tale: Tale, sitting: Sitting) -> list[Interruption]:
    """Return the interruptions during a sitting that stopped nothing."""
    if sitting.started_ms is None or sitting.ended_ms is None:
        return []
    stopped = {
        (hindrance.participant_id, hindrance.stream, hindrance.since_ms)
        for outage in sitting.outages
        for hindrance in outage.hindrances
    }
    return [
        found
        for found in interruptions(tale, sitting.members(), sitting.started_ms, sitting.ended_ms)
        if (found.participant_id, found.stream, found.start_ms) not in stopped
    ]


def interruptions(tale: Tale, members: set[str], start_ms: int, end_ms: int) -> list[Interruption]:
    """Return what did not arrive from `members` at some moment between two instants."""
    return [
        found
        for found in tale.facts.interruptions
        if found.participant_id in members
        and found.start_ms < end_ms
        and (found.end_ms is None or found.end_ms > start_ms)
    ]


def incident_data(tale: Tale, found: Interruption, times: Times) -> Data:
    length = "—" if found.end_ms is None else french.length(found.end_ms - found.start_ms)
    return {
        "who": tale.side(found.participant_id),
        "what": f"{words.STREAMS[found.stream]} ; {words.CAUSES[found.cause]}",
        "start": times.cell(found.start_ms, precise=True),
        "end": times.cell(found.end_ms, precise=True),
        "length": length,
    }
