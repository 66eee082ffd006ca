"""One row of texts, read column by column: the tools that `reading` reads every record with.

Limits stand here, once, for files and forms alike.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from tracker.domain.earmark import Earmark, parse_earmark
from tracker.domain.money import CURRENCIES
from tracker.domain.months import Month, month_text, parse_day, parse_month
from tracker.domain.problems import Problem, Refused
from tracker.domain.register import Register

E = TypeVar("E", covariant=True)
T = TypeVar("T")

MAX_KEY = 80
MAX_LINE = 300
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Reading(Generic[E]):
    """What came of a row. `entry` is None exactly where there are problems."""

    entry: E | None
    problems: tuple[Problem, ...] = ()
    questions: tuple[Problem, ...] = ()


class Row:
    """One row of texts; collects what is wrong with it, column by column."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self.raw = raw
        self.problems: list[Problem] = []
        self.questions: list[Problem] = []

    def wrong(self, code: str, column: str, **facts: object) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, column, facts))

    def question(self, code: str, column: str, **facts: object) -> None:
        """Note something that may be right all the same."""
        self.questions.append(Problem(code, column, facts))

    def text(self, column: str, *, most: int = MAX_LINE, required: bool = False, lines: bool = False) -> str:
        """A text in Unicode's composed form; no control characters, line breaks only where allowed."""
        value = unicodedata.normalize("NFC", self.raw.get(column, ""))
        if required and not value.strip():
            self.wrong("missing", column)
        elif len(value) > most:
            self.wrong("too_long", column, most=most)
        elif any(_unprintable(c) and not (lines and c in "\r\n\t") for c in value):
            self.wrong("control_character", column)
        return value

    def key(self, column: str, *, most: int = MAX_KEY) -> str:
        """A reference or code: required, without blanks around it."""
        value = self.text(column, most=most, required=True)
        if value.strip() != value:
            self.wrong("blanks_around", column, text=value)
        return value

    def parsed(self, column: str, parse: Callable[[str], T], *, required: bool = False) -> T | None:
        """What `parse` makes of the text; None where not given or wrong."""
        value = self.raw.get(column, "")
        if not value:
            if required:
                self.wrong("missing", column)
            return None
        try:
            return parse(value)
        except Refused as refusal:
            self.problems.extend(Problem(p.code, column, p.facts) for p in refusal.problems)
            return None

    def day(self, column: str, *, required: bool = False) -> date | None:
        """A date, `YYYY-MM-DD`."""
        return self.parsed(column, parse_day, required=required)

    def month(self, column: str, register: Register) -> Month | None:
        """A month inside the programme."""
        value = self.parsed(column, parse_month)
        programme = register.programme
        if value is not None and value not in programme.months:
            first, last = month_text(programme.first_month), month_text(programme.last_month)
            self.wrong("outside_programme", column, text=month_text(value), first=first, last=last)
            return None
        return value

    def earmark(self, register: Register) -> Earmark | None:
        """An earmark; the name in `targeted:<name>` is a text like any other."""
        before = len(self.problems)
        self.text("earmark")
        if len(self.problems) > before:
            return None
        return self.parsed("earmark", lambda t: parse_earmark(t, register.programme.codes))

    def choice(self, column: str, words: Iterable[str], default: str) -> str:
        """One of a few words."""
        value = self.raw.get(column, "") or default
        if value not in words:
            self.wrong("not_one_of", column, text=value, words=", ".join(words))
        return value

    def yes(self, column: str, *, default: bool) -> bool:
        """`yes` or `no`."""
        return self.choice(column, ("yes", "no"), "yes" if default else "no") == "yes"

    def currency(self) -> str | None:
        """A currency code on the list."""
        value = self.raw.get("currency", "")
        if not value:
            self.wrong("missing", "currency")
        elif value not in CURRENCIES:
            self.wrong("unknown_currency", "currency", text=value)
        return value if value in CURRENCIES else None

    def window(self, register: Register) -> tuple[Month | None, Month | None]:
        """Both months of a row; the second may not be before the first."""
        first, until = self.month("covers_from", register), self.month("covers_until", register)
        if first is not None and until is not None and until < first:
            self.wrong(
                "window_ends_before_start", "covers_until", text=month_text(until), start=month_text(first)
            )
        return first, until

    def rate_on(self, currency: str, day: date, column: str, register: Register) -> None:
        """Note where no rate is in force on a day that needs one."""
        if register.rate_table.find(currency, day) is None:
            self.wrong("no_rate", column, currency=currency, day=day.isoformat())

    def not_voided(self, kind: str, key: str, column: str, register: Register) -> None:
        """A voided record's reference stays taken."""
        if (kind, key) in register.voided:
            self.wrong("reference_voided", column, text=key)

    def future(self, day: date | None, column: str, register: Register) -> None:
        """A day after today is questioned: it counts from that day."""
        if day is not None and day > register.today:
            self.question("in_future", column, day=day.isoformat(), today=register.today.isoformat())

    def done(self, entry: Callable[[], E]) -> Reading[E]:
        """The reading: built only where nothing is wrong."""
        made = None if self.problems else entry()
        return Reading(made, tuple(self.problems), tuple(self.questions))


def _unprintable(character: str) -> bool:
    """Control characters, lone surrogates, and what no XML file may hold."""
    return unicodedata.category(character) in ("Cc", "Cs") or character in "\ufffe\uffff"
