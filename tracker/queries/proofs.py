"""`tracker check`: what must always hold, proved again on the live records (docs/trust.md).

Each proof is one line: a name that states what holds, and, where it does not, the first record that
breaks it. Sums are whole minor units; there is no tolerance.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from tracker.domain.contributions import Facts
from tracker.domain.entries import ReceiptEntry
from tracker.domain.exchange import Rates
from tracker.domain.money import PROGRAMME_CURRENCY, amount_text
from tracker.domain.months import first_day, month_text
from tracker.domain.own import part_of
from tracker.domain.position import Position, position
from tracker.domain.reading import check_schedule
from tracker.domain.vocabulary import LENSES
from tracker.models import (
    Attachment,
    AttachmentContent,
    BankLayout,
    BankLine,
    BankList,
    BudgetVersion,
    Caretaker,
    Contact,
    Donor,
    DonorMerge,
    ImportMapping,
    Meeting,
    MonthClosing,
    Note,
    Outcome,
    Paper,
    PaperFile,
    Pledge,
    Programme,
    Rate,
    Receipt,
    Refund,
    Statement,
    StatementFile,
    Upload,
    UploadContent,
    User,
)
from tracker.queries import records, trail
from tracker.queries.audited import written_into_closed_months
from tracker.queries.facts import load_facts
from tracker.queries.rows import row_of, row_text

MAX_NAMED = 5
CLOSED = "Nothing dated in a closed month was added, edited or voided"
Kept = Donor | Pledge | Receipt | Refund | Rate | User | Contact | Note | Attachment | Caretaker
Audited = (
    Kept
    | BankLayout
    | BankList
    | BankLine
    | Programme
    | Outcome
    | BudgetVersion
    | Statement
    | MonthClosing
    | Meeting
    | Paper
    | DonorMerge
    | ImportMapping
    | Upload
)
KEPT = (
    Donor,
    Pledge,
    Receipt,
    Refund,
    Rate,
    User,
    Contact,
    Note,
    Attachment,
    Caretaker,
    BankList,
    BankLine,
    Statement,
    StatementFile,
    MonthClosing,
    Meeting,
    Paper,
    PaperFile,
    DonorMerge,
    ImportMapping,
    Upload,
)
ENABLED_TRIGGERS = (
    "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace"
)
FIRST_DAY = date(2000, 1, 1)
FROZEN = ("audit_entry", "statement", "statement_file", "paper", "paper_file")
AUDITED: tuple[type[Audited], ...] = (
    Programme,
    Outcome,
    BudgetVersion,
    Donor,
    Rate,
    Pledge,
    Receipt,
    Refund,
    User,
    Contact,
    Note,
    Attachment,
    Caretaker,
    BankLayout,
    BankList,
    BankLine,
    Statement,
    MonthClosing,
    Meeting,
    Paper,
    DonorMerge,
    ImportMapping,
    Upload,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that must hold. A `note` tells of something odd that is allowed: it always holds."""

    name: str
    holds: bool
    detail: str = ""
    note: bool = False


def prove(session: Session, programme_id: int, today: date) -> list[Proof]:
    """Every proof, in the order of docs/trust.md. The figures are proved as of today and of the last day."""
    facts = load_facts(session, programme_id)
    last = max(today, first_day(facts.programme.last_month))
    proofs = []
    for day in dict.fromkeys((today, last)):
        book = position(facts, day)
        proofs += [_proof(f"{name}, as of {day.isoformat()}", breaks(book)) for name, breaks in FIGURES]
    proofs += [_proof(name, breaks(facts)) for name, breaks in RECORDS]
    proofs.append(_proof("The audit trail is unbroken", trail.chain_breaks(session, programme_id)))
    proofs.append(_proof("Every record is as its last audit entry says", _replay(session, programme_id)))
    proofs.append(_proof(CLOSED, written_into_closed_months(session, programme_id)))
    proofs.append(_proof("Every file is the bytes that were kept", _files(session, programme_id)))
    proofs.append(_proof("The database is sound", _database(session)))
    proofs.append(_rates_note(session, programme_id, facts.rates))
    return proofs


def holds_anchor(session: Session, programme_id: int, number: int, digest: str) -> Proof:
    """Whether the trail still has the entry that an earlier paper printed."""
    name = f"The audit trail still holds anchor {number}"
    stored = trail.hash_of(session, programme_id, number)
    if stored is None:
        newest, _ = trail.newest(session, programme_id)
        return Proof(name, False, f"the trail ends at entry {newest}: entries were cut off")
    return Proof(
        name, stored == digest, "" if stored == digest else f"entry {number} has another hash: {stored}"
    )


def _proof(name: str, breaks: Iterable[str]) -> Proof:
    found = list(breaks)
    more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
    return Proof(name, not found, "; ".join(found[:MAX_NAMED]) + more)


def _splits(book: Position) -> Iterator[str]:
    for item in book.items:
        if item.use == "core" and sum(item.parts_minor) != item.usd_minor:
            yield f"{item.reference}: parts {sum(item.parts_minor)}, whole {item.usd_minor}"


def _cells(book: Position) -> Iterator[str]:
    for cell in book.cells:
        if cell.required != cell.received + cell.signed + cell.pledged + cell.gap or cell.gap < 0:
            yield f"{cell.outcome} {month_text(cell.month)}"


def _traces(book: Position) -> Iterator[str]:
    """Each item's traced, unused, targeted and held money is its whole USD."""
    traced: dict[tuple[str, str], int] = {}
    for row in book.trace:
        traced[row.lens, row.reference] = traced.get((row.lens, row.reference), 0) + row.amount
    for item in book.items:
        found = traced.pop((item.lens, item.reference), 0)
        if found != item.usd_minor:
            yield f"{item.reference}: traced {amount_text(found)} of {amount_text(item.usd_minor)}"
    yield from (f"{reference}: traced, but not on record" for _, reference in traced)


def _lens_totals(book: Position) -> Iterator[str]:
    """Cells + unused + targeted + held = receipts less refunds, and open instalments, in USD."""
    open_usd = {"signed": 0, "pledged": 0}
    for state in book.pledges.values():
        open_usd[state.pledge.lens] += state.open_usd_minor
    whole = {"received": sum(net.net_usd_minor for net in book.receipts.values()), **open_usd}
    for lens in LENSES:
        parts = (
            getattr(book.total, lens),
            *(getattr(b, lens) for b in (book.unused, book.targeted, book.held)),
        )
        if sum(parts) != whole[lens]:
            yield f"{lens}: {amount_text(sum(parts))} of {amount_text(whole[lens])}"


def _totals(book: Position) -> Iterator[str]:
    """By month = by outcome = by donor = the programme's."""
    for name, sums in (("months", book.by_month().values()), ("outcomes", book.by_outcome().values())):
        added = [sum(column) for column in zip(*sums, strict=True)]
        if added != list(book.total):
            yield f"{name} add up to {added}"
    covered = sum(row.amount for row in book.trace if row.month is not None)
    if covered != book.total.received + book.total.signed + book.total.pledged:
        yield f"donors cover {amount_text(covered)}"


def _windows(book: Position) -> Iterator[str]:
    windows = {(i.lens, i.reference): (i.covers_from, i.covers_until) for i in book.items}
    for row in book.trace:
        start, until = windows.get((row.lens, row.reference), (0, -1))
        if row.month is not None and not start <= row.month <= until:
            yield f"{row.reference} covers {row.outcome} {month_text(row.month)}"


def _open_amounts(book: Position) -> Iterator[str]:
    for state in book.pledges.values():
        paid = min(state.settled_minor, state.pledge.amount_minor)
        rest = state.open_minor + state.unpaid_minor
        instalments = sum(i.settled_minor for i in state.instalments)
        if rest < 0 or paid + rest != state.pledge.amount_minor or instalments != paid:
            yield state.pledge.reference


def _donors_apart(book: Position) -> Iterator[str]:
    """The donors' own parts: together everything, and no record in two of them."""
    seen: dict[tuple[str, str], str] = {}
    money = dict.fromkeys(LENSES, 0)
    donors = {item.donor for item in book.items} | {net.receipt.donor for net in book.receipts.values()}
    for donor in sorted(donors | {state.pledge.donor for state in book.pledges.values()}):
        part = part_of(book, donor)
        for key in (*(("receipt", k) for k in part.receipts), *(("pledge", k) for k in part.pledges)):
            if seen.setdefault(key, donor) != donor:
                yield f"{key[0]} {key[1]} is {seen[key]}'s and {donor}'s"
        for item in part.items:
            money[item.lens] += item.usd_minor
    if len(seen) != len(book.receipts) + len(book.pledges):
        yield f"{len(seen)} of {len(book.receipts) + len(book.pledges)} records are a donor's"
    for lens in LENSES:
        whole = sum(item.usd_minor for item in book.items if item.lens == lens)
        if money[lens] != whole:
            yield f"{lens}: donors have {amount_text(money[lens])} of {amount_text(whole)}"


FIGURES: tuple[tuple[str, Callable[[Position], Iterable[str]]], ...] = (
    ("Every split re-adds to its amount", _splits),
    ("Every cell's parts re-add to its requirement", _cells),
    ("Every receipt and open instalment is traced to the cent", _traces),
    ("Covered, unused, targeted and held money is all money", _lens_totals),
    ("Totals by month, by outcome and by donor agree", _totals),
    ("No money covers a month outside its window", _windows),
    ("Open amounts are pledges less what settled them, never below zero", _open_amounts),
    ("What all donors see is everything, and no two see the same record", _donors_apart),
)


def _days(facts: Facts) -> Iterator[str]:
    """No day before 2000; nothing signed or closed before it was pledged."""
    for pledge in facts.pledges:
        later = [day for day in (pledge.signed_on, pledge.closed_on) if day is not None]
        if pledge.pledged_on < FIRST_DAY or any(day < pledge.pledged_on for day in later):
            yield pledge.reference
    dated = [(r.reference, r.received_on) for r in facts.receipts]
    dated += [(r.reference, r.refunded_on) for r in facts.refunds]
    dated += [(f"rate of {r.currency}", r.effective_on) for r in facts.rates.all()]
    yield from (f"{name} on {day.isoformat()}" for name, day in dated if day < FIRST_DAY)


def _schedules(facts: Facts) -> Iterator[str]:
    yield from (pledge.reference for pledge in facts.pledges if check_schedule(pledge))


def _receipts(facts: Facts) -> Iterator[str]:
    owners = {pledge.reference: pledge.donor for pledge in facts.pledges}
    for receipt in facts.receipts:
        if receipt.split is not None and sum(receipt.split) != receipt.usd_minor:
            yield f"{receipt.reference}: exact split"
        if receipt.deduction_minor < 0:
            yield f"{receipt.reference}: credited above what was sent"
        if receipt.pledge is not None and owners.get(receipt.pledge) != receipt.donor:
            yield f"{receipt.reference}: another donor's pledge {receipt.pledge}"


def _refunds(facts: Facts) -> Iterator[str]:
    left = {receipt.reference: receipt.amount_minor for receipt in facts.receipts}
    days = {receipt.reference: receipt.received_on for receipt in facts.receipts}
    for refund in facts.refunds:
        left[refund.receipt] = left.get(refund.receipt, 0) - refund.amount_minor
        if left[refund.receipt] < 0 or refund.refunded_on < days[refund.receipt]:
            yield refund.reference


RECORDS: tuple[tuple[str, Callable[[Facts], Iterable[str]]], ...] = (
    ("Every schedule re-adds to its pledge", _schedules),
    ("Every receipt keeps to its amount, its split and its donor", _receipts),
    ("No refund is before its receipt or above it", _refunds),
    ("Every day is 2000 or later, and in the order of a pledge's life", _days),
)


def _replay(session: Session, programme_id: int) -> Iterator[str]:
    """The last audit entry of each record against the record itself."""
    latest = {
        (entry.entity, entry.entity_id): (entry.seq, entry.after)
        for entry, _ in trail.entries(session, programme_id)
    }
    for model in AUDITED:
        for record in _all_of(session, model, programme_id):
            key = (model.__tablename__, record.id)
            seq, after = latest.pop(key, (0, None))
            if after != row_text(row_of(record)):
                yield f"{key[0]} {key[1]} differs from audit entry {seq or 'none'}"
    yield from (f"{entity} {id_} of audit entry {seq} is gone" for (entity, id_), (seq, _) in latest.items())


def _all_of(session: Session, model: type[Audited], programme_id: int) -> Iterable[Audited]:
    children = {
        Pledge: [selectinload(Pledge.instalments)],
        Donor: [selectinload(Donor.aliases)],
        Outcome: [selectinload(Outcome.activities)],
        BudgetVersion: [selectinload(BudgetVersion.lines)],
        Statement: [selectinload(Statement.files)],
        Paper: [selectinload(Paper.files)],
    }.get(model, [])
    whose = Programme.id if model is Programme else model.programme_id  # type: ignore[union-attr]
    query = select(model).where(whose == programme_id).options(*children)
    return session.scalars(query.execution_options(yield_per=1000, populate_existing=True))


def _files(session: Session, programme_id: int) -> Iterator[str]:
    """The bytes of issued statements, frozen papers and kept files against their hashes."""
    kept = select(Attachment.file_name, Attachment.sha256, AttachmentContent.content)
    kept = kept.join(AttachmentContent, AttachmentContent.attachment_id == Attachment.id)
    issued = select(StatementFile.file_name, StatementFile.sha256, StatementFile.content)
    frozen = select(PaperFile.file_name, PaperFile.sha256, PaperFile.content)
    given = select(Upload.file_name, Upload.sha256, UploadContent.content)
    given = given.join(UploadContent, UploadContent.upload_id == Upload.id)
    parts = ((kept, Attachment), (issued, StatementFile), (frozen, PaperFile), (given, Upload))
    for query, table in parts:
        found = session.execute(query.where(table.programme_id == programme_id))
        for name, digest, content in found.yield_per(20):
            if sha256(content).hexdigest() != digest:
                yield f"{name} has other bytes than those of its hash {digest[:12]}"


def _database(session: Session) -> Iterator[str]:
    """The database's own word: its pages, its foreign keys, its triggers against deletion."""
    sqlite = session.connection().dialect.name == "sqlite"
    if sqlite:
        yield from (row[0] for row in session.execute(text("PRAGMA integrity_check")) if row[0] != "ok")
        for table, row_id, parent, _ in session.execute(text("PRAGMA foreign_key_check")):
            yield f"{table} row {row_id} names a {parent} that is not there"
    listed = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    triggers = set(session.scalars(text(listed if sqlite else ENABLED_TRIGGERS)))
    wanted = {f"tr_{model.__tablename__}_no_delete" for model in KEPT}
    wanted |= {"tr_audit_entry_no_delete", "tr_instalment_no_delete"}
    wanted |= {f"tr_{table}_no_update" for table in FROZEN}
    yield from (f"trigger {name} is missing" for name in sorted(wanted - triggers))


def _rates_note(session: Session, programme_id: int, rates: Rates) -> Proof:
    """Receipts whose recorded USD is not what the rate now in force gives: allowed, and listed (R5)."""
    entries = records.receipts(session, programme_id)
    found = [line for entry in entries if (line := _other_usd(entry, rates))]
    return Proof("Receipts whose USD differs from the rate now in force", True, "; ".join(found), note=True)


def _other_usd(entry: ReceiptEntry, rates: Rates) -> str:
    receipt = entry.receipt
    if receipt.currency == PROGRAMME_CURRENCY or rates.find(receipt.currency, receipt.received_on) is None:
        return ""
    now = rates.to_usd(receipt.amount_minor, receipt.currency, receipt.received_on)
    if now == receipt.usd_minor:
        return ""
    return f"{receipt.reference}: recorded {amount_text(receipt.usd_minor)}, by the rate {amount_text(now)}"
