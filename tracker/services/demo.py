"""Believable contributions, contacts, a meeting and one login per role, for trying the product out."""

import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from tracker.domain.permissions import Actor
from tracker.domain.vocabulary import Role
from tracker.importing.plan import make_plan
from tracker.importing.tables import read_paths
from tracker.queries.register import load_register
from tracker.queries.users import list_users
from tracker.services.imports import store
from tracker.services.meetings import open_meeting
from tracker.services.people import record_contact
from tracker.services.records import Desk
from tracker.services.users import add_user

FOLDER = Path(__file__).parent.parent / "demo"
CAST: tuple[tuple[Role, str, str, str | None], ...] = (
    ("admin", "admin@tracker.example", "S. Okafor", None),
    ("officer", "officer@tracker.example", "A. Moreau", None),
    ("gcg", "gcg@tracker.example", "C. Fuentes", None),
    ("donor", "donor@tracker.example", "Desk officer, France", "FRA"),
)


CONTACTS: Final = (
    ("FRA", "Claire Martin", "Desk officer", "claire.martin@france.example", "fr"),
    ("CHL", "Javier Rojas", "Cooperation", "cooperacion@chile.example", "es"),
)
MEETING: Final = {
    "number": "22",
    "place": "Geneva, online",
    "agenda": "Funding status and what is still to raise",
}


class DemoRefused(Exception):
    """There are real records; the text says so."""


def add_demo(
    session: Session, *, actor: Actor, programme_id: int, today: date
) -> list[tuple[Role, str, str]]:
    """Add the demo's records and logins: (role, e-mail, password) of each login, [] where they are there.

    Raises `DemoRefused` where the records on hand are not the demo's: it never mixes with real ones.
    """
    if any(user.email == CAST[0][1] for user in list_users(session, programme_id)):
        return []
    register = load_register(session, programme_id, today)
    if register.pledges or register.receipts:
        raise DemoRefused("The database holds contributions of its own, so no demo was added to it.")
    plan = make_plan(read_paths([FOLDER]), register)
    assert not plan.problems, plan.problems
    store(session, actor=actor, programme_id=programme_id, plan=plan)
    desk = Desk(session, actor, programme_id, today)
    for code, name, role_there, email, language in CONTACTS:
        said = {"name": name, "role": role_there, "email": email, "phone": "", "language": language}
        record_contact(desk, donor=code, raw=said)
    open_meeting(desk, raw={**MEETING, "held_on": (today + timedelta(days=21)).isoformat()})
    logins = []
    for role, email, name, donor in CAST:
        password = secrets.token_urlsafe(12)
        add_user(
            session,
            actor=actor,
            programme_id=programme_id,
            email=email,
            role=role,
            donor=donor,
            name=name,
            password=password,
        )
        logins.append((role, email, password))
    return logins
