"""Why a month and a cell are what they are, in sentences (R8, R9, R11). Amounts are USD cents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from flask_babel import gettext as _

from tracker.domain.budget import BudgetVersion, Outcome
from tracker.domain.items import Item
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.months import Month
from tracker.domain.position import Cell, Position, Total
from tracker.domain.reasons import Reasons, Use
from tracker.domain.vocabulary import LENSES, Lens
from tracker.reporting.boards import Shown, shown_status
from tracker.reporting.sentences import (
    Amount,
    Count,
    MonthName,
    Published,
    Sentence,
    Usd,
    Value,
    say,
    say_n,
)


class Named(Protocol):
    """A donor, as far as a sentence needs one."""

    @property
    def name(self) -> str:
        """As this reader may see it."""


Donors = Mapping[str, Named]


def donor_name(donors: Donors, code: str) -> str:
    """A donor's name; its code where the directory does not know it."""
    return donors[code].name if code in donors else code


# One month


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One item in one month: what it covers of each outcome, in the outcomes' order, and in all."""

    item: Item
    parts: tuple[int, ...]

    @property
    def total(self) -> int:
        """What it covers in the month."""
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month: its cells as shown, what covers them, and the sum."""

    month: Month
    total: Total
    cells: tuple[tuple[Outcome, Cell, Shown], ...]
    rows: tuple[MonthRow, ...]
    words: tuple[Sentence, ...]
    before: Month | None
    after: Month | None


def month_view(book: Position, month: Month) -> MonthView:
    """One month of a position. Raises `KeyError` outside the programme."""
    cells = tuple(
        (outcome, cell, shown_status(cell.status, month, book.as_of_month))
        for outcome in book.programme.outcomes
        for cell in (book.cell(outcome.code, month),)
    )
    total = book.sum_of(cell for _outcome, cell, _shown in cells)
    before, after = neighbours(book, month)
    words, rows = _month_words(book, total, cells), _month_rows(book, month)
    return MonthView(month, total, cells, rows, words, before, after)


def neighbours(book: Position, month: Month) -> tuple[Month | None, Month | None]:
    """The months before and after, inside the programme."""
    months = book.programme.months
    return (
        Month(month - 1) if month - 1 in months else None,
        Month(month + 1) if month + 1 in months else None,
    )


def _month_rows(book: Position, month: Month) -> tuple[MonthRow, ...]:
    items = {(item.lens, item.reference): item for item in book.items}
    codes = book.programme.codes
    parts: dict[tuple[Lens, str], list[int]] = {}
    for row in book.trace:
        if row.month == month:
            amounts = parts.setdefault((row.lens, row.reference), [0] * len(codes))
            amounts[codes.index(row.outcome)] += row.amount
    rows = [MonthRow(items[key], tuple(amounts)) for key, amounts in parts.items()]
    return tuple(sorted(rows, key=lambda r: (LENSES.index(r.item.lens), r.item.order)))


def _month_words(
    book: Position, total: Total, cells: Iterable[tuple[Outcome, Cell, Shown]]
) -> tuple[Sentence, ...]:
    short = [outcome.code for outcome, cell, _shown in cells if cell.status == "gap"]
    first = _parts(total)
    if not short:
        return first, say(_("Every outcome is covered."), tone="good")
    names = ", ".join(short)
    if total.lapsed:
        pattern = _("*%(gap)s* of %(outcomes)s was not covered and has lapsed.")
        return first, say(pattern, gap=Usd(total.gap), outcomes=names)
    pattern = _("*%(gap)s* is still to raise, for %(outcomes)s.")
    return first, say(pattern, tone="bad", gap=Usd(total.gap), outcomes=names)


# One cell


def cell_words(book: Position, why: Reasons) -> tuple[Sentence, ...]:
    """What the cell needs, what has come, what is missing, and whether what is expected is late."""
    return (_parts(why.cell), _cell_result(book, why.cell), *_late(book, why.uses))


def _parts(cell: Cell | Total) -> Sentence:
    """What is needed, and what of it has come or is promised."""
    values: dict[str, Value] = {
        "required": Usd(cell.required),
        "received": Usd(cell.received),
        "signed": Usd(cell.signed),
        "pledged": Usd(cell.pledged),
    }
    key = (bool(cell.received), bool(cell.signed), bool(cell.pledged))
    patterns = {
        (False, False, False): _("The month needs %(required)s, and nothing covers it."),
        (True, False, False): _("The month needs %(required)s. %(received)s of it has arrived."),
        (False, True, False): _("The month needs %(required)s. %(signed)s of it is signed; none has come."),
        (False, False, True): _("The month needs %(required)s. %(pledged)s of it is pledged; none is firm."),
        (True, True, False): _(
            "The month needs %(required)s. %(received)s of it has arrived and %(signed)s is signed."
        ),
        (True, False, True): _(
            "The month needs %(required)s. %(received)s of it has arrived and %(pledged)s is pledged."
        ),
        (False, True, True): _(
            "The month needs %(required)s. %(signed)s of it is signed and %(pledged)s is pledged."
        ),
        (True, True, True): _(
            "The month needs %(required)s. %(received)s of it has arrived, %(signed)s is signed and "
            "%(pledged)s is pledged."
        ),
    }
    return Sentence(patterns[key], values)


def _cell_result(book: Position, cell: Cell) -> Sentence:
    if not cell.gap:
        return say(_("Nothing is missing."))
    if cell.status != "gap":
        return say(
            _("It is %(gap)s short, less than the tolerance, so it counts as covered."), gap=Usd(cell.gap)
        )
    if cell.month < book.as_of_month:
        return say(
            _("*%(gap)s* was not covered and has lapsed: only a retroactive window can still fill it."),
            gap=Usd(cell.gap),
        )
    return say(_("*%(gap)s* is still to raise."), tone="bad", gap=Usd(cell.gap))


def _late(book: Position, uses: Iterable[Use]) -> tuple[Sentence, ...]:
    open_ones = [use for use in uses if use.item.lens != "received"]
    late = sum(1 for use in open_ones if use.item.dated_on < book.as_of)
    if not late:
        return ()
    if late == len(open_ones) == 2:
        return (say(_("Both open instalments behind it are overdue.")),)
    if late == len(open_ones):
        sentence = say_n(
            "The open instalment behind it is overdue.",
            "All %(count)s open instalments behind it are overdue.",
            late,
        )
    else:
        sentence = say_n(
            "%(count)s of the %(all)s open instalments behind it is overdue.",
            "%(count)s of the %(all)s open instalments behind it are overdue.",
            late,
            all=Count(len(open_ones)),
        )
    return (sentence,)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the rule, with this cell's numbers."""

    title: str
    words: tuple[Sentence, ...]


def rule_steps(book: Position, why: Reasons, donors: Donors) -> tuple[Step, ...]:
    """The rule in five steps: required, share, window, order, status."""
    return (
        Step(_("Required."), (_required(book, why),)),
        Step(_("Share of each item."), _shares(why.uses)),
        Step(_("Window."), _windows(book, why.uses)),
        Step(_("Order."), _order(why, donors)),
        Step(_("Status."), _status(book, why.cell)),
    )


def _required(book: Position, why: Reasons) -> Sentence:
    cell, version = why.cell, why.version
    if version.basis == "amounts":
        return say(
            _("Budget version %(number)s sets the amount for %(outcome)s: %(required)s a month."),
            number=version.number,
            outcome=cell.outcome,
            required=Amount(cell.required),
        )
    return say(
        _(
            "The monthly total of %(total)s is split by the published shares; %(outcome)s has %(share)s: "
            "%(required)s."
        ),
        total=Amount(version.monthly_total_minor),
        outcome=cell.outcome,
        share=Published(version.share_units[book.programme.codes.index(cell.outcome)]),
        required=Amount(cell.required),
    )


def _shares(uses: tuple[Use, ...]) -> tuple[Sentence, ...]:
    if not uses:
        return (say(_("No item has a part for this outcome whose window holds this month.")),)
    exact = [use.item for use in uses if use.item.exact]
    core = [use.item for use in uses if use.item.earmark.kind == "core" and not use.item.exact]
    named = [use.item for use in uses if use.item.earmark.kind != "core" and not use.item.exact]
    if len(core) == len(uses):
        sentence = say_n(
            "The item is core money, so it is split by the budget's shares, once, and its parts "
            "re-add to the cent.",
            "All %(count)s items are core money, so each is split by the same shares, once, and its "
            "parts re-add to the cent.",
            len(core),
        )
        return (sentence,)
    said = []
    if core:
        said.append(
            say_n(
                "%(count)s item is core money, split by the budget's shares.",
                "%(count)s items are core money, split by the budget's shares.",
                len(core),
            )
        )
    if named:
        earmarks = ", ".join(sorted({str(item.earmark) for item in named}))
        said.append(
            say_n(
                "%(count)s item is earmarked (%(earmarks)s).",
                "%(count)s items are earmarked (%(earmarks)s).",
                len(named),
                earmarks=earmarks,
            )
        )
    if exact:
        said.append(
            say_n(
                "%(count)s item is split by an officer's exact amounts.",
                "%(count)s items are split by an officer's exact amounts.",
                len(exact),
            )
        )
    return (*said, say(_("Each is split once, and its parts re-add to the cent.")))


def _windows(book: Position, uses: tuple[Use, ...]) -> tuple[Sentence, ...]:
    items = [use.item for use in uses]
    said = []
    if any(item.lens == "received" for item in items) or not items:
        said.append(say(_("A receipt may pay from its month of receipt, or its agreement's first month.")))
    if any(item.lens != "received" and item.dated_on < book.as_of for item in items):
        said.append(
            say(
                _("Late instalments may pay from %(month)s, the as-of month."),
                month=MonthName(book.as_of_month),
            )
        )
    retroactive = sum(item.retroactive for item in items)
    if retroactive:
        said.append(
            say_n(
                "%(count)s receipt reaches back by an officer's decision.",
                "%(count)s receipts reach back by an officer's decision.",
                retroactive,
            )
        )
    ends = sorted({item.covers_until for item in items})
    if len(ends) == 1:
        said.append(say(_("All may pay until %(month)s."), month=MonthName(ends[0])))
    elif ends:
        pattern = _("Windows end between %(first)s and %(last)s; the one that ends first is used first.")
        said.append(say(pattern, first=MonthName(ends[0]), last=MonthName(ends[-1])))
    return tuple(said)


def _order(why: Reasons, donors: Donors) -> tuple[Sentence, ...]:
    said = [say(_("Months are filled one after the other; received money first, then signed, then pledged."))]
    carried = next((use for use in why.uses if use.used_before), None)
    if carried:
        pattern = _("Earlier months took %(before)s of %(donor)s's share; %(here)s of it falls here.")
        said.append(
            say(
                pattern,
                before=Amount(carried.used_before),
                donor=donor_name(donors, carried.item.donor),
                here=Amount(carried.used_here),
            )
        )
    left = next((use for use in why.uses if use.left_after), None)
    if left:
        pattern = _("%(left)s of %(donor)s's share goes on to later months.")
        said.append(say(pattern, left=Amount(left.left_after), donor=donor_name(donors, left.item.donor)))
    return tuple(said)


def _status(book: Position, cell: Cell) -> tuple[Sentence, ...]:
    words = {
        "funded": _("Received money alone reaches the requirement, so the cell is funded."),
        "committed": _("Received and signed together reach the requirement, so the cell is committed."),
        "pledged": _("With pledges the requirement is reached, so the cell is pledged."),
        "gap": _("Not even with pledges is the requirement reached, so the cell is a gap."),
    }
    tolerance = say(
        _("Short by less than %(tolerance)s would still count as covered."),
        tolerance=Amount(book.programme.tolerance_minor),
    )
    if cell.status == "gap" and cell.month < book.as_of_month:
        lapsed = say(_("Its month is before the as-of month, so the gap has lapsed."))
        return say(words["gap"]), lapsed, tolerance
    return say(words[cell.status]), tolerance


def budget_words(version: BudgetVersion) -> Sentence:
    """`Version 1, provisional, from January 2026, by shares`."""
    month = MonthName(version.effective_month)
    basis = _("by shares") if version.basis == "shares" else _("by amounts")
    if version.adopted_on is None:
        pattern = _("Version %(number)s, provisional, from %(month)s, %(basis)s")
    else:
        pattern = _("Version %(number)s, adopted, from %(month)s, %(basis)s")
    return say(pattern, number=version.number, month=month, basis=basis)


def rate_words(book: Position, uses: Iterable[Use]) -> Sentence:
    """Whether exchange rates stand behind a cell, and for which currencies."""
    currencies = {_currency(book, use.item) for use in uses} - {PROGRAMME_CURRENCY}
    if not currencies:
        return say(_("None used: all of it is in US dollars"))
    return say(
        _("%(currencies)s: receipts at their day's rate, open money at the as-of rate"),
        currencies=", ".join(sorted(currencies)),
    )


def _currency(book: Position, item: Item) -> str:
    if item.lens == "received":
        return book.receipts[item.reference].receipt.currency
    return book.pledges[item.pledge or ""].pledge.currency
