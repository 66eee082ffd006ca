"""Mail: a letter of plain texts becomes a message, and goes to the mail server or into the outbox.

Whatever a name holds, it stays a name: no line break, quote or sign in it makes a header or a tag. The
outbox is a folder that only the program's own user may read; a message in it may be opened in any mail
program and sent from there. Nothing here reads the clock, and nothing is logged that a letter says.
"""

import logging
import re
import secrets
import smtplib
import ssl
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from pathlib import Path
from typing import Final, Literal

from tracker.config import MAIL_ADDRESS, Smtp
from tracker.reporting.files import replacing

TIMEOUT_SECONDS: Final = 10
OUTBOX: Final = "outbox"
Reason = Literal["unreachable", "slow", "unsafe", "sign_in", "address", "sender", "refused"]
_UNSEEN: Final = ("C", "Zl", "Zp")
_POLICY: Final = SMTP.clone(refold_source="none")
_WORDS: Final = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*", re.ASCII)
_PLAIN: Final = re.compile(r"[ !#-\[\]-~]*", re.ASCII)
_LINE_CHARACTERS: Final = 60
_WORD_BYTES: Final = 42
log = logging.getLogger("tracker")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to one person. `link` is a paragraph of its own, and the one that can be clicked."""

    to_name: str
    to_address: str
    reply_name: str
    reply_address: str
    subject: str
    opening: tuple[str, ...]
    link: str = field(repr=False)
    closing: tuple[str, ...]
    language: str = "en"

    def paragraphs(self) -> tuple[str, ...]:
        """All of it, in reading order."""
        return (*self.opening, self.link, *self.closing)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not sent: the reason, and the mail server's own number for it (0: it gave none)."""

    reason: Reason
    code: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message: sent; or kept in the outbox under a name ('' where not even that worked)."""

    sent: bool
    kept_as: str = ""
    failure: Failure | None = None


def message_of(letter: Letter, *, sender: str, at_utc: datetime) -> EmailMessage:
    """A letter as a message: plain text, with the same in simple HTML. Raises `ValueError` on no address."""
    name, address = parseaddr(sender)
    headers = {
        "From": _person(name, address),
        "To": _person(letter.to_name, letter.to_address),
        "Subject": _encoded(letter.subject),
        "Date": format_datetime(at_utc),
        "Message-ID": f"<{secrets.token_hex(16)}@{address.rpartition('@')[2]}>",
    }
    if letter.reply_address:
        headers["Reply-To"] = _person(letter.reply_name, letter.reply_address)
    message = EmailMessage(policy=_POLICY)
    for header, text in headers.items():
        message.set_raw(header, text)  # as it stands here: folded anew, long names would lose their quotes
    message.set_content("\n\n".join(letter.paragraphs()) + "\n", cte="quoted-printable")
    message.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
    return message


def one_line(text: str) -> str:
    """A text for a header: characters that cannot be seen or break a line become blanks.

    >>> one_line("A. B\\r\\nBcc: all@example.org")
    'A. B Bcc: all@example.org'
    """
    seen = (" " if unicodedata.category(c).startswith(_UNSEEN) else c for c in text)
    return " ".join("".join(seen).split())


def deliver(message: EmailMessage, *, smtp: Smtp | None, outbox: Path, at_utc: datetime) -> Delivery:
    """Send a message; keep it in the outbox where there is no mail server, or where it did not take it."""
    failure = _send(message, smtp) if smtp is not None else None
    if smtp is not None and failure is None:
        return Delivery(sent=True)
    try:
        return Delivery(False, keep(message, outbox, at_utc), failure)
    except OSError as error:
        log.error("message not kept in the outbox: %s", error.strerror)
        return Delivery(False, "", failure)


def keep(message: EmailMessage, outbox: Path, at_utc: datetime) -> str:
    """Write a message into the outbox, whole or not at all; its file's name. Raises `OSError`."""
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    outbox.chmod(0o700)
    name = f"{at_utc:%Y%m%dT%H%M%SZ}-{secrets.token_hex(6)}.eml"
    with replacing(outbox / name) as beside:
        beside.chmod(0o600)
        beside.write_bytes(message.as_bytes())
    return name


def mailable(address: str) -> bool:
    """Whether a text is one address that mail can carry.

    >>> mailable("a@b.example"), mailable("a@b.example, c@d.example"), mailable("é@b.example")
    (True, False, False)
    """
    return MAIL_ADDRESS.fullmatch(address) is not None


def _person(name: str, address: str) -> str:
    if not mailable(address):
        raise ValueError("not one address")
    name = one_line(name)
    if not name:
        return address
    if _is_plain(name) and not _WORDS.fullmatch(name):
        return f'"{name}" <{address}>'
    return f"{_encoded(name)}\r\n <{address}>"


def _is_plain(text: str) -> bool:
    """Short, without what a header would read as more than text."""
    return len(text) <= _LINE_CHARACTERS and "=?" not in text and _PLAIN.fullmatch(text) is not None


def _encoded(text: str) -> str:
    """A text for a header, as it is where that is plain, else in encoded words (RFC 2047), one a line."""
    text = one_line(text)
    if _is_plain(text):
        return text
    pieces = [b""]
    for character in text:
        more = character.encode()
        if len(pieces[-1]) + len(more) > _WORD_BYTES:
            pieces.append(b"")
        pieces[-1] += more
    words = (f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in pieces)
    return "\r\n ".join(words)


def _html(letter: Letter) -> str:
    return "\n".join(_html_lines(letter)) + "\n"


def _html_lines(letter: Letter) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="{escape(letter.language)}">'
    yield f'<head><meta charset="utf-8"><title>{escape(letter.subject)}</title></head>\n<body>'
    yield from (f"<p>{escape(text)}</p>" for text in letter.opening)
    yield f'<p><a href="{escape(letter.link)}">{escape(letter.link)}</a></p>'
    yield from (f"<p>{escape(text)}</p>" for text in letter.closing)
    yield "</body>\n</html>"


def _send(message: EmailMessage, smtp: Smtp) -> Failure | None:
    """Give a message to the mail server. What went wrong, or None; what the server says is not repeated."""
    try:
        _speak(message, smtp)
    except (OSError, UnicodeError) as error:  # every SMTPException is an OSError
        failure = _failure(error)
        log.warning("message not sent: %s %s", failure.reason, failure.code or "")
        return failure
    return None


def _speak(message: EmailMessage, smtp: Smtp) -> None:
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    with closing(_opened(smtp, sender.rpartition("@")[2])) as client:
        if smtp.security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if smtp.user:
            client.login(smtp.user, smtp.password)
        client.sendmail(sender, [recipient], message.as_bytes())
        with suppress(OSError):  # it is taken; how the server says good-bye changes nothing
            client.quit()


def _opened(smtp: Smtp, greeting: str) -> smtplib.SMTP:
    where = (smtp.host, smtp.port, greeting)  # a greeting given, no name has to be looked up
    if smtp.security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)


def _failure(error: Exception) -> Failure:
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return Failure("address", next(iter(refused.values()))[0])
        case smtplib.SMTPAuthenticationError(smtp_code=code):
            return Failure("sign_in", code)
        case smtplib.SMTPSenderRefused(smtp_code=code):
            return Failure("sender", code)
        case smtplib.SMTPServerDisconnected(__context__=cause):
            return Failure("slow" if isinstance(cause, TimeoutError) else "unreachable")
        case smtplib.SMTPResponseException(smtp_code=code):
            return Failure("refused", max(code, 0))
        case smtplib.SMTPNotSupportedError() | ssl.SSLError():
            return Failure("unsafe")
        case smtplib.SMTPException():
            return Failure("refused")
        case TimeoutError():
            return Failure("slow")
        case _:
            return Failure("unreachable")
