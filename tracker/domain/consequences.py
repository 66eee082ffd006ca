"""What changing a record would break among the records that depend on it."""

from typing import Final

from tracker.domain.entries import PledgeEntry, ReceiptEntry
from tracker.domain.money import PROGRAMME_CURRENCY, amount_text
from tracker.domain.problems import Problem
from tracker.domain.reading import check_schedule
from tracker.domain.register import Kind, Register

SET_ASIDE: Final = ("targeted", "hold")


def check_changed_pledge(entry: PledgeEntry, register: Register) -> tuple[Problem, ...]:
    """What a changed pledge would break: receipts of another donor, a missing rate for them."""
    pledge, problems = entry.pledge, list(check_schedule(entry.pledge))
    for paid in register.receipts_of(pledge.reference):
        receipt = paid.receipt
        if receipt.donor != pledge.donor:
            facts = {"receipt": receipt.reference, "donor": receipt.donor}
            problems.append(Problem("receipts_of_another_donor", "donor", facts))
        if receipt.split is not None and not receipt.earmark and pledge.earmark.kind in SET_ASIDE:
            facts = {"receipt": receipt.reference, "earmark": str(pledge.earmark)}
            problems.append(Problem("receipt_has_exact_split", "earmark", facts))
        if receipt.currency != pledge.currency and not register.rate_table.find(
            pledge.currency, receipt.received_on
        ):
            facts = {"currency": pledge.currency, "day": receipt.received_on.isoformat()}
            problems.append(Problem("no_rate", "currency", facts))
    return tuple(problems)


def check_changed_receipt(entry: ReceiptEntry, register: Register) -> tuple[Problem, ...]:
    """What a changed receipt would break: refunds before it, or above it."""
    receipt, problems = entry.receipt, []
    refunds = list(register.refunds_of(receipt.reference))
    for refund in refunds:
        if refund.refunded_on < receipt.received_on:
            facts: dict[str, object] = {"refund": refund.reference, "day": refund.refunded_on.isoformat()}
            problems.append(Problem("after_its_refund", "received_on", facts))
    refunded = sum(refund.amount_minor for refund in refunds)
    stated = sum(refund.usd_minor or 0 for refund in refunds)
    if refunded > receipt.amount_minor:
        facts = {"refunded": amount_text(refunded, receipt.currency), "currency": receipt.currency}
        problems.append(Problem("below_its_refunds", "amount", facts))
    if stated > receipt.usd_minor:
        facts = {"refunded": amount_text(stated), "currency": PROGRAMME_CURRENCY}
        problems.append(Problem("below_its_refunds", "usd_amount", facts))
    return tuple(problems)


def check_void(kind: Kind, key: str, register: Register) -> tuple[Problem, ...]:
    """What voiding a record would leave without its ground: the records that name it."""
    named_by = {
        "donors": lambda: (
            [p.key for p in register.pledges.values() if p.pledge.donor == key]
            + [r.key for r in register.receipts.values() if r.receipt.donor == key]
        ),
        "pledges": lambda: [r.key for r in register.receipts_of(key)],
        "receipts": lambda: [r.reference for r in register.refunds_of(key)],
    }
    users = sorted(named_by[kind]()) if kind in named_by else []
    return (Problem("still_named", "reason", {"references": ", ".join(users[:5])}),) if users else ()
