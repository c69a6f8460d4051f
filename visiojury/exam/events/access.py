"""Links, devices, who let whom in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, MaxLen, MinLen

from visiojury.exam.events.base import Occurred
from visiojury.exam.people import PERSONAL, Identifier, Milliseconds, Name, PersonName

Contest = Literal["offer", "token", "ticket", "key", "connection"]
"""Another certificate's offer; a token or a ticket used again or by somebody else; a token
without its key; a second connection beside a live one."""

KeyText = Annotated[str, MinLen(1), MaxLen(1400), PERSONAL]
"""Base64url of what names or verifies a person's key: at most 1,050 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationIssued(Occurred):
    invitation_id: Identifier
    participant_id: Identifier
    secret_digest: Name
    code_digest: Name | None
    not_before_ms: Milliseconds
    expires_ms: Milliseconds
    totp: Name | None = None
    """Secret of the person's authenticator application, sealed; None: none is asked for."""
    openid_issuer: Name | None = None
    """The OpenID provider at which the person signs in; None: at none."""
    needs_passkey: bool = False
    """A passkey is asked for; with the code, while the person has none."""
    type: Literal["invitation.issued"] = "invitation.issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in at an OpenID provider, as the provider vouches for it."""

    participant_id: Identifier
    issuer: Name
    subject: PersonName
    """The person's identifier at that provider, and nowhere else."""
    acr: Name
    """Level of assurance."""
    is_high: bool = False
    """Whether this installation takes that level for a check of identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A person's passkey as it stands after a use: its first registers it."""

    participant_id: Identifier
    credential_id: KeyText
    public_key: KeyText
    """COSE (RFC 9052)."""
    sign_count: Annotated[int, Ge(0)]
    """A use that does not raise it is refused; 0: the authenticator does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRedeemed(Occurred):
    invitation_id: Identifier
    device_key: Name
    """Thumbprint (RFC 7638) of the device key that the access is bound to."""
    totp_step: Annotated[int, Ge(0)] | None = None
    """Time step (RFC 6238) of the authenticator's code, which is not accepted again."""
    sign_in: SignIn | None = None
    passkey: Passkey | None = None
    type: Literal["invitation.redeemed"] = "invitation.redeemed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRefused(Occurred):
    """A wrong second factor: counted, so that codes cannot be tried out."""

    invitation_id: Identifier
    code: Name
    type: Literal["invitation.refused"] = "invitation.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRevoked(Occurred):
    invitation_id: Identifier
    type: Literal["invitation.revoked"] = "invitation.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSignedOut(Occurred):
    """The person gave their access back: the link is used up, the passkey stays."""

    invitation_id: Identifier
    type: Literal["access.signed_out"] = "access.signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRevoked(Occurred):
    """It opens no link any more; the next that asks for a passkey registers another."""

    participant_id: Identifier
    type: Literal["passkey.revoked"] = "passkey.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessContested(Occurred):
    """Somebody tried what only one device of one person may do, and who that is is in doubt."""

    participant_id: Identifier
    """As whom it was tried."""
    what: Contest
    type: Literal["access.contested"] = "access.contested"
