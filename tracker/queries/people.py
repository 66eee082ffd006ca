"""Contacts, notes, files and caretakers of donors, read: plain rows for pages. Voided ones are left out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tracker.models import (
    Attachment,
    AttachmentContent,
    Caretaker,
    Contact,
    Donor,
    Note,
    Pledge,
    Receipt,
    User,
)

Rows = Select[*tuple[Any, ...]]
What = Literal["contacts", "notes", "files", "caretakers"]
TABLES: dict[What, type[Contact | Note | Attachment | Caretaker]] = {
    "contacts": Contact,
    "notes": Note,
    "files": Attachment,
    "caretakers": Caretaker,
}
CARETAKING = ("admin", "officer")
"""Roles that may look after a donor."""


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person at a donor."""

    id: int
    version: int
    donor: str
    name: str
    role: str
    email: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Something to remember; `author` is who wrote it, by name where there is one."""

    id: int
    version: int
    donor: str
    pledge: str | None
    dated_on: date
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file, without its bytes."""

    id: int
    version: int
    donor: str
    pledge: str | None
    receipt: str | None
    kind: str
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    kept_at_utc: datetime


@dataclass(frozen=True, slots=True)
class CaretakerRow:
    """Who looks after a donor, or one pledge of it. `active`: whether that login may still act."""

    id: int
    version: int
    donor: str
    pledge: str | None
    email: str
    name: str
    active: bool


PersonRow = ContactRow | NoteRow | FileRow | CaretakerRow


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept beside the money: contacts by name, notes and files newest first."""

    contacts: tuple[ContactRow, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    files: tuple[FileRow, ...] = ()
    caretakers: tuple[CaretakerRow, ...] = ()

    def caretaker(self, donor: str, pledge: str | None = None) -> CaretakerRow | None:
        """Who looks after a donor, or after one pledge in particular: the newest entry counts."""
        found = [one for one in self.caretakers if (one.donor, one.pledge) == (donor, pledge)]
        return found[0] if found else None


def kept_of(session: Session, programme_id: int, donor: str | None = None) -> Kept:
    """What is kept of one donor, or of all."""
    return Kept(
        tuple(_contact(*row) for row in session.execute(_contacts(programme_id, donor))),
        tuple(_note(*row) for row in session.execute(_notes(programme_id, donor))),
        tuple(_file(*row) for row in session.execute(_files(programme_id, donor))),
        tuple(_caretaker(*row) for row in session.execute(_caretakers(programme_id, donor))),
    )


def find_kept(session: Session, programme_id: int, what: What, row_id: int) -> PersonRow | None:
    """One live contact, note, file or caretaker."""
    queries: dict[What, tuple[Any, Any]] = {
        "contacts": (_contacts, _contact),
        "notes": (_notes, _note),
        "files": (_files, _file),
        "caretakers": (_caretakers, _caretaker),
    }
    query, made = queries[what]
    row = session.execute(query(programme_id, None).where(TABLES[what].id == row_id)).first()
    found: PersonRow | None = made(*row) if row else None
    return found


def content_of(session: Session, file_id: int) -> bytes:
    """The bytes of a file."""
    row = AttachmentContent
    return session.execute(select(row.content).where(row.attachment_id == file_id)).scalar_one()


def possible_caretakers(session: Session, programme_id: int) -> list[tuple[str, str]]:
    """Active officers and administrators: e-mail and name, by name."""
    query = select(User.email, User.name).where(
        User.programme_id == programme_id, User.role.in_(CARETAKING), User.disabled_at_utc.is_(None)
    )
    found = [(email, name or email) for email, name in session.execute(query)]
    return sorted(found, key=lambda one: one[1].casefold())


def user_names(session: Session, programme_id: int) -> dict[int, str]:
    """Names of logins by stored id: what the audit trail's ids mean."""
    query = select(User.id, User.name, User.email).where(User.programme_id == programme_id)
    return {id_: name or email for id_, name, email in session.execute(query)}


def _of_donor(query: Rows, table: Any, programme_id: int, donor: str | None) -> Rows:
    live = query.join(Donor, Donor.id == table.donor_id).where(
        table.programme_id == programme_id, table.voided_at_utc.is_(None)
    )
    return live if donor is None else live.where(Donor.code == donor)


def _contacts(programme_id: int, donor: str | None) -> Rows:
    query = _of_donor(select(Contact, Donor.code), Contact, programme_id, donor)
    return query.order_by(func.lower(Contact.name), Contact.id)


def _notes(programme_id: int, donor: str | None) -> Rows:
    query = _of_donor(select(Note, Donor.code, Pledge.reference, User.name), Note, programme_id, donor)
    query = query.outerjoin(Pledge, Pledge.id == Note.pledge_id)
    same = (User.email == Note.author) & (User.programme_id == Note.programme_id)
    return query.outerjoin(User, same).order_by(Note.dated_on.desc(), Note.id.desc())


def _files(programme_id: int, donor: str | None) -> Rows:
    query = select(Attachment, Donor.code, Pledge.reference, Receipt.reference)
    query = _of_donor(query, Attachment, programme_id, donor)
    query = query.outerjoin(Pledge, Pledge.id == Attachment.pledge_id)
    return query.outerjoin(Receipt, Receipt.id == Attachment.receipt_id).order_by(Attachment.id.desc())


def _caretakers(programme_id: int, donor: str | None) -> Rows:
    query = _of_donor(select(Caretaker, Donor.code, Pledge.reference, User), Caretaker, programme_id, donor)
    query = query.join(User, User.id == Caretaker.user_id)
    return query.outerjoin(Pledge, Pledge.id == Caretaker.pledge_id).order_by(Caretaker.id.desc())


def _contact(row: Contact, donor: str) -> ContactRow:
    return ContactRow(row.id, row.version, donor, row.name, row.role, row.email, row.phone, row.language)


def _note(row: Note, donor: str, pledge: str | None, author: str | None) -> NoteRow:
    return NoteRow(row.id, row.version, donor, pledge, row.dated_on, author or row.author, row.text)


def _file(row: Attachment, donor: str, pledge: str | None, receipt: str | None) -> FileRow:
    about = (row.kind, row.file_name, row.media_type, row.size_bytes, row.sha256, row.created_at_utc)
    return FileRow(row.id, row.version, donor, pledge, receipt, *about)


def _caretaker(row: Caretaker, donor: str, pledge: str | None, user: User) -> CaretakerRow:
    active = user.disabled_at_utc is None and user.role in CARETAKING
    return CaretakerRow(row.id, row.version, donor, pledge, user.email, user.name or user.email, active)
