"""Bank lists, written: a list with its lines, and what becomes of each line; every verb is audited.

A line is settled by one receipt, and a receipt settles one line. What is wrong comes back as `Refused`, what
may be right all the same as `Questioned` (see `records`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select

from tracker.domain.entries import ReceiptEntry
from tracker.domain.matching import Line, Suggestion, near, same_amount
from tracker.domain.money import amount_text
from tracker.domain.problems import Problem, Refused
from tracker.domain.rows import Row
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.models import BankLayout, BankLine, BankList
from tracker.models import Receipt as ReceiptRow
from tracker.queries.bank import StoredLine, StoredList, bank_list, list_of_line, same_list, suggestions
from tracker.queries.bank import settled_receipts as receipts_in_use
from tracker.queries.previews import free_reference
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.records import Desk, Questioned, record_receipt
from tracker.services.rows import add_row, change_row, void_row

MAX_NAME = 80


class SameList(Exception):
    """The same content is on record already, as this list: nothing was changed."""

    def __init__(self, list_id: int) -> None:
        super().__init__(list_id)
        self.list_id = list_id


@dataclass(frozen=True, slots=True)
class Done:
    """What became of all suggestions at once: rows settled, receipts recorded, and rows left with why."""

    settled: int
    recorded: tuple[ReceiptEntry, ...]
    left: tuple[tuple[int, Problem], ...]


def record_list(
    desk: Desk, *, name: str, fingerprint: str, lines: Sequence[Line], layout_name: str = "", layout: str = ""
) -> int:
    """Record a list with all its lines, and the choice of columns under its name. Answers with its id.

    Raises `SameList` where the same content is on record.
    """
    same = same_list(desk.session, desk.programme_id, fingerprint)
    if same is not None:
        raise SameList(same)
    read = Row({"name": name.strip(), "layout_name": layout_name.strip()})
    name = read.text("name", required=True, most=MAX_NAME)
    layout_name = read.text("layout_name", most=MAX_NAME)
    if read.problems:
        raise Refused(tuple(read.problems))
    if layout_name:
        _keep_layout(desk, layout_name, layout)
    record = BankList(programme_id=desk.programme_id, name=name, sha256=fingerprint, layout_name=layout_name)
    add_row(desk.session, actor=desk.actor, record=record, reference=name)
    _add_lines(desk, record, lines)
    return record.id


def _keep_layout(desk: Desk, name: str, columns: str) -> None:
    query = select(BankLayout).where(BankLayout.programme_id == desk.programme_id, BankLayout.name == name)
    kept = desk.session.scalars(query).one_or_none()
    if kept is None:
        kept = BankLayout(programme_id=desk.programme_id, name=name, columns=columns)
        add_row(desk.session, actor=desk.actor, record=kept, reference=name)
    else:
        change_row(desk.session, actor=desk.actor, record=kept, reference=name, columns={"columns": columns})


def _add_lines(desk: Desk, record: BankList, lines: Sequence[Line]) -> None:
    rows = [
        BankLine(
            programme_id=desk.programme_id,
            bank_list_id=record.id,
            row_number=line.number,
            value_on=line.value_on,
            currency=line.currency,
            amount_minor=line.amount_minor,
            payer=line.payer,
            details=line.details,
            ledger_ref=line.ledger_ref,
            state="open",
            receipt_id=None,
            reason="",
            version=1,
            created_at_utc=desk.actor.at_utc,
            voided_at_utc=None,
            void_reason="",
        )
        for line in lines
    ]
    desk.session.add_all(rows)
    desk.session.flush()
    changes = [
        Change("record", row.__tablename__, row.id, _named(record.name, row.row_number), None, row_of(row))
        for row in rows
    ]
    audit.append(desk.session, actor=desk.actor, programme_id=desk.programme_id, changes=changes)


def void_list(desk: Desk, *, list_id: int, version: int, reason: str) -> None:
    """Void a list uploaded in error, with a reason; refused where one of its lines is settled."""
    found = _list(desk, list_id)
    problems = [Problem("missing", "reason")] if not reason.strip() else []
    if found.version != version:
        problems.append(Problem("line_changed"))
    if found.count("settled"):
        problems.append(Problem("list_has_settled", "reason", {"lines": found.count("settled")}))
    if problems:
        raise Refused(tuple(problems))
    record = desk.session.get_one(BankList, list_id)
    void_row(desk.session, actor=desk.actor, record=record, reference=found.name, reason=reason.strip())


def settle_line(desk: Desk, *, line_id: int, version: int, receipt: str, confirmed: bool = False) -> None:
    """A line is a receipt on record."""
    found = _open_line(desk, line_id, version)
    _settle(desk, found, receipt, confirmed)


def record_line(
    desk: Desk,
    *,
    line_id: int,
    version: int,
    donor: str,
    pledge: str = "",
    earmark: str = "",
    confirmed: bool = False,
) -> ReceiptEntry:
    """Record a line as a receipt of a donor, for a pledge or none, and settle it."""
    found = _open_line(desk, line_id, version)
    entry = record_receipt(desk, raw=_raw(desk, found.line, donor, pledge, earmark), confirmed=confirmed)
    _settle(desk, found, entry.key, confirmed=True)
    return entry


def hold_line(desk: Desk, *, line_id: int, version: int, confirmed: bool = False) -> ReceiptEntry:
    """Record a line whose payer is not known: as a receipt on hold, until it is assigned."""
    return record_line(
        desk,
        line_id=line_id,
        version=version,
        donor=UNIDENTIFIED_DONOR,
        earmark="hold",
        confirmed=confirmed,
    )


def set_aside(desk: Desk, *, line_id: int, version: int, reason: str) -> None:
    """A line is none of the programme's money, or stands elsewhere; with a reason."""
    read = Row({"reason": reason.strip()})
    reason = read.text("reason", required=True)
    if read.problems:
        raise Refused(tuple(read.problems))
    found = _open_line(desk, line_id, version)
    _change(desk, found, {"state": "set_aside", "receipt_id": None, "reason": reason})


def reopen_line(desk: Desk, *, line_id: int, version: int) -> None:
    """Open a line again that was settled or set aside in error. Its receipt stays as it is."""
    found = _line(desk, line_id, version)
    _change(desk, found, {"state": "open", "receipt_id": None, "reason": ""})


def confirm_all(desk: Desk, *, list_id: int, seen: str) -> Done:
    """Everything that is matched or suggested for sure, at once. `seen` is the digest of what was shown.

    What the rules refuse or question is left for one by one, and named.
    """
    found = _list(desk, list_id)
    sure = sure_of(suggestions(desk.session, desk.programme_id, desk.today, found))
    if digest_of(sure) != seen:
        raise Refused.of("suggestions_changed")
    settled, recorded, left = 0, list[ReceiptEntry](), list[tuple[int, Problem]]()
    lines = {one.line.number: one for one in found.lines}
    for number, one in sure.items():
        stored = lines[number]
        try:
            if one.instalment is not None:
                pledge = one.instalment.pledge.reference
                named = {"line_id": stored.id, "version": stored.version}
                recorded.append(record_line(desk, **named, donor=one.donor, pledge=pledge))  # type: ignore[arg-type]
            else:
                _settle(desk, stored, one.receipt, confirmed=False)
                settled += 1
        except Refused as refused:
            left.append((number, refused.problems[0]))
        except Questioned as asked:
            left.append((number, asked.questions[0]))
    return Done(settled, tuple(recorded), tuple(left))


def sure_of(found: Mapping[int, Suggestion]) -> dict[int, Suggestion]:
    """What may be confirmed all at once."""
    return {n: one for n, one in found.items() if one.sure and one.kind in ("matched", "suggested")}


def digest_of(found: Mapping[int, Suggestion]) -> str:
    """What was shown, as one hash."""
    said = [
        (n, one.kind, one.receipt, one.instalment.reference if one.instalment else "")
        for n, one in sorted(found.items())
    ]
    return sha256(repr(said).encode()).hexdigest()


def _raw(desk: Desk, line: Line, donor: str, pledge: str, earmark: str) -> dict[str, str]:
    """A line as a row of `receipts.csv`."""
    return {
        "reference": free_reference(desk.register(), donor, line.value_on),
        "donor": donor,
        "pledge": pledge,
        "received_on": line.value_on.isoformat(),
        "currency": line.currency,
        "amount": amount_text(line.amount_minor, line.currency),
        "earmark": earmark,
        "ledger_ref": line.ledger_ref,
        "notes": _notes(line),
    }


def _notes(line: Line) -> str:
    return "\n".join(text for text in (line.payer, line.details) if text)


def _settle(desk: Desk, found: StoredLine, receipt: str, confirmed: bool) -> None:
    entry = desk.register().receipts.get(receipt)
    if entry is None:
        raise Refused.of("unknown_receipt" if receipt else "missing", "receipt", text=receipt)
    if receipts_in_use(desk.session, desk.programme_id).get(receipt, found.id) != found.id:
        raise Refused.of("receipt_in_use", "receipt", text=receipt)
    one = entry.receipt
    if not confirmed and not (same_amount(found.line, one) and near(found.line, one)):
        facts = {
            "reference": receipt,
            "day": one.received_on.isoformat(),
            "amount": f"{one.currency} {amount_text(one.amount_minor, one.currency)}",
        }
        raise Questioned((Problem("line_differs", "receipt", facts),))
    query = select(ReceiptRow.id).where(
        ReceiptRow.programme_id == desk.programme_id, ReceiptRow.reference == receipt
    )
    receipt_id = desk.session.scalars(query).one()
    _change(desk, found, {"state": "settled", "receipt_id": receipt_id, "reason": ""})


def _change(desk: Desk, found: StoredLine, columns: Mapping[str, object]) -> None:
    record = desk.session.get_one(BankLine, found.id)
    name = desk.session.get_one(BankList, found.list_id).name
    reference = _named(name, found.line.number)
    change_row(desk.session, actor=desk.actor, record=record, reference=reference, columns=columns)


def _named(name: str, row: int) -> str:
    """What the audit trail calls a line."""
    return f"{name}, row {row}"


def _list(desk: Desk, list_id: int) -> StoredList:
    found = bank_list(desk.session, desk.programme_id, list_id)
    if found is None:
        raise LookupError(f"bank list {list_id}")
    return found


def _line(desk: Desk, line_id: int, version: int) -> StoredLine:
    list_id = list_of_line(desk.session, desk.programme_id, line_id)
    if list_id is None:
        raise LookupError(f"bank line {line_id}")
    found = next(one for one in _list(desk, list_id).lines if one.id == line_id)
    if found.version != version:
        raise Refused.of("line_changed")
    return found


def _open_line(desk: Desk, line_id: int, version: int) -> StoredLine:
    found = _line(desk, line_id, version)
    if found.state != "open":
        raise Refused.of("line_changed")
    return found
