"""A donor's contacts are invited: what they will see and be told stands there first, then it is sent.

The message goes out after the commit (`access.requires`): an invitation that was refused or could not be
kept tells nobody anything, and one that was made stands, whatever the mail server does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import actor, now, programme, requires, visitor
from tracker.blueprints.posting import record
from tracker.config import Settings
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.extensions import db
from tracker.forms.invitations import InviteForm
from tracker.mail import OUTBOX, Delivery, Failure, Letter, deliver, mailable, message_of
from tracker.presentation import page_language, writer
from tracker.queries.people import ContactRow
from tracker.queries.users import Access, access_of, normal_email
from tracker.services.invitations import INVITATION_LIFE, Guest, Invitation, guest_of, invite
from tracker.wording import problem_text

bp = Blueprint("invitations", __name__)
HIGHEST = 2**63 - 1
ADDRESS = f"/invitations/<int(max={HIGHEST}):row_id>"


@dataclass(frozen=True, slots=True)
class LoginState:
    """How far a contact's login has come: a shape, words, and what may be done ('' where nothing)."""

    shape: str
    words: str
    act: str


@bp.app_context_processor
def doors() -> dict[str, Any]:
    """What a donor's page asks of its contacts: `contact_logins(code, contacts)`, by the contact's row."""
    return {"contact_logins": contact_logins}


def contact_logins(code: str, contacts: tuple[ContactRow, ...]) -> Mapping[int, LoginState]:
    """How far each contact's login has come."""
    if code == UNIDENTIFIED_DONOR:
        return {}
    found = access_of(db.session(), programme().id, code, [one.email for one in contacts], now())
    states = {}
    for one in contacts:
        access = found.get(normal_email(one.email))
        if access is None:
            states[one.id] = LoginState("", _("No login: an e-mail is missing"), "")
        else:
            states[one.id] = _login_state(access.state, access.until_utc)
    return states


def _login_state(state: Access, until_utc: datetime | None) -> LoginState:
    match state:
        case "invited":
            assert until_utc is not None
            words = _("Invited, the link works until %(when)s", when=_moment(until_utc, short=True))
            return LoginState("due", words, _("Send again"))
        case "lapsed":
            return LoginState("due", _("Invited, no link is open any more"), _("Send again"))
        case "active":
            return LoginState("done", _("Has a login"), "")
        case "disabled":
            return LoginState("closed", _("Login disabled"), "")
        case "other":
            return LoginState("", _("Has a login of another kind"), "")
        case _:
            return LoginState("", _("No login yet"), _("Invite"))


@bp.get(ADDRESS)
@requires("invite")
def ask(row_id: int) -> ResponseReturnValue:
    """What would be sent to a contact, and what they would see; or why they cannot be invited."""
    return _page(_guest(row_id), InviteForm(formdata=None))


@bp.post(ADDRESS)
@requires("invite")
def send(row_id: int) -> ResponseReturnValue:
    """Make the login and its link, once; after the commit the message goes out."""
    guest, form = _guest(row_id), InviteForm()
    made: list[Invitation] = []

    def write() -> str:
        seen = {"version": form.opened_version, "link_id": form.opened_link}
        here = {"actor": actor(), "programme_id": programme().id}
        made.append(invite(db.session(), contact_id=row_id, **here, **seen))  # type: ignore[arg-type]
        return url_for("donors.show", code=guest.contact.donor, _anchor="contacts")

    answer = record(form, write, lambda: _page(guest, form))
    for invitation in made:
        g.setdefault("after_commit", []).append(lambda: _sent(invitation))  # noqa: B023  there is one at most
    return answer


def _sent(invitation: Invitation) -> ResponseReturnValue | None:
    """Send the message. Where it went, the donor's page says so; else the answer shows the link, once."""
    settings = _settings()
    link = f"{settings.base_url}{url_for('auth.password', token=invitation.token)}"
    letter = _letter(invitation.name, invitation.email, invitation.donor.name, link, invitation.until_utc)
    message = message_of(letter, sender=settings.mail_from, at_utc=now())
    outbox = Path(settings.instance_path) / OUTBOX
    delivery = deliver(message, smtp=settings.smtp, outbox=outbox, at_utc=now())
    until = _moment(invitation.until_utc)
    if delivery.sent:
        who = {"who": invitation.name, "email": invitation.email, "when": until}
        flash(_("%(who)s is invited. The message went to %(email)s; its link works until %(when)s.", **who))
        return None
    page = {"invitation": invitation, "link": link, "until": until, "kept": _kept(delivery)}
    return render_template("invitations/link.html", **page, trouble=_trouble(delivery.failure))


def _kept(delivery: Delivery) -> str:
    return f"{OUTBOX}/{delivery.kept_as}" if delivery.kept_as else ""


def _trouble(failure: Failure | None) -> str:
    """What went wrong on the way, in words; '' where nothing was to be sent."""
    if failure is None:
        return ""
    code = failure.code
    match failure.reason:
        case "unreachable":
            return _("The mail server cannot be reached, or hung up.")
        case "slow":
            return _("The mail server did not answer in time.")
        case "unsafe":
            return _("The connection to the mail server cannot be made safe as the settings ask for.")
        case "sign_in":
            return _("The mail server refused the tracker’s own sign-in (%(code)s).", code=code)
        case "address":
            return _("The mail server refused the address of the contact (%(code)s).", code=code)
        case "sender":
            return _("The mail server refused the tracker’s own address (%(code)s).", code=code)
        case _:
            return _("The mail server refused the message (%(code)s).", code=code or "–")


def _letter(name: str, email: str, donor: str, link: str, until_utc: datetime) -> Letter:
    """What a contact is told: who invites, what they will see, the link and how long it works."""
    who = visitor()
    assert who is not None
    host, here = who.login.name or who.login.email, programme()
    until = _moment(until_utc)
    opening = (
        _("Dear %(name)s,", name=name),
        _(
            "%(host)s invites you to the funding tracker of the %(programme)s, on behalf of its Secretariat.",
            host=host,
            programme=here.name,
        ),
        _(
            "There you see what concerns %(donor)s: its own contributions, the outcomes and months that "
            "they cover, and its statements. What is covered is money set against a month’s requirement; "
            "it is not expenditure, which the tracker does not hold.",
            donor=donor,
        ),
        _("Set your password here; you sign in with this e-mail address:"),
    )
    closing = (
        _("The link works once, until %(when)s. If it has ended, answer this message.", when=until),
        _("Nobody will ever ask you for your password. If you did not expect this, leave it unanswered."),
        f"{host}\n{here.name}",
    )
    return Letter(
        to_name=name,
        to_address=email,
        reply_name=who.login.name,
        reply_address=who.login.email if mailable(who.login.email) else "",
        subject=_("Your access to the funding tracker of the %(programme)s", programme=here.name),
        opening=opening,
        link=link,
        closing=closing,
        language=page_language(),
    )


def _page(guest: Guest, form: InviteForm) -> str:
    """The page as things stand now. What is in the way of inviting stands there instead of the button."""
    form.open_on(guest.contact.version)
    form.link.data = str(guest.access.link_id)
    letter = None
    if guest.problem is None:
        assert guest.donor is not None
        named = (guest.contact.name, guest.email, guest.donor.name)
        letter = _letter(*named, _("(the link stands here)"), now() + INVITATION_LIFE)
    return render_template(
        "invitations/form.html",
        form=form,
        guest=guest,
        donor_name=guest.donor.name if guest.donor else guest.contact.donor,
        state=_login_state(guest.access.state, guest.access.until_utc),
        again=guest.access.state in ("invited", "lapsed"),
        in_the_way=problem_text(guest.problem) if guest.problem else "",
        letter=letter,
        days=INVITATION_LIFE.days,
        by_mail=_settings().smtp is not None,
    )


def _guest(row_id: int) -> Guest:
    return guest_of(db.session(), programme().id, row_id, now()) or abort(404)


def _settings() -> Settings:
    settings: Settings = current_app.config["TRACKER"]
    return settings


def _moment(when_utc: datetime, short: bool = False) -> str:
    """A moment where the programme is: `22 June 2026, 14:00 (Europe/Zurich)`; short without the zone."""
    zone = programme().time_zone
    there = when_utc.astimezone(ZoneInfo(zone))
    if short:
        return f"{writer().day_short(there.date())}, {there:%H:%M}"
    return f"{writer().day_long(there.date())}, {there:%H:%M} ({zone})"
