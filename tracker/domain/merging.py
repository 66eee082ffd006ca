"""Two donors on record that are one: when they may become one, and what the one gains (R13).

Merging moves no figure of the programme: it says of records whose they are. It is dated by the day it is
made, as changed terms are, and so is allowed whatever months are closed.
"""

from collections.abc import Sequence

from tracker.domain.entries import DonorEntry
from tracker.domain.naming import DonorNames, as_alias
from tracker.domain.problems import Problem
from tracker.domain.rows import MAX_TEXT
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR


def check_merge(donor: DonorEntry, into: DonorEntry, logins: Sequence[str]) -> tuple[Problem, ...]:
    """Why `donor` cannot become `into`; `logins` are the addresses with an open login of `donor`."""
    if donor.code == into.code:
        return (Problem("merge_itself"),)
    problems = []
    if UNIDENTIFIED_DONOR in (donor.code, into.code):
        problems.append(Problem("merge_unidentified"))
    if donor.anonymous != into.anonymous:
        hidden, other = (donor, into) if donor.anonymous else (into, donor)
        problems.append(Problem("merge_anonymous", "", {"code": hidden.code, "other": other.code}))
    if logins:
        facts = {"code": donor.code, "emails": ", ".join(logins[:5])}
        problems.append(Problem("merge_logins", "", facts))
    if len(";".join((*into.aliases, *names_gained(donor, into)))) > MAX_TEXT:
        problems.append(Problem("merge_names_long", "", {"code": into.code}))
    return tuple(problems)


def names_gained(donor: DonorEntry, into: DonorEntry) -> tuple[str, ...]:
    """What `into` is called from then on besides its own names: the names and the code of `donor`.

    >>> names_gained(DonorEntry("NO-2", "Norway, Government of"), DonorEntry("NOR", "Norway"))
    ('Norway, Government of', 'NO-2')
    """
    own, gained = DonorNames([into]), list[str]()
    for name in map(as_alias, (donor.name, *donor.aliases, donor.code)):
        known = own.find(name) or DonorNames([DonorEntry("", "", aliases=tuple(gained))]).find(name)
        if name and known is None:
            gained.append(name)
    return tuple(gained)


def names_given_back(into: DonorEntry, gained: Sequence[str]) -> tuple[str, ...]:
    """The other names of `into` once a merge is undone: without those that it gained by it."""
    return tuple(name for name in into.aliases if name not in gained)
