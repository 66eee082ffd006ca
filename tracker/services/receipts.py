"""The life of a receipt after it was recorded: amended, its hold assigned, money of it given back.

A receipt's USD stays what it was while its amount, currency and day stand (R5). In the audit trail:
`amend`, `assign`, and `record` or `amend` of a refund.
"""

from collections.abc import Mapping
from typing import cast

from tracker.domain.again import read_receipt_again, read_refund_again
from tracker.domain.consequences import check_changed_receipt
from tracker.domain.entries import ReceiptEntry, RefundEntry
from tracker.domain.items import receipt_earmark
from tracker.domain.problems import Refused
from tracker.domain.reading import in_open_month, read_refund
from tracker.domain.register import Register
from tracker.domain.rows import Reading, Row
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.domain.writing import receipt_row
from tracker.services.records import Desk, Raw, accept, fresh, unused


def amend_receipt(
    desk: Desk, *, reference: str, version: int, raw: Raw, confirmed: bool = False
) -> ReceiptEntry:
    """Change what is recorded of a receipt; its reference stays."""
    register = desk.register()
    old = cast(ReceiptEntry, fresh(desk, "receipts", reference, version, register))
    return _change(desk, old, {**raw, "reference": reference}, register, "amend", confirmed)


def assign_hold(
    desk: Desk, *, reference: str, version: int, raw: Raw, confirmed: bool = False
) -> ReceiptEntry:
    """Say whose money on hold is and what it may serve: `donor`, `pledge`, `earmark`."""
    register = desk.register()
    old = cast(ReceiptEntry, fresh(desk, "receipts", reference, version, register))
    row = Row(raw)
    if not on_hold(old, register):
        row.wrong("not_on_hold", "donor")
    if raw.get("donor") == UNIDENTIFIED_DONOR:
        row.wrong("still_unidentified", "donor")
    if row.problems:
        raise Refused(tuple(row.problems))
    return _change(desk, old, assigned_row(old, raw, register), register, "assign", confirmed)


def assigned_row(old: ReceiptEntry, raw: Raw, register: Register) -> dict[str, str]:
    """A receipt's row with the donor, pledge and earmark of a form."""
    standing = receipt_row(old, register.programme.codes, with_usd=old.usd_stated)
    return {**standing, **{name: raw.get(name, "") for name in ("donor", "pledge", "earmark")}}


def on_hold(entry: ReceiptEntry, register: Register) -> bool:
    """Whether a receipt waits for its payer or for its donor's decision."""
    receipt = entry.receipt
    named = register.pledges.get(receipt.pledge) if receipt.pledge is not None else None
    held = receipt_earmark(receipt, named.pledge if named else None).kind == "hold"
    return held or receipt.donor == UNIDENTIFIED_DONOR


def _change(
    desk: Desk,
    old: ReceiptEntry,
    raw: Mapping[str, str],
    register: Register,
    action: str,
    confirmed: bool,
) -> ReceiptEntry:
    entry = accept(read_changed_receipt(raw, register, old), confirmed)
    desk.store().change("receipts", entry, action=action)
    return entry


def read_changed_receipt(raw: Raw, register: Register, old: ReceiptEntry) -> Reading[ReceiptEntry]:
    """A receipt on record with other content, and what that would break among its refunds."""
    reading = in_open_month(read_receipt_again(raw, register, old), old, register)
    problems = reading.problems
    if reading.entry is not None:
        problems = check_changed_receipt(reading.entry, register)
    return Reading(None if problems else reading.entry, problems, reading.questions)


def record_refund(desk: Desk, *, raw: Raw, confirmed: bool = False) -> RefundEntry:
    """Record money given back: its own dated record against a receipt."""
    register = desk.register()
    entry = accept(unused("refunds", read_refund(raw, register), register, "reference"), confirmed)
    desk.store().add("refunds", [entry])
    return entry


def amend_refund(
    desk: Desk, *, reference: str, version: int, raw: Raw, confirmed: bool = False
) -> RefundEntry:
    """Change what is recorded of a refund; its reference and its receipt stay."""
    register = desk.register()
    old = cast(RefundEntry, fresh(desk, "refunds", reference, version, register))
    said = {**raw, "reference": reference, "receipt": old.refund.receipt}
    entry = accept(in_open_month(read_refund_again(said, register, old), old, register), confirmed)
    desk.store().change("refunds", entry)
    return entry
