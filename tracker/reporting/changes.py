"""What changed, in words: the lines of a bridge, its records and where they lead, two states side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from tracker.domain.changes import ChangeLine, Changes, Kind, RecordMove, Standing
from tracker.domain.months import Month, month_of
from tracker.domain.position import Cell, Position
from tracker.domain.vocabulary import LENSES, Lens
from tracker.queries.report import DonorRow
from tracker.reporting.sentences import Day, MonthRange, Sentence, Usd, Value, say


class Target(NamedTuple):
    """The page of a record: its endpoint, and what the address carries."""

    endpoint: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record behind a line; `moved` None where only its line was worked out.

    `entries` are the numbers of the audit entries that wrote it meanwhile, where these were asked for.
    """

    what: str
    reference: str
    donor: str
    dated_on: date | None
    how: str
    moved: Standing | None
    target: Target | None
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of the bridge."""

    kind: Kind
    name: str
    words: Sentence
    moved: Standing
    records: tuple[RecordRow, ...]


def line_names() -> dict[Kind, str]:
    """The lines' names, in the order they are walked."""
    return {
        "corrections": _("Corrections of the past"),
        "exchange": _("Exchange rates"),
        "budget": _("Budget revisions"),
        "pledges": _("New pledges"),
        "signatures": _("Signatures"),
        "receipts": _("Receipts"),
        "refunds": _("Refunds"),
        "closings": _("Closings"),
        "slipped": _("Slipped instalments"),
        "time": _("Time passing"),
    }


def lines(changes: Changes, donors: Mapping[str, DonorRow], may_open: bool) -> tuple[LineRow, ...]:
    """Every line in words, those without movement too, with its records."""
    names = line_names()
    return tuple(
        LineRow(
            line.kind,
            names[line.kind],
            _line_words(line, changes),
            line.moved,
            tuple(record_row(r, donors, may_open, changes.by_record) for r in line.records),
        )
        for line in changes.lines
    )


def _line_words(line: ChangeLine, changes: Changes) -> Sentence:
    """What happened: `19 announced`."""
    n = len(line.records)
    if line.kind == "time":
        return _time_words(line, changes)
    if not n:
        return say(
            {
                "corrections": _("nothing of the past is known differently"),
                "exchange": _("no open money is worth more or less"),
                "budget": _("no version adopted"),
                "pledges": _("none announced"),
                "signatures": _("none"),
                "receipts": _("none"),
                "refunds": _("none"),
                "closings": _("none"),
                "slipped": _("no open money lost a month"),
            }[line.kind]
        )
    words = {
        "corrections": ngettext(
            "%(num)d record of the past is known differently",
            "%(num)d records of the past are known differently",
            n,
        ),
        "exchange": ngettext(
            "open money of %(num)d currency at its new rate",
            "open money of %(num)d currencies at their new rates",
            n,
        ),
        "budget": ngettext("%(num)d version adopted", "%(num)d versions adopted", n),
        "pledges": ngettext("%(num)d announced", "%(num)d announced", n),
        "signatures": ngettext("%(num)d pledge signed", "%(num)d pledges signed", n),
        "receipts": ngettext(
            "%(num)d receipt, of what was promised or beyond it",
            "%(num)d receipts, of what was promised or beyond it",
            n,
        ),
        "refunds": ngettext("%(num)d given back", "%(num)d given back", n),
        "closings": ngettext(
            "the rest of %(num)d pledge given up", "the rest of %(num)d pledges given up", n
        ),
        "slipped": ngettext(
            "%(num)d open instalment is too late for months gone by",
            "%(num)d open instalments are too late for months gone by",
            n,
        ),
    }
    return say(words[line.kind].replace("%", "%%"))


def _time_words(line: ChangeLine, changes: Changes) -> Sentence:
    first, last = month_of(changes.before_on), Month(month_of(changes.after_on) - 1)
    if last < first:
        return say(_("no month has gone by"))
    gone = MonthRange(first, last)
    if any(line.moved):
        return say(_("%(gone)s went by; what found no money has lapsed"), gone=gone)
    return say(_("%(gone)s went by: nothing lapsed"), gone=gone)


def lead(changes: Changes) -> Sentence:
    """The answer: from what to what, and mainly why."""
    moved = changes.after.ahead - changes.before.ahead
    values: dict[str, Value] = {
        "before": Usd(changes.before.ahead),
        "then": Day(changes.before_on),
        "after": Usd(changes.after.ahead),
        "now": Day(changes.after_on),
        "moved": Usd(abs(moved)),
    }
    if not moved:
        pattern = _("Still to raise on %(now)s is what it was on %(then)s: *%(after)s*.")
        if any(any(line.moved) for line in changes.lines):
            pattern = _("Still to raise is the same on both days, *%(after)s*, though money moved.")
        return Sentence(pattern, values)
    mainly = max(changes.lines, key=lambda line: line.moved.ahead * (1 if moved > 0 else -1))
    values["reason"] = _reason(mainly.kind)
    if moved < 0:
        pattern = _(
            "Still to raise went from %(before)s on %(then)s to *%(after)s* on %(now)s: %(moved)s less, "
            "mainly because %(reason)s."
        )
        return Sentence(pattern, values)
    pattern = _(
        "Still to raise went from %(before)s on %(then)s to *%(after)s* on %(now)s: %(moved)s more, "
        "mainly because %(reason)s."
    )
    return Sentence(pattern, values, "bad")


def _reason(kind: Kind) -> str:
    return {
        "corrections": _("the past is known differently"),
        "exchange": _("exchange rates moved"),
        "budget": _("the budget was revised"),
        "pledges": _("new pledges were announced"),
        "signatures": _("pledges were signed and now pay in another order"),
        "receipts": _("money came that had not been promised"),
        "refunds": _("money was given back"),
        "closings": _("the rest of pledges was given up"),
        "slipped": _("late money can no longer pay for months gone by"),
        "time": _("months went by uncovered, and their gap has lapsed"),
    }[kind]


# Records


def record_row(
    move: RecordMove, donors: Mapping[str, DonorRow], may_open: bool, by_record: bool = True
) -> RecordRow:
    """A record as a page names it. `may_open`: whether this reader may open records."""
    return RecordRow(
        what=_entity(move.entity),
        reference=move.reference,
        donor=donors[move.donor].name if move.donor in donors else move.donor,
        dated_on=move.dated_on,
        how={"added": _("recorded since"), "changed": _("changed since"), "removed": _("taken out since")}[
            move.how
        ],
        moved=move.moved if by_record else None,
        target=target(move, may_open),
    )


def _entity(entity: str) -> str:
    return {
        "pledge": _("Pledge"),
        "receipt": _("Receipt"),
        "refund": _("Refund"),
        "instalment": _("Instalment"),
        "rate": _("Rate"),
        "budget_version": _("Budget version"),
        "programme": _("Programme"),
        "month": _("Months gone by"),
    }[entity]


PAGES: Final = {"pledge": "pledges.show", "receipt": "receipts.show", "refund": "refund_pages.show"}


def target(move: RecordMove, may_open: bool) -> Target | None:
    """Where a record leads; a record that is voided has its page too."""
    if move.entity in ("budget_version", "programme"):
        return Target("budget.index", {})
    if not may_open or move.entity == "month":
        return None
    if move.entity == "instalment":
        return Target("pledges.show", {"reference": move.reference.rpartition("@")[0]})
    if move.entity == "rate":
        currency, _blank, day = move.reference.partition(" ")
        if not day:
            return Target("rates.index", {})
        return Target("rates.show", {"currency": currency, "effective_on": day})
    return Target(PAGES[move.entity], {"reference": move.reference})


# Two states of knowledge side by side


class Beside(NamedTuple):
    """A figure then and now, in USD cents."""

    name: str
    then: int
    now: int


def totals(then: Position, now: Position) -> tuple[Beside, ...]:
    """The totals by lens, and what stands beside the core."""
    words = (
        ("required", _("Required")),
        ("received", _("Received")),
        ("signed", _("Signed, open")),
        ("pledged", _("Pledged, open")),
        ("ahead", _("Still to raise")),
        ("lapsed", _("Lapsed")),
    )
    found = [Beside(word, getattr(then.total, name), getattr(now.total, name)) for name, word in words]
    beside = (("unused", _("Unused")), ("targeted", _("Targeted")), ("held", _("Held")))
    found += [Beside(word, sum(getattr(then, name)), sum(getattr(now, name))) for name, word in beside]
    return tuple(found)


class Heads(NamedTuple):
    """One lens: funded through and the first month short, then and now; None is none."""

    lens: Lens
    through: tuple[Month | None, Month | None]
    cliff: tuple[Month | None, Month | None]


def headlines(then: Position, now: Position) -> tuple[Heads, ...]:
    """The headlines of each lens."""
    pairs = ((lens, then.headlines[lens], now.headlines[lens]) for lens in LENSES)
    return tuple(
        Heads(lens, (one.funded_through, two.funded_through), (one.cliff_month, two.cliff_month))
        for lens, one, two in pairs
    )


def differing(then: Position, now: Position) -> tuple[tuple[Cell, Cell], ...]:
    """The cells that differ, by month, then outcome."""
    before = {(cell.month, cell.outcome): cell for cell in then.cells}
    pairs = [(before.get((cell.month, cell.outcome), cell), cell) for cell in now.cells]
    return tuple(sorted((p for p in pairs if p[0] != p[1]), key=lambda p: p[1].month))


def moved_parts(moved: Standing) -> Sequence[tuple[str, int]]:
    """What moved, by name; nothing of what did not."""
    names = (
        _("received"),
        _("signed"),
        _("pledged"),
        _("still to raise"),
        _("lapsed"),
    )
    found = [(name, minor) for name, minor in zip(names, moved[1:], strict=True) if minor]
    return [*found, (_("required"), moved.required)] if moved.required else found
