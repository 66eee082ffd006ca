"""What an officer records and amends: text in, checked, stored, audited.

`raw` is texts by FORMATS' column names. What is wrong comes back as `Refused`, with every problem; what
may be right all the same as `Questioned`, unless it was confirmed; an edit of something that has changed
meanwhile as `Stale`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar, cast

from sqlalchemy.orm import Session

from tracker.domain.consequences import check_changed_pledge, check_void
from tracker.domain.contributions import Instalment, Pledge
from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, ReceiptEntry
from tracker.domain.money import CURRENCIES
from tracker.domain.permissions import Actor
from tracker.domain.problems import Problem, Refused
from tracker.domain.reading import (
    check_schedule,
    in_open_month,
    read_donor,
    read_instalment,
    read_pledge,
    read_receipt,
)
from tracker.domain.register import Kind, Register
from tracker.domain.rows import MAX_TEXT, Reading, Row
from tracker.domain.schedules import rebuilt, settled_of
from tracker.domain.writing import instalment_rows
from tracker.queries.register import load_register
from tracker.queries.users import list_users
from tracker.services.store import Store

Raw = Mapping[str, str]
E = TypeVar("E", bound=Entry)


class Questioned(Exception):
    """Nothing is wrong, but somebody should say that it is meant."""

    def __init__(self, questions: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(question.code for question in questions))
        self.questions = questions


class Stale(Exception):
    """The record has changed since the form was opened; `entry` is how it stands now."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.key)
        self.entry = entry


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a write happens: one session, one actor, one programme, one day."""

    session: Session
    actor: Actor
    programme_id: int
    today: date

    def register(self) -> Register:
        """What is on record."""
        return load_register(self.session, self.programme_id, self.today)

    def store(self) -> Store:
        """Where entries become rows."""
        return Store(self.session, self.actor, self.programme_id)


def record_donor(desk: Desk, *, raw: Raw, confirmed: bool = False) -> DonorEntry:
    """Record a donor."""
    register = desk.register()
    entry = accept(unused("donors", read_donor(raw, register), register, "code"), confirmed)
    desk.store().add("donors", [entry])
    return entry


def amend_donor(desk: Desk, *, code: str, version: int, raw: Raw, confirmed: bool = False) -> DonorEntry:
    """Change what is recorded of a donor; its code stays."""
    register = desk.register()
    fresh(desk, "donors", code, version, register)
    entry = accept(read_donor({**raw, "code": code}, register), confirmed)
    desk.store().change("donors", entry)
    return entry


def record_pledge(
    desk: Desk, *, raw: Raw, schedule: Sequence[Raw] = (), confirmed: bool = False
) -> PledgeEntry:
    """Record a pledge with its schedule; an empty schedule is one instalment of the whole."""
    register = desk.register()
    reading = with_schedule(read_pledge(raw, register), schedule, raw.get("currency", ""))
    entry = accept(unused("pledges", reading, register, "reference"), confirmed)
    desk.store().add("pledges", [entry])
    return entry


def amend_pledge(
    desk: Desk,
    *,
    reference: str,
    version: int,
    raw: Raw,
    schedule: Sequence[Raw] = (),
    confirmed: bool = False,
) -> PledgeEntry:
    """Change a pledge's terms or schedule; its reference stays.

    A schedule left as it was is built anew where the amount changed. A closing taken away opens it again.
    """
    register = desk.register()
    old = cast(PledgeEntry, fresh(desk, "pledges", reference, version, register))
    read = in_open_month(read_pledge({**raw, "reference": reference}, register), old, register)
    if read.entry is not None and instalments_of(old.pledge, schedule) == old.pledge.instalments:
        schedule = _for_amount(read.entry, old, register)
    entry = accept(with_schedule(read, schedule, raw.get("currency", "")), confirmed)
    problems = check_changed_pledge(entry, register)
    if problems:
        raise Refused(problems)
    reopened = old.pledge.closed_on is not None and entry.pledge.closed_on is None
    columns = {"close_reason": ""} if reopened else {}
    desk.store().change("pledges", entry, action="reopen" if reopened else "amend", **columns)
    return entry


def instalments_of(pledge: Pledge, schedule: Sequence[Raw]) -> tuple[Instalment, ...] | None:
    """Rows as instalments in the order of their days; None where one of them is not right."""
    read = [read_instalment(raw, pledge.currency).entry for raw in schedule]
    found = [one for one in read if one is not None]
    return tuple(sorted(found, key=lambda i: i.due_on)) if len(found) == len(read) else None


def _for_amount(new: PledgeEntry, old: PledgeEntry, register: Register) -> Sequence[Raw]:
    """The schedule on record, built anew where the amount changed; paid parts stay."""
    before, after = old.pledge, new.pledge
    if before.instalments and after.currency == before.currency and after.amount_minor != before.amount_minor:
        settled = settled_of(before, register)
        parts = rebuilt(before.instalments, settled, after.amount_minor, register.today)
        return instalment_rows(replace(new, pledge=replace(after, instalments=parts)))
    return instalment_rows(old)


def record_receipt(desk: Desk, *, raw: Raw, confirmed: bool = False) -> ReceiptEntry:
    """Record money that arrived; its USD is fixed now."""
    register = desk.register()
    entry = accept(unused("receipts", read_receipt(raw, register), register, "reference"), confirmed)
    desk.store().add("receipts", [entry])
    return entry


def void(desk: Desk, kind: Kind, *, key: str, version: int, reason: str) -> None:
    """Void a record made in error, with a reason: it counts at no date from now on; its key stays taken.

    Refused while other records name it, and for the donor that stands for unknown payers.
    """
    register = desk.register()
    fresh(desk, kind, key, version, register)
    problems = (*check_void(kind, key, register), *_logins_of(desk, kind, key))
    row = Row({"reason": reason.strip()})
    reason = row.text("reason", most=MAX_TEXT, required=True, lines=True)
    problems = (*problems, *row.problems)
    if problems:
        raise Refused(problems)
    desk.store().void(kind, key, reason=reason)


def _logins_of(desk: Desk, kind: Kind, key: str) -> tuple[Problem, ...]:
    """A donor whose logins still open is not voided."""
    if kind != "donors":
        return ()
    logins = list_users(desk.session, desk.programme_id)
    emails = [login.email for login in logins if login.donor == key and not login.disabled]
    return (Problem("logins_of_donor", "reason", {"emails": ", ".join(emails[:5])}),) if emails else ()


def unused(kind: Kind, reading: Reading[E], register: Register, column: str) -> Reading[E]:
    """A new record's key must be free, and its days in open months."""
    if reading.entry is None or register.find(kind, reading.entry.key) is None:
        return in_open_month(reading, None, register)
    taken = Problem("reference_taken", column, {"text": reading.entry.key})
    return Reading(None, (taken,), reading.questions)


def accept(reading: Reading[E], confirmed: bool) -> E:
    """The entry, or an exception that says why not."""
    if reading.entry is None:
        raise Refused(reading.problems)
    if reading.questions and not confirmed:
        raise Questioned(reading.questions)
    return reading.entry


def with_schedule(
    reading: Reading[PledgeEntry], schedule: Sequence[Raw], currency: str
) -> Reading[PledgeEntry]:
    """A pledge's reading with its instalments; their problems are named `instalments-0-due_on` and so on."""
    problems, instalments = list(reading.problems), list[Instalment]()
    for at, raw in enumerate(schedule):
        one = read_instalment(raw, currency if currency in CURRENCIES else "USD")
        problems += [replace(p, column=f"instalments-{at}-{p.column}") for p in one.problems]
        if one.entry is not None:
            instalments.append(one.entry)
    if problems or reading.entry is None:
        return Reading(None, tuple(problems), reading.questions)
    entry = replace(reading.entry, pledge=replace(reading.entry.pledge, instalments=tuple(instalments)))
    found = check_schedule(entry.pledge)
    return Reading(
        None if found else entry, tuple(replace(p, column="schedule") for p in found), reading.questions
    )


def fresh(desk: Desk, kind: Kind, key: str, version: int, register: Register) -> Entry:
    """The record as it stands. Refuses an edit of one that has changed since its form was opened."""
    entry = register.find(kind, key)
    if entry is None:
        raise LookupError(f"{kind} {key}")
    if desk.store().find(kind, key).version != version:
        raise Stale(entry)
    return entry
