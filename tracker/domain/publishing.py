"""Who publishes under IATI 2.03, and as what. The identifiers are settings: others refer to them for good."""

import re
from dataclasses import dataclass
from typing import Final

ORGANISATION_TYPES: Final = (
    *("10", "11", "15", "21", "22", "23", "24", "30", "40", "60", "70", "71", "72", "73", "80", "90"),
)
"""IATI's codelist OrganisationType, version 2.03."""

_TYPE_OF_KIND: Final[dict[str, str]] = {
    "government": "10",
    "un": "40",
    "employers": "90",
    "workers": "90",
    "private": "70",
    "foundation": "60",
    "cso": "21",
    "academic": "80",
    "media": "90",
    "other": "90",
}
_NATIONAL_NGO: Final = "22"
_ORGANISATION: Final = re.compile(r"[^\s/&|?-][^\s/&|?]*-[^\s/&|?]+")
_ACTIVITY: Final = re.compile(r"[^\s/&|?]+")


@dataclass(frozen=True, slots=True)
class Publisher:
    """The reporting organisation, and the identifier and sector of the one activity that it reports."""

    ref: str
    name: str
    organisation_type: str
    activity: str
    sector: str


def is_organisation_ref(text: str) -> bool:
    """Whether a text may stand as an organisation's identifier: agency, hyphen, number; no blanks, no `/&|?`.

    >>> [is_organisation_ref(text) for text in ("XM-DAC-41302", "France", "GB-COH-1 2", "GB/1-2")]
    [True, False, False, False]
    """
    return text.isprintable() and _ORGANISATION.fullmatch(text) is not None


def is_activity_of(text: str, ref: str) -> bool:
    """Whether a text may identify an activity of this organisation: its reference, a hyphen, and more.

    >>> is_activity_of("XM-DAC-41302-A87-MDP", "XM-DAC-41302"), is_activity_of("A87-MDP", "XM-DAC-41302")
    (True, False)
    """
    begins = text.startswith(f"{ref}-") and len(text) > len(ref) + 1
    return begins and text.isprintable() and _ACTIVITY.fullmatch(text) is not None


def organisation_type(kind: str, country: str) -> str:
    """IATI's code for a kind of donor. Civil society is national where its country is known.

    >>> organisation_type("government", "FR"), organisation_type("cso", "CL"), organisation_type("cso", "")
    ('10', '22', '21')
    """
    return _NATIONAL_NGO if kind == "cso" and country else _TYPE_OF_KIND[kind]
