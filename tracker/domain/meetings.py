"""Meetings of the Global Coordinating Group, as officers write them down: number, day, draft, decisions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from tracker.domain.months import parse_day, parse_moment
from tracker.domain.problems import Refused
from tracker.domain.rows import MAX_LINE, MAX_TEXT, Row

LAST_BEFORE: Final = 21
"""The 21st meeting, of December 2025, was the last one before the tracker."""
HIGHEST: Final = 9_999
MAX_PLACE: Final = 100

Raw = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MeetingEntry:
    """A meeting as it is opened: its number, day and place, and what is on its agenda."""

    number: int
    held_on: date
    place: str
    agenda: str


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """What a draft speaks for. None: the usual day; all that is known."""

    as_of: date | None
    known_at_utc: datetime | None


def next_number(taken: Collection[int]) -> int:
    """The number that a new meeting gets unless another is written.

    >>> next_number([]), next_number([22, 24])
    (22, 25)
    """
    return max(LAST_BEFORE, *taken) + 1 if taken else LAST_BEFORE + 1


def usual_as_of(held_on: date, today: date) -> date:
    """The end of the last month that is over before the meeting, and by today.

    >>> usual_as_of(date(2026, 7, 14), date(2026, 7, 2)), usual_as_of(date(2026, 9, 1), date(2026, 6, 30))
    (datetime.date(2026, 6, 30), datetime.date(2026, 6, 30))
    """
    return min(held_on, today + timedelta(days=1)).replace(day=1) - timedelta(days=1)


def read_meeting(raw: Raw, taken: Collection[int]) -> MeetingEntry:
    """A meeting of texts. `taken` are the numbers of other meetings. Raises `Refused`."""
    row = Row(raw)
    number = row.parsed("number", _number, required=True)
    if number in taken:
        row.wrong("meeting_taken", "number", number=number)
    held_on = row.day("held_on", required=True)
    place = row.text("place", most=MAX_PLACE).strip()
    agenda = row.text("agenda", most=MAX_TEXT, lines=True).strip()
    if row.problems or number is None or held_on is None:
        raise Refused(tuple(row.problems))
    return MeetingEntry(number, held_on, place, agenda)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text)):
        raise Refused.of("not_a_count", "number", text=text, most=HIGHEST)
    return int(text)


def read_draft(raw: Raw, today: date, now: datetime) -> DraftEntry:
    """What a draft is to speak for: a day up to today, a moment up to now; empty for the usual ones."""
    row = Row(raw)
    as_of = row.parsed("as_of", parse_day)
    if as_of is not None and as_of > today:
        row.wrong("day_ahead", "as_of", day=as_of.isoformat(), today=today.isoformat())
    known_at = row.parsed("known_at", parse_moment)
    if known_at is not None and known_at > now:
        row.wrong("moment_ahead", "known_at", text=raw["known_at"])
    if row.problems:
        raise Refused(tuple(row.problems))
    return DraftEntry(as_of, known_at)


def read_decisions(raw: Raw) -> str:
    """What was decided, as text of several lines. Raises `Refused`."""
    row = Row(raw)
    text = row.text("decisions", most=MAX_TEXT, lines=True).strip()
    if row.problems:
        raise Refused(tuple(row.problems))
    return text


def read_reason(raw: Raw, *, required: bool) -> str:
    """Why a paper is corrected or a meeting voided. Raises `Refused`."""
    row = Row(raw)
    text = row.text("reason", most=MAX_LINE, required=required, lines=True).strip()
    if row.problems:
        raise Refused(tuple(row.problems))
    return text
