"""Filters and orders that several lists share, in words."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from flask_babel import gettext as _

from tracker.blueprints.lists import Filter
from tracker.domain.contributions import Pledge
from tracker.domain.entries import DonorEntry
from tracker.domain.folding import folded

T = TypeVar("T")
Donors = Mapping[str, DonorEntry]


def by_donor(rows: Iterable[T], donors: Donors, code: Callable[[T], str]) -> Filter[T]:
    """`?donor=FR`: one of those who stand in the list, by name."""
    names = {key: name_of(donors, key) for key in {code(row) for row in rows}}
    words = dict(sorted(names.items(), key=lambda item: (folded(item[1]), item[0])))
    return Filter("donor", _("Donor"), _("All donors"), words, lambda row: (code(row),))


def by_currency(rows: Iterable[T], currency: Callable[[T], str]) -> Filter[T]:
    """`?currency=EUR`: one of those that stand in the list."""
    words = {code: code for code in sorted({currency(row) for row in rows})}
    return Filter("currency", _("Currency"), _("All currencies"), words, lambda row: (currency(row),))


def by_lens(pledge: Callable[[T], Pledge]) -> Filter[T]:
    """`?money=signed`: whether an agreement is signed."""
    words = {"signed": _("Signed"), "pledged": _("Not yet signed")}
    return Filter("money", _("Agreement"), _("Signed or not"), words, lambda row: (pledge(row).lens,))


def name_of(donors: Donors, code: str) -> str:
    """A donor's name; its code where it is no longer on record."""
    return donors[code].name if code in donors else code


def name_key(donors: Donors, code: str) -> str:
    """What a donor is sorted by."""
    return folded(name_of(donors, code))
