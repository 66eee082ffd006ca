"""What IATI has no element for, in our own namespace (docs/iati.md, element by element).

Attributes are called as our CSV columns, with `-` for `_`, and hold what those hold. Notes, e-mail
addresses, agreement and ledger references are never among them.
"""

from collections.abc import Mapping
from typing import Final

from tracker.domain.contributions import InstalmentState, Pledge
from tracker.domain.entries import DonorEntry, PledgeEntry, RateEntry, ReceiptEntry
from tracker.domain.money import amount_text
from tracker.domain.position import Total
from tracker.domain.writing import donor_row, instalment_rows, pledge_row, rate_row, receipt_row
from tracker.queries.iati import ToPublish
from tracker.queries.report import DonorRow, RefundRow
from tracker.reporting.iati.nodes import Node
from tracker.reporting.iati.publication import Paid, Publication

_PARTS: Final = ("required", "received", "signed", "pledged", "gap")
_DONOR: Final = ("code", "name", "kind", "country", "iati_ref", "anonymous")
_PLEDGE: Final = (
    *("reference", "donor", "currency", "amount", "pledged_on", "signed_on", "closed_on", "earmark"),
    *("psc", "covers_from", "covers_until"),
)
_RECEIPT: Final = (
    *("reference", "donor", "pledge", "received_on", "currency", "amount", "usd_amount", "earmark"),
    *("split", "covers_from", "covers_until"),
)


def _own(name: str, row: Mapping[str, str], columns: tuple[str, ...], *children: Node) -> Node:
    return Node(f"mdp:{name}", {column.replace("_", "-"): row[column] for column in columns}, children)


def position_node(found: Publication) -> Node:
    """The position that everything else re-adds to, and the snapshot that it was taken from."""
    book, source = found.position, found.to_publish
    total = book.total
    beside = {"unused": book.unused, "targeted": book.targeted, "held": book.held}
    figures = {
        **{name: getattr(total, name) for name in _PARTS},
        "gap-lapsed": total.lapsed,
        "gap-ahead": total.ahead,
        **{f"{use}-{lens}": minor for use, by in beside.items() for lens, minor in by._asdict().items()},
    }
    said = {
        "as-of": book.as_of.isoformat(),
        "known-at": moment_text(source),
        "sequence": str(source.sequence),
        "hash": source.digest,
        **{name: amount_text(minor) for name, minor in figures.items()},
    }
    outcomes = (_outcome(code, one) for code, one in book.by_outcome().items())
    return Node("mdp:position", said, tuple(outcomes))


def _outcome(code: str, total: Total) -> Node:
    figures = {name: amount_text(getattr(total, name)) for name in _PARTS}
    return Node("mdp:outcome", {"code": code, **figures})


def moment_text(source: ToPublish) -> str:
    """The moment of the newest audit entry, ISO 8601 in UTC."""
    return source.recorded_at_utc.replace(tzinfo=None).isoformat() + "Z"


def donor_node(found: Publication, donor: DonorRow) -> Node:
    """A donor, as its row in `donors.csv` without e-mail and aliases."""
    entry = DonorEntry(
        donor.code,
        donor.name,
        donor.kind,
        donor.country,
        found.organisation_ref(donor),
        anonymous=donor.anonymous,
    )
    return _own("donor", donor_row(entry), _DONOR)


def rate_node(entry: RateEntry) -> Node:
    """A rate, as its row in `rates.csv`."""
    return _own("rate", rate_row(entry), ("currency", "effective_on", "rate"))


def pledge_node(pledge: Pledge) -> Node:
    """A pledge on the day of the report, with its whole schedule where it has one."""
    entry = PledgeEntry(pledge)
    parts = (_own("instalment", row, ("due_on", "amount")) for row in instalment_rows(entry))
    return _own("pledge", pledge_row(entry), _PLEDGE, *parts)


def signature_node(pledge: Pledge) -> Node:
    """Whose signature a commitment is: its amount is the pledge's, not a further one."""
    return Node("mdp:signature", {"pledge": pledge.reference})


def receipt_node(paid: Paid, codes: tuple[str, ...]) -> Node:
    """A receipt, with its USD always."""
    return _own("receipt", receipt_row(ReceiptEntry(paid.receipt), codes, with_usd=True), _RECEIPT)


def refund_node(refund: RefundRow, currency: str) -> Node:
    """A refund, with the USD that R5 works out."""
    return Node(
        "mdp:refund",
        {
            "reference": refund.reference,
            "receipt": refund.receipt,
            "refunded-on": refund.refunded_on.isoformat(),
            "amount": amount_text(refund.amount_minor, currency),
            "usd-amount": amount_text(refund.usd_minor),
        },
    )


def open_node(one: InstalmentState) -> Node:
    """Which instalment a planned disbursement is, its lens, and its USD at the rate of the day."""
    return Node(
        "mdp:open",
        {
            "pledge": one.pledge.reference,
            "due-on": one.due_on.isoformat(),
            "lens": one.pledge.lens,
            "usd-amount": amount_text(one.open_usd_minor),
        },
    )
