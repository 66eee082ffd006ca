"""Months and days. A month is a whole number, so that months can be counted and compared.

`Month` = year x 12 + (month - 1). Ranges of months are Python's `range`: [start, end).
"""

import re
from datetime import UTC, date, datetime
from typing import Final, NewType

from tracker.domain.problems import Refused

Month = NewType("Month", int)

EARLIEST_YEAR: Final = 2000
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


def month(year: int, number: int) -> Month:
    """
    >>> month_text(month(2026, 1))
    '2026-01'
    """
    return Month(year * 12 + number - 1)


def month_of(day: date) -> Month:
    """The month a day lies in.

    >>> month_text(month_of(date(2026, 6, 15)))
    '2026-06'
    """
    return month(day.year, day.month)


def month_text(value: Month) -> str:
    """`YYYY-MM`."""
    return f"{value // 12:04d}-{value % 12 + 1:02d}"


def first_day(value: Month) -> date:
    """The first day of a month.

    >>> first_day(month(2026, 2))
    datetime.date(2026, 2, 1)
    """
    return date(value // 12, value % 12 + 1, 1)


def parse_month(text: str) -> Month:
    """`YYYY-MM`, year 2000 or later. Raises `Refused` for any other form.

    >>> month_text(parse_month("2026-04"))
    '2026-04'
    """
    if not _MONTH.fullmatch(text) or not 1 <= int(text[5:]) <= 12:
        raise Refused.of("not_a_month", text=text)
    if int(text[:4]) < EARLIEST_YEAR:
        raise Refused.of("before_2000", text=text)
    return month(int(text[:4]), int(text[5:]))


def parse_day(text: str) -> date:
    """`YYYY-MM-DD`, year 2000 or later. Raises `Refused` for any other form, `2024-W01-1` included.

    >>> parse_day("2024-02-29")
    datetime.date(2024, 2, 29)
    """
    if not _DAY.fullmatch(text):
        raise Refused.of("not_a_day", text=text)
    try:
        day = date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        raise Refused.of("no_such_day", text=text) from None
    if day.year < EARLIEST_YEAR:
        raise Refused.of("before_2000", text=text)
    return day


def parse_moment(text: str) -> datetime:
    """ISO 8601, UTC where it has no offset; a day alone is its first moment. Raises `Refused` otherwise.

    >>> parse_moment("2026-06-15T14:30:00+02:00")
    datetime.datetime(2026, 6, 15, 12, 30, tzinfo=datetime.timezone.utc)
    """
    if not _MOMENT.fullmatch(text):
        raise Refused.of("not_a_moment", text=text)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused.of("not_a_moment", text=text) from None
    if moment.year < EARLIEST_YEAR:
        raise Refused.of("before_2000", text=text)
    return moment
