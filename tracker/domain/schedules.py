"""Schedules made by rule: equal parts, parts by dates, and a rest spread anew when an amount changes.

Amounts are minor units of the pledge's currency. Whatever is made re-adds to its whole, has one
instalment a day, and leaves what was paid as it was agreed; the last part takes the rounding.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tracker.domain.contributions import Facts, Instalment, Pledge, net_receipts, settled_by
from tracker.domain.months import parse_day
from tracker.domain.problems import Problem, Refused
from tracker.domain.register import Register
from tracker.domain.rows import Reading, Row

MOST_PARTS: Final = 60
MOST_MONTHS: Final = 66
Schedule = tuple[Instalment, ...]


@dataclass(frozen=True, slots=True)
class Equal:
    """So many equal parts, the first on a day, the next every so many months."""

    number: int
    first_due_on: date
    every_months: int

    @property
    def days(self) -> tuple[date, ...]:
        """The due dates."""
        steps = range(0, self.number * self.every_months, self.every_months)
        return tuple(months_later(self.first_due_on, step) for step in steps)


def months_later(day: date, months: int) -> date:
    """The same day some months on; the month's last day where it has no such day.

    >>> months_later(date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def read_equal(raw: Mapping[str, str]) -> Reading[Equal]:
    """`number`, `first_due_on`, `every_months` of a form."""
    row = Row(raw)
    number = _count(row, "number", MOST_PARTS)
    first = row.day("first_due_on", required=True)
    every = _count(row, "every_months", MOST_MONTHS)
    if number and first and every and first.year * 12 + first.month + number * every > date.max.year * 12:
        row.wrong("no_such_day", "first_due_on", text=first.isoformat())

    def entry() -> Equal:
        assert number and first and every
        return Equal(number, first, every)

    return row.done(entry)


def _count(row: Row, column: str, most: int) -> int | None:
    def parse(text: str) -> int:
        known = text.isascii() and text.isdigit() and len(text) <= 4
        if not known or not 1 <= int(text) <= most:
            raise Refused.of("not_a_count", text=text, most=most)
        return int(text)

    return row.parsed(column, parse, required=True)


def read_days(raw: Mapping[str, str]) -> Reading[tuple[date, ...]]:
    """`days` of a form: one date a line, or between commas; each once."""
    row = Row(raw)
    texts = row.text("days", most=2_000, required=True, lines=True).replace(",", "\n").split()
    days: list[date] = []
    for text in texts[: MOST_PARTS + 1]:
        try:
            days.append(parse_day(text))
        except Refused as refusal:
            row.problems.extend(Problem(p.code, "days", p.facts) for p in refusal.problems)
    for day in sorted({day for day in days if days.count(day) > 1}):
        row.wrong("day_twice", "days", day=day.isoformat())
    if len(texts) > MOST_PARTS:
        row.wrong("not_a_count", "days", text=len(texts), most=MOST_PARTS)
    return row.done(lambda: tuple(sorted(days)))


def equal_parts(amount_minor: int, days: Sequence[date]) -> Schedule:
    """An amount in equal parts, one a day; the last takes the rounding.

    >>> [i.amount_minor for i in equal_parts(1000, [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)])]
    [333, 333, 334]

    Raises `Refused` where there is nothing to spread, or less than one minor unit for each.
    """
    if amount_minor <= 0:
        raise Refused.of("nothing_to_spread")
    part, last = amount_minor // len(days), len(days) - 1
    if not part:
        raise Refused.of("too_many_parts", most=amount_minor)
    return tuple(
        Instalment(day, part if at < last else amount_minor - part * last)
        for at, day in enumerate(sorted(days))
    )


def paid_parts(schedule: Iterable[Instalment], settled_minor: int) -> Schedule:
    """What receipts settled of a schedule: paid instalments, and the paid part of the next one (R7)."""
    kept, left = [], settled_minor
    for one in sorted(schedule, key=lambda i: i.due_on):
        paid = min(one.amount_minor, left)
        if paid > 0:
            kept.append(Instalment(one.due_on, paid))
        left -= paid
    return tuple(kept)


def spread_rest(pledge: Pledge, settled_minor: int, days: Sequence[date]) -> Schedule:
    """What is paid stays as it was agreed; the unpaid rest in equal parts on new days.

    A new part on the day of a paid one joins it. Raises `Refused` as `equal_parts`.
    """
    kept = paid_parts(pledge.schedule, settled_minor)
    rest = pledge.amount_minor - sum(one.amount_minor for one in kept)
    return _by_day((*kept, *equal_parts(rest, days)))


def rebuilt(schedule: Iterable[Instalment], settled_minor: int, amount_minor: int, after: date) -> Schedule:
    """A schedule for a changed amount: paid parts stay, the open rest grows or shrinks in proportion.

    The last open part takes the rounding. Where nothing is open that could grow, one more instalment is
    due on the first free day from `after` on; where less than the paid parts is left, the schedule ends
    where the amount does.
    """
    old = tuple(sorted(schedule, key=lambda i: i.due_on))
    kept = paid_parts(paid_parts(old, settled_minor), amount_minor)
    rest = amount_minor - sum(one.amount_minor for one in kept)
    paid = {one.due_on: one.amount_minor for one in kept}
    opens = [Instalment(i.due_on, i.amount_minor - paid.get(i.due_on, 0)) for i in old]
    opens = [one for one in opens if one.amount_minor]
    if not rest:
        return kept
    if not opens:
        return _by_day((*kept, Instalment(_free_day(after, set(paid)), rest)))
    whole, parts = sum(one.amount_minor for one in opens), []
    for one in opens[:-1]:
        parts.append(Instalment(one.due_on, rest * one.amount_minor // whole))
    parts.append(Instalment(opens[-1].due_on, rest - sum(one.amount_minor for one in parts)))
    return _by_day((*kept, *(one for one in parts if one.amount_minor)))


def _free_day(day: date, taken: set[date]) -> date:
    while day in taken:
        day += timedelta(days=1)
    return day


def _by_day(parts: Iterable[Instalment]) -> Schedule:
    sums: dict[date, int] = {}
    for one in parts:
        sums[one.due_on] = sums.get(one.due_on, 0) + one.amount_minor
    return tuple(Instalment(day, sums[day]) for day in sorted(sums))


def settled_of(pledge: Pledge, register: Register) -> int:
    """What receipts up to today, less their refunds, settled of a pledge, in its currency (R7).

    Raises `exchange.NoRate` where a receipt in another currency finds no rate.
    """
    today, rates = register.today, register.rate_table
    receipts = [e.receipt for e in register.receipts_of(pledge.reference) if e.receipt.received_on <= today]
    refunds = [r for one in receipts for r in register.refunds_of(one.reference) if r.refunded_on <= today]
    net = net_receipts(Facts(register.programme, (), rates, (), tuple(receipts), tuple(refunds)))
    return sum(settled_by(one, pledge, rates) for one in net.values())
