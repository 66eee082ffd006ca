"""Attempts counted before they are looked at, and the answer where there were too many.

They are counted in a transaction of their own: the one of the request is given up first, as it holds the
write lock, and an answer that refuses rolls back. One sentence for all, so that nobody learns which gate.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import NoReturn

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from tracker.access import now, own_session, programme
from tracker.extensions import begin_write, db
from tracker.services import throttle
from tracker.services.throttle import Entry, Gate, Kind

log = logging.getLogger("tracker")
MINUTE = timedelta(minutes=1)


def client_address() -> str:
    """Who asks, as the nearest proxy that is ours saw it; behind none, the other end of the line."""
    return request.remote_addr or ""


def from_here(kind: Kind) -> Gate:
    """The gate of everybody who asks from this request's address."""
    return Gate(kind, throttle.network_of(client_address()))


def count(gates: Sequence[Gate]) -> Entry:
    """Count an attempt at some gates. Raises `TooManyRequests` where one of them is full."""
    here, moment = programme().id, now()
    db.session.rollback()
    with own_session() as apart:
        begin_write(apart)
        entry = throttle.enter(apart, programme_id=here, gates=gates, now=moment)
        apart.commit()
    if entry.wait is not None:
        log.info("refused 429 %s from %s", request.endpoint, client_address())
        _refuse(entry.wait)
    return entry


def _refuse(wait: timedelta) -> NoReturn:
    minutes = ceil(wait / MINUTE)
    words = _("There were too many attempts. Try again in %(minutes)s minutes.", minutes=minutes)
    if minutes == 1:
        words = _("There were too many attempts. Try again in a minute.")
    raise TooManyRequests(words, retry_after=ceil(wait.total_seconds()))
