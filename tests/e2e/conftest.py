"""A real server, a real browser. Without Chromium the ring is skipped, except in continuous integration.

The server works on a copy of the web ring's cast, at the same noon of 15 June 2026.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import time_machine
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from waitress.server import create_server

from tests.web import cast
from tracker import create_app, database

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a production server on a fresh database; its clock starts at the cast's noon."""
    folder = tmp_path_factory.mktemp("e2e")
    with time_machine.travel(cast.NOON, tick=True):
        app = create_app(cast.settings(folder))
        database.prepare(app)
        cast.record_the_cast(app)
        serving = create_server(app, host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{serving.effective_port}"
        serving.close()
        thread.join(timeout=5)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, from the system or from playwright."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium on this machine: tools/system-packages installs it")
    assert path is not None, "continuous integration needs Chromium: tools/system-packages installs it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@dataclass
class Visit:
    """One person's window, and what its console complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open an address of the application."""
        self.page.goto(self.address + path, wait_until="load")

    def sign_in(self, role: str) -> None:
        """Through the door."""
        self.go("/login")
        self.page.get_by_label("E-mail").fill(cast.EMAILS[role])
        self.page.get_by_label("Password").fill(cast.PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def hear(self, message: ConsoleMessage) -> None:
        """Remember errors; a refused request is one that a test may have asked for."""
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    """A window of its own, 1440 wide; at the end its console has to be clean."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = context.new_page()
    found = Visit(page, server)
    page.on("console", found.hear)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    context.close()
    assert not found.complaints
