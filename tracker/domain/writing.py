"""From records back to text: FORMATS' columns, and a row of them for every kind of record.

The reverse of `reading`: what these rows say, `read_…` turns into an equal record again.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from tracker.domain.contributions import Receipt
from tracker.domain.earmark import exact_split_text
from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import NoRate, Rates
from tracker.domain.money import PROGRAMME_CURRENCY, amount_text
from tracker.domain.months import Month, month_text

TableName = Literal["donors", "pledges", "instalments", "receipts", "refunds", "rates"]

COLUMNS: Final[dict[TableName, tuple[str, ...]]] = {
    "donors": ("code", "name", "kind", "country", "iati_ref", "email", "aliases", "anonymous"),
    "pledges": (
        *("reference", "donor", "currency", "amount", "pledged_on", "signed_on", "closed_on", "earmark"),
        *("psc", "covers_from", "covers_until", "agreement_ref", "notes"),
    ),
    "instalments": ("pledge", "due_on", "amount"),
    "receipts": (
        *("reference", "donor", "pledge", "received_on", "currency", "amount", "usd_amount", "earmark"),
        *("split", "covers_from", "covers_until", "ledger_ref", "notes"),
    ),
    "refunds": ("reference", "receipt", "refunded_on", "amount", "usd_amount", "ledger_ref", "notes"),
    "rates": ("currency", "effective_on", "rate"),
}
"""Every table with its columns, in FORMATS' order."""

REQUIRED: Final[dict[TableName, tuple[str, ...]]] = {
    "donors": ("code", "name"),
    "pledges": ("reference", "donor", "currency", "amount", "pledged_on"),
    "instalments": ("pledge", "due_on", "amount"),
    "receipts": ("reference", "donor", "received_on", "currency", "amount"),
    "refunds": ("reference", "receipt", "refunded_on", "amount"),
    "rates": ("currency", "effective_on", "rate"),
}
"""The columns a table cannot do without."""

Texts = dict[str, str]


def donor_row(entry: DonorEntry) -> Texts:
    """A row of `donors.csv`."""
    return {
        "code": entry.code,
        "name": entry.name,
        "kind": entry.kind,
        "country": entry.country,
        "iati_ref": entry.iati_ref,
        "email": entry.email,
        "aliases": ";".join(entry.aliases),
        "anonymous": _yes(entry.anonymous),
    }


def pledge_row(entry: PledgeEntry) -> Texts:
    """A row of `pledges.csv`; its schedule stands in `instalment_rows`."""
    pledge = entry.pledge
    return {
        "reference": pledge.reference,
        "donor": pledge.donor,
        "currency": pledge.currency,
        "amount": amount_text(pledge.amount_minor, pledge.currency),
        "pledged_on": pledge.pledged_on.isoformat(),
        "signed_on": _day(pledge.signed_on),
        "closed_on": _day(pledge.closed_on),
        "earmark": str(pledge.earmark),
        "psc": _yes(pledge.support_cost),
        "covers_from": _month(pledge.covers_from),
        "covers_until": _month(pledge.covers_until),
        "agreement_ref": entry.agreement_ref,
        "notes": entry.notes,
    }


def instalment_rows(entry: PledgeEntry) -> list[Texts]:
    """Rows of `instalments.csv`: none where the pledge has no schedule."""
    pledge = entry.pledge
    return [
        {
            "pledge": pledge.reference,
            "due_on": instalment.due_on.isoformat(),
            "amount": amount_text(instalment.amount_minor, pledge.currency),
        }
        for instalment in pledge.instalments
    ]


def receipt_row(entry: ReceiptEntry, codes: tuple[str, ...], *, with_usd: bool) -> Texts:
    """A row of `receipts.csv`; `codes` are the programme's outcomes. `with_usd`: write its USD."""
    receipt = entry.receipt
    parts = dict(zip(codes, receipt.split, strict=True)) if receipt.split else {}
    return {
        "reference": receipt.reference,
        "donor": receipt.donor,
        "pledge": receipt.pledge or "",
        "received_on": receipt.received_on.isoformat(),
        "currency": receipt.currency,
        "amount": amount_text(receipt.amount_minor, receipt.currency),
        "usd_amount": amount_text(receipt.usd_minor) if with_usd else "",
        "earmark": str(receipt.earmark) if receipt.earmark else "",
        "split": exact_split_text(parts, codes, PROGRAMME_CURRENCY),
        "covers_from": _month(receipt.covers_from),
        "covers_until": _month(receipt.covers_until),
        "ledger_ref": entry.ledger_ref,
        "notes": entry.notes,
    }


def refund_row(entry: RefundEntry, currency: str) -> Texts:
    """A row of `refunds.csv`, in its receipt's currency."""
    refund = entry.refund
    return {
        "reference": refund.reference,
        "receipt": refund.receipt,
        "refunded_on": refund.refunded_on.isoformat(),
        "amount": amount_text(refund.amount_minor, currency),
        "usd_amount": amount_text(refund.usd_minor) if refund.usd_minor else "",
        "ledger_ref": entry.ledger_ref,
        "notes": entry.notes,
    }


def rate_row(entry: RateEntry) -> Texts:
    """A row of `rates.csv`."""
    rate = entry.rate
    return {
        "currency": rate.currency,
        "effective_on": rate.effective_on.isoformat(),
        "rate": f"{rate.value:f}",
    }


def usd_has_to_be_said(entry: ReceiptEntry, rates: Rates) -> bool:
    """Whether a receipt's USD was stated, or is no longer what its amount and the rate in force give.

    A USD of nothing at all (an amount worth less than half a cent) cannot be stated.
    """
    receipt = entry.receipt
    return receipt.usd_minor > 0 and (entry.usd_stated or receipt.usd_minor != usd_now(receipt, rates))


def usd_now(receipt: Receipt, rates: Rates) -> int | None:
    """USD cents of a receipt at the rate now in force on its day; None where there is none."""
    try:
        return rates.to_usd(receipt.amount_minor, receipt.currency, receipt.received_on)
    except NoRate:
        return None


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The columns in which two rows differ: column → (old, new).

    >>> differences({"name": "France", "country": "FR"}, {"name": "Francia", "country": "FR"})
    {'name': ('France', 'Francia')}
    """
    return {column: (old[column], new[column]) for column in old if old[column] != new[column]}


def entry_row(entry: Entry, codes: tuple[str, ...], currency: str) -> Texts:
    """The row of any record, receipts with their USD; `currency` is a refund's."""
    match entry:
        case DonorEntry():
            return donor_row(entry)
        case PledgeEntry():
            return pledge_row(entry)
        case ReceiptEntry():
            return receipt_row(entry, codes, with_usd=True)
        case RefundEntry():
            return refund_row(entry, currency)
        case RateEntry():
            return rate_row(entry)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _month(value: Month | None) -> str:
    return "" if value is None else month_text(value)
