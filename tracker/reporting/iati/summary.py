"""What a publication holds, counted: for the page that offers the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tracker.domain.position import ByLens
from tracker.reporting.iati.activity import budgets
from tracker.reporting.iati.publication import Publication

Part = Literal["organisations", "budgets", "pledges", "commitments", "receipts", "refunds", "planned"]


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of element: how many, and what they add up to in minor units, within each currency."""

    part: Part
    count: int
    amounts: tuple[tuple[str, int], ...] = ()


def summary(found: Publication) -> tuple[Line, ...]:
    """Every kind of element, in the order of the file."""
    currency_of = {one.receipt.reference: one.receipt.currency for one in found.paid}
    needed = [(found.position.programme.currency, found.position.total.required)]
    return (
        Line("organisations", len(found.funders)),
        Line("budgets", len(budgets(found)), tuple(needed)),
        _line("planned", ((one.pledge.currency, one.open_minor) for one in found.open)),
        _line("pledges", ((one.currency, one.amount_minor) for one in found.pledges)),
        _line("commitments", ((one.currency, one.amount_minor) for one in found.signed)),
        _line("receipts", ((one.receipt.currency, one.receipt.amount_minor) for one in found.paid)),
        _line("refunds", ((currency_of[one.receipt], -one.amount_minor) for one in found.refunds)),
    )


def _line(part: Part, amounts: Iterable[tuple[str, int]]) -> Line:
    listed = list(amounts)
    sums: dict[str, int] = {}
    for currency, minor in listed:
        sums[currency] = sums.get(currency, 0) + minor
    return Line(part, len(listed), tuple(sorted(sums.items())))


def published_usd(found: Publication) -> ByLens:
    """USD cents of each lens, whatever it is for: what covers, what finds no month, targeted and held."""
    book = found.position
    covering = (book.total.received, book.total.signed, book.total.pledged)
    return ByLens(*map(sum, zip(covering, book.unused, book.targeted, book.held, strict=True)))
