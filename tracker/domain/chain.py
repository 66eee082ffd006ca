"""The audit chain: each entry's hash covers the one before it (docs/trust.md).

h[n] = SHA-256(h[n-1] and the canonical text of entry n); h[0] is 32 zero bytes. Whoever holds a printed
(n, h) can tell that nothing up to n was changed or cut off.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

START: Final = "00" * 32


class ChainEntry(NamedTuple):
    """What the hash covers. `before` and `after` are the stored JSON texts of the whole row."""

    seq: int
    at_utc: datetime
    actor: str
    action: str
    entity: str
    entity_id: int
    reference: str
    before: str | None
    after: str | None
    request_id: str


def moment_text(moment: datetime) -> str:
    """A UTC moment as text, always with microseconds: `2026-01-31T12:00:00.000000Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def chain_hash(previous: str, entry: ChainEntry) -> str:
    """The hash of an entry, as hex, from the hash before it."""
    canonical = json.dumps(
        [entry.seq, moment_text(entry.at_utc), *entry[2:]], ensure_ascii=False, separators=(",", ":")
    )
    return sha256(bytes.fromhex(previous) + canonical.encode()).hexdigest()
