"""Records as people enter them: the facts a position needs, and what is kept beside them.

A file row, a form and a stored row all become one of these; two entries are equal when their content is.
"""

from dataclasses import dataclass

from tracker.domain.contributions import Pledge, Receipt, Refund
from tracker.domain.exchange import Rate


@dataclass(frozen=True, slots=True)
class DonorEntry:
    """Who contributes."""

    code: str
    name: str
    kind: str = "other"
    country: str = ""
    iati_ref: str = ""
    email: str = ""
    aliases: tuple[str, ...] = ()
    anonymous: bool = False

    @property
    def key(self) -> str:
        """What it is known by: its code."""
        return self.code


@dataclass(frozen=True, slots=True)
class PledgeEntry:
    """A pledge with its schedule, and its papers."""

    pledge: Pledge
    agreement_ref: str = ""
    notes: str = ""

    @property
    def key(self) -> str:
        """What it is known by: its reference."""
        return self.pledge.reference


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """A receipt; `usd_stated` where its USD is what was credited, not worked out from a rate."""

    receipt: Receipt
    usd_stated: bool = False
    ledger_ref: str = ""
    notes: str = ""

    @property
    def key(self) -> str:
        """What it is known by: its reference."""
        return self.receipt.reference


@dataclass(frozen=True, slots=True)
class RefundEntry:
    """A refund and its ledger reference."""

    refund: Refund
    ledger_ref: str = ""
    notes: str = ""

    @property
    def key(self) -> str:
        """What it is known by: its reference."""
        return self.refund.reference


@dataclass(frozen=True, slots=True)
class RateEntry:
    """A rate, as recorded."""

    rate: Rate

    @property
    def key(self) -> str:
        """What it is known by: currency and day, `EUR 2026-03-01`."""
        return f"{self.rate.currency} {self.rate.effective_on.isoformat()}"


Entry = DonorEntry | PledgeEntry | ReceiptEntry | RefundEntry | RateEntry
