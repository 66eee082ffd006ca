"""Who gave and promised how much: for readers who may not open the records."""

from collections.abc import Iterable
from typing import NamedTuple

from tracker.domain.position import Position


class Share(NamedTuple):
    """One contributor's money on the as-of day, in USD cents: received less refunds, and what is open."""

    code: str
    received: int
    signed: int
    pledged: int


def shares(book: Position) -> list[Share]:
    """Every contributor with money on the day, the largest received first, then what is open, then code."""
    found: dict[str, list[int]] = {}
    for net in book.receipts.values():
        found.setdefault(net.receipt.donor, [0, 0, 0])[0] += net.net_usd_minor
    for state in book.pledges.values():
        at = 1 if state.pledge.lens == "signed" else 2
        found.setdefault(state.pledge.donor, [0, 0, 0])[at] += state.open_usd_minor
    rows = (Share(code, *sums) for code, sums in found.items() if any(sums))
    return sorted(rows, key=lambda row: (-row.received, -row.signed - row.pledged, row.code))


def total(rows: Iterable[Share]) -> Share:
    """All of them."""
    sums = [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)] or [0, 0, 0]
    return Share("", *sums)
