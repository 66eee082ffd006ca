"""People, notes and files of a donor, read from texts: what forms send, checked as every record is.

`''` means "not given". A pledge or receipt that is named belongs to the same donor.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from tracker.domain.register import Register
from tracker.domain.rows import MAX_TEXT, Reading, Row
from tracker.domain.vocabulary import FILE_KINDS

LANGUAGES: Final = ("en", "fr", "es", "ar", "zh", "ru", "pt", "de", "it", "nl", "ja")
"""Languages that the Secretariat writes to people in (ISO 639-1), the usual ones first."""

_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./\-]{3,38}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """A person at a donor."""

    name: str
    role: str
    email: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """Something to remember, on a day; of one pledge where it names one."""

    dated_on: date
    text: str
    pledge: str


@dataclass(frozen=True, slots=True)
class CaretakerEntry:
    """Who looks after a donor, or after one of its pledges. `user` is an e-mail."""

    user: str
    pledge: str


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What a file is, and which pledge or receipt it belongs to."""

    kind: str
    pledge: str
    receipt: str


def read_contact(raw: Mapping[str, str]) -> Reading[ContactEntry]:
    """A contact's form."""
    row = Row(raw)
    name, role = row.text("name", required=True), row.text("role")
    email, phone = row.text("email", most=254), row.text("phone", most=40)
    if email and not _looks_like_email(email):
        row.wrong("not_an_email", "email", text=email)
    if phone and not _PHONE.fullmatch(phone):
        row.wrong("not_a_phone", "phone", text=phone)
    language = row.choice("language", LANGUAGES, "") if raw.get("language") else ""
    return row.done(lambda: ContactEntry(name, role, email, phone, language))


def _looks_like_email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(at and name and "." in host.strip(".") and not any(c.isspace() for c in text))


def read_note(raw: Mapping[str, str], donor: str, register: Register) -> Reading[NoteEntry]:
    """A note's form. A day after today is questioned."""
    row = Row(raw)
    day, text = row.day("dated_on", required=True), row.text("text", most=MAX_TEXT, required=True, lines=True)
    row.future(day, "dated_on", register)
    pledge = _pledge(row, donor, register)
    return row.done(lambda: NoteEntry(day or register.today, text, pledge))


def read_caretaker(
    raw: Mapping[str, str], donor: str, register: Register, users: Collection[str]
) -> Reading[CaretakerEntry]:
    """A caretaker's form. `users` are the addresses of active officers and administrators."""
    row = Row(raw)
    user, pledge = row.text("user", required=True), _pledge(row, donor, register)
    if user and user not in users:
        row.wrong("not_a_caretaker", "user", text=user)
    return row.done(lambda: CaretakerEntry(user, pledge))


def read_file(raw: Mapping[str, str], donor: str, register: Register) -> Reading[FileEntry]:
    """A file's form, without the file itself: what it is, and what it belongs to."""
    row = Row(raw)
    kind = row.choice("kind", FILE_KINDS, "other")
    pledge, receipt = _pledge(row, donor, register), row.text("receipt")
    entry = register.receipts.get(receipt)
    if receipt and entry is None:
        row.wrong("unknown_receipt", "receipt", text=receipt)
    elif entry is not None and entry.receipt.donor != donor:
        row.wrong("another_donors_receipt", "receipt", text=receipt, owner=entry.receipt.donor, donor=donor)
    return row.done(lambda: FileEntry(kind, pledge, receipt))


def _pledge(row: Row, donor: str, register: Register) -> str:
    pledge = row.text("pledge")
    entry = register.pledges.get(pledge)
    if pledge and entry is None:
        row.wrong("unknown_pledge", "pledge", text=pledge)
    elif entry is not None and entry.pledge.donor != donor:
        row.wrong("another_donors_pledge", "pledge", text=pledge, owner=entry.pledge.donor, donor=donor)
    return pledge
