"""Sending mail: one message at a time, over TLS, told at once whether the mail server took it.

Nothing is queued here and nothing is tried again: whoever sent reads the answer and decides.
Who gets what is not known here either (`invitation_mail.py`); no address is logged.

Source: RFC 5321; RFC 3207 (STARTTLS); RFC 8314 section 3 (TLS from the first byte).
"""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY

import aiosmtplib
import structlog

from signaling import telemetry
from signaling.errors import StartError
from signaling.refusals import RequestError
from signaling.settings import SMTP

log = structlog.get_logger()

_THEIRS = (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPRecipientRefused)


class Mailer:
    """The installation's mail server, asked anew for each message."""

    def __init__(self, settings: SMTP, password: str, context: ssl.SSLContext) -> None:
        assert settings.host is not None
        assert settings.sender is not None
        self.sender = settings.sender
        self._host = settings.host
        self._settings = settings
        self._password = password
        self._context = context

    async def send(self, message: EmailMessage) -> None:
        """Hand `message` over to the mail server.

        Raises:
            RequestError: `mail_refused` (the address), `mail_unavailable` (everything else): the
                mail server did not say that it took the message.
        """
        settings = self._settings
        try:
            async with asyncio.timeout(settings.timeout_s):
                await aiosmtplib.send(
                    message.as_bytes(policy=SMTP_POLICY),
                    sender=self.sender,
                    recipients=[message["To"]],
                    hostname=self._host,
                    port=settings.port,
                    username=settings.user,
                    password=self._password or None,
                    local_hostname=self.sender.rpartition("@")[2],
                    use_tls=settings.security == "tls",
                    start_tls=settings.security == "starttls",
                    tls_context=self._context,
                    timeout=settings.timeout_s,
                )
        except _THEIRS:
            telemetry.MAILS.labels("refused").inc()
            raise RequestError("mail_refused") from None
        except (aiosmtplib.SMTPException, OSError) as error:  # TimeoutError is one of the latter
            telemetry.MAILS.labels("failed").inc()
            # The kind alone: what a server answers may quote the address.
            log.warning("mail.failed", reason=type(error).__name__)
            raise RequestError("mail_unavailable") from None
        telemetry.MAILS.labels("sent").inc()


def mailer_of(settings: SMTP, password: str) -> Mailer | None:
    """Return what sends mail, if anything does. Raises: StartError."""
    if settings.host is None:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.certificates)
    except OSError:  # ssl.SSLError is one
        raise StartError(
            f"smtp.certificates = {settings.certificates} : aucun certificat PEM lisible. Donnez "
            "celui de l’autorité du serveur de messagerie, ou retirez ce réglage."
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return Mailer(settings, password, context)
