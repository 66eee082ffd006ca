"""A small mail server on this machine, for tests: a few commands, and what a test has it refuse."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import ClassVar

IDLE_SECONDS = 5


@dataclass
class Box:
    """What the server was told, line by line, and the messages that it took."""

    port: int = 0
    lines: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)

    def messages(self) -> list[EmailMessage]:
        """The messages, read by somebody else's program: the standard library's newest rules."""
        return [message_from_bytes(one, policy=default) for one in self.taken]  # type: ignore[misc]


class _Talk(socketserver.StreamRequestHandler):
    timeout = IDLE_SECONDS
    box: ClassVar[Box]
    refusals: ClassVar[dict[str, str]]
    offers: ClassVar[tuple[str, ...]]
    certificate: ClassVar[ssl.SSLContext | None]

    def handle(self) -> None:
        if "connect" in self.refusals:
            self.say(self.refusals["connect"]) if self.refusals["connect"] else None
            return
        self.say("220 test")
        while line := self.heard():
            verb = line.split(" ", 1)[0].upper()
            self.box.lines.append(line)
            if verb in self.refusals:
                if self.refusals[verb] == "silence":
                    return self.wait()
                self.say(self.refusals[verb])
            elif verb == "DATA":
                self.take()
            elif verb == "STARTTLS" and self.certificate:
                if not self.make_safe(self.certificate):
                    return None
            else:
                self.answer(verb)
            if verb == "QUIT":
                return None
        return None

    def heard(self) -> str:
        try:
            return self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n")
        except OSError:
            return ""

    def wait(self) -> None:
        """Say nothing until the other side has had enough."""
        self.heard()

    def answer(self, verb: str) -> None:
        answers = {"AUTH": "235 welcome", "QUIT": "221 bye"}
        if verb == "EHLO":
            self.say("\r\n".join(f"250-{offer}" for offer in ("test", *self.offers)) + "\r\n250 8BITMIME")
        else:
            self.say(answers.get(verb, "250 ok"))

    def take(self) -> None:
        self.say("354 go on")
        read = iter(self.rfile.readline, b".\r\n")
        self.box.taken.append(b"".join(line.removeprefix(b".") for line in read))
        self.say("250 taken")

    def make_safe(self, certificate: ssl.SSLContext) -> bool:
        self.say("220 go on")
        try:
            safe = certificate.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False
        self.connection = safe
        self.rfile, self.wfile = safe.makefile("rb"), safe.makefile("wb", 0)  # type: ignore[assignment]
        return True

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def mail_server(
    refusals: dict[str, str] | None = None,
    offers: tuple[str, ...] = (),
    certificate: ssl.SSLContext | None = None,
) -> Iterator[Box]:
    """Serve until the end of the block. `refusals`: what is answered to a command instead of yes."""
    box = Box()
    facts = {"box": box, "refusals": refusals or {}, "offers": offers, "certificate": certificate}
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("Talk", (_Talk,), facts)) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join(IDLE_SECONDS)
