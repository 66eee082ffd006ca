"""All donors' papers in one zip, with a manifest that adds up to the programme."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Final

from tracker.domain.money import amount_text
from tracker.reporting.files import csv_text

MANIFEST: Final = "manifest.csv"
COLUMNS: Final = ("donor", "name", "file", "sha256", "closing_usd")
TOTAL: Final = "TOTAL"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+", re.ASCII)
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Papers:
    """One donor's files, (name in the zip, content), and what its statement closes with, in USD cents."""

    donor: str
    name: str
    closing_minor: int
    files: tuple[tuple[str, bytes], ...]


def safe_stem(code: str) -> str:
    """A donor's code as a file name may hold it: plain letters, figures, dash and underscore.

    >>> safe_stem("FRA"), safe_stem("../é/..\\\\x"), safe_stem("...")
    ('FRA', '_x', '_')
    """
    return _UNSAFE.sub("_", code)[:_MOST]


def stems(codes: Iterable[str]) -> dict[str, str]:
    """A file name for each code, none like another, whatever a disk makes of capitals.

    >>> stems(["A/B", "A_B", "a_b"])
    {'A/B': 'A_B', 'A_B': 'A_B-2', 'a_b': 'a_b-3'}
    """
    taken: set[str] = set()
    found: dict[str, str] = {}
    for code in codes:
        stem, number = safe_stem(code), 1
        while (name := stem if number == 1 else f"{stem}-{number}").casefold() in taken:
            number += 1
        taken.add(name.casefold())
        found[code] = name
    return found


def manifest_rows(papers: Iterable[Papers], total_minor: int) -> Iterator[dict[str, str]]:
    """A row a file; a donor's closing stands in the row of its first file, so that the column adds up."""
    for one in papers:
        for at, (file, content) in enumerate(one.files):
            yield {
                "donor": one.donor,
                "name": one.name,
                "file": file,
                "sha256": sha256(content).hexdigest(),
                "closing_usd": "" if at else amount_text(one.closing_minor, "USD"),
            }
    total = amount_text(total_minor, "USD")
    yield {"donor": TOTAL, "name": "", "file": "", "sha256": "", "closing_usd": total}


def write_zip(file: IO[bytes], papers: list[Papers], total_minor: int, moment: datetime) -> None:
    """Write the zip: every file once, dated by one moment, and the manifest.

    `total_minor` is what the programme closes with, reckoned apart. Raises `RuntimeError` where the
    statements do not add up to it: then the program is wrong, and no zip is better than that one.
    """
    added = sum(one.closing_minor for one in papers)
    if added != total_minor:
        raise RuntimeError(f"statements close with {added}, the programme with {total_minor}")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for one in papers:
            for name, content in one.files:
                made.writestr(_entry(name, moment), content)
        text = "".join(csv_text(COLUMNS, manifest_rows(papers, total_minor)))
        made.writestr(_entry(MANIFEST, moment), text.encode())


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
