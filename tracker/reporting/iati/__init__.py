"""IATI 2.03: the programme as one activity, in a file that anybody may read (docs/iati.md)."""

from pathlib import Path

from tracker.reporting.files import replacing
from tracker.reporting.iati.activity import file_node
from tracker.reporting.iati.nodes import OWN, xml_bytes
from tracker.reporting.iati.publication import LeftOut, Publication, publication
from tracker.reporting.iati.summary import Line, published_usd, summary

__all__ = [
    "OWN",
    "LeftOut",
    "Line",
    "Publication",
    "iati_bytes",
    "publication",
    "published_usd",
    "summary",
    "write_iati",
]


def iati_bytes(found: Publication) -> bytes:
    """The file's bytes. The same snapshot on the same day gives the same, but for `generated-datetime`."""
    return xml_bytes(file_node(found))


def write_iati(found: Publication, path: Path) -> None:
    """Write the file: whole, or not at all."""
    content = iati_bytes(found)
    with replacing(path) as beside:
        beside.write_bytes(content)
