"""The state of things, donor by donor: what whoever takes over has to know. Built from one position.

Amounts are USD cents, open money by the as-of rate, unless a name says otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from tracker.domain.contributions import InstalmentState, Pledge
from tracker.domain.entries import DonorEntry
from tracker.domain.money import amount_text
from tracker.domain.months import Month, month_text
from tracker.domain.position import Position
from tracker.queries.people import CaretakerRow, ContactRow, Kept, NoteRow
from tracker.reporting.files import csv_text

ENDING_MONTHS: Final = 3
"""A window that ends in the as-of month or in one of the two after it ends soon."""
NOBODY: Final = "nobody"
"""In place of a caretaker's address: what nobody looks after."""
COLUMNS: Final = (
    *("donor", "name", "looked_after_by", "open_usd", "overdue_usd", "overdue_since", "promised_usd"),
    *("held_usd", "unused_usd", "ending", "last_receipt_on", "last_note_on", "last_note", "contacts"),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """A pledge whose last month is near. `left_usd_minor` is still open of it."""

    pledge: Pledge
    until: Month
    left_usd_minor: int


@dataclass(frozen=True, slots=True)
class DonorState:
    """How things stand with one donor on the as-of day. `open` holds instalments, oldest first."""

    donor: DonorEntry
    caretaker: CaretakerRow | None
    of_pledges: tuple[CaretakerRow, ...]
    open: tuple[InstalmentState, ...]
    overdue: tuple[InstalmentState, ...]
    promised: tuple[InstalmentState, ...]
    held: tuple[tuple[str, int], ...]
    unused_usd_minor: int
    ending: tuple[Ending, ...]
    last_receipt_on: date | None
    last_note: NoteRow | None
    contacts: tuple[ContactRow, ...]

    @property
    def open_usd_minor(self) -> int:
        """All that is open, signed or not."""
        return sum(one.open_usd_minor for one in self.open)

    @property
    def overdue_usd_minor(self) -> int:
        """What was due before the as-of day."""
        return sum(one.open_usd_minor for one in self.overdue)

    @property
    def promised_usd_minor(self) -> int:
        """What is open and not signed."""
        return sum(one.open_usd_minor for one in self.promised)

    @property
    def held_usd_minor(self) -> int:
        """Received, and waiting to be assigned."""
        return sum(usd for _reference, usd in self.held)

    @property
    def asks_for_something(self) -> bool:
        """Whether anything is open, held, unused, ending or noted."""
        money = self.open or self.held or self.unused_usd_minor or self.ending
        return bool(money or self.last_note or self.caretaker or self.of_pledges)


@dataclass(frozen=True, slots=True)
class Handover:
    """All donors on a day, by name; those that ask for nothing stand apart."""

    as_of: date
    donors: tuple[DonorState, ...]
    quiet: tuple[DonorState, ...]
    asked: str = ""

    @property
    def open_usd_minor(self) -> int:
        """Open with all of them."""
        return sum(state.open_usd_minor for state in self.donors)

    @property
    def overdue_usd_minor(self) -> int:
        """Overdue with all of them."""
        return sum(state.overdue_usd_minor for state in self.donors)

    @property
    def promised_usd_minor(self) -> int:
        """Promised and not signed, with all of them."""
        return sum(state.promised_usd_minor for state in self.donors)

    @property
    def held_usd_minor(self) -> int:
        """On hold, with all of them."""
        return sum(state.held_usd_minor for state in self.donors)


def handover(book: Position, donors: Mapping[str, DonorEntry], kept: Kept, caretaker: str = "") -> Handover:
    """How things stand; with a caretaker's address only what that person looks after, or `NOBODY`."""
    named = sorted(donors.values(), key=lambda donor: (donor.name.casefold(), donor.code))
    states = _states(book, named, kept)
    chosen = [state for state in states if _looked_after(state, caretaker)]
    return Handover(
        book.as_of,
        tuple(state for state in chosen if state.asks_for_something),
        tuple(state for state in chosen if not state.asks_for_something),
        caretaker,
    )


def _looked_after(state: DonorState, caretaker: str) -> bool:
    own = [one.email for one in (state.caretaker, *state.of_pledges) if one is not None]
    if caretaker == NOBODY:
        return not own
    return not caretaker or caretaker in own


def _states(book: Position, donors: Iterable[DonorEntry], kept: Kept) -> Iterator[DonorState]:
    """One pass over the position, then one state a donor."""
    opened: dict[str, list[InstalmentState]] = {}
    endings: dict[str, list[Ending]] = {}
    for state in book.pledges.values():
        donor = state.pledge.donor
        opened.setdefault(donor, []).extend(one for one in state.instalments if one.open_minor)
        until = state.pledge.covers_until
        soon = until is not None and 0 <= until - book.as_of_month < ENDING_MONTHS
        if until is not None and soon and state.pledge.closed_on is None:
            endings.setdefault(donor, []).append(Ending(state.pledge, until, state.open_usd_minor))
    held, unused, latest = _held(book), _unused(book), _latest(book)
    for entry in donors:
        mine = sorted(opened.get(entry.code, ()), key=lambda one: (one.due_on, one.reference))
        yield DonorState(
            entry,
            kept.caretaker(entry.code),
            tuple(one for one in kept.caretakers if one.donor == entry.code and one.pledge is not None),
            tuple(mine),
            tuple(one for one in mine if one.due_on < book.as_of),
            tuple(one for one in mine if one.pledge.signed_on is None),
            tuple(held.get(entry.code, ())),
            unused.get(entry.code, 0),
            tuple(sorted(endings.get(entry.code, ()), key=lambda e: (e.until, e.pledge.reference))),
            latest.get(entry.code),
            next((one for one in kept.notes if one.donor == entry.code), None),
            tuple(one for one in kept.contacts if one.donor == entry.code),
        )


def _held(book: Position) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for item in book.items:
        if item.lens == "received" and item.use == "held" and item.usd_minor:
            found.setdefault(item.donor, []).append((item.reference, item.usd_minor))
    return found


def _unused(book: Position) -> dict[str, int]:
    """Received money that finds no month: at risk of return."""
    found: dict[str, int] = {}
    for row in book.trace:
        if row.lens == "received" and row.month is None and row.outcome in book.programme.codes:
            found[row.donor] = found.get(row.donor, 0) + row.amount
    return found


def _latest(book: Position) -> dict[str, date]:
    found: dict[str, date] = {}
    for net in book.receipts.values():
        donor, day = net.receipt.donor, net.receipt.received_on
        found[donor] = max(found.get(donor, day), day)
    return found


def handover_csv(book: Handover) -> Iterator[str]:
    """One line a donor, those that ask for nothing last; amounts are plain decimals in USD."""
    return csv_text(COLUMNS, (_csv_row(state) for state in (*book.donors, *book.quiet)))


def _csv_row(state: DonorState) -> dict[str, str]:
    note, since = state.last_note, state.overdue[0].due_on if state.overdue else None
    people = [state.caretaker.name] if state.caretaker else []
    people += [f"{one.name} ({one.pledge})" for one in state.of_pledges]
    contacts = [", ".join(filter(None, (c.name, c.role, c.email, c.phone))) for c in state.contacts]
    return {
        "donor": state.donor.code,
        "name": state.donor.name,
        "looked_after_by": "; ".join(people),
        "open_usd": amount_text(state.open_usd_minor),
        "overdue_usd": amount_text(state.overdue_usd_minor),
        "overdue_since": since.isoformat() if since else "",
        "promised_usd": amount_text(state.promised_usd_minor),
        "held_usd": amount_text(state.held_usd_minor),
        "unused_usd": amount_text(state.unused_usd_minor),
        "ending": "; ".join(f"{e.pledge.reference} {month_text(e.until)}" for e in state.ending),
        "last_receipt_on": state.last_receipt_on.isoformat() if state.last_receipt_on else "",
        "last_note_on": note.dated_on.isoformat() if note else "",
        "last_note": note.text if note else "",
        "contacts": "; ".join(contacts),
    }
