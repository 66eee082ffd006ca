"""What a donor's pages need: its own records, and the programme around them as far as it may be told.

Everything returned is about one donor, or has passed `tracker.domain.own.beside_of`. Nothing here holds a
name, a reference or an amount of another donor.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from tracker.domain.contributions import NetReceipt, PledgeState, Receipt
from tracker.domain.exchange import Rate, Rates, usd_at
from tracker.domain.items import Item
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.own import Beside, OwnPart, beside_of, part_of
from tracker.queries import records
from tracker.queries.directory import at_base
from tracker.queries.known import Known
from tracker.queries.position import facts_of, position_of


def own_part(
    session: Session, programme_id: int, donor: str, as_of: date, known: Known | None = None
) -> OwnPart:
    """One donor's part of the position as of a day. The one query that filters."""
    return part_of(position_of(session, programme_id, as_of, known), donor)


def programme_beside(session: Session, programme_id: int, donor: str, as_of: date, *, latest: bool) -> Beside:
    """What a donor may see of the programme as of a day.

    `latest`: the day is today, or that of a frozen paper. Others are told of no other day.
    """
    return beside_of(position_of(session, programme_id, as_of), donor, latest=latest)


@dataclass(frozen=True, slots=True)
class OwnPledge:
    """A pledge of the donor: its agreement's reference, and the rates its exchange differences come from.

    `pledged_usd_minor` and `settled_usd_minor` are at `base`, the rate of the base day (R5), over-payment
    left out; both rates are None in USD. `now` is the as-of rate, None where nothing is open.
    """

    state: PledgeState
    agreement_ref: str
    base: Rate | None
    now: Rate | None
    pledged_usd_minor: int
    settled_usd_minor: int

    @property
    def base_day(self) -> date:
        """The day whose rate differences are reckoned from: signed, else pledged."""
        return self.state.pledge.signed_on or self.state.pledge.pledged_on

    @property
    def exchanged(self) -> bool:
        """Whether there is an exchange difference to tell of."""
        foreign = self.state.pledge.currency != PROGRAMME_CURRENCY
        return foreign or bool(self.state.realised_usd_minor or self.state.unrealised_usd_minor)


@dataclass(frozen=True, slots=True)
class OwnReceipt:
    """A receipt of the donor with its ledger reference, and those of its refunds by their reference.

    `rate` valued it. It is None in USD, where the USD is what was credited (`stated`), and where the rate
    now in force is not the one it was valued by when recorded. `item` is None where all was given back.
    """

    net: NetReceipt
    ledger_ref: str
    stated: bool
    rate: Rate | None
    item: Item | None
    refund_refs: dict[str, str]


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """A donor's pledges by day, and receipts by day."""

    pledges: tuple[OwnPledge, ...]
    receipts: tuple[OwnReceipt, ...]

    @property
    def received_usd_minor(self) -> int:
        """Received less refunds."""
        return sum(one.net.net_usd_minor for one in self.receipts)

    @property
    def open_usd_minor(self) -> int:
        """Open, at the as-of rates."""
        return sum(one.state.open_usd_minor for one in self.pledges)


def own_records(session: Session, programme_id: int, part: OwnPart, known: Known | None = None) -> OwnRecords:
    """The donor's own pledges and receipts, with what stands on record of them."""
    rates, seq = facts_of(session, programme_id, known).rates, known.seq if known else None
    agreements = {e.key: e.agreement_ref for e in records.pledges(session, programme_id, seq, part.donor)}
    ledger = {
        e.key: (e.ledger_ref, e.usd_stated) for e in records.receipts(session, programme_id, seq, part.donor)
    }
    refunds = {
        e.key: e.ledger_ref
        for e in records.refunds(session, programme_id, seq)
        if e.refund.receipt in part.receipts
    }
    items = {item.reference: item for item in part.items if item.lens == "received"}
    pledges = (
        _pledge(s, agreements.get(s.pledge.reference, ""), rates, part.as_of) for s in part.pledges.values()
    )
    receipts = (
        _receipt(net, *ledger.get(key, ("", False)), rates, items.get(key), refunds)
        for key, net in part.receipts.items()
    )
    return OwnRecords(
        tuple(sorted(pledges, key=lambda one: (one.state.pledge.pledged_on, one.state.pledge.reference))),
        tuple(sorted(receipts, key=lambda one: (one.net.receipt.received_on, one.net.receipt.reference))),
    )


def _pledge(state: PledgeState, agreement_ref: str, rates: Rates, as_of: date) -> OwnPledge:
    pledge = state.pledge
    foreign = pledge.currency != PROGRAMME_CURRENCY
    return OwnPledge(
        state=state,
        agreement_ref=agreement_ref,
        base=rates.find(pledge.currency, pledge.signed_on or pledge.pledged_on) if foreign else None,
        now=rates.find(pledge.currency, as_of) if foreign and state.open_minor else None,
        pledged_usd_minor=at_base(state, pledge.amount_minor, rates),
        settled_usd_minor=at_base(state, min(state.settled_minor, pledge.amount_minor), rates),
    )


def _receipt(
    net: NetReceipt, ledger_ref: str, stated: bool, rates: Rates, item: Item | None, refunds: dict[str, str]
) -> OwnReceipt:
    rate = None if stated else valued_by(net.receipt, rates)
    mine = {refund.reference: refunds.get(refund.reference, "") for refund, _ in net.refunds}
    return OwnReceipt(net, ledger_ref, stated, rate, item, mine)


def valued_by(receipt: Receipt, rates: Rates) -> Rate | None:
    """The rate in force on a receipt's day, where its USD is what this rate makes of it."""
    rate = rates.find(receipt.currency, receipt.received_on)
    if rate is None or receipt.currency == PROGRAMME_CURRENCY:
        return None
    same = usd_at(receipt.amount_minor, receipt.currency, rate.value) == receipt.usd_minor
    return rate if same else None
