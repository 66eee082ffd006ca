"""An XML file as plain nodes, and their bytes. Attributes that are empty are left out.

Only `xml_bytes` knows the XML library, and loads it when a file is wanted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

OWN: Final = "urn:multi-donor-programme:tracker:1"
"""The namespace of what IATI has no element for (docs/iati.md)."""
_PREFIXES: Final = {"mdp": OWN, "xml": "http://www.w3.org/XML/1998/namespace"}
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Node:
    """An element. `name` is IATI's, or ours with the prefix `mdp:`."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple["Node", ...] = ()
    text: str = ""


def node(name: str, /, *children: Node, text: str = "", **attributes: str) -> Node:
    """An element; `_` in an attribute's name is `-`, as in `iso_date`.

    >>> node("activity-date", type="1", iso_date="2026-01-01").attributes
    {'type': '1', 'iso-date': '2026-01-01'}
    """
    return Node(name, {key.replace("_", "-"): value for key, value in attributes.items()}, children, text)


def narrative(text: str) -> Node:
    """A text for people, in the activity's language."""
    return Node("narrative", text=text)


def writable(text: str) -> str:
    """A text with U+FFFD in the place of what XML 1.0 cannot hold.

    >>> writable("a\\x07b") == "a\\ufffdb"
    True
    """
    return _UNWRITABLE.sub("\ufffd", text)


def xml_bytes(root: Node) -> bytes:
    """The file: UTF-8, indented, without a DTD; the same nodes give the same bytes."""
    from lxml import etree  # only where a file is wanted

    top = etree.Element(_qualified(root.name), nsmap={"mdp": OWN})
    waiting = [(root, top)]
    while waiting:
        one, element = waiting.pop()
        for key, value in one.attributes.items():
            if value:
                element.set(_qualified(key), writable(value))
        element.text = writable(one.text) if one.text else None
        waiting += [(child, etree.SubElement(element, _qualified(child.name))) for child in one.children]
    return etree.tostring(top, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _qualified(name: str) -> str:
    """
    >>> _qualified("value"), _qualified("xml:lang")
    ('value', '{http://www.w3.org/XML/1998/namespace}lang')
    """
    prefix, colon, local = name.partition(":")
    return f"{{{_PREFIXES[prefix]}}}{local}" if colon else name
