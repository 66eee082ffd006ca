"""What a receipt will change, before it is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.entries import ReceiptEntry
from tracker.domain.items import Item
from tracker.domain.position import Position, TraceRow
from tracker.domain.problems import Problem
from tracker.domain.reading import in_open_month, read_receipt
from tracker.domain.register import Register
from tracker.queries.comparisons import Comparison, compare, with_receipt
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
    read = read_receipt({**raw, "reference": raw.get("reference") or "preview"}, register)
    reading = in_open_month(read, None, register)
    if reading.entry is None:
        return None, reading.problems, reading.questions
    change = compare(session, programme_id, today, with_receipt(reading.entry.receipt))
    return _preview(reading.entry, change), (), reading.questions


def _preview(entry: ReceiptEntry, change: Comparison) -> Preview:
    after = change.after
    item = next((i for i in after.items if i.lens == "received" and i.reference == entry.key), None)
    rows = tuple(row for row in after.trace if row.lens == "received" and row.reference == entry.key)
    return Preview(entry, change.before, after, item, rows)


def free_reference(register: Register, donor: str, today: date) -> str:
    """A receipt's suggested reference, free to take: `FR-2026-001`."""
    taken = {*register.receipts, *(key for kind, key in register.voided if kind == "receipts")}
    numbers = (f"{donor}-{today.year}-{number:03d}" for number in range(1, len(taken) + 2))
    return next(reference for reference in numbers if reference not in taken)
