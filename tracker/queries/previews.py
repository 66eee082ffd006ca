"""What a receipt will change, before it is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.contributions import Facts
from tracker.domain.entries import ReceiptEntry
from tracker.domain.items import Item
from tracker.domain.position import Position, TraceRow, position
from tracker.domain.problems import Problem
from tracker.domain.reading import read_receipt
from tracker.domain.register import Register
from tracker.queries.position import facts_of
from tracker.queries.register import load_register


@dataclass(frozen=True, slots=True)
class Preview:
    """A receipt as it would be recorded, and the position before and after it, as of today.

    `item` is None where it covers nothing yet (dated in the future); `rows` is what it would cover.
    """

    entry: ReceiptEntry
    before: Position
    after: Position
    item: Item | None
    rows: tuple[TraceRow, ...]


def preview_receipt(
    session: Session, programme_id: int, today: date, raw: Mapping[str, str]
) -> tuple[Preview | None, tuple[Problem, ...], tuple[Problem, ...]]:
    """What a receipt form would record: a preview or its problems, and its questions."""
    register = load_register(session, programme_id, today)
    reading = read_receipt({**raw, "reference": raw.get("reference") or "preview"}, register)
    if reading.entry is None:
        return None, reading.problems, reading.questions
    facts = facts_of(session, programme_id)
    return _compare(facts, reading.entry, today), (), reading.questions


def _compare(facts: Facts, entry: ReceiptEntry, today: date) -> Preview:
    others = tuple(r for r in facts.receipts if r.reference != entry.key)
    before = position(replace(facts, receipts=others), today)
    after = position(replace(facts, receipts=(*others, entry.receipt)), today)
    item = next((i for i in after.items if i.lens == "received" and i.reference == entry.key), None)
    rows = tuple(row for row in after.trace if row.lens == "received" and row.reference == entry.key)
    return Preview(entry, before, after, item, rows)


def free_reference(register: Register, donor: str, today: date) -> str:
    """A receipt's suggested reference, free to take: `FR-2026-001`."""
    taken = {*register.receipts, *(key for kind, key in register.voided if kind == "receipts")}
    numbers = (f"{donor}-{today.year}-{number:03d}" for number in range(1, len(taken) + 2))
    return next(reference for reference in numbers if reference not in taken)
