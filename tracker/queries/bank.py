"""Bank lists: what was uploaded, how each line stands, and what each open line may be."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from tracker.domain.entries import ReceiptEntry
from tracker.domain.matching import Identity, Line, Suggestion, suggest
from tracker.models import BankLayout, BankLine, BankList, Receipt
from tracker.queries import records
from tracker.queries.directory import donor_entries, open_instalments
from tracker.queries.position import position_of

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as it stands. `receipt` is what it was settled with; one whose receipt was voided is open."""

    id: int
    list_id: int
    version: int
    line: Line
    state: str
    receipt: str
    reason: str
    receipt_voided: bool = False


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list with its lines, by row."""

    id: int
    version: int
    name: str
    created_at_utc: datetime
    layout_name: str
    lines: tuple[StoredLine, ...]

    def count(self, state: str) -> int:
        """How many lines are in a state."""
        return sum(one.state == state for one in self.lines)

    def unexplained(self) -> dict[str, int]:
        """What no receipt stands for and nobody has set aside: minor units by currency."""
        return _totals(one for one in self.lines if one.state == "open")

    def totals(self) -> dict[str, int]:
        """All credits, by currency."""
        return _totals(self.lines)


def _totals(lines: Iterable[StoredLine]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for one in lines:
        totals[one.line.currency] += one.line.amount_minor
    return dict(sorted(totals.items()))


def bank_lists(session: Session, programme_id: int, id_: int | None = None) -> list[StoredList]:
    """Every live list, the newest first; or one."""
    query = select(BankList).where(BankList.programme_id == programme_id, BankList.voided_at_utc.is_(None))
    if id_ is not None:
        query = query.where(BankList.id == id_)
    found = list(session.scalars(query.order_by(BankList.id.desc())))
    lines: dict[int, list[StoredLine]] = {one.id: [] for one in found}
    for one in _stored(session, _lines(programme_id, id_)):
        if one.list_id in lines:
            lines[one.list_id].append(one)
    return [
        StoredList(b.id, b.version, b.name, b.created_at_utc, b.layout_name, tuple(lines[b.id]))
        for b in found
    ]


def bank_list(session: Session, programme_id: int, id_: int) -> StoredList | None:
    """One live list."""
    return next(iter(bank_lists(session, programme_id, id_)), None) if id_ <= LARGEST_ID else None


def list_of_line(session: Session, programme_id: int, line_id: int) -> int | None:
    """The live list that a line stands on."""
    if line_id > LARGEST_ID:
        return None
    query = select(BankLine.bank_list_id).join(BankList, BankList.id == BankLine.bank_list_id)
    where = (BankLine.id == line_id, BankLine.programme_id == programme_id, BankList.voided_at_utc.is_(None))
    return session.scalars(query.where(*where)).one_or_none()


def same_list(session: Session, programme_id: int, fingerprint: str) -> int | None:
    """The live list with the same content."""
    query = select(BankList.id).where(
        BankList.programme_id == programme_id,
        BankList.sha256 == fingerprint,
        BankList.voided_at_utc.is_(None),
    )
    return session.scalars(query.order_by(BankList.id)).first()


def layouts(session: Session, programme_id: int) -> dict[str, dict[str, str]]:
    """Saved choices of columns, by name."""
    query = select(BankLayout).where(
        BankLayout.programme_id == programme_id, BankLayout.voided_at_utc.is_(None)
    )
    return {row.name: json.loads(row.columns) for row in session.scalars(query.order_by(BankLayout.name))}


def settled_receipts(session: Session, programme_id: int) -> dict[str, int]:
    """References of receipts that a line of a live list stands for, and the line."""
    query = (
        select(Receipt.reference, BankLine.id)
        .join(BankLine, BankLine.receipt_id == Receipt.id)
        .join(BankList, BankList.id == BankLine.bank_list_id)
        .where(BankLine.programme_id == programme_id, BankList.voided_at_utc.is_(None))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def free_receipts(session: Session, programme_id: int) -> list[ReceiptEntry]:
    """Receipts on record that no line stands for yet."""
    taken = settled_receipts(session, programme_id)
    return [entry for entry in records.receipts(session, programme_id) if entry.key not in taken]


def suggestions(session: Session, programme_id: int, day: date, of: StoredList) -> Mapping[int, Suggestion]:
    """What each open line of a list may be, by its row number."""
    open_lines = [one.line for one in of.lines if one.state == "open"]
    if not open_lines:
        return {}
    return suggest(
        open_lines,
        free_receipts(session, programme_id),
        open_instalments(position_of(session, programme_id, day)),
        donor_entries(session, programme_id),
        _earlier(session, programme_id, of),
    )


def _earlier(session: Session, programme_id: int, of: StoredList) -> Mapping[Identity, int]:
    """How often older lists hold each credit."""
    found = _stored(session, _lines(programme_id).where(BankLine.bank_list_id < of.id))
    return Counter(one.line.identity for one in found)


def _lines(programme_id: int, list_id: int | None = None) -> Select[BankLine, str, datetime | None]:
    query = (
        select(BankLine, Receipt.reference, Receipt.voided_at_utc)
        .join(BankList, BankList.id == BankLine.bank_list_id)
        .outerjoin(Receipt, Receipt.id == BankLine.receipt_id)
        .where(BankLine.programme_id == programme_id, BankList.voided_at_utc.is_(None))
        .order_by(BankLine.bank_list_id, BankLine.row_number)
    )
    return query if list_id is None else query.where(BankLine.bank_list_id == list_id)


def _stored(session: Session, query: Select[BankLine, str, datetime | None]) -> Iterable[StoredLine]:
    for found in session.execute(query):
        yield _line_of(found)


def _line_of(found: Row[BankLine, str, datetime | None]) -> StoredLine:
    row, reference, voided_at = found
    line = Line(
        row.row_number,
        row.value_on,
        row.currency,
        row.amount_minor,
        row.payer,
        row.details,
        row.ledger_ref,
    )
    state = "open" if voided_at is not None else row.state
    return StoredLine(
        row.id,
        row.bank_list_id,
        row.version,
        line,
        state,
        reference or "",
        row.reason,
        voided_at is not None,
    )
