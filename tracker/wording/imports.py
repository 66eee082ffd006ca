"""What can be wrong, or odd, with anybody's tables, IATI files and donors' names (docs/importing.md)."""

from typing import Final

from tracker.wording.marks import N_

SENTENCES: Final[dict[str, str]] = {
    # Flows
    "twin_in_file": N_(
        "Row %(other)s has the same donor, day and amount. Both are kept: leave one out if they are one."
    ),
}
