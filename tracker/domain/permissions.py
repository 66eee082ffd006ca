"""Who may do what. Every route names its action; what is not named here is refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from tracker.domain.vocabulary import Role

Action = Literal[
    "anyone",
    "signed_in",
    "see_position",
    "see_records",
    "record",
    "download_workbook",
    "see_own",
    "invite",
    "view_as",
    "manage_users",
    "close_month",
    "reopen_month",
    "adopt_budget",
    "see_papers",
]

RIGHTS: Final[dict[Action, frozenset[Role]]] = {
    "signed_in": frozenset({"admin", "officer", "gcg", "donor"}),
    "see_position": frozenset({"admin", "officer", "gcg"}),
    "download_workbook": frozenset({"admin", "officer", "gcg"}),
    "see_records": frozenset({"admin", "officer"}),
    "record": frozenset({"admin", "officer"}),
    "see_own": frozenset({"donor"}),
    "invite": frozenset({"admin", "officer"}),
    "view_as": frozenset({"admin", "officer"}),
    "manage_users": frozenset({"admin"}),
    "close_month": frozenset({"admin", "officer"}),
    "reopen_month": frozenset({"admin"}),
    "adopt_budget": frozenset({"admin"}),
    "see_papers": frozenset({"admin", "officer", "gcg"}),
}


def allowed(role: Role | None, action: Action) -> bool:
    """Whether a role may take an action; None is somebody who has not signed in.

    >>> allowed("gcg", "see_position"), allowed("gcg", "record"), allowed(None, "anyone")
    (True, False, True)
    """
    return action == "anyone" or (role is not None and role in RIGHTS.get(action, frozenset()))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and when: what the audit trail says of a write. `name` is an e-mail, or `cli:` and a user."""

    name: str
    at_utc: datetime
    request_id: str = ""
