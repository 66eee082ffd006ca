"""What forms offer to choose from, and texts that several of them share."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from tracker.access import programme
from tracker.domain.money import CURRENCIES
from tracker.extensions import db
from tracker.queries.directory import donor_entries

USUAL = ("USD", "EUR", "CHF", "GBP", "NOK", "SEK", "DKK", "CAD", "JPY")


def donors_to_choose() -> list[tuple[str, str]]:
    """Every donor by name, after an empty line."""
    entries = sorted(donor_entries(db.session(), programme().id).values(), key=lambda d: d.name.casefold())
    return [("", _("Choose a donor")), *((d.code, f"{d.name} ({d.code})") for d in entries)]


def currencies() -> list[tuple[str, str]]:
    """Currency codes, the usual ones first."""
    others = sorted(CURRENCIES.difference(USUAL))
    return [(code, code) for code in (*USUAL, *others)]


def schedule_words(rows: Iterable[Mapping[str, str]]) -> str:
    """A schedule in one line: `2026-03-15: 40000.00; 2026-05-15: 60000.00`."""
    return "; ".join(f"{row['due_on']}: {row['amount']}" for row in rows)
