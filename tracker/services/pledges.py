"""The life of a pledge after it was announced: signed, given a schedule, its unpaid rest closed.

Each is a change of the record under a version check, through the same reading as its form, and stands
in the audit trail under its own word: `sign`, `schedule`, `close`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from tracker.domain.consequences import check_changed_pledge
from tracker.domain.entries import PledgeEntry
from tracker.domain.problems import Refused
from tracker.domain.reading import in_open_month, read_pledge
from tracker.domain.register import Register
from tracker.domain.rows import MAX_TEXT, Reading, Row
from tracker.domain.schedules import settled_of
from tracker.domain.writing import pledge_row
from tracker.services.records import Desk, Raw, accept, fresh, with_schedule


def sign_pledge(
    desk: Desk, *, reference: str, version: int, raw: Raw, confirmed: bool = False
) -> PledgeEntry:
    """A pledge becomes a signed agreement: `signed_on`, `agreement_ref`."""
    register = desk.register()
    old = _standing(desk, reference, version, register)
    reading = _read(old, {"signed_on": raw.get("signed_on", ""), **_agreement(raw)}, register)
    row = Row(raw)
    if old.pledge.signed_on:
        row.wrong("already_signed", "signed_on", day=old.pledge.signed_on.isoformat())
    elif not raw.get("signed_on"):
        row.wrong("missing", "signed_on")
    _not_closed(row, old, "signed_on")
    entry = accept(_and(reading, row), confirmed)
    desk.store().change("pledges", entry, action="sign")
    return entry


def close_pledge(
    desk: Desk, *, reference: str, version: int, raw: Raw, confirmed: bool = False
) -> PledgeEntry:
    """End the unpaid rest: `closed_on`, `reason`. Withdrawn from a pledge, written off where signed."""
    register = desk.register()
    old = _standing(desk, reference, version, register)
    reading = _read(old, {"closed_on": raw.get("closed_on", "")}, register)
    row = Row(raw)
    if not raw.get("closed_on"):
        row.wrong("missing", "closed_on")
    _not_closed(row, old, "closed_on")
    if not old.pledge.closed_on and settled_of(old.pledge, register) >= old.pledge.amount_minor:
        row.wrong("nothing_to_close", "closed_on")
    reason = row.text("reason", most=MAX_TEXT, required=True, lines=True)
    entry = accept(_and(reading, row), confirmed)
    desk.store().change("pledges", entry, action="close", close_reason=reason)
    return entry


def schedule_pledge(
    desk: Desk, *, reference: str, version: int, schedule: Sequence[Raw], confirmed: bool = False
) -> PledgeEntry:
    """Give a pledge another schedule; no row at all is one instalment of the whole."""
    register = desk.register()
    old = _standing(desk, reference, version, register)
    bare = replace(old, pledge=replace(old.pledge, instalments=()))
    entry = accept(with_schedule(Reading(bare), schedule, old.pledge.currency), confirmed)
    problems = check_changed_pledge(entry, register)
    if problems:
        raise Refused(problems)
    desk.store().change("pledges", entry, action="schedule")
    return entry


def _standing(desk: Desk, reference: str, version: int, register: Register) -> PledgeEntry:
    return cast(PledgeEntry, fresh(desk, "pledges", reference, version, register))


def _agreement(raw: Raw) -> dict[str, str]:
    """An agreement reference where one is given; else the one on record stays."""
    return {"agreement_ref": raw["agreement_ref"]} if raw.get("agreement_ref") else {}


def _read(old: PledgeEntry, changed: dict[str, str], register: Register) -> Reading[PledgeEntry]:
    """The record with some columns changed, through the reading of every pledge."""
    reading = read_pledge({**pledge_row(old), **changed}, register, old.pledge.instalments)
    return in_open_month(reading, old, register)


def _not_closed(row: Row, old: PledgeEntry, column: str) -> None:
    if old.pledge.closed_on:
        row.wrong("already_closed", column, day=old.pledge.closed_on.isoformat())


def _and(reading: Reading[PledgeEntry], row: Row) -> Reading[PledgeEntry]:
    """A reading, and what else is wrong."""
    problems = (*reading.problems, *row.problems)
    return Reading(None if problems else reading.entry, problems, reading.questions)
