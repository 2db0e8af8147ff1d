"""E-mail by SMTP, encrypted unless the server is this machine."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from mediamix.core.spec.alerts import Mail
from mediamix.training.alerts.channel import Channel, Sending, Unsent
from mediamix.training.alerts.message import Message


def send(sending: Sending, address: str, message: Message) -> None:
    """One message to one address.

    Its id is made of what it tells to whom, so that a mailbox which gets it twice (a training was killed
    between sending and noting that) may keep one.

    Raises:
        Unsent: The server can't be reached, isn't safe, or refuses.
    """
    mail = sending.alerts.mail
    if mail is None:
        raise Unsent(
            "the spec names no server of e-mail", next_step="say alerts: {mail: {host: …, sender: …}}"
        )
    made = EmailMessage(policy=SMTP)
    made["Subject"] = message.subject
    made["From"] = mail.sender
    made["To"] = address
    made["Date"] = format_datetime(sending.now)
    made["Message-ID"] = f"<{message.id}@{mail.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(message.text)
    login = None
    if mail.user is not None and mail.password is not None:
        login = (sending.secret(mail.user), sending.secret(mail.password))
    try:
        _deliver(mail, made, login, sending.patience)
    except smtplib.SMTPNotSupportedError as error:
        raise Unsent(
            f"{mail.host}:{mail.port} can't do what is asked: {error}",
            expected="STARTTLS (and a login over it)",
            next_step="say `security: tls` with the port for it (465), or name another server",
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        raise Unsent(
            f"{mail.host}:{mail.port} refuses the login ({error.smtp_code})",
            next_step=f"check what {mail.user} and {mail.password} hold",
        ) from None
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), "")
        raise Unsent(
            f"{mail.host}:{mail.port} refuses {address} ({code})", next_step="check the address"
        ) from None
    except smtplib.SMTPResponseException as error:
        raise Unsent(f"{mail.host}:{mail.port} refuses ({error.smtp_code})") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise Unsent(
            f"{mail.host}:{mail.port} can't be reached, or isn't safe: {type(error).__name__}",
            got=str(error).splitlines()[0] if str(error) else "",
            next_step="check host, port and security of alerts.mail",
        ) from None


def _deliver(mail: Mail, made: EmailMessage, login: tuple[str, str] | None, patience: float) -> None:
    server: smtplib.SMTP
    if mail.security == "tls":
        server = smtplib.SMTP_SSL(
            mail.host, mail.port, timeout=patience, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=patience)
    with server:
        if mail.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if login is not None:
            server.login(*login)
        server.send_message(made)


CHANNEL = Channel("email", lambda recipients: tuple(recipients.email), send)
