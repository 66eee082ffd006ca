"""The columns of each list that can be taken away. Names are those of the import files where there is one."""

from collections.abc import Callable, Mapping, Sequence

from flask_babel import gettext as _

from tracker.domain.contributions import InstalmentState, PledgeState
from tracker.domain.entries import DonorEntry, PledgeEntry
from tracker.domain.months import Month, month_text
from tracker.queries.directory import Contributor, ReceiptLine, RefundLine
from tracker.reporting.lists import Column, Money

Donors = Mapping[str, DonorEntry]
Words = Mapping[str, str]


def donor_columns(kinds: Words, state: Callable[[Contributor], str]) -> Sequence[Column[Contributor]]:
    """Who contributes, and what came of it."""
    return (
        Column("code", _("Code"), lambda r: r.donor.code),
        Column("name", _("Donor"), lambda r: r.donor.name),
        Column("kind", _("Kind"), lambda r: kinds.get(r.donor.kind, r.donor.kind)),
        Column("country", _("Country"), lambda r: r.donor.country),
        Column("anonymous", _("Anonymous"), lambda r: _("yes") if r.donor.anonymous else ""),
        Column("pledges", _("Pledges"), lambda r: r.pledges, "pledges"),
        Column("pledged_usd", _("Pledged, USD"), lambda r: Money(r.pledged_usd_minor), "pledged"),
        Column("received_usd", _("Received, USD"), lambda r: Money(r.received_usd_minor), "received"),
        Column("open_usd", _("Open, USD"), lambda r: Money(r.open_usd_minor), "open"),
        Column("last_receipt_on", _("Last receipt"), lambda r: r.last_receipt_on),
        Column("oldest_open_due_on", _("Oldest open instalment due"), lambda r: r.oldest_due_on),
        Column("state", _("State"), state),
        Column("aliases", _("Other names"), lambda r: "; ".join(r.donor.aliases)),
        Column("email", _("E-mail"), lambda r: r.donor.email, personal=True),
    )


def pledge_columns(
    donors: Donors,
    entries: Mapping[str, PledgeEntry],
    earmark: Callable[[PledgeState], str],
    state: Callable[[PledgeState], str],
) -> Sequence[Column[PledgeState]]:
    """Pledges and agreements, and how each stands."""

    def papers(row: PledgeState) -> PledgeEntry:
        return entries.get(row.pledge.reference) or PledgeEntry(row.pledge)

    return (
        Column("reference", _("Pledge"), lambda r: r.pledge.reference),
        Column("donor", _("Donor code"), lambda r: r.pledge.donor),
        Column("donor_name", _("Donor"), lambda r: _name(donors, r.pledge.donor)),
        Column("agreement_ref", _("Agreement reference"), lambda r: papers(r).agreement_ref),
        Column("pledged_on", _("Pledged on"), lambda r: r.pledge.pledged_on),
        Column("signed_on", _("Signed on"), lambda r: r.pledge.signed_on),
        Column("closed_on", _("Closed on"), lambda r: r.pledge.closed_on),
        Column("currency", _("Currency"), lambda r: r.pledge.currency),
        Column("amount", _("Amount"), lambda r: _own(r, r.pledge.amount_minor)),
        Column("settled", _("Settled"), lambda r: _own(r, r.settled_minor)),
        Column("open", _("Open"), lambda r: _own(r, r.open_minor)),
        Column("unpaid", _("Withdrawn or written off"), lambda r: _own(r, r.unpaid_minor)),
        Column("paid_above", _("Paid above the pledge"), lambda r: _own(r, r.overpaid_minor)),
        Column("received_usd", _("Received, USD"), lambda r: Money(r.received_usd_minor), "received"),
        Column("open_usd", _("Open, USD"), lambda r: Money(r.open_usd_minor), "open"),
        Column("earmark", _("Earmark"), earmark),
        Column("covers_from", _("Covers from"), lambda r: _month(r.pledge.covers_from)),
        Column("covers_until", _("Covers until"), lambda r: _month(r.pledge.covers_until)),
        Column("state", _("State"), state),
        Column("notes", _("Notes"), lambda r: papers(r).notes, personal=True),
    )


def instalment_columns(
    donors: Donors, state: Callable[[InstalmentState], str], days: Callable[[InstalmentState], int | None]
) -> Sequence[Column[InstalmentState]]:
    """Instalments, and what is open of each."""
    return (
        Column("pledge", _("Pledge"), lambda r: r.pledge.reference),
        Column("number", _("Instalment"), lambda r: r.number),
        Column("donor", _("Donor code"), lambda r: r.pledge.donor),
        Column("donor_name", _("Donor"), lambda r: _name(donors, r.pledge.donor)),
        Column("signed_on", _("Signed on"), lambda r: r.pledge.signed_on),
        Column("due_on", _("Due"), lambda r: r.due_on),
        Column("currency", _("Currency"), lambda r: r.pledge.currency),
        Column("amount", _("Amount"), lambda r: Money(r.amount_minor, r.pledge.currency)),
        Column("settled", _("Settled"), lambda r: Money(r.settled_minor, r.pledge.currency)),
        Column("open", _("Open"), lambda r: Money(r.open_minor, r.pledge.currency)),
        Column("open_usd", _("Open, USD"), lambda r: Money(r.open_usd_minor), "open"),
        Column("state", _("State"), state),
        Column("days_overdue", _("Days overdue"), days),
    )


def receipt_columns(
    donors: Donors, earmark: Callable[[ReceiptLine], str], uses: Callable[[ReceiptLine], str]
) -> Sequence[Column[ReceiptLine]]:
    """Money that has arrived."""
    return (
        Column("reference", _("Receipt"), lambda r: r.entry.key),
        Column("donor", _("Donor code"), lambda r: r.entry.receipt.donor),
        Column("donor_name", _("Donor"), lambda r: _name(donors, r.entry.receipt.donor)),
        Column("pledge", _("For"), lambda r: r.entry.receipt.pledge),
        Column("received_on", _("Value date"), lambda r: r.entry.receipt.received_on),
        Column("ledger_ref", _("Ledger reference"), lambda r: r.entry.ledger_ref),
        Column("currency", _("Currency"), lambda r: r.entry.receipt.currency),
        Column("amount", _("Amount"), _sent),
        Column("usd_amount", _("USD"), lambda r: Money(r.entry.receipt.usd_minor), "received"),
        Column("given_back_usd", _("Given back, USD"), lambda r: Money(r.given_back_usd_minor), "back"),
        Column("unused_usd", _("Unused, USD"), lambda r: Money(r.unused_usd_minor), "unused"),
        Column("earmark", _("Earmark"), earmark),
        Column("covers_from", _("Covers from"), lambda r: _month(r.entry.receipt.covers_from)),
        Column("covers_until", _("Covers until"), lambda r: _month(r.entry.receipt.covers_until)),
        Column("remarks", _("Remarks"), uses),
        Column("notes", _("Notes"), lambda r: r.entry.notes, personal=True),
    )


def refund_columns(donors: Donors) -> Sequence[Column[RefundLine]]:
    """Money that was given back."""
    return (
        Column("reference", _("Refund"), lambda r: r.entry.key),
        Column("receipt", _("Receipt"), lambda r: r.receipt.key),
        Column("donor", _("Donor code"), lambda r: r.receipt.receipt.donor),
        Column("donor_name", _("Donor"), lambda r: _name(donors, r.receipt.receipt.donor)),
        Column("refunded_on", _("Given back on"), lambda r: r.refund.refunded_on),
        Column("ledger_ref", _("Ledger reference"), lambda r: r.entry.ledger_ref),
        Column("currency", _("Currency"), lambda r: r.receipt.receipt.currency),
        Column("amount", _("Amount"), lambda r: Money(r.refund.amount_minor, r.receipt.receipt.currency)),
        Column("usd_amount", _("USD"), lambda r: None if r.usd_minor is None else Money(r.usd_minor), "back"),
        Column("notes", _("Notes"), lambda r: r.entry.notes, personal=True),
    )


def _own(row: PledgeState, minor: int) -> Money:
    return Money(minor, row.pledge.currency)


def _sent(row: ReceiptLine) -> Money:
    return Money(row.entry.receipt.amount_minor, row.entry.receipt.currency)


def _name(donors: Donors, code: str) -> str:
    return donors[code].name if code in donors else code


def _month(month: Month | None) -> str:
    return month_text(month) if month is not None else ""
