"""Attempts at the doors, counted in the database: no worker and no restart forgets them.

An attempt is counted before it is looked at, one after the other, so that many at once are no way
around. Where a gate is full, nothing is counted: waiting always helps. What is too old goes as one counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Final, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracker.models import Attempt, Programme

Kind = Literal["account", "address", "code", "password", "link", "ask", "ask_address"]
QUARTER: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)
LONGEST: Final = HOUR
LIMITS: Final[dict[Kind, tuple[int, timedelta]]] = {
    "account": (5, QUARTER),
    "address": (30, QUARTER),
    "code": (5, QUARTER),
    "password": (5, QUARTER),
    "link": (30, QUARTER),
    "ask": (3, HOUR),
    "ask_address": (20, HOUR),
}
"""How many attempts pass a gate within how long: sign-ins of an account and from an address, second-factor
codes, one's own password asked again, one-time links tried from an address, new links asked for."""
_NETWORK_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Gate:
    """A kind of attempt, and whose: an account (known here or not) or a client's address."""

    kind: Kind
    whose: str

    @property
    def key_hash(self) -> str:
        """What is stored of whose it is."""
        return sha256(f"{self.kind} {self.whose}".encode("utf-8", "backslashreplace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """An attempt: counted, as these rows; or not, and how long to wait."""

    rows: tuple[int, ...] = ()
    wait: timedelta | None = None


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 network that one IPv6 subscriber has.

    >>> network_of("192.0.2.7"), network_of("2001:db8::1:2"), network_of("::ffff:192.0.2.7"), network_of("?")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7', '?')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), _NETWORK_BITS), strict=False))


def enter(session: Session, *, programme_id: int, gates: Sequence[Gate], now: datetime) -> Entry:
    """Count an attempt at each gate; where one is full, count it nowhere and say how long to wait."""
    session.execute(select(Programme.id).where(Programme.id == programme_id).with_for_update())
    session.execute(delete(Attempt).where(Attempt.at_utc <= now - LONGEST))
    waits = [wait for gate in gates if (wait := _wait(session, gate, now)) is not None]
    if waits:
        return Entry(wait=max(waits))
    made = [
        Attempt(programme_id=programme_id, kind=gate.kind, key_hash=gate.key_hash, at_utc=now)
        for gate in gates
    ]
    session.add_all(made)
    session.flush()
    return Entry(tuple(one.id for one in made))


def _wait(session: Session, gate: Gate, now: datetime) -> timedelta | None:
    """How long until a gate takes another attempt; None where it takes one now."""
    most, within = LIMITS[gate.kind]
    query = select(Attempt.at_utc).where(
        Attempt.kind == gate.kind, Attempt.key_hash == gate.key_hash, Attempt.at_utc > now - within
    )
    newest = session.scalars(query.order_by(Attempt.at_utc.desc()).limit(most)).all()
    return newest[-1] + within - now if len(newest) == most else None


def forgive(session: Session, *, entry: Entry, gates: Sequence[Gate] = ()) -> None:
    """An attempt succeeded: it does not count, nor does what counted at these gates before."""
    session.execute(delete(Attempt).where(Attempt.id.in_(entry.rows)))
    for gate in gates:
        session.execute(delete(Attempt).where(Attempt.kind == gate.kind, Attempt.key_hash == gate.key_hash))
