"""Mail leaves by the settings or is kept in the outbox; nothing in a name is more than a name."""

import logging
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mail_server import mail_server
from tracker import mail
from tracker.config import BadSetting, Smtp, read_settings
from tracker.mail import Delivery, Failure, Letter, deliver, message_of, one_line

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
SENDER = "Funding tracker <tracker@alliance.test>"
SECRET = "the-servers-own-password"
LINK = "http://127.0.0.1:8000/password/abc-_DEF?x=1&y=2"
LETTER = Letter(
    to_name="Élodie Lefèvre",
    to_address="elodie@france.example",
    reply_name="A. Moreau",
    reply_address="officer@alliance.test",
    subject="Your access",
    opening=("Dear Élodie,", "Fish & <b>chips</b>"),
    link=LINK,
    closing=("Good-bye.",),
)
MESSAGE = message_of(LETTER, sender=SENDER, at_utc=NOON)
NASTY = (
    "A\r\nBcc: all@evil.example",
    "A\nSubject: other",
    "A\u2028B\u0085C\x0bD\x00E",
    '"quoted" \\ name',
    "Lefèvre, Élodie; <x@evil.example>",
    "<script>alert(1)</script>",
    "=?utf-8?q?encoded?=",
    "名前" * 60,
    "a" * 300,
    "A, B, C " * 30,
    "É, " * 60,
    "",
)


def plain(port: int, **changes: object) -> Smtp:
    """The small server, without TLS."""
    return replace(Smtp("127.0.0.1", port, "none"), **changes)  # type: ignore[arg-type]


def sent(outbox: Path, smtp: Smtp | None, message: object = MESSAGE) -> Delivery:
    return deliver(message, smtp=smtp, outbox=outbox, at_utc=NOON)  # type: ignore[arg-type]


def test_a_mail_server_takes_the_message_and_the_outbox_stays_empty(tmp_path: Path) -> None:
    with mail_server(offers=("AUTH PLAIN",)) as box:
        found = sent(tmp_path / "outbox", plain(box.port, user="me", password=SECRET))
    assert found == Delivery(sent=True)
    assert not (tmp_path / "outbox").exists()
    (message,) = box.messages()
    assert message["To"] == "Élodie Lefèvre <elodie@france.example>"
    assert (message["From"], message["Reply-To"]) == (SENDER, '"A. Moreau" <officer@alliance.test>')
    assert (message["Subject"], message["Date"]) == ("Your access", "Mon, 15 Jun 2026 12:00:00 +0000")
    assert message["Message-ID"].endswith("@alliance.test>")
    text, page = (message.get_body(kind).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert text.split("\r\n\r\n") == ["Dear Élodie,", "Fish & <b>chips</b>", LINK, "Good-bye.\r\n"]
    assert "<p>Fish &amp; &lt;b&gt;chips&lt;/b&gt;</p>" in page
    assert f'<a href="{LINK.replace("&", "&amp;")}">' in page
    assert [line.split(" ")[0] for line in box.lines] == "ehlo AUTH mail rcpt data quit".split()
    assert "mail FROM:<tracker@alliance.test>" in box.lines[2]
    assert box.lines[3] == "rcpt TO:<elodie@france.example>"


def test_without_a_mail_server_the_message_is_kept_for_the_program_alone(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    found = [sent(outbox, None) for _time in range(3)]
    assert {(one.sent, one.failure) for one in found} == {(False, None)}
    names = sorted(path.name for path in outbox.iterdir())
    assert names == sorted(one.kept_as for one in found)
    assert all(name.startswith("20260615T120000Z-") and name.endswith(".eml") for name in names)
    assert outbox.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in outbox.iterdir()} == {0o600}
    kept = message_from_bytes((outbox / names[0]).read_bytes(), policy=default)
    assert LINK in kept.get_body("plain").get_content()  # type: ignore[attr-defined]


def test_an_outbox_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir(mode=0o755)
    sent(tmp_path / "outbox", None)
    assert (tmp_path / "outbox").stat().st_mode & 0o777 == 0o700


def test_an_outbox_that_cannot_be_written_is_told_and_leaves_no_part(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    assert sent(tmp_path / "outbox", None) == Delivery(sent=False)


@pytest.mark.parametrize(
    ("command", "answer", "failure"),
    [
        ("RCPT", "550 no such person here", Failure("address", 550)),
        ("MAIL", "553 not you", Failure("sender", 553)),
        ("AUTH", "535 wrong password the-servers-own-password", Failure("sign_in", 535)),
        ("DATA", "554 no", Failure("refused", 554)),
        ("connect", "554 go away", Failure("refused", 554)),
        ("connect", "", Failure("unreachable")),
    ],
)
def test_what_the_mail_server_refuses_is_named_and_the_message_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, command: str, answer: str, failure: Failure
) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        mail_server({command: answer}, offers=("AUTH PLAIN LOGIN",)) as box,
    ):
        found = sent(tmp_path / "outbox", plain(box.port, user="me", password=SECRET))
    assert (found.sent, found.failure) == (False, failure)
    assert (tmp_path / "outbox" / found.kept_as).exists()
    assert not box.taken
    assert failure.reason in caplog.text
    assert SECRET not in caplog.text
    assert LINK not in caplog.text


def test_a_server_that_is_not_there_a_name_that_is_none_and_a_silent_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert sent(tmp_path, plain(port)).failure == Failure("unreachable")
    assert sent(tmp_path, plain(25, host="a..b")).failure == Failure("unreachable")
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.2)
    with mail_server({"MAIL": "silence"}) as box:
        begun = time.monotonic()
        assert sent(tmp_path, plain(box.port)).failure == Failure("slow")
        assert time.monotonic() - begun < 3


def test_how_the_server_says_good_bye_changes_nothing(tmp_path: Path) -> None:
    with mail_server({"QUIT": "500 what"}) as box:
        assert sent(tmp_path / "outbox", plain(box.port)).sent
    assert len(box.taken) == 1


def test_a_server_that_offers_no_tls_gets_neither_password_nor_message(tmp_path: Path) -> None:
    with mail_server(offers=("AUTH PLAIN",)) as box:
        smtp = plain(box.port, security="starttls", user="me", password=SECRET)
        assert sent(tmp_path, smtp).failure == Failure("unsafe")
    assert not box.taken
    assert [line.split(" ")[0] for line in box.lines] == ["ehlo"]


def test_a_certificate_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    )
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with mail_server(offers=("STARTTLS", "AUTH PLAIN"), certificate=context) as box:
        smtp = plain(box.port, security="starttls", user="me", password=SECRET)
        assert sent(tmp_path, smtp).failure == Failure("unsafe")
        assert not any(line.startswith("AUTH") for line in box.lines)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert sent(tmp_path, smtp).sent
    assert len(box.taken) == 1


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_never_a_header_a_recipient_or_a_tag(name: str) -> None:
    check_name(name)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=120))
def test_no_text_whatever_is_more_than_a_name(name: str) -> None:
    check_name(name)


def named(raw: bytes, header: str) -> list[tuple[str, str]]:
    """Names and addresses of a header, as a program reads it that goes by the book."""
    found = getaddresses([message_from_bytes(raw)[header]])
    return [(text_of(name), address) for name, address in found]


def text_of(header: str) -> str:
    """A header's text, its encoded words read."""
    return str(make_header(decode_header(header.replace("\r\n", ""))))


def check_name(name: str) -> None:
    """What another program reads: the same headers, one recipient, the name as one line, no tag."""
    letter = replace(LETTER, to_name=name, reply_name=name, subject=name, opening=(name,))
    raw = message_of(letter, sender=SENDER, at_utc=NOON).as_bytes()
    assert raw.isascii()
    read = message_from_bytes(raw, policy=default)
    assert read.keys() == MESSAGE.keys()
    for header, address in (("To", LETTER.to_address), ("Reply-To", LETTER.reply_address)):
        assert named(raw, header) == [(one_line(name), address)]
    assert text_of(message_from_bytes(raw)["Subject"]) == one_line(name)
    assert all(len(line) <= 78 for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n"))
    assert not read.defects
    page = read.get_body("html").get_content()  # type: ignore[attr-defined]
    body = page[page.index("<body>") :]
    assert (body.count("<p>"), body.count("<a ")) == (3, 1)
    assert "<script" not in page


def test_an_address_that_is_two_or_none_is_no_address() -> None:
    for address in ("a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "nobody", ""):
        with pytest.raises(ValueError, match=r".*"):
            message_of(replace(LETTER, to_address=address), sender=SENDER, at_utc=NOON)


GIVEN = {"TRACKER_SMTP_HOST": "mail.example.org", "TRACKER_MAIL_FROM": SENDER}


@pytest.mark.parametrize(
    ("environment", "smtp"),
    [
        ({}, Smtp("mail.example.org", 587, "starttls")),
        ({"TRACKER_SMTP_SECURITY": "tls"}, Smtp("mail.example.org", 465, "tls")),
        (
            {"TRACKER_SMTP_PORT": "2525", "TRACKER_SMTP_USER": "u", "TRACKER_SMTP_PASSWORD": "p"},
            Smtp("mail.example.org", 2525, "starttls", "u", "p"),
        ),
        ({"TRACKER_SMTP_SECURITY": "none"}, Smtp("mail.example.org", 25, "none")),
    ],
)
def test_mail_settings_are_typed(tmp_path: Path, environment: dict[str, str], smtp: Smtp) -> None:
    settings = read_settings({"TRACKER_INSTANCE_PATH": str(tmp_path), **GIVEN, **environment})
    assert (settings.smtp, settings.mail_from) == (smtp, SENDER)


def test_no_mail_settings_are_enough_and_the_password_is_never_printed(tmp_path: Path) -> None:
    here = {"TRACKER_INSTANCE_PATH": str(tmp_path)}
    assert read_settings(here).smtp is None
    signed = {"TRACKER_SMTP_USER": "u", "TRACKER_SMTP_PASSWORD": SECRET}
    assert SECRET not in repr(read_settings({**here, **GIVEN, **signed}))


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TRACKER_SMTP_PORT": "0"}, "1 to 65535"),
        ({"TRACKER_SMTP_PORT": "smtp"}, "1 to 65535"),
        ({"TRACKER_SMTP_SECURITY": "ssl"}, "starttls, tls or none"),
        ({"TRACKER_SMTP_USER": "u"}, "both, or neither"),
        ({"TRACKER_SMTP_PASSWORD": SECRET}, "both, or neither"),
        ({"TRACKER_SMTP_USER": "u", "TRACKER_SMTP_PASSWORD": f"{SECRET}é"}, "ASCII"),
        ({"TRACKER_SMTP_HOST": "mail example"}, "name of a server"),
        ({"TRACKER_SMTP_HOST": "", "TRACKER_SMTP_USER": "u"}, "name the server"),
        ({"TRACKER_MAIL_FROM": ""}, "who messages are from"),
        ({"TRACKER_MAIL_FROM": "nobody"}, "write an address"),
        ({"TRACKER_MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "write an address"),
        ({"TRACKER_ENV": "production", "TRACKER_SMTP_SECURITY": "none"}, "in production"),
    ],
)
def test_mail_settings_that_will_not_do_are_refused_without_their_secret(
    tmp_path: Path, environment: dict[str, str], says: str
) -> None:
    with pytest.raises(BadSetting, match=says) as refused:
        read_settings({"TRACKER_INSTANCE_PATH": str(tmp_path), **GIVEN, **environment})
    assert SECRET not in str(refused.value)


def test_in_production_a_server_on_this_machine_needs_no_tls(tmp_path: Path) -> None:
    live = {"TRACKER_ENV": "production", "TRACKER_BASE_URL": "https://funding.example.org"}
    environment = {**live, "TRACKER_SMTP_SECURITY": "none"}
    here = {"TRACKER_INSTANCE_PATH": str(tmp_path), **GIVEN, **environment}
    assert read_settings({**here, "TRACKER_SMTP_HOST": "localhost"}).smtp is not None
