"""Texts as people look for them and sort them: accents and case do not matter."""

import unicodedata


def folded(text: str) -> str:
    """A text without its accents and case.

    >>> folded("Télévisions"), folded("ÅLAND"), folded("Straße")
    ('televisions', 'aland', 'strasse')
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))
