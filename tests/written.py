"""The tables of the rules, written out a second time: a slip in one must not be its own proof.

Who may ask for what (`RIGHTS`), what each state of a sitting (`LEGAL`) and of its session
(`SESSION_LEGAL`) allows, and what each command is to both (`SITTING_STEPS`, `SESSION_STEPS`).
By name and not by type, so that a table of the product cannot be copied by accident.
"""

from __future__ import annotations

RIGHTS = {
    "open_session": {"organiser"},
    "suspend_session": {"organiser", "session_manager"},
    "continue_session": {"organiser", "session_manager"},
    "cancel_session": {"organiser", "session_manager"},
    "move_session": {"organiser", "session_manager"},
    "add_office": {"organiser"},
    "add_day": {"organiser"},
    "enrol_participant": {"organiser"},
    "withdraw_participant": {"organiser"},
    "declare_relation": {"organiser"},
    "withdraw_relation": {"organiser"},
    "schedule_sitting": {"organiser"},
    "reschedule_sitting": {"organiser"},
    "cancel_sitting": {"organiser"},
    "take_duty": {"organiser", "invigilator", "session_manager"},
    "hand_over_duty": {"organiser", "invigilator", "session_manager"},
    "record_station_test": {"organiser", "invigilator"},
    "record_device_check": {
        "organiser",
        "invigilator",
        "session_manager",
        "technician",
        "chair",
        "examiner",
        "candidate",
        "assistant",
        "station",
    },
    "open_technical_test": {"organiser", "invigilator", "session_manager"},
    "close_technical_test": {"organiser", "invigilator", "session_manager"},
    "enrol_station": {"organiser", "invigilator"},
    "withdraw_station": {"organiser", "invigilator"},
    "attest_presence": {"organiser", "invigilator"},
    "leave_station": {"organiser", "invigilator", "station"},
    "record_arrival": {"organiser", "invigilator"},
    "check_identity": {"organiser", "invigilator"},
    "accept_sign_in": {"organiser"},
    "ask_identity_check": {"chair", "examiner"},
    "refuse_identity": {"organiser", "invigilator"},
    "sign_attendance": {
        "organiser",
        "invigilator",
        "chair",
        "examiner",
        "candidate",
        "assistant",
    },
    "sign_attestation": {"invigilator", "candidate"},
    "admit": {"invigilator"},
    "mark_absent": {"invigilator"},
    "start": {"chair"},
    "pause": {"chair", "invigilator"},
    "resume": {"chair"},
    "declare_outage": {"organiser", "invigilator", "chair", "examiner"},
    "end_outage": {"organiser", "invigilator", "chair", "examiner"},
    "withdraw_outage": {"organiser", "invigilator", "chair", "examiner"},
    "decide_extension": {"chair"},
    "set_muted": {"chair", "organiser"},
    "send_out": {"chair", "organiser"},
    "let_back_in": {"chair", "organiser"},
    "share_screen": {"chair", "examiner", "candidate"},
    "stop_screen": {"chair", "examiner", "candidate", "organiser"},
    "note_finding": {"organiser", "invigilator"},
    "note_remarks": {"invigilator", "candidate"},
    "sign_incident_sheet": {"organiser", "invigilator"},
    "hand_incident_sheet": {"organiser", "invigilator"},
    "request_postponement": {"chair", "examiner"},
    "agree_postponement": {"organiser", "invigilator"},
    "void_sitting": {"organiser", "invigilator"},
    "expel_candidate": {"chair", "session_manager"},
    "withdraw_candidate": {"invigilator"},
    "close": {"chair"},
    "call_help": {"chair", "examiner", "candidate", "assistant", "invigilator", "station"},
    "answer_help": {"organiser", "invigilator"},
    "open_deliberation": {"chair"},
    "begin_roll_call": {"chair"},
    "try_hearing": {"chair"},
    "answer_roll_call": {"chair"},
    "continue_without": {"chair"},
    "recuse_member": {"chair", "examiner"},
    "show_document": {"chair", "examiner"},
    "take_up_candidate": {"chair", "examiner"},
    "propose_decision": {"chair", "examiner"},
    "cast_vote": {"chair", "examiner"},
    "adopt_decision": {"chair", "examiner"},
    "close_deliberation": {"chair"},
    "sign_minutes": {"chair", "examiner", "session_manager"},
    "explain_missing_signature": {"chair", "organiser"},
    "write_amendment": {"chair", "organiser"},
    "sign_amendment": {"chair", "examiner", "session_manager"},
    "deliver_minutes": {"organiser"},
    "publish_results": {"organiser"},
    "send_extract": {"organiser"},
    "acknowledge_extract": {"invigilator", "organiser"},
    "enter_appeal": {"organiser"},
    "close_appeal": {"organiser"},
    "revoke_invitation": {"organiser"},
}
"""By command: the roles that may ask for it."""

_TABLE = """
                      scheduled admitted  running   paused    closed postponed absent withdrawn expelled voided cancelled
reschedule            .         .         -         -         -      -         -      -         -        -      -
cancel                cancelled -         -         -         -      -         -      -         -        -      -
check_in              .         -         -         -         -      -         -      -         -        -      -
admit                 admitted  -         -         -         -      -         -      -         -        -      -
start                 -         running   -         -         -      -         -      -         -        -      -
pause                 -         -         paused    -         -      -         -      -         -        -      -
resume                -         -         -         running   -      -         -      -         -        -      -
declare_outage        -         -         .         .         -      -         -      -         -        -      -
decide_extension      -         -         .         .         -      -         -      -         -        -      -
keep_order            -         .         .         .         -      -         -      -         -        -      -
share_screen          -         .         .         .         -      -         -      -         -        -      -
note                  -         -         .         .         .      .         -      .         .        .      -
sign_sheet            -         -         -         -         .      .         -      .         .        .      -
request_postponement  -         .         .         .         -      -         -      -         -        -      -
postpone              -         postponed postponed postponed -      -         -      -         -        -      -
close                 -         -         closed    -         -      -         -      -         -        -      -
mark_absent           absent    -         -         -         -      -         -      -         -        -      -
withdraw              withdrawn withdrawn withdrawn withdrawn -      -         -      -         -        -      -
expel                 expelled  expelled  expelled  expelled  -      -         -      -         -        -      -
void                  -         -         voided    voided    voided -         -      -         -        -      -
"""  # noqa: E501 - a table is read as one


def _read(table: str) -> dict[tuple[str, str], str]:
    head, *lines = table.strip("\n").splitlines()
    states = head.split()
    rows = {step: cells for step, *cells in (line.split() for line in lines)}
    return {
        (state, step): state if cell == "." else cell
        for step, cells in rows.items()
        for state, cell in zip(states, cells, strict=True)
        if cell != "-"
    }


LEGAL = _read(_TABLE)
"""By state of a sitting and step: the state after it. In the table, a dash: refused; a dot: the
state stays."""

SITTING_STEPS = {
    "reschedule_sitting": "reschedule",
    "cancel_sitting": "cancel",
    "sign_attestation": "check_in",
    "admit": "admit",
    "mark_absent": "mark_absent",
    "start": "start",
    "pause": "pause",
    "resume": "resume",
    "declare_outage": "declare_outage",
    "end_outage": "declare_outage",
    "withdraw_outage": "declare_outage",
    "decide_extension": "decide_extension",
    "set_muted": "keep_order",
    "send_out": "keep_order",
    "let_back_in": "keep_order",
    "share_screen": "share_screen",
    "stop_screen": "share_screen",
    "note_finding": "note",
    "note_remarks": "note",
    "sign_incident_sheet": "sign_sheet",
    "hand_incident_sheet": "sign_sheet",
    "request_postponement": "request_postponement",
    "agree_postponement": "postpone",
    "void_sitting": "void",
    "expel_candidate": "expel",
    "withdraw_candidate": "withdraw",
    "close": "close",
}
"""By command on a sitting: what it is to the sitting."""

_BEFORE = {"access", "plan", "prepare", "test", "give_up"}
_AFTER = {"access", "follow_up"}
SESSION_LEGAL = {
    "draft": _BEFORE | {"open"},
    "open": _BEFORE | {"duty", "hold", "tend", "deliberate", "suspend"},
    "in_progress": _BEFORE | {"duty", "hold", "tend", "deliberate", "suspend"},
    "suspended": _BEFORE | {"duty", "tend", "continue"},
    "deliberating": {"access", "prepare", "duty", "tend", "deliberate", "suspend"},
    "closed": _AFTER,
    "archived": _AFTER,
    "cancelled": _AFTER,
    "moved": _AFTER,
}
"""By state of a session: what may be done in it."""

SESSION_CODES = {
    "draft": "session_not_open",
    "open": "illegal_transition",
    "in_progress": "illegal_transition",
    "suspended": "session_suspended",
    "deliberating": "illegal_transition",
    "closed": "record_sealed",
    "archived": "record_sealed",
    "cancelled": "session_given_up",
    "moved": "session_given_up",
}
"""By state of a session: the code of its refusals."""

_PLANNED = ("add_office", "add_day", "enrol_participant", "withdraw_participant")
_PLANNED_SITTINGS = ("schedule_sitting", "reschedule_sitting", "cancel_sitting")
_FOLLOWING = (
    "sign_minutes",
    "explain_missing_signature",
    "write_amendment",
    "sign_amendment",
    "deliver_minutes",
    "publish_results",
    "send_extract",
    "acknowledge_extract",
    "enter_appeal",
    "close_appeal",
)
_PREPARED = (
    "declare_relation",
    "withdraw_relation",
    "record_station_test",
    "record_device_check",
    "enrol_station",
    "withdraw_station",
)
_DELIBERATED = (
    "open_deliberation",
    "begin_roll_call",
    "try_hearing",
    "answer_roll_call",
    "continue_without",
    "recuse_member",
    "show_document",
    "take_up_candidate",
    "propose_decision",
    "cast_vote",
    "adopt_decision",
    "close_deliberation",
)
SESSION_STEPS = {
    **dict.fromkeys(RIGHTS, "tend"),
    **dict.fromkeys((*_PLANNED, *_PLANNED_SITTINGS), "plan"),
    **dict.fromkeys(_PREPARED, "prepare"),
    **dict.fromkeys(("take_duty", "hand_over_duty"), "duty"),
    **dict.fromkeys(("open_technical_test", "close_technical_test"), "test"),
    **dict.fromkeys(("admit", "start", "resume"), "hold"),
    **dict.fromkeys(("cancel_session", "move_session"), "give_up"),
    **dict.fromkeys(_DELIBERATED, "deliberate"),
    **dict.fromkeys(_FOLLOWING, "follow_up"),
    "revoke_invitation": "access",
    "open_session": "open",
    "suspend_session": "suspend",
    "continue_session": "continue",
}
"""By command: what it is to the session."""
