"""A record that is on record already, read again: by an import, or by a form that amends it.

What was fixed when it was recorded stays fixed: a receipt's USD is not worked out again from today's
rates while its amount, currency and day stand (R5), and a refund on record is not measured again.
"""

from collections.abc import Mapping
from dataclasses import replace

from tracker.domain.contributions import Receipt, Refund, refunds_usd
from tracker.domain.entries import ReceiptEntry, RefundEntry
from tracker.domain.money import PROGRAMME_CURRENCY, amount_text, parse_amount
from tracker.domain.problems import Refused
from tracker.domain.reading import read_receipt, read_refund
from tracker.domain.register import Register
from tracker.domain.rows import Reading

Raw = Mapping[str, str]


def same_amount(text: str, currency: str, minor: int | None) -> bool:
    """Whether a text is this amount, however it is written.

    >>> same_amount("100.0", "USD", 10000), same_amount("1e2", "USD", 10000)
    (True, False)
    """
    try:
        return parse_amount(text, currency) == minor
    except Refused:
        return False


def read_receipt_again(raw: Raw, register: Register, old: ReceiptEntry) -> Reading[ReceiptEntry]:
    """A row of a receipt on record: a USD that was worked out then is kept where nothing moved it."""
    if not old.usd_stated and not raw.get("usd_amount") and old.receipt.usd_minor > 0:
        receipt = old.receipt
        unmoved = raw.get("currency") == receipt.currency and raw.get("received_on") == str(
            receipt.received_on
        )
        if unmoved and same_amount(raw.get("amount", ""), receipt.currency, receipt.amount_minor):
            raw = {**raw, "usd_amount": amount_text(receipt.usd_minor)}
    reading = read_receipt(raw, register)
    if reading.entry is None:
        return reading
    return replace(reading, entry=_with_recorded_usd(old, reading.entry))


def _with_recorded_usd(old: ReceiptEntry, new: ReceiptEntry) -> ReceiptEntry:
    """The same USD of the same money is stated, or not, as it was on record."""
    if _money(old.receipt) == _money(new.receipt) and old.receipt.usd_minor == new.receipt.usd_minor:
        return replace(new, usd_stated=old.usd_stated)
    return new


def _money(receipt: Receipt) -> tuple[object, ...]:
    return receipt.amount_minor, receipt.currency, receipt.received_on


def read_refund_again(raw: Raw, register: Register, old: RefundEntry) -> Reading[RefundEntry]:
    """A row of a refund on record: the USD that it has there is not held against what is left."""
    standing = register.receipts.get(raw.get("receipt", ""))
    same = standing is not None and _same_money(raw, old.refund, standing.receipt.currency)
    if not same or not _is_recorded_usd(raw.get("usd_amount", ""), old.refund, register):
        return read_refund(raw, register)
    reading = read_refund({**raw, "usd_amount": ""}, register)
    if reading.entry is None:
        return reading
    refund = replace(reading.entry.refund, usd_minor=old.refund.usd_minor)
    return replace(reading, entry=replace(reading.entry, refund=refund))


def _same_money(raw: Raw, refund: Refund, currency: str) -> bool:
    return (
        raw.get("receipt") == refund.receipt
        and raw.get("refunded_on") == str(refund.refunded_on)
        and same_amount(raw.get("amount", ""), currency, refund.amount_minor)
    )


def _is_recorded_usd(text: str, old: Refund, register: Register) -> bool:
    """Whether a refund's `usd_amount` says what it is worth on record: stated, or its share (R5)."""
    worth = _worth(old, register)
    if text:
        return same_amount(text, PROGRAMME_CURRENCY, worth if old.usd_minor is None else old.usd_minor)
    return old.usd_minor is None or worth == _worth(replace(old, usd_minor=None), register)


def _worth(refund: Refund, register: Register) -> int | None:
    """USD cents of a refund among the others of its receipt."""
    standing = register.receipts.get(refund.receipt)
    if standing is None:
        return None
    others = [one for one in register.refunds_of(refund.receipt) if one.reference != refund.reference]
    valued = refunds_usd(standing.receipt, [*others, refund])
    return next(usd for one, usd in valued if one.reference == refund.reference)
