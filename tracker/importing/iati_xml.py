"""XML from somebody else, opened so that it can do no harm (docs/importing.md).

No DTD and so no entities, no network, no XInclude; bounds on size, depth, elements, attributes and texts. It
is read as a stream: of each activity its children one by one, and nothing else is kept.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from lxml import etree

from tracker.domain.problems import Refused

MAX_BYTES: Final = 30_000_000
MAX_ELEMENTS: Final = 600_000
MAX_IN_CHILD: Final = 100_000
"""Elements within one child of an activity: they are held at once."""
MAX_ATTRIBUTES: Final = 1_000
"""Of one element. The standard knows less than twenty."""
MAX_PIECE_BYTES: Final = 1_000_000
"""From one `<` to the next: a tag with all its attributes, or a text."""
BOM: Final = b"\xef\xbb\xbf"

_ENCODING: Final = re.compile(rb"""<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([^"'>]{1,40})""")
_READABLE: Final = re.compile(r"utf-8|us-ascii|ascii|iso-8859-[0-9]{1,2}|windows-125[0-9]", re.IGNORECASE)
"""Encodings in which ASCII is ASCII: what is looked for in the bytes is then what the parser sees."""
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_PACKED: Final = (b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")


class Child(NamedTuple):
    """A child of an activity, whole, for as long as the next is not asked for.

    `activity` numbers the activities from 1; `element` is the activity itself where it begins.
    """

    activity: int
    element: etree._Element


def xml_bytes(path: Path) -> bytes:
    """A file's bytes, where they may be XML that can be read. Raises `Refused` with what is wrong."""
    if path.stat().st_size > MAX_BYTES:
        raise Refused.of("xml_too_large", most=MAX_BYTES // 1_000_000)
    content = path.read_bytes()
    if content.startswith(_PACKED):
        raise Refused.of("xml_packed")
    if content.startswith(_WIDE) or (b"\0" in content[:4] and b"<" in content[:4]):
        raise Refused.of("xml_encoding", text="UTF-16")
    body = content.removeprefix(BOM)
    if not body.strip():
        raise Refused.of("xml_empty")
    declared = _ENCODING.match(body)
    if declared and not _READABLE.fullmatch(declared[1].decode("ascii", "replace")):
        raise Refused.of("xml_encoding", text=declared[1].decode("ascii", "replace"))
    if _has_doctype(body):
        raise Refused.of("xml_doctype")
    if _has_large_piece(body):
        raise Refused.of("xml_too_much")
    return content


def _has_doctype(body: bytes) -> bool:
    """Whether a document type stands before the first element: the one place where XML may have it."""
    at = 0
    ends = {b"<!--": b"-->", b"<?": b"?>"}
    while True:
        at += len(body[at : at + 10_000]) - len(body[at : at + 10_000].lstrip())
        start = next((start for start in ends if body.startswith(start, at)), None)
        if start is None:
            return body[at : at + 9].upper() == b"<!DOCTYPE" or body[at : at + 8].upper() == b"<!ENTITY"
        at = body.find(ends[start], at + len(start))
        if at < 0:
            return False
        at += len(ends[start])


def _has_large_piece(body: bytes) -> bool:
    at = max(body.find(b"<"), 0)
    while at + MAX_PIECE_BYTES < len(body):
        following = body.rfind(b"<", at + 1, at + MAX_PIECE_BYTES + 1)
        if following < 0:
            return True
        at = following
    return False


def children(content: bytes) -> Iterator[Child]:
    """Every activity as it begins, and each of its children at its end.

    Raises `Refused` where this is no XML, or not a file of IATI activities.
    """
    events = etree.iterparse(
        BytesIO(content),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        yield from _walk(events)
    except etree.XMLSyntaxError as error:
        first = next(iter(events.error_log), None)
        line = error.lineno or (first.line if first else 0)
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise Refused.of("xml_too_much") from error
        raise Refused.of("xml_broken", line=line or 1) from error


def _walk(events: "etree.iterparse[tuple[str, etree._Element]]") -> Iterator[Child]:
    depth = elements = held = activity = 0
    for event, element in events:
        if event == "start":
            depth, elements = depth + 1, elements + 1
            held = held + 1 if depth > 3 else 0
            if elements == 1:
                _check_root(element)
            if elements > MAX_ELEMENTS or held > MAX_IN_CHILD or len(element.attrib) > MAX_ATTRIBUTES:
                raise Refused.of("xml_too_much")
            if depth == 2 and element.tag == "iati-activity":
                activity += 1
                yield Child(activity, element)
            continue
        parent = element.getparent()
        if depth == 3 and parent is not None and parent.tag == "iati-activity":
            yield Child(activity, element)
        if depth in (2, 3):
            _forget(element)
        depth -= 1


def _forget(element: etree._Element) -> None:
    """An element that was read, and those before it, need no memory any more."""
    parent, before = element.getparent(), element.getprevious()
    element.clear()
    while parent is not None and before is not None:
        parent.remove(before)
        before = element.getprevious()


def _check_root(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused.of("xml_doctype")
    if root.tag == "iati-organisations":
        raise Refused.of("iati_organisations")
    if root.tag != "iati-activities":
        raise Refused.of("iati_other_xml", text=etree.QName(root).localname)
