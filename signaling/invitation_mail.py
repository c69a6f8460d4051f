"""The mail that carries an invitation's link: French, plain text, and nothing that is secret twice.

The code that a link asks for besides is not in it: who reads somebody's mail would have both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from auth.invitations import digest
from signaling.refusals import RequestError
from visiojury.documents.zones import clock
from visiojury.exam import events as ev
from visiojury.exam.state import Session

SUBJECT = "Votre lien pour une session par visioconférence"

_BODY = """\
Bonjour,

{office} vous invite à la session « {title} » ({diploma}), qui se tient par visioconférence.

Voici votre lien personnel. Ouvrez-le dans le navigateur de l’appareil que vous utiliserez :

{link}

Il sert sur un seul appareil et s’ouvre jusqu’au {until}.{asked}
Ne le transmettez à personne : qui l’ouvre entre à votre place.

Une question : {contact}.
{office}
"""
_ASKED = {
    "code": (
        "\nIl vous sera demandé un code : la direction vous le donne par téléphone ou de vive "
        "voix, jamais par courriel."
    ),
    "totp": "\nIl vous sera demandé le code que montre votre application d’authentification.",
    "openid": "\nVous vous connecterez avec votre compte d’agent.",
    "passkey": "\nVous vous connecterez avec votre clé d’accès.",
    "nothing": "",
}


def unused(session: Session, participant_id: str, secret: str, now_ms: int) -> ev.InvitationIssued:
    """Return the invitation of that secret, if it still waits for this person.

    Raises:
        RequestError: `mail_link_foreign`: another's, none of this session's, used or over.
    """
    wanted = digest(secret)
    for access in session.standing_access(participant_id).values():
        invitation = access.invitation
        is_waiting = access.device_key is None and now_ms < invitation.expires_ms
        if is_waiting and invitation.secret_digest == wanted:
            return invitation
    raise RequestError("mail_link_foreign")


def invitation_mail(
    session: Session,
    invitation: ev.InvitationIssued,
    link: str,
    *,
    sender: str,
    address: str,
    now_ms: int,
) -> EmailMessage:
    """Return the message that gives `link` to whoever reads the mail of `address`."""
    office = session.organising_office
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, address, SUBJECT
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ms // 1000, UTC))
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5: no answer is sent to it.
    message["Content-Language"] = "fr"
    message.set_content(
        _BODY.format(
            office=office.name,
            title=session.info.title,
            diploma=session.info.diploma.title,
            link=link,
            until=_until(session, invitation),
            asked=_ASKED[_factor(invitation)],
            contact=office.contact,
        ),
        cte="quoted-printable",
    )
    return message


def _until(session: Session, invitation: ev.InvitationIssued) -> str:
    """Return until when the link opens, by the clock of the person's own office (S5)."""
    office = session.office(session.subject(invitation.participant_id).office_id)
    theirs = clock(office.time_zone)
    at_ms = invitation.expires_ms
    return f"{theirs.date(at_ms)} à {theirs.hour(at_ms)} ({theirs.whose})"


def _factor(invitation: ev.InvitationIssued) -> str:
    if invitation.openid_issuer is not None:
        return "openid"
    if invitation.totp is not None:
        return "totp"
    if invitation.code_digest is not None:
        return "code"
    return "passkey" if invitation.needs_passkey else "nothing"
