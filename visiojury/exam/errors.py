"""Refusals of the exam rules.

ExamError
├── NotAllowedError            the role or the office has no right to this act
├── IllegalTransitionError     the act is not possible in this state
├── NotFoundError              the thing named does not exist in this session
├── DefinitionError            a session as entered cannot be held
├── NotReadyError              something that must come first is missing
├── ExtensionError             the seconds asked for are not to be given
└── DecisionError              the jury cannot decide this, or not now

One level below the base; the stable `code` says exactly which refusal it is.
"""


class ExamError(Exception):
    """A refusal we can explain to whoever caused it; anything else is a bug.

    `code` is the stable identifier on the wire; `detail` holds the facts that a message needs.
    """

    def __init__(self, code: str, **detail: str | int) -> None:
        super().__init__(" ".join([code, *(f"{key}={value}" for key, value in detail.items())]))
        self.code = code
        self.detail = detail


class NotAllowedError(ExamError):
    """Codes: `not_allowed`, `foreign_office`, `not_a_member`."""


class IllegalTransitionError(ExamError):
    """Code: `illegal_transition`, with `state` and `step`."""


class NotFoundError(ExamError):
    """Codes: `participant_unknown`, `sitting_unknown`, `outage_unknown`, `help_unknown`..."""


class DefinitionError(ExamError):
    """Codes: `session_not_pooled`, `commission_too_small`, `reference_unknown`..."""


class NotReadyError(ExamError):
    """Codes: `identity_unchecked`, `attestation_unsigned`, `candidate_not_connected`..."""


class ExtensionError(ExamError):
    """Codes: `extension_over_length`, `extension_over_cap`, `outage_open`, `outage_undecided`."""


class DecisionError(ExamError):
    """Codes: `quorum_not_met`, `member_cut_off`, `votes_missing`, `no_majority`..."""
