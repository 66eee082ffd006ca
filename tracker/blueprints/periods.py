"""The period that a statement is asked for: two days of the request, checked, and quick choices."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from tracker.access import programme, today
from tracker.blueprints.posting import messages
from tracker.domain.months import Month, first_day, parse_day
from tracker.domain.problems import Problem, Refused
from tracker.domain.statement import Period
from tracker.extensions import db
from tracker.forms.statements import PeriodForm
from tracker.queries.programmes import load_programme


class Choice(NamedTuple):
    """A period that is one click away."""

    words: str
    period: Period

    @property
    def asked(self) -> dict[str, Any]:
        """What an address carries to ask for it."""
        return asked(self.period)


@dataclass(frozen=True, slots=True)
class Reading:
    """The period of the request; None where something is wrong, which the form says beside its fields."""

    form: PeriodForm
    period: Period | None


def asked(period: Period) -> dict[str, Any]:
    """What an address carries to ask for a period."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def period_of(first: str, last: str) -> Period:
    """A period that is over or ends today. Raises `Refused` with everything that is wrong with it."""
    problems: list[Problem] = []
    days: dict[str, date] = {}
    for column, text in (("from", first.strip()[:40]), ("to", last.strip()[:40])):
        try:
            days[column] = parse_day(text)
        except Refused as refused:
            problems += [Problem(one.code, column, one.facts) for one in refused.problems]
    if "from" in days and days["from"] > today():
        problems.append(Problem("period_not_over", "from", {"today": today().isoformat()}))
    if "to" in days and days["to"] > today():
        problems.append(Problem("period_not_over", "to", {"today": today().isoformat()}))
    if len(days) == 2 and days["to"] < days["from"]:
        problems.append(Problem("period_backwards", "to"))
    if problems:
        raise Refused(tuple(problems))
    return Period(days["from"], days["to"])


def read_period(usual: Period) -> Reading:
    """`?from=2027-01-01&to=2027-12-31`; a day left out is that of the usual period."""
    first = request.args.get("from", "").strip()[:40] or usual.first.isoformat()
    last = request.args.get("to", "").strip()[:40] or usual.last.isoformat()
    form = PeriodForm(formdata=ImmutableMultiDict({"from": first, "to": last}))
    try:
        return Reading(form, period_of(first, last))
    except Refused as refused:
        form.show(messages(refused.problems))
        return Reading(form, None)


def since_start() -> Period:
    """From the programme's first day to today."""
    start = first_day(Month(load_programme(db.session(), programme().id).first_month))
    return Period(min(start, today()), today())


def quick() -> list[Choice]:
    """Each year of the programme so far, this year so far, and all since the start."""
    start, this_year = since_start().first, date(today().year, 1, 1)
    years = [Period(date(y, 1, 1), date(y, 12, 31)) for y in range(start.year, today().year)]
    found = [Choice(str(one.first.year), one) for one in years]
    if start.year < this_year.year:
        found.append(Choice(_("%(year)s so far", year=this_year.year), Period(this_year, today())))
    return [*found, Choice(_("Since the start"), since_start())]


def last_year() -> Period:
    """The last year that is over."""
    end = date(today().year, 1, 1) - timedelta(days=1)
    return Period(date(end.year, 1, 1), end)
