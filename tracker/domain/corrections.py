"""A record that corrects another one names it in the first line of its notes (R13), in files as on pages."""

from typing import Final

_NAMES: Final = "Corrects "


def correction_note(reference: str) -> str:
    """
    >>> correction_note("R-2026-009")
    'Corrects R-2026-009'
    """
    return f"{_NAMES}{reference}"


def corrected(notes: str) -> str:
    """The reference that notes say is corrected; '' where they name none.

    >>> corrected("Corrects R1\\nthe amount was mistyped"), corrected("Paid late")
    ('R1', '')
    """
    first = notes.splitlines()[0] if notes else ""
    return first.removeprefix(_NAMES).strip() if first.startswith(_NAMES) else ""
