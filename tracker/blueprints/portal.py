"""A contributor's own pages. Whose they are comes from the login, never from the request."""

from dataclasses import replace
from datetime import date

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires, today, visitor
from tracker.blueprints.overview import Reading, read_as_of
from tracker.domain.entries import DonorEntry
from tracker.domain.months import Month, month_text
from tracker.domain.own import Beside
from tracker.extensions import db
from tracker.presentation import writer
from tracker.queries import own as queries
from tracker.queries.covering import Coverage, coverage
from tracker.queries.directory import donor_entries
from tracker.reporting import own as words
from tracker.reporting import pictures
from tracker.reporting.records import earmark_words, instalment_state

bp = Blueprint("portal", __name__)


def own_donor() -> DonorEntry:
    """The donor of the login; there is no page where it is none."""
    who = visitor()
    code = who.login.donor if who else None
    donor = donor_entries(db.session(), programme().id).get(code or "")
    if donor is None:
        abort(404)
    return donor


def read_past_day() -> Reading:
    """The as-of day of the request: today, or a day before it. A donor reads no day to come."""
    reading = read_as_of()
    if reading.as_of <= today():
        return reading
    return replace(
        reading, as_of=today(), message=_("This day is still to come. Give today or a day before.")
    )


def _beside(donor: DonorEntry, day: date) -> Beside:
    latest = day == today()
    return queries.programme_beside(db.session(), programme().id, donor.code, day, latest=latest)


@bp.get("/own")
@requires("see_own")
def index() -> ResponseReturnValue:
    """Own pledges, instalments, receipts and refunds, and the outcomes and months they cover."""
    donor, reading = own_donor(), read_past_day()
    session, here = db.session(), programme().id
    part = queries.own_part(session, here, donor.code, reading.as_of)
    records = queries.own_records(session, here, part)
    beside = _beside(donor, reading.as_of)
    everything, received = (
        coverage(part, lambda row: True),
        coverage(part, lambda row: row.lens == "received"),
    )
    write = writer()
    shown = words.own_picture(part, beside, write.plain(words.picture_words(everything, beside)))
    month_url = _month_links(everything)
    return render_template(
        "portal/index.html",
        donor=donor,
        reading=reading,
        part=part,
        records=records,
        beside=beside,
        why_not=words.why_not(beside),
        share_words=words.share_words(beside),
        story=words.story(part, received, records),
        received=received,
        everything=everything,
        runs=words.timed_runs(received, part.as_of_month),
        waiting=words.waiting(part),
        wide=pictures.draw_wide(shown, write, month_url),
        folded=pictures.draw_folded(shown, write, month_url),
        pledged_usd=sum(one.pledged_usd_minor for one in records.pledges),
        settled_usd=sum(one.settled_usd_minor for one in records.pledges),
        requirement=beside.total.required,
        statements_url=url_for("statements.own_index"),
        instalment_state=instalment_state,
        earmark_words=earmark_words,
    )


@bp.get("/own/programme")
@requires("see_own")
def the_programme() -> ResponseReturnValue:
    """The programme's requirement and gap, own money, and all other contributors' together."""
    donor, reading = own_donor(), read_past_day()
    part = queries.own_part(db.session(), programme().id, donor.code, reading.as_of)
    beside = _beside(donor, reading.as_of)
    everything = coverage(part, lambda row: True)
    write = writer()
    shown = words.own_picture(part, beside, write.plain(words.picture_words(everything, beside)))
    return render_template(
        "portal/programme.html",
        donor=donor,
        reading=reading,
        part=part,
        beside=beside,
        everything=everything,
        why_not=words.why_not(beside),
        by_outcome=beside.by_outcome(),
        years=words.by_year(beside),
        wide=pictures.draw_wide(shown, write, lambda month: f"#m-{month}"),
        folded=pictures.draw_folded(shown, write, lambda month: f"#m-{month}"),
    )


def _month_links(covered: Coverage) -> pictures.MonthUrl:
    """From a month to its line in the table; a month without own money has none."""
    found = {month_text(Month(month)) for month in covered.months}
    return lambda month: f"#m-{month}" if month in found else ""
