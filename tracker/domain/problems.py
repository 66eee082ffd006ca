"""What a person can put right, as a value: a code and the facts a sentence needs.

The rules refuse with a code; `tracker.presentation` (pages) and `tracker.importing.messages` (files)
say it in the reader's words, always with what would be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `column` is the field's name in FORMATS' CSV files; forms use the same names."""

    code: str
    column: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


class Refused(Exception):
    """A rule says no. Carries every problem found, so that they are shown together."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(f"{p.column or '-'}: {p.code} {p.facts}" for p in problems))
        self.problems = problems

    @classmethod
    def of(cls, code: str, column: str = "", **facts: object) -> "Refused":
        """One problem, as an exception.

        >>> Refused.of("too_large", "amount", text="1e13").problems[0].code
        'too_large'
        """
        return cls((Problem(code, column, facts),))
