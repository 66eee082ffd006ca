"""The money: what was pledged, signed and received, what was given back, and what is still open.

Each transaction is in the currency that it was made in, and carries what IATI has no element for.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from tracker.domain.contributions import InstalmentState, Pledge
from tracker.domain.earmark import Earmark
from tracker.domain.earmark import Kind as EarmarkKind
from tracker.domain.money import amount_text
from tracker.domain.publishing import organisation_type
from tracker.queries.report import DonorRow, RefundRow
from tracker.reporting.iati import own
from tracker.reporting.iati.nodes import Node, narrative, node
from tracker.reporting.iati.publication import Paid, Publication

INCOMING_FUNDS: Final = "1"
INCOMING_COMMITMENT: Final = "11"
INCOMING_PLEDGE: Final = "13"
MULTI_DONOR_SINGLE_ENTITY: Final = "B032"
PRIVATE_FINANCE: Final = "30"
PRIVATE_KINDS: Final = frozenset({"private", "foundation", "cso", "employers", "workers"})
EARMARKING: Final[dict[EarmarkKind, str]] = {"core": "1", "outcomes": "2", "support": "2", "targeted": "4"}
"""IATI's EarmarkingCategory: unearmarked, softly, tightly. Money on hold has none yet."""


def planned(found: Publication) -> Iterator[Node]:
    """What is open of each instalment, from the day it is due."""
    for one in found.open:
        yield _planned(found, one)


def _planned(found: Publication, one: InstalmentState) -> Node:
    day, currency = one.due_on.isoformat(), one.pledge.currency
    return node(
        "planned-disbursement",
        node("period-start", iso_date=day),
        node("value", text=amount_text(one.open_minor, currency), currency=currency, value_date=day),
        _provider(found, one.pledge.donor),
        _receiver(found),
        own.open_node(one),
    )


def transactions(found: Publication) -> Iterator[Node]:
    """Pledges, signatures, receipts, refunds: each by date, then reference."""
    yield from (_pledge(found, one) for one in found.pledges)
    yield from (_signature(found, one) for one in found.signed)
    yield from (_receipt(found, one) for one in found.paid)
    paid = {one.receipt.reference: one for one in found.paid}
    yield from (_refund(found, one, paid[one.receipt]) for one in found.refunds)


def _pledge(found: Publication, pledge: Pledge) -> Node:
    return _transaction(
        found,
        INCOMING_PLEDGE,
        pledge.reference,
        pledge.pledged_on,
        (pledge.amount_minor, pledge.currency),
        (pledge.donor, pledge.earmark),
        own.pledge_node(pledge),
    )


def _signature(found: Publication, pledge: Pledge) -> Node:
    return _transaction(
        found,
        INCOMING_COMMITMENT,
        pledge.reference,
        pledge.signed_on or pledge.pledged_on,
        (pledge.amount_minor, pledge.currency),
        (pledge.donor, pledge.earmark),
        own.signature_node(pledge),
    )


def _receipt(found: Publication, paid: Paid) -> Node:
    receipt = paid.receipt
    return _transaction(
        found,
        INCOMING_FUNDS,
        receipt.reference,
        receipt.received_on,
        (receipt.amount_minor, receipt.currency),
        (receipt.donor, paid.earmark),
        own.receipt_node(paid, found.position.programme.codes),
    )


def _refund(found: Publication, refund: RefundRow, paid: Paid) -> Node:
    currency = paid.receipt.currency
    return _transaction(
        found,
        INCOMING_FUNDS,
        refund.reference,
        refund.refunded_on,
        (-refund.amount_minor, currency),
        (paid.receipt.donor, paid.earmark),
        own.refund_node(refund, currency),
    )


def _transaction(
    found: Publication,
    kind: str,
    reference: str,
    day: date,
    amount: tuple[int, str],
    whose: tuple[str, Earmark],
    more: Node,
) -> Node:
    """In the order that the schema asks for; `amount` is minor units and their currency, `whose` the donor's
    code and the earmark."""
    donor, earmark = found.report.donors[whose[0]], whose[1]
    dated = day.isoformat()
    return node(
        "transaction",
        node("transaction-type", code=kind),
        node("transaction-date", iso_date=dated),
        node("value", text=amount_text(*amount), currency=amount[1], value_date=dated),
        _provider(found, donor.code),
        _receiver(found),
        *_flow(donor),
        *_aid(earmark),
        more,
        ref=reference,
    )


def _flow(donor: DonorRow) -> Iterator[Node]:
    if donor.kind in PRIVATE_KINDS:
        yield node("flow-type", code=PRIVATE_FINANCE)


def _aid(earmark: Earmark) -> Iterator[Node]:
    """Both vocabularies: where the second stands, the first is asked for."""
    yield node("aid-type", code=MULTI_DONOR_SINGLE_ENTITY, vocabulary="1")
    if code := EARMARKING.get(earmark.kind):
        yield node("aid-type", code=code, vocabulary="2")


def _provider(found: Publication, code: str) -> Node:
    donor = found.report.donors[code]
    return node(
        "provider-org",
        narrative(donor.name),
        ref=found.published_ref(donor),
        type=organisation_type(donor.kind, donor.country),
    )


def _receiver(found: Publication) -> Node:
    publisher = found.publisher
    return node(
        "receiver-org",
        narrative(publisher.name),
        ref=publisher.ref,
        type=publisher.organisation_type,
        receiver_activity_id=publisher.activity,
    )
