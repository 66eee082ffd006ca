"""What the overview says: story, funding bar, gaps by run, how late the open money is.

Pure functions from a `Position` to sentences and lists. Amounts are USD cents, months are inclusive.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from flask_babel import gettext as _

from tracker.domain.contributions import InstalmentState
from tracker.domain.months import Month
from tracker.domain.position import STABLE_MONTHS, Position, Total
from tracker.domain.vocabulary import LENSES, Lens
from tracker.reporting.sentences import Count, MonthName, MonthRange, Sentence, Share, Usd, say, say_n

Kind = Literal["received", "signed", "pledged", "gap", "lapsed"]
LateKey = Literal["later", "today", "to30", "to90", "over90"]

LATE_KEYS: Final[tuple[LateKey, ...]] = ("later", "today", "to30", "to90", "over90")
LARGEST: Final = 8
MOST_RUNS: Final = 12


def first_month_ahead(book: Position) -> Month | None:
    """The first month that money can still be raised for; None after the programme's end."""
    month = max(book.as_of_month, book.programme.first_month)
    return Month(month) if month <= book.programme.last_month else None


# The story


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure that leads the page, and the line under it."""

    still_to_raise: int
    context: Sentence


def headline(book: Position) -> Headline:
    """What is still to raise, and for which months."""
    start, programme = first_month_ahead(book), book.programme
    if start is None:
        context = say(_("The programme ended in %(month)s."), month=MonthName(programme.last_month))
    else:
        context = say(
            _("%(share)s of the whole programme, for %(months)s"),
            share=Share(book.total.ahead, book.total.required),
            months=MonthRange(start, programme.last_month),
        )
    return Headline(book.total.ahead, context)


def story(book: Position) -> tuple[Sentence, ...]:
    """What each lens covers through, and where cover ends: two or three sentences."""
    start = first_month_ahead(book)
    if start is None:
        return (_ended(book),)
    if not book.items:
        return (_nothing_yet(book, start),)
    if book.headlines["received"].cliff_month is None:
        return (_all_received(book),)
    return (*_reach(book, start), *_cliff(book))


def _ended(book: Position) -> Sentence:
    if not book.total.gap:
        return say(_("The programme is over, and every month of it was covered."))
    return say(
        _("Nothing is left to raise. *%(amount)s* of the requirement was never covered and has lapsed."),
        amount=Usd(book.total.lapsed),
    )


def _nothing_yet(book: Position, start: Month) -> Sentence:
    return say(
        _("No pledge or receipt counts by this day. Every month from *%(months)s* is still to raise."),
        months=MonthRange(start, book.programme.last_month),
    )


def _all_received(book: Position) -> Sentence:
    return say(
        _("Money received covers every outcome *through %(month)s*, the end of the programme."),
        month=MonthName(book.programme.last_month),
    )


def _reach(book: Position, start: Month) -> tuple[Sentence, ...]:
    """How far received money reaches, and how much further signed and pledged money carries it."""
    received, signed, pledged = (book.headlines[lens].funded_through for lens in LENSES)
    if pledged is None:
        pattern = _("Not even with pledges is every outcome covered in *%(month)s*.")
        return (say(pattern, month=MonthName(start)),)
    if received is None:
        return _reach_late(start, signed, pledged)
    first = say(_("Money received covers every outcome *through %(month)s*."), month=MonthName(received))
    return first, _further(received, signed or received, pledged)


def _further(received: Month, signed: Month, pledged: Month) -> Sentence:
    if received == pledged:
        return say(_("Signed agreements and pledges do not carry it further."))
    if received == signed:
        return say(
            _("Signed agreements do not carry it further; pledges do, to *%(pledged)s*."),
            pledged=MonthName(pledged),
        )
    if signed == pledged:
        return say(
            _("Signed agreements carry it to *%(signed)s*; pledges add no full month."),
            signed=MonthName(signed),
        )
    return say(
        _("Signed agreements carry it to *%(signed)s*, pledges to *%(pledged)s*."),
        signed=MonthName(signed),
        pledged=MonthName(pledged),
    )


def _reach_late(start: Month, signed: Month | None, pledged: Month) -> tuple[Sentence, ...]:
    """Received money does not even cover the first month; softer money does."""
    if signed is None:
        return (
            say(
                _("Money received and signed does not cover every outcome in %(month)s."),
                month=MonthName(start),
            ),
            say(_("With pledges, every outcome is covered *through %(month)s*."), month=MonthName(pledged)),
        )
    first = say(_("Money received does not cover every outcome in %(month)s."), month=MonthName(start))
    if signed == pledged:
        second = _(
            "With signed agreements, every outcome is covered *through %(signed)s*; "
            "pledges add no full month."
        )
        return first, say(second, signed=MonthName(signed))
    second = _(
        "With signed agreements, every outcome is covered *through %(signed)s*, "
        "with pledges to *%(pledged)s*."
    )
    return first, say(second, signed=MonthName(signed), pledged=MonthName(pledged))


def _cliff(book: Position) -> tuple[Sentence, ...]:
    """The first month not covered even by pledges, how much it lacks, and what comes after it."""
    cliff = book.headlines["pledged"].cliff_month
    if cliff is None:
        return (say(_("No month is without cover."), tone="good"),)
    by_month = book.by_month()
    after = [by_month[Month(m)] for m in range(cliff + 1, book.programme.last_month + 1)]
    month, short = MonthName(cliff), Usd(by_month[cliff].gap)
    if not after:
        pattern = _("*%(month)s*, the last month, is not covered: %(short)s short.")
        return (say(pattern, tone="bad", month=month, short=short),)
    if not any(_covered(total) for total in after):
        pattern = _(
            "*%(month)s* is the first month that is not covered: %(short)s short, "
            "and nothing is promised for the months after it."
        )
        return (say(pattern, tone="bad", month=month, short=short),)
    short_months = {cell.month for cell in book.cells if cell.status == "gap" and cell.month > cliff}
    if not short_months:
        pattern = _("*%(month)s* is the only month that is not covered: %(short)s short.")
        return (say(pattern, tone="bad", month=month, short=short),)
    if len(short_months) == len(after):
        sentence = say_n(
            "*%(month)s* is the first month that is not covered: %(short)s short. "
            "The month after it has a gap as well.",
            "*%(month)s* is the first month that is not covered: %(short)s short. "
            "All %(count)s months after it have gaps as well.",
            len(after),
            tone="bad",
            month=month,
            short=short,
            count=len(after),
        )
        return (sentence,)
    sentence = say_n(
        "*%(month)s* is the first month that is not covered: %(short)s short. "
        "%(count)s of the %(all)s months after it has a gap as well.",
        "*%(month)s* is the first month that is not covered: %(short)s short. "
        "%(count)s of the %(all)s months after it have gaps as well.",
        len(short_months),
        tone="bad",
        month=month,
        short=short,
        count=len(short_months),
        all=len(after),
    )
    return (sentence,)


def _covered(total: Total) -> int:
    return total.received + total.signed + total.pledged


def stable_base(book: Position) -> Sentence | None:
    """Whether there is a stable funding base, in words; None after the programme's end."""
    start = first_month_ahead(book)
    if start is None:
        return None
    months = min(STABLE_MONTHS, book.programme.last_month - start + 1)
    if book.stable_funding_base:
        return say_n(
            "Stable funding base: the month left is received or signed.",
            "Stable funding base: the next %(months)s months are received or signed.",
            months,
            tone="good",
            months=months,
        )
    through = book.headlines["signed"].funded_through
    if through is None:
        return say(
            _("No stable funding base yet: %(month)s is not fully received or signed."),
            month=MonthName(start),
        )
    return say(
        _("No stable funding base yet: received and signed cover %(covered)s of the next %(months)s months."),
        covered=through - start + 1,
        months=months,
    )


# The funding bar


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of the requirement. The five legs re-add to it exactly."""

    kind: Kind
    label: str
    amount: int
    note: Sentence | None


def legs(book: Position) -> tuple[Leg, ...]:
    """Received, signed, pledged, still to raise, lapsed."""
    total = book.total
    return (
        Leg("received", _("Received"), total.received, _lens_note(book, "received")),
        Leg("signed", _("Signed, not yet paid"), total.signed, _lens_note(book, "signed")),
        Leg("pledged", _("Pledged, not yet signed"), total.pledged, _lens_note(book, "pledged")),
        Leg("gap", _("Still to raise"), total.ahead, _gap_note(book)),
        Leg("lapsed", _("Lapsed"), total.lapsed, _lapsed_note(book)),
    )


def _lens_note(book: Position, lens: Lens) -> Sentence | None:
    through = book.headlines[lens].funded_through
    if through is None or not getattr(book.total, lens):
        return None
    if lens == "received":
        return say(_("covers to %(month)s"), month=MonthName(through, short=True))
    harder = book.headlines[LENSES[LENSES.index(lens) - 1]].funded_through
    start = first_month_ahead(book)
    before = harder if harder is not None else Month((start or through) - 1)
    if through == before:
        return say(_("adds no full month"))
    return say_n(
        "adds %(months)s month, to %(month)s",
        "adds %(months)s months, to %(month)s",
        through - before,
        months=through - before,
        month=MonthName(through, short=True),
    )


def _gap_note(book: Position) -> Sentence | None:
    short = sorted({c.month for c in book.cells if c.status == "gap" and c.month >= book.as_of_month})
    if not short:
        return None
    return say_n(
        "%(months)s month, %(first)s",
        "%(months)s months, from %(first)s",
        len(short),
        months=len(short),
        first=MonthName(short[0], short=True),
    )


def _lapsed_note(book: Position) -> Sentence | None:
    past = sorted({c.month for c in book.cells if c.status == "gap" and c.month < book.as_of_month})
    if not past:
        return None
    span = MonthRange(past[0], past[-1], short=True)
    if past[-1] - past[0] + 1 == len(past):
        return say(_("past, %(months)s"), months=span)
    return say(_("past, %(count)s months in %(months)s"), count=len(past), months=span)


def beside_the_core(book: Position) -> tuple[Sentence, ...]:
    """Money that covers no month, one sentence a sort: targeted, held, unused. Empty where there is none."""
    said = []
    patterns = (
        (book.targeted, _("%(amount)s is for targeted support, beside the core%(parts)s.")),
        (book.held, _("%(amount)s is on hold until it is assigned%(parts)s.")),
        (book.unused, _("%(amount)s finds no month inside its window and is at risk of return%(parts)s.")),
    )
    for amounts, pattern in patterns:
        if sum(amounts):
            said.append(say(pattern, amount=Usd(sum(amounts)), parts=_lens_words(amounts)))
    return tuple(said)


def _lens_words(amounts: Iterable[int]) -> str:
    """Which lenses an amount is made of, in brackets; nothing where all of it has been received."""
    words = {"received": _("received"), "signed": _("signed"), "pledged": _("pledged")}
    held = [words[lens] for lens, amount in zip(LENSES, amounts, strict=True) if amount]
    return "" if held == [words["received"]] else f" ({', '.join(held)})"


# Gaps, by run of months that are alike


@dataclass(frozen=True, slots=True)
class GapRun:
    """Neighbouring months whose gaps are alike. `each` is None where they are alike in outcomes only."""

    first: Month
    last: Month
    outcomes: tuple[str, ...]
    each: int | None
    gap: int

    @property
    def months(self) -> int:
        """How many months."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Gaps:
    """All gaps: `sum(ahead) + cents_ahead = book.total.ahead`, the same for lapsed.

    The cents are gaps below the tolerance, in months that count as covered.
    """

    ahead: tuple[GapRun, ...]
    lapsed: tuple[GapRun, ...]
    cents_ahead: int
    cents_lapsed: int


def gaps(book: Position) -> Gaps:
    """Months with gaps, one line for months that are alike."""
    by_month: dict[Month, list[tuple[str, int]]] = {}
    for cell in book.cells:
        if cell.status == "gap":
            by_month.setdefault(cell.month, []).append((cell.outcome, cell.gap))
    ahead = _runs({m: g for m, g in by_month.items() if m >= book.as_of_month})
    lapsed = _runs({m: g for m, g in by_month.items() if m < book.as_of_month})
    return Gaps(
        ahead,
        lapsed,
        book.total.ahead - sum(run.gap for run in ahead),
        book.total.lapsed - sum(run.gap for run in lapsed),
    )


def _runs(short: dict[Month, list[tuple[str, int]]]) -> tuple[GapRun, ...]:
    """Runs of months alike to the cent; alike in outcomes only, where that would be a long list."""
    exact = _group(short, by_amount=True)
    return exact if len(exact) <= MOST_RUNS else _group(short, by_amount=False)


def _group(short: dict[Month, list[tuple[str, int]]], by_amount: bool) -> tuple[GapRun, ...]:
    def likeness(entry: tuple[int, Month]) -> tuple[int, tuple[object, ...]]:
        at, month = entry
        return month - at, tuple(g if by_amount else g[0] for g in short[month])

    runs = []
    for _key, group in groupby(enumerate(sorted(short)), key=likeness):
        months = [month for _at, month in group]
        sums = [sum(gap for _code, gap in short[month]) for month in months]
        each = sums[0] if len(set(sums)) == 1 else None
        outcomes = tuple(code for code, _gap in short[months[0]])
        runs.append(GapRun(months[0], months[-1], outcomes, each, sum(sums)))
    return tuple(runs)


def run_note(run: GapRun, all_outcomes: int) -> Sentence:
    """`18 months, all four outcomes`; `one month, O2 and PS`."""
    if len(run.outcomes) == all_outcomes:
        return say_n(
            "%(months)s month, all %(outcomes)s outcomes",
            "%(months)s months, all %(outcomes)s outcomes",
            run.months,
            months=run.months,
            outcomes=Count(all_outcomes),
        )
    return say_n(
        "%(months)s month, %(outcomes)s",
        "%(months)s months, %(outcomes)s",
        run.months,
        months=run.months,
        outcomes=", ".join(run.outcomes),
    )


# Open instalments and how late they are


@dataclass(frozen=True, slots=True)
class OpenInstalment:
    """An instalment with something open. `days_late` is below zero before its day, zero on it."""

    state: InstalmentState
    days_late: int

    @property
    def late(self) -> LateKey:
        """Its class of lateness."""
        bounds: tuple[tuple[int, LateKey], ...] = ((0, "later"), (1, "today"), (31, "to30"), (91, "to90"))
        return next((key for bound, key in bounds if self.days_late < bound), "over90")


@dataclass(frozen=True, slots=True)
class LateClass:
    """How many instalments, and how many USD cents, are so late."""

    key: LateKey
    label: str
    count: int
    open_usd: int


def open_instalments(book: Position) -> tuple[OpenInstalment, ...]:
    """All open instalments, the largest in USD first, then the oldest."""
    found = [
        OpenInstalment(state, (book.as_of - state.due_on).days)
        for pledge in book.pledges.values()
        for state in pledge.instalments
        if state.open_minor
    ]
    return tuple(sorted(found, key=lambda o: (-o.state.open_usd_minor, o.state.due_on, o.state.reference)))


def late_labels() -> dict[LateKey, str]:
    """The words for each class of lateness."""
    return {
        "later": _("Not due yet"),
        "today": _("Due today"),
        "to30": _("1 to 30 days late"),
        "to90": _("31 to 90 days late"),
        "over90": _("More than 90 days late"),
    }


def ageing(instalments: Iterable[OpenInstalment]) -> tuple[LateClass, ...]:
    """The classes that hold anything, from not yet due to the latest."""
    by_key: dict[LateKey, list[int]] = {}
    for instalment in instalments:
        by_key.setdefault(instalment.late, []).append(instalment.state.open_usd_minor)
    labels = late_labels()
    return tuple(
        LateClass(key, labels[key], len(by_key[key]), sum(by_key[key])) for key in LATE_KEYS if key in by_key
    )
