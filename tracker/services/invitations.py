"""A donor's contact is invited: a login bound to that donor, and a one-time link that sets its password."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from tracker.domain.entries import DonorEntry
from tracker.domain.permissions import Actor
from tracker.domain.problems import Problem, Refused
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR
from tracker.queries.directory import donor_entries
from tracker.queries.people import ContactRow, find_kept
from tracker.queries.users import Access, AddressAccess, access_of, normal_email
from tracker.services import users

INVITATION_LIFE: Final = timedelta(days=7)
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_IN_THE_WAY: Final[dict[Access, Problem]] = {
    "active": Problem("invite_active"),
    "disabled": Problem("invite_disabled"),
    "other": Problem("invite_another_kind"),
}


@dataclass(frozen=True, slots=True)
class Guest:
    """A contact who may be invited or not: `problem` says why not. `donor` is None where it is voided."""

    contact: ContactRow
    donor: DonorEntry | None
    access: AddressAccess
    problem: Problem | None

    @property
    def email(self) -> str:
        """The address that they would sign in with."""
        return normal_email(self.contact.email)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was made. The token is the link's secret: nothing but the message holds it."""

    email: str
    name: str
    donor: DonorEntry
    until_utc: datetime
    token: str = field(repr=False)


def guest_of(session: Session, programme_id: int, contact_id: int, now: datetime) -> Guest | None:
    """A contact, and whether they may be invited; None where there is no such contact."""
    contact = find_kept(session, programme_id, "contacts", contact_id)
    if not isinstance(contact, ContactRow):
        return None
    address = normal_email(contact.email)
    found = access_of(session, programme_id, contact.donor, [address], now)
    access = found.get(address, AddressAccess())
    donor = donor_entries(session, programme_id).get(contact.donor)
    return Guest(contact, donor, access, _in_the_way(contact, donor, access))


def _in_the_way(contact: ContactRow, donor: DonorEntry | None, access: AddressAccess) -> Problem | None:
    if donor is None:
        return Problem("invite_voided_donor")
    if donor.code == UNIDENTIFIED_DONOR:
        return Problem("invite_unidentified")
    if not contact.email.strip():
        return Problem("invite_no_email")
    if not _ADDRESS.fullmatch(normal_email(contact.email)):
        return Problem("invite_unusable_email", "", {"text": contact.email})
    return _IN_THE_WAY.get(access.state)


def invite(
    session: Session, *, actor: Actor, programme_id: int, contact_id: int, version: int, link_id: int
) -> Invitation:
    """Invite a contact, or again while their login waits for its password: older links end.

    `version` is the contact's and `link_id` the newest link's as the page showed them; refused where
    either has changed meanwhile.
    """
    guest = guest_of(session, programme_id, contact_id, actor.at_utc)
    if guest is None:
        raise LookupError(f"contact {contact_id}")
    if guest.problem is not None:
        raise Refused((guest.problem,))
    if (guest.contact.version, guest.access.link_id) != (version, link_id):
        raise Refused.of("invite_changed")
    assert guest.donor is not None
    here = {"actor": actor, "programme_id": programme_id, "email": guest.email}
    if guest.access.state == "none":
        who = {"role": "donor", "donor": guest.donor.code, "name": guest.contact.name}
        users.add_user(session, **here, **who)  # type: ignore[arg-type]
    token = users.invite_user(session, **here, life=INVITATION_LIFE)  # type: ignore[arg-type]
    until = actor.at_utc + INVITATION_LIFE
    return Invitation(guest.email, guest.contact.name, guest.donor, until, token)
