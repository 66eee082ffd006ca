"""One donor, many spellings: whether a name is that of a donor on record, and whom else it may mean.

Pure and deterministic. A name is a donor's where its words are: accents, case and punctuation do not count.
Everything less is only a likeness, which a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from difflib import SequenceMatcher
from typing import Final, Literal, NamedTuple

from tracker.domain.entries import DonorEntry
from tracker.domain.matching import name_words
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR

ALIKE: Final = 60
"""From this score on a donor is suggested."""
_COMMON: Final = frozenset(
    """
    a affairs agency aid ambassade and aux company cooperation corp corporation d de department der des
    development du e embassy et federal for foreign foundation fuer fund fur gouvernement government
    governments inc international l la le les limited ltd ministere ministerio ministry of office
    republic republique royal s stiftung the trust und y
    """.split()
)
"""Words that many donors' names have: they tell none from another, unless there are no others."""
STEM: Final = 4
"""Words with so many first letters in common may be of one country: Norway, Norwegian."""
ALIKE_STEM: Final = 0.7
"""What such a pair of words counts for, where the same word counts for one."""
SAME_HEAD: Final = 80
"""What it counts for where a name is the head of another: France – Ministère de l’Europe."""
SURE: Final = 95
"""From this score on nothing in the names speaks against it."""
NOT_SURE: Final = 85
"""What names count for at most where they, or the donors on record, leave a doubt: Congo."""
_REPUBLIC: Final = frozenset(("republic", "republique"))
"""Common, and yet there are two Congos: a name with it and one without may be two donors."""
_BODIES: Final = (
    frozenset(("foundation", "stiftung", "trust")),
    frozenset(("company", "corp", "corporation", "inc", "limited", "ltd")),
    frozenset(("embassy", "government", "governments", "ministry")),
)
"""Common words for bodies that are not one another, where each name has one: a company, its foundation."""
_AFTER_HEAD: Final = re.compile(r"\s[-–—]\s|[,:;/(]")
Why = Literal["ref", "words", "spelling"]


class Likeness(NamedTuple):
    """A donor that a name may mean: `score` of at most 100, and why: `ref`, `words` or `spelling`."""

    code: str
    score: int
    why: Why


class _Said(NamedTuple):
    """A name of a donor in words, and those of them that tell it: the whole of it, or its head alone."""

    code: str
    words: str
    telling: frozenset[str]
    whole: bool


class DonorNames:
    """The names of donors, to be asked many times."""

    def __init__(self, donors: Iterable[DonorEntry]) -> None:
        self._by_words: dict[str, DonorEntry] = {}
        self._by_code: dict[str, DonorEntry] = {}
        self._by_ref: dict[str, list[DonorEntry]] = {}
        self._telling: dict[str, set[_Said]] = {}
        known = sorted((d for d in donors if d.code != UNIDENTIFIED_DONOR), key=lambda d: d.code)
        for donor in known:
            self._by_code[donor.code] = donor
            self._by_words.setdefault(name_words(donor.name), donor)
            if ref := said_ref(donor.iati_ref).casefold():
                self._by_ref.setdefault(ref, []).append(donor)
        for donor in known:
            for name in (donor.name, *donor.aliases):
                self._by_words.setdefault(name_words(name), donor)
                for said in _said(donor.code, name):
                    for word in said.telling:
                        self._telling.setdefault(word, set()).add(said)
                        self._telling.setdefault(word[:STEM], set()).add(said)

    def find(self, name: str, iati_ref: str = "") -> DonorEntry | None:
        """The donor a name is: by name, alias or code, else by an IATI reference that one donor has.

        >>> DonorNames([DonorEntry("CIV", "Côte d’Ivoire")]).find("COTE D'IVOIRE").code
        'CIV'
        """
        words = name_words(name)
        found = self._by_words.get(words) if words.strip() else None
        found = found or self._by_code.get(name.strip())
        same_ref = self._of_ref(iati_ref)
        return found or (same_ref[0] if len(same_ref) == 1 else None)

    def alike(self, name: str, iati_ref: str = "", most: int = 3) -> tuple[Likeness, ...]:
        """Donors that a name may mean, the likeliest first; where two are equally likely, neither is sure.

        >>> DonorNames([DonorEntry("NOR", "Norway")]).alike("Norway, Government of")
        (Likeness(code='NOR', score=95, why='words'),)
        """
        found = self._likenesses(name, iati_ref)
        top = max((one.score for one in found.values()), default=0)
        if top > NOT_SURE and sum(one.score == top for one in found.values()) > 1:
            found = {
                code: one._replace(score=min(one.score, NOT_SURE - (one.score < top)))
                for code, one in found.items()
            }
        return _likeliest(found, most)

    def _of_ref(self, iati_ref: str) -> list[DonorEntry]:
        """The donors that have an IATI reference."""
        ref = said_ref(iati_ref).casefold()
        return self._by_ref.get(ref, []) if ref else []

    def _likenesses(self, name: str, iati_ref: str) -> dict[str, Likeness]:
        """What each donor's likeness to a name is, whoever else is like it."""
        found = {donor.code: Likeness(donor.code, 100, "ref") for donor in self._of_ref(iati_ref)}
        words = name_words(name)
        own, head = _telling(words), _telling(_head(name))
        near = set().union(*(self._telling.get(key, set()) for word in own for key in (word, word[:STEM])))
        for said in near:
            one = _compare(said, own, words, head)
            if one.score >= ALIKE and (said.code not in found or one.score > found[said.code].score):
                found[said.code] = one
        return found

    def alike_to(self, donor: DonorEntry, most: int = 3) -> tuple[Likeness, ...]:
        """Other donors that may be this one, by any of its names, the likeliest first."""
        found: dict[str, Likeness] = {}
        for name in (donor.name, *donor.aliases):
            for one in self._likenesses(name, donor.iati_ref).values():
                if one.code != donor.code and (one.code not in found or one.score > found[one.code].score):
                    found[one.code] = one
        return _likeliest(found, most)


def said_ref(text: str) -> str:
    """An IATI reference; '' where it has no letter or digit, and so refers to nobody.

    >>> said_ref(" XM-DAC-5 "), said_ref("-")
    ('XM-DAC-5', '')
    """
    return text.strip() if any(c.isalnum() for c in text) else ""


def _likeliest(found: Mapping[str, Likeness], most: int) -> tuple[Likeness, ...]:
    return tuple(sorted(found.values(), key=lambda one: (-one.score, one.code))[:most])


def _said(code: str, name: str) -> Iterator[_Said]:
    """A donor's name, and its head where that says something else."""
    words, head = name_words(name), _head(name)
    yield _Said(code, words, _telling(words), True)
    if _telling(head) != _telling(words):
        yield _Said(code, head, _telling(head), False)


def _compare(said: _Said, own: frozenset[str], words: str, head: frozenset[str]) -> Likeness:
    """One name against another: the telling words they share, or how alike they are spelled.

    The head of one may be the whole of the other; two heads that are the same say nothing.
    """
    code, other, theirs, whole = said
    if not whole or theirs == head != own:
        same = theirs == (head if whole else own)
        return Likeness(code, SAME_HEAD if same else 0, "words")
    shared = _shared(own, theirs)
    spelling = _spelled(_in_order(words, own), _in_order(other, theirs)) if shared < 1 else 0.0
    score = round(SURE * max(shared, spelling))
    if _tell_apart(set(words.split()), set(other.split())):
        score = min(score, NOT_SURE)
    return Likeness(code, score, "words" if shared >= spelling and own & theirs else "spelling")


def _tell_apart(words: Set[str], others: Set[str]) -> bool:
    """Whether common words of two names differ in a way that tells: a republic, another kind of body."""
    if bool(words & _REPUBLIC) != bool(others & _REPUBLIC):
        return True
    bodies = [{at for at, body in enumerate(_BODIES) if body & said} for said in (words, others)]
    return all(bodies) and not bodies[0] & bodies[1]


def _shared(own: frozenset[str], theirs: frozenset[str]) -> float:
    """Which part of all their words two names share; words that only begin alike count for less."""
    same = own & theirs
    starts = {word[:STEM] for word in own - same if len(word) >= STEM}
    begun = {word[:STEM] for word in theirs - same if len(word) >= STEM}
    alike = len(starts & begun)
    return (len(same) + ALIKE_STEM * alike) / (len(own | theirs) - alike)


def _head(name: str) -> str:
    """The words of a name before its first dash, comma, colon or bracket."""
    return name_words(_AFTER_HEAD.split(name, 1)[0])


def _in_order(words: str, wanted: frozenset[str]) -> str:
    """The wanted words of a name, as they stand in it."""
    return " ".join(word for word in words.split() if word in wanted)


def _spelled(words: str, other: str) -> float:
    """How alike two names are spelled; 0 where they are not alike enough to matter."""
    least = ALIKE / SURE
    if 2 * min(len(words), len(other)) < least * (len(words) + len(other)):
        return 0.0
    matcher = SequenceMatcher(None, words, other, autojunk=False)
    if matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


def _telling(words: str) -> frozenset[str]:
    """The words that tell a name from others; all of them where there is none."""
    said = frozenset(words.split())
    return said - _COMMON or said


def as_alias(name: str) -> str:
    """A name as it may stand among a donor's other names, where `;` parts one from the next.

    >>> as_alias("Norway; Government of")
    'Norway, Government of'
    """
    return ", ".join(part.strip() for part in name.split(";") if part.strip())


class Pair(NamedTuple):
    """Two donors on record that may be one; `code` before `other` in the order of codes."""

    code: str
    other: str
    score: int
    why: Why


def likely_pairs(donors: Iterable[DonorEntry]) -> tuple[Pair, ...]:
    """Donors that may be one, the likeliest first.

    >>> likely_pairs([DonorEntry("NOR", "Norway"), DonorEntry("NO", "Norway, Government of")])
    (Pair(code='NO', other='NOR', score=95, why='words'),)
    """
    known = [donor for donor in donors if donor.code != UNIDENTIFIED_DONOR]
    names, found = DonorNames(known), dict[tuple[str, str], Pair]()
    for donor in known:
        for one in names.alike_to(donor, most=len(known)):
            code, other = sorted((donor.code, one.code))
            kept = found.get((code, other))
            if kept is None or kept.score < one.score:
                found[code, other] = Pair(code, other, one.score, one.why)
    return tuple(sorted(found.values(), key=lambda pair: (-pair.score, pair.code, pair.other)))
