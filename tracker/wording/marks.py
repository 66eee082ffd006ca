"""Marking texts for translation where they are listed."""


def N_(text: str) -> str:
    """Marks a text for translation; it is translated where it is used."""
    return text
