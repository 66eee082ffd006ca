"""What changing a record would break among the records that depend on it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from tracker.domain.closing import check_closed
from tracker.domain.entries import PledgeEntry, ReceiptEntry
from tracker.domain.exchange import Rates
from tracker.domain.money import PROGRAMME_CURRENCY, amount_text
from tracker.domain.problems import Problem
from tracker.domain.reading import check_schedule
from tracker.domain.register import Kind, Register
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR

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
    """What stands in the way of voiding: a closed month, and records that would lose their ground."""
    inside = check_closed(register.find(kind, key), None, register.closed)
    months = {problem.facts["month"]: replace(problem, column="reason") for problem in inside}
    return (*months.values(), *_left_without(kind, key, register))


def _left_without(kind: Kind, key: str, register: Register) -> tuple[Problem, ...]:
    """What voiding a record would leave without its ground: the records that name it."""
    if kind == "rates":
        return _amounts_left_without(key, register)
    named_by = {
        "donors": lambda: (
            [p.key for p in register.pledges.values() if p.pledge.donor == key]
            + [r.key for r in register.receipts.values() if r.receipt.donor == key]
        ),
        "pledges": lambda: [r.key for r in register.receipts_of(key)],
        "receipts": lambda: [r.reference for r in register.refunds_of(key)],
    }
    if kind == "donors" and key == UNIDENTIFIED_DONOR:
        return (Problem("unidentified_stays", "reason"),)
    merged = sorted(code for code, into in register.merged.items() if into == key and kind == "donors")
    if merged:
        return (Problem("has_merged", "reason", {"names": ", ".join(merged[:5])}),)
    users = sorted(named_by[kind]()) if kind in named_by else []
    return (Problem("still_named", "reason", {"references": ", ".join(users[:5])}),) if users else ()


def _amounts_left_without(key: str, register: Register) -> tuple[Problem, ...]:
    """The first record that would have no rate in force, were this one gone (R5: never guess)."""
    currency = key.partition(" ")[0]
    others = Rates(entry.rate for entry in register.rates.values() if entry.key != key)
    needed = sorted((day, reference) for day, reference in _days_that_need(currency, register))
    for day, reference in needed:
        if others.find(currency, day) is None:
            facts = {"reference": reference, "currency": currency, "day": day.isoformat()}
            return (Problem("needs_this_rate", "reason", facts),)
    return ()


def _days_that_need(currency: str, register: Register) -> Iterator[tuple[date, str]]:
    """Days on which a record needs a rate of a currency, and its reference (FORMATS: no rate in force)."""
    for entry in register.pledges.values():
        if entry.pledge.currency == currency:
            yield entry.pledge.pledged_on, entry.key
            for paid in register.receipts_of(entry.key):
                if paid.receipt.currency != currency:
                    yield paid.receipt.received_on, paid.key
    for receipt in register.receipts.values():
        if receipt.receipt.currency == currency and not receipt.usd_stated:
            yield receipt.receipt.received_on, receipt.key
