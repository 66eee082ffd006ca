"""What differs between a record and a row that names it again (docs/formats.md, "Importing again")."""

from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.register import Register
from tracker.domain.writing import differences, entry_row


def changed_columns(old: Entry, new: Entry, register: Register) -> dict[str, tuple[str, str]]:
    """The columns that differ: column → (on record, in the file); empty where the content is the same."""
    if old == new:
        return {}
    codes = register.programme.codes
    rows = [entry_row(entry, codes, _currency_of(entry, register)) for entry in (old, new)]
    return differences(*rows)


def _currency_of(entry: Entry, register: Register) -> str:
    """The currency that a refund's amount is in."""
    match entry:
        case RefundEntry():
            standing = register.receipts.get(entry.refund.receipt)
            return standing.receipt.currency if standing else PROGRAMME_CURRENCY
        case DonorEntry() | PledgeEntry() | ReceiptEntry() | RateEntry():
            return PROGRAMME_CURRENCY
