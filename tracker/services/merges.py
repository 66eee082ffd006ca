"""Two donors that are one are merged, and a merge is undone: audited row by row, each with a reason (R13).

No figure of the programme moves: records change whose they are, and nothing else. That is why a merge may
touch what is dated in closed months; `tracker check` holds every such entry against it.
"""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from tracker.domain.entries import DonorEntry
from tracker.domain.merging import check_merge, names_gained, names_given_back
from tracker.domain.problems import Problem, Refused
from tracker.domain.rows import MAX_TEXT, Row
from tracker.models import Attachment, Caretaker, Contact, Donor, DonorMerge, Note, Pledge, Receipt
from tracker.queries.merges import BELONGING, Belonging, holding, merged_donor, merges
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.records import Desk
from tracker.services.store import lock_programme

KeptWith = Note | Attachment | Caretaker


def merge_donors(desk: Desk, *, donor: str, version: int, into: str, into_version: int, reason: str) -> int:
    """All that belongs to `donor` becomes `into`'s, which gains its names; answers with the merge's id.

    The versions are those of the two donors that somebody looked at. Raises `Refused`, and `LookupError`
    where one of them is no live donor.
    """
    lock_programme(desk.session, desk.programme_id)
    old, new = (holding(desk.session, desk.programme_id, code) for code in (donor, into))
    if old is None or new is None:
        raise LookupError(donor if old is None else into)
    problems = check_merge(old.donor, new.donor, old.open_logins)
    for one, seen in ((old, version), (new, into_version)):
        if one.version != seen:
            problems += (Problem("merge_changed", "", {"code": one.donor.code}),)
    said = _reason(reason, problems)
    gained = names_gained(old.donor, new.donor)
    rows = _of_donor(desk, donor, into)
    moved = {table: [row.id for row in found] for table, found in rows.items() if found}
    record = _recorded(desk, donor, into, said, {**moved, "aliases": list(gained)})
    store = desk.store()
    store.change("donors", old.donor, action="merge", voided_at_utc=desk.actor.at_utc, void_reason=said)
    _rename(desk, new.donor, (*new.donor.aliases, *gained), "merge")
    _move(desk, [row for found in rows.values() for row in found], record.into_id, "merge", into)
    return record.id


def undo_merge(desk: Desk, *, merge_id: int, version: int, reason: str) -> str:
    """What went over and is still there goes back; answers with the code of the donor that is itself again.

    What was recorded since stays, but notes, files and who looks after it follow their pledge or receipt.
    """
    lock_programme(desk.session, desk.programme_id)
    found = {one.id: one for one in merges(desk.session, desk.programme_id)}
    merge = found.get(merge_id)
    if merge is None:
        raise LookupError(f"merge {merge_id}")
    problems = []
    if merge.version != version or not merge.holds:
        problems.append(Problem("merge_undone", "", {"code": merge.donor}))
    later = next((one for one in found.values() if one.donor == merge.into and one.holds), None)
    if later is not None:
        problems.append(Problem("merge_undo_first", "", {"code": later.donor, "into": later.into}))
    record = desk.session.get_one(DonorMerge, merge_id)
    back = _going_back(desk, record.into_id, merge.moved)
    problems += _crossing(desk, record.into_id, back)
    said = _reason(reason, problems)
    before = row_of(record)
    record.undone_at_utc, record.undone_by, record.undo_reason = desk.actor.at_utc, desk.actor.name, said
    _note_merge(desk, "unmerge", record, before, merge.donor)
    old, new = (merged_donor(desk.session, desk.programme_id, code) for code in (merge.donor, merge.into))
    assert old is not None
    assert new is not None
    desk.store().change("donors", old, action="unmerge", voided_at_utc=None, void_reason="")
    _rename(desk, new, names_given_back(new, merge.aliases), "unmerge")
    _move(desk, back, record.donor_id, "unmerge", merge.donor)
    return merge.donor


def _reason(text: str, problems: Iterable[Problem]) -> str:
    """Why; raises `Refused` with all that stands in the way."""
    row = Row({"reason": text})
    said = row.text("reason", most=MAX_TEXT, required=True, lines=True).strip()
    if found := (*problems, *row.problems):
        raise Refused(found)
    return said


def _recorded(desk: Desk, donor: str, into: str, reason: str, moved: Mapping[str, object]) -> DonorMerge:
    """The merge's own row: it stands in the trail before all that it moves."""
    record = DonorMerge(
        programme_id=desk.programme_id,
        donor_id=_id(desk, donor),
        into_id=_id(desk, into),
        reason=reason,
        moved=json.dumps(moved, ensure_ascii=False),
        merged_at_utc=desk.actor.at_utc,
        merged_by=desk.actor.name,
        undone_at_utc=None,
        undone_by="",
        undo_reason="",
        version=1,
    )
    desk.session.add(record)
    _note_merge(desk, "merge", record, None, donor)
    return record


def _note_merge(
    desk: Desk, action: str, record: DonorMerge, before: dict[str, object] | None, donor: str
) -> None:
    desk.session.flush()
    change = Change(action, record.__tablename__, record.id, donor, before, row_of(record))
    audit.append(desk.session, actor=desk.actor, programme_id=desk.programme_id, changes=[change])


def _rename(desk: Desk, donor: DonorEntry, names: tuple[str, ...], action: str) -> None:
    if names == donor.aliases:
        return
    facts = (donor.code, donor.name, donor.kind, donor.country, donor.iati_ref, donor.email)
    desk.store().change("donors", DonorEntry(*facts, names, donor.anonymous), action=action)


def _id(desk: Desk, code: str) -> int:
    query = select(Donor.id).where(Donor.programme_id == desk.programme_id, Donor.code == code)
    return desk.session.scalars(query).one()


# Rows that go over, and back


def _of_donor(desk: Desk, donor: str, into: str) -> dict[str, list[Belonging]]:
    """All that belongs to a donor, voided rows too, by table.

    Who looks after it as a whole stays where somebody looks after `into` already: one does.
    """
    donor_id = _id(desk, donor)
    rows = {table.__tablename__: _rows(desk, table, table.donor_id == donor_id) for table in BELONGING}
    own = (Caretaker.donor_id == _id(desk, into), *_LOOKS_AFTER)
    if _rows(desk, Caretaker, *own):
        second = _rows(desk, Caretaker, Caretaker.donor_id == donor_id, *_LOOKS_AFTER)
        kept = rows[Caretaker.__tablename__]
        rows[Caretaker.__tablename__] = [row for row in kept if row not in second]
    return rows


_LOOKS_AFTER = (Caretaker.pledge_id.is_(None), Caretaker.voided_at_utc.is_(None))


def _rows(desk: Desk, table: type[Belonging], *where: ColumnElement[bool]) -> list[Belonging]:
    query = select(table).where(table.programme_id == desk.programme_id, *where).order_by(table.id)
    if table is Pledge:
        query = query.options(selectinload(Pledge.instalments))
    return list(desk.session.scalars(query.execution_options(populate_existing=True)))


def _going_back(desk: Desk, into_id: int, moved: Mapping[str, tuple[int, ...]]) -> list[Belonging]:
    """What went over and still belongs to the donor it went to, with what hangs on it."""
    back: list[Belonging] = []
    ids: dict[type[Belonging], set[int]] = {}
    for table in (Pledge, Receipt):
        wanted = set(moved.get(table.__tablename__, ()))
        found = [row for row in _rows(desk, table, table.donor_id == into_id) if row.id in wanted]
        ids[table] = {row.id for row in found}
        back += found
    pledges, receipts = ids[Pledge], ids[Receipt]
    wanted = set(moved.get(Contact.__tablename__, ()))
    back += [row for row in _rows(desk, Contact, Contact.donor_id == into_id) if row.id in wanted]
    for kept in (Note, Attachment, Caretaker):
        wanted = set(moved.get(kept.__tablename__, ()))
        for row in _rows(desk, kept, kept.donor_id == into_id):
            pledge, receipt = row.pledge_id, getattr(row, "receipt_id", None)  # type: ignore[union-attr]
            follows = pledge in pledges if pledge else receipt in receipts if receipt else row.id in wanted
            if follows:
                back.append(row)
    return back


def _crossing(desk: Desk, into_id: int, back: Iterable[Belonging]) -> list[Problem]:
    """Receipts that would be one donor's and settle the other's pledge."""
    pledges = {row.id for row in back if isinstance(row, Pledge)}
    receipts = {row.id for row in back if isinstance(row, Receipt)}
    ours = {
        row.id: row.reference
        for row in _rows(desk, Pledge, Pledge.donor_id == into_id)
        if isinstance(row, Pledge)
    }
    found = [
        (row.reference, ours[row.pledge_id])
        for row in _rows(desk, Receipt, Receipt.donor_id == into_id, Receipt.voided_at_utc.is_(None))
        if isinstance(row, Receipt)
        and row.pledge_id in ours
        and (row.id in receipts) != (row.pledge_id in pledges)
    ]
    return [Problem("merge_receipt_crosses", "", {"receipt": r, "pledge": p}) for r, p in found[:10]]


def _move(desk: Desk, rows: Iterable[Belonging], donor_id: int, action: str, code: str) -> None:
    """Give rows to a donor: each its entry, whole before and after. Nothing but whose it is changes."""
    found = list(rows)
    before = [row_of(row) for row in found]
    for row in found:
        row.donor_id = donor_id
    desk.session.flush()
    changes = [
        Change(action, row.__tablename__, row.id, _reference(row, code), was, row_of(row))
        for row, was in zip(found, before, strict=True)
    ]
    audit.append(desk.session, actor=desk.actor, programme_id=desk.programme_id, changes=changes)


def _reference(row: Belonging, code: str) -> str:
    """What a row is found by in the trail: its reference, else its donor's code."""
    return row.reference if isinstance(row, Pledge | Receipt) else code
