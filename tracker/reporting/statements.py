"""A statement in words: its lead, its lines, what moved the opening, and its records in rows.

Page, PDF and workbook all say this.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, NamedTuple

from flask_babel import gettext as _

from tracker.domain.contributions import InstalmentState, Refund
from tracker.domain.months import Month
from tracker.domain.received import Amounts
from tracker.domain.statement import Cause
from tracker.queries.own import OwnPledge, OwnReceipt
from tracker.queries.statements import StatementReport
from tracker.reporting.records import State, instalment_state
from tracker.reporting.sentences import (
    Count,
    Day,
    MonthName,
    MonthRange,
    Published,
    Sentence,
    Share,
    Usd,
    Value,
    say,
)

Sign = Literal["", "+", "−", "±", "="]
MOST_RUNS: Final = 4
"""As many separate runs of months are named; of more, their number and the first and last month."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line from the opening to the closing.

    `amounts` stand by the report's `columns`, above zero as stated; `sign` says whether they are added or
    taken away. A line `within` the closing is a part of it.
    """

    key: str
    sign: Sign
    words: Sentence
    amounts: Amounts
    within: bool = False

    @property
    def total(self) -> int:
        """All columns."""
        return sum(self.amounts)


def lines(report: StatementReport) -> tuple[Line, ...]:
    """From the opening to the closing, and what the closing consists of. Lines without movement stay."""
    moved, period = report.movement, report.period
    core = len(report.programme.codes)
    beside = moved.beside
    found = [
        Line(
            "opening",
            "",
            say(_("Opening, %(day)s"), day=Day(period.first - timedelta(days=1))),
            moved.opening,
        ),
        Line("receipts", "+", say(_("Receipts in the period")), moved.receipts),
        Line("refunds", "−", say(_("Refunds")), moved.refunds),
        Line("allocated", "−", say(_("Allocated to months that ended in the period")), moved.allocated),
        Line("adjustments", "±", say(_("Adjustments to earlier periods")), moved.adjustments),
        Line("closing", "=", say(_("Closing, %(day)s"), day=Day(period.last)), moved.closing),
        Line("later", "", say(_("assigned to later months (provisional)")), moved.later, within=True),
        Line("unused", "", say(_("not used by any month")), moved.unused, within=True),
    ]
    for at, key, words in (
        (core, "targeted", _("targeted, beside the core")),
        (core + 1, "held", _("held, not yet assigned")),
    ):
        if at in report.wanted_columns:
            only = tuple(part if here == at else 0 for here, part in enumerate(beside))
            found.append(Line(key, "", say(words), only, within=True))
    return tuple(found)


def cause_words(cause: Cause) -> str:
    """What moved an opening, in words: the record, and what happened to it since it was stated."""
    match cause.kind:
        case "receipt":
            return _receipt_words(cause)
        case "refund":
            return {
                "added": _("Refund %(reference)s, of a receipt of an earlier period"),
                "changed": _("Refund %(reference)s, changed since"),
                "removed": _("Refund %(reference)s, voided since"),
            }[cause.how] % {"reference": cause.reference}
        case "pledge":
            what = ", ".join(_field_words(cause)) or _("recorded or voided since")
            return _("Agreement %(reference)s: %(what)s", reference=cause.reference, what=what)
        case "budget":
            return _("Budget version %(number)s, for months of earlier periods", number=cause.reference)
        case "programme":
            return _("The programme’s months or outcomes were changed")
        case "others":
            return _("Records of other contributors, which moved the months that this money covers")
        case "rules":
            return _("Reckoned differently by this version of the tracker")


def _receipt_words(cause: Cause) -> str:
    if cause.how == "changed":
        what = ", ".join(_field_words(cause))
        return _("Receipt %(reference)s: %(what)s", reference=cause.reference, what=what)
    return {
        "added": _("Receipt %(reference)s, which covers months of earlier periods or was recorded late"),
        "removed": _("Receipt %(reference)s, voided since"),
    }[cause.how] % {"reference": cause.reference}


def _field_words(cause: Cause) -> Iterator[str]:
    """The facts that changed, in words; each once."""
    words = {
        "covers_from": _("the first month it covers was changed"),
        "covers_until": _("the last month it covers was changed"),
        "earmark": _("the earmark was changed"),
        "support_cost": _("support cost was changed"),
        "split": _("the exact split was changed"),
        "amount_minor": _("the amount was changed"),
        "usd_minor": _("the USD amount was changed"),
        "received_on": _("the value date was changed"),
        "currency": _("the currency was changed"),
        "pledge": _("it was put to another agreement, or to none"),
        "donor": _("its donor was changed"),
    }
    return (words[name] for name in cause.fields if name in words)


# The lead


def lead(report: StatementReport) -> tuple[Sentence, ...]:
    """What was paid, which requirement it covered, what is carried forward, and what is overdue."""
    return (*_paid(report), _covered(report), *_carried(report), *_overdue(report))


def _paid(report: StatementReport) -> Iterator[Sentence]:
    moved, donor = report.movement, report.donor.name
    if any(moved.receipts):
        amount = Usd(sum(moved.receipts))
        yield say(_("In the period %(donor)s paid *%(amount)s*."), donor=donor, amount=amount)
    else:
        yield say(_("In the period %(donor)s paid nothing."), donor=donor)
    if any(moved.refunds):
        yield say(_("*%(amount)s* was given back."), amount=Usd(sum(moved.refunds)))
    if any(moved.adjustments):
        pattern = _("Adjustments to earlier periods moved the opening by *%(amount)s*.")
        yield say(pattern, amount=Usd(sum(moved.adjustments)))


def _covered(report: StatementReport) -> Sentence:
    months = [row for row in report.months if row.when == "period"]
    if not months:
        return say(_("None of its money was allocated to a month that ended in the period."))
    listed, values = _listed([row.month for row in months])
    share, amount = (
        Share(sum(row.total for row in months), report.required),
        Usd(sum(report.movement.allocated)),
    )
    pattern = _(
        "Its money covered *%(amount)s* of what the programme required in the period (%(share)s): "
        "%(months)s.",
        amount="%(amount)s",
        share="%(share)s",
        months=listed,
    )
    return Sentence(pattern, {"amount": amount, "share": share, **values})


def _carried(report: StatementReport) -> Iterator[Sentence]:
    moved, core = report.movement, len(report.programme.codes)
    later = sum(moved.later)
    if later:
        listed, values = _listed([row.month for row in report.months if row.when == "later"])
        pattern = _("*%(amount)s* is carried forward to %(months)s.", amount="%(amount)s", months=listed)
        yield Sentence(pattern, {"amount": Usd(later), **values})
    if any(moved.unused):
        yield say(_("*%(amount)s* is not used by any month."), amount=Usd(sum(moved.unused)))
    if moved.beside[core]:
        yield say(_("*%(amount)s* is targeted, beside the core."), amount=Usd(moved.beside[core]))
    if moved.beside[core + 1]:
        yield say(_("*%(amount)s* is held, not yet assigned."), amount=Usd(moved.beside[core + 1]))
    if not any(moved.closing):
        yield say(_("Nothing is carried forward."))


def _overdue(report: StatementReport) -> Iterator[Sentence]:
    late = [row for row in instalment_rows(report) if row.how == "overdue"]
    if not late:
        if report.records.pledges:
            yield say(_("Nothing is overdue."))
        return
    amount = Usd(sum(row.state.open_usd_minor for row in late))
    if all(row.own.state.pledge.signed_on for row in late):
        yield say(_("*%(amount)s* of its agreements is overdue."), amount=amount)
    else:
        yield say(_("*%(amount)s* of its pledges is overdue."), amount=amount)


def _listed(months: Sequence[Month]) -> tuple[str, dict[str, Value]]:
    """Months in words: placeholders, joined, and what they stand for. Three and more in a row are a range."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and month - runs[-1][-1] == 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    if len(runs) > MOST_RUNS:
        words = _(
            "%(count)s months from %(first)s to %(last)s",
            count="%(months)s",
            first="%(first)s",
            last="%(last)s",
        )
        return words, {"months": Count(len(months)), "first": _name(months[0]), "last": _name(months[-1])}
    values: list[Value] = []
    for run in runs:
        values += [MonthRange(run[0], run[-1])] if len(run) > 2 else [_name(month) for month in run]
    named: dict[str, Value] = {f"m{at}": value for at, value in enumerate(values)}
    places = [f"%({name})s" for name in named]
    if len(places) == 1:
        return places[0], named
    return _("%(most)s and %(last)s", most=", ".join(places[:-1]), last=places[-1]), named


def _name(month: Month) -> MonthName:
    return MonthName(month)


# The records


class InstalmentRow(NamedTuple):
    """An instalment, its pledge (`first`: the pledge's first row), how it stands, and days after its day."""

    own: OwnPledge
    state: InstalmentState
    first: bool
    how: State
    days: int


def instalment_rows(report: StatementReport) -> tuple[InstalmentRow, ...]:
    """Every instalment of every pledge, as of the report's day."""
    return tuple(
        InstalmentRow(own, state, at == 0, *instalment_state(state, report.as_of))
        for own in report.records.pledges
        for at, state in enumerate(own.state.instalments)
    )


class RefundRow(NamedTuple):
    """A refund by the period's end, its USD cents, whose it is, and whether it belongs to the period."""

    own: OwnReceipt
    refund: Refund
    usd_minor: int
    in_period: bool

    @property
    def ledger_ref(self) -> str:
        """Where it stands in the ledger; '' where nothing is recorded."""
        return self.own.refund_refs.get(self.refund.reference, "")


def refund_rows(report: StatementReport) -> tuple[RefundRow, ...]:
    """Refunds to the end of the period, by day."""
    first, last = report.period
    found = (
        RefundRow(own, refund, usd, refund.refunded_on >= first)
        for own in report.records.receipts
        for refund, usd in own.net.refunds
        if refund.refunded_on <= last
    )
    return tuple(sorted(found, key=lambda row: (row.refund.refunded_on, row.refund.reference)))


def in_period(report: StatementReport, own: OwnReceipt) -> bool:
    """Whether a receipt belongs to the period; the others stand in the opening."""
    return own.net.receipt.received_on >= report.period.first


@dataclass(slots=True)
class CurrencyLine:
    """All of a donor's money in one currency: received and refunded to the period's end, open as of the day.

    Amounts are in that currency, and in USD cents.
    """

    currency: str
    received_minor: int = 0
    refunded_minor: int = 0
    pledged_minor: int = 0
    settled_minor: int = 0
    open_minor: int = 0
    received_usd_minor: int = 0
    refunded_usd_minor: int = 0
    open_usd_minor: int = 0


def by_currency(report: StatementReport) -> tuple[CurrencyLine, ...]:
    """One line for each currency that the donor pledged or paid in."""
    found: dict[str, CurrencyLine] = {}

    def line(currency: str) -> CurrencyLine:
        return found.setdefault(currency, CurrencyLine(currency))

    for own in report.records.receipts:
        receipt = own.net.receipt
        line(receipt.currency).received_minor += receipt.amount_minor
        line(receipt.currency).received_usd_minor += receipt.usd_minor
    for row in refund_rows(report):
        line(row.own.net.receipt.currency).refunded_minor += row.refund.amount_minor
        line(row.own.net.receipt.currency).refunded_usd_minor += row.usd_minor
    for pledge in report.records.pledges:
        of = line(pledge.state.pledge.currency)
        of.pledged_minor += pledge.state.pledge.amount_minor
        of.settled_minor += sum(state.settled_minor for state in pledge.state.instalments)
        of.open_minor += pledge.state.open_minor
        of.open_usd_minor += pledge.state.open_usd_minor
    return tuple(found[currency] for currency in sorted(found))


def share_of_all(report: StatementReport) -> Sentence | None:
    """What part of all received money is the donor's; None where it may not be told, or nothing is there."""
    own = sum(line.received_usd_minor - line.refunded_usd_minor for line in by_currency(report))
    if not report.programme_received or not own:
        return None
    return say(
        _("To %(day)s, %(donor)s gave %(share)s of all money received by the programme."),
        day=Day(report.period.last),
        donor=report.donor.name,
        share=Share(own, report.programme_received),
    )


# The rules


def rules(report: StatementReport) -> Sentence:
    """How money is valued, split and set against months, in one paragraph."""
    named: dict[str, Value] = {f"s{at}": Published(units) for at, units in enumerate(report.shares)}
    pattern = _(
        "Each receipt is recorded at its USD value on the day and split once over the outcomes by the "
        "donor’s earmark (core: %(shares)s). Within an outcome, months are filled in order; in each month "
        "the money whose window ends first pays first, then the window that starts first, then the earlier "
        "date, then the reference. A month is counted as allocated when it has ended; money set against "
        "later months is provisional until then. What no month can use by the end of its window is shown as "
        "unused. An adjustment to an earlier period is always explained by the record that caused it.",
        shares=" / ".join(f"%({name})s" for name in named),
    )
    return Sentence(pattern, named)
