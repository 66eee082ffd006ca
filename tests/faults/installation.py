"""A real server on a folder of its own, and clients that note what they were promised.

A client writes (key, hash of what it sends) to its own file, synced, before it sends, and again once the
answer says that it was recorded. What the files say is the oracle: nothing acknowledged may be lost.
"""

import http.client
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

from tests.faults.nursery import Born, born
from tests.web.cast import NOON, TODAY
from tracker import create_app
from tracker.config import Settings
from tracker.database import prepare
from tracker.domain.permissions import Actor
from tracker.extensions import begin_write, db
from tracker.queries.programmes import the_programme
from tracker.queries.proofs import prove
from tracker.services import users
from tracker.services.records import Desk, record_donor, record_pledge

PASSWORD = "quite long enough, thank you"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
GONE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, OSError)
STARTS_WITHIN = 60.0


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is an answer."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Not followed."""
        return


@dataclass
class Installation:
    """One database and one officer; the server is started, killed and started again on it."""

    folder: Path
    url: str
    port: int = 0
    server: subprocess.Popen[bytes] | Born | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """What the server runs with."""
        return Settings(self.url, self.folder, "k" * 40, "development", 5.0)

    def seed(self) -> None:
        """The programme, a donor with a pledge, and an officer who signs in."""
        app = create_app(self.settings)
        prepare(app)
        with app.app_context():
            session = db.session()
            begin_write(session)
            here = the_programme(session).id
            actor = Actor("setup@alliance.test", NOON)
            desk = Desk(session, actor, here, TODAY)
            record_donor(desk, raw={"code": "FRA", "name": "France", "kind": "government"})
            pledge = {"reference": "P1", "donor": "FRA", "currency": "USD", "amount": "900000"}
            record_pledge(desk, raw=pledge | {"pledged_on": "2026-01-10"}, schedule=())
            for number in range(8):
                email, options = f"officer{number}@alliance.test", {"role": "officer", "password": PASSWORD}
                users.add_user(session, actor=actor, programme_id=here, email=email, **options)
            session.commit()
            db.session.remove()
            db.engine.dispose()

    def start(self, before: Callable[[], None] | None = None) -> None:
        """A server of its own process; returns once it answers. With `before`, which is run in it first, it
        reads its modules itself; without, it is born with them read."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        arguments, log = ["serve", "--port", str(self.port)], self.folder / "server.log"
        if before is None:
            self.server = born(arguments, self.variables, str(log))
        else:
            self.server = self.run(*arguments, before=before)
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login", timeout=5):
                    return
            except GONE:
                if self.server.poll() is not None:
                    break
                time.sleep(0.02)
        raise AssertionError(f"the server did not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    @property
    def variables(self) -> dict[str, str]:
        """The settings, as the environment has them."""
        own = {"TRACKER_INSTANCE_PATH": str(self.folder), "TRACKER_DATABASE_URL": self.url}
        return {**own, "TRACKER_SECRET_KEY": "k" * 40, **self.environment}

    def run(self, *arguments: str, before: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
        """`tracker …` in a process of its own, from its first line on; what it says is added to the log."""
        code = "import sys; from tracker.cli import main; main(sys.argv[1:])"
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                env=os.environ | self.variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before,
            )

    def kill(self) -> None:
        """kill -9, its children too."""
        if self.server is not None and self.server.poll() is None:
            os.killpg(self.server.pid, signal.SIGKILL)
        if self.server is not None:
            self.server.wait()

    def recorded(self) -> dict[str, int]:
        """References of receipts on record, and how often each is there."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            rows = connection.execute(
                text("SELECT reference, count(*) FROM receipt WHERE voided_at_utc IS NULL GROUP BY reference")
            )
            found = {row[0]: row[1] for row in rows}
        engine.dispose()
        return found

    def broken(self) -> list[str]:
        """What `tracker check` would call broken."""
        app = create_app(self.settings, pages=False)
        with app.app_context():
            here = the_programme(db.session())
            found = [f"{p.name}: {p.detail}" for p in prove(db.session(), here.id, TODAY) if not p.holds]
            db.session.remove()
            db.engine.dispose()
        return found


@dataclass
class Client:
    """An officer at work who notes every promise."""

    installation: Installation
    number: int
    book: Path
    opener: urllib.request.OpenerDirector = field(init=False)
    token: str = ""
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Cookies of one's own."""
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, NoRedirect)

    def get(self, path: str) -> str:
        """A page."""
        with self.opener.open(f"http://127.0.0.1:{self.installation.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def send(self, path: str, fields: dict[str, str]) -> int:
        """A form; the status of its answer. Raises one of `GONE` where there was none."""
        body = urllib.parse.urlencode(fields | {"csrf_token": self.token}).encode()
        address = f"http://127.0.0.1:{self.installation.port}{path}"
        request = urllib.request.Request(address, body, {"Referer": address})
        try:
            with self.opener.open(request, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as answered:
            answered.read()
            return answered.code

    def sign_in(self) -> None:
        """Open a session, once: it outlives the server. The token of its pages is kept."""
        if self.token:
            return
        self.token = TOKEN.findall(self.get("/login"))[0]
        email = f"officer{self.number}@alliance.test"
        status, tries = 503, 0
        while status == 503 and tries < 20:  # others may be writing
            status, tries = self.send("/login", {"email": email, "password": PASSWORD}), tries + 1
        assert status == 302, status
        self.token = TOKEN.findall(self.get("/receipts/new"))[0]

    def post_receipt(self, key: str | None = None) -> str:
        """Record a receipt; answers with its key. Noted before it is sent, and again when it was recorded."""
        key = key or f"C{self.number}-{uuid4().hex[:12]}"
        fields = {
            "reference": key,
            "donor": "FRA",
            "received_on": "2026-03-01",
            "currency": "USD",
            "amount": str(10 + int(key[-4:], 16) % 900),
            "form_key": sha256(key.encode()).hexdigest()[:32],
            "confirm": "y",
        }
        self.note("sent", key)
        status = self.send("/receipts/new", fields)
        self.statuses.append(status)
        if status == 302:
            self.note("done", key)
        return key

    def note(self, what: str, key: str) -> None:
        """To this client's own file, synced."""
        with self.book.open("a") as file:
            file.write(f"{what} {key}\n")
            file.flush()
            os.fsync(file.fileno())


def promises(*books: Path) -> tuple[set[str], set[str]]:
    """Keys that were sent, and those of them that were acknowledged."""
    lines = [line.split() for book in books if book.exists() for line in book.read_text().splitlines()]
    return {key for what, key in lines if what == "sent"}, {key for what, key in lines if what == "done"}


def held_against(installation: Installation, *books: Path) -> tuple[int, int]:
    """Every acknowledged write is there once; every other at most once. Answers (acknowledged, unknown)."""
    sent, done = promises(*books)
    found = installation.recorded()
    lost = sorted(done - set(found))
    assert not lost, f"{len(lost)} acknowledged writes are lost: {lost[:5]}"
    doubled = {key: times for key, times in found.items() if times > 1}
    assert not doubled
    assert set(found) <= sent
    assert installation.broken() == []
    return len(done), len(sent - done)
