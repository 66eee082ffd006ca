"""A donor that is another one now: what its address shows, and what the other's page tells of it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import render_template

from tracker.access import programme
from tracker.blueprints.histories import history
from tracker.extensions import db
from tracker.presentation import writer
from tracker.queries.merges import Merge, merge_of, merged_codes, merged_donor, merged_into
from tracker.queries.stamps import stamp_of_voided
from tracker.queries.statements import Issued, issued
from tracker.queries.users import list_users


def merged_page(code: str) -> str | None:
    """Into whom a donor was merged, when, by whom and why; its papers and history. None where it was not."""
    session, here = db.session(), programme()
    merge = merge_of(session, here.id, code)
    if merge is None:
        return None
    stamp = stamp_of_voided(session, here.id, "donors", code)
    assert stamp is not None
    return render_template(
        "merges/merged.html",
        donor=merged_donor(session, here.id, code),
        into=merged_donor(session, here.id, merge.into),
        now=merged_codes(session, here.id)[code],
        merge=merge,
        who=who(merge.merged_by),
        when=moment(merge.merged_at_utc),
        issued=issued(session, here.id, code),
        history=history(stamp),
    )


def told_of(code: str) -> list[tuple[Merge, str, str, list[Issued]]]:
    """Donors that became this one: each merge, the donor's name, when and by whom, and its old statements."""
    session, here = db.session(), programme().id
    told = []
    for merge in merged_into(session, here, code):
        donor = merged_donor(session, here, merge.donor)
        told.append(
            (merge, donor.name if donor else merge.donor, said(merge), issued(session, here, merge.donor))
        )
    return told


def said(merge: Merge) -> str:
    """When and by whom: `15 June 2026, 14:00, A. Moreau`."""
    return f"{moment(merge.merged_at_utc)}, {who(merge.merged_by)}"


def who(email: str) -> str:
    """Somebody's name, where there is one."""
    names = {login.email: login.name for login in list_users(db.session(), programme().id)}
    return names.get(email) or email


def moment(at_utc: datetime) -> str:
    """A moment where the programme is."""
    at = at_utc.astimezone(ZoneInfo(programme().time_zone))
    return f"{writer().day_short(at.date())}, {at.strftime('%H:%M')}"
