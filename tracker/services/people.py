"""Contacts, notes and caretakers of a donor: recorded, amended under a version check, voided with a reason.

What a file is and belongs to is amended here too; its bytes never are (`services.files`).
"""

from typing import TypeVar, cast

from sqlalchemy import select

from tracker.domain.entries import Entry
from tracker.domain.people import read_caretaker, read_contact, read_file, read_note
from tracker.domain.problems import Problem, Refused
from tracker.domain.rows import MAX_LINE, Reading, Row
from tracker.models import Attachment, Caretaker, Contact, Donor, Note, Pledge, Receipt, User
from tracker.queries.people import TABLES, What, possible_caretakers
from tracker.services.records import Desk, Questioned, Raw, Stale
from tracker.services.rows import add_row, change_row, void_row

PersonRecord = Contact | Note | Attachment | Caretaker
Columns = dict[str, object]
E = TypeVar("E")


class StaleRow(Stale):
    """A contact, note, file or caretaker has changed since its form was opened; read it anew to show it."""

    def __init__(self, what: What, row_id: int) -> None:
        Exception.__init__(self, f"{what} {row_id}")
        self.entry = cast(Entry, None)  # these rows are no entries: who shows them reads them anew


def record_contact(desk: Desk, *, donor: str, raw: Raw) -> int:
    """Record a person at a donor; answers with the row's id."""
    return _record(desk, "contacts", donor, contact_columns(raw))


def record_note(desk: Desk, *, donor: str, raw: Raw, confirmed: bool = False) -> int:
    """Record a dated note of a donor or one of its pledges; its author is who acts."""
    columns = {**note_columns(desk, donor, raw, confirmed), "author": desk.actor.name}
    return _record(desk, "notes", donor, columns)


def record_caretaker(desk: Desk, *, donor: str, raw: Raw) -> int:
    """Say who looks after a donor or pledge. Refused where somebody does: that entry is amended."""
    columns = caretaker_columns(desk, donor, raw)
    _refuse_second(desk, donor, columns)
    return _record(desk, "caretakers", donor, columns)


def amend(desk: Desk, what: What, *, row_id: int, version: int, raw: Raw, confirmed: bool = False) -> None:
    """Change a contact, a note, who looks after something, or what a file is."""
    record = live_row(desk, what, row_id, version)
    donor = donor_code(desk, record.donor_id)
    match what:
        case "contacts":
            columns = contact_columns(raw)
        case "notes":
            columns = note_columns(desk, donor, raw, confirmed)
        case "caretakers":
            columns = caretaker_columns(desk, donor, raw)
            _refuse_second(desk, donor, columns, besides=row_id)
        case "files":
            columns = file_columns(desk, donor, raw)
    change_row(desk.session, actor=desk.actor, record=record, reference=donor, columns=columns)


def void_kept(desk: Desk, what: What, *, row_id: int, version: int, reason: str) -> None:
    """Void a contact, note, file or caretaker, with a reason: it is no longer shown; history keeps it."""
    record = live_row(desk, what, row_id, version)
    row = Row({"reason": reason})
    said = row.text("reason", most=MAX_LINE, required=True, lines=True).strip()
    if row.problems:
        raise Refused(tuple(row.problems))
    donor = donor_code(desk, record.donor_id)
    void_row(desk.session, actor=desk.actor, record=record, reference=donor, reason=said)


def live_row(desk: Desk, what: What, row_id: int, version: int) -> PersonRecord:
    """The stored row. Raises `StaleRow` where it has changed meanwhile, `LookupError` where there is none."""
    table = TABLES[what]
    query = select(table).where(
        table.id == row_id, table.programme_id == desk.programme_id, table.voided_at_utc.is_(None)
    )
    record = cast(PersonRecord | None, desk.session.scalars(query).one_or_none())
    if record is None:
        raise LookupError(f"{what} {row_id}")
    if record.version != version:
        raise StaleRow(what, row_id)
    return record


# Texts to columns


def contact_columns(raw: Raw) -> Columns:
    """A contact's columns."""
    entry = accept(read_contact(raw))
    return {
        "name": entry.name,
        "role": entry.role,
        "email": entry.email,
        "phone": entry.phone,
        "language": entry.language,
    }


def note_columns(desk: Desk, donor: str, raw: Raw, confirmed: bool) -> Columns:
    """A note's columns."""
    entry = accept(read_note(raw, donor, desk.register()), confirmed)
    return {"dated_on": entry.dated_on, "text": entry.text, "pledge_id": pledge_id(desk, entry.pledge)}


def caretaker_columns(desk: Desk, donor: str, raw: Raw) -> Columns:
    """A caretaker's columns."""
    users = {email for email, _name in possible_caretakers(desk.session, desk.programme_id)}
    entry = accept(read_caretaker(raw, donor, desk.register(), users))
    query = select(User.id).where(User.programme_id == desk.programme_id, User.email == entry.user)
    return {"user_id": desk.session.scalars(query).one(), "pledge_id": pledge_id(desk, entry.pledge)}


def file_columns(desk: Desk, donor: str, raw: Raw) -> Columns:
    """What a file is and belongs to, as columns."""
    entry = accept(read_file(raw, donor, desk.register()))
    query = select(Receipt.id).where(
        Receipt.programme_id == desk.programme_id, Receipt.reference == entry.receipt
    )
    receipt_id = desk.session.scalars(query).one() if entry.receipt else None
    return {"kind": entry.kind, "pledge_id": pledge_id(desk, entry.pledge), "receipt_id": receipt_id}


def accept(reading: Reading[E], confirmed: bool = False) -> E:
    """What was read, or an exception that says why not."""
    if reading.entry is None:
        raise Refused(reading.problems)
    if reading.questions and not confirmed:
        raise Questioned(reading.questions)
    return reading.entry


def pledge_id(desk: Desk, reference: str) -> int | None:
    """The stored id of a pledge; None where none is named."""
    if not reference:
        return None
    query = select(Pledge.id).where(Pledge.programme_id == desk.programme_id, Pledge.reference == reference)
    return desk.session.scalars(query).one()


def donor_id(desk: Desk, code: str) -> int:
    """The stored id of a live donor. Raises `NoResultFound`."""
    query = select(Donor.id).where(
        Donor.programme_id == desk.programme_id, Donor.code == code, Donor.voided_at_utc.is_(None)
    )
    return desk.session.scalars(query).one()


def donor_code(desk: Desk, id_: int) -> str:
    """A donor's code: what the audit trail files its people under."""
    return desk.session.get_one(Donor, id_).code


def _record(desk: Desk, what: What, donor: str, columns: Columns) -> int:
    keys = {"programme_id": desk.programme_id, "donor_id": donor_id(desk, donor)}
    record = TABLES[what](**keys, **columns)
    add_row(desk.session, actor=desk.actor, record=record, reference=donor)
    return record.id


def _refuse_second(desk: Desk, donor: str, columns: Columns, besides: int = 0) -> None:
    row, pledge = Caretaker, columns["pledge_id"]
    query = select(User.name, User.email).join(row, row.user_id == User.id)
    query = query.where(
        row.donor_id == donor_id(desk, donor),
        row.pledge_id.is_(None) if pledge is None else row.pledge_id == pledge,
        row.voided_at_utc.is_(None),
        row.id != besides,
    )
    found = desk.session.execute(query).first()
    if found:
        raise Refused((Problem("looked_after", "user", {"name": found[0] or found[1]}),))
