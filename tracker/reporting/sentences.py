"""Sentences as data: a translated pattern, and values that still know what they are.

Reporting says *what* is said; `tracker.presentation` (pages) and the papers say *how*: separators, month
names, emphasis. In a pattern, `%(name)s` is a value and `*…*` is emphasis:

    say(_("Money received covers every outcome *through %(month)s*."), month=MonthName(month))
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from flask_babel import ngettext

from tracker.domain.months import Month

Tone = Literal["plain", "bad", "good", "muted"]


@dataclass(frozen=True, slots=True)
class Usd:
    """USD cents, written with the currency: `USD 3,670.26`."""

    minor: int


@dataclass(frozen=True, slots=True)
class Amount:
    """Minor units of a currency, written without it: `3,670.26`."""

    minor: int
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Dollars:
    """USD cents, written in whole dollars: `3,670`."""

    minor: int


@dataclass(frozen=True, slots=True)
class MonthName:
    """A month: `March 2029`, short `Mar 2029`."""

    month: Month
    short: bool = False


@dataclass(frozen=True, slots=True)
class MonthRange:
    """Months, both inclusive: `January 2030 to June 2031`, `Jan to Mar 2026`; one month stands alone."""

    first: Month
    last: Month
    short: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day: `30 June 2028`, short `30 Jun 2028`."""

    day: date
    short: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things: in words through twelve (`nine`), then in digits."""

    number: int


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, one decimal: `27.7 %`."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Published:
    """A published share in millionths, two decimals: `51.26 %`."""

    units: int


Value = Usd | Amount | Dollars | MonthName | MonthRange | Day | Count | Share | Published | str | int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A pattern in the reader's language and the values it names. `tone` colours its emphasis."""

    pattern: str
    values: Mapping[str, Value] = field(default_factory=dict)
    tone: Tone = "plain"


def say(pattern: str, tone: Tone = "plain", **values: Value) -> Sentence:
    """One sentence. The pattern has already been through gettext; a percent sign in it is written `%%`."""
    return Sentence(pattern, values, tone)


def say_n(singular: str, plural: str, number: int, tone: Tone = "plain", **values: Value) -> Sentence:
    """One sentence whose form follows a number, which the pattern may name as `%(count)s`.

    >>> say_n("%(count)s month", "%(count)s months", 3).pattern
    '%(count)s months'

    Other values pass through gettext as themselves, because flask_babel formats at once.
    """
    known: dict[str, Value] = {"count": Count(number), **values}
    pattern = ngettext(singular, plural, number, **{name: f"%({name})s" for name in known})
    return Sentence(str(pattern), known, tone)
