"""A donor's own pages in words, runs and pictures. Nothing in here holds anything of another donor.

Amounts are USD cents unless the name says otherwise. Covered is never spent: this tracker holds no spending.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from flask_babel import gettext as _

from tracker.domain.items import Use
from tracker.domain.months import Month
from tracker.domain.own import Beside, BesideCell, BesideTotal, OwnPart
from tracker.domain.position import Cell, Total
from tracker.domain.vocabulary import SUPPORT_CODE, Lens
from tracker.queries.covering import Coverage, Run
from tracker.queries.own import OwnRecords
from tracker.reporting.pictures import Picture, Whose, bands
from tracker.reporting.sentences import Count, MonthRange, Sentence, Usd, say, say_n

When = Literal["past", "current", "ahead"]
Waits = Literal["unused", "targeted", "held"]


# The picture


def own_picture(part: OwnPart, beside: Beside, words: str) -> Picture:
    """A donor's months: own money in ink, all others' in one pale ink, undrawn where it may not be told."""
    whose: Whose = "own" if beside.published == "cells" else "own_alone"
    months = tuple(Month(m) for m in part.programme.months)
    size = len(months)
    cells = [_drawn(cell) for cell in beside.cells]
    rows = tuple(tuple(cells[at * size : (at + 1) * size]) for at in range(len(part.programme.codes)))
    return Picture(
        cells=rows,
        months=months,
        totals=tuple(_own_total(total) for total in beside.by_month().values()),
        bands=bands(part.programme, rows, part.as_of_month),
        as_of_month=part.as_of_month,
        today=part.as_of if months[0] <= part.as_of_month <= months[-1] else None,
        reaches=(),
        cliff=None,
        words=words,
        whose=whose,
    )


def _drawn(cell: BesideCell) -> Cell:
    """A cell whose lenses are the donor's own; what is not told is no gap."""
    return Cell(cell.outcome, cell.month, cell.required, *cell.own, gap=cell.gap or 0, status="gap")


def _own_total(total: BesideTotal) -> Total:
    return Total(total.required, *total.own, gap=0, lapsed=0, ahead=0)


def picture_words(covered: Coverage, beside: Beside) -> Sentence:
    """What the picture shows, for people who do not see it."""
    if not covered.rows:
        return say(_("None of your money is set against a month."))
    months = MonthRange(covered.months[0], covered.months[-1])
    number = len(covered.months)
    if beside.published == "cells":
        return say_n(
            "Your money, beside all other contributors together, in %(count)s month: %(months)s.",
            "Your money, beside all other contributors together, in %(count)s months, %(months)s.",
            number,
            months=months,
        )
    return say_n(
        "Your money, beside the requirement, in %(count)s month: %(months)s.",
        "Your money, beside the requirement, in %(count)s months, %(months)s.",
        number,
        months=months,
    )


# Words


def story(part: OwnPart, received: Coverage, records: OwnRecords) -> tuple[Sentence, ...]:
    """What the donor's money helps to cover, what is left over, and what is open: one to four sentences."""
    if not records.receipts and not records.pledges:
        return (
            say(_("What you pledge and pay stands here, with the outcomes and months it helps to cover.")),
        )
    return tuple(
        sentence
        for sentence in (*_covers(part, received, records), _left(received), _open(records))
        if sentence is not None
    )


def _covers(part: OwnPart, received: Coverage, records: OwnRecords) -> tuple[Sentence, ...]:
    if not records.receipts:
        return (say(_("Nothing has arrived from you yet.")),)
    if not received.rows:
        return (say(_("None of your money is set against a month yet.")),)
    helped = [code for code, amount in zip(part.programme.codes, received.by_outcome, strict=True) if amount]
    number = len(received.months)
    if len(helped) == len(part.programme.codes):
        months = say_n(
            "Your money helps to cover *%(count)s month* of the programme in all its outcomes%(most)s.",
            "Your money helps to cover *%(count)s months* of the programme in all its outcomes%(most)s.",
            number,
            most=_most(part, received),
        )
    else:
        months = say_n(
            "Your money helps to cover *%(count)s month* of the programme, for %(outcomes)s.",
            "Your money helps to cover *%(count)s months* of the programme, for %(outcomes)s.",
            number,
            outcomes=_names(part, helped),
        )
    return (months,)


def _most(part: OwnPart, received: Coverage) -> str:
    """Which outcome more than half of it goes to; nothing where none."""
    for outcome, amount in zip(part.programme.outcomes, received.by_outcome, strict=True):
        if amount * 2 > received.total:
            return _(", more than half of it to %(outcome)s", outcome=outcome.name)
    return ""


def _names(part: OwnPart, codes: list[str]) -> str:
    """`Pathfinder country support, with its programme support`."""
    names = [o.name for o in part.programme.outcomes if o.code in codes and o.code != SUPPORT_CODE]
    if not names:
        return _("programme support")
    listed = (
        names[0]
        if len(names) == 1
        else _("%(most)s and %(last)s", most=", ".join(names[:-1]), last=names[-1])
    )
    return _("%(outcomes)s, with programme support", outcomes=listed) if SUPPORT_CODE in codes else listed


def _left(received: Coverage) -> Sentence | None:
    if not received.rows and not received.beside:
        return None
    if received.beside:
        return say(_("*%(amount)s* of it is not set against a month."), amount=Usd(received.beside))
    return say(_("Nothing is left unassigned."))


def _open(records: OwnRecords) -> Sentence | None:
    number = sum(1 for one in records.pledges if one.state.open_minor)
    if not number:
        return say(_("Nothing of what you pledged is open.")) if records.pledges else None
    return say_n(
        "*%(amount)s* of one pledge is still open.",
        "*%(amount)s* of %(count)s pledges is still open.",
        number,
        amount=Usd(records.open_usd_minor),
    )


def why_not(beside: Beside) -> Sentence | None:
    """Why less is told of the others than there is; None where everything is."""
    match beside.why:
        case "":
            return None
        case "few":
            return say(
                _(
                    "What others cover is not shown: fewer than %(fewest)s other contributors have money in "
                    "the programme, and the money of one of them could be worked out from a total."
                ),
                fewest=Count(3),
            )
        case "past":
            return say(
                _(
                    "What others cover is shown for today only: two days held against each other would tell "
                    "what one contributor gave in between. Your own money is shown as of the day you chose."
                )
            )
        case "alone":
            return say(
                _(
                    "What others cover is shown as one total only: in some months fewer than %(fewest)s of "
                    "them stand alone, and their money could be worked out from those months."
                ),
                fewest=Count(3),
            )


def share_words(beside: Beside) -> Sentence | None:
    """Why the share of what the programme has received is not told, where nothing else says it."""
    if beside.received is not None or beside.why in ("few", "past"):
        return None
    return say(
        _(
            "Your share of all that the programme has received is not shown: what one or two others have "
            "paid or promised could be worked out from it."
        )
    )


# Which months


class TimedRun(NamedTuple):
    """Months in a row that are all past, the as-of month, or all ahead."""

    run: Run
    when: When


def timed_runs(covered: Coverage, as_of_month: Month) -> tuple[TimedRun, ...]:
    """The covered months, those in a row joined, parted before and after the as-of month."""
    by_month: dict[Month, int] = {}
    for row in covered.rows:
        by_month[row.month] = by_month.get(row.month, 0) + row.total
    runs: list[TimedRun] = []
    for month, amount in sorted(by_month.items()):
        when = _when(month, as_of_month)
        if runs and runs[-1].when == when and month - runs[-1].run.last == 1:
            before = runs[-1].run
            runs[-1] = TimedRun(Run(before.first, month, before.amount + amount), when)
        else:
            runs.append(TimedRun(Run(month, month, amount), when))
    return tuple(runs)


def _when(month: Month, as_of_month: Month) -> When:
    if month == as_of_month:
        return "current"
    return "past" if month < as_of_month else "ahead"


# What covers no month


@dataclass(frozen=True, slots=True)
class Waiting:
    """Money of one receipt or instalment that covers no month, and the last month it may pay for."""

    lens: Lens
    reference: str
    waits: Waits
    earmark: str
    until: Month
    amount: int


def waiting(part: OwnPart) -> tuple[Waiting, ...]:
    """All of the donor's money that covers no month, in the trace's order."""
    items = {(item.lens, item.reference): item for item in part.items}
    sums: dict[tuple[Lens, str, Waits], int] = {}
    for row in part.trace:
        if row.month is None:
            key = (row.lens, row.reference, _waits(items[row.lens, row.reference].use))
            sums[key] = sums.get(key, 0) + row.amount
    return tuple(
        Waiting(lens, ref, waits, items[lens, ref].earmark.target, items[lens, ref].covers_until, amount)
        for (lens, ref, waits), amount in sums.items()
    )


def _waits(use: Use) -> Waits:
    return "unused" if use == "core" else use


# The programme, by year and month


class Year(NamedTuple):
    """The months of one year, and whether it holds the as-of month."""

    year: int
    months: tuple[tuple[Month, BesideTotal], ...]
    total: BesideTotal
    current: bool


def by_year(beside: Beside) -> tuple[Year, ...]:
    """The programme's months as a donor may see them, year by year."""
    months: dict[int, list[tuple[Month, BesideTotal]]] = {}
    for month, total in beside.by_month().items():
        months.setdefault(month // 12, []).append((month, total))
    return tuple(
        Year(year, tuple(found), beside.of_year(year), year == beside.as_of_month // 12)
        for year, found in months.items()
    )
