"""Logs: one line of JSON for each sign-in, refusal, export, change and error, on stderr (docs/operations.md).

A line says when (UTC), how grave, which request (the number an error page shows), who, from where, and what.
What people typed stands in it escaped: no line can be broken or forged. Secrets are never logged.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from flask import Flask, g, has_request_context, request

LOGGERS: Final = ("tracker", "waitress")


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Whatever is in a record: its trace, if there is one, is a text among the others."""
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **_asked(),
            "what": record.getMessage(),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=True)


def _asked() -> dict[str, str]:
    """The request, where there is one: its number, its door, who it is from."""
    if not has_request_context():
        return {}
    return {
        "request": g.get("request_id", ""),
        "door": f"{request.method} {request.endpoint or '-'}",
        "who": g.get("who", ""),
        "from": request.remote_addr or "",
    }


class _ToStderr(logging.StreamHandler[TextIO]):
    """To whatever stderr is when something is logged."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(Lines())

    @property
    def stream(self) -> TextIO:
        """Not kept: tests and services put another in its place."""
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Left as it is."""


def init_app(app: Flask) -> None:
    """Let the loggers of the pages write, once a process."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, _ToStderr) for handler in logger.handlers):
            logger.addHandler(_ToStderr())
    logging.getLogger("tracker").setLevel(logging.INFO)
