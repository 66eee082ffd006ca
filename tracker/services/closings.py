"""A month is closed, and reopened with a reason (R13). Both are audited, the whole row before and after."""

from sqlalchemy import select

from tracker.domain.months import Month, month_text, parse_month
from tracker.domain.problems import Problem, Refused
from tracker.domain.rows import MAX_TEXT, Row
from tracker.models import MonthClosing
from tracker.queries.closings import MonthState, month_states, open_before
from tracker.queries.programmes import load_programme
from tracker.queries.rows import row_of
from tracker.services import audit
from tracker.services.audit import Change
from tracker.services.records import Desk, Questioned, Raw
from tracker.services.store import lock_programme


def close_month(desk: Desk, *, month: str, raw: Raw, confirmed: bool = False) -> Month:
    """Close a month of the past whose bank lines are all explained: `note`; `unlisted` where it has no list.

    Asked about where an earlier month is open: months may be closed in any order.
    """
    lock_programme(desk.session, desk.programme_id)
    states = month_states(desk.session, desk.programme_id, desk.today)
    state = _state(desk, month, states)
    row = Row(raw)
    note = row.text("note", most=MAX_TEXT, required=True, lines=True).strip()
    problems = (*in_the_way(state), *_unlisted(state, raw), *row.problems)
    if problems:
        raise Refused(problems)
    earlier = open_before(states, state.month)
    if earlier and not confirmed:
        raise Questioned((earlier_open(earlier),))
    closing = MonthClosing(
        programme_id=desk.programme_id,
        month=month_text(state.month),
        note=note,
        closed_at_utc=desk.actor.at_utc,
        closed_by=desk.actor.name,
        reopened_at_utc=None,
        reopened_by="",
        reopen_reason="",
        version=1,
    )
    desk.session.add(closing)
    _note(desk, "close", closing, None)
    return state.month


def in_the_way(state: MonthState) -> tuple[Problem, ...]:
    """Why a month cannot be closed as it stands."""
    month = month_text(state.month)
    problems = []
    if state.closing is not None:
        problems.append(Problem("month_closed_already", "", {"month": month}))
    if not state.over:
        problems.append(Problem("month_not_over", "", {"month": month}))
    if state.open_lines:
        problems.append(Problem("bank_lines_open", "", {"month": month, "lines": len(state.open_lines)}))
    return tuple(problems)


def earlier_open(months: list[Month]) -> Problem:
    """The question that open earlier months put."""
    return Problem("earlier_months_open", "confirm", {"names": ", ".join(map(month_text, months))})


def _unlisted(state: MonthState, raw: Raw) -> tuple[Problem, ...]:
    """Without any bank list, somebody says that they have looked at the account."""
    if state.on_list or raw.get("unlisted") == "yes":
        return ()
    return (Problem("no_bank_list", "unlisted", {"month": month_text(state.month)}),)


def reopen_month(desk: Desk, *, month: str, version: int, reason: str) -> Month:
    """Open a closed month again. `version` is that of the closing somebody looked at."""
    lock_programme(desk.session, desk.programme_id)
    row = Row({"reason": reason})
    reason = row.text("reason", most=MAX_TEXT, required=True, lines=True).strip()
    record = MonthClosing
    query = select(record).where(
        record.programme_id == desk.programme_id, record.month == month, record.reopened_at_utc.is_(None)
    )
    closing = desk.session.scalars(query).one_or_none()
    if closing is None or closing.version != version:
        raise Refused((Problem("month_changed", "", {"month": month}), *row.problems))
    if row.problems:
        raise Refused(tuple(row.problems))
    before = row_of(closing)
    closing.reopened_at_utc, closing.reopened_by = desk.actor.at_utc, desk.actor.name
    closing.reopen_reason = reason
    _note(desk, "reopen", closing, before)
    return parse_month(closing.month)


def _state(desk: Desk, month: str, states: list[MonthState]) -> MonthState:
    """A month that has begun. Raises `Refused` for any other."""
    asked = parse_month(month)
    found = next((one for one in states if one.month == asked), None)
    if found is not None:
        return found
    programme = load_programme(desk.session, desk.programme_id)
    if asked in programme.months:
        raise Refused.of("month_not_over", "", month=month)
    first, last = month_text(programme.first_month), month_text(programme.last_month)
    raise Refused.of("outside_programme", "", text=month, first=first, last=last)


def _note(desk: Desk, action: str, closing: MonthClosing, before: dict[str, object] | None) -> None:
    desk.session.flush()
    change = Change(action, closing.__tablename__, closing.id, closing.month, before, row_of(closing))
    audit.append(desk.session, actor=desk.actor, programme_id=desk.programme_id, changes=[change])
