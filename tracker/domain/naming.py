"""One donor, many spellings: whether a name is that of a donor on record, and whom else it may mean.

Pure and deterministic. A name is a donor's where its words are: accents, case and punctuation do not count.
Everything less is only a likeness, which a person decides.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final, Literal, NamedTuple

from tracker.domain.entries import DonorEntry
from tracker.domain.matching import name_words
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR

ALIKE: Final = 60
"""From this score on a donor is suggested."""
_COMMON: Final = frozenset(
    """
    a affairs agency aid and aux cooperation d de department der des development du e et federal for foreign
    fur fuer gouvernement government governments international l la le les limited ltd inc ministere
    ministerio ministry of office republic republique s the und y
    """.split()
)
"""Words that many donors' names have: they tell none from another, unless there are no others."""


class Likeness(NamedTuple):
    """A donor that a name may mean: `score` of at most 100, and why: `ref`, `words` or `spelling`."""

    code: str
    score: int
    why: Literal["ref", "words", "spelling"]


class DonorNames:
    """The names of donors, to be asked many times."""

    def __init__(self, donors: Iterable[DonorEntry]) -> None:
        self._by_words: dict[str, DonorEntry] = {}
        self._by_code: dict[str, DonorEntry] = {}
        self._by_ref: dict[str, list[DonorEntry]] = {}
        self._telling: dict[str, set[tuple[str, str]]] = {}
        known = sorted((d for d in donors if d.code != UNIDENTIFIED_DONOR), key=lambda d: d.code)
        for donor in known:
            self._by_code[donor.code] = donor
            self._by_words.setdefault(name_words(donor.name), donor)
            if donor.iati_ref.strip():
                self._by_ref.setdefault(donor.iati_ref.strip().casefold(), []).append(donor)
        for donor in known:
            for name in (donor.name, *donor.aliases):
                self._by_words.setdefault(name_words(name), donor)
                for word in _telling(name_words(name)):
                    self._telling.setdefault(word, set()).add((donor.code, name_words(name)))
                    self._telling.setdefault(word[:4], set()).add((donor.code, name_words(name)))

    def find(self, name: str, iati_ref: str = "") -> DonorEntry | None:
        """The donor a name is: by name, alias or code, else by an IATI reference that one donor has.

        >>> DonorNames([DonorEntry("CIV", "Côte d’Ivoire")]).find("COTE D'IVOIRE").code
        'CIV'
        """
        words = name_words(name)
        found = self._by_words.get(words) if words.strip() else None
        found = found or self._by_code.get(name.strip())
        same_ref = self._by_ref.get(iati_ref.strip().casefold(), []) if iati_ref.strip() else []
        return found or (same_ref[0] if len(same_ref) == 1 else None)

    def alike(self, name: str, iati_ref: str = "", most: int = 3) -> tuple[Likeness, ...]:
        """Donors that a name may mean, the likeliest first.

        >>> DonorNames([DonorEntry("NOR", "Norway")]).alike("Norway, Government of")
        (Likeness(code='NOR', score=95, why='words'),)
        """
        found = {
            donor.code: Likeness(donor.code, 100, "ref")
            for donor in self._by_ref.get(iati_ref.strip().casefold() or "-", [])
        }
        words = name_words(name)
        own = _telling(words)
        near = set().union(*(self._telling.get(key, set()) for word in own for key in (word, word[:4])))
        for code, other in near:
            one = _compare(code, own, words, other)
            if one.score >= ALIKE and (code not in found or one.score > found[code].score):
                found[code] = one
        return tuple(sorted(found.values(), key=lambda one: (-one.score, one.code))[:most])


def _compare(code: str, own: frozenset[str], words: str, other: str) -> Likeness:
    theirs = _telling(other)
    shared = len(own & theirs) / len(own | theirs)
    spelling = SequenceMatcher(None, words.strip(), other.strip(), autojunk=False).ratio()
    if shared >= spelling:
        return Likeness(code, round(95 * shared), "words")
    return Likeness(code, round(95 * spelling), "spelling")


def _telling(words: str) -> frozenset[str]:
    """The words that tell a name from others; all of them where there is none."""
    said = frozenset(words.split())
    return said - _COMMON or said
