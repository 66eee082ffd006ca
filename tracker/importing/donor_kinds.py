"""What a donor is, in whatever words a source has for it → our words (docs/importing.md)."""

from typing import Final

from tracker.domain.vocabulary import DONOR_KINDS
from tracker.importing.table_map import folded

_BY_CODE: Final = {
    **dict.fromkeys(("10", "11", "15"), "government"),
    **dict.fromkeys(("21", "22", "23", "24"), "cso"),
    "40": "un",
    "60": "foundation",
    **dict.fromkeys(("70", "71", "72", "73"), "private"),
    "80": "academic",
}
"""IATI's organisation types; the others are `other`."""

_BY_WORD: Final[tuple[tuple[str, str], ...]] = (
    *((word, "un") for word in ("un agency", "united nations", "multilateral", "inter-governmental")),
    *((word, "un") for word in ("intergovernmental", "international organi", "regional organi")),
    *((word, "un") for word in ("development bank", "pooled fund")),
    *((word, "cso") for word in ("non-governmental", "nongovernmental", "civil society", "survivor")),
    *((word, "employers") for word in ("employer",)),
    *((word, "workers") for word in ("worker", "trade union", "labour union")),
    *((word, "government") for word in ("government", "member state", "ministry", "local authorit")),
    *((word, "government") for word in ("gouvernement", "regierung", "gobierno", "observer state")),
    *((word, "academic") for word in ("academ", "universit", "research", "training")),
    *((word, "private") for word in ("private", "company", "corporat", "business", "entreprise")),
    *((word, "foundation") for word in ("foundation", "fondation", "stiftung", "fundaci", "philanthrop")),
    *((word, "media") for word in ("media",)),
)
_WHOLE: Final = {"un": "un", "ngo": "cso", "ngos": "cso", "ong": "cso", "cso": "cso", "state": "government"}


def kind_of(text: str) -> str:
    """One of our kinds of donor; '' where nothing is said, `other` where it is none known here.

    >>> kind_of("Member State"), kind_of("40"), kind_of("foundation"), kind_of("Syndicate"), kind_of("")
    ('government', 'un', 'foundation', 'other', '')
    """
    said = folded(text)
    if not said or said in DONOR_KINDS:
        return said
    found = _BY_CODE.get(said) or _WHOLE.get(said)
    return found or next((kind for word, kind in _BY_WORD if word in said), "other")
