"""A reader who tries every address there is, opens every file, and searches what came for canaries.

Addresses come from `app.url_map`, so that a route of tomorrow is tried without being entered here.
"""

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from itertools import product
from urllib.parse import quote, unquote, urljoin, urlsplit

from flask import Flask
from openpyxl import load_workbook
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.web.cast import Person
from tests.web.test_doors import FILES
from tests.web.twins import Canary, Twin
from tracker.access import required_action
from tracker.domain.permissions import allowed
from tracker.domain.vocabulary import Role

PLACE = re.compile(r"<(?:([a-z_]+(?:\([^)]*\))?):)?([a-z_]+)>")
LINK = re.compile(r'(?:href|src|action)="([^"#]+)')
SECRET = re.compile(r'name="(?:csrf_token|form_key)"[^>]*|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+')
SEPARATOR = re.compile(r"(?<=\d)[,'’ \u00a0\u2009\u202f](?=\d{3}(?!\d))")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]|<wbr ?/?>")
ODD = ("-1", "0", "9223372036854775808", "1,2", "all", "%2e%2e", "*")
NUMBERS = ("1", "2", "3", "4", "-1", "0", "9223372036854775808")
WORDS: Mapping[str, tuple[str, ...]] = {
    "outcome": ("O2", "PS"),
    "month": ("2026-04", "2026-12"),
    "filename": ("look.css",),
    "currency": ("EUR",),
    "effective_on": ("2026-03-01",),
    "what": ("contacts", "notes", "files", "caretakers"),
    "kind": ("donors", "pledges", "receipts", "refunds"),
}
"""What parts of an address may be that no donor is named by."""
MOST_LINKS = 60
SHORTEST_PDF = 100


@dataclass(frozen=True)
class Leak:
    """A canary, and where it was read."""

    where: str
    what: str


@dataclass
class Crawl:
    """One person's reading: addresses asked for, those that answered (files apart), and what they said."""

    app: Flask
    person: Person
    asked: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    read: list[tuple[str, str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def get(self, address: str) -> TestResponse | None:
        """Open an address once, and keep what came as text."""
        if address in self.asked:
            return None
        self.asked.add(address)
        answer = self.person.client.get(address)
        self.keep(address, answer)
        return answer

    def keep(self, address: str, answer: TestResponse) -> None:
        """Remember an answer's text, and the links in it."""
        if answer.status_code >= 500:
            self.broken.append(f"{address}: {answer.status}")
        body = text_of(answer)
        if answer.status_code < 300:
            self.reached.add(urlsplit(address).path)
            if answer.mimetype == "text/html":
                self.links += LINK.findall(answer.get_data(as_text=True))
            else:
                self.files.add(urlsplit(address).path)
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie")
        text = plain(f"{headers}\n{body}")
        self.read.append((address, text, text.lower()))
        answer.close()

    def follow(self, most: int = MOST_LINKS) -> None:
        """Open what the pages link to, and what those link to."""
        while self.links and most:
            address = urlsplit(urljoin("/", unescape(self.links.pop(0))))
            path = address.path + (f"?{address.query}" if address.query else "")
            inside = not address.netloc and not address.path.startswith(("/static", "/bootstrap"))
            inside = (
                inside and address.path not in self.files
            )  # files of a page differ by its own query alone
            if inside and address.path != "/logout" and path not in self.asked:
                most -= 1
                self.get(path)

    def leaks(self, canaries: Mapping[str, Canary]) -> list[Leak]:
        """Every canary found. What was asked for by name may be echoed: that alone is no leak."""
        return [
            leak for leak in self.finds(canaries) if not canaries[leak.what].is_in(plain(unquote(leak.where)))
        ]

    def finds(self, canaries: Mapping[str, Canary]) -> list[Leak]:
        """Every canary found, echoes too: what somebody who may read them asks for by name."""
        return [
            Leak(address, what)
            for address, text, lower in self.read
            for what, canary in canaries.items()
            if canary.is_in(text, lower)
        ]


def everything(app: Flask, person: Person, role: Role, own: Twin, other: Twin) -> Crawl:
    """Every GET rule with every identifier of both donors and with odd ones, every query, every link.

    Where the role's door is closed, what is behind it is tried by the other's identifiers alone.
    """
    crawl = Crawl(app, person)
    for rule in readable(app):
        with app.app_context():
            action = required_action(rule.endpoint)
        if action is None or allowed(role, action):
            tried = addresses(rule, (own, other))
        else:
            tried = addresses(rule, (other,), odd=("-1", "all"))
        for address in tried:
            crawl.get(address)
        if not rule.arguments:
            for query in queries(rule, crawl, own, other):
                crawl.get(f"{rule.rule}?{query}")
    crawl.follow()
    return crawl


def of_one(app: Flask, person: Person, donor: Twin) -> Crawl:
    """What somebody reads of one donor who looks it up: its own identifiers, lists as files, links."""
    crawl = Crawl(app, person)
    for rule in readable(app):
        for address in addresses(rule, (donor,), odd=()):
            crawl.get(address)
        if not rule.arguments:
            for query in ("format=csv", "format=xlsx", f"q={quote(donor.name)}"):
                if rule.rule in crawl.reached - crawl.files:
                    crawl.get(f"{rule.rule}?{query}")
    crawl.follow()
    return crawl


def readable(app: Flask) -> list[Rule]:
    """Every rule that is read; the program's own files are left out."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint not in FILES)
    return sorted((r for r in rules if "GET" in (r.methods or set())), key=lambda rule: rule.rule)


def addresses(rule: Rule, donors: Iterable[Twin], odd: tuple[str, ...] = ODD) -> Iterator[str]:
    """A rule with every value that its parts may be tried with."""
    places = PLACE.findall(rule.rule)
    keys = [key for donor in donors for key in (*donor.keys, *([""] if odd else []))]
    for values in product(*(_values(converter, name, keys, odd) for converter, name in places)):
        given = iter(values)
        yield PLACE.sub(lambda _place, given=given: quote(next(given), safe=""), rule.rule)  # type: ignore[misc]


def _values(converter: str, name: str, keys: list[str], odd: tuple[str, ...]) -> tuple[str, ...]:
    if converter.startswith("any("):
        return tuple(converter[4:-1].split(","))
    if name in WORDS:
        return WORDS[name]
    if converter.startswith("int") or name.endswith("_id"):
        return NUMBERS if odd else NUMBERS[:4]
    return (*dict.fromkeys(keys), *odd)


def queries(rule: Rule, crawl: Crawl, own: Twin, other: Twin) -> list[str]:
    """What a reader may add to an address to be shown somebody else. One where the door is closed."""
    yours, theirs = f"donor={own.code}", f"donor={other.code}"
    both = f"{yours}&{theirs}&code={other.code}&pledge={other.references[0]}"
    if rule.rule not in crawl.reached:
        return [both]
    days = ("as_of=2026-05-31", "as_of=2027-12-31", "as_of=-1")
    if rule.rule in crawl.files:
        return [both]
    odd = ("donor=", "donor=all", "donor=1,2", "donor=-1", "donor=9223372036854775808", "donor[]=1", "id=2")
    files = [f"format={kind}&{one}" for kind in ("csv", "xlsx", "pdf", "json") for one in (yours, theirs)]
    words = [f"q={quote(own.name[:5])}", f"reference={other.references[2]}", "all=1&donors=1&role=officer"]
    return [both, f"{theirs}&{yours}", *days, *odd, *files, *words, f"{days[0]}&{theirs}"]


# What came, as text


def plain(text: str) -> str:
    """Text as it is read: entities and escapes resolved, no thousands' separators, no one-time secrets."""
    text = INVISIBLE.sub("", unescape(unquote(SECRET.sub(" ", text))))
    return SEPARATOR.sub("", text)


def text_of(answer: TestResponse) -> str:
    """Whatever an answer holds, files opened."""
    content = answer.get_data()
    if content.startswith(b"PK\x03\x04"):
        return archive_text(content)
    if content.startswith(b"%PDF"):
        return pdf_text(content)
    return content.decode("utf-8", "replace")


def archive_text(content: bytes) -> str:
    """Every member of an archive; of a workbook also every cell, as another program reads it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        members = [unescape(archive.read(name).decode("utf-8", "replace")) for name in names]
    cells = []
    if "xl/workbook.xml" in names:
        book = load_workbook(io.BytesIO(content))
        cells = [str(book.properties), *book.sheetnames, *book.defined_names]
        cells += [
            f"{cell.value} {cell.comment.text if cell.comment else ''}"
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
    return "\n".join((*names, *members, *cells))


def pdf_text(content: bytes) -> str:
    """A PDF's text and properties as another program reads them, beside its streams that are text."""
    if len(content) < SHORTEST_PDF:
        return content.decode("latin-1")  # a file of the tests, without a page
    raw = "\n".join(part.decode() for part in _inflated(content) if part.isascii())
    if shutil.which("pdftotext") is None or shutil.which("pdfinfo") is None:
        from pypdf import PdfReader  # type: ignore[import-not-found]

        reader = PdfReader(io.BytesIO(content))
        return "\n".join((raw, str(reader.metadata), *(page.extract_text() for page in reader.pages)))
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        commands = (["pdftotext", "-q", file.name, "-"], ["pdfinfo", file.name])
        said = [subprocess.run(command, check=True, capture_output=True).stdout for command in commands]
    return "\n".join((raw, *(part.decode("utf-8", "replace") for part in said)))


def _inflated(content: bytes) -> Iterator[bytes]:
    """Compressed streams, opened: attachments stand there."""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(stream)
