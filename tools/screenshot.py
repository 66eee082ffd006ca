"""`python tools/screenshot.py`: the README's picture, made by the program itself from the demo's records."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent.parent / "docs" / "overview.png"
AS_OF = "2026-11-22"
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split()


def main() -> None:
    """Serve the demo from an empty folder, sign in as the officer, and take the overview's picture."""
    with tempfile.TemporaryDirectory() as folder:
        tracker = Path(sys.executable).parent / "tracker"
        server = subprocess.Popen(  # noqa: S603 - our own command
            [tracker, "serve", "--demo", "--port", "0"],
            env={"TRACKER_INSTANCE_PATH": folder, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            take(address(server), *officer(server))
        finally:
            server.terminate()


def officer(server: subprocess.Popen[str]) -> tuple[str, str]:
    """The officer's printed login."""
    for line in server.stdout or ():
        words = line.split()
        if words[:1] == ["officer"]:
            return words[1], words[2]
    raise SystemExit("the demo printed no login")


def address(server: subprocess.Popen[str]) -> str:
    """Where it serves, as it says itself."""
    for line in server.stderr or ():
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise SystemExit("the server did not start")


def take(base: str, email: str, password: str) -> None:
    """Sign in and photograph the overview, down to the board."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1520})
        page.goto(f"{base}/login")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        page.click("main button[type=submit]")
        page.goto(f"{base}/?as_of={AS_OF}")
        page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
