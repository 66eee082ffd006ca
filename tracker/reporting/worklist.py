"""What asks for an officer's hand as of a day: from a position and the rates, in words, each with its list.

Nothing is worked out that a list does not show: a line's count and amount are those of the list it names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from flask_babel import gettext as _

from tracker.domain.contributions import InstalmentState
from tracker.domain.exchange import Rates
from tracker.domain.months import Month, first_day
from tracker.domain.position import Position
from tracker.queries.directory import ending_pledges, open_instalments, unused_by_receipt, uses_by_receipt
from tracker.reporting.narrative import LATE_KEYS, LateClass, OpenInstalment, ageing
from tracker.reporting.sentences import Sentence, Usd, say, say_n

Key = Literal["overdue", "due", "held", "unused", "agreements", "windows", "rates"]
List = Literal["instalments", "pledges", "receipts", "rates"]
ORDER: Final[tuple[Key, ...]] = ("overdue", "due", "held", "unused", "agreements", "windows", "rates")


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the work list: how many, how much (USD cents), and the list that shows them.

    `asked` is what that list is asked for. `ageing` parts overdue instalments by lateness.
    """

    key: Key
    words: Sentence
    note: Sentence | None
    count: int
    usd_minor: int
    list: List
    asked: Mapping[str, str]
    ageing: tuple[LateClass, ...] = ()


def worklist(book: Position, rates: Rates) -> tuple[Task, ...]:
    """Every line that has something in it, the most urgent first; empty where nothing asks for a hand."""
    open_ones = open_instalments(book)
    tasks = (
        _overdue(open_ones, book.as_of),
        _due(open_ones, book),
        _held(book),
        _unused(book),
        _agreements(book),
        _windows(book),
        _rates_missing(open_ones, book, rates),
    )
    return tuple(task for task in tasks if task.count)


def _overdue(open_ones: Iterable[InstalmentState], as_of: date) -> Task:
    late = [OpenInstalment(one, (as_of - one.due_on).days) for one in open_ones if one.due_on < as_of]
    oldest = max((one.days_late for one in late), default=0)
    words = say_n("%(count)s instalment is overdue", "%(count)s instalments are overdue", len(late))
    note = say_n("the oldest by %(days)s day", "the oldest by %(days)s days", oldest, days=oldest)
    classes = tuple(one for one in ageing(late) if one.key in LATE_KEYS)
    usd = sum(one.state.open_usd_minor for one in late)
    return Task("overdue", words, note, len(late), usd, "instalments", {"state": "overdue"}, classes)


def _due(open_ones: Iterable[InstalmentState], book: Position) -> Task:
    last = first_day(Month(book.as_of_month + 1)) - timedelta(days=1)
    due = [one for one in open_ones if book.as_of <= one.due_on <= last]
    unsigned = sum(one.pledge.signed_on is None for one in due)
    words = say_n(
        "%(count)s instalment falls due this month", "%(count)s instalments fall due this month", len(due)
    )
    note = None
    if unsigned:
        note = say_n("%(count)s of a pledge not yet signed", "%(count)s of pledges not yet signed", unsigned)
    asked = {"state": "due", "from": book.as_of.isoformat(), "until": last.isoformat()}
    return Task("due", words, note, len(due), _open_usd(due), "instalments", asked)


def _held(book: Position) -> Task:
    uses = uses_by_receipt(book)
    chosen = [reference for reference, found in uses.items() if found & {"held", "unknown"}]
    unknown = sum("unknown" in uses[reference] for reference in chosen)
    words = say_n("%(count)s receipt is on hold", "%(count)s receipts are on hold", len(chosen))
    note = say(_("they cover nothing until they are assigned"))
    if unknown:
        note = say_n("of %(count)s the payer is unknown", "of %(count)s the payer is unknown", unknown)
    usd = sum(book.receipts[reference].net_usd_minor for reference in chosen)
    return Task("held", words, note, len(chosen), usd, "receipts", {"use": "waiting"})


def _unused(book: Position) -> Task:
    unused = unused_by_receipt(book)
    words = say_n(
        "%(count)s receipt is unused in part or whole",
        "%(count)s receipts are unused in part or whole",
        len(unused),
    )
    note = say(_("no month that it may pay for needs it: at risk of return"))
    return Task("unused", words, note, len(unused), sum(unused.values()), "receipts", {"use": "unused"})


def _agreements(book: Position) -> Task:
    ending = ending_pledges(book)
    words = say_n(
        "the months of %(count)s pledge or agreement end within three months",
        "the months of %(count)s pledges or agreements end within three months",
        len(ending),
    )
    usd = sum(state.open_usd_minor for state in ending)
    note = say(_("%(amount)s of it is open"), amount=Usd(usd)) if usd else say(_("nothing of it is open"))
    return Task("agreements", words, note, len(ending), usd, "pledges", {"ends": "soon"})


def _windows(book: Position) -> Task:
    chosen = [reference for reference, uses in uses_by_receipt(book).items() if "ending" in uses]
    words = say_n(
        "the months of %(count)s receipt end within three months",
        "the months of %(count)s receipts end within three months",
        len(chosen),
    )
    usd = sum(book.receipts[reference].net_usd_minor for reference in chosen)
    return Task("windows", words, None, len(chosen), usd, "receipts", {"use": "ending"})


def _rates_missing(open_ones: Sequence[InstalmentState], book: Position, rates: Rates) -> Task:
    """Currencies with open amounts whose newest rate is older than the as-of month."""
    start, missing = first_day(book.as_of_month), dict[str, int]()
    for one in open_ones:
        rate = rates.find(one.pledge.currency, book.as_of)
        if one.pledge.currency != book.programme.currency and (rate is None or rate.effective_on < start):
            missing[one.pledge.currency] = missing.get(one.pledge.currency, 0) + one.open_usd_minor
    words = say_n(
        "%(count)s rate is missing for this month", "%(count)s rates are missing for this month", len(missing)
    )
    note = say(_("%(codes)s; open amounts stand at older rates"), codes=", ".join(sorted(missing)))
    return Task("rates", words, note, len(missing), sum(missing.values()), "rates", {})


def _open_usd(instalments: Iterable[InstalmentState]) -> int:
    return sum(one.open_usd_minor for one in instalments)
